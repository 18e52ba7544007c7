"""What invariants ask of the stored conferences: every row, and nothing of what it is about."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, select

from roomctl.booking.series_tables import SavedForm
from roomctl.booking.tables import Conference, Occurrence, Reservation
from roomctl.database import db
from roomctl.devices.tables import Device
from roomctl.organisation.tables import Unit, User
from roomctl.rooms.tables import Room
from roomctl.security_profiles.tables import SecurityProfile


def all_conferences() -> Sequence[Row[Any]]:
    """Return what invariants ask of every conference; nothing of what it is about."""
    one = Conference
    return db.session.execute(select(one.id, one.host_room_id, one.cancelled_at, one.rule, one.wall_start, one.on_day_off).order_by(one.id)).all()


def all_series() -> Iterator[Conference]:
    """Yield every series that was not cancelled, one after another: there may be thousands."""
    query = select(Conference.id).where(Conference.wall_start != "", Conference.cancelled_at.is_(None)).order_by(Conference.id)
    for conference_id in db.session.scalars(query).all():
        yield db.session.get_one(Conference, conference_id)
        db.session.expunge_all()


def all_occurrences() -> Sequence[Row[Any]]:
    one = Occurrence
    return db.session.execute(select(one.id, one.conference_id, one.planned_start_at, one.planned_end_at, one.actual_start_at, one.actual_end_at,
                                     one.cancelled_at, one.slot_at, one.left_out).order_by(one.id)).all()


def all_reservations() -> Sequence[Row[Any]]:
    """Return what invariants ask of every reservation, by room and time."""
    one = Reservation
    return db.session.execute(select(one.id, one.occurrence_id, one.room_id, one.state, one.held_start_at, one.held_end_at, one.decided_at)
                              .order_by(one.room_id, one.held_start_at, one.id)).all()


def ids_of(kind: str) -> set[int]:
    """Return the ids of everything a ref of this kind ("conference:7") may mean; none for a kind that is unknown here."""
    kept = {"conference": Conference, "room": Room, "device": Device, "user": User, "unit": Unit, "profile": SecurityProfile,
            "form": SavedForm}
    return set(db.session.scalars(select(kept[kind].id))) if kind in kept else set()
