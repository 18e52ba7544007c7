"""What is asked of invitations, and of the dates ahead that people are to be reminded of."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, exists, func, or_, select

from roomctl.booking.lifecycle import ReservationState
from roomctl.booking.tables import Conference, Invitation, Occurrence, Reservation
from roomctl.database import db
from roomctl.organisation.tables import User
from roomctl.organisation.unit_tables import containing
from roomctl.text import folded


def conference_row_for_update(conference_id: int) -> Conference | None:
    """Lock a conference, but none of its dates, and return it as it is now."""
    return db.session.scalar(select(Conference).where(Conference.id == conference_id)
                             .with_for_update(of=Conference, key_share=True).execution_options(populate_existing=True))


def invitation_for_update(conference_id: int, user_id: int) -> Invitation | None:
    """Lock one person's invitation and return it as it is now."""
    return db.session.scalar(select(Invitation).where(Invitation.conference_id == conference_id, Invitation.user_id == user_id)
                             .with_for_update(of=Invitation).execution_options(populate_existing=True))


def coming_invitations(user_id: int, now: datetime, *, limit: int) -> list[tuple[Invitation, int, int]]:
    """Return what a person is invited to and is not over, the nearest first: the invitation, its next date's id, how many dates are left."""
    ahead = (select(Occurrence.conference_id, func.min(Occurrence.planned_start_at).label("next_at"), func.count().label("dates"))
             .join(Invitation, Invitation.conference_id == Occurrence.conference_id)
             .where(Invitation.user_id == user_id, Occurrence.cancelled_at.is_(None), Occurrence.planned_end_at > now)
             .group_by(Occurrence.conference_id).subquery())
    rows = db.session.execute(
        select(Invitation, Occurrence.id, ahead.c.dates)
        .join(ahead, ahead.c.conference_id == Invitation.conference_id)
        .join(Occurrence, and_(Occurrence.conference_id == ahead.c.conference_id, Occurrence.planned_start_at == ahead.c.next_at))
        .where(Invitation.user_id == user_id, Occurrence.cancelled_at.is_(None))
        .order_by(Occurrence.planned_start_at, Occurrence.id).limit(limit)).unique()
    return [(invitation, occurrence_id, dates) for invitation, occurrence_id, dates in rows]


def people_to_invite(words: str, *, limit: int) -> list[User]:
    """Return the people with an open account whose name holds `words`, accents or not, those who begin with them first."""
    begins = User.folded_name.startswith(folded(words), autoescape=True)
    return list(db.session.scalars(select(User).where(User.active, User.folded_name.like(containing(words), escape="\\"))
                                   .order_by(begins.desc(), User.folded_name, User.id).limit(limit)).unique())


def dates_to_remind_of(now: datetime, ahead: Sequence[timedelta], *, limit: int, lock: bool = False) -> list[Occurrence]:
    """Return the dates for which a reminder has come due, the nearest first: they stand, have not begun, and their host room is granted.

    `ahead` is how long before the start the first, the second … reminder is due.
    """
    due = or_(*(and_(Occurrence.planned_start_at <= now + length, Occurrence.reminders < number) for number, length in enumerate(ahead, 1)))
    host_granted = exists().where(Reservation.occurrence_id == Occurrence.id, Reservation.room_id == Conference.host_room_id,
                                  Reservation.state == ReservationState.GRANTED)
    query = (select(Occurrence).join(Occurrence.conference)
             .where(Occurrence.planned_start_at > now, Occurrence.planned_start_at <= now + max(ahead), due, Occurrence.cancelled_at.is_(None),
                    Occurrence.actual_start_at.is_(None), host_granted)
             .order_by(Occurrence.planned_start_at, Occurrence.id).limit(limit))
    if lock:
        query = query.with_for_update(of=Occurrence, key_share=True, skip_locked=True).execution_options(populate_existing=True)
    return list(db.session.scalars(query).unique())
