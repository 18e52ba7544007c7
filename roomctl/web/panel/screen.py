"""What the panel shows: free, requested, upcoming, in use, ending, restricted, maintenance; asked for again and again, whole only when
it changed."""

import secrets
from contextlib import suppress
from datetime import timedelta

from flask import Blueprint, current_app, make_response, render_template, request
from flask.typing import ResponseReturnValue

from roomctl import clock
from roomctl.booking.local_use import note_asked
from roomctl.booking.tables import occurrence_by_id
from roomctl.database import DATABASE_AWAY, let_go
from roomctl.errors import RoomctlError
from roomctl.rooms.tables import Panel
from roomctl.sessions.call_technician import AGAIN_AFTER
from roomctl.sessions.room_now import RoomNow, room_now
from roomctl.sessions.roster import Roster, roster_of
from roomctl.timespan import to_local
from roomctl.web.access import PANEL_COOKIE, this_panel
from roomctl.web.panel.pairing import TEN_YEARS_S
from roomctl.web.protection import set_cookie

bp = Blueprint("screen", __name__)
IDLE_S, LIVE_S = 15, 1
CALL_SHOWN_FOR = timedelta(minutes=30)
LAST_MINUTES = timedelta(minutes=5)  # From then on an end that comes near is said louder.


def look() -> dict[str, object]:
    """Return what both the page and its fragment are drawn from."""
    panel, now = this_panel(), clock.now()
    state = _asked(panel, room_now(panel.room, now=now))
    roster = roster_of(state.session, now=now) if state.session is not None else None
    title, led_here = "", roster is not None and state.current is not None and state.current.is_host
    if led_here:
        # The PIN was given here: the host's panel may now name the conference (its code name from mật up).
        title = occurrence_by_id(state.current.occurrence_id).facts().full.title
    only_time = state.current is not None and state.current.restricted and not led_here
    called = panel.called_at is not None and timedelta(0) <= now - panel.called_at < CALL_SHOWN_FOR
    return {"room": panel.room, "panel": panel, "state": state, "roster": roster, "now": now, "title": title, "only_time": only_time,
            "called": called, "call_again_at": panel.called_at + AGAIN_AFTER if called and now - panel.called_at < AGAIN_AFTER else None,
            "later": [one for one in state.today if one is not state.current],
            "last_minutes": state.kind == "ending" and state.current.span.end - now <= LAST_MINUTES,
            "look": look_of(state, roster, only_time), "key": page_key(state, roster, panel)}


def _asked(panel: Panel, state: RoomNow) -> RoomNow:
    """Remember that the panel asks who has come, when it begins to; a database that cannot write now is asked again with the next poll."""
    if state.asks_who_came and state.current.asked_at is None:
        room_id = panel.room_id
        try:
            with suppress(RoomctlError):  # It was ended, moved or given back at this very moment.
                note_asked(state.current.occurrence_id, room_id=room_id)
        except DATABASE_AWAY:
            let_go()
    return state


def look_of(state: RoomNow, roster: Roster | None, only_time: bool) -> str:
    """Return which of the panel's looks it has now; a conference that is only a time here has one of its own while it is held."""
    if only_time and (roster is not None or state.kind == "in_use"):
        return "restricted"
    if roster is None:
        return state.kind
    if roster.state == "ending":
        return "ending"
    return state.kind if roster.state == "live" else "checking"


def page_key(state: RoomNow, roster: Roster | None, panel: Panel) -> str:
    """Return what the buttons and the header depend on; when it changes, the panel loads its page anew."""
    now = clock.now()
    asking = ",".join(f"{line.leg_id}{'?' * line.may_ask_override}" for line in (roster.lines if roster else ())
                      if line.wants_decision or line.may_ask_override)
    overridable = roster is not None and any(line.may_ask_override for line in roster.lines)
    again = panel.called_at is not None and timedelta(0) <= now - panel.called_at < AGAIN_AFTER
    parts = (
        state.kind, state.current.occurrence_id if state.current else "",
        f"{roster.session_id}-{roster.state if roster.state in ('live', 'ending') else ''}" if roster else "", asking + ("?" if overridable else ""),
        state.extendable_to and f"{state.extendable_to:%H%M}", "came" if state.current and state.current.has_come else "",
        ",".join(f"{one.minutes}-{one.span.end:%H%M}-{one.is_free:d}" for one in state.offers), f"{to_local(now):%Y%m%d}", "called" if again else "")
    return ":".join(str(part or "") for part in parts)


@bp.get("")
def show() -> ResponseReturnValue:
    """The whole page.  The panel's cookie is set anew, since browsers keep none for longer than some four hundred days."""
    response = make_response(render_template("panel/screen/show.html", form_key=secrets.token_urlsafe(16), **look()))
    set_cookie(response, PANEL_COOKIE, request.cookies[PANEL_COOKIE], settings=current_app.config["SETTINGS"], max_age_s=TEN_YEARS_S)
    return response


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
