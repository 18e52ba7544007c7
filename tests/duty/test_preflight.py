"""Checks before conferences: when they are made, what they rest on, who is told."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from builders import NOW, Place, a_person, a_profile, a_room
from sqlalchemy import select
from watched import a_device, booked

from device_drivers.readings import Tri
from roomctl import clock
from roomctl.booking.cancel import cancel_conference
from roomctl.booking.tables import Occurrence, occurrence_by_id
from roomctl.database import db, write_transaction
from roomctl.devices import reading_tables
from roomctl.devices.health import Status
from roomctl.devices.tables import Device
from roomctl.duty import preflight, preflight_tables
from roomctl.duty.preflight_tables import ScheduledCheck
from roomctl.notices.tables import Notice
from roomctl.organisation import directory
from roomctl.organisation.roles import Role
from roomctl.organisation.tables import User
from roomctl.security_profiles.profile import Classification

GOOD = {"registered": "yes", "can_encrypt": "yes", "calls_up": 0.0}
FINGERPRINT = {"pinned_fingerprint": "SHA256:1"}


class Rooms:
    """A hall and a province's room with codecs and a bridge, booked for in two days; nobody has looked at them yet."""

    def __init__(self, place: Place, *, after: timedelta = timedelta(days=2), **facts) -> None:
        self.place = place
        self.hall = a_device(place.hall, name="Codec hội trường", model="Room Kit", firmware="11", **FINGERPRINT)
        self.room = a_device(place.room, name="Codec Đắk Lắk", model="Room Kit", firmware="11", **FINGERPRINT)
        self.bridge = a_device(unit=place.centre, kind="bridge", family="simulated_bridge", name="Cầu", pool=["7001@x"], ports=10, **FINGERPRINT)
        self.occurrence_id = booked(place, place.hall, place.room, after=after, **facts)

    def all(self) -> list[Device]:
        return [self.hall, self.room, self.bridge]


@pytest.fixture
def rooms(place) -> Rooms:
    return Rooms(place)


@pytest.fixture
def province_technician(place) -> User:
    return a_person(place.province, Role.TECHNICIAN, name="Kỹ thuật Đắk Lắk")


def looked(*devices: Device, fault: str = "", **readings) -> None:
    """Let a look have come of devices, this moment; with a fault it failed, and the readings stay as they were."""
    at = clock.now()
    with write_transaction() as session:
        for device in devices:
            row = session.get_one(Device, device.id)
            row.probed_at, row.fault, row.status = at, fault, Status.CRITICAL if fault else Status.OK
            said = {**GOOD, **readings} if row.kind == "codec" else readings
            if not fault:
                rows = [[name, "", value, "", "ok", "", ""] for name, value in said.items() if value is not None]
                reading_tables.keep_readings([{"device_id": device.id, "read_at": at, "readings": rows}])


def until(minutes_before: float, set_clock) -> None:
    """Let it be so many minutes before the start of the conference in two days."""
    set_clock.at = NOW + timedelta(days=2) - timedelta(minutes=minutes_before)


def checks(ahead_minutes: int = 1440) -> dict[str, str]:
    db.session.rollback()
    return {one.device.name: one.ready for one in db.session.scalars(
        select(ScheduledCheck).where(ScheduledCheck.ahead_minutes == ahead_minutes)).unique()}


def findings(device: Device) -> dict[str, list[str]]:
    db.session.rollback()
    row = db.session.scalar(select(ScheduledCheck).where(ScheduledCheck.device_id == device.id).order_by(ScheduledCheck.checked_at.desc()).limit(1))
    return {name: [answer, detail] for name, answer, detail in row.findings}


def told(user: User) -> list[str]:
    db.session.rollback()
    return [one.reason for one in db.session.scalars(select(Notice).where(
        Notice.user_id == user.id, Notice.kind.in_(("rooms_not_ready", "devices_not_ready"))).order_by(Notice.id))]


def wished() -> set[int]:
    db.session.rollback()
    return set(reading_tables.wishes(limit=100))


