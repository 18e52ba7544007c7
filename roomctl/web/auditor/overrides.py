"""Overrides: a security officer decides, as a second person who gives their own password again and a reason."""

from flask import Blueprint, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl.booking.availability import viewer_of
from roomctl.booking.viewed import note_view
from roomctl.booking.visibility import View, view
from roomctl.errors import InvalidInput, Problem, Refused
from roomctl.organisation import signin
from roomctl.organisation.tables import User
from roomctl.sessions import override
from roomctl.sessions.override import Seen
from roomctl.web.access import signed_in
from roomctl.web.forms import Form
from roomctl.web.protection import SIGN_IN_COOKIE, keep_sign_in
from roomctl.web.status import status_of
from roomctl.web.words import reason_sentence

bp = Blueprint("overrides", __name__, url_prefix="/overrides")


@bp.get("")
def index() -> ResponseReturnValue:
    officer = signed_in()
    waiting, past = override.overrides_seen_by(officer)
    return render_template("auditor/overrides/index.html", waiting=[_with_name(one, officer) for one in waiting],
                           past=[_with_name(one, officer) for one in past])


def _with_name(seen: Seen, officer: User) -> tuple[Seen, View]:
    return seen, view(seen.override.session.occurrence.facts(), viewer_of(officer))


@bp.get("/<int:override_id>")
def show(override_id: int) -> ResponseReturnValue:
    return _show(override_id, Form())


def _show(override_id: int, form: Form, *, failure: str = "") -> str:
    officer = signed_in()
    seen = override.override_seen_by(officer, override_id)
    shown = _with_name(seen, officer)[1]
    note_view(officer.id, shown, where="evidence")
    return render_template("auditor/overrides/show.html", seen=seen, one=seen.override, shown=shown, form=form,
                           failure=failure, longest=override.LONGEST_REASON)


@bp.post("/<int:override_id>/decision")
def decide(override_id: int) -> ResponseReturnValue:
    """Grant or refuse, whichever button was pressed; the password given again makes this browser's sign-in a fresh one."""
    form, officer = Form(typed=request.form), signed_in()
    override.override_seen_by(officer, override_id)
    if form.text("decision") not in ("grant", "refuse"):
        form.problems.append(Problem("decision", "unknown_choice"))
        return _show(override_id, form), 422
    if not form.text("reason").strip():
        form.problems.append(Problem("reason", "reason_missing"))
        return _show(override_id, form), 422
    try:
        token = signin.step_up(officer, form.text("password")[:1024], token=request.cookies.get(SIGN_IN_COOKIE, ""),
                               address=request.remote_addr or "")
    except InvalidInput as error:
        form.problems += error.problems
        return _show(override_id, form), 422
    try:
        override.decide_override(override_id, grant=form.text("decision") == "grant", reason=form.text("reason"), by=signed_in())
        response = make_response(redirect(url_for("auditor.overrides.show", override_id=override_id), code=303))
    except InvalidInput as error:
        form.problems += error.problems
        response = make_response(_show(override_id, form), 422)
    except Refused as error:
        response = make_response(_show(override_id, form, failure=reason_sentence(error.reason, error.facts)), status_of(error))
    keep_sign_in(response, token, settings=current_app.config["SETTINGS"])  # Also when it was refused: the former sign-in is dead.
    return response
