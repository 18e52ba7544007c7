"""The grid of quarters of an hour on which common times are found."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from roomctl.booking.free_times import STEP, Grid, grid_from, in_office_hours, near_misses, one_a_half_day, places
from roomctl.booking.recurrence import DaysOff
from roomctl.timespan import Span

MONDAY = datetime(2027, 3, 1, 0, 0, tzinfo=UTC)  # 07:00 in Hà Nội.
NEVER_OFF = DaysOff()
minutes = st.integers(-600, 1200)


def span(start: int, length: int) -> Span:
    return Span(MONDAY + timedelta(minutes=start), MONDAY + timedelta(minutes=start + length))


@given(st.lists(st.tuples(minutes, st.integers(1, 300)), max_size=6), st.integers(1, 240), st.integers(0, 60), st.integers(0, 60))
def test_a_start_is_blocked_exactly_when_its_span_with_its_buffers_meets_something_busy(busy, length, before, behind):
    grid = Grid(MONDAY, 40, timedelta(minutes=length))
    spans, setup, teardown = [span(*one) for one in busy], timedelta(minutes=before), timedelta(minutes=behind)

    blocked = places(grid.blocked(spans, before=setup, behind=teardown))

    assert blocked == [place for place in range(40) if any(grid.span(place).widened(setup, teardown).overlaps(one) for one in spans)]


def test_the_grid_begins_at_the_next_quarter_and_ends_before_its_limit():
    grid = grid_from(MONDAY + timedelta(minutes=7), MONDAY + timedelta(minutes=60), timedelta(hours=1))

    assert [grid.span(place).start - MONDAY for place in range(grid.count)] == [1 * STEP, 2 * STEP, 3 * STEP]


def test_a_grid_that_ends_before_it_begins_is_empty():
    assert grid_from(MONDAY, MONDAY - timedelta(days=1), timedelta(hours=1)).count == 0


def test_office_hours_are_those_of_a_working_day():
    def within(start: int, length: int, days_off: DaysOff = NEVER_OFF) -> bool:
        return in_office_hours(span(start, length), days_off)

    assert within(0, 660)
    assert not within(0, 661)
    assert not within(-15, 60)
    assert not within(0, 60, DaysOff(holidays={date(2027, 3, 1)}))
    assert not within(5 * 24 * 60, 60)
    assert within(5 * 24 * 60, 60, DaysOff(worked={date(2027, 3, 6)}))


def test_one_start_stands_for_its_half_day():
    grid = Grid(MONDAY, 96, timedelta(hours=1))

    assert list(one_a_half_day(grid, (1 << 96) - 1).values()) == [0, 20, 68]  # 07:00, 12:00, and midnight.


def test_near_misses_name_the_fewest_missing_first_and_keep_out_of_half_days_that_are_free():
    grid = Grid(MONDAY, 48, timedelta(hours=1))
    allowed = 1 << 0 | 1 << 4 | 1 << 24 | 1 << 28
    blocked = {1: 1 << 4 | 1 << 24 | 1 << 28, 2: 1 << 24, 3: 0}

    assert near_misses(grid, allowed, blocked, most_missing=2, wanted=5) == [(28, [1])]  # The morning has a free start, 0.


def test_a_time_at_which_no_room_is_left_is_no_near_miss():
    grid = Grid(MONDAY, 4, timedelta(hours=1))

    assert near_misses(grid, 0b1111, {1: 0b1111, 2: 0b1111}, most_missing=2, wanted=5) == []
