"""The week sheet of a unit, a room or a leader: one page, or parts of a hundred lines where a large unit has hundreds of them."""

from datetime import date, datetime, timedelta

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl import clock
from roomctl.errors import InvalidInput, NotVisible, Problem, Refused
from roomctl.organisation.access import can
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import Unit, unit_by_id
from roomctl.organisation.unit_tables import children_of, name_at
from roomctl.organisation.units import covers
from roomctl.rooms.tables import room_by_id, rooms_of
from roomctl.schedule import printed
from roomctl.schedule.publish import publish_week
from roomctl.schedule.sheet import Choice, Line, Sheet, contact_of, week_sheet
from roomctl.timespan import iso_week, to_local, week_span
from roomctl.web.access import LARGEST_ID, signed_in
from roomctl.web.assets import DIST
from roomctl.web.forms import Form, searched, whole

bp = Blueprint("week", __name__, url_prefix="/week")
ROWS_A_PART = 100
WHOLE = "all"  # Asked for with ?part=all, to print the sheet of a large unit.


@bp.get("")
def this_week() -> ResponseReturnValue:
    year, week = iso_week(to_local(clock.now()).date())
    return redirect(url_for("staff.week.show", year=year, week=week, **_address(_choice())), code=303)


@bp.get("/<int:year>/<int:week>")
def show(year: int, week: int) -> ResponseReturnValue:
    return _show(year, week)


def _show(year: int, week: int, *, problems: list[Problem] | None = None) -> str:
    user, now, choice = signed_in(), clock.now(), _choice()
    today = to_local(now).date()
    found = _sheet(year, week, choice, now)
    monday = date.fromisocalendar(year, week, 1)
    parts = 1 if request.args.get("part") == WHOLE else max(-(-len(found.lines) // ROWS_A_PART), 1)
    part = _part(found.lines, parts, today)
    shown = found.lines[(part - 1) * ROWS_A_PART:part * ROWS_A_PART] if parts > 1 else found.lines
    form = Form(typed=request.form, problems=problems or [])
    return render_template(
        "staff/week/show.html", year=year, week=week, monday=monday, sunday=monday + timedelta(days=6), choice=choice, address=_address(choice),
        days=[(day, lines) for day, lines in _by_day(shown, monday) if lines or parts == 1], part=part, parts=parts, lines=len(found.lines),
        before=iso_week(monday - timedelta(days=7)), after=iso_week(monday + timedelta(days=7)), version=found.version, form=form, key=form.key(),
        unit_name=name_at(choice.unit, min(now, week_span(year, week).end)), now=now, today=today, most_printed=printed.MOST_LINES,
        units=_units_to_choose_from(choice.unit, user.unit), rooms=rooms_of(choice.unit.id),
        may_publish=can(user, Action.PUBLISH_WEEK, choice.unit) and week_span(year, week).end > now and not (choice.room or choice.leader))


@bp.get("/<int:year>/<int:week>/sheet.pdf")
def sheet(year: int, week: int) -> ResponseReturnValue:
    """The sheet on paper, like the form that is signed; its name says the week and nothing else."""
    now, choice = clock.now(), _choice()
    found = _sheet(year, week, choice, now)
    if len(found.lines) > printed.MOST_LINES:
        raise Refused("pdf_too_long", lines=len(found.lines), most=printed.MOST_LINES)
    monday, moment = date.fromisocalendar(year, week, 1), min(now, week_span(year, week).end)
    html = render_template(
        "staff/week/printed.html", week=week, monday=monday, sunday=monday + timedelta(days=6), choice=choice, days=_by_day(found.lines, monday),
        version=found.version, now=now, contact=found.version.contact if found.version else contact_of(signed_in()),
        unit_name=name_at(choice.unit, moment), above=name_at(choice.unit.parent, moment) if choice.unit.parent else "")
    response = Response(printed.pdf_of(html, fonts=DIST), mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="week-{year}-W{week:02}.pdf"'
    return response


@bp.post("/<int:year>/<int:week>/publication")
def publish(year: int, week: int) -> ResponseReturnValue:
    choice, form = _choice(), Form(typed=request.form)
    try:
        publish_week(choice.unit, year, week, by=signed_in(), note=form.text("note"), key=form.key())
    except InvalidInput as error:
        return _show(year, week, problems=error.problems), 422
    return redirect(url_for("staff.week.show", year=year, week=week, **_address(_choice())), code=303)


def _sheet(year: int, week: int, choice: Choice, now: datetime) -> Sheet:
    try:
        monday = date.fromisocalendar(year, week, 1)
        iso_week(monday - timedelta(days=7))  # At the ends of the calendar there is no week before or after.
        iso_week(monday + timedelta(days=7))
        return week_sheet(year, week, choice, by=signed_in(), now=now)
    except (ValueError, OverflowError) as error:
        raise NotVisible from error


def _choice() -> Choice:
    """Return whose sheet the address asks for: ?unit= and ?room= by id, ?leader= by a part of the name; otherwise the reader's unit's."""
    unit_id, room_id = whole(request.args.get("unit", "")), whole(request.args.get("room", ""))
    unit = unit_by_id(min(unit_id, LARGEST_ID)) if unit_id else None
    room = room_by_id(min(room_id, LARGEST_ID)) if room_id else None
    if (unit_id and unit is None) or (room_id and room is None):
        raise NotVisible
    if room is not None and unit is not None and not covers(unit.path, room.unit.path):
        room = None  # Another unit was chosen in the form, whose rooms it did not list yet.
    return Choice(unit=room.unit if room else unit or signed_in().unit, room=room, leader=searched(request.args.get("leader", "")))


def _address(choice: Choice) -> dict[str, object]:
    """Return the choice as it stands in an address; the reader's own unit needs not be named."""
    named = {"unit": choice.unit.id if choice.unit.id != signed_in().unit_id and not choice.room else None,
             "room": choice.room.id if choice.room else None, "leader": choice.leader or None}
    return {name: value for name, value in named.items() if value is not None}


def _units_to_choose_from(unit: Unit, own: Unit) -> list[Unit]:
    """Return the way from the root down to a unit and to the reader's own, and what lies right below the one that is shown."""
    ids = dict.fromkeys([*_ids_on(unit.path), *_ids_on(own.path)])
    return [one for one in map(unit_by_id, ids) if one is not None] + [one for one in children_of(unit.id) if one.id not in ids]


def _ids_on(path: str) -> list[int]:
    return [int(step) for step in path.strip("/").split("/")]


def _by_day(lines: list[Line], monday: date) -> list[tuple[date, list[Line]]]:
    days = (monday + timedelta(days=number) for number in range(7))
    return [(day, [line for line in lines if line.row.day == day]) for day in days]


def _part(lines: list[Line], parts: int, today: date) -> int:
    """Return the part that was asked for; without a wish the one in which today begins, or the first."""
    asked = whole(request.args.get("part", ""))
    if asked:
        return min(asked, parts)
    first_today = next((place for place, line in enumerate(lines) if line.row.day == today), 0)
    return min(first_today // ROWS_A_PART + 1, parts)
