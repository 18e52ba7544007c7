"""How the rooms of a unit and of all below it were used: numbers, and no word of any conference."""

from collections.abc import Iterable
from dataclasses import asdict

from flask import Blueprint
from pydantic import BaseModel, Field

from roomctl import clock
from roomctl.organisation.access import can, reach_of
from roomctl.organisation.roles import Action
from roomctl.organisation.unit_tables import children_of
from roomctl.organisation.units import Level, last_ids
from roomctl.schedule import usage
from roomctl.schedule.report import FIRST_YEAR, LAST_YEAR, usage_report
from roomctl.timespan import to_local
from roomctl.web.access import signed_in
from roomctl.web.api.operation import Id, Input, operation

bp = Blueprint("reports", __name__, url_prefix="/reports")


class Figures(BaseModel):
    """What was counted; each room of a conference counts for itself, in the month in which it was to begin."""

    rooms: int = Field(description="In use today.")
    offered_s: int = Field(description="Eight hours for each of them and each day that is worked, in seconds.")
    granted: int = Field(description="Reservations that are granted, in conferences that were not cancelled.")
    booked_s: int
    held: int = Field(description="Of these, those whose session has ended.")
    used_s: int = Field(description="From the session's real start to its real end.")
    no_shows: int
    refused: int
    displaced: int
    lapsed: int
    cancelled: int

    @classmethod
    def of(cls, figures: usage.Figures) -> "Figures":
        return cls(**asdict(figures))


class OfMonth(BaseModel):
    month: int
    figures: Figures


class OfUnit(BaseModel):
    """The unit itself with its own rooms only; a unit right below it with all that stands under that one."""

    unit: int
    name: str
    months: list[OfMonth]
    year: Figures


class OfLevel(BaseModel):
    level: Level
    year: Figures


class Usage(BaseModel):
    unit: int
    year: int
    total: Figures
    months: list[OfMonth]
    units: list[OfUnit]
    levels: list[OfLevel]


class UsageWanted(Input):
    unit: Id | None = Field(None, description="The unit with all below it; the highest of one's own when it is not given.")
    year: int | None = Field(None, ge=FIRST_YEAR, le=LAST_YEAR, description="This year when it is not given.")


@bp.get("/usage")
@operation("The use of rooms in a year: by month, by unit and month, and by level", answer=Usage, query=UsageWanted, refusals=(404,))
def show(query: UsageWanted) -> Usage:
    user, now = signed_in(), clock.now()
    first = user.unit_id if can(user, Action.SEE_REPORTS, user.unit) else last_ids(reach_of(user, Action.SEE_REPORTS))[0]
    report = usage_report(query.unit or first, query.year or to_local(now).year, by=user, now=now)
    units = {one.id: one for one in (report.unit, *children_of(report.unit.id))}
    own, *below = (usage.Place(one.id, one.path, one.level) for one in units.values())
    by_unit: dict[int, list[tuple[int, usage.Figures]]] = {unit_id: [] for unit_id in units}
    for month in range(1, 13):
        for place, figures in usage.by_branch((cell for cell in report.cells if cell.month == month), own, below):
            by_unit[place.unit_id].append((month, figures))
    years = {place.unit_id: figures for place, figures in usage.by_branch(report.cells, own, below)}
    return Usage(
        unit=report.unit.id, year=report.year, total=Figures.of(usage.total(report.cells)), months=_months(usage.by_month(report.cells)),
        units=[OfUnit(unit=unit_id, name=units[unit_id].name, months=_months(by_unit[unit_id]), year=Figures.of(figures))
               for unit_id, figures in years.items()],
        levels=[OfLevel(level=level, year=Figures.of(figures)) for level, figures in usage.by_level(report.cells)])


def _months(figures: Iterable[tuple[int, usage.Figures]]) -> list[OfMonth]:
    return [OfMonth(month=month, figures=Figures.of(one)) for month, one in figures]
