"""Orders to many devices: what would be done, placing, stopping, and what is done when a turn comes.  No device is spoken to here."""

from datetime import timedelta

import pytest
from builders import Place, a_person
from sqlalchemy import select, text
from watched import a_device, booked

from roomctl import clock
from roomctl.database import db, write_transaction
from roomctl.devices import card_tables, connect, reading_tables
from roomctl.devices.health import Status
from roomctl.devices.tables import Device
from roomctl.duty import carrying_out, order_tables, orders
from roomctl.duty.carrying_out import Carrier
from roomctl.duty.order_tables import OrderTarget
from roomctl.errors import InvalidInput, NotAllowed, NotVisible, Refused
from roomctl.organisation import directory
from roomctl.organisation.roles import Role
from roomctl.organisation.tables import User


@pytest.fixture
def codec(place) -> Device:
    return a_device(place.room, name="Codec Đắk Lắk")


@pytest.fixture
def province_technician(place) -> User:
    return a_person(place.province, Role.TECHNICIAN)


@pytest.fixture
def carrier():
    made = Carrier(connect.Connections(), leased=lambda: ())
    yield made
    made.close()


def states(order_id: int) -> list[tuple[str, str]]:
    db.session.rollback()
    return [(one.state, one.outcome) for one in db.session.scalars(
        select(OrderTarget).where(OrderTarget.order_id == order_id).order_by(OrderTarget.device_id)).unique()]


def in_the_way(kind: str, device: Device, *, by: User, leased=()) -> tuple[str, ...]:
    return orders.propose(kind, [device], by=by, leased=leased)[0].in_the_way


def trail_kinds() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(text("SELECT kind FROM trail_entries WHERE kind LIKE 'device%' ORDER BY seq")))


def placed(place: Place, *devices: Device, kind: str = "check", by: User | None = None, key: str = "k", **arguments) -> int:
    return orders.place(kind, orders.arguments_of(kind, **arguments), [device.id for device in devices], by=by or place.technician, key=key)


def looked(device: Device, **facts) -> None:
    with write_transaction() as session:
        row = session.get_one(Device, device.id)
        for name, value in {"probed_at": clock.now(), **facts}.items():
            setattr(row, name, value)


# What would be done


def test_a_device_with_nothing_in_the_way_would_be_done(place, codec):
    assert [in_the_way(kind, codec, by=place.technician) for kind in orders.KINDS] == [()] * 4


def test_a_device_of_a_session_would_be_left_alone(place, codec):
    answers = {kind: in_the_way(kind, codec, by=place.technician, leased={codec.id}) for kind in orders.KINDS}

    assert answers == {"check": ("in_session",), "restart": ("in_session",), "set_encryption": ("in_session",), "assign": ()}


def test_a_room_with_a_conference_within_the_hour_is_named(place, codec):
    booked(place, place.hall, place.room, after=timedelta(minutes=59))

    assert [in_the_way(kind, codec, by=place.technician) for kind in ("check", "restart")] == [(), ("conference_soon",)]


@pytest.mark.parametrize(("age_s", "word"), [(10, ("in_call",)), (3600, ())])
def test_a_call_that_was_up_when_last_looked_at_is_named_while_that_is_fresh(place, codec, age_s, word):
    with write_transaction():
        reading_tables.keep_readings([{"device_id": codec.id, "read_at": clock.now() - timedelta(seconds=age_s),
                                       "readings": [["calls_up", "", 1.0, "", "ok", "", ""]]}])

    assert in_the_way("restart", codec, by=place.technician) == word


@pytest.mark.parametrize(("kind", "family", "word"), [
    ("restart", "cisco_roomos", ()), ("restart", "extron_sis", ("not_supported",)), ("restart", "simulated_bridge", ("not_supported",)),
    ("set_encryption", "lifesize_220", ("not_supported",)), ("set_encryption", "baresip", ()), ("restart", "snmp", ("not_supported",))])
