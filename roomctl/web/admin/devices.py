"""The list of devices: adding a codec or a bridge, and the account it is signed in to with."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl import clock
from roomctl.devices import connect, enrol, health
from roomctl.devices.probing import PROBE_EVERY
from roomctl.devices.tables import Device, device_by_id, devices_to_keep
from roomctl.errors import InvalidInput, NotVisible
from roomctl.organisation.access import reach_of, require, visible
from roomctl.organisation.roles import Action
from roomctl.web.access import signed_in
from roomctl.web.forms import Form, searched

bp = Blueprint("devices", __name__, url_prefix="/devices")
MOST_FOUND = 50


@bp.get("")
def index() -> ResponseReturnValue:
    """List what was searched for, the newest first."""
    user, words = signed_in(), searched(request.args.get("words", ""))
    found = visible(user, Action.KEEP_DEVICES, devices_to_keep(words, below=reach_of(user, Action.KEEP_DEVICES), limit=MOST_FOUND + 1))
    return render_template("admin/devices/index.html", lines=[(device, _shown(device)) for device in found[:MOST_FOUND]], words=words,
                           more=len(found) > MOST_FOUND, most=MOST_FOUND)


def _shown(device: Device) -> health.Status:
    return health.as_shown(health.Status(device.status), device.probed_at, now=clock.now(), interval=PROBE_EVERY)


@bp.get("/new")
def new() -> ResponseReturnValue:
    form = Form(typed=request.args.copy())
    form.typed.setdefault("port", "22")
    return _form(form)


def _form(form: Form) -> str:
    families = [(kind, connect.families_of(kind)) for kind in ("codec", "bridge")]
    return render_template("admin/devices/new.html", form=form, key=form.key(), families=families)


@bp.post("")
def create() -> ResponseReturnValue:
    form = Form(typed=request.form)
    wanted = enrol.NewDevice(
        family=form.text("family"), name=form.text("name"), host=form.text("host"), port=form.count("port"), username=form.text("username"),
        password=form.text("password"), room_code=form.text("room"), unit_code=form.text("unit"), dial_address=form.text("dial_address"),
        pool=form.text("pool"), ports=form.count("ports"))
    try:
        if not form.problems:
            device = enrol.enrol_device(wanted, by=signed_in(), key=form.key())
            return redirect(url_for("admin.devices.show", device_id=device.id), code=303)
    except InvalidInput as error:
        form.problems += error.problems
    return _form(form), 422


@bp.get("/<int:device_id>")
def show(device_id: int) -> ResponseReturnValue:
    return _show(device_id, Form())


def _show(device_id: int, form: Form) -> str:
    device = device_by_id(device_id)
    if device is None or device.retired_at is not None:
        raise NotVisible
    require(signed_in(), Action.KEEP_DEVICES, device)
    return render_template("admin/devices/show.html", device=device, shown=_shown(device), form=form, renewed="renewed" in request.args)


@bp.post("/<int:device_id>/login")
def renew_login(device_id: int) -> ResponseReturnValue:
    form = Form(typed=request.form)
    try:
        enrol.renew_login(device_id, username=form.text("username"), password=form.text("password"), by=signed_in())
    except InvalidInput as error:
        form.problems += error.problems
        return _show(device_id, form), 422
    return redirect(url_for("admin.devices.show", device_id=device_id, renewed=1), code=303)
