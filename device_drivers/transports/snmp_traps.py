"""Receives traps and informs of known devices, and counts what it does not let in.

A trap is a hint: whoever gets it polls the device; it sets no state.  Copies are dropped, each sender has a limit, and the queue has an
end; nothing a stranger sends takes more memory than a counter.  A version 3 trap can only be proven when its sender's engine ID is known:
until then the engine is listed as unknown, and its traps are let in once it is registered.
"""

import asyncio
import logging
import socket
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from device_drivers.errors import Unreachable
from device_drivers.transports import snmp_ber, snmp_notification, snmp_usm
from device_drivers.transports.snmp_authority import Authority, Request
from device_drivers.transports.snmp_ber import INFORM, RESPONSE, TRAP_V1, TRAP_V2, Malformed, Message, Pdu
from device_drivers.transports.snmp_login import Keyring, Keys, SnmpLogin
from device_drivers.transports.snmp_notification import Notification
from device_drivers.transports.snmp_usm import AUTHENTICATED, ENCRYPTED, WINDOW_S, Sealed

_BUFFER = 4 << 20  # Octets; a power cut makes every device speak at once.
_BOOTS_SINCE = 1_577_836_800  # 2020; the counter has 31 bits, enough until 2088.
_log = logging.getLogger(__name__)


def own_engine_id() -> bytes:
    """Return an engine ID of the host's name (RFC 3411, SnmpEngineID, format 4: text)."""
    return b"\x80\x00\x00\x00\x04" + (socket.gethostname().encode("ascii", "replace") or b"?")[:27]


@dataclass(frozen=True, slots=True)
class TrapUser:
    """A device that may send: from `host` (numeric), with its login, and for version 3 traps as `engine_id`."""

    key: str
    host: str
    login: SnmpLogin
    engine_id: bytes | None = None


@dataclass(frozen=True, slots=True)
class Trap:
    """A notification of a known device; `key` is the user's."""

    key: str
    host: str
    version: str
    is_inform: bool
    notification: Notification
    received_at: float  # time.time().


