"""Keeping the catalogue of rooms.  A room goes out of service in `booking/reorganise.py`, which sees what is booked in it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import lock_name, write_transaction
from roomctl.errors import NotVisible
from roomctl.organisation import access, once, unit_tables
from roomctl.organisation.directory import refuse_when_merged
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import Unit, User
from roomctl.organisation.units import Level, short_name
from roomctl.rooms import tables
from roomctl.rooms.tables import Room
from roomctl.text import folded, vietnamese_order
from roomctl.typed import Typed

NO_TIME = timedelta(0)
MOST_SEATS, LONGEST_BUFFER_MIN = 5000, 360
OPEN_TO = ("unit", "above", "nobody")


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomFacts:
    """What is told of a room and may change."""

    name: str
    seats: int = 20
    setup: timedelta = NO_TIME
    teardown: timedelta = NO_TIME
    open_to: str = "unit"
    support_phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRoom(RoomFacts):
    """A room to be added."""

    unit: Unit
    code: str


Facts = TypeVar("Facts", bound=RoomFacts)


def add_room(*, by: User | None = None, key: str = "", **facts) -> Room:
    """Add one room; takes what NewRoom takes.  The same `key` again returns the first one's."""
    return add_rooms([NewRoom(**facts)], by=by, key=key)[0]


def add_rooms(wanted: Iterable[NewRoom], *, by: User | None = None, key: str = "") -> list[Room]:
    """Add rooms, all or none; `by` is None for the installation itself.

    Raises InvalidInput, NotAllowed and Conflict("unit_already_merged").
    """
    typed = Typed()
    wanted = [replace(_cleaned(one, typed), code=typed.code("code", one.code, longest=32)) for one in wanted]
    with write_transaction() as session:
        earlier = once.made_before(by, key) if by is not None and key else None
        if earlier is not None:
            return [session.get_one(Room, earlier)]
        for unit in unit_tables.lock_units({one.unit.id for one in wanted}, reading=True).values():
            if by is not None:
                access.require(by, Action.KEEP_ROOMS, unit)
            refuse_when_merged(unit)
        lock_name("room codes")  # Two administrators may think of the same one at once.
        _refuse_taken([one.code for one in wanted], typed)
        typed.insist()
        added = [Room(unit_id=one.unit.id, code=one.code, created_at=clock.now(), **_columns(one)) for one in wanted]
        session.add_all(added)
        session.flush()
        for room in added:
            trail.append(EventKind.ROOM_ADDED, actor=by.id if by else None, subject=room.ref, unit=room.unit_id, name=room.name)
        if by is not None and key:
            once.remember(by, key, added[0].ref)
    return added


def change_room(room_id: int, facts: RoomFacts, *, by: User) -> None:
    """Change what is told of a room; setup and teardown count for what is booked from now on.

    Raises NotVisible, NotAllowed and InvalidInput.
    """
    typed = Typed()
    columns = _columns(_cleaned(facts, typed))
    with write_transaction():
        room = tables.lock_rooms([room_id]).get(room_id)
        if room is None:
            raise NotVisible
        access.require(by, Action.KEEP_ROOMS, room)
        typed.insist()
        changed = {name: [getattr(room, name), value] for name, value in columns.items() if getattr(room, name) != value}
        for name, value in columns.items():
            setattr(room, name, value)
        told = {name: change for name, change in changed.items() if name not in ("folded_name", "order_key")}
        if told:
            trail.append(EventKind.ROOM_CHANGED, actor=by.id, subject=room.ref, unit=room.unit_id, changed=told)


def one_for_each(units: Iterable[Unit]) -> list[NewRoom]:
    """Return a room to be added for each unit, named after it."""
    return [NewRoom(unit=unit, code=f"{unit.code}-01", name=f"Phòng họp {_as_part(unit)}") for unit in units]


def _as_part(unit: Unit) -> str:
    """Return a unit's name as it stands within a longer one: Hà Nội, xã Ea Kao."""
    return f"{unit.name[:1].lower()}{unit.name[1:]}" if unit.level == Level.COMMUNE else short_name(unit.name)


def _cleaned(facts: Facts, typed: Typed) -> Facts:
    if facts.open_to not in OPEN_TO:
        typed.refuse("open_to", "unknown_choice")
    typed.within("seats", facts.seats, 0, MOST_SEATS)
    for field, length in (("setup", facts.setup), ("teardown", facts.teardown)):
        typed.within(field, int(length.total_seconds() // 60), 0, LONGEST_BUFFER_MIN)
    return replace(facts, name=typed.line("name", facts.name, longest=200, missing="name_missing"),
                   support_phone=typed.line("support_phone", facts.support_phone, longest=40))


def _refuse_taken(codes: list[str], typed: Typed) -> None:
    given_twice = {code for code, times in Counter(codes).items() if times > 1}
    for code in sorted(tables.codes_taken(codes) | given_twice):
        typed.refuse("code", "code_taken", code=code)


def _columns(facts: RoomFacts) -> dict[str, object]:
    """Return a room's columns for these facts."""
    return {"name": facts.name, "seats": facts.seats, "setup_s": int(facts.setup.total_seconds()),
            "teardown_s": int(facts.teardown.total_seconds()), "open_to": facts.open_to, "support_phone": facts.support_phone,
            "folded_name": folded(facts.name), "order_key": vietnamese_order(facts.name)}
