"""The far ends of legs: a bridge, or the host's own codec that mixes the others, read once for all legs that meet there."""

import threading
import time
from collections.abc import Collection
from dataclasses import dataclass

from device_drivers.errors import DeviceError
from device_drivers.readings import CallState, ConferenceOnBridge, SshFacts, Tri
from roomctl.devices.connect import Connections, Way
from roomctl.sessions.verdict import mixed_by_codec


class BridgeReader:
    """Reads a session's conference on its bridge for many legs at once: one reading serves all who asked before it began."""

    def __init__(self, connections: Connections, way: Way | None, device_id: int, address: str) -> None:
        self._connections, self._way, self.device_id, self.address = connections, way, device_id, address
        self._lock = threading.Lock()
        self._begun, self._seen = 0.0, None
        self.failed = False
        self.reached_by: SshFacts | None = None  # How the bridge was reached at the last reading.

    def read(self) -> ConferenceOnBridge | None:
        """Return who is on the bridge now; None when that cannot be read, which proves nothing."""
        asked = time.monotonic()
        with self._lock:
            if self._begun < asked:
                self._begun = time.monotonic()
                try:
                    driver = self._driver()
                    self._seen, self.reached_by = self._look(driver), driver.reached_by
                except DeviceError:
                    self._connections.drop(self.device_id)
                    self._seen, self.failed = None, True
            return self._seen

    def drop(self, remote: str) -> bool:
        """Drop a caller, where its codec would not hang up; True when the bridge no longer lists it."""
        with self._lock:
            try:
                for one in self._driver().conference(self.address).participants:
                    if one.remote == remote:
                        self._driver().drop(self.address, one.id)
                return all(one.remote != remote for one in self._driver().conference(self.address).participants)
            except DeviceError:
                self._connections.drop(self.device_id)
                return False

    def lock(self, locked: bool) -> Tri:
        """Let nobody else in, or again anybody, and return what the bridge then says of it.  Raises DeviceError."""
        driver = self._driver()
        driver.lock(self.address, locked)
        return driver.conference(self.address).locked

    def _look(self, driver) -> ConferenceOnBridge:
        return driver.conference(self.address)

    def _driver(self):
        return self._connections.to(self._way, device_id=self.device_id)


class MixingCodec(BridgeReader):
    """Reads the host's own codec, where it mixes the calls of the others, as if it were a bridge."""

    def drop(self, remote: str) -> bool:
        """Hang up the call with one of the others; True when the codec no longer reports it."""
        with self._lock:
            try:
                for call in self._driver().calls():
                    if call.remote == remote:
                        self._driver().hang_up(call.id)
                return all(call.remote != remote for call in self._driver().calls())
            except DeviceError:
                self._connections.drop(self.device_id)
                return False

    def _look(self, driver) -> ConferenceOnBridge:
        return mixed_by_codec(self.address, [(call, driver.read_encryption(call.id)) for call in driver.calls()
                                             if call.state in (CallState.CONNECTED, CallState.ON_HOLD)])


@dataclass(frozen=True, slots=True)
class Far:
    """A far end that can be read: a bridge at one of its addresses, or the host's own codec, which mixes the others."""

    way: Way
    address: str
    is_codec: bool = False


class Readers:
    """The readers of far ends, one each for all the legs that meet there."""

    def __init__(self, connections: Connections) -> None:
        self._connections, self._lock = connections, threading.Lock()
        self._known: dict[tuple[int, str], tuple[Way, BridgeReader]] = {}

    def of(self, far: Far) -> BridgeReader:
        """Return the reader of a far end; another one when it failed, or is reached in another way by now."""
        with self._lock:
            way, reader = self._known.get((far.way.device_id, far.address), (None, None))
            if reader is None or reader.failed or way != far.way:
                kind = MixingCodec if far.is_codec else BridgeReader
                reader = kind(self._connections, far.way, far.way.device_id, far.address)
                self._known[far.way.device_id, far.address] = (far.way, reader)
            return reader

    def forget(self, device_ids: Collection[int]) -> None:
        with self._lock:
            self._known = {key: value for key, value in self._known.items() if key[0] not in device_ids}
