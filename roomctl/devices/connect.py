"""The one door to the drivers: from a device's row to an open connection.

A connection is kept for as long as its session needs it.  No connection is opened inside a transaction.
"""

import threading
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from device_drivers import registry
from device_drivers.errors import ConnectionLost, DeviceError, HostKeyChanged, HostKeyUnknown
from device_drivers.transports.ssh import Deadlines, Login
from roomctl.database import db
from roomctl.devices import credentials, inventory
from roomctl.devices.tables import Device


@dataclass(frozen=True, slots=True)
class Way:
    """All that is needed to reach a device, read from the database before any thread starts."""

    device_id: int
    family: str
    host: str
    port: int
    login: Login
    pinned: str | None


def way_to(device: Device) -> Way:
    """Return how to reach a device."""
    return Way(device_id=device.id, family=device.family, host=device.host, port=device.port,
               login=Login(device.username, credentials.password_of(device.id)), pinned=device.pinned_fingerprint)


class Connections:
    """Open connections by device: one each, opened at need, dropped after any error so that the next try starts clean.

    Whoever is done with a device lets go of it; the connection stays only where the device is to be kept at hand.
    """

    def __init__(self, deadlines: Deadlines | None = None) -> None:
        self._deadlines = deadlines or Deadlines()
        self._lock = threading.Lock()
        self._open: dict[int, Any] = {}
        self._doors: defaultdict[int, threading.Lock] = defaultdict(threading.Lock)
        self._kept: frozenset[int] = frozenset()

    def to(self, way: Way | None, *, device_id: int | None = None) -> Any:
        """Return the driver for a device, connecting by `way` unless it is open already.  Raises DeviceError."""
        wanted = way.device_id if way else device_id or 0
        with self._lock:
            door = self._doors[wanted]
        with door:  # Many threads may want the same bridge at once; one connects, the others use that connection.
            known = self._open.get(wanted)
            if known is not None and known.is_open:
                return known
            self.drop(wanted)  # The device hung up while nobody spoke to it.
            if way is None:
                raise ConnectionLost("the connection was dropped a moment ago")
            driver = registry.connect(way.family, way.host, way.port, way.login, pinned=way.pinned, deadlines=self._deadlines)
            with self._lock:
                self._open[wanted] = driver
            return driver

    def drop(self, device_id: int) -> None:
        """Close the connection to a device, if there is one."""
        with self._lock:
            driver = self._open.pop(device_id, None)
        if driver is not None:
            driver.close()

    def keep(self, device_ids: Collection[int]) -> None:
        """Let the connections of these devices stay open, and of no others, once nobody uses them."""
        self._kept = frozenset(device_ids)

    def let_go(self, device_id: int) -> None:
        """Close the connection to a device unless it is to be kept."""
        if device_id not in self._kept:
            self.drop(device_id)

    def close(self) -> None:
        for device_id in list(self._open):
            self.drop(device_id)

    @property
    def device_ids(self) -> set[int]:
        """Return the devices whose connection is open."""
        with self._lock:
            return {device_id for device_id, driver in self._open.items() if driver.is_open}


def remember_key(device_id: int, error: DeviceError) -> None:
    """Keep the host key of a refused connection for a person to decide on."""
    if isinstance(error, HostKeyUnknown | HostKeyChanged):
        inventory.note_host_key(device_id, fingerprint=error.seen.fingerprint, algorithm=error.seen.algorithm)
        db.session.rollback()


def families_of(kind: str) -> list[str]:
    """Return the families there are of a kind of device: "codec" or "bridge"."""
    return sorted({"codec": registry.CODECS, "bridge": registry.BRIDGES}.get(kind, ()))


def kind_of(family: str) -> str:
    """Return what devices of a family are, "codec" or "bridge"; an empty string for a family nobody wrote a driver for."""
    return "codec" if family in registry.CODECS else "bridge" if family in registry.BRIDGES else ""


def is_codec_family(family: str) -> bool:
    return family in registry.CODECS
