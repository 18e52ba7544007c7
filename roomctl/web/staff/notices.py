"""What a person was told."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from roomctl.booking.availability import viewer_of
from roomctl.booking.tables import occurrence_by_id
from roomctl.booking.visibility import told_reason, view
from roomctl.notices import outbox, tables
from roomctl.rooms.tables import room_by_id
from roomctl.web.access import signed_in

bp = Blueprint("notices", __name__, url_prefix="/notices")


@bp.get("")
def index() -> ResponseReturnValue:
    user = signed_in()
    viewer = viewer_of(user)
    lines = []
    for notice in tables.notices_for(user.id):
        occurrence = occurrence_by_id(notice.occurrence_id) if notice.occurrence_id else None
        shown = view(occurrence.facts(), viewer) if occurrence else None
        lines.append((notice, shown, room_by_id(notice.room_id) if notice.room_id else None, told_reason(notice.reason, shown)))
    return render_template("staff/notices/index.html", lines=lines)


@bp.post("/read")
def read() -> ResponseReturnValue:
    outbox.read_all(signed_in().id)
    return redirect(url_for("staff.notices.index"), code=303)
