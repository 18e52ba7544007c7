"""Connections to the devices of conferences that are near are open before anybody presses the start button."""

import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Protocol

from roomctl import clock
from roomctl.devices import connect
from roomctl.devices.connect import Connections, Way
from roomctl.devices.tables import bridges
from roomctl.sessions import control, tables

LOOK_EVERY_S = 3.0
AT_ONCE = 8
MOST_KEPT = 250  # Beyond 300 open connections a process crawls (measured with paramiko).
EARLIER = timedelta(minutes=1)  # Than anybody may press.
REST_AFTER_FAILURE_S = 20.0
WAYS_LAST_S = 30.0


class Keeper(Protocol):
    """Whoever holds the connections: the threads of this process, or processes of their own."""

    count: int

    def keep_open(self, ways: Mapping[int, Way], in_use: Collection[int]) -> None:
        """Have the connections to these devices open, by device id, and of no others but those that a session uses."""


class Warmer:
    """Says which connections are to be open: those of the devices of near conferences."""

    def __init__(self, keeper: Keeper, in_use: Callable[[], Collection[int]] = frozenset) -> None:
        self._keeper, self._in_use = keeper, in_use
        self._ways: dict[int, Way] = {}
        self._known_until = 0.0
        self._next = 0.0

    def tick(self) -> None:
        """Look which conferences are near, and have their devices kept at hand."""
        if self._next > time.monotonic():
            return
        self._next = time.monotonic() + LOOK_EVERY_S
        now = clock.now()
        soon = tables.devices_soon_needed(now + control.START_EARLY + EARLIER, now, limit=MOST_KEPT * self._keeper.count)
        wanted = {device.id for device in soon}
        if wanted:
            wanted |= {bridge.id for bridge in bridges() if bridge.pinned_fingerprint is not None}
        if wanted != self._ways.keys() or self._known_until < time.monotonic():
            self._ways = {device_id: way for device_id, way in connect.ways_to(wanted).items() if isinstance(way, Way)} if wanted else {}
            self._known_until = time.monotonic() + WAYS_LAST_S
        self._keeper.keep_open(self._ways, self._in_use())


class KeptOpen:
    """Opens what is to be kept open; what cannot be reached now is tried again later, and by the session itself."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="warm")
        self._under_way: dict[int, Future] = {}
        self._resting: dict[int, float] = {}  # Until when, by device.
        self._kept: frozenset[int] = frozenset()

    def keep(self, ways: Mapping[int, Way]) -> frozenset[int]:
        """Keep the connections to these devices open, and return those that were to be kept before and are not now."""
        for device_id, future in list(self._under_way.items()):
            if future.done():
                del self._under_way[device_id]
                if future.exception() is not None:
                    self._resting[device_id] = time.monotonic() + REST_AFTER_FAILURE_S
        left, self._kept = self._kept - ways.keys(), frozenset(ways)
        self._connections.keep(self._kept)
        for device_id in ways.keys() - self._connections.device_ids - self._under_way.keys():
            if self._resting.get(device_id, 0.0) < time.monotonic():
                self._under_way[device_id] = self._pool.submit(self._connections.to, ways[device_id])
        return left

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
