"""What the tests of deciding ask for: one room alone, and another conference that waits for it."""

from builders import Place, a_room, a_span
from sqlalchemy import select

from roomctl.audit.tables import TrailEntry
from roomctl.booking.tables import Reservation, conference_by_id
from roomctl.database import db
from roomctl.notices.tables import Notice
from roomctl.organisation.tables import User
from roomctl.rooms.tables import Room


def reservation_of(conference_id: int, room: Room) -> Reservation:
    """Return a conference's reservation of a room on its first date, as it is now."""
    db.session.rollback()
    db.session.expire_all()
    return next(one for one in conference_by_id(conference_id).occurrences[0].reservations if one.room_id == room.id)


def alone(place: Place, room: Room | None = None, **facts) -> int:
    """Ask for the province's room alone, or for another; return the reservation's id."""
    room = room or place.room
    return reservation_of(place.book(room_ids=(room.id,), host_room_id=room.id, **facts), room).id


def behind(place: Place, room: Room | None = None, **facts) -> int:
    """Ask for a fresh room of the centre, and wait for the province's room, which is taken; return the id of what waits."""
    room, own = room or place.room, a_room(place.centre)
    facts = {"title": "Đợi phòng", **facts}
    return reservation_of(place.book(room_ids=(own.id, room.id), host_room_id=own.id, wait_for=frozenset({room.id}), **facts), room).id


def now(reservation_id: int) -> Reservation:
    """Return a reservation as it is now."""
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Reservation, reservation_id)


def state_of(reservation_id: int) -> str:
    return now(reservation_id).state


def kinds(*, of: int | None = None) -> list[str]:
    """Return the kinds of the trail's entries, of one reservation or all."""
    query = select(TrailEntry.kind).order_by(TrailEntry.id)
    return list(db.session.scalars(query.where(TrailEntry.subject == f"reservation:{of}") if of else query))


def told(user: User, kind: str = "") -> list[Notice]:
    """Return what a person was told, of one kind or all, the latest last."""
    db.session.rollback()
    found = db.session.scalars(select(Notice).where(Notice.user_id == user.id).order_by(Notice.id))
    return [one for one in found if kind in ("", one.kind) and (kind or not one.kind.startswith("invit"))]


def half_an_hour_later(minutes: int = 60):
    return a_span("2027-03-02T01:30", minutes)
