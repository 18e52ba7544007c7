"""Rooms, and when they are free."""

from collections.abc import Sequence
from typing import Literal

from flask import Blueprint
from pydantic import BaseModel, Field

from roomctl import timespan
from roomctl.booking import availability
from roomctl.booking.find_time import rooms_free_during
from roomctl.booking.wish import span_problems
from roomctl.errors import InvalidInput, NotVisible, Problem
from roomctl.organisation.tables import Unit, unit_by_id
from roomctl.rooms import tables
from roomctl.rooms.suitability import EQUIPMENT
from roomctl.web.access import signed_in
from roomctl.web.api import models
from roomctl.web.api.operation import LARGEST_ID, Id, Moment, Ordered, Page, operation
from roomctl.web.forms import searched

bp = Blueprint("rooms", __name__, url_prefix="/rooms")


class RoomsWanted(Page):
    unit: int | None = Field(None, ge=1, le=LARGEST_ID, description="Only rooms of this unit and of all below it.")
    words: str = Field("", max_length=200, description="Only rooms whose name or unit holds this; accents may be left out.")


class TimeWanted(RoomsWanted):
    start: Moment
    end: Moment
    rooms: list[Id] = Field(default_factory=list, max_length=400, description="Only these rooms.")


class RoomsSearched(Ordered):
    words: str = Field("", max_length=200, description="Only rooms whose name or unit holds this; accents may be left out.")
    unit: Id | None = Field(None, description="Only rooms of this unit and of all below it.")
    seats: int = Field(0, ge=0, le=100_000, description="At least as many.")
    equipment: list[Literal[EQUIPMENT]] = Field(default_factory=list, max_length=len(EQUIPMENT), description="Only rooms that have all of it.")
    start: Moment | None = Field(None, description="With `end`: only rooms that are free then.")
    end: Moment | None = None


class FoundRooms(BaseModel):
    """In Vietnamese order; what was typed with its accents comes first."""

    found: int
    items: list[models.Room]
    next: int | None = Field(description="The `skip` of the next page; null on the last.")


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


@bp.get("/search")
@operation("Find a room by words, seats, equipment and unit, and free at a time", answer=FoundRooms, query=RoomsSearched)
def search(query: RoomsSearched) -> FoundRooms:
    unit_path = _path_of(query.unit)
    span = _span(query)
    ids = tables.ids_found(words=searched(query.words), seats=query.seats, equipment=query.equipment, unit_path=unit_path)
    if span is not None:
        free = set(rooms_free_during(span, unit_path=unit_path))
        ids = [room_id for room_id in ids if room_id in free]
    shown = ids[query.skip:query.skip + query.limit]
    rooms = tables.rooms_by_id(shown)
    return FoundRooms(found=len(ids), items=[models.Room.of(rooms[room_id]) for room_id in shown if room_id in rooms],
                      next=query.next_behind(len(ids)))


def _span(query: RoomsSearched) -> timespan.Span | None:
    if (query.start is None) != (query.end is None):
        raise InvalidInput([Problem("end" if query.end is None else "start", "start_and_end_together")])
    if query.start is None or query.end is None:
        return None
    span = timespan.Span(query.start, query.end)
    problems = span_problems(span)
    if problems:
        raise InvalidInput(problems)
    return span


@bp.get("/<int:room_id>")
@operation("One room", answer=models.Room, refusals=(404,))
def show(room_id: int) -> models.Room:
    room = tables.room_by_id(room_id)
    if room is None or room.retired_at is not None:
        raise NotVisible
    return models.Room.of(room)


def _wanted(query: RoomsWanted, ids: Sequence[int] = ()) -> list[tables.Room]:
    return tables.rooms_behind(query.after, limit=query.limit, unit_path=_path_of(query.unit), words=searched(query.words), ids=ids)


def _path_of(unit_id: int | None) -> str:
    """Return the path of the unit that was named; nothing when none was."""
    unit: Unit | None = unit_by_id(unit_id) if unit_id is not None else None
    if unit_id is not None and unit is None:
        raise InvalidInput([Problem("unit", "unknown_unit")])
    return unit.path if unit else ""


def _next(found: list[tables.Room], query: Page) -> int | None:
    return found[-1].id if len(found) == query.limit else None
