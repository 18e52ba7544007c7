"""Leading a session from the host room's panel."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl.booking.tables import occurrence_by_id
from roomctl.errors import NotVisible, Refused
from roomctl.organisation.roles import Action
from roomctl.sessions import control
from roomctl.sessions.extend import extend_session
from roomctl.web.access import this_panel
from roomctl.web.forms import Form
from roomctl.web.status import status_of
from roomctl.web.words import reason_sentence

bp = Blueprint("sessions", __name__)


def _lead() -> control.Lead:
    return control.Lead(panel_room_id=this_panel().room_id)


@bp.get("/occurrences/<int:occurrence_id>/start")
def ask_pin(occurrence_id: int) -> ResponseReturnValue:
    return _ask(occurrence_id)


def _ask(occurrence_id: int, *, failure: str = "") -> str:
    occurrence = occurrence_by_id(occurrence_id)
    if occurrence is None:
        raise NotVisible
    control.require_lead(occurrence, _lead(), Action.START_SESSION)
    return render_template("panel/sessions/ask_pin.html", room=this_panel().room, occurrence=occurrence, failure=failure)


@bp.post("/occurrences/<int:occurrence_id>/start")
def start(occurrence_id: int) -> ResponseReturnValue:
    try:
        control.start_session(occurrence_id, lead=_lead(), pin=request.form.get("pin", "")[:12])
    except Refused as error:
        return _ask(occurrence_id, failure=reason_sentence(error.reason, error.facts)), status_of(error)
    return redirect(url_for("panel.screen.show"), code=303)


@bp.post("/sessions/<int:session_id>/end")
def end(session_id: int) -> ResponseReturnValue:
    control.end_session(session_id, lead=_lead())
    return redirect(url_for("panel.screen.show"), code=303)


@bp.post("/sessions/<int:session_id>/extension")
def extend(session_id: int) -> ResponseReturnValue:
    extend_session(session_id, lead=_lead())
    return redirect(url_for("panel.screen.show"), code=303)


@bp.post("/sessions/<int:session_id>/legs/<int:leg_id>/leave-out")
def go_on_without(session_id: int, leg_id: int) -> ResponseReturnValue:
    control.go_on_without(session_id, leg_id, lead=_lead())
    return redirect(url_for("panel.screen.show"), code=303)


@bp.post("/sessions/<int:session_id>/leave-out")
def go_on_without_all(session_id: int) -> ResponseReturnValue:
    """Go on without all the legs named by the button: those that were on the screen when it was pressed."""
    for leg_id in Form(typed=request.form).numbers("leg"):
        control.go_on_without(session_id, leg_id, lead=_lead())
    return redirect(url_for("panel.screen.show"), code=303)


@bp.post("/sessions/<int:session_id>/retry")
def retry_all(session_id: int) -> ResponseReturnValue:
    for leg_id in Form(typed=request.form).numbers("leg"):
        control.retry_leg(session_id, leg_id, lead=_lead())
    return redirect(url_for("panel.screen.show"), code=303)


@bp.post("/sessions/<int:session_id>/legs/<int:leg_id>/retry")
def retry(session_id: int, leg_id: int) -> ResponseReturnValue:
    control.retry_leg(session_id, leg_id, lead=_lead())
    return redirect(url_for("panel.screen.show"), code=303)
