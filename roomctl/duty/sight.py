"""What a technician sees first: which fault hurts a conference today, what is behind it, and how the provinces are.

Nothing here says what a conference is about: a room and a time is all that is read of it.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from roomctl.devices.health import WORSE, Status
from roomctl.duty import alert_tables, on_call, sight_tables
from roomctl.duty.alert_tables import Alert, Members, Standing
from roomctl.duty.on_call import OnCall
from roomctl.duty.sight_tables import Ahead, RoomLine, Seen, Trouble
from roomctl.organisation.access import reach_of
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import Unit, User, unit_by_id
from roomctl.organisation.unit_tables import children_of
from roomctl.organisation.units import Level, covers, last_ids
from roomctl.timespan import Span, day_span, to_local

SOON = timedelta(hours=4)
MOST_HITS, MOST_LATER = 40, 15  # Rooms in one list; more than that nobody mends one by one.
MOST_READ = 600  # Conferences in their rooms, of which these lists are made.


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one or several devices of a room, told once.

    `looked_at` is the oldest look it rests on (None: at one of them nobody ever looked), `since` the first of them to fail.
    """

    status: Status
    fault: str
    devices: tuple[str, ...]
    looked_at: datetime | None
    since: datetime | None
    alert: Standing | None  # The one somebody has taken on, if any is.


def told_once(devices: Iterable[Trouble], standing: Mapping[int, Standing]) -> tuple[Fault, ...]:
    """Return the faults of a room's devices, the worst first, the codec before the others; the same fault of several is one."""
    alike: dict[tuple[Status, str], list[Trouble]] = {}
    for one in sorted(devices, key=lambda one: (-WORSE.index(one.status), one.kind != "codec", one.name, one.device_id)):
        alike.setdefault((one.status, one.fault), []).append(one)
    return tuple(_told(status, fault, found, standing) for (status, fault), found in alike.items())


def _told(status: Status, fault: str, devices: list[Trouble], standing: Mapping[int, Standing]) -> Fault:
    looks, starts = [one.looked_at for one in devices], [one.since for one in devices if one.since is not None]
    alerts = [standing[one.device_id] for one in devices if one.device_id in standing]
    return Fault(status, fault, tuple(one.name for one in devices), None if None in looks else min(filter(None, looks)),
                 min(starts, default=None), next((one for one in alerts if one.acknowledged_at is not None), alerts[0] if alerts else None))


@dataclass(frozen=True, slots=True)
class Hit:
    """A room whose devices are not well, or not known to be, and its conferences: the next one first."""

    room: RoomLine
    spans: tuple[Span, ...]
    status: Status
    faults: tuple[Fault, ...]
    closed: bool  # The room is in maintenance now.
    on_call: tuple[OnCall, ...]


@dataclass(frozen=True, slots=True)
class SharedCause:
    """One cause of many faults: how much stands under it, and which conferences it meets."""

    alert: Alert
    members: Members
    rooms_soon: int
    first: Span | None


@dataclass(slots=True)
class Tile:
    """A unit in numbers of rooms; `bare` are those without devices, `shared` the ill devices in no room, such as bridges."""

    unit: Unit
    itself_only: bool = False
    rooms: dict[Status, int] = field(default_factory=lambda: dict.fromkeys(Status, 0))
    bare: int = 0
    shared: int = 0

    @property
    def status(self) -> Status | None:
        """The worst of its rooms and shared devices; None while nothing there is watched."""
        found = [status for status, count in self.rooms.items() if count] + [Status.WARNING] * bool(self.shared)
        return max(found, key=WORSE.index, default=None)

    @property
    def watched(self) -> int:
        return sum(self.rooms.values())

    @property
    def is_struck(self) -> bool:
        """True when a tenth of its rooms does not serve: one room in a hundred always fails somewhere."""
        return self.rooms[Status.CRITICAL] > 0 and self.rooms[Status.CRITICAL] * 10 >= self.watched


