"""Attestations: what a technician or a security officer vouches for, since no device can be asked for it."""

from datetime import date

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl import clock
from roomctl.errors import InvalidInput
from roomctl.organisation.access import can
from roomctl.organisation.roles import Action
from roomctl.security_profiles.profile import AttestationKind
from roomctl.sessions import attest
from roomctl.web.access import signed_in
from roomctl.web.forms import Form, parse_day

bp = Blueprint("attestations", __name__, url_prefix="/attestations")


@bp.get("")
def index() -> ResponseReturnValue:
    return _index(Form(typed=request.args))


def _index(form: Form, *, refused: int = 0) -> str:
    user = signed_in()
    kinds = [kind for kind in AttestationKind if kind.is_of_room or can(user, Action.ATTEST_LINE)]
    return render_template("auditor/attestations/index.html", form=form, kinds=kinds, lines=attest.attestations_seen_by(user), now=clock.now(),
                           may_attest_lines=can(user, Action.ATTEST_LINE), refused=refused)


@bp.post("")
def create() -> ResponseReturnValue:
    form = Form(typed=request.form)
    until: date | None = form.read("valid_until", parse_day, "bad_date")
    wanted = attest.Statement(kind=form.text("kind"), place=form.text("place")[:64], serial=form.text("serial"), valid_until=until,
                              note=form.text("note"))
    try:
        attest.attest(wanted, by=signed_in())
    except InvalidInput as error:
        known = {problem.field for problem in form.problems}
        form.problems += [problem for problem in error.problems if problem.field not in known]
        return _index(form), 422
    return redirect(url_for("auditor.attestations.index"), code=303)


@bp.post("/<int:attestation_id>/withdrawal")
def withdraw(attestation_id: int) -> ResponseReturnValue:
    form = Form(typed=request.form)
    try:
        attest.withdraw(attestation_id, reason=form.text("reason"), by=signed_in())
    except InvalidInput as error:
        form.problems += error.problems
        return _index(form, refused=attestation_id), 422
    return redirect(url_for("auditor.attestations.index"), code=303)
