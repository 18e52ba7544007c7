"""Putting a device on the list, as an administrator types it."""

import re
from dataclasses import dataclass

from roomctl.database import write_transaction
from roomctl.devices import connect, credentials, inventory, tables
from roomctl.devices.tables import Device
from roomctl.errors import InvalidInput, NotVisible
from roomctl.organisation import access
from roomctl.organisation.directory import unit_with_code
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import Unit, User
from roomctl.rooms.tables import Room, room_by_code
from roomctl.typed import Typed

LONGEST_PASSWORD, MOST_PORTS = 200, 5000
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?")
_ADDRESS = re.compile(r"[A-Za-z0-9@.:;=%~+_-]+")  # What may be dialled; a driver puts it between quotes on a command line.


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDevice:
    """A device as it was typed; a room's code or, without a room, a unit's."""

    family: str
    name: str
    host: str
    port: int
    username: str
    password: str
    room_code: str = ""
    unit_code: str = ""
    dial_address: str = ""
    pool: str = ""
    ports: int = 0


def enrol_device(wanted: NewDevice, *, by: User, key: str) -> Device:
    """Add a device, to be approved by its host key; the same `key` again returns the first one's.

    Raises InvalidInput and NotAllowed.
    """
    typed, kind = Typed(), connect.kind_of(wanted.family)
    if not kind:
        typed.refuse("family", "unknown_choice")
    name = typed.line("name", wanted.name, longest=120, missing="name_missing")
    host = _matching(typed, "host", wanted.host, _HOST, 120, "bad_host")
    typed.within("port", wanted.port, 1, 65535)
    username, password = _login(typed, wanted.username, wanted.password)
    dial_address, pool, ports = "", [], 0
    if kind == "bridge":
        pool = [_matching(typed, "pool", one, _ADDRESS, 200, "bad_dial_address") for one in wanted.pool.split()]
        if not pool:
            typed.refuse("pool", "pool_missing")
        ports = typed.within("ports", wanted.ports, 1, MOST_PORTS)
    else:
        dial_address = _matching(typed, "dial_address", wanted.dial_address, _ADDRESS, 200, "bad_dial_address")
    unit, room = _place(typed, wanted, kind)
    typed.insist()
    return inventory.add_device(kind=kind, family=wanted.family, unit=unit, room=room, name=name, host=host, port=wanted.port,
                                username=username, password=password, dial_address=dial_address, pool=pool, ports=ports, by=by, key=key)


def renew_login(device_id: int, *, username: str, password: str, by: User) -> None:
    """Give a device the account with which it is signed in to from now on.  Raises NotVisible, NotAllowed and InvalidInput."""
    typed = Typed()
    username, password = _login(typed, username, password)
    with write_transaction():
        device = tables.device_by_id(device_id)
        if device is None or device.retired_at is not None:
            raise NotVisible
        access.require(by, Action.KEEP_DEVICES, device)
        typed.insist()
        device.username = username
        credentials.seal_password(device, password, by=by.id)


def _login(typed: Typed, username: str, password: str) -> tuple[str, str]:
    username = typed.line("username", username, longest=64, missing="device_username_missing")
    if not password:
        typed.refuse("password", "device_password_missing")
    elif not password.isprintable() or len(password) > LONGEST_PASSWORD:
        typed.refuse("password", "bad_device_password", limit=LONGEST_PASSWORD)
    return username, password


def _matching(typed: Typed, field: str, raw: str, pattern: re.Pattern[str], longest: int, reason: str) -> str:
    value = raw.strip()
    if not pattern.fullmatch(value) or len(value) > longest:
        typed.refuse(field, reason)
    return value


def _place(typed: Typed, wanted: NewDevice, kind: str) -> tuple[Unit | None, Room | None]:
    """Return the unit and, when one was named, the room; a room's device belongs to the room's unit."""
    code = wanted.room_code.strip()
    if code and kind == "bridge":
        typed.refuse("room", "bridge_in_no_room")
        return None, None
    if code:
        room = (room_by_code(code) or room_by_code(code.upper())) if code.isprintable() else None
        if room is None or room.retired_at is not None:
            typed.refuse("room", "unknown_room_code")
            return None, None
        return room.unit, room
    if not wanted.unit_code.strip():
        typed.refuse("unit" if kind == "bridge" else "room", "place_missing")
        return None, None
    try:
        return unit_with_code(wanted.unit_code), None
    except InvalidInput as error:
        typed.problems += error.problems
        return None, None
