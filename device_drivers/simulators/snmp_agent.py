"""A simulated SNMP agent: it answers from objects or from a recording, in versions 1, 2c and 3, and can have bad days."""

import heapq
import itertools
import select
import socket
import threading
import time
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from device_drivers.snmp import recording
from device_drivers.snmp.asking import Oid
from device_drivers.transports import snmp_ber, snmp_usm
from device_drivers.transports.snmp_authority import Authority, Request
from device_drivers.transports.snmp_ber import GET, GET_BULK, GET_NEXT, RESPONSE, Nothing, Pdu, Status
from device_drivers.transports.snmp_login import SnmpLogin

Typed = tuple[int, bytes]  # A tag and the content that goes with it.
ENGINE_ID = b"\x80\x00\x1f\x88\x04simulated"
_VALUES_IN_TEXT = {snmp_ber.INTEGER, snmp_ber.COUNTER_32, snmp_ber.GAUGE_32, snmp_ber.TIME_TICKS, snmp_ber.COUNTER_64, snmp_ber.UNSIGNED_32}


@dataclass
class AgentBadDay:
    """Switches for bad behaviour; all off is a good day.  They may be changed while the agent runs."""

    silent: bool = False
    drops: int = 0  # So many requests from now on get no answer.
    ignores_bulk: bool = False
    most_repetitions: int = 0  # A GETBULK for more rows gets no answer; 0 allows any.
    one_row_bulk: bool = False
    loops: bool = False  # The row after the second is the first again.
    wrong_oids: bool = False  # Answers bear names nobody asked for.
    shuffled: bool = False  # Answers bear the right names in another order.
    empty: bool = False  # Answers hold nothing, and say that all is well.
    too_big_over: int = 0  # More bindings than this are too big; 0 allows any.
    stumbles_on: frozenset[Oid] = field(default_factory=frozenset)  # Any of these makes the whole answer a general error.
    points_at_culprit: bool = True  # Whether the error-index says which.
    denied: frozenset[Oid] = field(default_factory=frozenset)  # Any of these makes the whole answer "no access".
    negative: bool = False  # Unsigned numbers with the highest bit set lack their leading zero.
    trailing: bytes = b""  # Behind the message.
    late_s: float = 0.0
    other_port: bool = False  # Answers come from another port.
    time_shift_s: float = 0.0  # What the engine's clock is wrong by (version 3).


def typed(tag: int, value: int | str | bytes | Oid) -> Typed:
    """Return a value as an agent holds it."""
    if isinstance(value, int):
        return tag, snmp_ber.number_octets(value)
    if isinstance(value, tuple):
        return tag, snmp_ber.object_id(value)[2:]
    return tag, value.encode() if isinstance(value, str) else value


def read_recording(text: str) -> dict[Oid, Typed]:
    """Read a recording into what an agent holds; raises RecordingUnreadable."""
    return {name: typed(tag, b"" if value is None else value) for name, (tag, value) in recording.parse(text).items()}


