"""How an old device's SSH is let in as an exception, and which SSH it speaks."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from device_drivers.errors import DeviceError
from device_drivers.readings import SshOffer
from roomctl.devices import legacy
from roomctl.devices.tables import Device, device_by_id
from roomctl.errors import InvalidInput, NotVisible, Refused
from roomctl.organisation.access import require
from roomctl.organisation.roles import Action
from roomctl.web.access import signed_in
from roomctl.web.forms import Form
from roomctl.web.words import reason_sentence

bp = Blueprint("ssh", __name__, url_prefix="/devices/<int:device_id>/ssh")


def _kept(device_id: int) -> Device:
    device = device_by_id(device_id)
    if device is None or device.retired_at is not None or device.kind == "equipment":
        raise NotVisible
    require(signed_in(), Action.KEEP_DEVICES, device)
    return device


@bp.get("")
def show(device_id: int) -> ResponseReturnValue:
    return _show(device_id, Form())


def _show(device_id: int, form: Form, *, offer: SshOffer | None = None, error: DeviceError | None = None, failure: str = "") -> str:
    return render_template("admin/ssh/show.html", device=_kept(device_id), form=form, choices=legacy.CHOICES, offer=offer,
                           fault=error.kind if error else "", failure=failure)


@bp.post("/look")
def look(device_id: int) -> ResponseReturnValue:
    """Ask the device and show what it said; nothing is stored, and nobody signs in."""
    try:
        found = legacy.look_at_ssh(device_id, by=signed_in())
    except Refused as error:
        return _show(device_id, Form(), failure=reason_sentence(error.reason, error.facts)), 422
    return _show(device_id, Form(), error=found) if isinstance(found, DeviceError) else _show(device_id, Form(), offer=found)


@bp.post("")
def allow(device_id: int) -> ResponseReturnValue:
    form = Form(typed=request.form)
    _kept(device_id)
    try:
        legacy.allow_legacy(device_id, form.text("legacy"), reason=form.text("reason"), by=signed_in())
    except InvalidInput as error:
        form.problems += error.problems
        return _show(device_id, form), 422
    return redirect(url_for("admin.ssh.show", device_id=device_id), code=303)


@bp.post("/withdrawal")
def withdraw(device_id: int) -> ResponseReturnValue:
    legacy.withdraw_legacy(device_id, by=signed_in())
    return redirect(url_for("admin.ssh.show", device_id=device_id), code=303)
