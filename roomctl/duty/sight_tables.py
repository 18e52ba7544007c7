"""What the database is asked for the technicians' screens and for alerts: devices as they may be shown now, and what their rooms are for.

How old a look may be depends on the device's own interval, so each question first asks which intervals there are: a handful.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, func, literal, not_, null, select
from sqlalchemy.orm import aliased

from roomctl.booking.lifecycle import ACTIVE
from roomctl.booking.tables import LOOK_BACK, Occurrence, Reservation
from roomctl.database import Moment, db
from roomctl.devices.card_tables import DeviceLink
from roomctl.devices.health import Status, as_shown
from roomctl.devices.tables import Device
from roomctl.duty.alert_tables import Alert, in_parts, rooms_of_alerts
from roomctl.duty.standing import STANDBY, Look
from roomctl.organisation.tables import Unit
from roomctl.organisation.unit_tables import at_or_below
from roomctl.rooms.tables import Room
from roomctl.rooms.upkeep_tables import windows_during
from roomctl.timespan import Span

# What a room's devices come to, from the worst down; a device that sleeps says nothing of the room.
CRITICAL, WARNING, UNKNOWN, OK, ASLEEP = 4, 3, 2, 1, 0
_WORST = {CRITICAL: Status.CRITICAL, WARNING: Status.WARNING, UNKNOWN: Status.UNKNOWN, OK: Status.OK, ASLEEP: Status.UNKNOWN}


def worst(rank: int | None) -> Status | None:
    """Return the status of a room whose worst device has this rank; None for a room without devices."""
    return None if rank is None else _WORST[rank]


@dataclass(frozen=True, slots=True)
class Seen:
    """How devices are seen at a moment: `rank` is what each comes to, NULL where a room was joined with none."""

    now: datetime
    rank: ColumnElement[int | None]


def seen_at(now: datetime) -> Seen:
    """Return how devices are seen at a moment: as they were last found, unless that is too long ago for their interval (`health.as_shown`)."""
    intervals = db.session.scalars(select(Device.probe_every_s).distinct()).all()
    oldest = {every_s: literal(now - 2 * timedelta(seconds=every_s), Moment) for every_s in intervals}
    fresh = and_(Device.probed_at.is_not(None), Device.probed_at >= case(oldest, value=Device.probe_every_s)) if oldest else false()
    return Seen(now, case(
        (Device.id.is_(None), null()), (and_(fresh, Device.fault == STANDBY), ASLEEP), (not_(fresh), UNKNOWN),
        (Device.status == Status.CRITICAL, CRITICAL), (Device.status == Status.WARNING, WARNING), (Device.status == Status.OK, OK), else_=UNKNOWN))


# For alerts


def looks(now: datetime, device_ids: Collection[int]) -> list[Look]:
    """Return the devices whose last look found them not well, and those of `device_ids` whatever was found."""
    ill = and_(Device.retired_at.is_(None), Device.status != Status.OK, Device.fault != STANDBY)
    found = {look.device_id: look for look in _looks(now, ill)}
    for part in in_parts(set(device_ids) - set(found)):
        found |= {look.device_id: look for look in _looks(now, Device.id.in_(part))}
    return sorted(found.values(), key=lambda look: look.device_id)


def _looks(now: datetime, which: ColumnElement[bool]) -> list[Look]:
    rows = db.session.execute(select(
        Device.id, Device.name, Device.unit_id, Unit.path, Device.room_id, Device.status, Device.fault, Device.fault_detail, Device.probed_at,
        Device.probe_every_s, Device.retired_at).join(Unit, Device.unit_id == Unit.id).where(which))
    return [Look(device_id, name, unit_id, path, room_id, Status(status) if fresh(looked_at, now, every_s) else Status.UNKNOWN, fault, detail,
                 looked_at, fresh(looked_at, now, every_s), retired_at is not None)
            for device_id, name, unit_id, path, room_id, status, fault, detail, looked_at, every_s, retired_at in rows]


def fresh(looked_at: datetime | None, now: datetime, every_s: int) -> bool:
    """True while a look still means something."""
    return as_shown(Status.OK, looked_at, now=now, interval=timedelta(seconds=every_s)) is Status.OK


def upstream_of(device_ids: Collection[int]) -> dict[int, int]:
    """Return the device between each of some devices and the network, and between that and the network, as far as it is known."""
    found: dict[int, int] = {}
    asked = set(device_ids)
    while asked:
        rows = [row for part in in_parts(asked) for row in db.session.execute(
            select(DeviceLink.device_id, DeviceLink.upstream_id).where(DeviceLink.device_id.in_(part)))]
        found |= dict(rows)
        asked = {upstream_id for _, upstream_id in rows} - set(found)
    return found


def devices_that_could_answer() -> dict[str, int]:
    """Return how many devices in use each unit has, by its path; what sleeps is left out."""
    rows = db.session.execute(select(Unit.path, func.count()).select_from(Device).join(Unit, Device.unit_id == Unit.id).where(
        Device.retired_at.is_(None), Device.fault != STANDBY).group_by(Unit.path))
    return dict(rows.all())


def in_maintenance(room_ids: Collection[int], now: datetime) -> set[int]:
    """Return those of some rooms that are closed for maintenance now."""
    span = Span(now, now + timedelta(microseconds=1))
    return {window.room_id for part in in_parts(room_ids) for window in windows_during(part, span)}


# For both


@dataclass(frozen=True, slots=True)
class Ahead:
    """A conference in a room: when, and nothing else of it."""

    room_id: int
    occurrence_id: int
    span: Span


def _meets(now: datetime, until: datetime) -> ColumnElement[bool]:
    """True of a reservation for a conference that is under way or begins before `until`."""
    return and_(Reservation.state.in_(ACTIVE), Reservation.held_start_at < until, Reservation.held_start_at > now - LOOK_BACK,
                Reservation.held_end_at > now, Occurrence.cancelled_at.is_(None), Occurrence.actual_end_at.is_(None),
                Occurrence.planned_start_at < until, Occurrence.planned_end_at > now)


def _ahead(which: ColumnElement[bool], now: datetime, until: datetime, limit: int | None = None) -> list[Ahead]:
    rows = db.session.execute(
        select(Reservation.room_id, Occurrence.id, Occurrence.planned_start_at, Occurrence.planned_end_at)
        .join(Occurrence, Reservation.occurrence_id == Occurrence.id).where(which, _meets(now, until))
        .order_by(Occurrence.planned_start_at, Occurrence.id, Reservation.room_id).limit(limit))
    return [Ahead(room_id, occurrence_id, Span(start, end)) for room_id, occurrence_id, start, end in rows]


def conferences_ahead(room_ids: Collection[int], now: datetime, until: datetime) -> list[Ahead]:
    """Return what is held in some rooms from now until a moment, in order of time."""
    found = [one for part in in_parts(room_ids) for one in _ahead(Reservation.room_id.in_(part), now, until)]
    return sorted(found, key=lambda one: (one.span.start, one.occurrence_id, one.room_id))


# For screens


@dataclass(frozen=True, slots=True)
class Trouble:
    """A device that is not well, or of which nothing is known: what is wrong, since when, and what that rests on."""

    device_id: int
    name: str
    kind: str
    room_id: int | None
    status: Status
    fault: str
    looked_at: datetime | None
    since: datetime | None


def _alone(seen: Seen, ranks: Collection[int]) -> ColumnElement[bool]:
    """True of a device in use that comes to one of these ranks, and not for a cause that it shares with others."""
    alert, cause = aliased(Alert), aliased(Alert)
    shares = select(alert.id).join(cause, and_(alert.under_id == cause.id, cause.cleared_at.is_(None))).where(
        alert.device_id == Device.id, alert.kind == Device.fault, alert.cleared_at.is_(None)).exists()
    return and_(Device.retired_at.is_(None), seen.rank.in_(ranks), not_(shares))


def troubles_of_rooms(seen: Seen, room_ids: Collection[int], *, alone: bool = False) -> list[Trouble]:
    """Return the devices of some rooms that are not known to be well; with `alone`, without those that share a cause with others."""
    ranks = (CRITICAL, WARNING, UNKNOWN)
    wanted = _alone(seen, ranks) if alone else and_(Device.retired_at.is_(None), seen.rank.in_(ranks))
    rows = [row for part in in_parts(room_ids) for row in db.session.execute(select(
        Device.id, Device.name, Device.kind, Device.room_id, Device.status, Device.fault, Device.probed_at, Device.probe_every_s,
        Device.changed_at).where(wanted, Device.room_id.in_(part)))]
    return [Trouble(device_id, name, kind, room_id, Status(status) if fresh(looked_at, seen.now, every_s) else Status.UNKNOWN,
                    fault if fresh(looked_at, seen.now, every_s) else "", looked_at, since)
            for device_id, name, kind, room_id, status, fault, looked_at, every_s, since in rows]


def conferences_hurt(seen: Seen, until: datetime, *, below: Collection[str], ranks: Collection[int], limit: int) -> list[Ahead]:
    """Return what is held, until a moment, in rooms with a device that comes to one of these ranks, in order of time.

    Devices that share a cause with others are left out: the cause stands for them.
    """
    rooms = select(Device.room_id).join(Unit, Device.unit_id == Unit.id).where(_alone(seen, ranks), Device.room_id.is_not(None), at_or_below(below))
    return _ahead(Reservation.room_id.in_(rooms), seen.now, until, limit)


def conferences_under(cause_ids: Collection[int], now: datetime, until: datetime) -> dict[int, list[tuple[int, Span]]]:
    """Return (room, span) of what is held, until a moment, in the rooms that stand under causes, in order of time."""
    rooms = rooms_of_alerts(cause_ids)
    held = conferences_ahead({room_id for ids in rooms.values() for room_id in ids}, now, until)
    return {cause_id: [(one.room_id, one.span) for one in held if one.room_id in ids] for cause_id, ids in rooms.items()}


def room_counts(seen: Seen, *, below: Collection[str]) -> list[tuple[str, int | None, int]]:
    """Return (path of the unit, rank of the worst device, rooms) of the rooms in use; the rank is None for rooms without devices."""
    rooms = (select(Room.id, Room.unit_id, func.max(seen.rank).label("rank"))
             .outerjoin(Device, and_(Device.room_id == Room.id, Device.retired_at.is_(None)))
             .where(Room.retired_at.is_(None)).group_by(Room.id).subquery())
    return [(path, rank, count) for path, rank, count in db.session.execute(
        select(Unit.path, rooms.c.rank, func.count()).select_from(rooms).join(Unit, Unit.id == rooms.c.unit_id)
        .where(at_or_below(below)).group_by(Unit.path, rooms.c.rank))]


def shared_devices_ill(seen: Seen, *, below: Collection[str]) -> list[tuple[str, int]]:
    """Return (path of the unit, devices) of the devices in no room, such as bridges, that are known not to be well."""
    return [(path, count) for path, count in db.session.execute(
        select(Unit.path, func.count()).select_from(Device).join(Unit, Device.unit_id == Unit.id)
        .where(Device.retired_at.is_(None), Device.room_id.is_(None), seen.rank.in_((CRITICAL, WARNING)), at_or_below(below))
        .group_by(Unit.path))]


@dataclass(frozen=True, slots=True)
class RoomLine:
    """A room as lists name it, and the worst of its devices."""

    room_id: int
    name: str
    unit_id: int
    unit: str
    unit_path: str
    rank: int | None
    order: tuple[Any, ...]


def rooms_with_rank(seen: Seen, *, unit_path: str, itself_only: bool) -> list[RoomLine]:
    """Return the rooms in use of a unit, and of those below it unless `itself_only`, in Vietnamese order, the unit's own first."""
    where = Unit.path == unit_path if itself_only else Unit.path.startswith(unit_path)
    return _room_lines(seen, where)