class SimulatedAgent:
    """An agent on a UDP port of its own.  `heard` holds the kind and the names of every request, for tests."""

    def __init__(self, objects: Mapping[Oid, Typed], *, community: str = "public", users: Iterable[SnmpLogin] = (), engine_id: bytes = ENGINE_ID,
                 boots: int = 1, host: str = "127.0.0.1", port: int = 0, bad: AgentBadDay | None = None) -> None:
        self.objects = dict(objects)
        self.host, self.port, self.community = host, port, community
        self.bad = bad or AgentBadDay()
        self.heard: list[tuple[int, tuple[Oid, ...]]] = []
        self._users = tuple(users)
        self._sockets: tuple[socket.socket, ...] = ()
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self.boot(engine_id, boots)

    def boot(self, engine_id: bytes, boots: int) -> None:
        """Start the engine of version 3 anew, as after a reboot, a reset or an exchange of the device."""
        self.authority = Authority(engine_id, self._users, boots=boots, now=lambda: time.monotonic() + self.bad.time_shift_s)

    def start(self) -> "SimulatedAgent":
        """Listen; with port 0 the system chooses one.  Returns the agent."""
        sockets = []
        for port in (self.port, 0):
            one = socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET, socket.SOCK_DGRAM)
            one.bind((self.host, port))
            sockets.append(one)
        self._sockets = tuple(sockets)
        self.port = sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._serve, name=f"agent {self.port}", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._sockets[0].sendto(b"", self._sockets[0].getsockname())  # Wakes the thread.
            self._thread.join()
        for one in self._sockets:
            one.close()

    def _serve(self) -> None:
        listening, elsewhere = self._sockets
        late: list[tuple[float, int, bytes, tuple]] = []
        order = itertools.count()
        while not self._stopping.is_set():
            wait_s = max(late[0][0] - time.monotonic(), 0) if late else None
            if select.select([listening], [], [], wait_s)[0]:
                data, source = listening.recvfrom(65_535)
                answer = self.answer(data) if data else None
                if answer is not None:
                    heapq.heappush(late, (time.monotonic() + self.bad.late_s, next(order), answer, source))
            while late and late[0][0] <= time.monotonic():
                *_, answer, source = heapq.heappop(late)
                (elsewhere if self.bad.other_port else listening).sendto(answer, source)

    def answer(self, data: bytes) -> bytes | None:
        """Return the answer to a datagram, or None for silence."""
        try:
            of_user = snmp_ber.version_of(data) == 3
            answer = self._answer_user(snmp_usm.read(data)) if of_user else self._answer_community(snmp_ber.read_message(data))
        except snmp_ber.Malformed:
            return None
        return answer + self.bad.trailing if answer else None

    def _answer_community(self, message: snmp_ber.Message) -> bytes | None:
        if message.pdu is None or message.community != self.community.encode() or self._ignores(message.pdu):
            return None
        return snmp_ber.message(message.version, message.community, self._response(message.pdu, message.version))

    def _answer_user(self, sealed: snmp_usm.Sealed) -> bytes | None:
        if self.bad.silent:
            return None
        try:
            received = self.authority.receive(sealed)
        except snmp_ber.Malformed:
            return None
        if not isinstance(received, Request):
            # As net-snmp: what cannot be decrypted is not answered at all.
            return None if self.authority.reported.pop("decryptionErrors", 0) else received
        if self._ignores(received.opened.pdu):
            return None
        return self.authority.answer(received, self._response(received.opened.pdu, 1))

    def _ignores(self, pdu: Pdu) -> bool:
        """Note a request and tell whether it is to be left unanswered."""
        self.heard.append((pdu.kind, tuple(name for name, _ in pdu.bindings)))
        if self.bad.drops > 0:
            self.bad.drops -= 1
            return True
        bulk = pdu.kind == GET_BULK and (self.bad.ignores_bulk or 0 < self.bad.most_repetitions < pdu.index)
        return self.bad.silent or bulk or pdu.kind not in (GET, GET_NEXT, GET_BULK)

    def _response(self, pdu: Pdu, version: int) -> bytes:
        asked = [name for name, _ in pdu.bindings]
        spoilt = next(((status, place) for place, name in enumerate(asked, 1) for status, culprits in (
            (Status.GENERAL, self.bad.stumbles_on), (Status.NO_ACCESS, self.bad.denied)) if name in culprits), None)
        if spoilt:
            return snmp_ber.pdu(RESPONSE, pdu.request_id, pdu.listed, status=spoilt[0], index=spoilt[1] if self.bad.points_at_culprit else 0)
        if pdu.kind == GET:
            found = [(name, self.objects.get(name)) for name in asked]
        elif pdu.kind == GET_NEXT:
            found = [self._next(name) for name in asked]
        else:
            found = self._rows(asked, pdu.index)
        if 0 < self.bad.too_big_over < len(found):
            return snmp_ber.pdu(RESPONSE, pdu.request_id, pdu.listed, status=Status.TOO_BIG)
        missing = next((place for place, (_, value) in enumerate(found, 1) if value is None), 0)
        if version == 0 and missing:
            return snmp_ber.pdu(RESPONSE, pdu.request_id, pdu.listed, status=Status.NO_SUCH_NAME, index=missing)
        nothing = (Nothing.NO_SUCH_INSTANCE if pdu.kind == GET else Nothing.END_OF_MIB).value, b""
        answered = [(name, *self._sent(value or nothing)) for name, value in found]
        if self.bad.wrong_oids:
            answered = [((*name[:-1], name[-1] + 1000), tag, content) for name, tag, content in answered]
        if self.bad.shuffled:
            answered.reverse()
        return snmp_ber.pdu(RESPONSE, pdu.request_id, snmp_ber.listed([] if self.bad.empty else answered))

    def _sent(self, value: Typed) -> Typed:
        tag, content = value
        return (tag, content[1:]) if self.bad.negative and tag in _VALUES_IN_TEXT and len(content) == 5 else value

    def _next(self, name: Oid) -> tuple[Oid, Typed | None]:
        names = sorted(self.objects)
        place = bisect_right(names, name)
        if self.bad.loops and 1 < place <= len(names) and names[place - 1] == name and names[place - 2][:-1] == name[:-1]:
            place -= 2
        return (names[place], self.objects[names[place]]) if place < len(names) else (name, None)

    def _rows(self, asked: list[Oid], repetitions: int) -> list[tuple[Oid, Typed | None]]:
        found: list[tuple[Oid, Typed | None]] = []
        for _ in range(1 if self.bad.one_row_bulk else repetitions):
            row = [self._next(name) for name in asked]
            found += row
            asked = [name for name, _ in row]
            if all(value is None for _, value in row):
                break
        return found
