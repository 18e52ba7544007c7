"""The side of SNMPv3 that owns the engine ID and the time: an agent, or the receiver of informs (RFC 3414, 3.2; RFC 3412, 7.2).  No network.

It answers who does not know its engine ID or its time with a Report, and lets in only what is proven and fresh.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from device_drivers.transports import snmp_usm
from device_drivers.transports.snmp_ber import COUNTER_32, REPORT, listed, number_octets, pdu
from device_drivers.transports.snmp_login import Keyring, Keys, SnmpLogin
from device_drivers.transports.snmp_usm import AUTHENTICATED, ENCRYPTED, REPORTABLE, REPORTS, WINDOW_S, Opened, Sealed

_OID_OF = {word: name for name, word in REPORTS.items()}


@dataclass(frozen=True, slots=True)
class Request:
    """A request that was let in."""

    sealed: Sealed
    opened: Opened
    login: SnmpLogin
    keys: Keys


class Authority:
    """One authoritative engine and its users.  `boots` must be larger at every start, or old messages would count again.

    `where` keeps users of one name apart who come from different places with different passwords.
    """

    def __init__(self, engine_id: bytes, users: Iterable[SnmpLogin] = (), *, boots: int = 1, keyring: Keyring | None = None,
                 now: Callable[[], float] = time.monotonic) -> None:
        if not 5 <= len(engine_id) <= 32:
            raise ValueError("an engine ID has 5 to 32 octets")  # RFC 3411, SnmpEngineID.
        self.engine_id, self.boots = engine_id, boots
        self._now, self._started = now, now()
        self._keyring = keyring or Keyring()
        self._users: dict[str, dict[bytes, tuple[SnmpLogin, Keys]]] = {}
        self.reported: Counter[str] = Counter()
        for login in users:
            self.add(login)

    def add(self, login: SnmpLogin, *, where: str = "") -> None:
        """Let a user in from now on; another with the same name is replaced."""
        self._users.setdefault(where, {})[login.username.encode()] = (login, self._keyring.keys(login, self.engine_id))

    def drop_all(self, *, where: str) -> None:
        """Let nobody in any longer from a place."""
        self._users.pop(where, None)

    @property
    def time_s(self) -> int:
        return int(self._now() - self._started)

    def receive(self, sealed: Sealed, *, where: str = "") -> Request | bytes | None:
        """Return a request that may be answered, a Report to send back, or None for what deserves neither.

        Raises Malformed for a proven message that cannot be read.
        """
        if sealed.engine_id != self.engine_id:
            return self._report(sealed, "unknownEngineIDs")
        login, keys = self._users.get(where, {}).get(sealed.username, (None, None))
        if login is None:
            return self._report(sealed, "unknownUserNames")
        level = sealed.flags & (AUTHENTICATED | ENCRYPTED)
        if level & ~login.level or level < login.level:  # A user is let in at its own level only: less would be read in clear.
            return self._report(sealed, "unsupportedSecLevels")
        try:
            opened = snmp_usm.open_sealed(sealed, keys)
        except snmp_usm.NotProven as error:
            return self._report(sealed, str(error))
        if level and (sealed.boots != self.boots or abs(sealed.time_s - self.time_s) > WINDOW_S):
            return self._report(sealed, "notInTimeWindows", opened, keys)
        return Request(sealed, opened, login, keys)

    def answer(self, request: Request, body: bytes) -> bytes:
        """Return the message that answers a request with a PDU."""
        return snmp_usm.seal(request.sealed.msg_id, body, engine_id=self.engine_id, boots=self.boots, time_s=self.time_s,
                             username=request.sealed.username, keys=request.keys, level=request.login.level, reportable=False,
                             context_engine_id=request.opened.context_engine_id)

    def _report(self, sealed: Sealed, word: str, opened: Opened | None = None, keys: Keys | None = None) -> bytes | None:
        """Return a Report; that on the time is authenticated, for the asker will set its clock by it."""
        self.reported[word] += 1
        if not sealed.flags & REPORTABLE:
            return None
        body = pdu(REPORT, opened.pdu.request_id if opened else 0,
                   listed([(_OID_OF[word], COUNTER_32, number_octets(self.reported[word]))]))
        return snmp_usm.seal(sealed.msg_id, body, engine_id=self.engine_id, boots=self.boots, time_s=self.time_s,
                             username=sealed.username, keys=keys, level=AUTHENTICATED if keys else 0, reportable=False)