def check_at(minutes_before: float, set_clock, *well: Device, **ill) -> None:
    """Go through one check: ask, look, judge at its moment."""
    until(minutes_before + 3, set_clock)
    preflight.check_ahead()
    set_clock.forward(seconds=20)
    looked(*well)
    for device, fault in ill.values():
        looked(device, fault=fault)
    until(minutes_before, set_clock)
    preflight.check_ahead()


def test_nothing_is_asked_while_no_conference_is_near(rooms, set_clock):
    until(24 * 60 + 4, set_clock)
    preflight.check_ahead()

    assert (checks(), wished()) == ({}, set())


def test_three_minutes_ahead_a_look_at_every_codec_and_the_bridge_is_asked_for(rooms, set_clock):
    until(24 * 60 + 3, set_clock)
    preflight.check_ahead()

    assert wished() == {device.id for device in rooms.all()}
    assert set(checks().values()) == {"asked"}


@pytest.mark.parametrize("ahead_minutes", [1440, 60, 15])
def test_what_the_looks_bring_is_judged_at_the_moment(rooms, set_clock, ahead_minutes):
    check_at(ahead_minutes, set_clock, *rooms.all())

    assert checks(ahead_minutes) == {"Codec hội trường": "yes", "Codec Đắk Lắk": "yes", "Cầu": "yes"}


def test_nothing_is_judged_before_its_moment(rooms, set_clock):
    until(1440 + 3, set_clock)
    preflight.check_ahead()
    set_clock.forward(seconds=20)
    looked(*rooms.all())
    preflight.check_ahead()

    assert set(checks().values()) == {"asked"}


def test_a_silent_device_is_not_ready_and_does_not_keep_the_others_waiting_without_end(rooms, set_clock):
    check_at(1440, set_clock, rooms.hall, rooms.bridge)
    before = set(checks().values())
    set_clock.forward(minutes=2)
    preflight.check_ahead()

    assert before == {"asked"}
    assert checks() == {"Codec hội trường": "yes", "Codec Đắk Lắk": "unknown", "Cầu": "yes"}
    assert findings(rooms.room)["reachable"] == ["unknown", "not_looked_at"]


def test_a_reading_from_before_the_question_makes_nothing_ready(rooms, set_clock):
    until(1440 + 4, set_clock)
    looked(*rooms.all())
    until(1440 + 3, set_clock)
    preflight.check_ahead()
    until(1440 - 2, set_clock)
    preflight.check_ahead()

    assert set(checks().values()) == {"unknown"}


def test_a_call_that_is_up_counts_a_quarter_of_an_hour_ahead_and_not_earlier(rooms, set_clock):
    answers = []
    for ahead_minutes in (60, 15):
        until(ahead_minutes + 3, set_clock)
        preflight.check_ahead()
        set_clock.forward(seconds=20)
        looked(rooms.hall, rooms.bridge)
        looked(rooms.room, calls_up=1.0)
        until(ahead_minutes, set_clock)
        preflight.check_ahead()
        answers.append(checks(ahead_minutes)["Codec Đắk Lắk"])

    assert answers == ["yes", "no"]


def test_a_device_in_a_session_is_unknown_and_nobody_is_told(rooms, set_clock, province_technician):
    until(60 + 3, set_clock)
    preflight.check_ahead()
    set_clock.forward(seconds=20)
    looked(rooms.hall, rooms.bridge)
    until(60, set_clock)
    preflight.check_ahead(lambda: {rooms.room.id})

    assert checks(60)["Codec Đắk Lắk"] == "unknown"
    assert (told(province_technician), told(rooms.place.clerk)) == ([], [])


def test_a_conference_without_a_bridge_that_would_serve_says_so_at_the_host(place, set_clock):
    rooms = Rooms(place)
    with write_transaction() as session:
        session.get_one(Device, rooms.bridge.id).ports = 1
    check_at(1440, set_clock, rooms.hall, rooms.room)

    assert checks() == {"Codec hội trường": "no", "Codec Đắk Lắk": "yes"}
    assert findings(rooms.hall)["bridge"] == ["no", "no_bridge"]


