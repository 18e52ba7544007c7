"""Keeping the catalogue of rooms."""

from datetime import timedelta

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import write_transaction
from roomctl.organisation.tables import Unit
from roomctl.rooms.tables import Room
from roomctl.text import folded, vietnamese_order

NO_TIME = timedelta(0)


def add_room(*, unit: Unit, code: str, name: str, seats: int = 20, setup: timedelta = NO_TIME, teardown: timedelta = NO_TIME,
             open_to: str = "unit", support_phone: str = "") -> Room:
    """Add a room to a unit."""
    with write_transaction() as session:
        room = Room(unit_id=unit.id, code=code, name=name, folded_name=folded(f"{name} {unit.name}"), order_key=vietnamese_order(name),
                    seats=seats, setup_s=int(setup.total_seconds()), teardown_s=int(teardown.total_seconds()), open_to=open_to,
                    support_phone=support_phone, created_at=clock.now())
        session.add(room)
        session.flush()
        trail.append(EventKind.ROOM_ADDED, subject=room.ref, unit=unit.id, name=name)
    return room
