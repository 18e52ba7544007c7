"""Storage of how devices are reached over SNMP, what was learned of each agent, and who sent traps nobody expected."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, UniqueConstraint, delete, select, update
from sqlalchemy.orm import Mapped, lazyload, mapped_column, relationship

from roomctl.database import Base, Moment, db
from roomctl.devices.tables import Device


class SnmpAccess(Base):
    """How a device is asked over SNMP: v3 authPriv, or v1/v2c as an exception with a reason and an end.

    The passwords, or the community, are sealed with AES-256-GCM; the key is outside the database.
    """

    __tablename__ = "snmp_access"
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"), primary_key=True, autoincrement=False)
    port: Mapped[int] = mapped_column(default=161)
    version: Mapped[str] = mapped_column(String(4))  # "3", "2c" or "1".
    username: Mapped[str] = mapped_column(String(64), default="")
    auth: Mapped[str] = mapped_column(String(16), default="")
    priv: Mapped[str] = mapped_column(String(16), default="")
    nonce: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    exception_reason: Mapped[str] = mapped_column(String(300), default="")
    exception_until: Mapped[datetime | None] = mapped_column(Moment)
    set_at: Mapped[datetime] = mapped_column(Moment)
    # What was found out.
    detected: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # As drivers detected it; empty while nobody answered.
    engine_id: Mapped[str] = mapped_column(String(64), default="")
    quirks: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    device: Mapped[Device] = relationship(lazy="joined")


class UnknownEngine(Base):
    """A sender of SNMPv3 traps whose engine nobody registered: counted, shown, and not believed."""

    __tablename__ = "unknown_engines"
    id: Mapped[int] = mapped_column(primary_key=True)
    engine_id: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(64))
    count: Mapped[int] = mapped_column(default=0)
    first_at: Mapped[datetime] = mapped_column(Moment)
    last_at: Mapped[datetime] = mapped_column(Moment)
    __table_args__ = (UniqueConstraint("engine_id", "address"),)


def snmp_access(device_id: int) -> SnmpAccess | None:
    return db.session.get(SnmpAccess, device_id)


def snmp_accesses(device_ids: Collection[int]) -> list[tuple[Device, SnmpAccess]]:
    """Return devices in use with how they are asked."""
    found = db.session.execute(select(Device, SnmpAccess).join(SnmpAccess, SnmpAccess.device_id == Device.id)
                               .where(Device.id.in_(device_ids), Device.retired_at.is_(None)).options(lazyload("*")))
    return [(device, access) for device, access in found]


def learned(device_ids: Collection[int]) -> dict[int, tuple[dict[str, Any], str, dict[str, Any]]]:
    """Return what was detected, the engine ID and the quirks of devices."""
    found = db.session.execute(select(SnmpAccess.device_id, SnmpAccess.detected, SnmpAccess.engine_id, SnmpAccess.quirks)
                               .where(SnmpAccess.device_id.in_(device_ids)))
    return {device_id: (detected, engine_id, quirks) for device_id, detected, engine_id, quirks in found}


def keep_learned(rows: list[dict[str, Any]]) -> None:
    """Store what was learned, inside the caller's transaction."""
    if rows:
        db.session.execute(update(SnmpAccess), rows)


def devices_with_engine(engine_id: str, *, besides: int) -> list[Device]:
    """Return the other devices in use that answer as the same SNMP engine: a cloned image, or one device listed twice."""
    if not engine_id:
        return []
    return list(db.session.scalars(select(Device).join(SnmpAccess, SnmpAccess.device_id == Device.id).where(
        SnmpAccess.engine_id == engine_id, Device.id != besides, Device.retired_at.is_(None)).order_by(Device.id).limit(10)).unique())


def trap_senders() -> list[tuple[Device, SnmpAccess]]:
    """Return every device in use that is asked over SNMP: those whose traps may be believed."""
    found = db.session.execute(select(Device, SnmpAccess).join(SnmpAccess, SnmpAccess.device_id == Device.id)
                               .where(Device.retired_at.is_(None)).options(lazyload("*")))
    return [(device, access) for device, access in found]


def unknown_engine(engine_id: str, address: str) -> UnknownEngine | None:
    return db.session.scalar(select(UnknownEngine).where(UnknownEngine.engine_id == engine_id, UnknownEngine.address == address))


def unknown_engines(*, limit: int) -> list[UnknownEngine]:
    """Return who sent traps that nobody expected, the latest first."""
    return list(db.session.scalars(select(UnknownEngine).order_by(UnknownEngine.last_at.desc(), UnknownEngine.id.desc()).limit(limit)))


def forget_oldest_engines(keep: int) -> None:
    """Delete all but the latest unknown engines, inside the caller's transaction."""
    kept = select(UnknownEngine.id).order_by(UnknownEngine.last_at.desc(), UnknownEngine.id.desc()).limit(keep)
    db.session.execute(delete(UnknownEngine).where(UnknownEngine.id.not_in(kept)), execution_options={"synchronize_session": False})
