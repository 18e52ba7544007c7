"""Asks many addresses which SSH they speak, so many at a time, and says one line about each.

Nobody signs in anywhere, so a whole fleet can be looked at before anything is allowed for one device.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from device_drivers.errors import DeviceError
from device_drivers.readings import Legacy, SshOffer
from device_drivers.transports.probe import look_at_offer
from device_drivers.transports.ssh import Deadlines

AT_ONCE = 32
_ADDRESS = re.compile(r"(?:\[(?P<inside>[^][\s]+)]|(?P<name>[^][:\s]+))(?::(?P<port>[0-9]{0,5}))?"
                      r"|(?P<bare>[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[^][\s]*)")


@dataclass(frozen=True, slots=True)
class Line:
    """What is told of one address: what it offers, or why that is not known."""

    address: str
    offer: SshOffer | None = None
    error: str = ""

    def __str__(self) -> str:
        if self.offer is None:
            return f"{self.address}\tunknown\t{self.error}"
        return f"{self.address}\t{self.offer.verdict}\t{self.offer.banner}\t{what_would_help(self.offer)}"


def what_would_help(offer: SshOffer) -> str:
    """Return what has to be allowed, or done, before this installation can connect, and the offered names that say so."""
    names = ", ".join(offer.decided_by)[:300] or "no algorithm at all"
    if offer.needs is None:
        return f"nothing can be allowed that helps: it offers only {names}; it needs newer software or other SSH settings"
    if offer.needs is Legacy.NONE:
        return f"connects as it is, with {names}"
    return f"allow {offer.needs} for this device, or better change its SSH settings: it offers only {names}"


def address_in(text: str) -> tuple[str, int]:
    """Return host and port of HOST, HOST:PORT, [IPv6]:PORT or a bare IPv6 address; the port is 22 unless given.

    Raises ValueError for anything else.
    """
    found = _ADDRESS.fullmatch(text.strip())
    port = int(found["port"] or 22) if found else 0
    if found is None or not text.strip().isprintable() or not 0 < port < 65_536:
        raise ValueError(f"{text.strip()[:80]!r} is not HOST or HOST:PORT")
    return found["inside"] or found["name"] or found["bare"], port


def survey(addresses: Iterable[str], *, at_once: int = AT_ONCE, deadlines: Deadlines | None = None) -> Iterator[Line]:
    """Yield one line an address, in their order; blank ones and those that begin with # are passed over.

    Addresses are read no faster than they are looked at.
    """
    pool = ThreadPoolExecutor(at_once)
    waiting: deque[Future[Line]] = deque()
    try:
        for address in addresses:
            if not address.strip() or address.strip().startswith("#"):
                continue
            waiting.append(pool.submit(_look, address.strip(), deadlines))
            while waiting and (waiting[0].done() or len(waiting) >= 4 * at_once):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)  # Whoever stops listening waits for those under way, not for those in the queue.


def _look(address: str, deadlines: Deadlines | None) -> Line:
    try:
        return Line(address, look_at_offer(*address_in(address), deadlines))
    except DeviceError as error:
        return Line(address, error=f"{error.kind}: {error}")
    except ValueError as error:
        return Line(repr(address[:80]), error=f"no_address: {error}")
