"""A trial call from a room: choosing what to dial, and what was read back, step by step."""

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl.errors import InvalidInput, NotVisible, Refused
from roomctl.organisation.access import can
from roomctl.organisation.roles import Action
from roomctl.rooms.tables import Room, room_by_id
from roomctl.sessions import trial, trial_tables
from roomctl.sessions.trial import Target
from roomctl.sessions.trial_tables import OPEN, TrialCall
from roomctl.web.access import signed_in
from roomctl.web.forms import Form
from roomctl.web.words import reason_sentence

bp = Blueprint("trials", __name__, url_prefix="/trials")
OPEN_S, OVER_S = 1, 60
MOST_EARLIER = 10


def _room(room_id: int) -> Room:
    room = room_by_id(room_id)
    if room is None or not can(signed_in(), Action.SEE_DEVICES, room):
        raise NotVisible
    return room


@bp.get("/new")
def new() -> ResponseReturnValue:
    form = Form(typed=request.args)
    return _form(_room(form.number("room")), form)


def _form(room: Room, form: Form, said: str = "") -> str:
    return render_template("technician/trials/new.html", room=room, form=form, said=said, key=form.key(), codec=trial_tables.codec_of(room.id),
                           earlier=trial_tables.trials_of_room(room.id, limit=MOST_EARLIER))


@bp.post("")
def create() -> ResponseReturnValue:
    form = Form(typed=request.form)
    room = _room(form.number("room"))
    target = Target(form.text("to"), form.text("code") if form.text("to") == trial.TO_ROOM else form.text("address"))
    try:
        trial_id = trial.ask_trial(room.id, target, by=signed_in(), key=form.key())
    except InvalidInput as error:
        form.problems += error.problems
        return _form(room, form), 422
    except Refused as error:
        return _form(room, form, reason_sentence(error.reason, error.facts)), 409
    return redirect(url_for("technician.trials.show", trial_id=trial_id), code=303)


def look(trial_id: int) -> dict[str, object]:
    """Return what both the page and its fragment are drawn from."""
    found: TrialCall | None = trial_tables.trial_by_id(trial_id)
    if found is None or not can(signed_in(), Action.SEE_DEVICES, found):
        raise NotVisible
    is_open = found.state in OPEN
    told = {name: (answer, detail) for name, answer, detail in found.steps}
    return {"trial": found, "told": told, "is_open": is_open, "key": "open" if is_open else "over"}


@bp.get("/<int:trial_id>")
def show(trial_id: int) -> ResponseReturnValue:
    return render_template("technician/trials/show.html", **look(trial_id))


@bp.get("/<int:trial_id>/state")
def state(trial_id: int) -> ResponseReturnValue:
    """The steps alone, with an ETag; 304 when nothing changed."""
    seen = look(trial_id)
    response = make_response(render_template("technician/trials/_state.html", **seen))
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    response.make_conditional(request)
    response.headers["X-Panel-State"] = str(seen["key"])
    response.headers["X-Poll-Seconds"] = str(OPEN_S if seen["is_open"] else OVER_S)
    return response
