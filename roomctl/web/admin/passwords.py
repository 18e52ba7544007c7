"""New passwords for devices: which families can be asked, how the last changes ended."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl.devices import connect, rotate, rotation_tables
from roomctl.errors import InvalidInput
from roomctl.organisation.access import reach_of
from roomctl.organisation.roles import Action
from roomctl.web.access import signed_in
from roomctl.web.forms import Form, whole

bp = Blueprint("passwords", __name__, url_prefix="/device-passwords")
MOST_SHOWN = 100


@bp.get("")
def index() -> ResponseReturnValue:
    return _index(Form())


def _index(form: Form) -> str:
    below = reach_of(signed_in(), Action.KEEP_DEVICES)
    families = [(family, count, rotate.SET_PASSWORD in connect.supports(family)) for family, count in rotation_tables.families_in_use(below)]
    asked = request.args.get("asked")
    return render_template("admin/passwords/index.html", form=form, families=families, changeable=[(family, family) for family in rotate.families()],
                           rotations=rotation_tables.last_rotations(below, limit=MOST_SHOWN), neither=rotate.NEITHER,
                           asked=None if asked is None else (whole(asked), whole(request.args.get("left_out", ""))))


@bp.post("")
def ask() -> ResponseReturnValue:
    form = Form(typed=request.form)
    try:
        answer = rotate.ask_for_unit(form.text("unit"), form.text("family"), by=signed_in())
    except InvalidInput as error:
        form.problems += error.problems
        return _index(form), 422
    return redirect(url_for("admin.passwords.index", asked=answer.asked, left_out=answer.left_out), code=303)


@bp.post("/devices/<int:device_id>")
def ask_one(device_id: int) -> ResponseReturnValue:
    rotate.ask_for_device(device_id, by=signed_in())
    return redirect(url_for("admin.passwords.index", asked=1, left_out=0), code=303)


@bp.post("/<int:rotation_id>/retry")
def try_again(rotation_id: int) -> ResponseReturnValue:
    rotate.try_again(rotation_id, by=signed_in())
    return redirect(url_for("admin.passwords.index"), code=303)
