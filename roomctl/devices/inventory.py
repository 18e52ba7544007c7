"""Keeping devices, and deciding which host key is really theirs."""

from dataclasses import asdict, dataclass
from typing import Any

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import db, lock_name, write_transaction
from roomctl.devices import credentials
from roomctl.devices.anew import forget_apparatus
from roomctl.devices.snmp_tables import SnmpAccess
from roomctl.devices.tables import Device, DeviceCredential, HostKeySeen, codecs_of_rooms, device_at, host_key_seen
from roomctl.errors import InvalidInput, NotVisible, Problem, Refused
from roomctl.organisation import access, once
from roomctl.organisation.directory import standing_unit
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import Unit, User
from roomctl.rooms.tables import Room, lock_rooms


def add_device(*, kind: str, family: str, unit: Unit, room: Room | None, name: str, host: str, port: int, username: str, password: str,
               dial_address: str = "", pool: list[str] | None = None, ports: int = 0, by: User | None = None, key: str = "") -> Device:
    """Add a device.  Nothing is known of it, and no session uses it, until its host key is approved.

    At the address of a retired device of its kind that one comes back into use, with its history and with nothing that was approved for
    it: an address is one row for ever.  `by` is None for the installation itself; the same `key` again returns the first one's.  Raises
    NotAllowed, Conflict("unit_already_merged") and InvalidInput (port: address_taken, address_of_retired; room: room_has_codec).
    """
    with write_transaction() as session:
        earlier = once.made_before(by, key) if by is not None and key else None
        if earlier is not None:
            return session.get_one(Device, earlier)
        device = add_within(NewRow(kind=kind, family=family, unit_id=unit.id, room_id=room.id if room else None, name=name, host=host, port=port,
                                   username=username, dial_address=dial_address, pool=tuple(pool or ()), ports=ports), by=by)
        if password:  # What speaks SNMP only has none.
            credentials.seal_password(device, password, by=by.id if by else None)
        if by is not None and key:
            once.remember(by, key, device.ref)
    return device


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRow:
    """A device to be added, without its password."""

    kind: str
    family: str
    unit_id: int
    room_id: int | None
    name: str
    host: str
    port: int
    username: str = ""
    dial_address: str = ""
    pool: tuple[str, ...] = ()
    ports: int = 0


def add_within(wanted: NewRow, *, by: User | None) -> Device:
    """Add a device inside the caller's transaction, or take a retired one at its address back into use; raises as `add_device` does."""
    unit = standing_unit(wanted.unit_id)
    if by is not None:
        access.require(by, Action.KEEP_DEVICES, unit)
    lock_name(f"address:{wanted.host}:{wanted.port}")  # Two may take one device back at once.
    former = device_at(wanted.host, wanted.port)
    if former is not None and former.retired_at is None:
        raise InvalidInput([Problem("port", "address_taken")])
    if former is not None and (former.kind != wanted.kind or (by is not None and not access.can(by, Action.KEEP_DEVICES, former))):
        raise InvalidInput([Problem("port", "address_of_retired", (("name", former.name),))])
    if wanted.room_id is not None and wanted.kind == "codec":
        lock_rooms([wanted.room_id])  # Two codecs may be added to it at once.
        if codecs_of_rooms([wanted.room_id]):
            raise InvalidInput([Problem("room", "room_has_codec")])
    facts = {**asdict(wanted), "unit_id": unit.id, "pool": list(wanted.pool)}
    if former is not None:
        return _back_in_use(former, facts, by)
    device = Device(created_at=clock.now(), **facts)
    db.session.add(device)
    db.session.flush()
    trail.append(EventKind.DEVICE_ADDED, actor=by.id if by else None, subject=device.ref, unit=unit.id, name=device.name, family=device.family)
    return device


def rename_within(device: Device, name: str, *, by: User) -> None:
    """Give a locked device another name that was cleaned, inside the caller's transaction."""
    trail.append(EventKind.DEVICE_CHANGED, actor=by.id, subject=device.ref, unit=device.unit_id, changed={"name": [device.name, name]})
    device.name = name


def _back_in_use(device: Device, facts: dict[str, Any], by: User | None) -> Device:
    """Take a retired device into use again as one that nobody has met yet, inside the open transaction."""
    before = {name: getattr(device, name) for name in ("name", "family", "unit_id", "room_id")}
    for name, value in facts.items():
        setattr(device, name, value)
    device.spare, device.retired_at = False, None
    for row in (db.session.get(DeviceCredential, device.id), db.session.get(SnmpAccess, device.id)):
        if row is not None:
            db.session.delete(row)
    db.session.flush()
    forget_apparatus(device)
    db.session.refresh(device)  # Its unit and room are others.
    trail.append(EventKind.DEVICE_BACK_IN_USE, actor=by.id if by else None, subject=device.ref, unit=device.unit_id, name=device.name,
                 family=device.family, before=before)
    return device


def note_host_key(device_id: int, *, fingerprint: str, algorithm: str) -> None:
    """Keep a host key that a device presented and that is not its approved one, until a person decides.

    A key that was approved once, and that another has replaced since, is decided on anew; one that was rejected stays rejected.
    """
    with write_transaction() as session:
        row = host_key_seen(device_id, fingerprint)
        if row is not None:
            if row.state in ("waiting", "rejected") or session.get_one(Device, device_id).pinned_fingerprint == fingerprint:
                return
            row.state, row.decided_by, row.decided_at, row.seen_at = "waiting", None, None, clock.now()
        else:
            session.add(HostKeySeen(device_id=device_id, fingerprint=fingerprint, algorithm=algorithm, seen_at=clock.now()))
        trail.append(EventKind.HOST_KEY_SEEN, subject=f"device:{device_id}", fingerprint=fingerprint)


def pin_host_key(device_id: int, fingerprint: str, *, by: User | None) -> None:
    """Approve a host key that was seen; `by` is None for the installation itself.

    Raises Refused("host_key_not_seen") for a fingerprint the device never presented: nobody types one in.
    """
    if not fingerprint.isprintable():
        raise Refused("host_key_not_seen")
    with write_transaction() as session:
        device = session.get(Device, device_id)
        if device is None:
            raise NotVisible
        if by is not None:
            access.require(by, Action.PIN_HOST_KEY, device)
        row = host_key_seen(device_id, fingerprint)
        if row is None:
            raise Refused("host_key_not_seen")
        former, device.pinned_fingerprint = device.pinned_fingerprint, fingerprint
        row.state, row.decided_by, row.decided_at = "pinned", by.id if by else None, clock.now()
        trail.append(EventKind.HOST_KEY_PINNED, actor=by.id if by else None, subject=device.ref, unit=device.unit_id,
                     fingerprint=fingerprint, former=former)


def reject_host_key(device_id: int, fingerprint: str, *, by: User) -> None:
    """Say that a host key that was seen is not the device's; it may still be approved later.

    Raises NotVisible, NotAllowed, Refused("host_key_not_seen") and Refused("host_key_in_use") for the approved one.
    """
    with write_transaction() as session:
        device = session.get(Device, device_id)
        if device is None:
            raise NotVisible
        access.require(by, Action.PIN_HOST_KEY, device)
        row = host_key_seen(device_id, fingerprint) if fingerprint.isprintable() else None
        if row is None:
            raise Refused("host_key_not_seen")
        if device.pinned_fingerprint == fingerprint:
            raise Refused("host_key_in_use")
        row.state, row.decided_by, row.decided_at = "rejected", by.id, clock.now()
        trail.append(EventKind.HOST_KEY_REJECTED, actor=by.id, subject=device.ref, unit=device.unit_id, fingerprint=fingerprint)
