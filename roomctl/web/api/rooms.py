"""Rooms, and when they are free."""

from collections.abc import Sequence

from flask import Blueprint
from pydantic import Field

from roomctl import timespan
from roomctl.booking import availability
from roomctl.booking.wish import span_problems
from roomctl.errors import InvalidInput, NotVisible, Problem
from roomctl.organisation.tables import unit_by_id
from roomctl.rooms import tables
from roomctl.web.access import signed_in
from roomctl.web.api import models
from roomctl.web.api.operation import LARGEST_ID, Id, Moment, Page, operation

bp = Blueprint("rooms", __name__, url_prefix="/rooms")


class RoomsWanted(Page):
    unit: int | None = Field(None, ge=1, le=LARGEST_ID, description="Only rooms of this unit and of all below it.")
    words: str = Field("", max_length=200, description="Only rooms whose name or unit holds this; accents may be left out.")


class TimeWanted(RoomsWanted):
    start: Moment
    end: Moment
    rooms: list[Id] = Field(default_factory=list, max_length=400, description="Only these rooms.")


@bp.get("")
@operation("The rooms in use, in pages", answer=models.Rooms, query=RoomsWanted, refusals=(422,))
def index(query: RoomsWanted) -> models.Rooms:
    found = _wanted(query)
    return models.Rooms(items=[models.Room.of(room) for room in found], next=_next(found, query))


@bp.get("/free")
@operation("For each room whether it is free at a time, and if not, why not", answer=models.RoomAnswers, query=TimeWanted, refusals=(422,))
def free(query: TimeWanted) -> models.RoomAnswers:
    span = timespan.Span(query.start, query.end)
    problems = span_problems(span)
    if problems:
        raise InvalidInput(problems)
    found = _wanted(query, ids=query.rooms)
    answers = availability.answers_for(found, span, availability.viewer_of(signed_in()))
    return models.RoomAnswers(items=[models.RoomAnswer.of(one) for one in answers], next=_next(found, query))


@bp.get("/<int:room_id>")
@operation("One room", answer=models.Room, refusals=(404,))
def show(room_id: int) -> models.Room:
    room = tables.room_by_id(room_id)
    if room is None or room.retired_at is not None:
        raise NotVisible
    return models.Room.of(room)


def _wanted(query: RoomsWanted, ids: Sequence[int] = ()) -> list[tables.Room]:
    unit = unit_by_id(query.unit) if query.unit is not None else None
    if query.unit is not None and unit is None:
        raise InvalidInput([Problem("unit", "unknown_unit")])
    return tables.rooms_behind(query.after, limit=query.limit, unit_path=unit.path if unit else "", words=query.words, ids=ids)


def _next(found: list[tables.Room], query: Page) -> int | None:
    return found[-1].id if len(found) == query.limit else None
