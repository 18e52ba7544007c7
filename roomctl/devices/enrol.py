"""Putting a device on the list, as an administrator types it."""

import re
from dataclasses import dataclass

from roomctl.database import write_transaction
from roomctl.devices import card_tables, connect, credentials, inventory, rotate, tables
from roomctl.devices.tables import Device
from roomctl.errors import InvalidInput, NotVisible, Refused
from roomctl.organisation import access
from roomctl.organisation.directory import unit_with_code
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import Unit, User
from roomctl.rooms.tables import Room, room_by_code
from roomctl.typed import Typed

LONGEST_PASSWORD, LONGEST_KEY, MOST_PORTS, MOST_SITES = 200, 16_000, 5000, 100
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?")
_ADDRESS = re.compile(r"[A-Za-z0-9@.:;=%~+_-]+")  # What may be dialled; a driver puts it between quotes on a command line.


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDevice:
    """A device as it was typed; a room's code or, without a room, a unit's.

    `password` may be the text of a private key.  What speaks SNMP only has neither account nor password; how it is asked is said later.
    """

    family: str
    name: str
    host: str
    port: int
    username: str = ""
    password: str = ""
    room_code: str = ""
    unit_code: str = ""
    dial_address: str = ""
    pool: str = ""
    ports: int = 0
    sites: int = 0  # How many others a codec holds at once when it is the host's; 0 where nobody knows, which counts as one.


def enrol_device(wanted: NewDevice, *, by: User, key: str) -> Device:
    """Add a device, to be approved by its host key where it has one; the same `key` again returns the first one's.

    Raises InvalidInput and NotAllowed.
    """
    typed, kind = Typed(), connect.kind_of(wanted.family)
    if not kind:
        typed.refuse("family", "unknown_choice")
    name = typed.line("name", wanted.name, longest=120, missing="name_missing")
    host = checked_host(typed, wanted.host)
    typed.within("port", wanted.port, 1, 65535)
    username, password = ("", "") if kind == "equipment" else _login(typed, wanted.username, wanted.password)
    dial_address, pool, ports = "", [], 0
    if kind == "bridge":
        pool = [_matching(typed, "pool", one, _ADDRESS, 200, "bad_dial_address") for one in wanted.pool.split()]
        if not pool:
            typed.refuse("pool", "pool_missing")
        ports = typed.within("ports", wanted.ports, 1, MOST_PORTS)
    elif kind == "codec" or not kind:
        dial_address = _matching(typed, "dial_address", wanted.dial_address, _ADDRESS, 200, "bad_dial_address")
        ports = typed.within("sites", wanted.sites, 0, MOST_SITES)
    unit, room = _place(typed, wanted, kind)
    typed.insist()
    return inventory.add_device(kind=kind, family=wanted.family, unit=unit, room=room, name=name, host=host, port=wanted.port,
                                username=username, password=password, dial_address=dial_address, pool=pool, ports=ports, by=by, key=key)


def checked_host(typed: Typed, raw: str) -> str:
    """Return a network address as it is kept, what is wrong with it noted in `typed`."""
    return _matching(typed, "host", raw, _HOST, 120, "bad_host")


def renew_login(device_id: int, *, username: str, password: str, by: User) -> None:
    """Give a device the account with which it is signed in to from now on.

    Raises NotVisible, NotAllowed, InvalidInput and Conflict("password_being_changed").
    """
    typed = Typed()
    username, password = _login(typed, username, password)
    with write_transaction():
        device = tables.device_by_id(device_id)
        if device is None or device.retired_at is not None:
            raise NotVisible
        access.require(by, Action.KEEP_DEVICES, device)
        if device.kind == "equipment":
            raise Refused("no_control_account")
        typed.insist()
        card_tables.lock_device(device_id)
        rotate.give_up_within(device, by=by)
        device.username = username
        credentials.seal_password(device, password, by=by.id)


def _login(typed: Typed, username: str, password: str) -> tuple[str, str]:
    username = typed.line("username", username, longest=64, missing="device_username_missing")
    if not password:
        typed.refuse("password", "device_password_missing")
    elif connect.is_key(password):
        if len(password) > LONGEST_KEY or connect.is_useless_key(password):
            typed.refuse("password", "bad_private_key")
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
