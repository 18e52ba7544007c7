"""Storage of how devices are reached over SNMP, what was learned of each agent, and who sent traps nobody expected."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from roomctl.database import Base, Moment
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
