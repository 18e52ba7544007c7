"""A week's schedule: its lines with what changed since it was published, and publishing it."""

from datetime import date, datetime

from flask import Blueprint, url_for
from pydantic import BaseModel, Field

from roomctl import clock
from roomctl.booking.lifecycle import OccurrenceState
from roomctl.booking.week import Half, Part
from roomctl.errors import InvalidInput, NotVisible, Problem
from roomctl.organisation.tables import Unit, unit_by_id
from roomctl.rooms.tables import room_by_id
from roomctl.schedule import sheet
from roomctl.schedule.changes import Mark
from roomctl.schedule.publish import publish_week
from roomctl.web.access import signed_in
from roomctl.web.api import models
from roomctl.web.api.operation import Id, Input, Line, Once, Ordered, operation, read_anew
from roomctl.web.forms import searched

bp = Blueprint("week", __name__, url_prefix="/week")
FIRST_YEAR, LAST_YEAR = 1900, 2100


class Row(BaseModel):
    """One conference on one day, and how it differs from what was published."""

    day: date
    part: Part
    half: Half | None
    conference: models.Seen
    host_room: str
    sites: int
    state: OccurrenceState | None = Field(description="Null where only busy may be known.")
    marks: list[Mark]
    former: models.Span | None = Field(description="The published time of one that was moved.")
    former_room: str
    moved_to: models.Span | None = Field(description="The time of one that left the week.")

    @classmethod
    def of(cls, line: sheet.Line) -> "Row":
        row, change = line.row, line.change
        return cls(day=row.day, part=row.part, half=row.half, conference=models.seen(row.view), host_room=row.host_room, sites=row.sites,
                   state=row.state, marks=list(change.marks), former=models.Span.of(change.former) if change.former else None,
                   former_room=change.former_room, moved_to=models.Span.of(change.moved_to) if change.moved_to else None)


class Version(BaseModel):
    """The published version of a week."""

    number: int
    published: datetime
    by: str
    contact: str
    note: str

    @classmethod
    def of(cls, one: sheet.Version) -> "Version":
        return cls(number=one.number, published=one.at, by=one.by, contact=one.contact, note=one.note)


class Week(BaseModel):
    url: str
    unit: int
    version: Version | None = Field(description="Null while the week was not published.")
    items: list[Row]
    next: int | None = Field(description="The `skip` of the next page; null on the last.")


class WeekWanted(Ordered):
    unit: Id | None = Field(None, description="The unit with all below it; one's own when it is not given.")
    room: Id | None = Field(None, description="Only this room.")
    leader: str = Field("", max_length=100, description="Only what is led by somebody whose name holds this; accents may be left out.")


class Publication(Input):
    unit: Id | None = Field(None, description="One's own when it is not given.")
    note: Line = ""


@bp.get("/<int:year>/<int:week>")
@operation("One ISO week's schedule of a unit or a room, in order of time", answer=Week, query=WeekWanted, refusals=(404,))
def show(year: int, week: int, query: WeekWanted) -> Week:
    return _week(year, week, query)


@bp.post("/<int:year>/<int:week>/publication")
@operation("Publish a unit's week as it stands now, as its next version", answer=Week, status=201, body=Publication, headers=Once,
           refusals=(404, 409))
def publish(year: int, week: int, body: Publication, headers: Once) -> Week:
    _insist_on_year(year)
    publish_week(_unit(body.unit), year, week, by=signed_in(), note=body.note, key=headers.key_or_fresh())
    return _week(year, week, WeekWanted(unit=body.unit))


def _week(year: int, week: int, query: WeekWanted) -> Week:
    read_anew()
    _insist_on_year(year)
    unit, room = _unit(query.unit), room_by_id(query.room) if query.room is not None else None
    if query.room is not None and room is None:
        raise InvalidInput([Problem("room", "unknown_room")])
    choice = sheet.Choice(unit=room.unit if room else unit, room=room, leader=searched(query.leader))
    try:
        found = sheet.week_sheet(year, week, choice, by=signed_in(), now=clock.now())
    except ValueError as error:
        raise NotVisible from error
    return Week(url=url_for("api.week.show", year=year, week=week, unit=choice.unit.id), unit=choice.unit.id,
                version=Version.of(found.version) if found.version else None,
                items=[Row.of(line) for line in found.lines[query.skip:query.skip + query.limit]], next=query.next_behind(len(found.lines)))


def _insist_on_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise NotVisible


def _unit(unit_id: int | None) -> Unit:
    unit = unit_by_id(unit_id) if unit_id is not None else signed_in().unit
    if unit is None:
        raise InvalidInput([Problem("unit", "unknown_unit")])
    return unit
