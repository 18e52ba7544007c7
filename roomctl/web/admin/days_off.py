"""Days off: holidays and the weekend days worked in their place, one table for the whole administration."""

from datetime import date

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl import clock
from roomctl.booking import days_off
from roomctl.errors import InvalidInput
from roomctl.timespan import to_local
from roomctl.web.access import signed_in
from roomctl.web.forms import Form, parse_day, parse_day_of_address, whole

bp = Blueprint("days_off", __name__, url_prefix="/days-off")


@bp.get("")
def index() -> ResponseReturnValue:
    return _index(Form(), _year(request.args.get("year", "")))


def _year(raw: str) -> int:
    """Return the year that was asked for, or this one."""
    year = whole(raw)
    return year if days_off.FIRST_YEAR <= year <= days_off.LAST_YEAR else to_local(clock.now()).year


def _index(form: Form, year: int) -> str:
    return render_template("admin/days_off/index.html", form=form, year=year, days=days_off.days_off_of(year),
                           may_keep=days_off.may_keep(signed_in()), first=days_off.FIRST_YEAR, last=days_off.LAST_YEAR)


@bp.post("")
def add() -> ResponseReturnValue:
    form = Form(typed=request.form)
    day = form.read("day", parse_day, "bad_date")
    if day is not None:
        try:
            days_off.set_special_day(day, form.text("worked") == "1", form.text("name"), by=signed_in())
            return _to(day.year)
        except InvalidInput as error:
            form.problems += error.problems
    return _index(form, day.year if day else _year(form.text("year"))), 422


@bp.post("/<int:year>/seed")
def seed(year: int) -> ResponseReturnValue:
    days_off.seed_days_off(year, by=signed_in())
    return _to(year)


@bp.post("/removal")
def remove() -> ResponseReturnValue:
    form = Form(typed=request.form)
    day: date | None = form.read("day", parse_day_of_address, "bad_date")
    if day is None:
        return _index(form, _year("")), 422
    days_off.remove_special_day(day, by=signed_in())
    return _to(day.year)


def _to(year: int) -> ResponseReturnValue:
    return redirect(url_for("admin.days_off.index", year=year), code=303)
