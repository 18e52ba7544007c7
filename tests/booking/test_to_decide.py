"""What an approver comes upon: by week, a series as one line, and nothing that is not theirs to know."""

import pytest
from builders import a_profile, a_span
from sqlalchemy import event

from booking.asked import alone, behind, now
from roomctl.booking import decide, escalate, mandatory, to_decide
from roomctl.booking.decide import UNDO_WINDOW
from roomctl.booking.tables import Reservation
from roomctl.booking.visibility import Busy
from roomctl.database import db, write_transaction
from roomctl.security_profiles.profile import Classification


def weeks(place, **facts):
    return to_decide.weeks_of(place.province_approver, **facts)


@pytest.fixture
def series(place) -> list[int]:
    """The province's room on three Tuesdays, asked for by one conference."""
    ids = [alone(place, span=a_span(f"2027-03-{day:02}T01:00")) for day in (2, 9, 16)]
    with write_transaction():
        conference = db.session.get_one(Reservation, ids[0]).occurrence.conference_id
        for one in ids:
            db.session.get_one(Reservation, one).occurrence.conference_id = conference
    return ids


def test_a_series_is_one_line_with_all_its_dates_in_the_week_of_the_first(place, series):
    found, counts = weeks(place)

    assert [(week.year, week.week, [line.ids for line in week.lines]) for week in found] == [(2027, 9, [series])]
    assert counts == [((2027, 9), 1), ((2027, 10), 1), ((2027, 11), 1)]


def test_of_one_week_only_its_dates_are_there(place, series):
    found, _ = weeks(place, only=(2027, 10))

    assert [line.ids for week in found for line in week.lines] == [[series[1]]]


def test_a_conference_on_sunday_evening_is_of_that_week(place):
    alone(place, span=a_span("2027-03-07T16:00"))  # 23:00 on Sunday in Hà Nội, Sunday in UTC too.
    alone(place, span=a_span("2027-03-07T17:30"))  # Monday already.

    assert [key for key, _ in weeks(place)[1]] == [(2027, 9), (2027, 10)]


def test_who_waits_behind_is_named_in_the_order_in_which_they_asked(place, set_clock):
    holder, first = alone(place), behind(place)
    set_clock.forward(minutes=1)
    second = behind(place)

    line = to_decide.line_of(place.province_approver, holder)

    assert [one.id for one in line.first.behind] == [first, second]


def test_the_line_of_what_is_not_in_ones_queue_is_none(place):
    asked = alone(place)

    assert to_decide.line_of(place.other_approver, asked) is None


def test_what_was_just_decided_is_there_until_it_can_be_taken_back_no_more(place, series, set_clock):
    decide.grant_reservations(series[:2], by=place.province_approver)

    (one,) = to_decide.just_decided(place.province_approver)
    assert (one.state, one.line.ids, one.until) == ("granted", series[:2], set_clock.at + UNDO_WINDOW)
    set_clock.at += UNDO_WINDOW
    assert to_decide.just_decided(place.province_approver) == []


def test_of_a_restricted_conference_that_went_up_only_busy_is_left_for_the_rooms_own_approver(place, set_clock):
    asked = alone(place, profile_id=a_profile(Classification.INTERNAL).id)
    set_clock.at = now(asked).deadline_at
    escalate.escalate_overdue()

    (line,) = to_decide.passed_up(place.province_approver)

    assert isinstance(line.view, Busy)


def test_mandatory_conferences_are_shown_to_both_sides(place):
    conference = place.book()
    mandatory.make_mandatory(conference, by=place.centre_approver)

    assert [line.room.id for line in to_decide.mandatory_ahead(place.province_approver)] == [place.room.id]
    assert [(shown.conference_id, marked) for shown, marked in to_decide.hosted(place.centre_approver)] == [(conference, True)]


def test_ten_lines_are_read_with_as_many_questions_as_one(place):


    def questions() -> int:
        asked: list[str] = []

        def note(_connection, _cursor, statement, *_rest) -> None:
            asked.append(statement)

        db.session.rollback()
        db.session.expire_all()
        event.listen(db.engine, "before_cursor_execute", note)
        weeks(place)
        event.remove(db.engine, "before_cursor_execute", note)
        return len(asked)

    alone(place)
    of_one = questions()
    for hour in range(2, 11):
        alone(place, span=a_span(f"2027-03-03T{hour:02}:00"))

    assert questions() == of_one
