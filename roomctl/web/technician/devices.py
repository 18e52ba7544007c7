"""Devices: which do not serve, since when that is known, and whose host key waits for a person."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl import clock
from roomctl.devices import health, inventory
from roomctl.devices.probing import PROBE_EVERY
from roomctl.devices.tables import devices_in_order, host_keys_waiting
from roomctl.organisation.access import can, visible
from roomctl.organisation.roles import Action
from roomctl.web.access import signed_in

bp = Blueprint("devices", __name__, url_prefix="/devices")
_ORDER = [health.Status.CRITICAL, health.Status.UNKNOWN, health.Status.WARNING, health.Status.OK]


@bp.get("")
def index() -> ResponseReturnValue:
    user, now = signed_in(), clock.now()
    lines = []
    for device in visible(user, Action.SEE_DEVICES, devices_in_order()):
        shown = health.as_shown(health.Status(device.status), device.probed_at, now=now, interval=PROBE_EVERY)
        lines.append((shown, device, host_keys_waiting(device.id), can(user, Action.PIN_HOST_KEY, device)))
    lines.sort(key=lambda line: _ORDER.index(line[0]))
    return render_template("technician/devices/index.html", lines=lines, now=now)


@bp.post("/<int:device_id>/host-key")
def pin_host_key(device_id: int) -> ResponseReturnValue:
    inventory.pin_host_key(device_id, request.form.get("fingerprint", ""), by=signed_in())
    return redirect(url_for("technician.devices.index"), code=303)
