"""Which reservations stand in each other's way.  Pure: no clock, no database."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from roomctl.timespan import Span


@dataclass(frozen=True, slots=True)
class Occupied:
    """A room held for an occurrence: the occupied span is the shown one with setup and teardown around it."""

    room_id: int
    occurrence_id: int
    occupied: Span


def in_the_way(wanted: Span, active: Sequence[Occupied]) -> list[Occupied]:
    """Return the active reservations of one room whose occupied span meets the wanted one.

    Spans are half-open, [start, end) in UTC, so 08:00-09:00 and 09:00-10:00 do not meet (RFC 5545, 3.6.1: DTEND is
    exclusive).  `wanted` is occupied too: setup and teardown included, on both sides.  `active` is in order of time;
    since the database lets none overlap another (design, booking rule 2), their starts and their ends both rise, and
    the answer is a slice: a year of a series asks this of each date.
    """
    first = bisect_right(active, wanted.start, key=lambda one: one.occupied.end)
    return list(active[first:bisect_left(active, wanted.end, lo=first, key=lambda one: one.occupied.start)])
