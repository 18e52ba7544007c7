"""Times at which rooms and people are free together."""

from datetime import datetime, timedelta

from flask import Blueprint
from pydantic import BaseModel, Field

from roomctl import clock
from roomctl.booking.find_time import common_times
from roomctl.booking.wish import MOST_ROOMS
from roomctl.errors import InvalidInput, Problem
from roomctl.rooms.tables import rooms_by_id
from roomctl.timespan import to_local
from roomctl.web.api import models, people
from roomctl.web.api.operation import Day, Id, Input, Line, operation

bp = Blueprint("times", __name__, url_prefix="/times")
SHORTEST_MIN, LONGEST_MIN, MOST_PEOPLE = 15, 660, 50


class TimesWanted(Input):
    rooms: list[Id] = Field(min_length=1, max_length=MOST_ROOMS)
    people: list[Line] = Field(default_factory=list, max_length=MOST_PEOPLE, description="Sign-in names of those who must be there.")
    minutes: int = Field(60, ge=SHORTEST_MIN, le=LONGEST_MIN)
    day: Day | None = Field(None, description="From this day on, two weeks ahead; today when it is not given.")


class NearMiss(BaseModel):
    """A time at which nearly all rooms are free."""

    start: datetime
    end: datetime
    missing: list[int] = Field(description="The rooms that are not.")


class Times(BaseModel):
    """At most one time in each half-day of office hours."""

    free: list[models.Span]
    near: list[NearMiss]


@bp.get("")
@operation("The next times at which rooms and people are free together, and those at which one or two rooms are missing", answer=Times,
           query=TimesWanted)
def find(query: TimesWanted) -> Times:
    rooms, ids = rooms_by_id(query.rooms), people.ids_of(query.people)
    if set(rooms) != set(query.rooms):
        raise InvalidInput([Problem("rooms", "unknown_room")])
    if people.NOBODY in ids:
        raise InvalidInput([Problem("people", "unknown_person")])
    found = common_times(list(rooms.values()), length=timedelta(minutes=query.minutes), from_day=query.day or to_local(clock.now()).date(),
                         people=ids)
    return Times(free=[models.Span.of(one) for one in found.free],
                 near=[NearMiss(start=one.span.start, end=one.span.end, missing=[room.id for room in one.missing]) for one in found.near])
