"""Maintenance of rooms: when which room is closed, closing one, opening it again."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl.booking.maintenance import reopen_room, windows_ahead
from roomctl.booking.visibility import View
from roomctl.errors import Problem
from roomctl.rooms.tables import room_by_code
from roomctl.web.access import signed_in
from roomctl.web.forms import Form
from roomctl.web.maintenance_form import closed

bp = Blueprint("maintenance", __name__, url_prefix="/maintenance")


@bp.get("")
def index() -> ResponseReturnValue:
    return _show(Form(typed=request.args))


def _show(form: Form, met: list[View] | None = None) -> str:
    return render_template("technician/maintenance/index.html", windows=windows_ahead(signed_in()), form=form, met=met or [])


@bp.post("")
def create() -> ResponseReturnValue:
    form = Form(typed=request.form)
    room = room_by_code(form.text("room").strip()[:32]) if form.text("room").isprintable() else None
    if room is None or room.retired_at is not None:
        form.problems.append(Problem("room", "unknown_room_code"))
        return _show(form), 422
    done, met = closed(form, room, by=signed_in())
    if done:
        return redirect(url_for("technician.maintenance.index"), code=303)
    return _show(form, met), 409 if met else 422


@bp.post("/<int:window_id>/cancellation")
def cancel(window_id: int) -> ResponseReturnValue:
    reopen_room(window_id, by=signed_in())
    return redirect(url_for("technician.maintenance.index"), code=303)