@dataclass(frozen=True, slots=True)
class UnknownEngine:
    """An engine whose traps could not be proven, the last host and user it named, and how many came."""

    engine_id: bytes
    host: str
    username: str
    count: int


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is let in: traps a second and at once from one host, waiting traps, seconds for which a copy is known, things remembered."""

    per_second: float = 5.0
    burst: int = 50
    queue: int = 10_000
    copies_s: float = 300.0
    remembered: int = 10_000


class TrapReceiver:
    """Listens on a port inside the running loop and hands each trap to `on_trap`, one after another, in a thread.

    `engine_id` is this receiver's own, for informs, and must be no device's; without one it is made of the host's name.  `boots` must grow
    with every start; without one it is made of the time.
    `counters` says what came and what was dropped, and why; `unknown_engines` which engines are waiting to be registered.
    """

    def __init__(self, host: str, port: int, users: Iterable[TrapUser], on_trap: Callable[[Trap], None], *,
                 engine_id: bytes | None = None, boots: int | None = None, limits: Limits | None = None,
                 now: Callable[[], float] = time.monotonic) -> None:
        self.host, self.port = host, port
        self.counters: Counter[str] = Counter()
        self.unknown_engines: OrderedDict[bytes, UnknownEngine] = OrderedDict()
        self._on_trap, self._limits, self._now = on_trap, limits or Limits(), now
        self._keyring = Keyring()
        boots = max(int(time.time()) - _BOOTS_SINCE, 1) if boots is None else boots
        self._authority = Authority(engine_id or own_engine_id(), boots=boots, keyring=self._keyring, now=now)
        self._users: dict[str, TrapUser] = {}
        self._by_host: dict[str, dict[str, TrapUser]] = {}
        self._by_engine: dict[tuple[bytes, bytes], tuple[TrapUser, Keys]] = {}
        self._times: dict[bytes, tuple[int, int, float]] = {}  # Boots, time and when it was read, by engine ID.
        self._seen: OrderedDict[tuple, float] = OrderedDict()
        self._allowance: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._waiting: asyncio.Queue[Trap] = asyncio.Queue(self._limits.queue)
        self._transport: asyncio.DatagramTransport | None = None
        self._handing_on: asyncio.Task | None = None
        for user in users:
            self.register(user)

    def register(self, user: TrapUser) -> None:
        """Let a device in from now on, in place of an earlier one with its key.  Call it in the receiver's loop once that runs.

        Register it anew when its boots went back, as after a factory reset: its traps look old until then.
        """
        self.forget(user.key)
        self._users[user.key] = user
        self._by_host.setdefault(user.host, {})[user.key] = user
        if user.login.version == "3":
            self._authority.add(user.login, where=user.host)
            if user.engine_id is not None:
                self._by_engine[user.engine_id, user.login.username.encode()] = user, self._keyring.keys(user.login, user.engine_id)
                self.unknown_engines.pop(user.engine_id, None)

    def forget(self, key: str) -> None:
        """Let a device in no longer."""
        user = self._users.pop(key, None)
        if user is None:
            return
        engine = user.engine_id or b"", user.login.username.encode()
        if engine in self._by_engine and self._by_engine[engine][0].key == key:
            del self._by_engine[engine]
            self._times.pop(engine[0], None)
        others = self._by_host[user.host]
        del others[key]
        self._authority.drop_all(where=user.host)
        for other in others.values():
            if other.login.version == "3":
                self._authority.add(other.login, where=user.host)
        if not others:
            del self._by_host[user.host]

    async def start(self) -> None:
        """Listen; with port 0 the system chooses one.  Raises Unreachable when the port cannot be had."""
        loop = asyncio.get_running_loop()
        try:
            self._transport, _ = await loop.create_datagram_endpoint(lambda: _Ear(self._hear), local_addr=(self.host, self.port))
        except OSError as error:
            raise Unreachable(f"cannot listen on {self.host} port {self.port}: {error}") from error
        self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        self.port = self._transport.get_extra_info("sockname")[1]
        self._handing_on = loop.create_task(self._hand_on())

    async def stop(self) -> None:
        """Stop listening; what waits is still handed on."""
        self._transport.close()
        await self._waiting.join()
        self._handing_on.cancel()

    async def _hand_on(self) -> None:
        while True:
            trap = await self._waiting.get()
            try:
                await asyncio.to_thread(self._on_trap, trap)
            except Exception:  # One trap that cannot be used must not end the receiving of all.
                self.counters["failed"] += 1
                _log.exception("a trap of %s was not taken", trap.key)
            finally:
                self._waiting.task_done()

    def _hear(self, data: bytes, host: str) -> bytes | None:
        """Take a datagram in; return what is to be sent back."""
        self.counters["datagrams"] += 1
        if not self._is_allowed(host):
            self.counters["too_many"] += 1
            return None
        try:
            if snmp_ber.version_of(data) == 3:
                return self._hear_user(snmp_usm.read(data), host)
            return self._hear_community(snmp_ber.read_message(data), host)
        except Malformed:
            self.counters["malformed"] += 1
            return None

    def _is_allowed(self, host: str) -> bool:
        """Take one from a host's allowance, which fills with time."""
        limits, now = self._limits, self._now()
        left, at = self._allowance.pop(host, (float(limits.burst), now))
        left = min(left + (now - at) * limits.per_second, limits.burst)
        self._allowance[host] = max(left - 1, 0), now
        if len(self._allowance) > limits.remembered:
            self._allowance.popitem(last=False)
        return left >= 1

    def _hear_community(self, message: Message, host: str) -> bytes | None:
        users = self._by_host.get(host)
        if not users:
            self.counters["unknown_sender"] += 1
            return None
        user = next((one for one in users.values() if one.login.version != "3" and one.login.community.encode() == message.community), None)
        if user is None:
            self.counters["wrong_community"] += 1
            return None
        if message.kind == TRAP_V1:
            self._take(user, host, "1", None, snmp_notification.of_version_1(message.body))
            return None
        answer = self._notified(user, host, "2c", message.pdu)
        return snmp_ber.message(message.version, message.community, answer) if answer else None

    def _hear_user(self, sealed: Sealed, host: str) -> bytes | None:
        if sealed.engine_id == self._authority.engine_id or not sealed.engine_id:
            return self._hear_inform(sealed, host)
        user, keys = self._by_engine.get((sealed.engine_id, sealed.username), (None, None))
        if user is None:
            self._note_unknown(sealed, host)
            # An inform of a device that takes us for another engine is told our ID; a trap asks for no answer.
            report = self._authority.receive(sealed, where=host) if host in self._by_host else None
            return report if isinstance(report, bytes) else None
        if not user.login.level and host != user.host:
            self.counters["unknown_sender"] += 1
            return None
        if sealed.flags & (AUTHENTICATED | ENCRYPTED) != user.login.level:
            self.counters["wrong_level"] += 1
            return None
        try:
            opened = snmp_usm.open_sealed(sealed, keys)
        except snmp_usm.NotProven as error:
            self.counters["wrong_keys" if str(error) == "wrongDigests" else "not_decrypted"] += 1
            return None
        if user.login.level and not self._is_fresh(sealed):
            self.counters["not_fresh"] += 1
            return None
        if opened.pdu.kind == TRAP_V2:
            self._notified(user, host, "3", opened.pdu)
        else:
            self.counters["not_a_trap"] += 1
        return None

    def _hear_inform(self, sealed: Sealed, host: str) -> bytes | None:
        if host not in self._by_host:  # Strangers are not even told our engine ID: they may not be who they say they are.
            self.counters["unknown_sender"] += 1
            return None
        received = self._authority.receive(sealed, where=host)
        if not isinstance(received, Request):
            self.counters["reported"] += 1  # Mostly the first half of an inform: the sender learns our ID and time.
            return received
        user = next(user for user in self._by_host[host].values() if user.login == received.login)
        if received.opened.pdu.kind != INFORM:  # A trap bears its sender's engine ID, never ours.
            self.counters["not_a_trap"] += 1
            return None
        answer = self._notified(user, host, "3", received.opened.pdu)
        return self._authority.answer(received, answer) if answer else None

    def _is_fresh(self, sealed: Sealed) -> bool:
        """Compare a trap's time with the engine's last (RFC 3414, 3.2, 7b), so that an old one cannot be sent again."""
        now = self._now()
        boots, time_s, at = self._times.get(sealed.engine_id, (0, 0, now))
        if (sealed.boots, sealed.time_s) > (boots, time_s):
            self._times[sealed.engine_id] = sealed.boots, sealed.time_s, now
        return sealed.boots > boots or (sealed.boots == boots and sealed.time_s >= time_s + (now - at) - WINDOW_S)

    def _notified(self, user: TrapUser, host: str, version: str, pdu: Pdu) -> bytes | None:
        """Take a notification in; return the PDU that confirms an inform, and None when it could not be kept: the sender tries again then."""
        if pdu.kind not in (TRAP_V2, INFORM):
            self.counters["not_a_trap"] += 1
            return None
        taken = self._take(user, host, version, pdu, snmp_notification.of_pdu(pdu))
        return snmp_ber.pdu(RESPONSE, pdu.request_id, pdu.listed) if taken and pdu.kind == INFORM else None

    def _take(self, user: TrapUser, host: str, version: str, pdu: Pdu | None, notification: Notification) -> bool:
        now, is_inform = self._now(), pdu is not None and pdu.kind == INFORM
        mark = (user.key, pdu.request_id if pdu else None, notification.name, notification.uptime, hash(tuple(notification.values.items())))
        while self._seen and (len(self._seen) >= self._limits.remembered or now - next(iter(self._seen.values())) > self._limits.copies_s):
            self._seen.popitem(last=False)
        if mark in self._seen:
            self.counters["copies"] += 1
            return True
        if self._waiting.full():
            self.counters["queue_full"] += 1
            return False
        self._seen[mark] = now
        self.counters["taken"] += 1
        self._waiting.put_nowait(Trap(user.key, host, version, is_inform, notification, time.time()))
        return True

    def _note_unknown(self, sealed: Sealed, host: str) -> None:
        self.counters["unknown_engine"] += 1
        earlier = self.unknown_engines.pop(sealed.engine_id, UnknownEngine(sealed.engine_id, host, "", 0))
        self.unknown_engines[sealed.engine_id] = replace(earlier, host=host, username=sealed.username.decode("utf-8", "replace"),
                                                         count=earlier.count + 1)
        if len(self.unknown_engines) > self._limits.remembered:
            self.unknown_engines.popitem(last=False)


class _Ear(asyncio.DatagramProtocol):
    """Brings datagrams to the receiver and sends back what it answers."""

    def __init__(self, hear: Callable[[bytes, str], bytes | None]) -> None:
        self._hear = hear

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, source: tuple) -> None:
        answer = self._hear(data, source[0].removeprefix("::ffff:"))  # IPv4 at an IPv6 socket.
        if answer is not None:
            self._transport.sendto(answer, source)
