"""Rooms: finding, adding, changing, closing for maintenance and retiring them."""

from datetime import timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl.booking.maintenance import reopen_room, windows_ahead
from roomctl.booking.reorganise import retire_room
from roomctl.booking.visibility import View
from roomctl.errors import InvalidInput, NotVisible, Refused
from roomctl.organisation.access import reach_of, require, visible
from roomctl.organisation.directory import unit_with_code
from roomctl.organisation.roles import Action
from roomctl.rooms import catalogue
from roomctl.rooms.suitability import EQUIPMENT, EVERY_DAY, LONGEST_AHEAD_DAYS, MIDNIGHT
from roomctl.rooms.tables import Room, room_by_id, rooms_to_keep
from roomctl.web.access import signed_in
from roomctl.web.forms import Form, parse_time, searched
from roomctl.web.maintenance_form import closed
from roomctl.web.words import minutes_of_day, reason_sentence

bp = Blueprint("rooms", __name__, url_prefix="/rooms")
MOST_FOUND = 50
NEW = {"seats": "20", "setup": "0", "teardown": "0", "open_to": "unit", "opens": "00:00", "closes": "24:00", "ahead_days": str(LONGEST_AHEAD_DAYS)}


@bp.get("")
def index() -> ResponseReturnValue:
    """List what was searched for; otherwise the rooms of the reader's own units and of those right below them."""
    user, words = signed_in(), searched(request.args.get("words", ""))
    found = visible(user, Action.KEEP_ROOMS, rooms_to_keep(words, below=reach_of(user, Action.KEEP_ROOMS)))
    return render_template("admin/rooms/index.html", rooms=found[:MOST_FOUND], more=len(found) > MOST_FOUND, most=MOST_FOUND, words=words)


@bp.get("/new")
def new() -> ResponseReturnValue:
    form = Form(typed=request.args.copy())
    for name, value in NEW.items():
        form.typed.setdefault(name, value)
    form.typed.setlistdefault("open_days", list(EVERY_DAY))
    return _form(form)


def _form(form: Form) -> str:
    return render_template("admin/rooms/new.html", form=form, key=form.key(), choices=catalogue.OPEN_TO, equipment=EQUIPMENT)


@bp.post("")
def create() -> ResponseReturnValue:
    form = Form(typed=request.form)
    facts = _facts(form)
    try:
        unit = unit_with_code(form.text("unit"))
        if not form.problems:
            room = catalogue.add_room(unit=unit, code=form.text("code"), **facts, by=signed_in(), key=form.key())
            return redirect(url_for("admin.rooms.show", room_id=room.id), code=303)
    except InvalidInput as error:
        form.problems += error.problems
    return _form(form), 422


def _facts(form: Form) -> dict[str, object]:
    """Read what is told of a room; setup and teardown are typed in minutes, hours that are left empty are the whole day."""
    return {"name": form.text("name"), "seats": form.count("seats"), "setup": timedelta(minutes=form.count("setup")),
            "teardown": timedelta(minutes=form.count("teardown")), "open_to": form.text("open_to"), "support_phone": form.text("support_phone"),
            "opens_min": _minutes(form, "opens", 0), "closes_min": _minutes(form, "closes", MIDNIGHT),
            "open_days": "".join(form.typed.getlist("open_days"))[:50], "equipment": tuple(form.typed.getlist("equipment"))[:50],
            "ahead_days": form.count("ahead_days") if form.text("ahead_days").strip() else LONGEST_AHEAD_DAYS}


def _minutes(form: Form, name: str, unless_typed: int) -> int:
    if not form.text(name).strip():
        return unless_typed
    found = form.read(name, _parse_minutes, "bad_opening_hour")
    return unless_typed if found is None else found


def _parse_minutes(raw: str) -> int:
    """Read an hour such as 06:30 as minutes of the day, and 24:00 as its end; raise ValueError."""
    if raw in ("24:00", "24h00", "24"):
        return MIDNIGHT
    at = parse_time(raw)
    return at.hour * 60 + at.minute


@bp.get("/<int:room_id>")
def show(room_id: int) -> ResponseReturnValue:
    return _show(room_id)


def _kept(room_id: int) -> Room:
    room = room_by_id(room_id)
    if room is None:
        raise NotVisible
    require(signed_in(), Action.KEEP_ROOMS, room)
    return room


def _show(room_id: int, form: Form | None = None, *, failure: str = "", closing: Form | None = None, met: list[View] | None = None) -> str:
    """Show a room; `closing` is what was typed to close it for maintenance, and `met` the conferences that would meet it."""
    room, user = _kept(room_id), signed_in()
    if form is None:
        form = Form()
        for name, value in (("name", room.name), ("seats", room.seats), ("setup", room.setup_s // 60), ("teardown", room.teardown_s // 60),
                            ("open_to", room.open_to), ("support_phone", room.support_phone), ("opens", minutes_of_day(room.opens_min)),
                            ("closes", minutes_of_day(room.closes_min)), ("ahead_days", room.ahead_days)):
            form.typed.setdefault(name, str(value))
        form.typed.setlist("open_days", list(room.open_days))
        form.typed.setlist("equipment", room.equipment.split())
    return render_template("admin/rooms/show.html", room=room, form=form, failure=failure, choices=catalogue.OPEN_TO, equipment=EQUIPMENT,
                           windows=windows_ahead(user, room), closing=closing or Form(), met=met or [])


@bp.post("/<int:room_id>")
def change(room_id: int) -> ResponseReturnValue:
    form = Form(typed=request.form)
    _kept(room_id)
    facts = catalogue.RoomFacts(**_facts(form))
    try:
        if not form.problems:
            catalogue.change_room(room_id, facts, by=signed_in())
            return redirect(url_for("admin.rooms.show", room_id=room_id), code=303)
    except InvalidInput as error:
        form.problems += error.problems
    return _show(room_id, form), 422


@bp.post("/<int:room_id>/maintenance")
def close(room_id: int) -> ResponseReturnValue:
    form = Form(typed=request.form)
    done, met = closed(form, _kept(room_id), by=signed_in())
    if done:
        return redirect(url_for("admin.rooms.show", room_id=room_id), code=303)
    return _show(room_id, closing=form, met=met), 409 if met else 422


@bp.post("/<int:room_id>/maintenance/<int:window_id>/cancellation")
def reopen(room_id: int, window_id: int) -> ResponseReturnValue:
    _kept(room_id)
    reopen_room(window_id, by=signed_in())
    return redirect(url_for("admin.rooms.show", room_id=room_id), code=303)


@bp.post("/<int:room_id>/retirement")
def retire(room_id: int) -> ResponseReturnValue:
    try:
        retire_room(room_id, by=signed_in())
    except Refused as error:
        return _show(room_id, failure=reason_sentence(error.reason, error.facts)), 422
    return redirect(url_for("admin.rooms.show", room_id=room_id), code=303)
