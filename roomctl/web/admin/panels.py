"""Pairing panels with rooms."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from roomctl.organisation.access import can
from roomctl.organisation.roles import Action
from roomctl.rooms import panels
from roomctl.rooms.tables import panels_in_use, rooms_in_order
from roomctl.web.access import signed_in

bp = Blueprint("panels", __name__, url_prefix="/panels")


@bp.get("")
def index() -> ResponseReturnValue:
    return _index()


def _index(*, room_id: int = 0, code: str = "") -> str:
    user = signed_in()
    paired = {panel.room_id: panel for panel in panels_in_use()}
    rooms = [(room, paired.get(room.id)) for room in rooms_in_order() if can(user, Action.PAIR_PANEL, room)]
    return render_template("admin/panels/index.html", rooms=rooms, coded=room_id, code=code)


@bp.post("/rooms/<int:room_id>/code")
def make_code(room_id: int) -> ResponseReturnValue:
    """Make a code and show it, this once."""
    return _index(room_id=room_id, code=panels.make_code(room_id, by=signed_in()))


@bp.post("/<int:panel_id>/revocation")
def revoke(panel_id: int) -> ResponseReturnValue:
    panels.revoke(panel_id, by=signed_in())
    return redirect(url_for("admin.panels.index"), code=303)
