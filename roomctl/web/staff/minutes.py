"""The annex of a conference's minutes: who was in and how secure it was, on a page to be printed."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from roomctl import clock
from roomctl.sessions.minutes import annex_for
from roomctl.web.access import signed_in

bp = Blueprint("minutes", __name__, url_prefix="/minutes")


@bp.get("/<int:occurrence_id>")
def show(occurrence_id: int) -> ResponseReturnValue:
    """The annex of one date, for its organizer and its chair."""
    occurrence, shown, minutes = annex_for(occurrence_id, by=signed_in())
    return render_template("staff/minutes/show.html", occurrence=occurrence, shown=shown, minutes=minutes, now=clock.now())
