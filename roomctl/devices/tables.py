"""Storage of devices, their credentials and host keys."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from roomctl.database import Base, Moment, db
from roomctl.devices.health import Status
from roomctl.organisation.roles import Relation
from roomctl.organisation.tables import Unit
from roomctl.rooms.tables import Room


class Device(Base):
    """A codec or a bridge.  A room has many devices and at most one codec that is *the* codec (`spare` is False)."""

    __tablename__ = "devices"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))  # "codec" or "bridge"
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
    # A bridge's conference addresses, and how many callers it carries at once.
    pool: Mapped[list[str]] = mapped_column(JSON, default=list)
    ports: Mapped[int] = mapped_column(default=0)
    # The latest probe.
    status: Mapped[Status] = mapped_column(String(16), default=Status.UNKNOWN)
    fault: Mapped[str] = mapped_column(String(32), default="")
    fault_detail: Mapped[str] = mapped_column(String(500), default="")
    probed_at: Mapped[datetime | None] = mapped_column(Moment)
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