def test_what_a_family_cannot_do_is_named(place, kind, family, word):
    assert in_the_way(kind, a_device(place.room, family=family, kind="hardware"), by=place.technician) == word


def test_equipment_that_nobody_said_how_to_ask_is_named(place):
    assert in_the_way("check", a_device(place.room, kind="equipment", family="snmp"), by=place.technician) == ("not_asked",)


def test_a_device_of_another_unit_is_named(place, codec):
    other = a_person(place.other_province, Role.TECHNICIAN)

    assert in_the_way("check", codec, by=other) == ("not_yours",)


# Placing


def test_an_order_sent_twice_is_placed_once(place, codec):
    assert placed(place, codec) == placed(place, codec)
    assert trail_kinds().count("devices_ordered") == 1


def test_nobody_orders_devices_of_other_units(place, codec):
    with pytest.raises(NotAllowed):
        placed(place, codec, by=a_person(place.other_province, Role.TECHNICIAN))


@pytest.mark.parametrize("role", [Role.STAFF, Role.ADMINISTRATOR, Role.AUDITOR])
def test_only_technicians_order_devices(place, codec, role):
    with pytest.raises(NotAllowed):
        placed(place, codec, by=a_person(place.centre, role))


def test_a_device_that_is_not_there_cannot_be_ordered(place, codec):
    with pytest.raises(NotVisible):
        orders.place("check", {}, [codec.id, 999], by=place.technician, key="k")


@pytest.mark.parametrize(("ids", "reason"), [([], "nothing_chosen"), (list(range(1, 1002)), "too_many_chosen")])
def test_an_order_has_some_devices_and_not_too_many(place, ids, reason):
    with pytest.raises(Refused) as error:
        orders.place("check", {}, ids, by=place.technician, key="k")

    assert error.value.reason == reason


@pytest.mark.parametrize(("kind", "facts", "field"), [
    ("dance", {}, "kind"), ("set_encryption", {"setting": "Maybe"}, "setting"), ("assign", {}, "responsible"),
    ("assign", {"responsible_id": 999}, "responsible"), ("assign", {"every_s": 5}, "every"), ("assign", {"every_s": 3601}, "every")])
def test_arguments_that_make_no_sense_are_refused(place, kind, facts, field):
    with pytest.raises(InvalidInput) as error:
        orders.arguments_of(kind, **facts)

    assert [problem.field for problem in error.value.problems] == [field]


# Looking


def test_a_look_is_wished_for_and_its_result_written_down(place, codec, carrier, set_clock):
    order_id = placed(place, codec)
    carrier.tick()
    wished = reading_tables.wishes(limit=10)
    set_clock.forward(seconds=2)
    looked(codec, status=Status.CRITICAL, fault="unreachable")
    carrier.tick()

    assert wished == [codec.id]
    assert states(order_id) == [("done", "unreachable")]
    assert order_tables.order_by_id(order_id).finished_at == clock.now()


def test_a_look_that_found_it_well_says_so(place, codec, carrier, set_clock):
    order_id = placed(place, codec)
    carrier.tick()
    set_clock.forward(seconds=2)
    looked(codec)
    carrier.tick()

    assert states(order_id) == [("done", "found_ok")]


def test_a_look_that_does_not_come_is_unknown_in_the_end(place, codec, carrier, set_clock):
    order_id = placed(place, codec)
    carrier.tick()
    set_clock.forward(minutes=4)
    carrier.tick()

    assert states(order_id) == [("unknown", "not_looked_at")]


def test_a_look_that_a_killed_worker_waited_for_is_waited_for_again(place, codec, carrier, set_clock):
    order_id = placed(place, codec)
    carrier.tick()
    another = Carrier(connect.Connections(), leased=lambda: ())
    set_clock.forward(seconds=2)
    looked(codec)
    another.tick()

    assert states(order_id) == [("done", "found_ok")]


