"""Days off: holidays and the weekend days worked in their place, one table for the whole administration."""

from datetime import date

from flask import Blueprint
from pydantic import BaseModel, Field

from roomctl import clock
from roomctl.booking import days_off
from roomctl.timespan import to_local
from roomctl.web.access import signed_in
from roomctl.web.api.operation import Day, Input, Line, operation, read_anew

bp = Blueprint("days_off", __name__, url_prefix="/days-off")


class SpecialDay(BaseModel):
    """A day that is not what its weekday says."""

    day: date
    worked: bool = Field(description="True of a weekend day that is worked, false of a holiday.")
    name: str


class SpecialDays(BaseModel):
    year: int
    items: list[SpecialDay]


class YearWanted(Input):
    year: int | None = Field(None, ge=days_off.FIRST_YEAR, le=days_off.LAST_YEAR, description="This year when it is not given.")


class Year(Input):
    year: int = Field(ge=days_off.FIRST_YEAR, le=days_off.LAST_YEAR)


class DayFacts(Input):
    day: Day
    worked: bool = False
    name: Line = ""


class DayMeant(Input):
    day: Day


@bp.get("")
@operation("A year's holidays, and the weekend days that are worked", answer=SpecialDays, query=YearWanted)
def index(query: YearWanted) -> SpecialDays:
    return _days(query.year or to_local(clock.now()).year)


@bp.post("")
@operation("Say of a day that nobody works on it, or that it is worked although it is of a weekend", answer=SpecialDays, body=DayFacts,
           refusals=(404,))
def add(body: DayFacts) -> SpecialDays:
    days_off.set_special_day(body.day, body.worked, body.name, by=signed_in())
    return _days(body.day.year)


@bp.post("/removal")
@operation("Let a day be again what its weekday says", answer=SpecialDays, body=DayMeant, refusals=(404,))
def remove(body: DayMeant) -> SpecialDays:
    days_off.remove_special_day(body.day, by=signed_in())
    return _days(body.day.year)


@bp.post("/seeding")
@operation("Add a year's public holidays; what is known of a day stays", answer=SpecialDays, body=Year, refusals=(404,))
def seed(body: Year) -> SpecialDays:
    days_off.seed_days_off(body.year, by=signed_in())
    return _days(body.year)


def _days(year: int) -> SpecialDays:
    read_anew()
    return SpecialDays(year=year, items=[SpecialDay(day=one.day, worked=one.worked, name=one.name) for one in days_off.days_off_of(year)])
