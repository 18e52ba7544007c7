"""What the chair does in a session from a browser: its legs one by one, who speaks, messages, the roll, adding rooms and guests."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl.errors import InvalidInput
from roomctl.sessions import control, join
from roomctl.sessions.chair_messages import LONGEST
from roomctl.sessions.desk import Desk, desk_of
from roomctl.web.access import signed_in
from roomctl.web.chair_deeds import deed_named
from roomctl.web.chair_words import PHRASE
from roomctl.web.forms import Form, searched

bp = Blueprint("chair", __name__, url_prefix="/sessions/<int:session_id>/chair")
Answer = ResponseReturnValue


def _lead() -> control.Lead:
    return control.Lead(user=signed_in())


def _desk(session_id: int) -> Desk:
    return desk_of(session_id, lead=_lead())


@bp.get("")
def show(session_id: int) -> Answer:
    """The session's own page is where the chair leads from; an address without more leads there."""
    return redirect(url_for("staff.sessions.show", occurrence_id=_desk(session_id).session.occurrence_id), code=303)


@bp.get("/legs/<int:leg_id>")
def leg(session_id: int, leg_id: int) -> Answer:
    desk = _desk(session_id)
    return render_template("staff/chair/leg.html", desk=desk, line=desk.line(leg_id))


@bp.get("/speakers")
def speakers(session_id: int) -> Answer:
    return render_template("staff/chair/speakers.html", desk=_desk(session_id))


@bp.get("/message")
def message(session_id: int) -> Answer:
    return _message(session_id, Form())


def _message(session_id: int, form: Form) -> str:
    return render_template("staff/chair/message.html", desk=_desk(session_id), form=form, phrases=PHRASE, longest=LONGEST)


@bp.get("/roll")
def roll(session_id: int) -> Answer:
    return _roll(session_id, Form())


def _roll(session_id: int, form: Form) -> str:
    return render_template("staff/chair/roll.html", desk=_desk(session_id), form=form)


@bp.get("/add")
def add(session_id: int) -> Answer:
    return _add(session_id, Form(typed=request.args))


def _add(session_id: int, form: Form) -> str:
    desk, words = _desk(session_id), searched(form.text("words"))
    return render_template("staff/chair/add.html", desk=desk, form=form, words=words,
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
    return redirect(url_for(f"staff.chair.{wanted.page}", session_id=session_id), code=303)
