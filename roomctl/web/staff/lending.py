"""Lending one's approver role to another person for a time."""

from datetime import timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl import clock
from roomctl.errors import InvalidInput, Problem, Refused
from roomctl.organisation import lend as lending
from roomctl.organisation import lending_tables
from roomctl.organisation.tables import unit_by_id
from roomctl.timespan import day_span, to_local
from roomctl.web.access import signed_in
from roomctl.web.forms import Form, parse_day

bp = Blueprint("lending", __name__, url_prefix="/lending")


@bp.get("")
def index() -> ResponseReturnValue:
    return _index(Form())


def _index(form: Form) -> str:
    user, now = signed_in(), clock.now()
    return render_template(
        "staff/lending/index.html", form=form, units=lending.units_to_lend(user), lent=lending_tables.lent_by(user.id, now),
        borrowed=lending_tables.lent_to(user.id, now), today=to_local(now).date(), longest=lending.LONGEST.days, now=now)


@bp.post("")
def lend() -> ResponseReturnValue:
    """Lend from the beginning of the first day to the end of the last one."""
    form = Form(typed=request.form)
    first, last = form.read("from", parse_day, "bad_date"), form.read("until", parse_day, "bad_date")
    if unit_by_id(form.number("unit")) is None:
        form.problems.append(Problem("unit", "unknown_unit"))
    if form.problems or first is None or last is None:
        return _index(form), 422
    try:
        until_at = day_span(last).end if last >= first else day_span(first).start - timedelta(days=1)
        lending.lend_role(form.number("unit"), to=form.text("to"), from_at=day_span(first).start, until_at=until_at, by=signed_in())
    except InvalidInput as error:
        form.problems += error.problems
    except Refused as error:
        form.problems.append(Problem("to", error.reason, tuple(error.facts.items())))
    return (_index(form), 422) if form.problems else redirect(url_for("staff.lending.index"), code=303)


@bp.post("/<int:grant_id>/end")
def take_back(grant_id: int) -> ResponseReturnValue:
    user = signed_in()
    lending.take_back(grant_id, by=user)
    return redirect(url_for("staff.lending.index"), code=303)
