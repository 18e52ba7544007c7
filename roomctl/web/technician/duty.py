"""The rota by week: who is on duty for which unit, with which phone, and what one turn tells the next."""

from datetime import date, datetime, timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from roomctl import clock
from roomctl.duty import rota, rota_tables
from roomctl.duty.rota_tables import DutyTurn
from roomctl.errors import InvalidInput, NotVisible
from roomctl.organisation.access import can, reach_of, visible
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User
from roomctl.organisation.unit_tables import Unit, units_found
from roomctl.timespan import Span, days_of, from_local, iso_week, to_local, week_span
from roomctl.web.access import signed_in
from roomctl.web.forms import Form, parse_day, parse_time

bp = Blueprint("duty", __name__, url_prefix="/duty")
MOST_PEOPLE = 500
NEW = {"start": "07:30", "end": "17:00"}


@bp.get("")
def index() -> ResponseReturnValue:
    return _show(*iso_week(to_local(clock.now()).date()))


@bp.get("/<int:year>/<int:week>")
def show(year: int, week: int) -> ResponseReturnValue:
    return _show(year, week)


def _show(year: int, week: int, form: Form | None = None, met: tuple[DutyTurn, ...] = ()) -> str:
    if not 1900 <= year <= 2100:
        raise NotVisible
    try:
        span = week_span(year, week)
    except ValueError:
        raise NotVisible from None
    user, now = signed_in(), clock.now()
    below = reach_of(user, Action.SEE_DEVICES)
    turns = rota_tables.turns_during(span, below=below)
    before, after = (iso_week(to_local(moment).date()) for moment in (span.start - timedelta(days=1), span.end + timedelta(days=1)))
    return render_template(
        "technician/duty/index.html", days=days_of(span), lines=_lines(turns, span), year=year, week=week, before=before, after=after, now=now,
        own=rota.turns_to_hand_over(user), handed_over=rota.handed_over(user), units=_units(user), people=_people(user),
        form=form or _blank(span, now, user), met=met, may_keep=can(user, Action.KEEP_ROTA))


def _lines(turns: list[DutyTurn], span: Span) -> list[tuple[Unit, dict[date, list[DutyTurn]]]]:
    """Return the units with somebody on duty in a week, upper ones first, and each day's turns; a turn stands on every day it touches."""
    units = sorted({turn.unit_id: turn.unit for turn in turns}.values(), key=lambda unit: (unit.path.count("/"), unit.order_key))
    found: dict[int, dict[date, list[DutyTurn]]] = {unit.id: {day: [] for day in days_of(span)} for unit in units}
    for turn in turns:
        for day in days_of(turn.span.within(span)):
            found[turn.unit_id][day].append(turn)
    return [(unit, found[unit.id]) for unit in units]


def _units(user: User) -> list[Unit]:
    """Return the units whose rota the reader keeps and that a list can hold: their own, and those right below."""
    return visible(user, Action.KEEP_ROTA, units_found("", below=reach_of(user, Action.KEEP_ROTA)))


def _people(user: User) -> list[User]:
    """Return the technicians who may be put on duty: the reader first, those above their units' technicians too."""
    found = rota_tables.technicians_at_or_below(reach_of(user, Action.KEEP_ROTA), limit=MOST_PEOPLE)
    return [user, *(one for one in found if one.id != user.id)] if can(user, Action.KEEP_ROTA) else []


def _blank(span: Span, now: datetime, user: User) -> Form:
    day = max(to_local(now).date(), to_local(span.start).date())
    return Form(typed=MultiDict({**NEW, "day": f"{day:%d/%m/%Y}", "person": str(user.id), "phone": user.phone}))


@bp.post("")
def create() -> ResponseReturnValue:
    form, span = Form(typed=request.form), None
    day, start, end = form.read("day", parse_day, "bad_date"), form.read("start", parse_time, "bad_time"), form.read("end", parse_time, "bad_time")
    last_day = form.read("last_day", parse_day, "bad_date") if form.text("last_day").strip() else day
    year, week = iso_week(day or to_local(clock.now()).date())
    if day is not None and last_day is not None and start is not None and end is not None:
        span = Span(from_local(day, start), from_local(last_day, end))
    if span is None:
        return _show(year, week, form), 422
    try:
        rota.plan_turn(form.number("unit"), form.number("person"), span, phone=form.text("phone"), by=signed_in(), known=form.number("known"))
    except InvalidInput as error:
        form.problems += error.problems
        return _show(year, week, form), 422
    except rota.TurnMeetsTurns as error:
        return _show(year, week, form, error.met), 409
    return redirect(url_for("technician.duty.show", year=year, week=week), code=303)


@bp.post("/<int:turn_id>/cancellation")
def cancel(turn_id: int) -> ResponseReturnValue:
    rota.cancel_turn(turn_id, by=signed_in())
    return redirect(url_for("technician.duty.index"), code=303)


@bp.post("/<int:turn_id>/handover")
def hand_over(turn_id: int) -> ResponseReturnValue:
    form = Form(typed=request.form)
    try:
        rota.hand_over(turn_id, form.text("handover"), by=signed_in())
    except InvalidInput as error:
        form.problems += error.problems
        for name, value in _blank(Span(clock.now(), clock.now()), clock.now(), signed_in()).typed.items():
            form.typed = MultiDict({name: value, **form.typed})
        return _show(*iso_week(to_local(clock.now()).date()), form), 422
    return redirect(url_for("technician.duty.index"), code=303)
