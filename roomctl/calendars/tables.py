"""Storage of calendar feeds, and what they ask of occurrences."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Select, String, func, or_, select, type_coerce, union
from sqlalchemy.orm import Mapped, mapped_column, relationship

from roomctl.booking.lifecycle import ACTIVE
from roomctl.booking.tables import LOOK_BACK, Conference, Invitation, Occurrence, Reservation, conference_for_update
from roomctl.database import Base, Moment, db
from roomctl.organisation.tables import User
from roomctl.rooms.tables import Room
from roomctl.timespan import Span


class CalendarFeed(Base):
    """An address that a calendar program reads: what one person may see of themselves, a room or a unit.

    `subject` is "me", "room:7" or "unit:3"; only the token's SHA-256 is kept.
    """

    __tablename__ = "calendar_feeds"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    subject: Mapped[str] = mapped_column(String(32))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)

    user: Mapped[User] = relationship(lazy="joined")


Marks = dict[int, str]  # By occurrence id, when it last changed: equal marks, equal content.


def feed_by_hash(token_hash: str) -> CalendarFeed | None:
    return db.session.scalar(select(CalendarFeed).where(CalendarFeed.token_hash == token_hash, CalendarFeed.revoked_at.is_(None)))


def feed_for_update(feed_id: int) -> CalendarFeed | None:
    """Lock a feed and return it as it is now."""
    return db.session.scalar(select(CalendarFeed).where(CalendarFeed.id == feed_id).with_for_update(of=CalendarFeed)
                             .execution_options(populate_existing=True))


def feeds_of(user_id: int) -> list[CalendarFeed]:
    """Return a person's feeds that were not revoked, the latest first."""
    return list(db.session.scalars(select(CalendarFeed).where(CalendarFeed.user_id == user_id, CalendarFeed.revoked_at.is_(None))
                                   .order_by(CalendarFeed.id.desc())))


def feeds_count(user_id: int) -> int:
    return db.session.scalar(select(func.count()).select_from(CalendarFeed).where(
        CalendarFeed.user_id == user_id, CalendarFeed.revoked_at.is_(None))) or 0


def _marked(window: Span) -> Select[Any]:
    """Ask for the marks of the standing occurrences of a window; the moment is compared, never shown, so it is read as it is stored."""
    return select(Occurrence.id, type_coerce(Occurrence.changed_at, String)).where(
        Occurrence.cancelled_at.is_(None), Occurrence.planned_start_at < window.end, Occurrence.planned_end_at > window.start)


def _read(query: Select[Any]) -> Marks:
    return {occurrence_id: str(changed_at) for occurrence_id, changed_at in db.session.execute(query)}


def marks_of_rooms(room_ids: Collection[int], window: Span) -> Marks:
    """Return the marks of the occurrences that hold one of these rooms."""
    held = select(Reservation.occurrence_id).where(
        Reservation.room_id.in_(room_ids), Reservation.state.in_(ACTIVE), Reservation.held_start_at < window.end,
        Reservation.held_start_at > window.start - LOOK_BACK)
    return _read(_marked(window).where(Occurrence.id.in_(held)))


def marks_of_unit(unit_id: int, window: Span) -> Marks:
    """Return the marks of the occurrences that hold a room of this unit, or that its people asked for."""
    room_ids = list(db.session.scalars(select(Room.id).where(Room.unit_id == unit_id)))
    asked_for = select(Conference.id).where(Conference.unit_id == unit_id)
    return marks_of_rooms(room_ids, window) | _read(_marked(window).where(Occurrence.conference_id.in_(asked_for)))


def marks_of_person(user_id: int, window: Span) -> Marks:
    """Return the marks of the occurrences that a person organizes, chairs or is invited to."""
    theirs = union(select(Conference.id).where(Conference.organizer_id == user_id), select(Conference.id).where(Conference.chair_id == user_id),
                   select(Invitation.conference_id).where(Invitation.user_id == user_id)).subquery()
    return _read(_marked(window).where(or_(Occurrence.conference_id.in_(select(theirs.c[0])), Occurrence.chair_id == user_id)))


def conferences_for_update(uids: Collection[str]) -> list[Conference]:
    """Lock and return the conferences with these UIDs, as they are now."""
    ids = db.session.scalars(select(Conference.id).where(Conference.uid.in_(uids)).order_by(Conference.id)).all()
    return [found for found in map(conference_for_update, ids) if found is not None]
