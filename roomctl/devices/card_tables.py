"""Storage of what people keep of devices: the inventory card, approved firmware, configurations, changes of password, what hangs behind what."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from roomctl.database import Base, Moment


class InventoryCard(Base):
    """A device as the inventory knows it; a device without one has an empty card."""

    __tablename__ = "inventory_cards"
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"), primary_key=True, autoincrement=False)
    asset_number: Mapped[str] = mapped_column(String(64), default="")
    serial: Mapped[str] = mapped_column(String(64), default="")  # As on the label; the device's own word is Device.serial.
    model: Mapped[str] = mapped_column(String(120), default="")
    bought_on: Mapped[date | None] = mapped_column(Date)
    warranty_until: Mapped[date | None] = mapped_column(Date)
    maintained_on: Mapped[date | None] = mapped_column(Date)
    maintain_every_months: Mapped[int] = mapped_column(default=0)  # 0: no plan.
    inspected_on: Mapped[date | None] = mapped_column(Date)
    inspection: Mapped[str] = mapped_column(String(300), default="")
    responsible_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    note: Mapped[str] = mapped_column(String(500), default="")
    changed_at: Mapped[datetime] = mapped_column(Moment)


class DeviceLink(Base):
    """The device that stands between another one and the network, such as the switch of a room."""

    __tablename__ = "device_links"
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"), primary_key=True, autoincrement=False)
    upstream_id: Mapped[int] = mapped_column(ForeignKey("devices.id"), index=True)


class ApprovedFirmware(Base):
    """A firmware that may be used; a model with none approved says nothing about firmware."""

    __tablename__ = "approved_firmware"
    id: Mapped[int] = mapped_column(primary_key=True)
    family: Mapped[str] = mapped_column(String(32))
    model: Mapped[str] = mapped_column(String(120))
    firmware: Mapped[str] = mapped_column(String(120))
    approved_at: Mapped[datetime] = mapped_column(Moment)
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    __table_args__ = (UniqueConstraint("family", "model", "firmware"),)


class ConfigBackup(Base):
    """A codec's configuration, secrets left out; a new row only where it differs from the one before."""

    __tablename__ = "config_backups"
    id: Mapped[int] = mapped_column(primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"))
    taken_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)  # The last time it was still so.
    digest: Mapped[str] = mapped_column(String(64))
    lines: Mapped[str] = mapped_column(Text)
    __table_args__ = (Index("ix_config_backups_device_taken", "device_id", "taken_at"),)


class PasswordRotation(Base):
    """One device's change of password: waiting, setting, done, failed, or unknown when the device may hold either.

    The new password is sealed like the current one and forgotten once it is the current one.
    """

    __tablename__ = "password_rotations"
    id: Mapped[int] = mapped_column(primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"), index=True)
    asked_at: Mapped[datetime] = mapped_column(Moment)
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    detail: Mapped[str] = mapped_column(String(300), default="")
    nonce: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
