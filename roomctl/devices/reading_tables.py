"""Storage of what devices report: the latest readings, their history, and when a device's status changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from roomctl.database import Base, Moment
from roomctl.devices.health import Status

MINUTE, HOUR = "m", "h"


class DeviceReadings(Base):
    """The latest readings of a device, all of one poll; a failed poll leaves them, and their age tells."""

    __tablename__ = "device_readings"
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"), primary_key=True, autoincrement=False)
    read_at: Mapped[datetime] = mapped_column(Moment)
    # One list a reading: name, place, value, unit, health, mark, raw.
    readings: Mapped[list[list[Any]]] = mapped_column(JSON)


class ReadingHistory(Base):
    """Numbers over time, thinned: by the minute for two days, by the hour (least, mean, most) for a year.

    A minute row holds what changed since the row before; at least one row an hour holds everything.
    """

    __tablename__ = "reading_history"
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"), primary_key=True, autoincrement=False)
    step: Mapped[str] = mapped_column(String(1), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment, primary_key=True)
    numbers: Mapped[dict[str, Any]] = mapped_column(JSON)  # "name" or "name/place" to a number, or to [least, mean, most].
    __table_args__ = (Index("ix_reading_history_step_at", "step", "at"),)


class DeviceChange(Base):
    """A device's status changed: to what, when it was found, and why."""

    __tablename__ = "device_changes"
    id: Mapped[int] = mapped_column(primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"))
    at: Mapped[datetime] = mapped_column(Moment)
    status: Mapped[Status] = mapped_column(String(16))
    fault: Mapped[str] = mapped_column(String(32), default="")
    detail: Mapped[str] = mapped_column(String(500), default="")
    __table_args__ = (Index("ix_device_changes_device_at", "device_id", "at"),)


class ProbeWish(Base):
    """Somebody, or a trap, wants a device looked at before its turn; the worker takes the row away when it does."""

    __tablename__ = "probe_wishes"
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"), primary_key=True, autoincrement=False)
    asked_at: Mapped[datetime] = mapped_column(Moment)
