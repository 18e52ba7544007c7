"""When which device is looked at next.  Pure: the moments are given, in seconds of a steady clock.

Each device has its own interval and keeps its own rhythm.  Devices that are late all at once, as after the worker stood still, are
spread out; nobody comes twice before their turn.
"""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass

SPREAD_S = 0.05  # This much later than the one before comes each device of many that are late.


@dataclass(frozen=True, slots=True)
class Planned:
    """One device: how often it is looked at, and how long ago it was; None when it never was."""

    device_id: int
    every_s: float
    age_s: float | None


class Schedule:
    """Devices by when they are due."""

    def __init__(self) -> None:
        self._every_s: dict[int, float] = {}
        self._due: dict[int, float] = {}
        self._heap: list[tuple[float, int]] = []

    def __len__(self) -> int:
        return len(self._due)

    def __contains__(self, device_id: int) -> bool:
        return device_id in self._due

    def refresh(self, planned: Iterable[Planned], now: float) -> None:
        """Take over the devices there are now: new ones get a turn, changed intervals a new one, those that are gone lose theirs."""
        wanted = {one.device_id: one for one in planned}
        for device_id in self._due.keys() - wanted.keys():
            del self._due[device_id], self._every_s[device_id]
        late: list[Planned] = []
        for one in wanted.values():
            known = self._every_s.get(one.device_id)
            if known == one.every_s:
                continue
            self._every_s[one.device_id] = one.every_s
            # A clock that went back makes a look lie ahead: it is taken for one of this very moment.
            wait_s = one.every_s - max(one.age_s, 0.0) if one.age_s is not None else 0.0
            if wait_s > 0:
                self._set(one.device_id, now + wait_s)
            else:
                late.append(one)
        for place, one in enumerate(late):
            window_s = min(one.every_s, len(late) * SPREAD_S)
            self._set(one.device_id, now + window_s * place / len(late))

    def due(self, now: float, most: int) -> list[int]:
        """Take out at most this many devices that are due, the longest due first, and give each its next turn."""
        taken: list[int] = []
        while self._heap and self._heap[0][0] <= now and len(taken) < most:
            at, device_id = heapq.heappop(self._heap)
            if self._due.get(device_id) != at:
                continue  # It has another turn by now, or is gone.
            taken.append(device_id)
            every_s = self._every_s[device_id]
            self._set(device_id, at + every_s if at + every_s > now else now + every_s)
        return taken

    def looked_at(self, device_id: int, now: float) -> None:
        """Let the next turn be a whole interval from now: somebody has just looked."""
        if device_id in self._due:
            self._set(device_id, now + self._every_s[device_id])

    def next_s(self, now: float) -> float:
        """Return how many seconds remain until the next device is due; one without end when there is none."""
        return max(self._heap[0][0] - now, 0.0) if self._heap else float("inf")

    def _set(self, device_id: int, at: float) -> None:
        self._due[device_id] = at
        heapq.heappush(self._heap, (at, device_id))
        if len(self._heap) > 64 + 3 * len(self._due):  # Turns that count no more are thrown away now and then.
            self._heap = [(due, one) for one, due in self._due.items()]
            heapq.heapify(self._heap)
