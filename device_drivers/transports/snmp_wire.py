"""Datagrams out and in, for one event loop: one socket a family for all agents, every answer brought to whoever waits for its number.

An answer counts when its number is awaited, it comes from where the question went (unless the device may answer from elsewhere), and
whoever waits finds it good; everything else is counted and dropped, so that nobody can end a question by shouting.
"""

import asyncio
import secrets
import socket
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from device_drivers.errors import NoSnmpAnswer, Unreachable
from device_drivers.transports import snmp_ber, snmp_usm

Address = tuple[str, int]
Arrived = snmp_ber.Message | snmp_usm.Sealed

_BUFFER = 4 << 20  # Octets; the system may allow less.
_LOOK_AFTER = 16  # Datagrams sent before those that arrived are taken out: thousands at once would overflow the buffer.
_AT_A_TIME = 256  # Datagrams taken out before the loop may do other things.


@dataclass(slots=True)
class _Flight:
    """One question under way."""

    arrived: asyncio.Future
    address: Address | None
    accept: Callable[[Arrived], Any]


class Wire:
    """The sockets of one loop; all of it runs in that loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._sockets: dict[socket.AddressFamily, socket.socket] = {}
        self._flights: dict[int, _Flight] = {}
        self._waiting: deque[tuple[bytes, Address]] = deque()
        self._sent = 0
        self.counters: Counter[str] = Counter()

    def close(self) -> None:
        for one in self._sockets.values():
            self._loop.remove_reader(one)
            self._loop.remove_writer(one)
            one.close()
        self._sockets.clear()

    async def resolve(self, host: str, port: int) -> Address:
        """Return a host's numeric address; raises Unreachable when its name is not known."""
        for family in (socket.AF_INET, socket.AF_INET6):
            try:
                return socket.inet_ntop(family, socket.inet_pton(family, host)), port
            except OSError:
                continue
        try:
            found = await self._loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
        except OSError as error:
            raise Unreachable(f"{host}: {error}") from error
        return found[0][4][:2]

    def number(self) -> int:
        """Return a number no question under way has, for a request or a message; nobody can guess it."""
        while (number := secrets.randbits(31)) in self._flights or not number:
            continue
        return number

    async def exchange(self, number: int, datagram: bytes, address: Address, *, accept: Callable[[Arrived], Any], timeout_s: float, tries: int,
                       any_source: bool = False) -> tuple[Any, int]:
        """Send a question until it is answered; return what `accept` made of the answer, and how often it was sent.

        `accept` returns None for an answer that is not to count.  Raises NoSnmpAnswer after `tries` silences.
        """
        flight = _Flight(self._loop.create_future(), None if any_source else address, accept)
        self._flights[number] = flight
        try:
            for attempt in range(1, tries + 1):  # With the same number, so that a late answer counts too.
                self._send(datagram, address)
                timer = self._loop.call_later(timeout_s, _give_up, flight.arrived)
                result = await flight.arrived
                timer.cancel()
                if result is not None:
                    return result, attempt
                flight.arrived = self._loop.create_future()
        finally:
            del self._flights[number]
        raise NoSnmpAnswer(f"{address[0]} port {address[1]}: no answer in {tries * timeout_s:.1f} s: down, blocked or wrong community")

    def _socket_for(self, address: Address) -> socket.socket:
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        if family not in self._sockets:
            made = socket.socket(family, socket.SOCK_DGRAM)
            made.setblocking(False)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
            self._sockets[family] = made
            self._loop.add_reader(made, self._take, made)
        return self._sockets[family]

    def _send(self, datagram: bytes, address: Address) -> None:
        try:
            through = self._socket_for(address)
            through.sendto(datagram, address)
        except BlockingIOError:
            self._waiting.append((datagram, address))
            self._loop.add_writer(through, self._send_waiting, through)
            return
        except OSError as error:  # No route, no such family: the answer would never come.
            raise NoSnmpAnswer(f"{address[0]} port {address[1]}: cannot be asked: {error}") from error
        self._sent += 1
        if self._sent % _LOOK_AFTER == 0:
            self._take(through)

    def _send_waiting(self, through: socket.socket) -> None:
        self._loop.remove_writer(through)
        waiting, self._waiting = self._waiting, deque()
        for datagram, address in waiting:
            try:
                self._send(datagram, address)
            except NoSnmpAnswer:  # Whoever waits for it will notice the silence.
                self.counters["not_sent"] += 1

    def _take(self, through: socket.socket) -> None:
        """Bring what has arrived to whoever waits for it."""
        for _ in range(_AT_A_TIME):
            try:
                data, source = through.recvfrom(65_535)
            except BlockingIOError:
                return
            except OSError:  # News of an earlier datagram that nobody received.
                self.counters["refused"] += 1
                continue
            try:
                self._bring(data, source)
            except ValueError:
                self.counters["malformed"] += 1

    def _bring(self, data: bytes, source: tuple) -> None:
        arrived: Arrived
        if snmp_ber.version_of(data) == 3:
            arrived = snmp_usm.read(data)
            flight = self._flights.get(arrived.msg_id)
        else:
            arrived = snmp_ber.read_message(data)
            flight = self._flights.get(arrived.pdu.request_id) if arrived.pdu else None
        if flight is None or flight.arrived.done():
            self.counters["not_awaited"] += 1
        elif flight.address not in (None, source[:2]):
            self.counters["from_elsewhere"] += 1
        elif (result := flight.accept(arrived)) is None:
            self.counters["not_accepted"] += 1
        else:
            flight.arrived.set_result(result)


def _give_up(arrived: asyncio.Future) -> None:
    if not arrived.done():
        arrived.set_result(None)
