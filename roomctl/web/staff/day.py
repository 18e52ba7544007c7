"""The day view: many rooms side by side, and when each is taken.

It works with JavaScript off: the choice of rooms is a form, the grid a table whose columns are classes of the style sheet.
"""

from datetime import date, timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl import clock
from roomctl.booking.day import FIRST_HOUR, LAST_HOUR, column_now, day_of_rooms
from roomctl.errors import NotVisible
from roomctl.organisation.tables import Unit, User, unit_by_id, units_at
from roomctl.organisation.units import Level
from roomctl.rooms import tables
from roomctl.rooms.tables import Room
from roomctl.text import TextRefused, clean_line
from roomctl.timespan import iso_week, to_local
from roomctl.web.access import signed_in
from roomctl.web.forms import Form, parse_day, parse_day_of_address

bp = Blueprint("day", __name__, url_prefix="/day")
ROOMS_A_PAGE = 60
MOST_FOUND = 600


@bp.get("")
def today() -> ResponseReturnValue:
    """Lead to today, or to the day that was typed; the choice of rooms goes along."""
    form, day = Form(typed=request.args), to_local(clock.now()).date()
    if form.text("day").strip():
        typed = form.read("day", parse_day, "bad_date")
        if typed is None:
            return _show(day, form), 422
        day = typed
    return redirect(url_for("staff.day.show", day=day.isoformat(), **_choice(form)), code=303)


@bp.get("/<day>")
def show(day: str) -> ResponseReturnValue:
    try:
        return _show(parse_day_of_address(day), Form(typed=request.args))
    except ValueError as error:
        raise NotVisible from error


def _show(day: date, form: Form) -> str:
    user, now = signed_in(), clock.now()
    rooms = _rooms(form, user)
    pages = max(-(-len(rooms) // ROOMS_A_PAGE), 1)
    page = min(max(form.number("page"), 1), pages)
    shown = day_of_rooms(rooms[(page - 1) * ROOMS_A_PAGE:page * ROOMS_A_PAGE], day, by=user)
    return render_template(
        "staff/day/show.html", day=day, form=form, choice=_choice(form), page=page, pages=pages, rooms=len(rooms), unit=user.unit,
        is_centre=user.unit.level == Level.CENTRAL, provinces=_provinces(user), hours_drawn=range(FIRST_HOUR, LAST_HOUR), now=now,
        shown=shown, several_units=len({lane.unit for lane in shown.lanes}) > 1, column_now=column_now(day, now),
        today=to_local(now).date(), before=day - timedelta(days=1), after=day + timedelta(days=1), week=iso_week(day))


def _choice(form: Form) -> dict[str, str]:
    """Return which rooms were asked for, as it stands in an address."""
    return {name: form.text(name) for name in ("of", "words") if form.text(name)}


def _rooms(form: Form, user: User) -> list[Room]:
    """Return the rooms that were asked for; without a wish, those of the reader's unit."""
    try:
        words = clean_line(form.text("words"), longest=100)
    except TextRefused:
        return []
    if words:
        return tables.rooms_matching(words, limit=MOST_FOUND)
    if form.text("of") == "provinces":
        return tables.rooms_at(Level.PROVINCIAL)
    province = unit_by_id(form.number("of"))
    if province is not None and province.level == Level.PROVINCIAL:
        return tables.rooms_below(province.path)
    return tables.rooms_of(user.unit_id)


def _provinces(user: User) -> list[Unit]:
    """Return the provinces whose communes are offered: all to the centre, a province its own."""
    match user.unit.level:
        case Level.CENTRAL:
            return units_at(Level.PROVINCIAL)
        case Level.PROVINCIAL:
            return [user.unit]
    return []
