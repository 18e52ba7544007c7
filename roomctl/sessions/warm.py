"""Opens connections to the devices of conferences that are near, so that a press of the start button does not wait for them."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

from roomctl import clock
from roomctl.devices import connect
from roomctl.devices.tables import bridges
from roomctl.sessions import control, tables

LOOK_EVERY_S = 3.0
AT_ONCE = 8
MOST_KEPT = 250  # Beyond 300 open connections a process crawls (measured with paramiko).
EARLIER = timedelta(minutes=1)  # Than anybody may press.
REST_AFTER_FAILURE_S = 20.0


class Warmer:
    """Keeps the connections of near conferences open; what cannot be reached now is tried again later, and by the session itself."""

    def __init__(self, connections: connect.Connections) -> None:
        self._connections = connections
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="warm")
        self._under_way: dict[int, Future] = {}
        self._resting: dict[int, float] = {}  # Until when, by device.
        self._next = 0.0

    def tick(self) -> None:
        """Look which conferences are near, and send out what their devices need."""
        for device_id, future in list(self._under_way.items()):
            if future.done():
                del self._under_way[device_id]
                if future.exception() is not None:
                    self._resting[device_id] = time.monotonic() + REST_AFTER_FAILURE_S
        if self._next > time.monotonic():
            return
        self._next = time.monotonic() + LOOK_EVERY_S
        now = clock.now()
        devices = {device.id: device for device in tables.devices_soon_needed(now + control.START_EARLY + EARLIER, now, limit=MOST_KEPT)}
        if devices:
            devices |= {bridge.id: bridge for bridge in bridges() if bridge.pinned_fingerprint is not None}
        self._connections.keep(devices)
        cold = devices.keys() - self._connections.device_ids - self._under_way.keys()
        for device_id in cold:
            if self._resting.get(device_id, 0.0) < time.monotonic():
                self._under_way[device_id] = self._pool.submit(self._connections.to, connect.way_to(devices[device_id]))

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