def test_old_ssh_is_not_ready_for_what_is_classified(place, set_clock):
    rooms = Rooms(place, profile_id=a_profile(Classification.CONFIDENTIAL).id, title="", code_name="Sông Hồng")
    with write_transaction() as session:
        session.get_one(Device, rooms.room.id).ssh_legacy = "hostkey"
    check_at(1440, set_clock, *rooms.all())

    assert checks() == {"Codec hội trường": "yes", "Codec Đắk Lắk": "no", "Cầu": "yes"}


def test_a_conference_in_one_room_is_not_checked(place, set_clock):
    a_device(place.hall, **FINGERPRINT)
    booked(place, place.hall, place.room, after=timedelta(days=2))
    until(1440, set_clock)
    preflight.check_ahead()

    assert checks() == {}


def test_a_cancelled_conference_is_not_checked(rooms, set_clock):
    cancel_conference(occurrence_by_id(rooms.occurrence_id).conference_id, by=rooms.place.clerk, reason="")
    until(1440, set_clock)
    preflight.check_ahead()

    assert checks() == {}


def test_what_is_booked_late_is_checked_at_once(place, set_clock):
    rooms = Rooms(place, after=timedelta(hours=5))
    preflight.check_ahead()
    set_clock.forward(seconds=20)
    looked(*rooms.all())
    preflight.check_ahead()

    assert set(checks().values()) == {"yes"}


def test_after_a_worker_was_away_only_the_nearest_check_is_made(rooms, set_clock):
    until(30, set_clock)
    preflight.check_ahead()

    assert (checks(1440), set(checks(60).values()), checks(15)) == ({}, {"asked"}, {})


def test_a_date_that_was_moved_is_checked_anew_for_its_new_time(rooms, set_clock):
    check_at(1440, set_clock, *rooms.all())
    with write_transaction() as session:
        row = session.get_one(Occurrence, rooms.occurrence_id)
        row.planned_start_at, row.planned_end_at = row.planned_start_at + timedelta(days=3), row.planned_end_at + timedelta(days=3)
    moved = preflight.summary_of(occurrence_by_id(rooms.occurrence_id))
    set_clock.at = NOW + timedelta(days=4)
    preflight.check_ahead()

    assert moved is None
    assert set(checks().values()) == {"asked"}


def test_a_room_that_is_granted_in_between_is_looked_at_too(rooms, place, set_clock):
    until(1440 + 3, set_clock)
    preflight.check_ahead()
    with write_transaction() as session:  # The hall's codec was exchanged for another one.
        session.get_one(Device, rooms.hall.id).retired_at = clock.now()
    another = a_device(place.hall, name="Codec mới", **FINGERPRINT)
    until(1440, set_clock)
    preflight.check_ahead()

    assert checks() == {"Codec mới": "asked", "Codec Đắk Lắk": "asked", "Cầu": "asked"}
    assert another.id in wished()


# Who is told


def test_the_units_technicians_and_the_organizer_are_told_once(rooms, set_clock, province_technician):
    check_at(1440, set_clock, rooms.hall, rooms.bridge, room=(rooms.room, "unreachable"))
    for _ in range(3):
        set_clock.forward(seconds=20)
        preflight.check_ahead()

    assert told(province_technician) == ["08:00 03/03/2027\n1\nPhòng họp Đắk Lắk\treachable:no"]
    assert told(rooms.place.technician) == []
    assert told(rooms.place.clerk) == ["no\n\n"]


def test_they_are_not_told_again_while_nothing_changes_and_are_when_it_does(rooms, set_clock, province_technician):
    check_at(1440, set_clock, rooms.hall, rooms.bridge, room=(rooms.room, "unreachable"))
    check_at(60, set_clock, rooms.hall, rooms.bridge, room=(rooms.room, "silent"))  # Not answering is not answering.
    so_far = len(told(province_technician)), len(told(rooms.place.clerk))
    until(15 + 3, set_clock)
    preflight.check_ahead()
    set_clock.forward(seconds=20)
    looked(rooms.hall, rooms.bridge)
    looked(rooms.room, registered="no")
    until(15, set_clock)
    preflight.check_ahead()

    assert so_far == (1, 1)
    assert told(province_technician)[1:] == ["08:00 03/03/2027\n1\nPhòng họp Đắk Lắk\tregistered:no"]
    assert len(told(rooms.place.clerk)) == 2


