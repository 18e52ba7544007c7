"""Half-open spans, local wall time, and the weeks people work in."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from builders import a_span
from hypothesis import given
from hypothesis import strategies as st

from roomctl.timespan import Span, day_span, days_of, from_local, iso_week, to_local, week_span

MINUTES = st.integers(0, 300)


def test_back_to_back_spans_do_not_meet():
    first, second = a_span("2027-03-02T01:00"), a_span("2027-03-02T02:00")

    assert not first.overlaps(second)
    assert not second.overlaps(first)


@given(MINUTES, st.integers(1, 300), MINUTES, st.integers(1, 300))
def test_two_spans_overlap_when_they_share_a_minute_and_only_then(start, length, other_start, other_length):
    base = datetime(2027, 3, 2, tzinfo=UTC)

    def span(at: int, minutes: int) -> Span:
        return Span(base + timedelta(minutes=at), base + timedelta(minutes=at + minutes))

    shared = set(range(start, start + length)) & set(range(other_start, other_start + other_length))
    assert span(start, length).overlaps(span(other_start, other_length)) is bool(shared)
    assert span(other_start, other_length).overlaps(span(start, length)) is bool(shared)


def test_a_widened_span_begins_earlier_and_ends_later():
    span = a_span("2027-03-02T02:00", 60)

    assert span.widened(timedelta(minutes=15), timedelta(minutes=10)) == a_span("2027-03-02T01:45", 85)


def test_wall_time_in_hanoi_is_seven_hours_ahead_of_utc():
    moment = from_local(date(2027, 3, 2), time(8, 30))

    assert moment == datetime(2027, 3, 2, 1, 30, tzinfo=UTC)
    assert to_local(moment).strftime("%d/%m/%Y %H:%M") == "02/03/2027 08:30"


def test_early_morning_in_hanoi_is_the_day_before_in_utc():
    assert from_local(date(2027, 3, 2), time(6, 59)).date() == date(2027, 3, 1)


@pytest.mark.parametrize(("day", "week"), [
    (date(2026, 12, 27), (2026, 52)), (date(2026, 12, 28), (2026, 53)), (date(2026, 12, 31), (2026, 53)), (date(2027, 1, 1), (2026, 53)),
    (date(2027, 1, 3), (2026, 53)), (date(2027, 1, 4), (2027, 1))])
def test_the_turn_of_the_year_lies_in_week_53_of_2026(day, week):
    assert iso_week(day) == week


def test_a_week_runs_from_local_monday_to_local_monday():
    span = week_span(2026, 53)

    assert to_local(span.start).strftime("%A %d/%m/%Y %H:%M") == "Monday 28/12/2026 00:00"
    assert (span.length, span.start.tzinfo) == (timedelta(days=7), UTC)


def test_a_day_runs_from_local_midnight_to_local_midnight():
    span = day_span(date(2027, 1, 1))

    assert (to_local(span.start).strftime("%d/%m/%Y %H:%M"), span.length) == ("01/01/2027 00:00", timedelta(days=1))
    assert span.end == day_span(date(2027, 1, 2)).start


@pytest.mark.parametrize(("start", "minutes", "days"), [
    ("2027-03-01T17:00", 60, [2]),  # 00:00 in Hà Nội: the new day has begun, though not in UTC.
    ("2027-03-01T16:00", 60, [1]),  # Ends at midnight, and takes nothing of the next day.
    ("2027-03-01T16:00", 61, [1, 2]),
    ("2027-03-02T01:00", 7 * 24 * 60, [2, 3, 4, 5, 6, 7, 8, 9]),
])
def test_a_span_takes_something_of_these_days(start, minutes, days):
    assert days_of(a_span(start, minutes)) == [date(2027, 3, day) for day in days]


def test_the_part_of_a_span_within_another_begins_and_ends_with_the_narrower():
    day = day_span(date(2027, 3, 2))

    assert a_span("2027-03-01T12:00", 24 * 60).within(day) == Span(day.start, a_span("2027-03-02T12:00").start)
    assert a_span("2027-03-02T01:00").within(day) == a_span("2027-03-02T01:00")


def test_weeks_follow_each_other_without_gap_over_the_turn_of_the_year():
    assert week_span(2026, 52).end == week_span(2026, 53).start
    assert week_span(2026, 53).end == week_span(2027, 1).start


@pytest.mark.parametrize("week", [0, 53, 54, -1])
def test_a_week_the_year_does_not_have_is_an_error(week):
    with pytest.raises(ValueError, match="week"):
        week_span(2027, week)
