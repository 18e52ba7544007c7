"""What the panel shows: free, requested, upcoming, in use, ending, restricted; asked for again and again, whole only when it changed."""

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue

from roomctl import clock
from roomctl.booking.tables import occurrence_by_id
from roomctl.sessions.room_now import RoomNow, room_now
from roomctl.sessions.roster import Roster, roster_of
from roomctl.web.access import this_panel

bp = Blueprint("screen", __name__)
IDLE_S, LIVE_S = 15, 1


def look() -> dict[str, object]:
    """Return what both the page and its fragment are drawn from."""
    room, now = this_panel().room, clock.now()
    state = room_now(room, now=now)
    roster = roster_of(state.session, now=now) if state.session is not None else None
    title, led_here = "", roster is not None and state.current is not None and state.current.is_host
    if led_here:
        # The PIN was given here: the host's panel may now name the conference (its code name from mật up).
        title = occurrence_by_id(state.current.occurrence_id).facts().full.title
    only_time = state.current is not None and state.current.restricted and not led_here
    return {"room": room, "state": state, "roster": roster, "now": now, "title": title, "only_time": only_time,
            "look": look_of(state, roster, only_time), "key": page_key(state, roster)}


def look_of(state: RoomNow, roster: Roster | None, only_time: bool) -> str:
    """Return which of the panel's looks it has now; a conference that is only a time here has one of its own while it is held."""
    if roster is None:
        return state.kind
    if only_time:
        return "restricted"
    if roster.state == "ending":
        return "ending"
    return state.kind if roster.state == "live" else "checking"


def page_key(state: RoomNow, roster: Roster | None) -> str:
    """Return what the buttons depend on; when it changes, the panel loads its page anew."""
    current = state.current.occurrence_id if state.current else ""
    asking = ",".join(str(line.leg_id) for line in roster.lines if line.wants_decision) if roster else ""
    session = f"{roster.session_id}:{roster.state if roster.state in ('live', 'ending') else ''}" if roster else ""
    return f"{state.kind}:{current}:{session}:{asking}:{state.extendable_to or ''}"


@bp.get("")
def show() -> ResponseReturnValue:
    return render_template("panel/screen/show.html", **look())


@bp.get("/state")
def state() -> ResponseReturnValue:
    """The fragment, with an ETag; 304 when nothing changed."""
    seen = look()
    response = make_response(render_template("panel/screen/_state.html", **seen))
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    response.make_conditional(request)
    response.headers["X-Panel-State"] = str(seen["key"])
    response.headers["X-Poll-Seconds"] = str(LIVE_S if seen["roster"] is not None else IDLE_S)
    return response
