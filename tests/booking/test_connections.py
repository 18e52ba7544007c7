"""What a conference's page says of its connections before the start."""

import pytest
from builders import a_room

from booking.bridged import a_bridge, a_device, book, equipped_rooms, occurrences_of, with_codecs
from roomctl.booking import cancel
from roomctl.booking.connections import connections_of
from roomctl.booking.planning import connect
from roomctl.booking.topology import Topology
from roomctl.database import db, write_transaction
from roomctl.devices.tables import Device


@pytest.fixture(autouse=True)
def known_abilities(monkeypatch):
    can = {"poly": frozenset({"answer"}), "simulated_bridge": frozenset({"dial"})}
    monkeypatch.setattr(connect, "supports", lambda family: can.get(family, frozenset()))


def shown(conference_id: int):
    return connections_of(occurrences_of(conference_id)[0])


def test_of_two_rooms_it_says_who_calls_whom(place):
    a_device(place.centre, room=place.hall, family="poly")
    with_codecs(place.room)

    how = shown(book(place, [place.hall.id, place.room.id]))

    assert (how.topology, how.caller, how.called, how.parts, how.problem) == (Topology.DIRECT, place.room, place.hall, (), "")


def test_of_rooms_that_call_the_hosts_codec_it_says_which(place):
    a_device(place.centre, room=place.hall, family="poly", ports=3)
    others = equipped_rooms(place.province, 2)

    how = shown(book(place, [place.hall.id, *others]))

    assert (how.topology, how.called, how.problem) == (Topology.MULTISITE, place.hall, "")


def test_of_several_bridges_it_says_which_rooms_call_which_and_what_is_not_connected(place):
    a_bridge(place.centre, ports=4, name="Cầu trung ương")
    a_bridge(place.province, ports=3, name="Cầu tỉnh")
    here, below, bare = equipped_rooms(place.centre, 3), equipped_rooms(place.province, 2), a_room(place.province)

    how = shown(book(place, [*here, *below, bare.id]))

    assert (how.topology, how.problem, how.without_codec) == (Topology.CASCADE, "", (bare,))
    assert [(part.name, part.ports, {room.id for room in part.rooms}, part.units, part.above) for part in how.parts] == [
        ("Cầu trung ương", 4, set(here), 1, ""), ("Cầu tỉnh", 3, set(below), 1, "Cầu trung ương")]


def test_it_says_what_is_in_the_way_and_never_a_plan_that_cannot_be(place):
    rooms, bare = equipped_rooms(place.centre, 5), [a_room(place.centre).id, a_room(place.centre).id]
    without_bridge = book(place, rooms[:3])
    before = shown(without_bridge)
    bridge = a_bridge(place.centre, ports=2, name="Cầu nhỏ")
    too_few = shown(book(place, bare))
    full = shown(without_bridge)
    with write_transaction():
        db.session.get_one(Device, bridge.id).ports = 3
    not_held = shown(without_bridge)

    assert [(one.topology, one.problem) for one in (before, too_few, full, not_held)] == [
        (None, "no_bridge"), (None, "too_few"), (None, "bridge_full"), (Topology.BRIDGE, "not_held")]
    assert (full.bridge, full.wanted, full.free) == ("Cầu nhỏ", 3, 2)


def test_nothing_is_said_of_one_room_of_what_is_cancelled_and_of_what_has_begun(place, set_clock):
    a_bridge(place.centre, ports=10)
    rooms = equipped_rooms(place.centre, 3)
    one_room, gone = book(place, rooms[:1]), book(place, rooms[1:])
    cancel.cancel_conference(gone, by=place.clerk, reason="")
    begun = book(place, rooms[1:])
    assert shown(begun) is not None
    set_clock.forward(days=1, minutes=5)
    with write_transaction():
        occurrences_of(begun)[0].actual_start_at = set_clock.at

    assert [shown(one_room), shown(gone), shown(begun)] == [None, None, None]
