"""Which reservations stand in each other's way.  Pure: no clock, no database."""

from collections.abc import Iterable
from dataclasses import dataclass

from roomctl.timespan import Span


@dataclass(frozen=True, slots=True)
class Occupied:
    """A room held for an occurrence: the occupied span is the shown one with setup and teardown around it."""

    room_id: int
    occurrence_id: int
    shown: Span
    occupied: Span


def in_the_way(room_id: int, wanted: Span, active: Iterable[Occupied]) -> list[Occupied]:
    """Return the active reservations of the room whose occupied span meets the wanted one.

    Spans are half-open, [start, end) in UTC, so 08:00-09:00 and 09:00-10:00 do not meet (RFC 5545, 3.6.1: DTEND is
    exclusive).  `wanted` is occupied too: setup and teardown included, on both sides.
    """
    return [taken for taken in active if taken.room_id == room_id and taken.occupied.overlaps(wanted)]
