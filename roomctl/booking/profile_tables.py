"""What the database is asked about profiles and the conferences booked under them."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select

from roomctl.booking.tables import Conference, Occurrence
from roomctl.database import db
from roomctl.security_profiles.tables import SecurityProfile


class Booked(NamedTuple):
    """A conference with a date to come: which version it is booked under, whose it is, and its next date."""

    conference_id: int
    version: int
    organizer_id: int
    occurrence_id: int


def conferences_under(key: str, now: datetime) -> list[Booked]:
    """Return each conference under a profile that has a date which has not begun."""
    rows = db.session.execute(
        select(Conference.id, SecurityProfile.version, Conference.organizer_id, func.min(Occurrence.id))
        .join(SecurityProfile, Conference.profile_id == SecurityProfile.id).join(Occurrence, Occurrence.conference_id == Conference.id)
        .where(SecurityProfile.key == key, Conference.cancelled_at.is_(None), Occurrence.planned_start_at > now,
               Occurrence.cancelled_at.is_(None), Occurrence.actual_start_at.is_(None))
        .group_by(Conference.id, SecurityProfile.version, Conference.organizer_id).order_by(Conference.id))
    return [Booked(*row) for row in rows]
