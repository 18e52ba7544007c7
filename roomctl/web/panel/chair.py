"""The chair's screen at the host room's panel: every leg, its microphones, and what can be done about them with a finger."""

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl.errors import InvalidInput
from roomctl.sessions import control, join
from roomctl.sessions.chair_messages import LONGEST
from roomctl.sessions.desk import Desk, desk_of
from roomctl.web.access import this_panel
from roomctl.web.chair_deeds import deed_named
from roomctl.web.chair_words import PHRASE, seconds_between_looks
from roomctl.web.forms import Form, searched

bp = Blueprint("chair", __name__, url_prefix="/sessions/<int:session_id>/chair")
Answer = ResponseReturnValue


def _lead() -> control.Lead:
    return control.Lead(panel_room_id=this_panel().room_id)


def _desk(session_id: int) -> Desk:
    return desk_of(session_id, lead=_lead())


@bp.get("")
def show(session_id: int) -> Answer:
    """The roster and five buttons; when the session is over, the way leads back to the room's own screen."""
    desk = _desk(session_id)
    if not desk.is_running:
        return redirect(url_for("panel.screen.show"), code=303)
    return render_template("panel/chair/show.html", room=this_panel().room, desk=desk)


@bp.get("/state")
def state(session_id: int) -> Answer:
    """The roster alone, with an ETag; 304 when nothing changed."""
    desk = _desk(session_id)
    response = make_response(render_template("panel/chair/_state.html", room=this_panel().room, desk=desk))
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    response.make_conditional(request)
    response.headers["X-Panel-State"] = desk.key
    response.headers["X-Poll-Seconds"] = str(seconds_between_looks(desk.roster.expected))
    return response


@bp.get("/legs/<int:leg_id>")
def leg(session_id: int, leg_id: int) -> Answer:
    desk = _desk(session_id)
    return render_template("panel/chair/leg.html", room=this_panel().room, desk=desk, line=desk.line(leg_id))


@bp.get("/speakers")
def speakers(session_id: int) -> Answer:
    return render_template("panel/chair/speakers.html", room=this_panel().room, desk=_desk(session_id))


@bp.get("/message")
def message(session_id: int) -> Answer:
    return _message(session_id, Form())


def _message(session_id: int, form: Form) -> str:
    return render_template("panel/chair/message.html", room=this_panel().room, desk=_desk(session_id), form=form, phrases=PHRASE, longest=LONGEST)


@bp.get("/roll")
def roll(session_id: int) -> Answer:
    return _roll(session_id, Form())


def _roll(session_id: int, form: Form) -> str:
    return render_template("panel/chair/roll.html", room=this_panel().room, desk=_desk(session_id), form=form)


@bp.get("/add")
def add(session_id: int) -> Answer:
    return _add(session_id, Form())


@bp.post("/rooms")
def find(session_id: int) -> Answer:
    """Look for rooms; a panel sends every form, so this changes nothing."""
    return _add(session_id, Form(typed=request.form))


def _add(session_id: int, form: Form) -> str:
    desk, words = _desk(session_id), searched(form.text("words"))
    return render_template("panel/chair/add.html", room=this_panel().room, desk=desk, form=form, words=words,
                           found=join.rooms_to_add(desk.session, words))


_AGAIN = {"message": _message, "roll": _roll, "add": _add}


@bp.post("/do/<deed>")
def act(session_id: int, deed: str) -> Answer:
    """Do what a button says, and lead back to where it stands."""
    wanted, form = deed_named(deed), Form(typed=request.form)
    try:
        wanted.carry_out(session_id, form, _lead())
    except InvalidInput as error:
        if wanted.page not in _AGAIN:
            raise
        form.problems += error.problems
        return _AGAIN[wanted.page](session_id, form), 422
    return redirect(url_for(f"panel.chair.{wanted.page}", session_id=session_id), code=303)
