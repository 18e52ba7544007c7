"""Keeping devices, and deciding which host key is really theirs."""

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import write_transaction
from roomctl.devices import credentials
from roomctl.devices.tables import Device, HostKeySeen, codecs_of_rooms, device_at, host_key_seen
from roomctl.errors import InvalidInput, NotVisible, Problem, Refused
from roomctl.organisation import access, once
from roomctl.organisation.directory import standing_unit
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import Unit, User
from roomctl.rooms.tables import Room, lock_rooms


def add_device(*, kind: str, family: str, unit: Unit, room: Room | None, name: str, host: str, port: int, username: str, password: str,
               dial_address: str = "", pool: list[str] | None = None, ports: int = 0, by: User | None = None, key: str = "") -> Device:
    """Add a codec or a bridge.  Nothing is known of it, and no session uses it, until its host key is approved.

    `by` is None for the installation itself; the same `key` again returns the first one's.  Raises NotAllowed,
    Conflict("unit_already_merged") and InvalidInput (port: address_taken; room: room_has_codec).
    """
    with write_transaction() as session:
        earlier = once.made_before(by, key) if by is not None and key else None
        if earlier is not None:
            return session.get_one(Device, earlier)
        unit = standing_unit(unit.id)
        if by is not None:
            access.require(by, Action.KEEP_DEVICES, unit)
        if device_at(host, port) is not None:
            raise InvalidInput([Problem("port", "address_taken")])
        if room is not None and kind == "codec":
            lock_rooms([room.id])  # Two codecs may be added to it at once.
            if codecs_of_rooms([room.id]):
                raise InvalidInput([Problem("room", "room_has_codec")])
        device = Device(kind=kind, family=family, unit_id=unit.id, room_id=room.id if room else None, name=name, host=host, port=port,
                        username=username, dial_address=dial_address, pool=pool or [], ports=ports, created_at=clock.now())
        session.add(device)
        session.flush()
        trail.append(EventKind.DEVICE_ADDED, actor=by.id if by else None, subject=device.ref, unit=unit.id, name=name, family=family)
        credentials.seal_password(device, password, by=by.id if by else None)
        if by is not None and key:
            once.remember(by, key, device.ref)
    return device


def note_host_key(device_id: int, *, fingerprint: str, algorithm: str) -> None:
    """Keep a host key that a device presented and that is not its approved one, until a person decides.

    A key that was approved once, and that another has replaced since, is decided on anew.
    """
    with write_transaction() as session:
        row = host_key_seen(device_id, fingerprint)
        if row is not None:
            if row.state == "waiting" or session.get_one(Device, device_id).pinned_fingerprint == fingerprint:
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
