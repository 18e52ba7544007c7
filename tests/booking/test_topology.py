"""Who calls whom: values in, a plan out."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomctl.booking.topology import BridgeFacts, ConnectionPlan, NoConnection, Part, Site, Topology, plan_connections
from roomctl.organisation.units import covers

CENTRE, PROVINCE, OTHER, COMMUNE = "/1/", "/1/2/", "/1/3/", "/1/2/7/"


def site(room_id: int, path: str = PROVINCE, **facts) -> Site:
    return Site(room_id, path, **facts)


def host(path: str = CENTRE, **facts) -> Site:
    return Site(1, path, **facts)


def bridge(bridge_id: int, path: str = CENTRE, *, free: int = 10, ports: int = 40, addresses: int = 3, can_dial: bool = True) -> BridgeFacts:
    return BridgeFacts(bridge_id, path, ports, free, tuple(f"{bridge_id}0{number}@b" for number in range(addresses)), can_dial)


def sites(count: int, path: str = PROVINCE, *, first: int = 2) -> list[Site]:
    return [site(first + number, path) for number in range(count)]


def test_two_rooms_whose_host_can_answer_call_each_other_and_no_bridge_hears_them():
    plan = plan_connections(host(can_answer=True, sites=1), sites(1), [bridge(9)])

    assert plan == ConnectionPlan(Topology.DIRECT)


@pytest.mark.parametrize(("facts", "guests"), [({}, 0), ({"can_answer": True, "sites": 1}, 1)], ids=["cannot answer", "with a guest"])
def test_two_rooms_meet_at_a_bridge_when_the_host_cannot_answer_or_a_guest_comes(facts, guests):
    plan = plan_connections(host(**facts), sites(1), [bridge(9)], guests=guests)

    assert (plan.topology, plan.parts, plan.part_of) == (Topology.BRIDGE, (Part(9, "900@b", 2 + guests),), {1: 0, 2: 0})


def test_a_host_room_without_a_codec_takes_no_port():
    plan = plan_connections(host(has_codec=False), sites(2), [bridge(9)])

    assert (plan.parts[0].ports, plan.part_of) == (2, {2: 0, 3: 0})


def test_the_nearest_bridge_at_or_above_the_host_that_has_room_is_taken():
    bridges = [bridge(1), bridge(2, PROVINCE, free=2), bridge(3, OTHER), bridge(4, COMMUNE)]

    plans = [plan_connections(host(path), sites(count), bridges) for path, count in ((PROVINCE, 1), (PROVINCE, 2), (OTHER, 2), (CENTRE, 2))]

    assert [plan.parts[0].bridge_id for plan in plans] == [2, 1, 3, 1]


def test_a_bridge_without_a_free_address_is_passed_over():
    plan = plan_connections(host(PROVINCE), sites(2), [bridge(1), bridge(2, PROVINCE, addresses=0)])

    assert plan.parts[0].bridge_id == 1


def test_what_no_bridge_holds_alone_is_shared_by_several_and_each_link_takes_a_port_at_both_ends():
    bridges = [bridge(1, free=4), bridge(2, PROVINCE, free=4), bridge(3, OTHER, free=3)]

    plan = plan_connections(host(), [*sites(3), *sites(2, OTHER, first=5), site(7, CENTRE)], bridges)

    assert plan.topology == Topology.CASCADE
    assert plan.parts == (Part(1, "100@b", 4), Part(2, "200@b", 4, upper=0), Part(3, "300@b", 3, upper=0))
    assert plan.part_of == {1: 0, 7: 0, 2: 1, 3: 1, 4: 1, 5: 2, 6: 2}


def test_a_bridge_that_cannot_dial_is_never_below_another():
    with pytest.raises(NoConnection) as refused:
        plan_connections(host(), sites(5), [bridge(1, free=4), bridge(2, PROVINCE, can_dial=False)])

    assert (refused.value.reason, refused.value.bridge_id, refused.value.wanted, refused.value.free) == ("bridge_full", 1, 6, 4)


def test_rooms_of_many_small_bridges_are_gathered_higher_up_when_the_top_has_too_few_ports_for_all_links():
    communes = [f"/1/2/{number}/" for number in range(10, 16)]
    others = [site(2 + number, path) for number, path in enumerate([*communes, *communes])]
    bridges = [bridge(1, free=2), bridge(2, PROVINCE, free=20), *(bridge(10 + number, path) for number, path in enumerate(communes))]

    plan = plan_connections(host(), others, bridges)

    assert [(part.bridge_id, part.ports) for part in plan.parts] == [(1, 2), (2, 13)]


def test_the_hosts_own_codec_mixes_where_no_bridge_serves_and_only_as_many_as_it_holds():
    mixing = host(can_answer=True, sites=3)

    assert plan_connections(mixing, sites(3), [bridge(9, free=1)]).topology == Topology.MULTISITE
    for others, bridges, reason in ((4, [bridge(9, free=1)], "bridge_full"), (4, [], "no_bridge"), (4, [bridge(9, PROVINCE)], "no_bridge")):
        with pytest.raises(NoConnection, match=reason):
            plan_connections(mixing, sites(others), bridges)


def test_what_is_reserved_stays_though_a_nearer_bridge_has_become_free():
    reserved = (Part(1, "102@b", 3),)

    plan = plan_connections(host(PROVINCE), sites(2), [bridge(1), bridge(2, PROVINCE)], preset=reserved)

    assert plan.parts == reserved


@pytest.mark.parametrize("reserved", [
    (Part(8, "800@b", 3),), (Part(1, "199@b", 3),), (Part(3, "300@b", 3),), (Part(1, "101@b", 3), Part(2, "200@b", 2, upper=0)),
], ids=["gone", "address taken", "of another unit", "with a part nobody needs"])
def test_what_is_reserved_and_does_not_serve_any_more_is_planned_anew(reserved):
    plan = plan_connections(host(CENTRE), sites(2, OTHER), [bridge(1), bridge(2, PROVINCE), bridge(3, OTHER)], preset=reserved)

    assert [(part.bridge_id, part.ports) for part in plan.parts] == [(1, 3)]


def test_the_whole_country_is_planned_in_well_under_a_second():
    others, bridges = [], [bridge(1, free=60)]
    for province in range(34):
        path = f"/1/{100 + province}/"
        bridges.append(bridge(100 + province, path, free=120))
        others += [site(10_000 + 100 * province + number, path if not number else f"{path}{5000 + number}/") for number in range(99)]
    others = others[:3354]
    began = time.perf_counter()

    plan = plan_connections(host(), others, bridges)

    assert time.perf_counter() - began < 0.5
    assert (plan.topology, len(plan.parts), len(plan.part_of)) == (Topology.CASCADE, 35, 3355)


PATHS = st.sampled_from([CENTRE, PROVINCE, OTHER, COMMUNE, "/1/2/8/", "/1/3/9/"])


@st.composite
def worlds(draw):
    bridges = [bridge(100 + number, draw(PATHS), free=draw(st.integers(0, 6)), addresses=draw(st.integers(0, 2)), can_dial=draw(st.booleans()))
               for number in range(draw(st.integers(0, 6)))]
    leading = host(draw(PATHS), can_answer=draw(st.booleans()), sites=draw(st.integers(0, 4)), has_codec=draw(st.booleans()))
    others = [site(2 + number, draw(PATHS)) for number in range(draw(st.integers(2, 14)))]
    return leading, others, bridges, draw(st.integers(0, 3))


@given(worlds())
def test_whatever_is_planned_no_port_is_exceeded_every_room_has_one_part_and_all_links_lead_to_the_top(world):
    leading, others, bridges, guests = world
    known = {one.id: one for one in bridges}
    try:
        plan = plan_connections(leading, others, bridges, guests=guests)
    except NoConnection as refused:
        above = [one for one in bridges if covers(one.unit_path, leading.unit_path)]
        assert refused.reason == ("bridge_full" if above else "no_bridge")
        assert all(one.free_ports < refused.wanted or not one.free_addresses for one in above)
        return
    if plan.topology in (Topology.DIRECT, Topology.MULTISITE):
        assert leading.can_answer and leading.has_codec and not guests and not plan.parts and not plan.part_of
        return

    rooms = {leg.room_id for leg in [*([leading] if leading.has_codec else []), *others]}
    assert set(plan.part_of) == rooms
    assert covers(known[plan.parts[0].bridge_id].unit_path, leading.unit_path)
    assert len({part.bridge_id for part in plan.parts}) == len(plan.parts)
    for place, part in enumerate(plan.parts):
        own = sum(one == place for one in plan.part_of.values()) + (guests if place == 0 else 0)
        links = sum(other.upper == place for other in plan.parts)
        assert part.ports == own + links + (part.upper is not None) <= known[part.bridge_id].free_ports
        assert part.address in known[part.bridge_id].free_addresses
        assert (part.upper is None) == (place == 0)
        assert part.upper is None or (part.upper < place and known[part.bridge_id].can_dial and own)


@given(worlds())
def test_a_plan_over_what_it_reserved_itself_is_the_same_plan(world):
    leading, others, bridges, guests = world
    try:
        plan = plan_connections(leading, others, bridges, guests=guests)
    except NoConnection:
        return
    again = plan_connections(leading, others, bridges, guests=guests, preset=plan.parts)

    assert again == plan
