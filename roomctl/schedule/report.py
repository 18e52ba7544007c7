"""The report on the use of rooms: numbers of a unit and all below it, and no word of what the conferences were about."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time

from roomctl.booking.days_off import days_off_between
from roomctl.errors import InvalidInput, NotVisible, Problem
from roomctl.organisation import access
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import Unit, User, unit_by_id
from roomctl.schedule import usage, usage_tables
from roomctl.schedule.usage import Cell, Figures
from roomctl.timespan import from_local

FIRST_YEAR, LAST_YEAR = 2000, 2100


@dataclass(frozen=True, slots=True)
class Report:
    """A year of a unit: every unit's own figures by month."""

    unit: Unit
    year: int
    cells: list[Cell]


def usage_report(unit_id: int, year: int, *, by: User, now: datetime) -> Report:
    """Return a year's figures of a unit and all below it.  Raises NotVisible, NotAllowed and InvalidInput (year)."""
    unit = unit_by_id(unit_id)
    if unit is None:
        raise NotVisible
    access.require(by, Action.SEE_REPORTS, unit)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise InvalidInput([Problem("year", "number_out_of_range", (("least", FIRST_YEAR), ("most", LAST_YEAR)))])
    months = [from_local(date(year + number // 12, number % 12 + 1, 1), time(0)) for number in range(13)]
    worked = usage.workdays(year, days_off_between(date(year, 1, 1), date(year, 12, 31)))
    places, rooms = usage_tables.places_below(unit.path), usage_tables.rooms_by_unit(unit.path)
    counted = usage_tables.counted(unit.path, months, now)
    cells = []
    for unit_of, month in sorted({*counted, *((unit_of, month) for unit_of in rooms for month in range(1, 13))}):
        offered = rooms.get(unit_of, 0) * worked[month] * int(usage.WORKDAY.total_seconds())
        cells.append(Cell(places[unit_of], month, replace(counted.get((unit_of, month), Figures()), rooms=rooms.get(unit_of, 0), offered_s=offered)))
    return Report(unit, year, cells)
