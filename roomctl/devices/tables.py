"""Storage of devices, their credentials and host keys."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, UniqueConstraint, func, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from roomctl.database import Base, Moment, db
from roomctl.devices.health import Status
from roomctl.organisation.roles import Relation
from roomctl.organisation.tables import Unit
from roomctl.organisation.unit_tables import at_or_below, containing
from roomctl.rooms.tables import Room


class Device(Base):
    """A codec, a bridge, room hardware with a text control, or equipment that speaks SNMP only.

    A room has many devices and at most one codec that is *the* codec (`spare` is False).
    """

    __tablename__ = "devices"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))  # "codec", "bridge", "hardware" or "equipment"
    family: Mapped[str] = mapped_column(String(32))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    room_id: Mapped[int | None] = mapped_column(ForeignKey("rooms.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    host: Mapped[str] = mapped_column(String(120))
    port: Mapped[int] = mapped_column(default=22)
    username: Mapped[str] = mapped_column(String(64))
    dial_address: Mapped[str] = mapped_column(String(200), default="")
    spare: Mapped[bool] = mapped_column(default=False)
    pinned_fingerprint: Mapped[str | None] = mapped_column(String(64))
    # SHA-1 allowed for this one device, by whom the trail says: "none", "hostkey" or "hostkey+kex".
    ssh_legacy: Mapped[str] = mapped_column(String(16), default="none", server_default="none")
    ssh_legacy_reason: Mapped[str] = mapped_column(String(300), default="", server_default="")
    # A bridge's conference addresses, and how many callers it carries at once; a codec that mixes holds so many others (0: nobody knows).
    pool: Mapped[list[str]] = mapped_column(JSON, default=list)
    ports: Mapped[int] = mapped_column(default=0)
    # The latest probe.
    status: Mapped[Status] = mapped_column(String(16), default=Status.UNKNOWN)
    fault: Mapped[str] = mapped_column(String(32), default="")
    fault_detail: Mapped[str] = mapped_column(String(500), default="")
    probed_at: Mapped[datetime | None] = mapped_column(Moment)
    changed_at: Mapped[datetime | None] = mapped_column(Moment)  # Since when the status is what it is.
    probe_every_s: Mapped[int] = mapped_column(default=60, server_default="60")
    model: Mapped[str] = mapped_column(String(120), default="")
    serial: Mapped[str] = mapped_column(String(64), default="")
    firmware: Mapped[str] = mapped_column(String(120), default="")
    simulated: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(Moment)
    retired_at: Mapped[datetime | None] = mapped_column(Moment)

    unit: Mapped[Unit] = relationship(lazy="joined")
    room: Mapped[Room | None] = relationship(lazy="joined")
    __table_args__ = (UniqueConstraint("host", "port"),)

    @property
    def ref(self) -> str:
        return f"device:{self.id}"

    def unit_paths(self) -> Collection[str]:
        return (self.unit.path,)

    def relations(self, user_id: int) -> Collection[Relation]:
        return ()


class DeviceCredential(Base):
    """A device's password, sealed with AES-256-GCM; the key is outside the database."""

    __tablename__ = "device_credentials"
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"), primary_key=True)
    nonce: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    set_at: Mapped[datetime] = mapped_column(Moment)


class HostKeySeen(Base):
    """A host key a device presented, and what a person decided about it: waiting, pinned, rejected."""

    __tablename__ = "host_keys_seen"
    id: Mapped[int] = mapped_column(primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"), index=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    algorithm: Mapped[str] = mapped_column(String(32))
    seen_at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    __table_args__ = (UniqueConstraint("device_id", "fingerprint"),)


def device_by_id(device_id: int) -> Device | None:
    return db.session.get(Device, device_id)


def devices_in_order() -> list[Device]:
    found = db.session.scalars(select(Device).where(Device.retired_at.is_(None))).unique()
    return sorted(found, key=lambda device: (device.unit.path.count("/"), device.unit.order_key, device.name))


def devices_to_keep(words: str, *, below: Collection[str], limit: int) -> list[Device]:
    """Return devices of the units at or below some paths; with `words`, those whose name, address, room or unit holds them."""
    query = select(Device).join(Unit, Device.unit_id == Unit.id).outerjoin(Room, Device.room_id == Room.id).where(
        Device.retired_at.is_(None), at_or_below(below))
    if words:
        pattern = containing(words)
        query = query.where(or_(Device.name.icontains(words, autoescape=True), Device.host.like(pattern, escape="\\"),
                                Room.folded_name.like(pattern, escape="\\"), Unit.folded_name.like(pattern, escape="\\")))
    return list(db.session.scalars(query.order_by(Device.id.desc()).limit(limit)).unique())


def device_at(host: str, port: int) -> Device | None:
    """Return the device at an address, a retired one too."""
    return db.session.scalar(select(Device).where(Device.host == host, Device.port == port))


def devices_count(unit_ids: Collection[int]) -> int:
    """Return how many devices in use some units have."""
    return db.session.scalar(select(func.count()).select_from(Device).where(Device.unit_id.in_(unit_ids), Device.retired_at.is_(None))) or 0


def move_devices(unit_id: int, into_id: int) -> int:
    """Give a unit's devices another unit, inside the caller's transaction; return how many."""
    return db.session.execute(update(Device).where(Device.unit_id == unit_id).values(unit_id=into_id),
                              execution_options={"synchronize_session": False}).rowcount


def codecs_of_rooms(room_ids: Collection[int]) -> dict[int, Device]:
    """Return the codec of each room that has one."""
    found = db.session.scalars(
        select(Device).where(Device.room_id.in_(room_ids), Device.kind == "codec", Device.spare.is_(False), Device.retired_at.is_(None))
    ).unique()
    return {device.room_id: device for device in found if device.room_id is not None}


def codec_states(room_ids: Collection[int]) -> dict[int, Status]:
    """Return what the last probe made of the codec of each room that has one."""
    found = db.session.execute(select(Device.room_id, Device.status).where(
        Device.room_id.in_(room_ids), Device.kind == "codec", Device.spare.is_(False), Device.retired_at.is_(None)))
    return {room_id: Status(status) for room_id, status in found}


def bridges() -> list[Device]:
    return list(db.session.scalars(select(Device).where(Device.kind == "bridge", Device.retired_at.is_(None)).order_by(Device.id)).unique())


def host_key_seen(device_id: int, fingerprint: str) -> HostKeySeen | None:
    return db.session.scalar(select(HostKeySeen).where(HostKeySeen.device_id == device_id, HostKeySeen.fingerprint == fingerprint))


def host_keys_waiting(device_id: int) -> list[HostKeySeen]:
    return list(db.session.scalars(select(HostKeySeen).where(HostKeySeen.device_id == device_id, HostKeySeen.state == "waiting")
                                   .order_by(HostKeySeen.seen_at.desc())))
