"""Storage of what devices report: the latest readings, their history, and when a device's status changed."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, and_, delete, false, func, insert, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from roomctl.database import Base, Moment, db, is_postgresql
from roomctl.devices.health import Status
from roomctl.devices.tables import Device

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


def _upsert(table: Any, rows: list[dict[str, Any]], keys: list[str]) -> None:
    """Insert rows; where the key is there already (a clock went back, a look was stored twice), the new row stands."""
    if not rows:
        return
    insert = (postgresql if is_postgresql() else sqlite).insert(table)
    changed = {name: insert.excluded[name] for name in rows[0] if name not in keys}
    db.session.execute(insert.on_conflict_do_update(index_elements=keys, set_=changed), rows)


def latest_readings(device_ids: Collection[int]) -> dict[int, tuple[datetime, list[list[Any]]]]:
    """Return when devices were last read, and what they said."""
    found = db.session.execute(select(DeviceReadings.device_id, DeviceReadings.read_at, DeviceReadings.readings)
                               .where(DeviceReadings.device_id.in_(device_ids)))
    return {device_id: (read_at, rows) for device_id, read_at, rows in found}


def keep_readings(rows: list[dict[str, Any]]) -> None:
    _upsert(DeviceReadings.__table__, rows, ["device_id"])


def keep_history(rows: list[dict[str, Any]]) -> None:
    _upsert(ReadingHistory.__table__, rows, ["device_id", "step", "at"])


def keep_changes(rows: list[dict[str, Any]]) -> None:
    if rows:
        db.session.execute(insert(DeviceChange), rows)


def changes_of(device_id: int, *, limit: int) -> list[DeviceChange]:
    """Return how a device's status changed, the latest first."""
    return list(db.session.scalars(select(DeviceChange).where(DeviceChange.device_id == device_id)
                                   .order_by(DeviceChange.at.desc(), DeviceChange.id.desc()).limit(limit)))


def history_of(device_id: int, step: str, since: datetime) -> list[tuple[datetime, dict[str, Any]]]:
    """Return a device's rows of one step since a moment, in order of time."""
    found = db.session.execute(select(ReadingHistory.at, ReadingHistory.numbers).where(
        ReadingHistory.device_id == device_id, ReadingHistory.step == step, ReadingHistory.at >= since).order_by(ReadingHistory.at))
    return [(at, numbers) for at, numbers in found]


def next_device_ids(after: int, count: int) -> list[int]:
    """Return the ids that follow one, retired devices too: what they left is thinned as well."""
    return list(db.session.scalars(select(Device.id).where(Device.id > after).order_by(Device.id).limit(count)))


def last_hours(device_ids: Collection[int], before: datetime) -> dict[int, datetime]:
    """Return the last hour of each device that has been folded, before a moment."""
    found = db.session.execute(select(ReadingHistory.device_id, func.max(ReadingHistory.at)).where(
        ReadingHistory.device_id.in_(device_ids), ReadingHistory.step == HOUR, ReadingHistory.at < before).group_by(ReadingHistory.device_id))
    return {row[0]: row[1] for row in found}


def minutes_between(device_ids: Collection[int], since: Mapping[int, datetime], until: datetime) -> dict[int, list[tuple[datetime, Any]]]:
    """Return the minute rows of devices, each from its own moment on, in order of time."""
    minute = and_(ReadingHistory.step == MINUTE, ReadingHistory.at < until)
    known = or_(false(), *(and_(ReadingHistory.device_id == device_id, ReadingHistory.at >= at) for device_id, at in since.items()))
    unknown = ReadingHistory.device_id.in_([device_id for device_id in device_ids if device_id not in since])
    found: dict[int, list[tuple[datetime, Any]]] = {}
    for device_id, at, numbers in db.session.execute(select(ReadingHistory.device_id, ReadingHistory.at, ReadingHistory.numbers).where(
            minute, or_(known, unknown)).order_by(ReadingHistory.device_id, ReadingHistory.at)):
        found.setdefault(device_id, []).append((at, numbers))
    return found


def forget_before(device_ids: Collection[int], *, minutes: datetime, hours: datetime, changes: datetime) -> int:
    """Delete what is older than this of some devices, inside the caller's transaction; return how many rows."""
    gone = 0
    for table, old in ((ReadingHistory, and_(ReadingHistory.step == MINUTE, ReadingHistory.at < minutes)),
                       (ReadingHistory, and_(ReadingHistory.step == HOUR, ReadingHistory.at < hours)), (DeviceChange, DeviceChange.at < changes)):
        gone += db.session.execute(delete(table).where(table.device_id.in_(device_ids), old),
                                   execution_options={"synchronize_session": False}).rowcount
    return gone


def add_wishes(device_ids: Collection[int], asked_at: datetime) -> None:
    """Wish that devices are looked at before their turn, inside the caller's transaction."""
    _upsert(ProbeWish.__table__, [{"device_id": device_id, "asked_at": asked_at} for device_id in device_ids], ["device_id"])


def wishes(*, limit: int) -> list[int]:
    """Return the devices somebody waits for, the longest wait first."""
    return list(db.session.scalars(select(ProbeWish.device_id).join(Device, Device.id == ProbeWish.device_id)
                                   .where(Device.retired_at.is_(None)).order_by(ProbeWish.asked_at, ProbeWish.device_id).limit(limit)))


def wish_of(device_id: int) -> datetime | None:
    """Return since when somebody waits for a look at a device."""
    return db.session.scalar(select(ProbeWish.asked_at).where(ProbeWish.device_id == device_id))


def wishes_granted(device_ids: Collection[int], looked_at: datetime) -> None:
    """Forget the wishes of devices that were looked at from then on, inside the caller's transaction."""
    db.session.execute(delete(ProbeWish).where(ProbeWish.device_id.in_(device_ids), ProbeWish.asked_at <= looked_at),
                       execution_options={"synchronize_session": False})


def forget_wishes_before(asked_at: datetime) -> None:
    """Delete wishes that nothing came of, inside the caller's transaction: the device was retired, or nobody said how it is asked."""
    db.session.execute(delete(ProbeWish).where(ProbeWish.asked_at < asked_at), execution_options={"synchronize_session": False})
