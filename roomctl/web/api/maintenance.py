"""Maintenance windows of rooms: when which is closed, closing one, opening it again."""

from datetime import datetime

from flask import Blueprint
from pydantic import BaseModel, Field

from roomctl import timespan
from roomctl.booking.maintenance import Window as PlannedWindow
from roomctl.booking.maintenance import close_room, reopen_room, windows_ahead
from roomctl.rooms.tables import room_by_id
from roomctl.web.access import signed_in
from roomctl.web.api import models
from roomctl.web.api.operation import Id, Input, Line, Moment, operation, read_anew

bp = Blueprint("maintenance", __name__, url_prefix="/maintenance")


class Window(BaseModel):
    """A time in which a room cannot be booked, and the conferences that had it then."""

    id: int
    room: int
    room_name: str
    start: datetime
    end: datetime
    reason: str
    met: list[models.Seen]

    @classmethod
    def of(cls, one: PlannedWindow) -> "Window":
        return cls(id=one.row.id, room=one.row.room_id, room_name=one.row.room.name, start=one.row.start_at, end=one.row.end_at,
                   reason=one.row.reason, met=[models.seen(view) for view in one.met])


class Windows(BaseModel):
    items: list[Window]


class NewWindow(Input):
    room: Id
    start: Moment
    end: Moment = Field(description="At most 366 days behind the start.")
    reason: Line
    known: int = Field(0, ge=0, le=1_000_000, description="Of how many conferences in that time the person knows; with another number nothing is "
                                                          "closed, and they are told.")


@bp.get("")
@operation("The maintenance windows within the person's reach that are not over, in order of time", answer=Windows)
def index() -> Windows:
    return _windows()


@bp.post("")
@operation("Close a room for a time; the same window again is the one that is there", answer=Windows, body=NewWindow, refusals=(404, 409))
def create(body: NewWindow) -> Windows:
    close_room(body.room, timespan.Span(body.start, body.end), reason=body.reason, by=signed_in(), known=body.known)
    return _windows(body.room)


@bp.post("/<int:window_id>/cancellation")
@operation("Open a room again; cancelled twice a window is cancelled once", answer=Windows, refusals=(404,))
def cancel(window_id: int) -> Windows:
    reopen_room(window_id, by=signed_in())
    return _windows()


def _windows(room_id: int = 0) -> Windows:
    """Return the windows of one room, or of all within the person's reach."""
    read_anew()
    return Windows(items=[Window.of(one) for one in windows_ahead(signed_in(), room_by_id(room_id) if room_id else None)])
