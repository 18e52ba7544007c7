"""What deciding asks of the stored reservations: those to be decided, those that wait behind them, those that are late.

Whoever changes reservations locks their rooms first, then the occurrences, then the reservations, each in id order, as
asking for a conference does: so decisions, requests and changes queue instead of deadlocking.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased, selectinload

from roomctl.booking.lifecycle import ACTIVE, LOST, ReservationState
from roomctl.booking.tables import _WHOLE, Conference, Occurrence, Reservation
from roomctl.database import db
from roomctl.rooms.tables import Room, lock_rooms
from roomctl.timespan import Span

_SHOWN = selectinload(Reservation.occurrence).options(*_WHOLE)


def lock_with_rooms(ids: Collection[int], *, also_rooms: Collection[int] = ()) -> dict[int, Reservation]:
    """Lock the rooms of some reservations, their occurrences and the reservations, and return these as they are now."""
    lock_rooms({*db.session.scalars(select(Reservation.room_id).where(Reservation.id.in_(ids))), *also_rooms})
    occurrence_ids = select(Reservation.occurrence_id).where(Reservation.id.in_(ids))
    db.session.scalars(_locked(select(Occurrence).where(Occurrence.id.in_(occurrence_ids)).order_by(Occurrence.id), Occurrence)).all()
    found = db.session.scalars(_locked(select(Reservation).where(Reservation.id.in_(ids)).order_by(Reservation.id), Reservation)).unique()
    return {one.id: one for one in found}


def lock_conference_with_rooms(conference_id: int, *, also_rooms: Collection[int] = ()) -> Conference | None:
    """Lock the rooms of a conference, then it, its occurrences and its reservations, and return it as it is now."""
    of_it = select(Reservation).join(Reservation.occurrence).where(Occurrence.conference_id == conference_id)
    lock_rooms({*db.session.scalars(of_it.with_only_columns(Reservation.room_id)), *also_rooms})
    conference = db.session.scalar(_locked(select(Conference).where(Conference.id == conference_id), Conference))
    db.session.scalars(_locked(select(Occurrence).where(Occurrence.conference_id == conference_id).order_by(Occurrence.id), Occurrence)).all()
    db.session.scalars(_locked(of_it.order_by(Reservation.id), Reservation)).unique().all()
    return conference


def _locked(query: Select[Any], kind: type, *, skip: bool = False) -> Select[Any]:
    lock = query.with_for_update(of=kind, skip_locked=True) if skip else query.with_for_update(of=kind, key_share=True)
    return lock.execution_options(populate_existing=True)


def _who_wait() -> Select[Any]:
    return (select(Reservation).join(Reservation.occurrence)
            .where(Reservation.state == ReservationState.WAITING, Occurrence.cancelled_at.is_(None)))


def waiting_for_room(room_id: int, span: Span, *, now: datetime) -> list[Reservation]:
    """Lock and return those who wait for a room at a time that meets `span`, in the order in which they asked.

    One that somebody else changes at this moment is passed over: what came free is offered again before long.
    """
    meets = (Reservation.room_id == room_id, Reservation.held_start_at < span.end, Reservation.held_end_at > span.start)
    query = _who_wait().where(*meets, Occurrence.planned_start_at > now).order_by(Reservation.requested_at, Reservation.id)
    return list(db.session.scalars(_locked(query, Reservation, skip=True)).unique())


def waiting_behind(reservations: Collection[Reservation]) -> dict[int, list[Reservation]]:
    """Return, by the id of each of some reservations, those who wait for its room at its time, in the order in which they asked."""
    if not reservations:
        return {}
    until, since = max(one.held_end_at for one in reservations), min(one.held_start_at for one in reservations)
    waiting = list(db.session.scalars(_who_wait().where(
        Reservation.room_id.in_({one.room_id for one in reservations}), Reservation.held_start_at < until, Reservation.held_end_at > since,
    ).options(_SHOWN).order_by(Reservation.requested_at, Reservation.id)).unique())
    return {one.id: [other for other in waiting if other.room_id == one.room_id and other.held_start_at < one.held_end_at
                     and other.held_end_at > one.held_start_at] for one in reservations}


def still_waiting(ids: Collection[int]) -> list[Reservation]:
    """Lock and return those of some who wait still; one that somebody else changes at this moment is passed over."""
    query = select(Reservation).where(Reservation.id.in_(ids), Reservation.state == ReservationState.WAITING).order_by(Reservation.id)
    return list(db.session.scalars(_locked(query, Reservation, skip=True)).unique())


def who_wait_ahead(now: datetime) -> list[Reservation]:
    """Return those who wait for a room that no reservation holds at their time, in the order in which they asked."""
    holder = aliased(Reservation)
    held = select(holder.id).where(
        holder.room_id == Reservation.room_id, holder.state.in_(ACTIVE), holder.held_start_at < Reservation.held_end_at,
        holder.held_end_at > Reservation.held_start_at)
    return list(db.session.scalars(_who_wait().where(Occurrence.planned_start_at > now, ~held.exists())
                                   .order_by(Reservation.requested_at, Reservation.id)).unique())


def passed_over_for(reservation: Reservation, decided_at: datetime, *, now: datetime) -> list[Reservation]:
    """Lock and return those who waited for a room and were refused by the decision that gave it to `reservation`."""
    query = select(Reservation).join(Reservation.occurrence).where(
        Reservation.room_id == reservation.room_id, Reservation.state == ReservationState.REFUSED,
        Reservation.decided_rule == "given_to_another", Reservation.decided_at == decided_at, Reservation.held_start_at < reservation.held_end_at,
        Reservation.held_end_at > reservation.held_start_at, Occurrence.cancelled_at.is_(None), Occurrence.planned_start_at > now)
    return list(db.session.scalars(_locked(query.order_by(Reservation.id), Reservation, skip=True)).unique())


def decided_by(user_id: int, since: datetime) -> list[Reservation]:
    """Return what somebody decided since a moment and nobody has changed after that, the latest first."""
    return list(db.session.scalars(
        select(Reservation).where(Reservation.decided_by == user_id, Reservation.decided_at > since,
                                  Reservation.state.in_((ReservationState.GRANTED, ReservationState.REFUSED)))
        .options(_SHOWN).order_by(Reservation.decided_at.desc(), Reservation.id)).unique())


def decided_alike(conference_id: int, room_id: int, state: ReservationState, rule: str, since: datetime) -> list[Reservation]:
    """Return the reservations of one room for the dates of a conference that somebody decided the same way since a moment, in order."""
    return list(db.session.scalars(
        select(Reservation).join(Reservation.occurrence).where(
            Occurrence.conference_id == conference_id, Reservation.room_id == room_id, Reservation.state == state,
            Reservation.decided_at >= since, Reservation.decided_by.is_not(None), Reservation.decided_rule == rule)
        .order_by(Occurrence.planned_start_at)).unique())


def passed_up(unit_ids: Collection[int]) -> list[Reservation]:
    """Return the requests for rooms of these units that another unit decides on, the earliest first."""
    return list(db.session.scalars(
        select(Reservation).join(Room, Reservation.room_id == Room.id).where(
            Reservation.state == ReservationState.REQUESTED, Room.unit_id.in_(unit_ids), Reservation.deciding_unit_id.not_in(unit_ids))
        .options(_SHOWN).order_by(Reservation.held_start_at, Reservation.id)).unique())


def granted_to_mandatory(unit_ids: Collection[int], now: datetime) -> list[Reservation]:
    """Return the reservations of these units' rooms for mandatory conferences that have not begun, the earliest first."""
    return list(db.session.scalars(
        select(Reservation).join(Room, Reservation.room_id == Room.id).join(Reservation.occurrence).join(Occurrence.conference).where(
            Reservation.state == ReservationState.GRANTED, Room.unit_id.in_(unit_ids), Conference.mandatory_at.is_not(None),
            Occurrence.planned_start_at > now)
        .options(_SHOWN).order_by(Reservation.held_start_at, Reservation.id)).unique())


