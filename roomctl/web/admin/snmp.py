"""How a device is asked over SNMP: version 3, or an older one as an exception with a reason and an end."""

from datetime import datetime

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl.devices import snmp, snmp_tables
from roomctl.devices.tables import Device, device_by_id
from roomctl.errors import InvalidInput, NotVisible
from roomctl.organisation.access import require
from roomctl.organisation.roles import Action
from roomctl.timespan import day_span
from roomctl.web.access import signed_in
from roomctl.web.forms import Form, parse_day
from roomctl.web.language import ddmmyyyy

bp = Blueprint("snmp", __name__, url_prefix="/devices/<int:device_id>/snmp")


@bp.get("")
def show(device_id: int) -> ResponseReturnValue:
    return _show(device_id)


def _kept(device_id: int) -> Device:
    device = device_by_id(device_id)
    if device is None or device.retired_at is not None:
        raise NotVisible
    require(signed_in(), Action.KEEP_DEVICES, device)
    return device


def _show(device_id: int, form: Form | None = None) -> str:
    device = _kept(device_id)
    row = snmp_tables.snmp_access(device_id)
    return render_template("admin/snmp/show.html", device=device, access=row, form=form or _filled(device, row), saved="saved" in request.args,
                           auths=[(one, one) for one in snmp.AUTH_PROTOCOLS], privs=[(one, one) for one in snmp.PRIV_PROTOCOLS],
                           least=snmp.SHORTEST_PASSWORD)


def _filled(device: Device, row: snmp_tables.SnmpAccess | None) -> Form:
    """Return the form with what is set now; passwords are never among it."""
    form, usual = Form(), snmp.Wanted()
    port = row.port if row else device.port if device.kind == "equipment" else usual.port
    form.typed["version"], form.typed["port"] = (row.version if row else usual.version), str(port)
    form.typed["username"] = row.username if row else ""
    form.typed["auth"], form.typed["priv"] = (row.auth if row else "") or usual.auth, (row.priv if row else "") or usual.priv
    form.typed["exception_reason"] = row.exception_reason if row else ""
    form.typed["exception_until"] = ddmmyyyy(row.exception_until) if row and row.exception_until else ""
    return form


@bp.post("")
def change(device_id: int) -> ResponseReturnValue:
    form = Form(typed=request.form)
    _kept(device_id)
    wanted = snmp.Wanted(
        version=form.text("version"), port=form.count("port"), username=form.text("username").strip(), auth=form.text("auth"),
        auth_password=form.text("auth_password"), priv=form.text("priv"), priv_password=form.text("priv_password"),
        community=form.text("community"), exception_reason=form.text("exception_reason"), exception_until=_until(form))
    try:
        if not form.problems:
            snmp.set_access(device_id, wanted, by=signed_in())
            return redirect(url_for("admin.snmp.show", device_id=device_id, saved=1), code=303)
    except InvalidInput as error:
        form.problems += error.problems
    return _show(device_id, form), 422


def _until(form: Form) -> datetime | None:
    """Return the end of the last day of an exception; nothing typed is None, which only version 3 may have."""
    if form.text("version") == "3" or not form.text("exception_until").strip():
        return None
    day = form.read("exception_until", parse_day, "bad_date")
    return day_span(day).end if day is not None else None
