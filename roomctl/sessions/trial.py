"""Asking for a trial call: a technician lets a room's codec dial a bridge, another room, or an address.

A conference always goes first: no device that a session uses is taken, none whose room has a conference within a quarter of an hour, and
a trial that is under way hangs up when a session wants the device.  `trials_at_work` makes the call.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import write_transaction
from roomctl.devices import connect
from roomctl.devices.tables import Device, bridges
from roomctl.duty import order_tables, sight_tables
from roomctl.duty.carrying_out import CLAIM_LASTS
from roomctl.errors import Conflict, InvalidInput, NotVisible, Problem, Refused
from roomctl.organisation import access, once
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User
from roomctl.organisation.units import covers
from roomctl.rooms.tables import room_by_code, room_by_id
from roomctl.sessions import tables, trial_tables
from roomctl.sessions.trial_tables import TrialCall

CONFERENCE_WITHIN = timedelta(minutes=15)
WAITS_AT_MOST = timedelta(minutes=2)  # Whoever asked has gone by then.
LONGEST_ADDRESS = 200
_ADDRESS = re.compile(r"[A-Za-z0-9@.:;=%~+_-]+")  # A driver puts it between quotes on a command line.
TO_ROOM = "room"


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be dialled: a bridge's free address, another room's codec by the room's code, or an address as it was typed."""

    to: str
    text: str = ""


def ask_trial(room_id: int, target: Target, *, by: User, key: str) -> int:
    """Leave a trial call for the worker and return its id; the same `key` again returns the first one's.

    Raises NotVisible, NotAllowed, InvalidInput (to, room, address), Refused (trial_no_codec, trial_not_supported, no_bridge), and
    Conflict (trial_under_way and what `stands_in_the_way`).
    """
    with write_transaction() as session:
        earlier = once.made_before(by, key)
        if earlier is not None:
            return earlier
        room = room_by_id(room_id)
        if room is None or not access.can(by, Action.SEE_DEVICES, room):
            raise NotVisible
        by = access.require(by, Action.ORDER_DEVICES, room)
        device = trial_tables.codec_of(room.id)
        if device is None:
            raise Refused("trial_no_codec")
        if "dial" not in connect.supports(device.family):
            raise Refused("trial_not_supported")
        _insist_on_one(device)
        address = _address(target, device)
        order_tables.lock_use_of_devices()  # After the bridge, as a session's start does.
        _insist_on_one(device)
        stands_in_the_way(device, address, clock.now())
        trial = TrialCall(device_id=device.id, address=address, asked_by=by.id, asked_at=clock.now(), steps=[])
        session.add(trial)
        session.flush()
        trail.append(EventKind.TRIAL_CALL_ASKED, actor=by.id, subject=trial.ref, unit=device.unit_id, device=device.id, address=address)
        once.remember(by, key, trial.ref)
    return trial.id


def _insist_on_one(device: Device) -> None:
    if any(one.device_id == device.id for one in trial_tables.open_trials()):
        raise Conflict("trial_under_way")


def stands_in_the_way(device: Device, address: str, now: datetime) -> None:
    """Raise Conflict when a session uses the codec, or what is dialled, or a room of theirs has a conference soon."""
    other = trial_tables.device_dialled_as(address)
    both = [device] if other is None else [device, other]
    leased = tables.leased_device_ids()
    claimed = order_tables.claimed_device_ids([one.id for one in both], now - CLAIM_LASTS)
    for one in both:
        if one.kind == "codec" and one.id in leased:
            raise Conflict("trial_in_session", device=one.name)
        if one.id in claimed:
            raise Conflict("trial_ordered", device=one.name)
        ahead = sight_tables.conferences_ahead([one.room_id], now, now + CONFERENCE_WITHIN) if one.room_id is not None else []
        if ahead:
            raise Conflict("trial_conference_soon", device=one.name, at=ahead[0].span.start)
    if address in tables.addresses_in_session():
        raise Conflict("trial_address_in_session")


def _address(target: Target, device: Device) -> str:
    match target.to:
        case "bridge":
            return _free_address(device)
        case "room":
            room = room_by_code(target.text.strip()[:32]) if target.text.isprintable() else None
            other = trial_tables.codec_of(room.id) if room is not None and room.retired_at is None else None
            if room is None or room.retired_at is not None:
                raise InvalidInput([Problem("room", "unknown_room_code")])
            if other is None or not other.dial_address or other.id == device.id:
                raise InvalidInput([Problem("room", "trial_room_without_codec")])
            return other.dial_address
        case "address":
            address = target.text.strip()
            if not _ADDRESS.fullmatch(address) or len(address) > LONGEST_ADDRESS or address == device.dial_address:
                raise InvalidInput([Problem("address", "bad_dial_address")])
            return address
    raise InvalidInput([Problem("to", "unknown_choice")])


def _free_address(device: Device) -> str:
    """Return an address of a bridge of the codec's unit or one above it that nobody uses; the last ones, since sessions take the first."""
    for bridge in bridges():
        if not covers(bridge.unit.path, device.unit.path) or bridge.pinned_fingerprint is None:
            continue
        tables.lock_bridge(bridge.id)
        busy = tables.busy_bridge_addresses(bridge.id)
        free = [address for address in reversed(bridge.pool) if address not in busy]
        if free and tables.busy_bridge_ports(bridge.id) < bridge.ports:
            return free[0]
    raise Refused("no_bridge")
