"""What the database is asked for a week sheet: only what stands in the rooms it is about."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, func, or_, select

from roomctl.booking.lifecycle import ACTIVE, LeftOut
from roomctl.booking.tables import LOOK_BACK, Conference, Occurrence, Reservation, occurrences_by_ids
from roomctl.database import db
from roomctl.organisation.tables import Unit
from roomctl.rooms.tables import Room
from roomctl.timespan import Span

AT_ONCE = 500  # Ids in one question; SQLite takes some thousands.


def _meets(span: Span) -> ColumnElement[bool]:
    """True of an occurrence that was not cancelled and meets `span`."""
    return and_(Occurrence.cancelled_at.is_(None), Occurrence.left_out == LeftOut.NO, Occurrence.planned_start_at < span.end,
                Occurrence.planned_start_at > span.start - LOOK_BACK, Occurrence.planned_end_at > span.start)


def occurrences_in(span: Span, *, unit_path: str, person_id: int = 0) -> list[Occurrence]:
    """Return what stands during `span` in the rooms of a unit and below, and what one person organizes or chairs, in order of time."""
    in_rooms = (select(Occurrence.id).join(Occurrence.reservations).join(Room, Reservation.room_id == Room.id).join(Unit, Room.unit_id == Unit.id)
                .where(_meets(span), Reservation.state.in_(ACTIVE), Unit.path.startswith(unit_path)).distinct())
    theirs = select(Occurrence.id).join(Occurrence.conference).where(_meets(span), or_(
        Conference.organizer_id == person_id, func.coalesce(Occurrence.chair_id, Conference.chair_id) == person_id))
    ids = set(db.session.scalars(in_rooms)) | (set(db.session.scalars(theirs)) if person_id else set())
    return sorted(whole(ids).values(), key=lambda one: (one.planned_start_at, one.id))


def occurrences_in_room(span: Span, room_id: int) -> list[Occurrence]:
    """Return what stands during `span` in one room, in order of time."""
    ids = set(db.session.scalars(select(Occurrence.id).join(Occurrence.reservations).where(
        _meets(span), Reservation.room_id == room_id, Reservation.state.in_(ACTIVE))))
    return sorted(whole(ids).values(), key=lambda one: (one.planned_start_at, one.id))


def whole(ids: Collection[int]) -> dict[int, Occurrence]:
    """Return occurrences with all that a sheet says of them, by id; an id that nothing has is left out."""
    asked, found = sorted(ids), {}
    for place in range(0, len(asked), AT_ONCE):
        found |= occurrences_by_ids(asked[place:place + AT_ONCE])
    return found
