"""Who is told of an alert, and who is left in peace."""

from datetime import timedelta

import pytest
from builders import NOW, a_person, a_room, a_unit
from watched import a_device, booked, found

from duty.conftest import standing, tick_after, told
from roomctl.booking.cancel import cancel_conference
from roomctl.booking.maintenance import close_room
from roomctl.booking.tables import occurrence_by_id
from roomctl.devices.health import Status
from roomctl.duty import alerts, rota
from roomctl.duty.standing import SETTLES
from roomctl.organisation.roles import Role
from roomctl.organisation.units import Level
from roomctl.timespan import Span

MINUTES = SETTLES.total_seconds() / 60


@pytest.fixture
def codec(place):
    """A codec whose probes come seldom, so that what was found stays fresh while time passes."""
    return a_device(place.room, name="Codec Đắk Lắk", status=Status.CRITICAL, fault="unreachable", probe_every_s=3600)


def a_tick_and_another(clock) -> None:
    alerts.tick()
    tick_after(clock, minutes=MINUTES)


def test_a_critical_fault_before_a_conference_calls_the_units_technicians_once(place, province_technician, codec, set_clock):
    booked(place, place.hall, place.room)

    for _ in range(5):
        tick_after(set_clock, minutes=MINUTES)

    assert told(province_technician) == ["device_alert: unreachable\nCodec Đắk Lắk\n10:00 01/03/2027\n1"]
    assert told(place.technician) == []


def test_nobody_is_called_before_a_fault_has_stood_two_minutes(place, province_technician, codec, set_clock):
    booked(place, place.hall, place.room)
    alerts.tick()
    tick_after(set_clock, minutes=MINUTES - 0.1)

    assert told(province_technician) == []


@pytest.mark.parametrize("fault", [{"status": Status.WARNING, "fault": "cannot_encrypt"}, {"status": Status.UNKNOWN, "fault": "nothing_readable"}])
def test_what_is_not_critical_is_only_on_screen(place, province_technician, set_clock, fault):
    a_device(place.room, probe_every_s=3600, **fault)
    booked(place, place.hall, place.room)

    a_tick_and_another(set_clock)

    assert told(province_technician) == []


def test_a_room_without_a_conference_ahead_calls_nobody(place, province_technician, codec, set_clock):
    booked(place, place.hall, place.other_room)
    booked(place, place.hall, place.room, after=timedelta(hours=25))

    a_tick_and_another(set_clock)

    assert (told(province_technician), len(standing())) == ([], 1)


def test_a_conference_booked_afterwards_calls_too(place, province_technician, codec, set_clock):
    a_tick_and_another(set_clock)
    before = told(province_technician)
    booked(place, place.hall, place.room)

    alerts.tick()

    assert (before, len(told(province_technician))) == ([], 1)


def test_a_conference_that_was_cancelled_calls_nobody(place, province_technician, codec, set_clock):
    occurrence = occurrence_by_id(booked(place, place.hall, place.room))
    cancel_conference(occurrence.conference_id, by=place.clerk, reason="Hoãn")

    a_tick_and_another(set_clock)

    assert told(province_technician) == []


def test_those_on_duty_are_called_and_the_others_are_not(place, province_technician, codec, set_clock):
    on_duty = a_person(place.province, Role.TECHNICIAN)
    rota.plan_turn(place.province.id, on_duty.id, Span(NOW, NOW + timedelta(hours=8)), phone="", by=place.technician)
    booked(place, place.hall, place.room)

    a_tick_and_another(set_clock)

    assert (len(told(on_duty)), told(province_technician)) == (1, [])


def test_without_technicians_of_its_own_a_commune_calls_those_of_the_nearest_unit_above(place, province_technician, set_clock):
    room = a_room(a_unit(parent=place.province, level=Level.COMMUNE))
    a_device(room, status=Status.CRITICAL, fault="unreachable", probe_every_s=3600)
    booked(place, place.hall, room)

    a_tick_and_another(set_clock)

    assert (len(told(province_technician)), told(place.technician)) == (1, [])


def test_whoever_comes_on_duty_is_told_of_what_nobody_has_taken_on(place, province_technician, codec, set_clock):
    booked(place, place.hall, place.room, after=timedelta(hours=20))
    a_tick_and_another(set_clock)
    next_one = a_person(place.province, Role.TECHNICIAN)
    turn = Span(NOW + timedelta(minutes=30), NOW + timedelta(hours=8))
    rota.plan_turn(place.province.id, next_one.id, turn, phone="", by=place.technician)
    tick_after(set_clock, minutes=40)

    assert (len(told(province_technician)), len(told(next_one))) == (1, 1)


