"""The approver's queue: what, when, who, until when."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl import clock
from roomctl.booking import decide
from roomctl.booking.availability import viewer_of
from roomctl.booking.visibility import view
from roomctl.errors import InvalidInput, Problem
from roomctl.web.access import signed_in
from roomctl.web.forms import Form

bp = Blueprint("approvals", __name__, url_prefix="/approvals")


@bp.get("")
def index() -> ResponseReturnValue:
    return _index()


def _index(*, refusing: int = 0, problems: list[Problem] | None = None) -> str:
    user = signed_in()
    viewer = viewer_of(user)
    waiting = [(one, view(one.occurrence.facts(), viewer)) for one in decide.queue_of(user)]
    form = Form(typed=request.form, problems=problems or [])
    return render_template("staff/approvals/index.html", waiting=waiting, refusing=refusing, form=form, now=clock.now())


@bp.post("/<int:reservation_id>/grant")
def grant(reservation_id: int) -> ResponseReturnValue:
    decide.grant_reservation(reservation_id, by=signed_in())
    return redirect(url_for("staff.approvals.index"), code=303)


@bp.post("/<int:reservation_id>/refusal")
def refuse(reservation_id: int) -> ResponseReturnValue:
    try:
        decide.refuse_reservation(reservation_id, by=signed_in(), reason=request.form.get("reason", ""))
    except InvalidInput as error:
        return _index(refusing=reservation_id, problems=error.problems), 422
    return redirect(url_for("staff.approvals.index"), code=303)
