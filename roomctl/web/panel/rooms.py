"""What whoever stands at the panel does with the room: meet at once, say that they are there, go on longer, end, call a technician.

Each leads back to the screen, which says what came of it: a panel is never left on another page.
"""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from roomctl.booking import local_use
from roomctl.booking.start_now import start_now as book_now
from roomctl.errors import Refused
from roomctl.sessions.call_technician import call_technician
from roomctl.web.access import this_panel
from roomctl.web.forms import Form
from roomctl.web.words import reason_sentence

bp = Blueprint("rooms", __name__)


def _done(deed: Callable[[], object]) -> ResponseReturnValue:
    """Do it, and lead back to the screen; a refusal is said there."""
    try:
        deed()
    except Refused as error:
        flash(reason_sentence(error.reason, error.facts))
    return redirect(url_for("panel.screen.show"), code=303)


@bp.post("/start-now")
def start_now() -> ResponseReturnValue:
    form, panel = Form(typed=request.form), this_panel()
    return _done(lambda: book_now(panel.room_id, form.number("minutes"), panel_id=panel.id, key=form.key()))


@bp.post("/occurrences/<int:occurrence_id>/check-in")
def check_in(occurrence_id: int) -> ResponseReturnValue:
    return _done(lambda: local_use.check_in(occurrence_id, room_id=this_panel().room_id))


@bp.post("/occurrences/<int:occurrence_id>/extension")
def extend(occurrence_id: int) -> ResponseReturnValue:
    return _done(lambda: local_use.extend_here(occurrence_id, room_id=this_panel().room_id))


@bp.post("/occurrences/<int:occurrence_id>/end")
def end(occurrence_id: int) -> ResponseReturnValue:
    return _done(lambda: local_use.end_here(occurrence_id, room_id=this_panel().room_id))


@bp.post("/technician")
def call() -> ResponseReturnValue:
    return _done(lambda: call_technician(this_panel().id))
