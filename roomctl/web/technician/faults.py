"""The first screen: which fault hurts a conference today, what to do, and how the provinces are."""

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue

from roomctl import clock
from roomctl.duty import rota, sight
from roomctl.sessions import lease
from roomctl.web.access import signed_in

bp = Blueprint("faults", __name__)
EVERY_S = 15
SILENT_AFTER_S = 15.0  # Without a sign of life from the worker for this long nothing on the page is fresh.


def look() -> dict[str, object]:
    """Return what both the page and its fragment are drawn from."""
    age = lease.last_tick_age()
    user, now = signed_in(), clock.now()
    return {"screen": sight.first_screen(user, now), "now": now, "turns": rota.my_turns(user), "handed_over": rota.handed_over(user),
            "watched": age is not None and age.total_seconds() <= SILENT_AFTER_S, "silent_since": now - age if age is not None else None}


@bp.get("")
def index() -> ResponseReturnValue:
    return render_template("technician/faults/index.html", **look())


@bp.get("/state")
def state() -> ResponseReturnValue:
    """The lists alone, with an ETag; 304 when nothing changed."""
    response = make_response(render_template("technician/faults/_state.html", **look()))
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Poll-Seconds"] = str(EVERY_S)
    response.add_etag()
    return response.make_conditional(request)
