"""What asking whether anybody came needs of the stored occurrences."""

from datetime import datetime, timedelta

from sqlalchemy import select

from roomctl.booking.lifecycle import ReservationState
from roomctl.booking.tables import _WHOLE, Occurrence, Reservation
from roomctl.database import db

LONGEST_ASKED = timedelta(days=1)  # Whoever has not come by then is not looked for any more.


def asked_and_not_come(now: datetime) -> list[Occurrence]:
    """Return the occurrences whose panel asks whether anybody has come, which nobody answered, and which hold their room still."""
    return list(db.session.scalars(
        select(Occurrence).join(Occurrence.reservations).where(
            Occurrence.check_in_asked_at > now - LONGEST_ASKED, Occurrence.check_in_asked_at.is_not(None), Occurrence.checked_in_at.is_(None),
            Occurrence.planned_end_at > now, Occurrence.cancelled_at.is_(None), Occurrence.actual_start_at.is_(None),
            Reservation.state == ReservationState.GRANTED)
        .options(*_WHOLE).order_by(Occurrence.id)).unique())


def come_and_over(now: datetime, *, lock: bool) -> list[Occurrence]:
    """Return the occurrences that somebody came to, that are over, and of which nothing says yet when they ended; lock them when asked."""
    query = (select(Occurrence).where(Occurrence.checked_in_at.is_not(None), Occurrence.actual_end_at.is_(None), Occurrence.planned_end_at <= now,
                                      Occurrence.cancelled_at.is_(None), Occurrence.actual_start_at.is_(None)).order_by(Occurrence.id))
    if lock:
        query = query.with_for_update(of=Occurrence, key_share=True, skip_locked=True).execution_options(populate_existing=True)
    return list(db.session.scalars(query))
