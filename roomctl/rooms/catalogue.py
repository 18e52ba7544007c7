"""Keeping the catalogue of rooms."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import write_transaction
from roomctl.organisation.tables import Unit
from roomctl.rooms.tables import Room
from roomctl.text import folded, vietnamese_order

NO_TIME = timedelta(0)


@dataclass(frozen=True, slots=True)
class NewRoom:
    """A room to be added."""

    unit: Unit
    code: str
    name: str
    seats: int = 20
    setup: timedelta = NO_TIME
    teardown: timedelta = NO_TIME
    open_to: str = "unit"
    support_phone: str = ""


def add_room(**facts) -> Room:
    """Add one room; takes what NewRoom takes."""
    return add_rooms([NewRoom(**facts)])[0]


def add_rooms(wanted: Iterable[NewRoom]) -> list[Room]:
    """Add rooms, all or none."""
    with write_transaction() as session:
        added = [Room(unit_id=one.unit.id, code=one.code, name=one.name, folded_name=folded(f"{one.name} {one.unit.name}"),
                      order_key=vietnamese_order(one.name), seats=one.seats, setup_s=int(one.setup.total_seconds()),
                      teardown_s=int(one.teardown.total_seconds()), open_to=one.open_to, support_phone=one.support_phone,
                      created_at=clock.now()) for one in wanted]
        session.add_all(added)
        session.flush()
        for room in added:
            trail.append(EventKind.ROOM_ADDED, subject=room.ref, unit=room.unit_id, name=room.name)
    return added
