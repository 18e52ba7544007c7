"""Two ways to ask one agent one thing: with a community, or as a user of version 3.

`ask` returns the agent's answer whatever its error-status is; what the answer means is for `snmp_poll`.
"""

import asyncio
import time
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Protocol

from device_drivers.errors import NoSnmpAnswer, SnmpLoginRefused
from device_drivers.snmp.asking import Oid
from device_drivers.transports import snmp_ber, snmp_usm
from device_drivers.transports.snmp_ber import GET, OCTETS, REPORT, RESPONSE, SEQUENCE, Message, Pdu
from device_drivers.transports.snmp_login import Keyring, Keys
from device_drivers.transports.snmp_quirks import Target
from device_drivers.transports.snmp_usm import AUTHENTICATED, ENCRYPTED, Opened, Sealed
from device_drivers.transports.snmp_wire import Address, Arrived, Wire

HINTS = {
    "unsupportedSecLevels": "the agent knows the user, but not at this level of authentication and privacy",
    "unknownUserNames": "the agent does not know this user",
    "wrongDigests": "the authentication password or protocol is wrong",
    "decryptionErrors": "the privacy password or protocol is wrong",
    "notInTimeWindows": "the agent's own clock does not run as SNMPv3 wants it",
    "unknownEngineIDs": "the agent tells one engine ID and answers to another",
    "unknownContexts": "the agent does not have the context that is asked for",
    "unavailableContexts": "the agent does not have the context that is asked for",
}


class Line(Protocol):
    """One agent that can be asked."""

    asked_again: int  # Datagrams sent more than once.

    async def ask(self, kind: int, names: tuple[Oid, ...], *, repetitions: int = 0, tries: int | None = None) -> Pdu:
        """Ask, `tries` times at most (None: as the target says), and return the answer; raises a DeviceError."""
        ...


class CommunityLine:
    """Versions 1 and 2c."""

    session = None  # Nothing is kept of such an agent.

    def __init__(self, wire: Wire, target: Target, address: Address) -> None:
        self._wire, self._target, self._address = wire, target, address
        self._version = snmp_ber.VERSIONS[target.login.version]
        self._start = snmp_ber.integer(self._version) + snmp_ber.wrap(OCTETS, target.login.community.encode())
        self.asked_again = 0

    async def ask(self, kind: int, names: tuple[Oid, ...], *, repetitions: int = 0, tries: int | None = None) -> Pdu:
        number, target = self._wire.number(), self._target
        body = snmp_ber.pdu(kind, number, snmp_ber.asked_for(names), index=repetitions)
        found, attempts = await self._wire.exchange(number, snmp_ber.wrap(SEQUENCE, self._start + body), self._address, accept=self._accept,
                                                    timeout_s=target.timeout_s, tries=tries or target.retries + 1, any_source=target.any_source)
        self.asked_again += attempts - 1
        return found

    def _accept(self, arrived: Arrived) -> Pdu | None:
        good = isinstance(arrived, Message) and arrived.version == self._version and arrived.kind == RESPONSE
        return arrived.pdu if good else None


@dataclass(slots=True)
class UsmSession:
    """What is known of an agent's engine: its ID, its time, and the user's keys for it.

    `proven` once an answer at the user's own level was read; `moved` once its time went backwards.
    """

    engine_id: bytes
    keys: Keys | None
    boots: int = 0
    time_s: int = 0
    at: float = 0.0
    proven: bool = False
    moved: bool = False

    def time_now_s(self) -> int:
        return min(self.time_s + int(time.monotonic() - self.at), 0x7FFFFFFF) if self.at else 0

    def note(self, sealed: Sealed) -> None:
        """Set the time by an authenticated message.

        It answers a number drawn at random for it, so it is fresh: a time before the known one is the agent's own fault and is followed
        (RFC 3414, 3.2, 7b would drop it, and the device would be lost until its clock caught up).
        """
        if self.at and (sealed.boots, sealed.time_s) < (self.boots, self.time_now_s() - snmp_usm.WINDOW_S):
            self.moved = True
        self.boots, self.time_s, self.at = sealed.boots, sealed.time_s, time.monotonic()