def rooms_named(seen: Seen, room_ids: Collection[int]) -> dict[int, RoomLine]:
    return {line.room_id: line for part in in_parts(room_ids) for line in _room_lines(seen, Room.id.in_(part))}


def _room_lines(seen: Seen, which: ColumnElement[bool]) -> list[RoomLine]:
    rows = db.session.execute(
        select(Room.id, Room.name, Unit.id, Unit.name, Unit.path, Room.order_key, Unit.order_key, func.max(seen.rank))
        .select_from(Room).join(Unit, Room.unit_id == Unit.id)
        .outerjoin(Device, and_(Device.room_id == Room.id, Device.retired_at.is_(None))).where(Room.retired_at.is_(None), which)
        .group_by(Room.id, Room.name, Unit.id, Unit.name, Unit.path, Room.order_key, Unit.order_key))
    found = [RoomLine(room_id, name, unit_id, unit, path, rank, (path.count("/"), unit_order, order, room_id))
             for room_id, name, unit_id, unit, path, order, unit_order, rank in rows]
    return sorted(found, key=lambda line: line.order)


def devices_of_room(room_id: int) -> list[Device]:
    """Return a room's devices in use: the codec first, spare ones last."""
    order = {"codec": 0, "hardware": 1, "equipment": 2}
    found = db.session.scalars(select(Device).where(Device.room_id == room_id, Device.retired_at.is_(None))).unique()
    return sorted(found, key=lambda device: (device.spare, order.get(device.kind, 3), device.name, device.id))
