"""Keeping the catalogue of rooms.  A room goes out of service in `booking/reorganise.py`, which sees what is booked in it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import db, lock_name, write_transaction
from roomctl.errors import NotVisible
from roomctl.organisation import access, once, unit_tables
from roomctl.organisation.directory import refuse_when_merged
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import Unit, User
from roomctl.organisation.units import Level, short_name
from roomctl.rooms import tables
from roomctl.rooms.suitability import EQUIPMENT, EVERY_DAY, LONGEST_AHEAD_DAYS, MIDNIGHT, in_order
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
    opens_min: int = 0
    closes_min: int = MIDNIGHT
    open_days: str = EVERY_DAY
    ahead_days: int = LONGEST_AHEAD_DAYS
    equipment: tuple[str, ...] = ()


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
    wanted = [cleaned(one, typed) for one in wanted]
    with write_transaction() as session:
        earlier = once.made_before(by, key) if by is not None and key else None
        if earlier is not None:
            return [session.get_one(Room, earlier)]
        lock_for(wanted, by=by)
        _refuse_taken([one.code for one in wanted], typed)
        typed.insist()
        added = add_within(wanted, by=by)
        if by is not None and key:
            once.remember(by, key, added[0].ref)
    return added


def lock_for(wanted: Iterable[NewRoom], *, by: User | None) -> None:
    """Let nobody merge these rooms' units or take their codes before the open transaction ends; raises NotAllowed and Conflict."""
    for unit in unit_tables.lock_units({one.unit.id for one in wanted}, reading=True).values():
        if by is not None:
            access.require(by, Action.KEEP_ROOMS, unit)
        refuse_when_merged(unit)
    lock_name("room codes")  # Two administrators may think of the same one at once.


def add_within(wanted: Iterable[NewRoom], *, by: User | None) -> list[Room]:
    """Add rooms that were cleaned and locked for, inside the caller's transaction."""
    added = [Room(unit_id=one.unit.id, code=one.code, created_at=clock.now(), **_columns(one)) for one in wanted]
    db.session.add_all(added)
    db.session.flush()
    for room in added:
        trail.append(EventKind.ROOM_ADDED, actor=by.id if by else None, subject=room.ref, unit=room.unit_id, name=room.name)
    return added


def change_room(room_id: int, facts: RoomFacts, *, by: User) -> None:
    """Change what is told of a room; setup, teardown, hours and days count for what is booked from now on.

    Raises NotVisible, NotAllowed and InvalidInput.
    """
    typed = Typed()
    facts = cleaned(facts, typed)
    with write_transaction():
        room = tables.lock_rooms([room_id]).get(room_id)
        if room is None:
            raise NotVisible
        access.require(by, Action.KEEP_ROOMS, room)
        typed.insist()
        change_within(room, facts, by=by)


def change_within(room: Room, facts: RoomFacts, *, by: User) -> None:
    """Give a locked room facts that were cleaned, inside the caller's transaction."""
    told = differing(room, facts)
    for name, value in _columns(facts).items():
        setattr(room, name, value)
    if told:
        trail.append(EventKind.ROOM_CHANGED, actor=by.id, subject=room.ref, unit=room.unit_id, changed=told)


def differing(room: Room, facts: RoomFacts) -> dict[str, list[object]]:
    """Return what these facts would change of a room: its column, with the value before and after."""
    return {name: [getattr(room, name), value] for name, value in _columns(facts).items()
            if getattr(room, name) != value and name not in ("folded_name", "order_key")}


def one_for_each(units: Iterable[Unit]) -> list[NewRoom]:
    """Return a room to be added for each unit, named after it."""
    return [NewRoom(unit=unit, code=f"{unit.code}-01", name=f"Phòng họp {_as_part(unit)}") for unit in units]


def _as_part(unit: Unit) -> str:
    """Return a unit's name as it stands within a longer one: Hà Nội, xã Ea Kao."""
    return f"{unit.name[:1].lower()}{unit.name[1:]}" if unit.level == Level.COMMUNE else short_name(unit.name)


def cleaned(facts: Facts, typed: Typed) -> Facts:
    """Return the facts as they are kept, what is wrong with them noted in `typed`."""
    if isinstance(facts, NewRoom):
        facts = replace(facts, code=typed.code("code", facts.code, longest=32))
    if facts.open_to not in OPEN_TO:
        typed.refuse("open_to", "unknown_choice")
    typed.within("seats", facts.seats, 0, MOST_SEATS)
    for field, length in (("setup", facts.setup), ("teardown", facts.teardown)):
        typed.within(field, int(length.total_seconds() // 60), 0, LONGEST_BUFFER_MIN)
    _hours(facts, typed)
    typed.within("ahead_days", facts.ahead_days, 0, LONGEST_AHEAD_DAYS)
    if not set(facts.equipment) <= set(EQUIPMENT):
        typed.refuse("equipment", "unknown_choice")
    return replace(facts, open_days="".join(sorted(set(facts.open_days))), name=typed.line("name", facts.name, longest=200, missing="name_missing"),
                   support_phone=typed.line("support_phone", facts.support_phone, longest=40))


def _hours(facts: RoomFacts, typed: Typed) -> None:
    typed.within("opens", facts.opens_min, 0, MIDNIGHT - 1)
    typed.within("closes", facts.closes_min, 1, MIDNIGHT)
    if facts.closes_min <= facts.opens_min:
        typed.refuse("closes", "closes_not_after_opening")
    if not facts.open_days:
        typed.refuse("open_days", "no_open_days")
    if not set(facts.open_days) <= set(EVERY_DAY):
        typed.refuse("open_days", "unknown_choice")


def _refuse_taken(codes: list[str], typed: Typed) -> None:
    given_twice = {code for code, times in Counter(codes).items() if times > 1}
    for code in sorted(tables.codes_taken(codes) | given_twice):
        typed.refuse("code", "code_taken", code=code)


def _columns(facts: RoomFacts) -> dict[str, object]:
    """Return a room's columns for these facts."""
    return {"name": facts.name, "seats": facts.seats, "setup_s": int(facts.setup.total_seconds()),
            "teardown_s": int(facts.teardown.total_seconds()), "open_to": facts.open_to, "support_phone": facts.support_phone,
            "opens_min": facts.opens_min, "closes_min": facts.closes_min, "open_days": facts.open_days, "ahead_days": facts.ahead_days,
            "equipment": in_order(facts.equipment),
            "folded_name": folded(facts.name), "order_key": vietnamese_order(facts.name)}
