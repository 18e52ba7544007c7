"""Reminders: one day and one hour before the start, each once, whatever the clock and the workers do."""

import threading
from datetime import datetime, timedelta

import pytest
from builders import Place, a_person, a_span
from sqlalchemy import select

from roomctl.booking import cancel, decide, invite, remind, tables
from roomctl.booking.amend import Amendment, amend_conference
from roomctl.booking.recurrence import Recurrence
from roomctl.database import db, write_transaction
from roomctl.notices.tables import Notice
from roomctl.notices.wording import NoticeKind
from roomctl.organisation.roles import Role

START = datetime.fromisoformat("2027-03-05T01:00+00:00")


@pytest.fixture
def granted(place) -> int:
    """A conference on Friday, in a hall that is granted at once, with the stranger invited."""
    return place.book(span=a_span("2027-03-05T01:00"), invited_ids=frozenset({place.stranger.id}))


def reminded(place) -> int:
    """Return how many reminders the invited person has."""
    db.session.rollback()
    return len(list(db.session.scalars(select(Notice).where(Notice.user_id == place.stranger.id, Notice.kind == NoticeKind.REMINDER))))


def tick_at(place, set_clock, *moments: datetime) -> list[int]:
    """Let the chore run at each moment; return how many reminders there were after each."""
    counts = []
    for set_clock.at in moments:
        remind.remind_attendees()
        counts.append(reminded(place))
    return counts


def before(**length: float) -> datetime:
    return START - timedelta(**length)


def test_people_are_reminded_one_day_and_one_hour_before(place, granted, set_clock):
    moments = before(days=1, seconds=1), before(days=1), before(hours=1, seconds=1), before(hours=1), before(minutes=1), START

    assert tick_at(place, set_clock, *moments) == [0, 1, 1, 2, 2, 2]


def test_organizer_chair_and_invited_people_are_reminded_but_not_who_declined(place, granted, set_clock):
    invite.invite_people(granted, [place.technician.id], by=place.clerk)
    invite.answer_invitation(granted, "declined", by=place.technician)

    tick_at(place, set_clock, before(days=1))

    told = set(db.session.scalars(select(Notice.user_id).where(Notice.kind == NoticeKind.REMINDER)))
    assert told == {place.clerk.id, place.chair.id, place.stranger.id}


def test_the_chair_of_another_date_is_not_reminded_of_this_one(place, set_clock):
    other = a_person(place.centre, Role.CHAIR)
    conference_id = place.book(span=a_span("2027-03-05T01:00"), recurrence=Recurrence(rule="FREQ=WEEKLY;COUNT=2"))
    with write_transaction():
        tables.conference_by_id(conference_id).occurrences[1].chair_id = other.id

    set_clock.at = before(days=1)
    remind.remind_attendees()

    told = set(db.session.scalars(select(Notice.user_id).where(Notice.kind == NoticeKind.REMINDER)))
    assert told == {place.clerk.id, place.chair.id}


def test_a_worker_that_was_down_sends_only_the_nearest(place, granted, set_clock):
    assert tick_at(place, set_clock, before(minutes=30), before(minutes=20)) == [1, 1]


def test_a_clock_that_jumps_back_and_forth_sends_nothing_twice(place, granted, set_clock):
    moments = before(days=1), before(days=3), before(days=1), before(minutes=50), before(days=2), before(minutes=40)

    assert tick_at(place, set_clock, *moments) == [1, 1, 1, 2, 2, 2]


@pytest.mark.parametrize(("asked", "counts"), [({"hours": 20}, [0, 0, 1]), ({"minutes": 30}, [0, 0, 0]), ({"days": 2}, [0, 1, 2])])
def test_what_is_asked_for_after_a_reminders_moment_skips_it(place, set_clock, asked, counts):
    set_clock.at = before(**asked)
    place.book(span=a_span("2027-03-05T01:00"), invited_ids=frozenset({place.stranger.id}))

    moments = [set_clock.at, max(set_clock.at, before(hours=19)), max(set_clock.at, before(minutes=20))]
    assert tick_at(place, set_clock, *moments) == counts


def test_a_conference_that_is_moved_reminds_anew(place, granted, set_clock):
    tick_at(place, set_clock, before(hours=2))
    amend_conference(granted, Amendment(span=a_span("2027-03-08T01:00")), by=place.clerk)

    later = timedelta(days=3)
    assert tick_at(place, set_clock, before(days=1) + later, before(hours=1) + later) == [2, 3]


def test_there_is_no_reminder_of_what_was_cancelled(place, granted, set_clock):
    cancel.cancel_conference(granted, by=place.clerk, reason="")

    assert tick_at(place, set_clock, before(days=1), before(minutes=5)) == [0, 0]


def test_of_a_series_only_the_dates_that_stand_remind(place, set_clock):
    conference_id = place.book(span=a_span("2027-03-05T01:00"), recurrence=Recurrence(rule="FREQ=DAILY;COUNT=3"),
                               invited_ids=frozenset({place.stranger.id}))
    second = tables.conference_by_id(conference_id).occurrences[1]
    cancel.cancel_conference(conference_id, by=place.clerk, reason="", scope=cancel.Scope.THIS, occurrence_id=second.id)

    day = timedelta(days=1)
    assert tick_at(place, set_clock, before(days=1), before(days=1) + day, before(days=1) + 2 * day) == [1, 1, 2]


def test_a_conference_whose_host_room_is_granted_late_still_reminds(place, set_clock):
    place.book(span=a_span("2027-03-05T01:00"), host_room_id=place.room.id, invited_ids=frozenset({place.stranger.id}))
    counts = tick_at(place, set_clock, before(hours=23), before(hours=20))
    decide.grant_reservation(decide.queue_of(place.province_approver)[0].id, by=place.province_approver)

    assert counts + tick_at(place, set_clock, before(hours=19)) == [0, 0, 1]


def test_what_has_begun_early_does_not_remind(place, granted, set_clock):
    with write_transaction():
        tables.conference_by_id(granted).occurrences[0].actual_start_at = before(minutes=10)

    assert tick_at(place, set_clock, before(minutes=5)) == [0]


def test_many_dates_are_reminded_of_a_batch_at_a_time(place, set_clock, monkeypatch):
    monkeypatch.setattr(remind, "MOST_AT_ONCE", 2)
    for hour in range(1, 6):
        place.book(span=a_span(f"2027-03-05T0{hour}:00", minutes=30), invited_ids=frozenset({place.stranger.id}))

    assert tick_at(place, set_clock, *[before(hours=15)] * 4) == [2, 4, 5, 5]


def test_two_workers_at_once_remind_once(app_on, set_clock):
    place = Place()
    for hour in range(1, 5):
        place.book(span=a_span(f"2027-03-05T0{hour}:00", minutes=30), invited_ids=frozenset({place.stranger.id}))
    set_clock.at, failures = before(hours=15), []

    def tick() -> None:
        with app_on.app_context():
            try:
                remind.remind_attendees()
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=tick) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    remind.remind_attendees()

    assert (failures, reminded(place)) == ([], 4)
