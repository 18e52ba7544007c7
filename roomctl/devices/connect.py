"""The one door to the drivers: from a device's row to an open connection.

A connection is kept for as long as its session needs it.  No connection is opened inside a transaction.
"""

import threading
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag

from device_drivers import registry
from device_drivers.errors import ConnectionLost, DeviceError, HostKeyChanged, HostKeyUnknown, LoginRefused
from device_drivers.readings import Grade, HostKey, Legacy
from device_drivers.transports.private_key import private_key_in
from device_drivers.transports.ssh import Deadlines, Login
from roomctl.database import db
from roomctl.devices import credentials, inventory, rotation_tables
from roomctl.devices.faults import CredentialsUnreadable, PasswordUnsettled
from roomctl.devices.password import Rule
from roomctl.devices.probe_tables import with_credentials
from roomctl.devices.tables import Device, DeviceCredential

OPENED_AT_ONCE = 64  # More handshakes at once only wait for each other (measured with paramiko).


@dataclass(frozen=True, slots=True)
class Way:
    """All that is needed to reach a device, read from the database before any thread starts."""

    device_id: int
    family: str
    host: str
    port: int
    login: Login
    pinned: str | None
    legacy: Legacy = Legacy.NONE  # How much of SHA-1 this one device may use.


def way_to(device: Device) -> Way:
    """Return how to reach a device."""
    return way_with(device, credentials.password_of(device.id))


def way_with(device: Device, password: str) -> Way:
    """Return how to reach a device with this password."""
    return Way(device_id=device.id, family=device.family, host=device.host, port=device.port, login=Login(device.username, password),
               pinned=device.pinned_fingerprint, legacy=legacy_of(device))


def legacy_of(device: Device) -> Legacy:
    """Return how much of SHA-1 a device may use; a word nobody knows allows none."""
    word = device.ssh_legacy.replace("+", "_")
    return Legacy(word) if word in set(Legacy) else Legacy.NONE


def ways_to(device_ids: Collection[int]) -> dict[int, Way | DeviceError]:
    """Return how to reach many devices; for one whose password cannot be opened or is not known for certain, the error that says so.

    One whose password is being changed at this moment is left out: each wrong try counts towards a lock-out.
    """
    found: dict[int, Way | DeviceError] = {}
    changing = rotation_tables.unsettled(device_ids)
    for device, row in with_credentials(device_ids):
        if device.id in changing:
            if changing[device.id] == "unknown":
                found[device.id] = PasswordUnsettled("a change of password broke off")
            continue
        try:
            found[device.id] = way_with(device, _opened(row))
        except (InvalidTag, LookupError):
            found[device.id] = CredentialsUnreadable("the stored password cannot be opened")
    return found


def _opened(row: DeviceCredential | None) -> str:
    if row is None:
        raise LookupError
    return credentials.opened(row)


def open_once(way: Way) -> Any:
    """Return a connected driver that whoever asked closes.  Raises DeviceError."""
    return registry.connect(way.family, way.host, way.port, way.login, pinned=way.pinned, deadlines=Deadlines(), legacy=way.legacy)


def try_login(way: Way) -> None:
    """Sign in and hang up: one try.  Raises DeviceError; SessionTableFull says that the account was let in all the same."""
    registry.try_login(way.family, way.host, way.port, way.login, pinned=way.pinned, deadlines=Deadlines(), legacy=way.legacy)


class Connections:
    """Open connections by device: one each, opened at need, dropped after any error so that the next try starts clean.

    Whoever is done with a device lets go of it; the connection stays only where the device is to be kept at hand.
    """

    def __init__(self, deadlines: Deadlines | None = None) -> None:
        self._deadlines = deadlines or Deadlines()
        self._lock = threading.Lock()
        self._open: dict[int, Any] = {}
        self._opened_by: dict[int, Way] = {}
        self._doors: defaultdict[int, threading.Lock] = defaultdict(threading.Lock)
        self._kept: frozenset[int] = frozenset()
        self._opening = threading.BoundedSemaphore(OPENED_AT_ONCE)

    def to(self, way: Way | None, *, device_id: int | None = None) -> Any:
        """Return the driver for a device, connecting by `way` unless it is open already.  Raises DeviceError."""
        wanted = way.device_id if way else device_id or 0
        with self._lock:
            door = self._doors[wanted]
        with door:  # Many threads may want the same bridge at once; one connects, the others use that connection.
            known = self._open.get(wanted)
            if known is not None and known.is_open and way in (None, self._opened_by.get(wanted)):
                return known
            self.drop(wanted)  # The device hung up while nobody spoke to it, or is reached in another way by now.
            if way is None:
                raise ConnectionLost("the connection was dropped a moment ago")
            with self._opening:
                driver = registry.connect(way.family, way.host, way.port, way.login, pinned=way.pinned, deadlines=self._deadlines,
                                          legacy=way.legacy)
            with self._lock:
                self._open[wanted], self._opened_by[wanted] = driver, way
            return driver

    def drop(self, device_id: int) -> None:
        """Close the connection to a device, if there is one."""
        with self._lock:
            driver = self._open.pop(device_id, None)
            self._opened_by.pop(device_id, None)
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
        keep_refused_key(device_id, error.seen)


def keep_refused_key(device_id: int, key: HostKey) -> None:
    """Keep a host key that was refused for a person to decide on."""
    inventory.note_host_key(device_id, fingerprint=key.fingerprint, algorithm=key.algorithm)
    db.session.rollback()


SNMP_FAMILY = "snmp"  # What speaks SNMP only says itself what it is.
_KINDS: dict[str, Collection[str]] = {"codec": registry.CODECS, "bridge": registry.BRIDGES, "hardware": registry.HARDWARE,
                                      "equipment": (SNMP_FAMILY,)}


def families_of(kind: str) -> list[str]:
    """Return the families there are of a kind of device: "codec", "bridge", "hardware" or "equipment"."""
    return sorted(_KINDS.get(kind, ()))


def kind_of(family: str) -> str:
    """Return what devices of a family are; an empty string for a family nobody wrote a driver for."""
    return next((kind for kind, families in _KINDS.items() if family in families), "")


def is_useless_key(secret: str) -> bool:
    """True of a secret that is meant as a private key and cannot be used as one: damaged, or with a passphrase."""
    try:
        private_key_in(secret)
    except LoginRefused:
        return True
    return False


def is_key(secret: str) -> bool:
    """True of a secret that is meant as a private key."""
    return "PRIVATE KEY-----" in secret


def password_rule_of(family: str) -> Rule | None:
    """Return which passwords a family takes; None where nobody knows a command to change one."""
    driver = registry.FAMILIES.get(family)
    if driver is None or "set_password" not in driver.supports:
        return None
    return Rule(driver.password_length, driver.password_letters)


def is_codec_family(family: str) -> bool:
    return family in registry.CODECS


def supports(family: str) -> frozenset[str]:
    """Return what a family's driver can do ("restart", "require_encryption", ...); nothing for a family nobody wrote a driver for."""
    return registry.FAMILIES[family].supports if family in registry.FAMILIES else frozenset()


def best_proof_of(family: str) -> Grade:
    """Return the best that a family's reading can prove of a call's encryption."""
    return registry.FAMILIES[family].best_proof if family in registry.CODECS | registry.BRIDGES else Grade.NONE
