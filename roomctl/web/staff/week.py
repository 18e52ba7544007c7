"""The week sheet."""

from datetime import date, timedelta
from itertools import groupby

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from roomctl import clock
from roomctl.booking.week import week_rows
from roomctl.errors import NotVisible
from roomctl.timespan import iso_week, to_local
from roomctl.web.access import signed_in

bp = Blueprint("week", __name__, url_prefix="/week")


@bp.get("")
def this_week() -> ResponseReturnValue:
    year, week = iso_week(to_local(clock.now()).date())
    return redirect(url_for("staff.week.show", year=year, week=week), code=303)


@bp.get("/<int:year>/<int:week>")
def show(year: int, week: int) -> ResponseReturnValue:
    user = signed_in()
    try:
        monday = date.fromisocalendar(year, week, 1)
        rows = week_rows(year, week, by=user, now=clock.now())
        before, after = iso_week(monday - timedelta(days=7)), iso_week(monday + timedelta(days=7))
    except (ValueError, OverflowError) as error:
        raise NotVisible from error
    days = [(monday + timedelta(days=number), [(morning, list(half)) for morning, half in groupby(
        [row for row in rows if row.day == monday + timedelta(days=number)], key=lambda row: row.morning)]) for number in range(7)]
    return render_template("staff/week/show.html", year=year, week=week, monday=monday, sunday=monday + timedelta(days=6), days=days,
                           before=before, after=after, unit=user.unit, now=clock.now(), today=to_local(clock.now()).date())
