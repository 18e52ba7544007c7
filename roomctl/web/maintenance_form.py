"""The form that closes a room for maintenance: on the technicians' page and on a room's own."""

from roomctl.booking.maintenance import WindowMeetsConferences, close_room
from roomctl.booking.visibility import View
from roomctl.errors import InvalidInput
from roomctl.organisation.tables import User
from roomctl.rooms.tables import Room
from roomctl.timespan import Span, from_local
from roomctl.web.forms import Form, parse_day, parse_time


def closed(form: Form, room: Room, *, by: User) -> tuple[bool, list[View]]:
    """Close the room as the form says; return whether it is, and otherwise the conferences that whoever closes it must know of first."""
    span = _span(form)
    if span is None:
        return False, []
    try:
        close_room(room.id, span, reason=form.text("reason"), by=by, known=form.number("known"))
    except InvalidInput as error:
        form.problems += error.problems
    except WindowMeetsConferences as error:
        return False, error.met
    return not form.problems, []


def _span(form: Form) -> Span | None:
    """Read when; a last day that is left empty is the first."""
    day, start, end = form.read("day", parse_day, "bad_date"), form.read("start", parse_time, "bad_time"), form.read("end", parse_time, "bad_time")
    last_day = form.read("last_day", parse_day, "bad_date") if form.text("last_day").strip() else day
    if day is None or last_day is None or start is None or end is None:
        return None
    return Span(from_local(day, start), from_local(last_day, end))
