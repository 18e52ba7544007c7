"""Storage as taking a device away asks it: which conferences count on it."""

from datetime import datetime

from sqlalchemy import func, select

from roomctl.booking.lifecycle import ACTIVE
from roomctl.booking.tables import Conference, Occurrence, Reservation
from roomctl.database import db
from roomctl.devices.tables import Device, bridges
from roomctl.organisation.tables import Unit
from roomctl.organisation.units import covers
from roomctl.rooms.tables import Room


def conferences_counting_on(device: Device, now: datetime) -> int:
    """Return how many dates that have not ended, requested or granted, would do without their codec or without any bridge."""
    query = select(func.count(Reservation.occurrence_id.distinct())).where(Reservation.state.in_(ACTIVE), Reservation.held_end_at > now)
    if device.kind == "codec" and not device.spare and device.room_id is not None:
        return db.session.scalar(query.where(Reservation.room_id == device.room_id)) or 0
    if device.kind != "bridge":
        return 0
    others = [one.unit.path for one in bridges() if one.id != device.id and one.pinned_fingerprint is not None]
    if any(covers(path, device.unit.path) for path in others):
        return 0  # Whatever may be dialled at this bridge may be dialled at that one.
    return db.session.scalar(
        query.join(Occurrence, Occurrence.id == Reservation.occurrence_id).join(Conference, Conference.id == Occurrence.conference_id)
        .join(Room, Room.id == Conference.host_room_id).join(Unit, Unit.id == Room.unit_id)
        .where(Unit.path.startswith(device.unit.path))) or 0
