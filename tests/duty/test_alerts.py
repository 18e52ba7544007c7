"""Alerts: opened, gathered, acknowledged, cleared."""

import threading
from datetime import timedelta

import pytest
from builders import NOW, a_person, a_room, a_unit
from sqlalchemy import func, select, text
from watched import a_device, found, hangs_behind

from duty.conftest import kinds, standing, tick_after
from roomctl import clock
from roomctl.booking.maintenance import close_room
from roomctl.booking.reorganise import merge_units
from roomctl.database import db, write_transaction
from roomctl.devices.health import Status
from roomctl.devices.tables import Device
from roomctl.duty import alerts
from roomctl.duty.alert_tables import Alert
from roomctl.errors import Conflict, InvalidInput, NotAllowed, NotVisible
from roomctl.organisation.roles import Role
from roomctl.organisation.units import Level
from roomctl.timespan import Span


def count() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Alert))


def trail_kinds() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(text("SELECT kind FROM trail_entries WHERE kind LIKE 'alert%' ORDER BY seq")))


# Opening and clearing


def test_a_fault_is_one_alert_however_often_the_worker_looks(place_on):
    a_device(place_on.room, status=Status.CRITICAL, fault="unreachable", fault_detail="timed out")

    for _ in range(3):
        alerts.tick()

    alert, = standing()
    assert (alert.kind, alert.status, alert.detail, alert.unit_id, alert.opened_at, alert.silent) == (
        "unreachable", Status.CRITICAL, "timed out", place_on.province.id, NOW, False)


def test_an_alert_is_cleared_when_the_device_is_well_again(place_on, set_clock):
    device = a_device(place_on.room, status=Status.CRITICAL, fault="unreachable")
    alerts.tick()
    set_clock.forward(minutes=1)
    found(device)

    alerts.tick()

    assert (standing(), db.session.scalar(select(Alert.cleared_at))) == ([], clock.now())


def test_a_device_that_nobody_looks_at_any_more_opens_nothing_and_mends_nothing(place, set_clock):
    ill = a_device(place.room, status=Status.CRITICAL, fault="unreachable")
    well = a_device(place.hall)
    alerts.tick()
    found(ill)
    found(well, "silent")
    set_clock.forward(minutes=3)  # What was found is older than twice the interval by now.

    alerts.tick()

    assert [(one.kind, one.device_id) for one in standing()] == [("unreachable", ill.id)]


def test_each_device_keeps_its_own_interval(place, set_clock):
    a_device(place.room, status=Status.CRITICAL, fault="unreachable", probe_every_s=300)
    set_clock.forward(minutes=9)

    alerts.tick()

    assert kinds() == ["unreachable"]


def test_a_projector_that_sleeps_outside_conferences_is_no_alert(place):
    a_device(place.room, kind="equipment", status=Status.UNKNOWN, fault="standby")

    alerts.tick()

    assert standing() == []


def test_a_device_that_is_retired_has_no_alert(place):
    device = a_device(place.room, status=Status.CRITICAL, fault="unreachable")
    alerts.tick()
    with write_transaction() as session:
        session.get_one(Device, device.id).retired_at = clock.now()

    alerts.tick()

    assert standing() == []


def test_a_fault_that_comes_back_within_ten_minutes_goes_on_where_it_was(place_on, set_clock):
    device = a_device(place_on.room, status=Status.CRITICAL, fault="unreachable")
    alerts.tick()
    opened, = [(one.id, one.opened_at) for one in standing()]
    for _ in range(5):
        set_clock.forward(minutes=4)
        found(device)
        alerts.tick()
        set_clock.forward(minutes=4)
        found(device, "silent")
        alerts.tick()

    assert (count(), [(one.id, one.opened_at) for one in standing()], kinds()) == (1, [opened], ["silent"])


def test_a_fault_that_comes_back_later_is_another_alert(place, set_clock):
    device = a_device(place.room, status=Status.CRITICAL, fault="unreachable")
    alerts.tick()
    found(device)
    alerts.tick()
    set_clock.forward(minutes=11)
    found(device, "unreachable")

    alerts.tick()

    assert (count(), len(standing())) == (2, 1)


def test_not_answering_is_one_alert_whichever_way_it_shows(place):
    device = a_device(place.room, status=Status.CRITICAL, fault="unreachable")
    alerts.tick()
    found(device, "silent")

    alerts.tick()

    assert (count(), kinds()) == (1, ["silent"])


def test_another_fault_that_is_as_bad_stands_beside_the_first_until_the_device_is_well(place):
    device = a_device(place.room, status=Status.CRITICAL, fault="not_registered")
    alerts.tick()
    found(device, "camera_status")
    alerts.tick()
    both = kinds()
    found(device)
    alerts.tick()

    assert (both, kinds()) == (["not_registered", "camera_status"], [])


