"""How the rooms of a conference reach each other: straight, through one bridge, through several, or through the host's own codec.  Pure.

The fewest machines that hear a conference are the best: two rooms whose host can answer need no third one.  Rooms take ports of
bridges like seats, and a bridge that calls another takes one port at both ends.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from roomctl.organisation.units import covers


class Topology(StrEnum):
    DIRECT = "direct"  # One room calls the other.
    MULTISITE = "multisite"  # All call the host's codec, which mixes.
    BRIDGE = "bridge"
    CASCADE = "cascade"  # Several bridges; each of them calls the one at the top.


@dataclass(frozen=True, slots=True)
class Site:
    """A room of a conference.  `sites` is how many others its codec can hold at once as a host: 0 none known, 1 a plain codec that can answer."""

    room_id: int
    unit_path: str
    can_answer: bool = False
    sites: int = 0
    has_codec: bool = True  # A host room without one leads on paper only, and is not connected.


@dataclass(frozen=True, slots=True)
class BridgeFacts:
    """A bridge, and what nobody else holds of it at the time in question."""

    id: int
    unit_path: str
    ports: int
    free_ports: int
    free_addresses: tuple[str, ...]
    can_dial: bool


@dataclass(frozen=True, slots=True)
class Part:
    """One bridge that is used: its address, how many of its ports, and the place among the parts of the bridge it calls; None at the top."""

    bridge_id: int
    address: str
    ports: int
    upper: int | None = None


@dataclass(frozen=True, slots=True)
class ConnectionPlan:
    """Who meets where: the parts, the top first, and the part of each room; both empty where no bridge is used."""

    topology: Topology
    parts: tuple[Part, ...] = ()
    part_of: Mapping[int, int] = field(default_factory=dict)


class NoConnection(Exception):
    """The rooms cannot be connected: "no_bridge" serves them, or those that would are taken ("bridge_full").

    Of the bridge that comes nearest to serving them: how many ports were wanted in one piece, and how many ports and addresses are free.
    """

    def __init__(self, reason: str, *, bridge_id: int | None = None, wanted: int = 0, free: int = 0, free_addresses: int = 0) -> None:
        super().__init__(f"{reason}: bridge {bridge_id}, {wanted} wanted, {free} free at {free_addresses} addresses")
        self.reason, self.bridge_id, self.wanted, self.free, self.free_addresses = reason, bridge_id, wanted, free, free_addresses


def plan_connections(host: Site, others: Sequence[Site], bridges: Sequence[BridgeFacts], *, guests: int = 0,
                     preset: Sequence[Part] = ()) -> ConnectionPlan:
    """Return how the host's room and the others are connected, and `guests` that a bridge calls; raise NoConnection.

    `preset` is what is reserved already (its ports and addresses count as free in `bridges`): it stays as long as it serves.
    """
    legs = [*([host] if host.has_codec else []), *others]
    host_answers = host.has_codec and host.can_answer and not guests
    if host_answers and len(others) == 1:
        return ConnectionPlan(Topology.DIRECT)
    above = sorted((one for one in bridges if covers(one.unit_path, host.unit_path)), key=lambda one: (-len(one.unit_path), one.id))
    found = (_as_reserved(legs, guests, above, bridges, preset) or _one_bridge(legs, guests, above, preset)
             or _cascade(legs, guests, above, bridges, preset))
    if found is not None:
        return found
    if host_answers and host.sites >= len(others):
        return ConnectionPlan(Topology.MULTISITE)
    if not above:
        raise NoConnection("no_bridge", wanted=len(legs) + guests)
    best = max(above, key=lambda one: (bool(one.free_addresses), one.free_ports))
    raise NoConnection("bridge_full", bridge_id=best.id, wanted=len(legs) + guests, free=best.free_ports, free_addresses=len(best.free_addresses))


def _as_reserved(legs: Sequence[Site], guests: int, above: Collection[BridgeFacts], bridges: Iterable[BridgeFacts],
                 preset: Sequence[Part]) -> ConnectionPlan | None:
    """Return the plan over exactly the bridges that are reserved, unless one is gone, taken, too small or of no more use."""
    known = {one.id: one for one in bridges}
    reserved = [known[part.bridge_id] for part in preset if part.bridge_id in known and part.address in known[part.bridge_id].free_addresses]
    top = next((known.get(part.bridge_id) for part in preset if part.upper is None), None)
    if top is None or top not in above or len(reserved) != len(preset):
        return None
    lower = [one for one in reserved if one is not top]
    found = [_below(top, legs, guests, lower, preset, nearest_first=nearest_first) for nearest_first in (True, False)]
    serving = [one for one in found if one is not None and len(one.parts) == len(preset)]
    return next((one for one in serving if set(one.parts) == set(preset)), serving[0] if serving else None)


def _one_bridge(legs: Sequence[Site], guests: int, above: Iterable[BridgeFacts], preset: Sequence[Part]) -> ConnectionPlan | None:
    return next(filter(None, (_below(one, legs, guests, (), preset) for one in above)), None)


def _cascade(legs: Sequence[Site], guests: int, above: Sequence[BridgeFacts], bridges: Sequence[BridgeFacts],
             preset: Sequence[Part]) -> ConnectionPlan | None:
    """Return the first cascade that holds everybody: each room at the bridge nearest to it, else gathered at as few bridges as can be."""
    for top in above:
        lower = [one for one in bridges if one.id != top.id and one.can_dial and covers(top.unit_path, one.unit_path)]
        for nearest_first in (True, False) if lower else ():
            found = _below(top, legs, guests, lower, preset, nearest_first=nearest_first)
            if found is not None:
                return found
    return None


def _below(top: BridgeFacts, legs: Sequence[Site], guests: int, lower: Iterable[BridgeFacts], preset: Sequence[Part], *,
           nearest_first: bool = True) -> ConnectionPlan | None:
    """Return the plan with one bridge at the top and others that call it, each with rooms of its own unit and below; None when it cannot be.

    What a bridge below cannot take goes to the next one above the room, at last to the top.  Which rooms go below does not
    depend on what is left at the top, so that is counted once, at the end.
    """
    if not top.free_addresses:
        return None
    serving: dict[str, list[BridgeFacts]] = {}
    for one in sorted(lower, key=lambda one: (-one.free_ports, one.id)):
        if one.free_addresses and one.free_ports > 1:  # One port is its own call to the top.
            serving.setdefault(one.unit_path, []).append(one)
    at: dict[int, list[Site]] = {}
    for leg in legs:
        paths = [path for path in upward(leg.unit_path) if path in serving]
        chain = (one for path in (paths if nearest_first else reversed(paths)) for one in serving[path])
        chosen = next((one for one in chain if len(at.get(one.id, ())) + 1 < one.free_ports), top)
        at.setdefault(chosen.id, []).append(leg)
    links = [one for ones in serving.values() for one in ones if one.id in at]
    wanted = len(at.get(top.id, ())) + len(links) + guests
    if wanted > top.free_ports:
        return None
    links.sort(key=lambda one: (len(one.unit_path), one.id))
    parts = [Part(top.id, _address(top, preset), wanted), *(Part(one.id, _address(one, preset), len(at[one.id]) + 1, upper=0) for one in links)]
    part_of = {leg.room_id: place for place, part in enumerate(parts) for leg in at.get(part.bridge_id, ())}
    return ConnectionPlan(Topology.CASCADE if links else Topology.BRIDGE, tuple(parts), part_of)


def upward(path: str) -> list[str]:
    """Return a unit's path and those of all units above it, the nearest first."""
    found = []
    while path.strip("/"):
        found.append(path)
        path = path[:path.rstrip("/").rfind("/") + 1]
    return found


def _address(bridge: BridgeFacts, preset: Iterable[Part]) -> str:
    """Return the address that is reserved on a bridge already, else its first free one."""
    reserved = next((part.address for part in preset if part.bridge_id == bridge.id), None)
    return reserved if reserved in bridge.free_addresses else bridge.free_addresses[0]