def test_a_fault_that_was_mended_and_came_back_is_told_again(rooms, set_clock, province_technician):
    check_at(1440, set_clock, rooms.hall, rooms.bridge, room=(rooms.room, "unreachable"))
    check_at(60, set_clock, *rooms.all())
    check_at(15, set_clock, rooms.hall, rooms.bridge, room=(rooms.room, "unreachable"))

    assert len(told(province_technician)) == 2


def test_the_organizer_reads_which_rooms_are_free_instead(rooms, place, set_clock):
    a_room(place.province, "Phòng họp số 2")
    check_at(1440, set_clock, rooms.hall, rooms.bridge, room=(rooms.room, "unreachable"))

    assert told(place.clerk) == ["no\n\nPhòng họp số 2"]


def test_the_organizer_of_many_rooms_that_are_not_ready_reads_one_notice(place, set_clock):
    rooms = Rooms(place)
    more = [a_room(place.centre) for _ in range(4)]
    codecs = [a_device(room, **FINGERPRINT) for room in more]
    booked(place, place.other_room, *more, after=timedelta(days=2))
    until(1440 + 3, set_clock)
    preflight.check_ahead()
    until(1440 - 2, set_clock)
    looked(*codecs, fault="unreachable")
    looked(*rooms.all())
    preflight.check_ahead()

    assert [reason.split("\n")[0] for reason in told(place.clerk)] == ["4"]


def test_an_organizer_who_is_a_technician_too_is_told_as_both(rooms, place, set_clock):
    organizer = place.clerk
    directory.grant_role(organizer, Role.TECHNICIAN, place.centre, by=None)
    check_at(1440, set_clock, rooms.room, rooms.bridge, hall=(rooms.hall, "unreachable"))

    assert len(told(organizer)) == 2


# The organizer's line


def test_the_summary_counts_rooms_and_names_those_that_are_not_ready(rooms, set_clock):
    check_at(1440, set_clock, rooms.hall, rooms.bridge, room=(rooms.room, "unreachable"))

    summary = preflight.summary_of(occurrence_by_id(rooms.occurrence_id))

    assert (summary.ready, summary.rooms, summary.not_ready, summary.unknown, summary.bridge) == (1, 2, ("Phòng họp Đắk Lắk",), (), Tri.YES)
    assert [str(check) for check in summary.untold] == ["microphone", "camera", "firmware", "clock"]


def test_there_is_no_summary_before_the_first_check(rooms):
    assert preflight.summary_of(occurrence_by_id(rooms.occurrence_id)) is None


# Two at once, both engines


def test_two_workers_at_once_ask_and_judge_once(app_on, set_clock):
    place = Place()
    rooms = Rooms(place)
    technician = a_person(place.province, Role.TECHNICIAN)
    until(1440 + 3, set_clock)

    def both() -> None:
        together = threading.Barrier(2)

        def check(_) -> None:
            with app_on.app_context():
                together.wait()
                preflight.check_ahead()

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(check, range(2)))

    both()
    set_clock.forward(seconds=20)
    looked(rooms.hall, rooms.bridge)
    looked(rooms.room, fault="unreachable")
    until(1440, set_clock)
    both()

    assert checks() == {"Codec hội trường": "yes", "Codec Đắk Lắk": "no", "Cầu": "yes"}
    assert (len(told(technician)), len(told(place.clerk))) == (1, 1)


def test_old_checks_are_forgotten_a_few_at_a_time(rooms, set_clock):
    check_at(1440, set_clock, *rooms.all())
    set_clock.forward(days=89)
    kept = preflight.forget_old()
    set_clock.forward(days=2)

    assert (kept, preflight.forget_old(), checks()) == (0, 3, {})


def test_a_page_reads_the_checks_of_ones_own_units_in_order_of_time(rooms, place, set_clock):
    check_at(1440, set_clock, *rooms.all())

    found = preflight_tables.checks_ahead(clock.now(), clock.now() + timedelta(days=2), below=[place.province.path])

    assert [one.device.name for one in found] == ["Codec Đắk Lắk"]
