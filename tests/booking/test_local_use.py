"""What is done at the panel to a conference in one room: come, go on longer, end; and rooms to which nobody came are given back."""

from datetime import timedelta

import pytest
from builders import Place, a_room, fresh
from sqlalchemy import func, select

from roomctl import clock
from roomctl.audit.tables import newest_entries
from roomctl.booking import local_use, tables
from roomctl.booking.amend import Amendment, amend_conference
from roomctl.booking.invariants import checked
from roomctl.booking.lifecycle import OccurrenceState, ReservationState
from roomctl.booking.no_show import look_for_no_shows
from roomctl.booking.week import state_of
from roomctl.database import db, write_transaction
from roomctl.devices import inventory
from roomctl.devices.codec_facts import CALLS_UP
from roomctl.devices.reading_tables import keep_readings
from roomctl.errors import Conflict, NotAllowed, NotVisible, Refused
from roomctl.notices.tables import Notice
from roomctl.schedule.report import usage_report
from roomctl.schedule.usage import Figures, total
from roomctl.sessions import invariants as session_invariants
from roomctl.timespan import Span


class Hall:
    """The hall with a conference of its own, two hours from 08:00 tomorrow; the clock stands at its start."""

    def __init__(self, place: Place, set_clock, **facts) -> None:
        self.place, self.clock = place, set_clock
        self.conference_id = place.book(span=Span(clock.now() + timedelta(days=1), clock.now() + timedelta(days=1, hours=2)),
                                        **{"room_ids": (place.hall.id,), **facts})
        self.start = self.occurrence.planned_start_at
        set_clock.at = self.start

    @property
    def occurrence(self) -> tables.Occurrence:
        db.session.rollback()
        db.session.expire_all()
        return tables.conference_by_id(self.conference_id).occurrences[0]

    @property
    def state(self) -> ReservationState:
        return self.occurrence.reservations[0].state

    def at(self, minutes: float) -> "Hall":
        self.clock.at = self.start + timedelta(minutes=minutes)
        return self

    def do(self, deed) -> None:
        deed(self.occurrence.id, room_id=self.place.hall.id)

    def ask(self) -> "Hall":
        self.do(local_use.note_asked)
        return self


@pytest.fixture
def hall(place, set_clock) -> Hall:
    return Hall(place, set_clock)


def broken() -> list[str]:
    return [line for lines in (*checked().values(), *session_invariants.checked().values()) for line in lines]


def figures_of(place) -> Figures:
    return total(usage_report(place.centre.id, 2027, by=place.clerk, now=clock.now()).cells)


def kinds(person) -> list[str]:
    return list(db.session.scalars(select(Notice.kind).where(Notice.user_id == person.id).order_by(Notice.id)))


# Coming


@pytest.mark.parametrize("minutes", [-10, 0, 14, 119])
def test_somebody_comes_from_ten_minutes_before_the_start_until_the_end(hall, minutes):
    hall.at(minutes).do(local_use.check_in)

    assert (hall.occurrence.checked_in_at, hall.occurrence.checked_in_by) == (clock.now(), "panel")


def test_to_say_so_twice_is_to_have_said_it_once(hall):
    hall.do(local_use.check_in)
    hall.at(5).do(local_use.check_in)

    assert hall.occurrence.checked_in_at == hall.start
    assert [entry.kind for entry, _ in newest_entries(9)].count("checked_in") == 1


@pytest.mark.parametrize(("minutes", "reason"), [(-10.5, "check_in_too_early"), (120, "conference_over")])
def test_nobody_comes_before_that_or_after_the_end(hall, minutes, reason):
    with pytest.raises(Refused, match=reason):
        hall.at(minutes).do(local_use.check_in)


@pytest.mark.parametrize("deed", [local_use.check_in, local_use.end_here, local_use.extend_here, local_use.note_asked])
def test_a_conference_of_several_rooms_is_not_for_the_panel_alone(place, set_clock, deed):
    hall = Hall(place, set_clock, room_ids=(place.hall.id, place.room.id))

    with pytest.raises(NotAllowed):
        hall.at(1).do(deed)


@pytest.mark.parametrize("deed", [local_use.check_in, local_use.end_here, local_use.extend_here, local_use.note_asked])
def test_another_rooms_panel_does_not_know_the_conference(place, hall, deed):
    with pytest.raises(NotVisible):
        deed(hall.occurrence.id, room_id=place.room.id)