def test_an_alert_follows_its_device_to_another_unit(place):
    device = a_device(place.room, status=Status.CRITICAL, fault="unreachable")
    alerts.tick()
    with write_transaction() as session:
        session.get_one(Device, device.id).unit_id = place.other_province.id

    alerts.tick()

    assert [one.unit_id for one in standing()] == [place.other_province.id]


def test_two_workers_at_once_open_one_alert(place_on, app_on):
    a_device(place_on.room, status=Status.CRITICAL, fault="unreachable")
    barrier, failed = threading.Barrier(4), []

    def work() -> None:
        with app_on.app_context():
            barrier.wait()
            try:
                alerts.tick()
            except Exception as error:
                failed.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (failed, count()) == ([], 1)


def test_a_tick_reads_the_ill_devices_and_not_the_others(place, app):
    for _ in range(30):
        a_device(place.room)
    a_device(place.room, status=Status.CRITICAL, fault="unreachable")

    alerts.tick()

    assert len([one for one in db.session.identity_map.values() if isinstance(one, Device)]) <= 1


# Maintenance


def test_a_fault_during_maintenance_is_recorded_in_silence_and_counts_when_it_outlasts_it(place, set_clock):
    close_room(place.room.id, Span(NOW, NOW + timedelta(hours=1)), reason="Thay máy", by=place.technician)
    device = a_device(place.room, status=Status.CRITICAL, fault="unreachable")
    alerts.tick()
    during = [one.silent for one in standing()]
    set_clock.forward(hours=1)
    found(device, "unreachable")

    alerts.tick()

    assert (during, [one.silent for one in standing()]) == ([True], [False])


# Causes


@pytest.fixture
def silent_province(place_on):
    """Five devices in five rooms of the province, none of which answers, and one of another province that does."""
    rooms = [place_on.room, *(a_room(place_on.province) for _ in range(4))]
    a_device(place_on.other_room)
    return [a_device(room, status=Status.CRITICAL, fault="unreachable") for room in rooms]


def test_a_province_whose_line_is_down_is_one_alert_and_the_others_stand_under_it(place_on, silent_province):
    alerts.tick()
    alerts.tick()

    line, = [one for one in standing() if one.device_id is None]
    assert (line.kind, line.unit_id, line.status) == ("line_down", place_on.province.id, Status.CRITICAL)
    assert [one.under_id for one in standing() if one.device_id is not None] == [line.id] * 5


def test_nobody_knows_that_a_line_is_up_again_while_nobody_looks(place_on, silent_province, set_clock):
    alerts.tick()
    set_clock.forward(minutes=30)  # The worker stood still: all that is known is old.

    alerts.tick()

    assert kinds().count("line_down") == 1


def test_when_a_line_comes_back_its_devices_stay_under_it_until_they_were_looked_at(place_on, silent_province, set_clock):
    alerts.tick()
    set_clock.forward(minutes=1)
    for device in silent_province[:2]:
        found(device)
    alerts.tick()
    line = db.session.scalar(select(Alert).where(Alert.kind == "line_down"))
    not_looked_at = [one.under_id for one in standing()]
    set_clock.forward(minutes=1)
    found(silent_province[2], "unreachable")
    alerts.tick()

    assert (line.cleared_at is not None, not_looked_at) == (True, [line.id] * 3)
    assert [one.under_id for one in standing()] == [None, line.id, line.id]


def test_a_line_that_flaps_is_one_alert(place_on, silent_province, set_clock):
    for _ in range(3):
        for device in silent_province:
            found(device, "unreachable")
        tick_after(set_clock, minutes=1)
        for device in silent_province:
            found(device)
        tick_after(set_clock, minutes=1)

    assert (count(), standing()) == (6, [])


def test_devices_behind_a_switch_that_is_silent_stand_under_its_alert(place):
    switch = a_device(unit=place.province, kind="equipment", status=Status.CRITICAL, fault="no_snmp_answer")
    codec = a_device(place.room, status=Status.CRITICAL, fault="unreachable")
    lamp = a_device(place.room, kind="equipment", status=Status.WARNING, fault="lamp_used")
    for device in (codec, lamp):
        hangs_behind(device, switch)

    alerts.tick()

    by_device = {one.device_id: one for one in standing()}
    assert (by_device[codec.id].under_id, by_device[lamp.id].under_id) == (by_device[switch.id].id, None)


def test_a_sleeping_projector_does_not_make_a_line_look_well(place):
    for _ in range(3):
        a_device(place.room, status=Status.CRITICAL, fault="unreachable")
    for _ in range(3):
        a_device(place.room, kind="equipment", status=Status.UNKNOWN, fault="standby")
    a_device(place.other_room)

    alerts.tick()

    assert "line_down" in kinds()


def test_a_device_that_was_not_looked_at_yet_keeps_a_line_from_being_called_down(place):
    for _ in range(3):
        a_device(place.room, status=Status.CRITICAL, fault="unreachable")
    a_device(place.room, status=Status.UNKNOWN, probed_at=None)
    a_device(place.room, status=Status.UNKNOWN, probed_at=None)

    alerts.tick()

    assert "line_down" not in kinds()


