"""At which times several calendars are free together: arithmetic on a grid of quarters of an hour.  Pure: no clock, no database.

A day's candidates are bits of one number, so that what blocks a room is a few shifts and what all agree on is an `or`:
the work grows with what is booked, not with the times that are tried.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from roomctl.booking.recurrence import DaysOff
from roomctl.timespan import HANOI, Span, to_local

STEP = timedelta(minutes=15)
DAY_BEGINS, DAY_ENDS = 7, 18  # Local hours within which another time is proposed.
NOON = 12


@dataclass(frozen=True, slots=True)
class Grid:
    """The starts that are tried: `first`, a quarter of an hour, and every quarter after it."""

    first: datetime
    count: int
    length: timedelta

    def span(self, place: int) -> Span:
        start = self.first + place * STEP
        return Span(start, start + self.length)

    def where(self, fits: Callable[[Span], bool]) -> int:
        """Return the bits of the starts whose span fits."""
        return sum(1 << place for place in range(self.count) if fits(self.span(place)))

    def blocked(self, busy: Iterable[Span], *, before: timedelta = timedelta(0), behind: timedelta = timedelta(0)) -> int:
        """Return the bits of the starts whose span, with `before` and `behind` added around it, meets something busy."""
        bits = 0
        for one in busy:
            # A start s is blocked by [from, until) when from - length - behind < s < until + before.
            least = max((one.start - self.length - behind - self.first) // STEP + 1, 0)
            most = min(-((self.first - one.end - before) // STEP), self.count)
            if most > least:
                bits |= ((1 << (most - least)) - 1) << least
        return bits


def grid_from(start: datetime, until: datetime, length: timedelta) -> Grid:
    """Return the grid of the quarters from `start` on, and before `until`."""
    first = start.replace(minute=start.minute // 15 * 15, second=0, microsecond=0)
    first += STEP if first < start else timedelta(0)
    return Grid(first, max(-((first - until) // STEP), 0), length)


def in_office_hours(span: Span, days_off: DaysOff, zone: ZoneInfo = HANOI) -> bool:
    """True of a span that begins and ends within the office hours of one working day."""
    local = to_local(span.start, zone)
    over = to_local(span.end, zone) - local.replace(hour=0, minute=0, second=0, microsecond=0)
    return local.hour >= DAY_BEGINS and over <= timedelta(hours=DAY_ENDS) and not days_off.is_off(local.date())


def places(bits: int) -> list[int]:
    """Return the places of the bits that are set, in order."""
    found = []
    while bits:
        lowest = bits & -bits
        found.append(lowest.bit_length() - 1)
        bits ^= lowest
    return found


def one_a_half_day(grid: Grid, bits: int) -> dict[Hashable, int]:
    """Return the first place in each half-day that has one: nobody chooses between 08:00 and 08:15."""
    found: dict[Hashable, int] = {}
    for place in places(bits):
        found.setdefault(half_day(grid, place), place)
    return found


def half_day(grid: Grid, place: int) -> Hashable:
    local = to_local(grid.span(place).start)
    return local.date(), local.hour >= NOON


def near_misses(grid: Grid, allowed: int, blocked: Mapping[int, int], *, most_missing: int, wanted: int) -> list[tuple[int, list[int]]]:
    """Return up to `wanted` (place, ids that are blocked there): the fewest missing first, then the earliest; one in each half-day.

    A half-day in which all are free has no near miss, and neither has a time at which nobody is left.
    """
    all_free = allowed & ~union(blocked.values())
    good = set(one_a_half_day(grid, all_free))
    best: dict[Hashable, tuple[int, list[int]]] = {}
    for place in places(allowed & ~all_free):
        half = half_day(grid, place)
        if half in good:
            continue
        missing = [one for one, bits in blocked.items() if bits >> place & 1]
        if len(missing) <= min(most_missing, len(blocked) - 1) and (half not in best or len(missing) < len(best[half][1])):
            best[half] = place, missing
    return sorted(best.values(), key=lambda one: (len(one[1]), one[0]))[:wanted]


def union(masks: Iterable[int]) -> int:
    """Return the bits that any of the masks has."""
    bits = 0
    for one in masks:
        bits |= one
    return bits