def test_whoever_came_to_the_former_time_is_not_there_at_the_new_one(place, hall):
    hall.at(-5).ask().do(local_use.check_in)

    amend_conference(hall.conference_id, Amendment(span=Span(hall.start + timedelta(hours=5), hall.start + timedelta(hours=6))), by=place.clerk)

    assert (hall.occurrence.checked_in_at, hall.occurrence.check_in_asked_at, hall.occurrence.checked_in_by) == (None, None, "")


# Ending


@pytest.fixture
def long_hall(place, set_clock) -> Hall:
    """From 08:00 to 10:00, somebody is there, and it is 08:40."""
    hall = Hall(place, set_clock)
    hall.do(local_use.check_in)
    return hall.at(40)


def test_u03_ended_at_the_panel_the_plan_stays_and_the_rest_can_be_booked_at_once(place, long_hall):
    long_hall.do(local_use.end_here)

    other = place.book(span=Span(clock.now(), long_hall.start + timedelta(hours=2)), room_ids=(place.hall.id,))
    ended = long_hall.occurrence
    assert (ended.actual_start_at, ended.actual_end_at) == (long_hall.start, long_hall.start + timedelta(minutes=40))
    assert ended.planned_end_at == long_hall.start + timedelta(hours=2)
    assert (state_of(ended, clock.now()), tables.conference_by_id(other).occurrences[0].planned_start_at) == (OccurrenceState.HELD, clock.now())
    assert broken() == []


def test_u03_ended_at_the_panel_attendees_are_told_of_a_change(place, long_hall):
    long_hall.do(local_use.end_here)

    assert (long_hall.occurrence.conference.sequence, kinds(place.chair)[-1]) == (1, "invitation_changed")
    assert "invitation_withdrawn" not in kinds(place.chair)


def test_u03_forty_minutes_count_as_used_of_the_hundred_and_twenty_that_were_booked(place, long_hall):
    long_hall.do(local_use.end_here)

    figures = figures_of(place)
    assert (figures.used_s, figures.booked_s) == (40 * 60, 120 * 60)


def test_pressed_twice_it_ended_once(long_hall):
    long_hall.do(local_use.end_here)
    long_hall.at(50).do(local_use.end_here)

    assert long_hall.occurrence.actual_end_at == long_hall.start + timedelta(minutes=40)


def test_what_has_not_begun_does_not_end(hall):
    with pytest.raises(Refused, match="not_begun"):
        hall.at(-5).do(local_use.end_here)


def test_what_nobody_ended_was_used_until_its_planned_end(hall):
    hall.at(5).do(local_use.check_in)
    hall.at(125)

    closed = local_use.close_what_is_over(), local_use.close_what_is_over()

    assert closed == (1, 0)
    assert (hall.occurrence.actual_start_at, hall.occurrence.actual_end_at) == (hall.start + timedelta(minutes=5), hall.start + timedelta(hours=2))
    assert broken() == []


# Going on longer


def test_it_goes_on_for_a_step_or_up_to_the_next_hold(place, long_hall):
    end = long_hall.start + timedelta(hours=2)
    place.book(span=Span(end + timedelta(minutes=20), end + timedelta(hours=1)), room_ids=(place.hall.id,))

    long_hall.do(local_use.extend_here)
    first = long_hall.occurrence.planned_end_at
    long_hall.do(local_use.extend_here)

    assert [first - end, long_hall.occurrence.planned_end_at - end] == [timedelta(minutes=15), timedelta(minutes=20)]
    with pytest.raises(Refused, match="cannot_extend"):
        long_hall.do(local_use.extend_here)


def test_what_has_ended_does_not_go_on(long_hall):
    long_hall.do(local_use.end_here)

    with pytest.raises(Refused, match="conference_over"):
        long_hall.do(local_use.extend_here)


# Nobody came


def test_a_room_to_which_nobody_came_is_given_back_a_quarter_of_an_hour_after_the_start(place, hall):
    hall.at(-8).ask()

    before = hall.at(14.9).state, look_for_no_shows()
    after = hall.at(15), look_for_no_shows()

    assert (before, after[1]) == ((ReservationState.GRANTED, 0), 1)
    assert (hall.state, hall.occurrence.reservations[0].decided_rule) == (ReservationState.RELEASED, "no_show")
    assert state_of(hall.occurrence, clock.now()) == OccurrenceState.RELEASED
    assert (kinds(place.clerk)[-1], kinds(place.chair)[-1]) == ("room_given_back", "room_given_back")
    assert broken() == []
    assert place.book(span=Span(clock.now(), clock.now() + timedelta(hours=1)), room_ids=(place.hall.id,))