def test_what_somebody_has_taken_on_calls_nobody_else(place, province_technician, codec, set_clock):
    booked(place, place.hall, place.room)
    alerts.tick()
    alerts.acknowledge(standing()[0].id, by=place.technician)

    tick_after(set_clock, minutes=MINUTES)

    assert told(province_technician) == []


def test_a_fault_that_flaps_calls_once(place, province_technician, codec, set_clock):
    booked(place, place.hall, place.room, after=timedelta(hours=20))
    for _ in range(6):
        found(codec, "unreachable")
        alerts.tick()
        tick_after(set_clock, minutes=MINUTES)
        found(codec)
        tick_after(set_clock, minutes=5)

    assert len(told(province_technician)) == 1


def test_a_fault_in_maintenance_calls_nobody_until_the_maintenance_is_over(place, province_technician, codec, set_clock):
    booked(place, place.hall, place.room, after=timedelta(hours=5))
    close_room(place.room.id, Span(NOW, NOW + timedelta(minutes=30)), reason="Thay máy", by=place.technician)
    a_tick_and_another(set_clock)
    during = told(province_technician)
    tick_after(set_clock, minutes=30)

    assert (during, len(told(province_technician))) == ([], 1)


def test_maintenance_that_begins_after_a_fault_keeps_it_from_calling(place, province_technician, codec, set_clock):
    booked(place, place.hall, place.room, after=timedelta(hours=5))
    alerts.tick()
    close_room(place.room.id, Span(NOW + timedelta(minutes=1), NOW + timedelta(minutes=30)), reason="Thay máy", by=place.technician)

    tick_after(set_clock, minutes=MINUTES)

    assert told(province_technician) == []


def test_a_line_that_is_down_calls_once_for_all_its_rooms(place, province_technician, set_clock):
    rooms = [place.room, *(a_room(place.province) for _ in range(9))]
    a_device(place.hall)
    devices = [a_device(room, probe_every_s=3600) for room in rooms]
    booked(place, place.hall, *rooms)
    for device in devices:  # One after the other, as probes find them.
        found(device, "unreachable")
        tick_after(set_clock, seconds=30)
    for _ in range(5):
        tick_after(set_clock, minutes=3)

    assert told(province_technician) == ["line_alert: Đắk Lắk\n8\n10:00 01/03/2027"]


def test_when_a_line_comes_back_the_devices_not_looked_at_yet_call_nobody(place, province_technician, set_clock):
    rooms = [place.room, *(a_room(place.province) for _ in range(9))]
    a_device(place.hall)
    devices = [a_device(room, status=Status.CRITICAL, fault="unreachable", probe_every_s=3600) for room in rooms]
    booked(place, place.hall, *rooms, after=timedelta(hours=10))
    a_tick_and_another(set_clock)
    set_clock.forward(minutes=10)
    for device in devices:
        found(device)
        tick_after(set_clock, seconds=10)

    assert [one.partition(":")[0] for one in told(province_technician)] == ["line_alert"]


def test_one_device_that_stays_silent_after_its_line_came_back_calls_for_itself(place, province_technician, set_clock):
    rooms = [place.room, *(a_room(place.province) for _ in range(4))]
    a_device(place.hall)
    devices = [a_device(room, status=Status.CRITICAL, fault="unreachable", probe_every_s=3600) for room in rooms]
    booked(place, place.hall, *rooms, after=timedelta(hours=10))
    a_tick_and_another(set_clock)
    for device in devices[1:]:
        found(device)
    tick_after(set_clock, minutes=1)
    set_clock.forward(minutes=1)
    found(devices[0], "unreachable")
    alerts.tick()

    assert [one.partition(":")[0] for one in told(province_technician)] == ["line_alert", "device_alert"]


def test_a_notice_says_nothing_of_what_the_conference_is_about(place, province_technician, codec, set_clock):
    booked(place, place.hall, place.room, title="Kế hoạch không ai được biết")

    a_tick_and_another(set_clock)

    assert told(province_technician) and "Kế hoạch" not in "".join(told(province_technician))
