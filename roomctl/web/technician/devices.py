"""Devices: which do not serve, what each one reports and how it got there, and whose host key waits for a person."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl import clock
from roomctl.devices import health, inventory, list_tables, probing, reading_tables, snmp_tables, trend
from roomctl.devices.history import key_of, numbers_of
from roomctl.devices.list_tables import Wanted
from roomctl.devices.snmp_tables import SnmpAccess
from roomctl.devices.tables import Device, device_by_id
from roomctl.errors import NotVisible
from roomctl.organisation.access import can, reach_of
from roomctl.organisation.roles import Action
from roomctl.organisation.unit_tables import unit_by_code, units_found
from roomctl.sessions.tables import leased_device_ids
from roomctl.web.access import signed_in
from roomctl.web.forms import searched, whole

bp = Blueprint("devices", __name__, url_prefix="/devices")
A_PAGE, MOST_KEYS, MOST_CHANGES, LAST_VALUES = 50, 10, 30, 20
KINDS = ("codec", "bridge", "hardware", "equipment")


@bp.get("")
def index() -> ResponseReturnValue:
    """List what was asked for, the worst first, a page at a time."""
    user, now, asked = signed_in(), clock.now(), request.args
    below = reach_of(user, Action.SEE_DEVICES)
    unit = unit_by_code(asked.get("unit", "")[:16]) if asked.get("unit", "").isprintable() else None
    wanted = Wanted(words=searched(asked.get("words", "")), unit_path=unit.path if unit else "",
                    kind=asked.get("kind", "") if asked.get("kind") in KINDS else "",
                    status=asked.get("status", "") if asked.get("status") in set(health.Status) else "")
    counts = list_tables.counted(wanted, below=below, now=now)
    total = counts.get(wanted.status, 0) if wanted.status else sum(counts.values())
    last = max((total - 1) // A_PAGE, 0)
    page = min(max(whole(asked.get("page", "1")) - 1, 0), last)
    waiting_count, waiting = list_tables.keys_waiting(below, limit=MOST_KEYS)
    return render_template(
        "technician/devices/index.html", now=now, counts=counts, total=total, page=page, last=last, wanted=wanted, unit=unit, kinds=KINDS,
        lines=list_tables.listed(wanted, below=below, now=now, limit=A_PAGE, offset=page * A_PAGE), units=units_found("", below=below),
        statuses=list_tables.ORDER, waiting_count=waiting_count,
        waiting=[(device, keys, can(user, Action.PIN_HOST_KEY, device)) for device, keys in waiting])


def _seen(device_id: int) -> Device:
    """Return a device; raise NotVisible when there is none that this person may see."""
    device = device_by_id(device_id)
    if device is None or device.retired_at is not None or not can(signed_in(), Action.SEE_DEVICES, device):
        raise NotVisible
    return device


@dataclass(frozen=True, slots=True)
class Line:
    """One reading as the page shows it; `key` is its line's name in the history, empty for what is no number."""

    name: str
    place: str
    value: float | str | None
    unit: str
    health: str
    mark: str
    raw: str
    key: str


@bp.get("/<int:device_id>")
def show(device_id: int) -> ResponseReturnValue:
    device, now, user = _seen(device_id), clock.now(), signed_in()
    read_at, rows = reading_tables.latest_readings([device.id]).get(device.id, (None, []))
    numbers = numbers_of(rows)
    lines = [Line(*row, key=key if (key := key_of(row[0], row[1])) in numbers else "") for row in rows]
    lines.sort(key=lambda line: _WORST.index(line.health))
    chosen = next((line for line in lines if line.key and line.key == request.args.get("reading", "")), None)
    span = request.args.get("span", "day") if request.args.get("span") in trend.SPANS else "day"
    points = trend.trend_of(device.id, chosen.key, span, now=now)[-LAST_VALUES:] if chosen else []
    access = snmp_tables.snmp_access(device.id)
    every = timedelta(seconds=device.probe_every_s)
    return render_template(
        "technician/devices/show.html", device=device, now=now, lines=lines, read_at=read_at, chosen=chosen, points=points[::-1], span=span,
        spans=list(trend.SPANS), is_old=read_at is None or now - read_at > 2 * every,
        shown=health.as_shown(health.Status(device.status), device.probed_at, now=now, interval=every),
        changes=reading_tables.changes_of(device.id, limit=MOST_CHANGES), keys=list_tables.host_keys_of(device.id),
        may_pin=can(user, Action.PIN_HOST_KEY, device), wished_at=reading_tables.wish_of(device.id), in_session=device.id in leased_device_ids(),
        access=access, learned=_learned(access), ssh=_ssh_needs(device),
        twins=snmp_tables.devices_with_engine(access.engine_id, besides=device.id) if access else [])


_WORST = ("critical", "warning", "ok", "unknown")


def _learned(access: SnmpAccess | None) -> list[tuple[str, dict[str, Any]]]:
    """Return what was learned of an agent, as names of sentences with what fills them."""
    quirks = access.quirks if access else {}
    found = [(name, {}) for name in ("no_bulk", "loops") if quirks.get(name)]
    found += [(name, {"count": quirks[name]}) for name in ("repetitions", "at_once") if name in quirks]
    return found + ([("broken", {"count": len(quirks["broken"]), "names": ", ".join(quirks["broken"][:10])})] if quirks.get("broken") else [])


def _ssh_needs(device: Device) -> tuple[str, str] | None:
    """Return what would let a device with an old SSH in, and what it offers."""
    if device.fault != "ssh_too_old":
        return None
    needs, _, said = device.fault_detail.partition(": ")
    return needs, said


@bp.get("/<int:device_id>/history")
def history(device_id: int) -> ResponseReturnValue:
    """Return one number's points as columns, moments in seconds since 1970: for the chart."""
    device, span, now = _seen(device_id), request.args.get("span", "day"), clock.now()
    span = span if span in trend.SPANS else "day"
    points = trend.trend_of(device.id, request.args.get("reading", "")[:400], span, now=now)
    return jsonify(times=[_seconds(point.at) for point in points], values=[point.value for point in points],
                   least=[point.least for point in points], most=[point.most for point in points], by_hour=span not in trend.BY_MINUTE,
                   since=_seconds(now - trend.SPANS[span]), now=_seconds(now))


def _seconds(at: datetime) -> float:
    return round(at.timestamp(), 3)


@bp.post("/<int:device_id>/look")
def look(device_id: int) -> ResponseReturnValue:
    probing.wish([_seen(device_id).id])
    return redirect(url_for("technician.devices.show", device_id=device_id), code=303)


@bp.post("/<int:device_id>/host-key")
def pin_host_key(device_id: int) -> ResponseReturnValue:
    inventory.pin_host_key(device_id, request.form.get("fingerprint", ""), by=signed_in())
    probing.wish([device_id])  # Whoever has just compared keys wants to see what comes of it.
    return _back(device_id)


@bp.post("/<int:device_id>/host-key-rejection")
def reject_host_key(device_id: int) -> ResponseReturnValue:
    inventory.reject_host_key(device_id, request.form.get("fingerprint", ""), by=signed_in())
    return _back(device_id)


def _back(device_id: int) -> ResponseReturnValue:
    """Return to the page the person came from: the list, or the device's own."""
    if request.form.get("back") == "device":
        return redirect(url_for("technician.devices.show", device_id=device_id), code=303)
    return redirect(url_for("technician.devices.index"), code=303)
