"""Storage of what was checked before conferences."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint, and_, case, delete, func, literal, or_, select, type_coerce
from sqlalchemy.orm import Mapped, mapped_column, relationship

from roomctl.booking.lifecycle import ReservationState
from roomctl.booking.tables import Occurrence, Reservation
from roomctl.database import Base, Moment, db
from roomctl.devices.card_tables import ApprovedFirmware
from roomctl.devices.tables import Device
from roomctl.organisation.tables import Unit
from roomctl.organisation.unit_tables import at_or_below
from roomctl.rooms.tables import Room

ASKED = "asked"  # A look was asked for, and the device is not judged yet.


class ScheduledCheck(Base):
    """One device checked ahead of one occurrence: a day, an hour or a quarter of an hour before.

    `findings` lists [check, answer, detail] with answer yes, no or unknown; `ready` is what they come to (`readiness.readiness`), or
    "asked" while the look at the device has not come: `checked_at` is then when it was asked for.
    """

    __tablename__ = "scheduled_checks"
    id: Mapped[int] = mapped_column(primary_key=True)
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrences.id"))
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"))
    room_id: Mapped[int | None] = mapped_column(ForeignKey("rooms.id"))
    ahead_minutes: Mapped[int]  # 1440, 60 or 15.
    checked_at: Mapped[datetime] = mapped_column(Moment)
    ready: Mapped[str] = mapped_column(String(8))  # "yes", "no", "unknown" or "asked".
    findings: Mapped[list[list[Any]]] = mapped_column(JSON)
    told_at: Mapped[datetime | None] = mapped_column(Moment)

    device: Mapped[Device] = relationship(lazy="joined")
    __table_args__ = (UniqueConstraint("occurrence_id", "device_id", "ahead_minutes"),)


@dataclass(frozen=True, slots=True)
class Due:
    """A date to be judged so many minutes ahead; `asked_at` is since when looks at its devices have been waited for."""

    occurrence_id: int
    ahead_minutes: int
    start_at: datetime
    asked_at: datetime | None


def occurrences_due(now: datetime, ahead_minutes: Collection[int], lead: timedelta, *, limit: int, only: int | None = None) -> list[Due]:
    """Return what begins soon enough and has not been judged so near to it, the soonest first; `only` asks for one date.

    That is a date that stands, was not held, and has two codecs or more in granted rooms: fewer hold no session.  What changed since it
    was judged is judged anew.
    """
    steps = sorted(ahead_minutes)
    limits = {minutes: now + timedelta(minutes=minutes) + lead for minutes in steps}
    stage = case(*((Occurrence.planned_start_at <= literal(limits[minutes], Moment), minutes) for minutes in steps[:-1]), else_=steps[-1])
    of_stage = and_(ScheduledCheck.occurrence_id == Occurrence.id, ScheduledCheck.ahead_minutes == stage)
    judged = select(ScheduledCheck.id).where(of_stage, ScheduledCheck.ready != ASKED, or_(
        Occurrence.changed_at.is_(None), ScheduledCheck.checked_at > Occurrence.changed_at)).exists()
    asked_at = select(func.max(ScheduledCheck.checked_at)).where(of_stage, ScheduledCheck.ready == ASKED).scalar_subquery()
    codecs = (select(func.count()).select_from(Reservation).join(Device, Device.room_id == Reservation.room_id).where(
        Reservation.occurrence_id == Occurrence.id, Reservation.state == ReservationState.GRANTED, _is_the_codec()).scalar_subquery())
    query = select(Occurrence.id, stage, Occurrence.planned_start_at, type_coerce(asked_at, Moment)).where(
        Occurrence.planned_start_at > now, Occurrence.planned_start_at <= limits[steps[-1]], Occurrence.cancelled_at.is_(None),
        Occurrence.actual_start_at.is_(None), ~judged, codecs >= 2).order_by(Occurrence.planned_start_at, Occurrence.id).limit(limit)
    if only is not None:
        query = query.where(Occurrence.id == only)
    return [Due(*row) for row in db.session.execute(query)]


def _is_the_codec() -> Any:
    return and_(Device.kind == "codec", Device.spare.is_(False), Device.retired_at.is_(None))


def checks_of(occurrence_id: int) -> list[ScheduledCheck]:
    """Return what was checked before one date, the earliest check of each device first."""
    return list(db.session.scalars(select(ScheduledCheck).where(ScheduledCheck.occurrence_id == occurrence_id).order_by(
        ScheduledCheck.device_id, ScheduledCheck.ahead_minutes.desc())).unique())


def forget_others(occurrence_id: int, ahead_minutes: int, device_ids: Collection[int]) -> None:
    """Delete the checks of devices that do not belong to a date any more, inside the caller's transaction."""
    db.session.execute(delete(ScheduledCheck).where(
        ScheduledCheck.occurrence_id == occurrence_id, ScheduledCheck.ahead_minutes == ahead_minutes, ScheduledCheck.device_id.not_in(device_ids)))


def approved_firmware(models: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], set[str]]:
    """Return the firmware that is approved for each family and model."""
    found: dict[tuple[str, str], set[str]] = {}
    for row in db.session.scalars(select(ApprovedFirmware).where(ApprovedFirmware.model.in_({model for _, model in models}))):
        found.setdefault((row.family, row.model), set()).add(row.firmware)
    return found


def checks_ahead(now: datetime, until: datetime, *, below: Collection[str]) -> list[ScheduledCheck]:
    """Return the checks of devices at and below some units before what begins until a moment, in order of time and room."""
    return list(db.session.scalars(
        select(ScheduledCheck).join(Occurrence, ScheduledCheck.occurrence_id == Occurrence.id).join(Device, ScheduledCheck.device_id == Device.id)
        .join(Unit, Device.unit_id == Unit.id).outerjoin(Room, ScheduledCheck.room_id == Room.id).where(
            Occurrence.planned_start_at > now, Occurrence.planned_start_at <= until, Occurrence.cancelled_at.is_(None), at_or_below(below))
        .order_by(Occurrence.planned_start_at, Occurrence.id, Unit.order_key, Room.order_key, ScheduledCheck.device_id,
                  ScheduledCheck.ahead_minutes.desc())).unique())


def forget_before(moment: datetime, *, limit: int) -> int:
    """Delete checks that are older than a moment, inside the caller's transaction; return how many."""
    oldest = select(ScheduledCheck.id).order_by(ScheduledCheck.id).limit(limit).subquery()
    return db.session.execute(delete(ScheduledCheck).where(ScheduledCheck.id.in_(select(oldest.c.id)), ScheduledCheck.checked_at < moment),
                              execution_options={"synchronize_session": False}).rowcount
