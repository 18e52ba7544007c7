"""Pairing panels with rooms."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl.organisation.access import visible
from roomctl.organisation.roles import Action
from roomctl.organisation.units import Level
from roomctl.rooms import panels
from roomctl.rooms.tables import in_order, panels_in_use, rooms_at, rooms_by_id, rooms_matching
from roomctl.web.access import signed_in

bp = Blueprint("panels", __name__, url_prefix="/panels")
MOST_FOUND = 100


@bp.get("")
def index() -> ResponseReturnValue:
    return _index()


def _index(*, room_id: int = 0, code: str = "") -> str:
    """List what was searched for; otherwise the rooms that have a panel, the centre's and the provinces'."""
    user, words = signed_in(), request.args.get("words", "").strip()
    paired = {panel.room_id: panel for panel in panels_in_use()}
    if words:
        wanted = rooms_matching(words, limit=MOST_FOUND)
    else:
        wanted = in_order({room.id: room for room in [*rooms_at(Level.CENTRAL), *rooms_at(Level.PROVINCIAL),
                                                       *rooms_by_id({*paired, room_id}).values()]}.values())
    rooms = [(room, paired.get(room.id)) for room in visible(user, Action.PAIR_PANEL, wanted)]
    return render_template("admin/panels/index.html", rooms=rooms, coded=room_id, code=code, words=words)


@bp.post("/rooms/<int:room_id>/code")
def make_code(room_id: int) -> ResponseReturnValue:
    """Make a code and show it, this once."""
    return _index(room_id=room_id, code=panels.make_code(room_id, by=signed_in()))


@bp.post("/<int:panel_id>/revocation")
def revoke(panel_id: int) -> ResponseReturnValue:
    panels.revoke(panel_id, by=signed_in())
    return redirect(url_for("admin.panels.index"), code=303)
