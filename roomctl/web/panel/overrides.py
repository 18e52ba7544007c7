"""Asking at the host room's panel for a leg to take part that is not proven: a reason is one touch, since a panel has no keyboard."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl.errors import NotVisible
from roomctl.sessions import control, override
from roomctl.web.access import this_panel
from roomctl.web.forms import Form
from roomctl.web.officer_words import ASK_REASON

bp = Blueprint("overrides", __name__, url_prefix="/sessions/<int:session_id>/overrides")


def _lead() -> control.Lead:
    return control.Lead(panel_room_id=this_panel().room_id)


@bp.get("")
def new(session_id: int) -> ResponseReturnValue:
    _, lines = override.askable_lines(session_id, lead=_lead())
    if not lines:
        return redirect(url_for("panel.screen.show"), code=303)  # It was settled meanwhile.
    return render_template("panel/overrides/new.html", room=this_panel().room, session_id=session_id, lines=lines, reasons=ASK_REASON)


@bp.post("")
def create(session_id: int) -> ResponseReturnValue:
    """Ask for the legs that were shown, with the reason whose button was pressed."""
    form = Form(typed=request.form)
    reason = ASK_REASON.get(form.text("why"))
    if reason is None:
        raise NotVisible
    for leg_id in form.numbers("leg"):
        override.ask_override(session_id, leg_id, reason=str(reason), lead=_lead())
    return redirect(url_for("panel.screen.show"), code=303)
