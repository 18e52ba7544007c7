"""How much of each bridge is held at which time: by count for its ports, by name for its addresses.  Pure."""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from roomctl.timespan import LONGEST, Span

# What is held was booked for no longer than this; it is what lets one look from there on only.
LOOK_BACK = LONGEST + timedelta(hours=1)


@dataclass(frozen=True, slots=True, order=True)
class Held:
    """What one occurrence holds of one bridge."""

    start: datetime
    end: datetime
    occurrence_id: int
    bridge_id: int
    address: str
    ports: int


class Ledger:
    """All that is held of some bridges, in order of time; kept while several occurrences are settled one after another."""

    def __init__(self, held: Iterable[Held] = ()) -> None:
        self._of_bridge: dict[int, list[Held]] = defaultdict(list)
        self._of_occurrence: dict[int, list[Held]] = defaultdict(list)
        for one in sorted(held):
            self._of_bridge[one.bridge_id].append(one)
            self._of_occurrence[one.occurrence_id].append(one)

    def put(self, one: Held) -> None:
        """Write down what is held from now on."""
        insort(self._of_bridge[one.bridge_id], one)
        self._of_occurrence[one.occurrence_id].append(one)

    def take_out(self, occurrence_id: int) -> list[Held]:
        """Strike out what an occurrence holds, and return it."""
        gone = self._of_occurrence.pop(occurrence_id, [])
        for one in gone:
            self._of_bridge[one.bridge_id].remove(one)
        return gone

    def during(self, bridge_id: int, span: Span) -> list[Held]:
        """Return what is held of a bridge at any time within `span`, half-open."""
        held = self._of_bridge.get(bridge_id, [])
        first = bisect_left(held, span.start - LOOK_BACK, key=lambda one: one.start)
        last = bisect_left(held, span.end, key=lambda one: one.start)
        return [one for one in held[first:last] if one.end > span.start]

    def most_ports(self, bridge_id: int, span: Span) -> int:
        """Return how many ports of a bridge are held at once at most while `span`: what is held one after another counts once."""
        held = self.during(bridge_id, span)
        turns = {max(one.start, span.start) for one in held}
        return max((sum(one.ports for one in held if one.start <= at < one.end) for at in turns), default=0)
