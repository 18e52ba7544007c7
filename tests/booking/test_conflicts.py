"""Which spans stand in each other's way, by the minute."""

from datetime import UTC, datetime, timedelta

import pytest

from roomctl.booking.conflicts import Occupied, in_the_way
from roomctl.timespan import Span

ROOM = 1


def span(start: str, end: str, *, setup: int = 0, teardown: int = 0) -> Span:
    """Return a span on one day, widened by minutes of setup and teardown."""
    begin, finish = (datetime.fromisoformat(f"2027-03-02T{at}").replace(tzinfo=UTC) for at in (start, end))
    return Span(begin, finish).widened(timedelta(minutes=setup), timedelta(minutes=teardown))


def occupied(start: str, end: str, *, setup: int = 0, teardown: int = 0) -> Occupied:
    return Occupied(room_id=ROOM, occurrence_id=1, occupied=span(start, end, setup=setup, teardown=teardown))


@pytest.mark.parametrize(("start", "end"), [("10:00", "11:00"), ("08:00", "09:00"), ("12:00", "13:00")])
def test_back_to_back_and_apart_do_not_meet(start, end):
    assert in_the_way(span(start, end), [occupied("09:00", "10:00")]) == []


def test_one_shared_minute_is_a_conflict():
    taken = occupied("09:00", "10:00")

    assert in_the_way(span("09:59", "10:30"), [taken]) == [taken]


def test_one_shared_microsecond_is_a_conflict():
    taken, wanted = occupied("09:00", "10:00"), span("08:00", "09:00")

    assert in_the_way(wanted.widened(timedelta(0), timedelta(microseconds=1)), [taken]) == [taken]


SHAPES = {"enclosed": ("10:00", "11:45"), "same start": ("09:30", "10:00"), "same end": ("15:00", "16:00"),
          "enclosing": ("08:00", "17:00"), "the same": ("09:30", "16:00")}


@pytest.mark.parametrize(("start", "end"), SHAPES.values(), ids=SHAPES)
def test_overlaps_of_every_shape_are_seen(start, end):
    taken = occupied("09:30", "16:00")

    assert in_the_way(span(start, end), [taken]) == [taken]


@pytest.mark.parametrize(("start", "end", "free"), [
    ("10:10", "11:10", False), ("10:24", "11:24", False), ("10:25", "11:25", True), ("07:35", "08:35", True), ("07:36", "08:36", False)])
def test_setup_and_teardown_are_held_on_both_sides(start, end, free):
    taken = occupied("09:00", "10:00", setup=15, teardown=10)

    blocked = in_the_way(span(start, end, setup=15, teardown=10), [taken])

    assert (blocked == []) is free


def test_everything_in_the_way_is_named_in_order():
    first, second, third = occupied("08:00", "09:00"), occupied("09:00", "10:00"), occupied("10:00", "11:00")

    assert in_the_way(span("08:30", "09:30"), [first, second, third]) == [first, second]
