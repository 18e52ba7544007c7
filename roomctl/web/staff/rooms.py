"""Finding a room: by words, seats, equipment and unit, and free at a time."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from roomctl import clock
from roomctl.booking.find_time import rooms_free_during
from roomctl.booking.wish import span_problems
from roomctl.organisation.tables import unit_by_id, units_at
from roomctl.organisation.units import Level
from roomctl.rooms import tables
from roomctl.rooms.suitability import EQUIPMENT
from roomctl.timespan import Span, from_local, iso_week, to_local
from roomctl.web.forms import Form, parse_day, parse_time, searched

bp = Blueprint("rooms", __name__, url_prefix="/rooms")
ROOMS_A_PAGE = 50
TIME = ("day", "start", "end")


@bp.get("")
def index() -> ResponseReturnValue:
    form = Form(typed=request.args)
    span = _span(form)
    seats, unit = form.count("seats"), unit_by_id(form.number("unit"))
    equipment = [piece for piece in EQUIPMENT if piece in form.typed.getlist("equipment")]
    found = tables.ids_found(words=searched(form.text("words")), seats=seats, equipment=equipment, unit_path=unit.path if unit else "")
    if form.problems:
        found = []
    elif span is not None:
        free = set(rooms_free_during(span, unit_path=unit.path if unit else ""))
        found = [room_id for room_id in found if room_id in free]
    pages = max(-(-len(found) // ROOMS_A_PAGE), 1)
    page = min(max(form.number("page"), 1), pages)
    shown = found[(page - 1) * ROOMS_A_PAGE:page * ROOMS_A_PAGE]
    rooms = tables.rooms_by_id(shown)
    day = to_local(span.start if span else clock.now()).date()
    asked = {name: values for name, values in form.typed.lists() if name != "page"}
    return render_template(
        "staff/rooms/index.html", form=form, rooms=[rooms[room_id] for room_id in shown if room_id in rooms], found=len(found), page=page,
        pages=pages, provinces=units_at(Level.PROVINCIAL), equipment=EQUIPMENT, span=span, week=iso_week(day), asked=asked,
        time={name: form.text(name) for name in TIME} if span else {}), 422 if form.problems else 200


def _span(form: Form) -> Span | None:
    """Read at which time the rooms must be free; None when none was asked for."""
    if not any(form.text(name).strip() for name in TIME):
        return None
    day, start, end = form.read("day", parse_day, "bad_date"), form.read("start", parse_time, "bad_time"), form.read("end", parse_time, "bad_time")
    if day is None or start is None or end is None:
        return None
    span = Span(from_local(day, start), from_local(day, end))
    form.problems += span_problems(span)
    return None if form.problems else span
