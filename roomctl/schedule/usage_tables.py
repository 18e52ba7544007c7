"""What the database is asked for the report: one grouped question about all reservations of a year."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, case, cast, extract, func, or_, select

from roomctl.booking.lifecycle import ReservationState
from roomctl.booking.presence import NO_SHOW
from roomctl.booking.tables import Occurrence, Reservation
from roomctl.database import db, is_postgresql
from roomctl.devices.tables import Device
from roomctl.organisation.tables import Unit
from roomctl.rooms.tables import Room
from roomctl.schedule.usage import Figures, Place


def places_below(unit_path: str) -> dict[int, Place]:
    """Return a unit and all below it, by id."""
    rows = db.session.execute(select(Unit.id, Unit.path, Unit.level).where(Unit.path.startswith(unit_path)))
    return {unit_id: Place(unit_id, path, level) for unit_id, path, level in rows}


def rooms_by_unit(unit_path: str) -> dict[int, int]:
    """Return how many rooms in use each unit at or below a path has."""
    rows: Sequence[Any] = db.session.execute(select(Room.unit_id, func.count()).join(Unit, Room.unit_id == Unit.id).where(
        Unit.path.startswith(unit_path), Room.retired_at.is_(None)).group_by(Room.unit_id)).all()
    return {row[0]: row[1] for row in rows}


def counted(unit_path: str, months: Sequence[datetime], now: datetime) -> dict[tuple[int, int], Figures]:
    """Return by (unit, month) what was counted of its rooms; `months` are the beginnings of twelve months and the end of the last."""
    start, end = Occurrence.planned_start_at, Occurrence.planned_end_at
    within = and_(start >= months[0], start < months[-1])
    month = case(*((start < later, number) for number, later in enumerate(months[1:-1], 1)), else_=len(months) - 1)
    granted = and_(Reservation.state == ReservationState.GRANTED, Occurrence.cancelled_at.is_(None))
    ended = and_(granted, Occurrence.actual_start_at.is_not(None), Occurrence.actual_end_at.is_not(None))
    codec_rooms = select(Device.room_id).where(Device.kind == "codec", Device.room_id.is_not(None), Device.retired_at.is_(None))
    could_start = (select(Reservation.occurrence_id).join(Reservation.occurrence)
                   .where(within, Reservation.state == ReservationState.GRANTED, Reservation.room_id.in_(codec_rooms))
                   .group_by(Reservation.occurrence_id).having(func.count() > 1))
    not_started = and_(granted, end <= now, Occurrence.actual_start_at.is_(None), Reservation.room_id.in_(codec_rooms),
                       Occurrence.id.in_(could_start))
    given_back = and_(Reservation.state == ReservationState.RELEASED, Reservation.decided_rule == NO_SHOW, Occurrence.cancelled_at.is_(None))

    def number(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.sum(case((condition, 1), else_=0))

    rows: Sequence[Any] = db.session.execute(
        select(Room.unit_id, month.label("month"), number(granted), func.sum(case((granted, _seconds(start, end)), else_=0)), number(ended),
               func.sum(case((ended, _seconds(Occurrence.actual_start_at, Occurrence.actual_end_at)), else_=0)), number(or_(not_started, given_back)),
               number(Reservation.state == ReservationState.REFUSED), number(Reservation.state == ReservationState.DISPLACED),
               number(Reservation.state == ReservationState.LAPSED),
               number(and_(Reservation.state == ReservationState.RELEASED, Occurrence.cancelled_at.is_not(None))))
        .select_from(Occurrence).join(Reservation, Reservation.occurrence_id == Occurrence.id).join(Room, Reservation.room_id == Room.id)
        .join(Unit, Room.unit_id == Unit.id).where(within, Unit.path.startswith(unit_path)).group_by(Room.unit_id, "month")).all()
    return {(row[0], row[1]): Figures(0, 0, *(int(value) for value in row[2:])) for row in rows}


def _seconds(start: Any, end: Any) -> ColumnElement[int]:
    """Return the whole seconds between two moments; the engines count them each in their own way."""
    if is_postgresql():
        return func.floor(extract("epoch", end)) - func.floor(extract("epoch", start))
    return cast(func.strftime("%s", end), Integer) - cast(func.strftime("%s", start), Integer)
