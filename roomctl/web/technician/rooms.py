"""One room: its devices, the fault at hand with what to do in plain steps, what the room is booked for, and whom to call."""

from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from roomctl import clock
from roomctl.booking.availability import viewer_of
from roomctl.booking.tables import occurrences_of_room
from roomctl.booking.visibility import view
from roomctl.devices import health, probing
from roomctl.devices.tables import Device
from roomctl.duty import alert_tables, on_call, sight_tables
from roomctl.duty.standing import STANDBY
from roomctl.errors import NotVisible
from roomctl.organisation.access import can
from roomctl.organisation.roles import Action
from roomctl.rooms.tables import Room, room_by_id
from roomctl.rooms.upkeep_tables import windows_ahead
from roomctl.timespan import Span
from roomctl.web.access import signed_in
from roomctl.web.technician import steps as plain

bp = Blueprint("rooms", __name__, url_prefix="/rooms")
AHEAD, MOST_SHOWN = timedelta(days=7), 8
_WORST_FIRST = (health.Status.CRITICAL, health.Status.WARNING, health.Status.UNKNOWN, health.Status.OK)


def _room(room_id: int) -> Room:
    room = room_by_id(room_id)
    if room is None or not can(signed_in(), Action.SEE_DEVICES, room):
        raise NotVisible
    return room


def _shown(device: Device) -> health.Status:
    interval = timedelta(seconds=device.probe_every_s)
    return health.as_shown(health.Status(device.status), device.probed_at, now=clock.now(), interval=interval)


@dataclass(frozen=True, slots=True)
class Ill:
    """Devices with the same fault, and what to do about it; `shared` when a cause outside the room stands behind it."""

    status: health.Status
    fault: str
    guide: plain.Guide
    devices: tuple[Device, ...]
    shared: bool


@bp.get("/<int:room_id>")
def show(room_id: int) -> ResponseReturnValue:
    user, room, now = signed_in(), _room(room_id), clock.now()
    devices = [(_shown(device), device) for device in sight_tables.devices_of_room(room.id)]
    viewer, causes = viewer_of(user), alert_tables.causes_of_room(room.id)
    ahead = [view(one.facts(), viewer) for one in occurrences_of_room(room.id, Span(now, now + AHEAD))[:MOST_SHOWN]]
    return render_template(
        "technician/rooms/show.html", room=room, devices=devices, ill=_ill(devices), ahead=ahead, now=now, causes=causes,
        line=plain.GUIDES["line_down"], alerts=alert_tables.standing_of_room(room.id), windows=windows_ahead([room.id], now, limit=5),
        called=on_call.upward(room.unit.path, now))


def _ill(devices: list[tuple[health.Status, Device]]) -> list[Ill]:
    """Return what is wrong, the worst first; what sleeps while nobody needs it is not."""
    standing = alert_tables.standing_by_device({device.id for _, device in devices})
    alike: dict[tuple[health.Status, str, bool], list[Device]] = {}
    for shown, device in devices:
        fault = device.fault if sight_tables.fresh(device.probed_at, clock.now(), device.probe_every_s) else ""  # What is old says nothing.
        if shown is not health.Status.OK and fault != STANDBY:
            is_shared = device.id in standing and standing[device.id].cause_id is not None
            alike.setdefault((shown, fault, is_shared), []).append(device)
    found = [Ill(shown, fault, plain.guide_for(fault), tuple(theirs), is_shared) for (shown, fault, is_shared), theirs in alike.items()]
    return sorted(found, key=lambda one: (one.shared, _WORST_FIRST.index(one.status)))


@bp.get("/<int:room_id>/steps")
def steps(room_id: int) -> ResponseReturnValue:
    """The room on paper, for a site without a network."""
    room, now = _room(room_id), clock.now()
    guides = [(fault, plain.on_paper(plain.guide_for(fault))) for fault in plain.USUAL]
    return render_template("technician/rooms/steps.html", room=room, devices=sight_tables.devices_of_room(room.id), now=now, guides=guides,
                           called=on_call.upward(room.unit.path, now))


@bp.post("/<int:room_id>/look")
def look(room_id: int) -> ResponseReturnValue:
    """Have all devices of the room looked at now."""
    room = _room(room_id)
    probing.wish([device.id for device in sight_tables.devices_of_room(room.id)])
    return redirect(url_for("technician.rooms.show", room_id=room.id, asked=1), code=303)
