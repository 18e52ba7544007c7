"""What planning the connections of some occurrences asks of the database, read at once: their rooms, and what is held of bridges."""

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from roomctl.booking import port_tables
from roomctl.booking.port_ledger import Held, Ledger
from roomctl.booking.topology import BridgeFacts, ConnectionPlan, Part, Site, plan_connections, upward
from roomctl.devices import connect
from roomctl.timespan import Span


@dataclass(frozen=True, slots=True)
class Planned:
    """An occurrence whose connections are planned: its time, and the rooms that it holds and that have a codec, the host room first."""

    id: int
    span: Span
    over: bool
    host: Site
    others: tuple[Site, ...]
    without_codec: tuple[int, ...]

    @property
    def ends(self) -> int:
        """How many rooms are to be connected."""
        return len(self.others) + self.host.has_codec


def bridges_near(occurrence_ids: Collection[int]) -> set[int]:
    """Return the bridges of the units that take part in occurrences, and of all units above these."""
    bridges = port_tables.bridges_in_use()
    paths = {path for below in port_tables.unit_paths_of(occurrence_ids) for path in upward(below)} if bridges else ()
    return {bridge.id for bridge in bridges if bridge.path in paths}


class Planning:
    """Occurrences as they stand now, and what others hold of the bridges near them.  Whoever writes has locked these bridges."""

    def __init__(self, occurrence_ids: Collection[int], bridge_ids: Collection[int], *, now: datetime) -> None:
        self.occurrences = _occurrences(occurrence_ids, now)
        self.bridges = {one.id: one for one in port_tables.bridges_in_use() if one.id in bridge_ids}
        self.rows: dict[int, list[port_tables.BridgePorts]] = defaultdict(list)
        for row in port_tables.ports_of(occurrence_ids):
            self.rows[row.occurrence_id].append(row)
        spans = [one.span for one in self.occurrences] + [row.span for rows in self.rows.values() for row in rows]
        held = port_tables.held_during(bridge_ids, Span(min(one.start for one in spans), max(one.end for one in spans))) if spans else ()
        self.ledger = Ledger(Held(*row) for row in held)
        self._can_dial: Callable[[str], bool] = cache(lambda family: "dial" in connect.supports(family))

    def preset(self, occurrence_id: int) -> tuple[Part, ...]:
        """Return what an occurrence holds already."""
        rows = self.rows.get(occurrence_id, ())
        places = {row.id: place for place, row in enumerate(rows)}
        return tuple(Part(row.bridge_id, row.address, row.ports, None if row.upper_id is None else places.get(row.upper_id, 0)) for row in rows)

    def plan(self, one: Planned) -> ConnectionPlan:
        """Return the plan for an occurrence beside what the ledger says that others hold; raise NoConnection.  Its own is taken out before."""
        paths = {path for site in (one.host, *one.others) for path in upward(site.unit_path)}
        facts = [self._facts(bridge, one.span) for bridge in self.bridges.values() if bridge.path in paths]
        return plan_connections(one.host, one.others, facts, preset=self.preset(one.id))

    def _facts(self, bridge, span: Span) -> BridgeFacts:
        taken = {held.address for held in self.ledger.during(bridge.id, span)}
        return BridgeFacts(bridge.id, bridge.path, bridge.ports, max(0, bridge.ports - self.ledger.most_ports(bridge.id, span)),
                           tuple(one for one in bridge.pool if one not in taken), self._can_dial(bridge.family))


def _occurrences(occurrence_ids: Collection[int], now: datetime) -> list[Planned]:
    answers = cache(lambda family: "answer" in connect.supports(family))
    sites: dict[int, list[Site]] = defaultdict(list)
    bare: dict[int, list[int]] = defaultdict(list)
    for occurrence_id, room_id, path, family, holds in port_tables.standing_sites(occurrence_ids):
        if family is None:
            bare[occurrence_id].append(room_id)
        else:
            sites[occurrence_id].append(Site(room_id, path, can_answer=answers(family), sites=max(holds, 1) if answers(family) else 0))
    found = []
    for occurrence_id, start, end, ended_at, cancelled_at, host_room_id, host_path in port_tables.to_settle(occurrence_ids):
        standing = sites[occurrence_id] if cancelled_at is None else []
        host = next((one for one in standing if one.room_id == host_room_id), Site(host_room_id, host_path, has_codec=False))
        early = ended_at is not None and start < ended_at < end
        found.append(Planned(occurrence_id, Span(start, ended_at if early else end), end <= now, host,
                             tuple(one for one in standing if one is not host), tuple(bare[occurrence_id])))
    return found