# Mergers


def test_the_alerts_of_a_merged_unit_go_to_its_successor_and_its_line_is_seen_anew(place_on, silent_province):
    alerts.tick()
    merge_units([place_on.province.id], into=place_on.other_province.id, by=place_on.administrator, reason="Nghị quyết 1")

    alerts.tick()

    assert {one.unit_id for one in db.session.scalars(select(Alert)).unique()} == {place_on.other_province.id}
    assert kinds().count("line_down") == 1  # Five of the successor's six devices are silent.


def test_two_merged_units_whose_lines_were_down_leave_one_alert(place_on, silent_province):
    for _ in range(4):
        a_device(place_on.other_room, status=Status.CRITICAL, fault="silent")
    for _ in range(3):
        a_device(place_on.hall)
    alerts.tick()
    before = kinds().count("line_down")
    merge_units([place_on.province.id], into=place_on.other_province.id, by=place_on.administrator, reason="Nghị quyết 1")

    alerts.tick()

    assert (before, kinds().count("line_down")) == (2, 1)
    assert {one.unit_id for one in standing()} == {place_on.other_province.id}


# Acknowledging


@pytest.fixture
def alert(place) -> Alert:
    a_device(place.room, status=Status.CRITICAL, fault="unreachable")
    alerts.tick()
    return standing()[0]


def test_an_alert_is_taken_on_by_name_with_a_note_and_leaves_an_entry(place, alert):
    alerts.acknowledge(alert.id, by=place.technician, note="Đã gọi xã")

    one, = standing()
    assert (one.acknowledged_by, one.acknowledged_at, one.note, trail_kinds()) == (place.technician.id, NOW, "Đã gọi xã", ["alert_acknowledged"])


def test_the_same_form_sent_twice_is_one_entry(place, alert):
    for _ in range(2):
        alerts.acknowledge(alert.id, by=place.technician, note="Đã gọi xã")

    assert trail_kinds() == ["alert_acknowledged"]


def test_who_has_taken_an_alert_on_may_write_the_note_anew(place, alert, set_clock):
    alerts.acknowledge(alert.id, by=place.technician, note="Đã gọi xã")
    set_clock.forward(minutes=5)
    alerts.acknowledge(alert.id, by=place.technician, note="Xã đang thay dây")

    one, = standing()
    assert (one.note, one.acknowledged_at, len(trail_kinds())) == ("Xã đang thay dây", NOW, 2)


def test_a_second_technician_is_told_who_was_first(place, alert):
    second = a_person(place.province, Role.TECHNICIAN)
    alerts.acknowledge(alert.id, by=place.technician)

    with pytest.raises(Conflict) as refused:
        alerts.acknowledge(alert.id, by=second, note="Tôi làm")

    assert (refused.value.reason, refused.value.facts["who"]) == ("alert_taken", "Kỹ thuật")


def test_an_alert_that_is_over_is_not_taken_on(place, alert):
    found(alert.device)
    alerts.tick()

    with pytest.raises(Conflict, match="alert_over"):
        alerts.acknowledge(alert.id, by=place.technician)


def test_an_alert_that_comes_back_keeps_the_name_of_who_took_it_on(place, alert):
    alerts.acknowledge(alert.id, by=place.technician)
    for fault in ("", "unreachable"):
        found(alert.device, fault)
        alerts.tick()

    assert [one.acknowledged_by for one in standing()] == [place.technician.id]


@pytest.mark.parametrize("role", [role for role in Role if role != Role.TECHNICIAN])
def test_nobody_but_technicians_takes_an_alert_on(place, alert, role):
    person = a_person(place.centre, role)

    with pytest.raises((NotAllowed, NotVisible)):
        alerts.acknowledge(alert.id, by=person)


def test_an_alert_of_another_unit_does_not_exist_for_a_technician(place, alert):
    other = a_person(place.other_province, Role.TECHNICIAN)

    with pytest.raises(NotVisible):
        alerts.acknowledge(alert.id, by=other)


def test_an_alert_that_never_was_is_not_found(place):
    with pytest.raises(NotVisible):
        alerts.acknowledge(999, by=place.technician)


@pytest.mark.parametrize("note", ["a\x00b", "x" * 501, "\u202eabc"])
def test_a_note_that_no_screen_should_show_is_refused(place, alert, note):
    with pytest.raises(InvalidInput):
        alerts.acknowledge(alert.id, by=place.technician, note=note)

    assert standing()[0].acknowledged_at is None


def test_communes_of_one_province_are_gathered_at_the_province(place):
    communes = [a_unit(parent=place.province, level=Level.COMMUNE) for _ in range(4)]
    for unit in communes:
        a_device(a_room(unit), status=Status.CRITICAL, fault="unreachable")
    a_device(place.hall)
    a_device(place.other_room)

    alerts.tick()

    line, = [one for one in standing() if one.device_id is None]
    assert line.unit_id == place.province.id
