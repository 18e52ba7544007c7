"""A codec's kept configurations: what changed from one to the next, and how it differs from another codec of its model."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from roomctl import clock
from roomctl.devices import backup, backup_tables
from roomctl.devices.card_tables import ConfigBackup
from roomctl.devices.config_text import Difference, differences, settings_of
from roomctl.devices.tables import Device, device_by_id
from roomctl.errors import NotVisible
from roomctl.organisation.access import can, reach_of
from roomctl.organisation.roles import Action
from roomctl.web.access import signed_in
from roomctl.web.forms import whole

bp = Blueprint("backups", __name__, url_prefix="/devices/<int:device_id>/backups")
MOST_SHOWN, MOST_LIKE, MOST_LINES = 30, 100, 500


def _seen(device_id: int) -> Device:
    device = device_by_id(device_id)
    if device is None or device.retired_at is not None or not can(signed_in(), Action.SEE_DEVICES, device):
        raise NotVisible
    return device


@bp.get("")
def show(device_id: int) -> ResponseReturnValue:
    """Show the kept configurations, and what changed with the one that is chosen: the latest, unless another was asked for."""
    device = _seen(device_id)
    kept = backup_tables.backups_of(device_id, limit=MOST_SHOWN)
    chosen = next((one for one in kept if one.id == whole(request.args.get("backup", ""))), kept[0] if kept else None)
    before = backup_tables.backup_before(chosen) if chosen else None
    found = _between(before, chosen) if before and chosen else []
    return render_template(
        "technician/backups/show.html", device=device, kept=kept, chosen=chosen, before=before, found=found[:MOST_LINES], count=len(found),
        settings=list(settings_of(chosen.lines).items())[:MOST_LINES] if chosen and "all" in request.args else [], can_tell=device.family in
        backup.families(), now=clock.now(),
        like=backup_tables.devices_like(device, reach_of(signed_in(), Action.SEE_DEVICES), limit=MOST_LIKE) if kept else [])


def _between(before: ConfigBackup, after: ConfigBackup) -> list[Difference]:
    return differences(before.lines, after.lines)


@bp.get("/comparison")
def compare(device_id: int) -> ResponseReturnValue:
    """Show how the latest configuration differs from that of another device of the same family and model."""
    device, other = _seen(device_id), _seen(whole(request.args.get("other", "")))
    mine, theirs = backup_tables.latest_backup(device.id), backup_tables.latest_backup(other.id)
    if mine is None or theirs is None or (device.family, device.model) != (other.family, other.model):
        raise NotVisible
    found = _between(mine, theirs)
    return render_template("technician/backups/compare.html", device=device, other=other, mine=mine, theirs=theirs, found=found[:MOST_LINES],
                           count=len(found))
