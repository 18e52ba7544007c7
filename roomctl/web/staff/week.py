"""The week sheet: one page, or parts of a hundred lines where a large unit has hundreds of them."""

from datetime import date, timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl import clock
from roomctl.booking.week import Row, week_rows
from roomctl.errors import NotVisible
from roomctl.organisation.unit_tables import name_at
from roomctl.timespan import iso_week, to_local, week_span
from roomctl.web.access import signed_in
from roomctl.web.forms import whole

bp = Blueprint("week", __name__, url_prefix="/week")
ROWS_A_PART = 100
WHOLE = "all"  # Asked for with ?part=all, to print the sheet of a large unit.


@bp.get("")
def this_week() -> ResponseReturnValue:
    year, week = iso_week(to_local(clock.now()).date())
    return redirect(url_for("staff.week.show", year=year, week=week), code=303)


@bp.get("/<int:year>/<int:week>")
def show(year: int, week: int) -> ResponseReturnValue:
    user, today = signed_in(), to_local(clock.now()).date()
    try:
        monday = date.fromisocalendar(year, week, 1)
        rows = week_rows(year, week, by=user, now=clock.now())
        before, after = iso_week(monday - timedelta(days=7)), iso_week(monday + timedelta(days=7))
    except (ValueError, OverflowError) as error:
        raise NotVisible from error
    parts = 1 if request.args.get("part") == WHOLE else max(-(-len(rows) // ROWS_A_PART), 1)
    part = _part(rows, parts, today)
    shown = rows[(part - 1) * ROWS_A_PART:part * ROWS_A_PART] if parts > 1 else rows
    days = [(day, [row for row in shown if row.day == day]) for day in (monday + timedelta(days=number) for number in range(7))]
    return render_template("staff/week/show.html", year=year, week=week, monday=monday, sunday=monday + timedelta(days=6),
                           days=[(day, lines) for day, lines in days if lines or parts == 1], part=part, parts=parts, lines=len(rows),
                           before=before, after=after, unit_name=name_at(user.unit, min(clock.now(), week_span(year, week).end)),
                           now=clock.now(), today=today)


def _part(rows: list[Row], parts: int, today: date) -> int:
    """Return the part that was asked for; without a wish the one in which today begins, or the first."""
    asked = whole(request.args.get("part", ""))
    if asked:
        return min(asked, parts)
    first_today = next((place for place, row in enumerate(rows) if row.day == today), 0)
    return min(first_today // ROWS_A_PART + 1, parts)
