"""Sessions, to be read: only a read-back of the call makes a leg proven."""

from flask import Blueprint

from roomctl import clock
from roomctl.sessions.roster import roster_of, session_seen_by
from roomctl.web.access import signed_in
from roomctl.web.api import models
from roomctl.web.api.operation import operation

bp = Blueprint("sessions", __name__, url_prefix="/sessions")


@bp.get("/<int:session_id>")
@operation("One session as a screen would show it now", answer=models.Session, refusals=(404,))
def show(session_id: int) -> models.Session:
    row = session_seen_by(signed_in(), session_id)
    return models.Session.of(row, roster_of(row, now=clock.now()))