def hosted_by(unit_ids: Collection[int], now: datetime) -> list[Occurrence]:
    """Return the coming occurrences whose conference has its host room in one of these units, the earliest first."""
    return list(db.session.scalars(
        select(Occurrence).join(Occurrence.conference).join(Room, Conference.host_room_id == Room.id).where(
            Room.unit_id.in_(unit_ids), Occurrence.planned_start_at > now, Occurrence.cancelled_at.is_(None))
        .options(*_WHOLE).order_by(Occurrence.planned_start_at, Occurrence.id)).unique())


def overdue_ids(now: datetime) -> list[int]:
    """Return the ids of the requests that nobody decided in time and whose conference has not begun."""
    return list(db.session.scalars(
        select(Reservation.id).join(Reservation.occurrence).where(
            Reservation.state == ReservationState.REQUESTED, Reservation.deadline_at <= now, Occurrence.planned_start_at > now)
        .order_by(Reservation.id)))


def overdue_for_update(ids: Collection[int], now: datetime) -> list[Reservation]:
    """Lock those of some requests that are overdue still; one that is being decided is left to who decides it."""
    query = select(Reservation).join(Reservation.occurrence).where(
        Reservation.id.in_(ids), Reservation.state == ReservationState.REQUESTED, Reservation.deadline_at <= now,
        Occurrence.planned_start_at > now)
    return list(db.session.scalars(_locked(query.order_by(Reservation.id), Reservation, skip=True)).unique())


def undecided_at_start(now: datetime) -> list[Reservation]:
    """Lock and return what was asked for and not decided, or still waits, when its occurrence began; what is being decided is waited for."""
    return list(db.session.scalars(_locked(
        select(Reservation).join(Reservation.occurrence).where(
            Reservation.state.in_((ReservationState.REQUESTED, ReservationState.WAITING)), Occurrence.planned_start_at <= now)
        .order_by(Reservation.id), Reservation)).unique())


def lost_ahead(conference_id: int, room_id: int, now: datetime) -> list[int]:
    """Return the ids of the reservations of one room that a conference did not get on the dates that are to come."""
    return list(db.session.scalars(
        select(Reservation.id).join(Reservation.occurrence).where(
            Occurrence.conference_id == conference_id, Reservation.room_id == room_id, Reservation.state.in_(LOST),
            Occurrence.cancelled_at.is_(None), Occurrence.planned_start_at > now).order_by(Occurrence.planned_start_at)))
