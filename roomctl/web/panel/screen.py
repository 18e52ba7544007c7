"""What the panel shows: free, requested, upcoming, in use, ending, restricted, maintenance; asked for again and again, whole only when
it changed.

A poll that has nothing new is answered from a tag of all that the screen depends on (`screen_tag`), without drawing it.  What the tag is
made of is read before anything else that is drawn, so that what changes in between is newer than its tag and is drawn again.
"""

import hashlib
import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache

from flask import Blueprint, Response, current_app, make_response, render_template, request
from flask.typing import ResponseReturnValue

from roomctl import clock
from roomctl.booking.local_use import note_asked
from roomctl.booking.tables import occurrence_by_id
from roomctl.config import project_files
from roomctl.database import DATABASE_AWAY, let_go
from roomctl.errors import NotSignedIn, RoomctlError
from roomctl.sessions.call_technician import AGAIN_AFTER
from roomctl.sessions.room_facts import RoomFacts, facts_for
from roomctl.sessions.room_now import RoomNow, room_now
from roomctl.sessions.roster import Roster, roster_of
from roomctl.sessions.screen_tag import CALL_SHOWN_FOR, tag_of
from roomctl.sessions.tables import count_of_legs
from roomctl.timespan import to_local
from roomctl.web.access import PANEL_COOKIE, panel_token
from roomctl.web.assets import DIST
from roomctl.web.chair_words import seconds_between_looks
from roomctl.web.language import chosen
from roomctl.web.panel.pairing import TEN_YEARS_S
from roomctl.web.protection import set_cookie

bp = Blueprint("screen", __name__)
IDLE_S = 15
LAST_MINUTES = timedelta(minutes=5)  # From then on an end that comes near is said louder.


def look(facts: RoomFacts, now: datetime) -> dict[str, object]:
    """Return what both the page and its fragment are drawn from."""
    panel = facts.panel
    state = _asked(facts.room.id, room_now(facts, now=now))
    led_here = state.session is not None and state.current is not None and state.current.is_host
    roster = roster_of(state.session, now=now, beside=None if led_here else facts.room.id) if state.session is not None else None
    title = ""
    if led_here:
        # The PIN was given here: the host's panel may now name the conference (its code name from mật up).
        title = occurrence_by_id(state.current.occurrence_id).facts().full.title
    only_time = state.current is not None and state.current.restricted and not led_here
    called = panel.called_at is not None and timedelta(0) <= now - panel.called_at < CALL_SHOWN_FOR
    again_at = panel.called_at + AGAIN_AFTER if called and now - panel.called_at < AGAIN_AFTER else None
    return {"room": facts.room, "panel": panel, "state": state, "roster": roster, "now": now, "title": title, "only_time": only_time,
            "called": called, "call_again_at": again_at, "later": [one for one in state.today if one is not state.current],
            "last_minutes": state.kind == "ending" and state.current.span.end - now <= LAST_MINUTES,
            "look": look_of(state, roster, only_time), "key": page_key(state, roster, again_at is not None, now)}


def _asked(room_id: int, state: RoomNow) -> RoomNow:
    """Remember that the panel asks who has come, when it begins to; a database that cannot write now is asked again with the next poll."""
    if state.asks_who_came and state.current.asked_at is None:
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


def page_key(state: RoomNow, roster: Roster | None, called_lately: bool, now: datetime) -> str:
    """Return what the buttons and the header depend on; when it changes, the panel loads its page anew."""
    asking = ",".join(f"{line.leg_id}{'?' * line.may_ask_override}" for line in (roster.lines if roster else ())
                      if line.wants_decision or line.may_ask_override)
    overridable = roster is not None and any(line.may_ask_override for line in roster.lines)
    parts = (
        state.kind, state.current.occurrence_id if state.current else "",
        f"{roster.session_id}-{roster.state if roster.state in ('live', 'ending') else ''}" if roster else "", asking + ("?" if overridable else ""),
        state.extendable_to and f"{state.extendable_to:%H%M}", "came" if state.current and state.current.has_come else "",
        ",".join(f"{one.minutes}-{one.span.end:%H%M}-{one.is_free:d}" for one in state.offers), f"{to_local(now):%Y%m%d}",
        "called" if called_lately else "")
    return hashlib.blake2b(":".join(str(part or "") for part in parts).encode(), digest_size=8).hexdigest()


@bp.get("")
def show() -> ResponseReturnValue:
    """The whole page.  The panel's cookie is set anew, since browsers keep none for longer than some four hundred days."""
    facts, now = _facts()
    response = make_response(render_template("panel/screen/show.html", form_key=secrets.token_urlsafe(16), **look(facts, now)))
    set_cookie(response, PANEL_COOKIE, request.cookies[PANEL_COOKIE], settings=current_app.config["SETTINGS"], max_age_s=TEN_YEARS_S)
    return response


def _seconds(state: RoomNow) -> int:
    """Return after how many seconds a panel asks again: each second while a session runs, of one with thousands of panels less often."""
    if state.session is None:
        return IDLE_S
    return seconds_between_looks(count_of_legs(state.session.id), leads=state.current is not None and state.current.is_host)


@bp.get("/state")
def state() -> ResponseReturnValue:
    """The fragment, with an ETag; 304 when nothing changed."""
    facts, now = _facts()
    tag = tag_of(facts, now=now)
    tag = f"{tag}-{chosen()}-{drawn_by()}" if tag is not None else None
    kept = _kept(tag) if tag is not None else None
    if kept is not None:
        return _answer(make_response(b"", 304), kept, key=kept.rpartition(".")[2], seconds=IDLE_S)
    seen = look(facts, now)
    response = make_response(render_template("panel/screen/_state.html", **seen))
    if tag is None or _is_asked_anew(seen["state"]):
        response.add_etag()
        response.make_conditional(request)
        etag = str(response.get_etag()[0])
    else:
        etag = f"{tag}.{seen['key']}"
    return _answer(response, etag, key=str(seen["key"]), seconds=_seconds(seen["state"]))


def _facts() -> tuple[RoomFacts, datetime]:
    """Return what is stored about the panel's room, and of which moment; raise NotSignedIn for who has no panel."""
    token, now = panel_token(), clock.now()
    facts = facts_for(token, now=now) if token else None
    if facts is None:
        raise NotSignedIn
    return facts, now


def _answer(response: Response, etag: str, *, key: str, seconds: int) -> Response:
    response.headers["Cache-Control"] = "no-cache"
    response.set_etag(etag)
    response.headers["X-Panel-State"] = key
    response.headers["X-Poll-Seconds"] = str(seconds)
    return response


def _kept(tag: str) -> str | None:
    """Return the ETag of the screen that the panel has, with the page's key behind its tag, when it is the one that it should have."""
    return next((one for one in request.if_none_match.as_set(include_weak=True) if one.rpartition(".")[0] == tag), None)


def _is_asked_anew(state: RoomNow) -> bool:
    """True while it is not stored yet that the panel asks who has come: the next poll must get here again, to try once more."""
    return state.asks_who_came and state.current.asked_at is None


@cache
def drawn_by() -> str:
    """Return a digest of everything of the product that draws the screen: after an update no screen from before counts as unchanged."""
    digest, code = hashlib.blake2b(digest_size=4), DIST.parent.parent
    files = (project_files("templates").rglob("*.html"), DIST.glob("manifest.json"), code.rglob("*.py"), code.rglob("*.mo"))
    for path in sorted(path for found in files for path in found):
        digest.update(path.read_bytes())
    return digest.hexdigest()
