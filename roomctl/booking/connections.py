"""How the rooms of a conference will be connected, as its page tells before the start."""

from dataclasses import dataclass

from roomctl import clock
from roomctl.booking import port_tables
from roomctl.booking.planning import Planned, Planning, bridges_near
from roomctl.booking.port_tables import BridgePorts
from roomctl.booking.tables import Occurrence
from roomctl.booking.topology import ConnectionPlan, NoConnection, Part, Topology
from roomctl.rooms.tables import Room


@dataclass(frozen=True, slots=True)
class ShownPart:
    """A bridge, its address, how many ports are held of it, and the rooms that call it; `above` is the bridge that it calls, "" for the top."""

    name: str
    address: str
    ports: int
    rooms: tuple[Room, ...]
    above: str

    @property
    def units(self) -> int:
        """How many units the rooms belong to."""
        return len({room.unit_id for room in self.rooms})


@dataclass(frozen=True, slots=True)
class Connections:
    """What will be done at the start, as far as it is known now.

    `problem` is "", "too_few" (rooms with a codec), "no_bridge", "bridge_full" (of `bridge`, by the numbers) or "not_held": a bridge
    could serve them now, and nothing is held of it.  `without_codec` are rooms that are reserved and will not be connected.
    """

    topology: Topology | None
    parts: tuple[ShownPart, ...] = ()
    caller: Room | None = None
    called: Room | None = None
    without_codec: tuple[Room, ...] = ()
    problem: str = ""
    bridge: str = ""
    wanted: int = 0
    free: int = 0


def connections_of(occurrence: Occurrence) -> Connections | None:
    """Return how an occurrence's rooms will be connected; None once it has begun, when it is cancelled, and in one room only."""
    if len(occurrence.standing) < 2:
        return None
    bridge_ids = bridges_near([occurrence.id]) | {row.bridge_id for row in port_tables.ports_of([occurrence.id])}
    planning = Planning([occurrence.id], bridge_ids, now=clock.now())
    one = next((one for one in planning.occurrences if not one.over), None)
    if one is None or occurrence.cancelled_at is not None or occurrence.actual_start_at is not None:
        return None
    rooms = {held.room_id: held.room for held in occurrence.standing}
    bare = tuple(sorted((rooms[room_id] for room_id in one.without_codec), key=lambda room: (room.unit.order_key, room.order_key)))
    if one.ends < 2:
        return Connections(None, without_codec=bare, problem="too_few")
    held = planning.rows[one.id]
    planning.ledger.take_out(one.id)
    try:
        plan = planning.plan(one)
    except NoConnection as refused:
        bridge = planning.bridges.get(refused.bridge_id or 0)
        return Connections(None, without_codec=bare, problem=refused.reason, bridge=bridge.name if bridge else "", wanted=refused.wanted,
                           free=refused.free if refused.free_addresses else 0)
    names = {bridge.id: bridge.name for bridge in planning.bridges.values()}
    return Connections(plan.topology, parts=_parts(plan, names, rooms), without_codec=bare, problem=_not_held(plan, held),
                       **_straight(plan, one, rooms))


def _parts(plan: ConnectionPlan, names: dict[int, str], rooms: dict[int, Room]) -> tuple[ShownPart, ...]:
    def at(place: int) -> tuple[Room, ...]:
        return tuple(sorted((rooms[room_id] for room_id, part in plan.part_of.items() if part == place),
                            key=lambda room: (room.unit.order_key, room.order_key)))

    def above(part: Part) -> str:
        return names[plan.parts[part.upper].bridge_id] if part.upper is not None else ""

    return tuple(ShownPart(names[part.bridge_id], part.address, part.ports, at(place), above(part)) for place, part in enumerate(plan.parts))


def _not_held(plan: ConnectionPlan, held: list[BridgePorts]) -> str:
    """Say so when what the plan needs is not what is held: it was booked before there was this bridge, or has grown since."""
    holds = {(row.bridge_id, row.address): row.ports for row in held}
    return "" if all(holds.get((part.bridge_id, part.address), 0) >= part.ports for part in plan.parts) else "not_held"


def _straight(plan: ConnectionPlan, one: Planned, rooms: dict[int, Room]) -> dict[str, Room]:
    """Return who is called, and of two rooms who calls."""
    match plan.topology:
        case Topology.DIRECT:
            return {"caller": rooms[one.others[0].room_id], "called": rooms[one.host.room_id]}
        case Topology.MULTISITE:
            return {"called": rooms[one.host.room_id]}
    return {}
