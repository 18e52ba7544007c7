"""Which firmware devices run, and which of it is approved."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl.devices import firmware, firmware_tables
from roomctl.errors import InvalidInput
from roomctl.organisation.access import reach_of
from roomctl.organisation.roles import Action
from roomctl.web.access import signed_in
from roomctl.web.forms import Form

bp = Blueprint("firmware", __name__, url_prefix="/firmware")
MOST_SHOWN = 100


@bp.get("")
def index() -> ResponseReturnValue:
    return _index(Form())


def _index(form: Form) -> str:
    user = signed_in()
    below = reach_of(user, Action.SEE_DEVICES)
    count, devices = firmware_tables.with_unapproved(below, limit=MOST_SHOWN)
    return render_template("admin/firmware/index.html", models=firmware.overview(below), unapproved=devices, count=count, form=form,
                           may_approve=firmware.may_approve(user))


@bp.post("/approval")
def approve() -> ResponseReturnValue:
    return _done(firmware.approve)


@bp.post("/withdrawal")
def withdraw() -> ResponseReturnValue:
    return _done(firmware.withdraw)


def _done(call) -> ResponseReturnValue:
    form = Form(typed=request.form)
    try:
        call(form.text("family"), form.text("model"), form.text("firmware"), by=signed_in())
    except InvalidInput as error:
        form.problems += error.problems
        return _index(form), 422
    return redirect(url_for("admin.firmware.index"), code=303)