def test_a_device_of_a_session_is_not_looked_at(place, codec, set_clock):
    order_id = placed(place, codec)
    Carrier(connect.Connections(), leased=lambda: {codec.id}).tick()

    assert (states(order_id), reading_tables.wishes(limit=10)) == ([("skipped", "in_session")], [])


# Assigning


def test_assigning_speaks_to_no_device_and_stands_in_the_card(place, codec, carrier):
    order_id = placed(place, codec, kind="assign", responsible_id=place.technician.id, every_s=300)
    carrier.tick()

    assert states(order_id) == [("done", "assigned")]
    assert (card_tables.card_of(codec.id).responsible_id, db.session.get(Device, codec.id).probe_every_s) == (place.technician.id, 300)


def test_one_thing_is_assigned_without_the_other(place, codec, carrier):
    placed(place, codec, kind="assign", responsible_id=place.technician.id)
    carrier.tick()
    placed(place, codec, kind="assign", every_s=120, key="k2")
    carrier.tick()

    db.session.rollback()
    assert (card_tables.card_of(codec.id).responsible_id, db.session.get(Device, codec.id).probe_every_s) == (place.technician.id, 120)


# When a turn comes


@pytest.mark.parametrize(("facts", "word"), [({"retired_at": True}, "retired"), ({"family": "extron_sis"}, "not_supported")])
def test_what_changed_since_the_proposal_is_asked_again(place, codec, carrier, facts, word):
    order_id = placed(place, codec, kind="restart")
    looked(codec, **{name: clock.now() if value is True else value for name, value in facts.items()})
    carrier.tick()

    assert states(order_id) == [("skipped", word)]


def test_a_conference_booked_since_the_proposal_is_seen(place, codec, carrier):
    order_id = placed(place, codec, kind="restart")
    booked(place, place.hall, place.room, after=timedelta(minutes=30))
    carrier.tick()

    assert states(order_id) == [("skipped", "conference_soon")]


def test_whoever_lost_the_role_restarts_nothing(place, codec, carrier, province_technician):
    order_id = placed(place, codec, kind="restart", by=province_technician)
    directory.revoke_role(province_technician.standing_grants()[0].id, by=None)
    carrier.tick()

    assert states(order_id) == [("skipped", "not_yours")]


def test_what_was_ordered_for_another_day_is_not_done_today(place, codec, carrier, set_clock):
    order_id = placed(place, codec, kind="restart")
    set_clock.forward(hours=13)
    carrier.tick()

    assert states(order_id) == [("skipped", "expired")]


def test_an_empty_house_costs_one_question(place, carrier, monkeypatch):
    monkeypatch.setattr(carrying_out, "write_transaction", None)

    carrier.tick()


# Stopping


def test_stopping_skips_what_was_not_begun(place, codec, carrier):
    order_id = placed(place, codec, a_device(place.hall), kind="restart")
    orders.stop(order_id, by=place.technician)
    orders.stop(order_id, by=place.technician)
    carrier.tick()

    assert states(order_id) == [("skipped", "stopped")] * 2
    assert order_tables.order_by_id(order_id).finished_at is not None
    assert trail_kinds().count("device_order_stopped") == 1


def test_a_technician_whose_units_hold_all_devices_may_stop_it_and_others_may_not(place, codec, province_technician):
    order_id = placed(place, codec)
    wider = placed(place, codec, a_device(place.hall), key="k2")

    orders.stop(order_id, by=province_technician)
    with pytest.raises(NotAllowed):
        orders.stop(wider, by=province_technician)
    with pytest.raises(NotVisible):
        orders.stop(order_id, by=a_person(place.other_province, Role.TECHNICIAN))


def test_the_list_shows_ones_own_orders_and_those_that_touch_ones_units(place, codec, province_technician):
    mine, other = placed(place, codec), placed(place, a_device(place.hall), key="k2")

    def seen(user: User) -> list[int]:
        return [one.id for one in order_tables.orders_seen(below=[user.unit.path], asked_by=user.id, limit=10)]

    assert (seen(province_technician), seen(place.technician)) == ([mine], [other, mine])