@dataclass(frozen=True, slots=True)
class Screen:
    """The first screen."""

    causes: tuple[SharedCause, ...]
    soon: tuple[Hit, ...]  # Known faults in the next hours.
    unsure: tuple[Hit, ...]  # Rooms of which nothing is known, in the next hours.
    later: tuple[Hit, ...]  # Both, in the rest of the day.
    more: bool  # There are rooms that the lists have no place for.
    tiles: tuple[Tile, ...]
    until: datetime


def first_screen(user: User, now: datetime) -> Screen:
    """Return what concerns the units in a technician's reach."""
    below, soon, seen = reach_of(user, Action.SEE_DEVICES), now + SOON, sight_tables.seen_at(now)
    known, unsure = (sight_tables.conferences_hurt(seen, _tonight(now), below=below, ranks=ranks, limit=MOST_READ)
                     for ranks in ((sight_tables.CRITICAL, sight_tables.WARNING), (sight_tables.UNKNOWN,)))
    known_rooms = {one.room_id for one in known}
    held = _by_room([*known, *(one for one in unsure if one.room_id not in known_rooms)])
    lists = ([room_id for room_id, spans in held.items() if room_id in known_rooms and spans[0].start < soon],
             [room_id for room_id, spans in held.items() if room_id not in known_rooms and spans[0].start < soon],
             [room_id for room_id, spans in held.items() if spans[0].start >= soon])
    shortened = [ids[:most] for ids, most in zip(lists, (MOST_HITS, MOST_HITS, MOST_LATER), strict=True)]
    hits = _hits(seen, {room_id: held[room_id] for ids in shortened for room_id in ids})
    shown = [tuple(hits[room_id] for room_id in ids if room_id in hits) for ids in shortened]
    more = sum(map(len, shortened)) < len(held) or MOST_READ in (len(known), len(unsure))
    return Screen(_causes(below, now), *shown, more=more, tiles=tuple(tiles(seen, below)), until=soon)


def _tonight(now: datetime) -> datetime:
    """Return the end of the day, late in the evening some hours of the next."""
    return max(now + SOON, day_span(to_local(now).date()).end)


def _by_room(ahead: Iterable[Ahead]) -> dict[int, tuple[Span, ...]]:
    """Return the spans of each room, in order of time, and the rooms in order of their first."""
    found: dict[int, dict[Span, None]] = {}
    for one in sorted(ahead, key=lambda one: (one.span.start, one.occurrence_id, one.room_id)):
        found.setdefault(one.room_id, {})[one.span] = None
    return {room_id: tuple(spans) for room_id, spans in found.items()}


def _hits(seen: Seen, held: Mapping[int, tuple[Span, ...]]) -> dict[int, Hit]:
    """Return the rooms with what is wrong in them and whom to call."""
    by_room: dict[int | None, list[Trouble]] = {}
    for one in sight_tables.troubles_of_rooms(seen, held, alone=True):
        by_room.setdefault(one.room_id, []).append(one)
    standing = alert_tables.standing_by_device({one.device_id for found in by_room.values() for one in found})
    rooms, closed = sight_tables.rooms_named(seen, held), sight_tables.in_maintenance(held, seen.now)
    called = on_call.nearest({room.unit_path for room in rooms.values()}, seen.now)
    found = {}
    for room_id, room in rooms.items():
        faults = told_once(by_room.get(room_id, ()), standing)
        if faults:  # A device may have been mended between two questions.
            found[room_id] = Hit(room, held[room_id], faults[0].status, faults, room_id in closed, called[room.unit_path])
    return found


def _causes(below: Collection[str], now: datetime) -> tuple[SharedCause, ...]:
    """Return the standing shared causes: first those that meet the soonest conference."""
    alerts = alert_tables.standing_causes(below=below)
    ids = {one.id for one in alerts}
    members, under = alert_tables.members_of(ids), sight_tables.conferences_under(ids, now, _tonight(now))
    found = []
    for one in alerts:
        meets = under.get(one.id, [])
        rooms_soon = {room_id for room_id, span in meets if span.start < now + SOON}
        found.append(SharedCause(one, members.get(one.id, Members()), len(rooms_soon), meets[0][1] if meets else None))
    return tuple(sorted(found, key=lambda one: (one.first is None, one.first.start if one.first else one.alert.opened_at)))


