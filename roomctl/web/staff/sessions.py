"""The chair leads the session from a browser, when the host room's panel is dead or far away."""

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl import clock
from roomctl.booking.longer import extended_end
from roomctl.booking.tables import Occurrence, occurrence_by_id
from roomctl.booking.viewed import note_view
from roomctl.errors import NotVisible
from roomctl.organisation.roles import Action
from roomctl.sessions import attest, control
from roomctl.sessions.desk import desk_of
from roomctl.sessions.extend import extend_session
from roomctl.sessions.roster import roster_of
from roomctl.sessions.states import SessionState
from roomctl.sessions.tables import sessions_of
from roomctl.web.access import signed_in
from roomctl.web.chair_words import seconds_between_looks
from roomctl.web.forms import Form

bp = Blueprint("sessions", __name__, url_prefix="/occurrences/<int:occurrence_id>/session")
IDLE_S = 15


def _lead() -> control.Lead:
    return control.Lead(user=signed_in())


def _led(occurrence_id: int) -> Occurrence:
    occurrence = occurrence_by_id(occurrence_id)
    if occurrence is None:
        raise NotVisible
    control.require_lead(occurrence, _lead(), Action.LEAD_SESSION)
    return occurrence


def look(occurrence_id: int) -> dict[str, object]:
    """Return what both the page and its fragment are drawn from."""
    occurrence, now = _led(occurrence_id), clock.now()
    latest = next(iter(reversed(sessions_of(occurrence_id))), None)
    roster = roster_of(latest, now=now) if latest is not None else None
    running = latest is not None and latest.ended_at is None
    asking = [line for line in roster.lines if line.wants_decision] if roster and running else []
    extendable_to = extended_end(occurrence, now) if running else None
    may_ask = running and any(line.may_ask_override for line in roster.lines)
    legs = ",".join(str(line.leg_id) for line in asking)
    desk = desk_of(latest.id, lead=_lead()) if running and roster.state != SessionState.ENDING else None
    key = f"{desk.key if desk else ''}:{latest.id if latest else ''}:{roster.state if roster else ''}:{legs}:{extendable_to}:{may_ask:d}"
    return {"occurrence": occurrence, "full": occurrence.facts().full, "roster": roster, "running": running, "asking": asking, "now": now,
            "extendable_to": extendable_to, "key": key, "may_ask": may_ask, "desk": desk,
            "lacking": [] if running else attest.lacking_before(occurrence)}


@bp.get("")
def show(occurrence_id: int) -> ResponseReturnValue:
    note_view(signed_in().id, _led(occurrence_id).facts().full, where="session")
    return render_template("staff/sessions/show.html", **look(occurrence_id))


@bp.get("/state")
def state(occurrence_id: int) -> ResponseReturnValue:
    """The roster alone, with an ETag; 304 when nothing changed."""
    seen = look(occurrence_id)
    response = make_response(render_template("staff/sessions/_state.html", **seen))
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    response.make_conditional(request)
    response.headers["X-Panel-State"] = str(seen["key"])
    response.headers["X-Poll-Seconds"] = str(seconds_between_looks(seen["roster"].expected) if seen["running"] else IDLE_S)
    return response


@bp.post("/start")
def start(occurrence_id: int) -> ResponseReturnValue:
    control.start_session(occurrence_id, lead=_lead())
    return _back(occurrence_id)


@bp.post("/end")
def end(occurrence_id: int) -> ResponseReturnValue:
    control.end_session(_running(occurrence_id), lead=_lead())
    return _back(occurrence_id)


@bp.post("/extension")
def extend(occurrence_id: int) -> ResponseReturnValue:
    extend_session(_running(occurrence_id), lead=_lead())
    return _back(occurrence_id)


@bp.post("/leave-out")
def go_on_without(occurrence_id: int) -> ResponseReturnValue:
    """Go on without the legs named by the button."""
    session_id = _running(occurrence_id)
    for leg_id in Form(typed=request.form).numbers("leg"):
        control.go_on_without(session_id, leg_id, lead=_lead())
    return _back(occurrence_id)


@bp.post("/retry")
def retry(occurrence_id: int) -> ResponseReturnValue:
    session_id = _running(occurrence_id)
    for leg_id in Form(typed=request.form).numbers("leg"):
        control.retry_leg(session_id, leg_id, lead=_lead())
    return _back(occurrence_id)


def _running(occurrence_id: int) -> int:
    """Return the running session's id; raise NotVisible when there is none."""
    running = next((one for one in sessions_of(_led(occurrence_id).id) if one.ended_at is None), None)
    if running is None:
        raise NotVisible
    return running.id


def _back(occurrence_id: int) -> ResponseReturnValue:
    return redirect(url_for("staff.sessions.show", occurrence_id=occurrence_id), code=303)
