"""Sessions and their evidence."""

from flask import Blueprint, Response, current_app, render_template
from flask.typing import ResponseReturnValue

from roomctl import clock
from roomctl.audit import trail, verify
from roomctl.booking.availability import viewer_of
from roomctl.booking.viewed import note_view
from roomctl.booking.visibility import view
from roomctl.errors import NotVisible
from roomctl.sessions import evidence as proof
from roomctl.sessions import tables
from roomctl.sessions.circumstances import circumstances_of
from roomctl.sessions.override import overrides_seen_by
from roomctl.sessions.roster import roster_of
from roomctl.web.access import signed_in

bp = Blueprint("sessions", __name__, url_prefix="/sessions")


@bp.get("")
def index() -> ResponseReturnValue:
    viewer, now = viewer_of(signed_in()), clock.now()
    lines = [(session, view(session.occurrence.facts(), viewer), roster_of(session, now=now)) for session in tables.latest_sessions(100)]
    waiting, _ = overrides_seen_by(signed_in(), limit=0)
    return render_template("auditor/sessions/index.html", lines=lines, waiting=sum(one.mine_to_decide for one in waiting))


@bp.get("/<int:session_id>")
def show(session_id: int) -> ResponseReturnValue:
    """One session's evidence, checked by verify.py's own code with the server's copy of key and anchor."""
    session = tables.session_by_id(session_id)
    if session is None:
        raise NotVisible
    shown = view(session.occurrence.facts(), viewer_of(signed_in()))
    note_view(signed_in().id, shown, where="evidence")
    settings = current_app.config["SETTINGS"]
    key = verify.fingerprint(trail.public_key(settings))
    anchor = trail.anchor_file(settings)
    result = proof.check_against_trail(session_id, key=key, anchor=anchor) if session.ended_at else None
    checks = proof.readable_checks(session_id)
    rooms = {leg.id: leg.shown_name for leg in session.legs}
    return render_template("auditor/sessions/show.html", session=session, roster=roster_of(session, now=clock.now()), result=result,
                           checks=checks, rooms=rooms, gaps=tables.gaps_of(session_id), key=key, anchor=anchor,
                           shown=shown, around=circumstances_of(session), has_seal=settings.seal is not None)


@bp.get("/<int:session_id>/evidence.zip")
def evidence(session_id: int) -> ResponseReturnValue:
    response = Response(proof.export(session_id, by=signed_in()), mimetype="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="session-{session_id}.zip"'
    return response
