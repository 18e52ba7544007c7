"""The chair asks at a browser for a leg to take part that is not proven; a security officer decides."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl.errors import InvalidInput, Problem
from roomctl.sessions import control, override
from roomctl.web.access import signed_in
from roomctl.web.forms import Form

bp = Blueprint("overrides", __name__, url_prefix="/sessions/<int:session_id>/overrides")


def _lead() -> control.Lead:
    return control.Lead(user=signed_in())


@bp.get("")
def new(session_id: int) -> ResponseReturnValue:
    return _show(session_id, Form(typed=request.args))


def _show(session_id: int, form: Form) -> str:
    session, lines = override.askable_lines(session_id, lead=_lead())
    return render_template("staff/overrides/new.html", session=session, lines=lines, form=form, chosen=form.numbers("leg"),
                           longest=override.LONGEST_REASON)


@bp.post("")
def create(session_id: int) -> ResponseReturnValue:
    """Ask for every leg that was chosen, each by a request of its own with the same reason."""
    form = Form(typed=request.form)
    session, lines = override.askable_lines(session_id, lead=_lead())
    legs = form.numbers("leg") or (tuple(line.leg_id for line in lines) if len(lines) == 1 else ())
    if not legs:
        form.problems.append(Problem("leg", "no_legs_chosen"))
        return _show(session_id, form), 422
    try:
        for leg_id in legs:
            override.ask_override(session_id, leg_id, reason=form.text("reason"), lead=_lead())
    except InvalidInput as error:
        form.problems += error.problems
        return _show(session_id, form), 422
    return redirect(url_for("staff.sessions.show", occurrence_id=session.occurrence_id), code=303)
