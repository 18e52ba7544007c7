"""The list of devices: adding one, its account and address, what it stands behind, another apparatus in its place, its retirement."""

from collections.abc import Callable
from datetime import timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl import clock
from roomctl.devices import card_tables, connect, enrol, health, rotate, snmp_tables, upstream
from roomctl.devices.tables import Device, device_by_id, devices_to_keep
from roomctl.errors import InvalidInput, NotVisible, Refused
from roomctl.organisation.access import reach_of, require, visible
from roomctl.organisation.roles import Action
from roomctl.sessions import device_service
from roomctl.web.access import signed_in
from roomctl.web.forms import Form, searched
from roomctl.web.status import status_of
from roomctl.web.words import reason_sentence

bp = Blueprint("devices", __name__, url_prefix="/devices")
MOST_FOUND, MOST_BEHIND = 50, 100
KINDS = ("codec", "bridge", "hardware", "equipment")


@bp.get("")
def index() -> ResponseReturnValue:
    """List what was searched for, the newest first."""
    user, words = signed_in(), searched(request.args.get("words", ""))
    found = visible(user, Action.KEEP_DEVICES, devices_to_keep(words, below=reach_of(user, Action.KEEP_DEVICES), limit=MOST_FOUND + 1))
    return render_template("admin/devices/index.html", lines=[(device, _shown(device)) for device in found[:MOST_FOUND]], words=words,
                           more=len(found) > MOST_FOUND, most=MOST_FOUND)


def _shown(device: Device) -> health.Status:
    return health.as_shown(health.Status(device.status), device.probed_at, now=clock.now(),
                           interval=timedelta(seconds=device.probe_every_s))


@bp.get("/new")
def new() -> ResponseReturnValue:
    form = Form(typed=request.args.copy())
    form.typed.setdefault("port", "22")
    return _form(form)


def _form(form: Form) -> str:
    families = [(kind, connect.families_of(kind)) for kind in KINDS]
    return render_template("admin/devices/new.html", form=form, key=form.key(), families=families)


@bp.post("")
def create() -> ResponseReturnValue:
    form = Form(typed=request.form)
    wanted = enrol.NewDevice(
        family=form.text("family"), name=form.text("name"), host=form.text("host"), port=form.count("port"), username=form.text("username"),
        password=form.text("password"), room_code=form.text("room"), unit_code=form.text("unit"), dial_address=form.text("dial_address"),
        pool=form.text("pool"), ports=form.count("ports"), sites=form.count("sites"))
    try:
        if not form.problems:
            device = enrol.enrol_device(wanted, by=signed_in(), key=form.key())
            return redirect(url_for("admin.snmp.show" if device.kind == "equipment" else "admin.devices.show", device_id=device.id), code=303)
    except InvalidInput as error:
        form.problems += error.problems
    return _form(form), 422


@bp.get("/<int:device_id>")
def show(device_id: int) -> ResponseReturnValue:
    return _show(device_id)


def _kept(device_id: int) -> Device:
    device = device_by_id(device_id)
    if device is None or device.retired_at is not None:
        raise NotVisible
    require(signed_in(), Action.KEEP_DEVICES, device)
    return device


def _show(device_id: int, part: str = "", form: Form | None = None, *, failure: str = "", counted_on: bool = False) -> str:
    """Show a device; `part` is the form that was sent and its `form`, `counted_on` that conferences would do without the device."""
    device = _kept(device_id)
    forms = {name: form if form is not None and name == part else Form() for name in ("login", "address", "behind", "swap", "retire")}
    return render_template(
        "admin/devices/show.html", device=device, shown=_shown(device), forms=forms, failure=failure, counted_on=counted_on,
        done=request.args.get("done", ""), behind=card_tables.devices_to_stand_behind(device, limit=MOST_BEHIND),
        upstream_id=card_tables.upstream_of(device_id), families=connect.families_of(device.kind),
        access=snmp_tables.snmp_access(device_id), can_rotate=rotate.SET_PASSWORD in connect.supports(device.family))


@bp.post("/<int:device_id>/login")
def renew_login(device_id: int) -> ResponseReturnValue:
    return _done(device_id, "login", lambda form: enrol.renew_login(
        device_id, username=form.text("username"), password=form.text("password"), by=signed_in()))


@bp.post("/<int:device_id>/address")
def change_address(device_id: int) -> ResponseReturnValue:
    return _done(device_id, "address", lambda form: device_service.change_address(
        device_id, host=form.text("host"), port=form.count("port"), by=signed_in()))


@bp.post("/<int:device_id>/upstream")
def stand_behind(device_id: int) -> ResponseReturnValue:
    return _done(device_id, "behind", lambda form: upstream.stand_behind(
        device_id, form.number("upstream") if form.text("upstream") else None, by=signed_in()))


@bp.post("/<int:device_id>/swap")
def swap(device_id: int) -> ResponseReturnValue:
    return _done(device_id, "swap", lambda form: device_service.swap_device(
        device_id, serial=form.text("serial"), asset_number=form.text("asset_number"), reason=form.text("reason"), family=form.text("family"),
        by=signed_in()))


def _done(device_id: int, part: str, ask: Callable[[Form], None]) -> ResponseReturnValue:
    """Do what a form of the device's page asks for, or show the page again with what is wrong beside its fields."""
    form = Form(typed=request.form)
    try:
        ask(form)
    except InvalidInput as error:
        form.problems += error.problems
        return _show(device_id, part, form), 422
    except Refused as error:
        return _show(device_id, part, form, failure=reason_sentence(error.reason, error.facts)), status_of(error)
    return redirect(url_for("admin.devices.show", device_id=device_id, done=part), code=303)


@bp.post("/<int:device_id>/retirement")
def retire(device_id: int) -> ResponseReturnValue:
    """Retire a device; one that conferences count on is retired only when the person has read that and says so."""
    form = Form(typed=request.form)
    try:
        device_service.retire_device(device_id, reason=form.text("reason"), confirmed=form.text("confirmed") == "1", by=signed_in())
    except InvalidInput as error:
        form.problems += error.problems
        return _show(device_id, "retire", form), 422
    except Refused as error:
        return _show(device_id, "retire", form, failure=reason_sentence(error.reason, error.facts),
                     counted_on=error.reason == "device_counted_on"), status_of(error)
    return redirect(url_for("admin.devices.index"), code=303)
