"""How rooms were used: figures that add up, by month, by unit and by level.  Pure.

What each figure counts is said beside it; a conference counts in the month in which it was to begin.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, timedelta
from operator import attrgetter

from roomctl.booking.recurrence import DaysOff
from roomctl.organisation.units import Level, covers

WORKDAY = timedelta(hours=8)  # What a room offers on a day that is worked.


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted; each room of a conference counts for itself."""

    rooms: int = 0  # In use today.
    offered_s: int = 0  # WORKDAY for each of them and each day that is worked.
    granted: int = 0  # Reservations that are granted, in conferences that were not cancelled.
    booked_s: int = 0  # As planned.
    held: int = 0  # Of these, those that took place and are over, in a session or in one room by itself.
    used_s: int = 0  # From the real start to the real end.
    # Over and never started, where a session could have been (this room and one more with a codec); or given back since nobody came.
    no_shows: int = 0
    refused: int = 0
    displaced: int = 0
    lapsed: int = 0
    cancelled: int = 0  # Given back since the conference was cancelled.

    @property
    def used_of_booked(self) -> float | None:
        """Used hours of booked ones; None where nothing was booked."""
        return self.used_s / self.booked_s if self.booked_s else None

    @property
    def booked_of_offered(self) -> float | None:
        """Booked hours of those offered; None where there are no rooms."""
        return self.booked_s / self.offered_s if self.offered_s else None


_ALL = attrgetter(*(one.name for one in fields(Figures)))


@dataclass(frozen=True, slots=True)
class Place:
    """A unit as far as figures are grouped by it."""

    unit_id: int
    path: str
    level: Level


@dataclass(frozen=True, slots=True)
class Cell:
    """One unit's own figures in one month."""

    place: Place
    month: int
    figures: Figures


def total(cells: Iterable[Cell]) -> Figures:
    """Return the sum; a unit's rooms count once, however many months there are of it."""
    cells = list(cells)
    rooms = {cell.place.unit_id: cell.figures.rooms for cell in cells}
    _, *added = (sum(column) for column in zip(*(_ALL(cell.figures) for cell in cells), strict=True)) if cells else _ALL(Figures())
    return Figures(sum(rooms.values()), *added)


def by_month(cells: Iterable[Cell]) -> list[tuple[int, Figures]]:
    """Return the sum of each month, January first."""
    cells = list(cells)
    return [(month, total(cell for cell in cells if cell.month == month)) for month in range(1, 13)]


def by_level(cells: Iterable[Cell]) -> list[tuple[Level, Figures]]:
    """Return the sum of each level that has rooms, upper ones first."""
    cells = list(cells)
    return [(level, total(cell for cell in cells if cell.place.level == level)) for level in Level
            if any(cell.place.level == level for cell in cells)]


def by_branch(cells: Iterable[Cell], own: Place, below: Iterable[Place]) -> list[tuple[Place, Figures]]:
    """Return the figures of a unit's own rooms, and of each unit right below it with all that stands under that one."""
    branches: dict[int, list[Cell]] = {}
    places = {own.unit_id: own, **{place.unit_id: place for place in below}}
    depth = own.path.count("/")
    for cell in cells:
        steps = cell.place.path.strip("/").split("/")
        branch = int(steps[depth - 1]) if covers(own.path, cell.place.path) and len(steps) >= depth else own.unit_id
        branches.setdefault(branch, []).append(cell)
    return [(place, total(branches[place.unit_id])) for place in places.values() if place.unit_id in branches]


def workdays(year: int, days_off: DaysOff) -> dict[int, int]:
    """Return how many days of each month are worked."""
    days = (date(year, 1, 1) + timedelta(days=number) for number in range((date(year + 1, 1, 1) - date(year, 1, 1)).days))
    found = dict.fromkeys(range(1, 13), 0)
    for day in days:
        found[day.month] += not days_off.is_off(day)
    return found