class UsmLine:
    """Version 3.  `session` is kept by the caller between polls; None makes the agent tell its engine ID first."""

    def __init__(self, wire: Wire, target: Target, address: Address, session: UsmSession | None, keyring: Keyring, executor: Executor) -> None:
        self._wire, self._target, self._address = wire, target, address
        self._keyring, self._executor = keyring, executor
        self._username = target.login.username.encode()
        self.session = session
        self.asked_again = 0

    async def ask(self, kind: int, names: tuple[Oid, ...], *, repetitions: int = 0, tries: int | None = None) -> Pdu:
        forgiven: set[str] = set()
        while True:
            if self.session is None:
                self.session = await self._discover()
            opened = await self._exchange(kind, names, repetitions, tries or self._target.retries + 1)
            if not opened.report:
                self.session.proven = True
                return opened.pdu
            if opened.report not in ("notInTimeWindows", "unknownEngineIDs") or opened.report in forgiven:
                raise SnmpLoginRefused(report=opened.report, hint=self._hint(opened.report))
            forgiven.add(opened.report)  # Once each, silently.
            if opened.report == "unknownEngineIDs":
                self.session = None

    async def _exchange(self, kind: int, names: tuple[Oid, ...], repetitions: int, tries: int) -> Opened:
        session, login, number = self.session, self._target.login, self._wire.number()
        body = snmp_ber.pdu(kind, number, snmp_ber.asked_for(names), index=repetitions)
        datagram = snmp_usm.seal(number, body, engine_id=session.engine_id, boots=session.boots, time_s=session.time_now_s(),
                                 username=self._username, keys=session.keys, level=login.level, reportable=True)

        def accept(arrived: Arrived) -> Opened | None:
            if not isinstance(arrived, Sealed):
                return None
            level = arrived.flags & (AUTHENTICATED | ENCRYPTED)
            try:
                opened = snmp_usm.open_sealed(arrived, session.keys)
            except snmp_usm.NotProven:
                return None
            if opened.pdu.kind == RESPONSE:
                right = (arrived.engine_id == session.engine_id and arrived.username == self._username and level == login.level
                         and opened.pdu.request_id == number)
            else:  # A Report that sets the clock must be proven, or anybody could set it.
                right = opened.pdu.kind == REPORT and (opened.report != "notInTimeWindows" or level or not login.level)
                right = right and (not level or arrived.engine_id == session.engine_id)
            if right and level:
                session.note(arrived)
            return opened if right else None

        try:
            found, attempts = await self._wire.exchange(number, datagram, self._address, accept=accept, timeout_s=self._target.timeout_s,
                                                        tries=tries, any_source=self._target.any_source)
        except NoSnmpAnswer as error:
            raise self._silence(error, tries) from error
        self.asked_again += attempts - 1
        return found

    async def _discover(self) -> UsmSession:
        """Make the agent tell its engine ID (RFC 3414, 4).  Its time is taken from a proven message only, so it is not read here."""
        number = self._wire.number()
        body = snmp_ber.pdu(GET, number, snmp_ber.asked_for(()))
        datagram = snmp_usm.seal(number, body, engine_id=b"", boots=0, time_s=0, username=b"", keys=None, level=0, reportable=True)

        def accept(arrived: Arrived) -> bytes | None:
            if not isinstance(arrived, Sealed) or arrived.flags & (AUTHENTICATED | ENCRYPTED):
                return None
            known = snmp_usm.open_sealed(arrived, None).pdu.kind == REPORT and 0 < len(arrived.engine_id) <= 32
            return arrived.engine_id if known else None

        target = self._target
        try:
            engine_id, attempts = await self._wire.exchange(number, datagram, self._address, accept=accept, timeout_s=target.timeout_s,
                                                            tries=target.retries + 1, any_source=target.any_source)
        except NoSnmpAnswer as error:
            raise NoSnmpAnswer(f"{self._where()}: not even its engine ID was told: down, blocked, or without SNMPv3") from error
        self.asked_again += attempts - 1
        keys = await asyncio.get_running_loop().run_in_executor(self._executor, self._keyring.keys, target.login, engine_id)
        return UsmSession(engine_id, keys)

    def _silence(self, error: NoSnmpAnswer, tries: int) -> NoSnmpAnswer:
        """Return what a silence means: an agent that told its engine ID and nothing since mostly cannot decrypt."""
        if self.session.proven:
            return NoSnmpAnswer(f"{self._where()}: no answer in {tries * self._target.timeout_s:.1f} s: down or blocked")
        self.session = None
        if not self._target.login.priv_protocol:
            return error
        return NoSnmpAnswer(f"{self._where()}: the agent tells its engine ID and then stays silent: {self._hint('decryptionErrors')}")

    def _hint(self, report: str) -> str:
        hint, other = HINTS.get(report, ""), self._target.login.other_variant
        return f"{hint}; if they are right, try {other}" if report == "decryptionErrors" and other else hint

    def _where(self) -> str:
        return f"{self._address[0]} port {self._address[1]}"


def line_for(wire: Wire, target: Target, address: Address, session: UsmSession | None, keyring: Keyring,
             executor: Executor) -> CommunityLine | UsmLine:
    """Return the way a target's login asks for."""
    if target.login.version == "3":
        return UsmLine(wire, target, address, session, keyring, executor)
    return CommunityLine(wire, target, address)