def tiles(seen: Seen, below: Collection[str]) -> list[Tile]:
    """Return the units of some paths in numbers: the root by itself and each unit below it, any other unit with all that is below it."""
    found: dict[int, Tile] = {}
    for unit in sorted(filter(None, map(unit_by_id, set(last_ids(below)))), key=lambda unit: (unit.path.count("/"), unit.order_key)):
        if unit.level == Level.CENTRAL:
            found[unit.id] = Tile(unit, itself_only=True)
            for child in children_of(unit.id):
                found[child.id] = Tile(child)
        else:
            found.setdefault(unit.id, Tile(unit))
    for path, rank, count in sight_tables.room_counts(seen, below=below):
        tile = _tile_of(path, found)
        status = sight_tables.worst(rank)
        if tile is not None and status is None:
            tile.bare += count
        elif tile is not None and status is not None:
            tile.rooms[status] += count
    for path, count in sight_tables.shared_devices_ill(seen, below=below):
        tile = _tile_of(path, found)
        if tile is not None:
            tile.shared += count
    return list(found.values())


def _tile_of(path: str, tiles: Mapping[int, Tile]) -> Tile | None:
    """Return the tile of the nearest unit at or above a path; the root counts its own rooms only."""
    ids = [int(part) for part in path.strip("/").split("/")]
    tile = next((tiles[unit_id] for unit_id in reversed(ids) if unit_id in tiles), None)
    return None if tile is not None and tile.itself_only and tile.unit.path != path else tile


# A unit's rooms


@dataclass(frozen=True, slots=True)
class Line:
    """A room in a list: the worst of its devices (None: it has none), what is wrong, and the next conference today."""

    room: RoomLine
    status: Status | None
    faults: tuple[Fault, ...]
    next: Span | None


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a unit's rooms, and how many there are in all and in each state; None counts those without devices."""

    lines: tuple[Line, ...]
    count: int
    by_status: Mapping[Status | None, int]


def causes_at(unit: Unit) -> list[Alert]:
    """Return the standing shared causes of a unit: its own, those above it and those below."""
    found = alert_tables.standing_causes(below=["/" + unit.path.split("/")[1] + "/"])
    return [one for one in found if covers(one.unit.path, unit.path) or (covers(unit.path, one.unit.path) and unit.level != Level.CENTRAL)]


def rooms_of(unit: Unit, now: datetime, *, only_faults: bool, page: int, per_page: int) -> Listed:
    """Return a page of the rooms of a unit and of those below it; of the root only its own."""
    seen = sight_tables.seen_at(now)
    rooms = sight_tables.rooms_with_rank(seen, unit_path=unit.path, itself_only=unit.level == Level.CENTRAL)
    by_status: dict[Status | None, int] = dict.fromkeys([*Status, None], 0)
    for room in rooms:
        by_status[sight_tables.worst(room.rank)] += 1
    wanted = [room for room in rooms if not only_faults or sight_tables.worst(room.rank) not in (Status.OK, None)]
    shown = wanted[per_page * (page - 1):per_page * page]
    ids = {room.room_id for room in shown}
    by_room: dict[int | None, list[Trouble]] = {}
    for one in sight_tables.troubles_of_rooms(seen, ids):
        by_room.setdefault(one.room_id, []).append(one)
    standing = alert_tables.standing_by_device({one.device_id for found in by_room.values() for one in found})
    first: dict[int, Span] = {}
    for ahead in sight_tables.conferences_ahead(ids, now, _tonight(now)):
        first.setdefault(ahead.room_id, ahead.span)
    lines = tuple(Line(room, sight_tables.worst(room.rank),
                       told_once(by_room.get(room.room_id, ()), standing), first.get(room.room_id))
                  for room in shown)
    return Listed(lines, len(wanted), by_status)
