"""The simulated signalling network: who can be dialled, and the calls between them.

A link has two ends and goes through dialling, connected, media, ended by the clock alone, so any thread may look.  Only a callee that
must be answered by hand keeps it ringing until somebody does.
"""

import itertools
import threading
import time
from dataclasses import dataclass, field
from typing import Protocol


class Endpoint(Protocol):
    """Something that can be dialled.

    What it may have besides: `address`, which it calls from; `needs_answer`, true while its calls ring until they are answered;
    `spoils(link)`, true once its bad day took the encryption away from a call.
    """

    name: str

    def answers(self, address: str) -> bool: ...
    def wants_encryption(self) -> str:
        """Return what it negotiates: "On", "BestEffort" or "Off", which is not always what it says it does."""
        ...


@dataclass
class Timing:
    """Seconds from dialling to the answer, from the answer to the first media, and until a call that nobody answers by hand is given up."""

    ring_s: float = 0.2
    media_s: float = 0.2
    patience_s: float = 60.0


@dataclass
class Link:
    """One call between a caller and the endpoint it dialled, from one address to another."""

    caller: Endpoint
    callee: Endpoint | None
    caller_address: str
    address: str
    timing: Timing
    number: int
    waits_for_answer: bool = False
    started: float = field(default_factory=time.monotonic)
    answered: float | None = None
    ended: bool = False

    @property
    def age_s(self) -> float:
        return time.monotonic() - self.started

    @property
    def connected_s(self) -> float:
        """Seconds since the answer; below zero while it rings."""
        if not self.waits_for_answer:
            return self.age_s - self.timing.ring_s
        return time.monotonic() - self.answered if self.answered is not None else -1.0

    @property
    def media_s(self) -> float:
        """Seconds since the first media; below zero before it."""
        return self.connected_s - self.timing.media_s

    def answer(self) -> None:
        """Accept the call by hand; again changes nothing."""
        self.answered = time.monotonic() if self.answered is None else self.answered

    @property
    def is_up(self) -> bool:
        """True while the call exists, ringing included; a call nobody answers is gone when the ringing ends."""
        if self.ended:
            return False
        return self._agrees() if self.connected_s >= 0 else not self.waits_for_answer or self.age_s < self.timing.patience_s

    def _agrees(self) -> bool:
        if self.callee is None:
            return False
        wishes = {self.caller.wants_encryption(), self.callee.wants_encryption()}
        return wishes != {"On", "Off"}

    @property
    def is_connected(self) -> bool:
        return self.is_up and self.connected_s >= 0

    @property
    def has_media(self) -> bool:
        return self.is_connected and self.media_s >= 0

    @property
    def is_encrypted(self) -> bool:
        wishes = (self.caller.wants_encryption(), self.callee.wants_encryption() if self.callee else "Off")
        return "Off" not in wishes and not any(_spoils(end, self) for end in (self.caller, self.callee))

    def seen_by(self, end: Endpoint) -> str:
        """Return the address of the other end, as `end` sees it."""
        return self.address if end is self.caller else self.caller_address


def _spoils(end: Endpoint | None, link: Link) -> bool:
    spoils = getattr(end, "spoils", None)
    return spoils is not None and spoils(link)


class Network:
    """The address book and the calls of one simulation."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._endpoints: list[Endpoint] = []
        self._links: dict[int, list[Link]] = {}  # By end: in a simulation of thousands, one must not look through the calls of all.
        self._numbers = itertools.count(1)

    def join(self, endpoint: Endpoint) -> None:
        with self._lock:
            self._endpoints.append(endpoint)

    def dial(self, caller: Endpoint, address: str, timing: Timing, *, from_address: str = "") -> Link:
        """Start a call; one to an address nobody answers rings and then vanishes.

        `from_address` is whom the callee sees calling: for a bridge its conference, otherwise the caller's own address.
        """
        with self._lock:
            callee = next((one for one in self._endpoints if one is not caller and one.answers(address)), None)
            link = Link(caller, callee, from_address or getattr(caller, "address", caller.name), address, timing, next(self._numbers),
                        waits_for_answer=getattr(callee, "needs_answer", False))
            for end in (caller, callee):
                if end is not None:
                    self._links.setdefault(id(end), []).append(link)
            return link

    def links_of(self, endpoint: Endpoint, address: str | None = None) -> list[Link]:
        """Return the calls of an endpoint that are up; with an address, those that call it or come from it."""
        with self._lock:
            up = self._links[id(endpoint)] = [link for link in self._links.get(id(endpoint), ()) if link.is_up]
            return [link for link in up if (endpoint is link.caller and address in (None, link.caller_address))
                    or (endpoint is link.callee and address in (None, link.address))]