def test_it_counts_as_a_no_show(place, hall):
    hall.ask().at(15)
    look_for_no_shows()

    assert figures_of(place).no_shows == 1


def test_given_back_it_cannot_be_used_any_more_and_the_panel_says_why(hall):
    hall.ask().at(15)
    look_for_no_shows()

    with pytest.raises(Conflict, match="room_given_back"):
        hall.do(local_use.check_in)


def test_a_room_whose_panel_never_asked_is_not_given_back(hall):
    hall.at(30)

    assert (look_for_no_shows(), hall.state) == (0, ReservationState.GRANTED)


def test_a_panel_that_came_back_late_gives_people_as_much_time_as_any_other(hall):
    hall.at(14).ask()

    early, late = (hall.at(28).state, look_for_no_shows()), (hall.at(29), look_for_no_shows())

    assert (early[1], late[1]) == (0, 1)


def test_whoever_came_keeps_the_room(hall):
    hall.at(-8).ask().do(local_use.check_in)
    hall.at(60)

    assert (look_for_no_shows(), hall.state) == (0, ReservationState.GRANTED)


def test_several_rooms_are_never_given_back(place, set_clock):
    hall = Hall(place, set_clock, room_ids=(place.hall.id, place.room.id))
    with write_transaction():
        tables.conference_by_id(hall.conference_id).occurrences[0].check_in_asked_at = hall.start
    hall.at(60)

    assert look_for_no_shows() == 0
    assert {one.state for one in hall.occurrence.reservations} & {ReservationState.RELEASED} == set()


@pytest.fixture
def read(place):
    """Note what the hall's codec said of its calls, and when."""
    codec = inventory.add_device(kind="codec", family="cisco_roomos", unit=place.centre, room=place.hall, name="codec", host="192.0.2.1", port=22,
                                 username="roomctl", password="geheim", dial_address="hall@vc.example")

    def said(calls: float | None, *, at) -> None:
        rows = [] if calls is None else [[CALLS_UP, "", calls, "", "ok", "", ""]]
        with write_transaction():
            keep_readings([{"device_id": codec.id, "read_at": at, "readings": rows}])

    return said


def test_a_codec_in_a_call_counts_as_somebody_who_came(hall, read):
    hall.at(-8).ask()
    read(1.0, at=hall.start + timedelta(minutes=3))

    given_back = hall.at(4), look_for_no_shows(), hall.at(20), look_for_no_shows()

    assert (given_back[1], given_back[3], hall.state) == (0, 0, ReservationState.GRANTED)
    assert (hall.occurrence.checked_in_by, hall.occurrence.checked_in_at) == ("codec", hall.start + timedelta(minutes=4))


@pytest.mark.parametrize(("calls", "minutes"), [(0.0, 3), (None, 3), (1.0, -30)], ids=["no call", "it does not say", "long before"])
def test_a_codec_that_is_in_no_call_or_was_in_one_long_before_says_nothing(hall, read, calls, minutes):
    hall.at(-8).ask()
    read(calls, at=hall.start + timedelta(minutes=minutes))
    hall.at(15)

    assert look_for_no_shows() == 1


def test_whoever_waited_for_the_room_comes_next(place, hall):
    waiting = place.book(span=Span(hall.start + timedelta(minutes=30), hall.start + timedelta(minutes=60)), room_ids=(place.hall.id,),
                         wait_for=frozenset({place.hall.id}))
    hall.ask().at(15)

    look_for_no_shows()

    db.session.expire_all()
    assert tables.conference_by_id(waiting).occurrences[0].reservations[0].state == ReservationState.GRANTED


def test_a_given_back_room_is_given_back_once_whichever_worker_looks(app_on, set_clock):
    hall = Hall(Place(), set_clock)
    hall.ask().at(15)

    given = look_for_no_shows(), look_for_no_shows()

    assert given == (1, 0)
    assert db.session.scalar(select(func.count()).select_from(Notice).where(Notice.kind == "room_given_back")) == 2


def test_a_room_with_teardown_is_free_again_after_it(place, set_clock):
    room = a_room(place.centre, teardown=timedelta(minutes=10))
    hall = Hall(place, set_clock, room_ids=(room.id,), host_room_id=room.id)
    hall.at(30)

    local_use.end_here(hall.occurrence.id, room_id=room.id)

    assert fresh(hall.occurrence.reservations[0]).held_end_at == hall.start + timedelta(minutes=40)
