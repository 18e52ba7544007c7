"""The simulated signalling network: who can be dialled, and the calls between them.

A link has two ends and goes through dialling, connected, media, ended by the clock alone, so any thread may look.
"""

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol


class Endpoint(Protocol):
    """Something that can be dialled."""

    name: str

    def answers(self, address: str) -> bool: ...
    def wants_encryption(self) -> str:
        """Return what it negotiates: "On", "BestEffort" or "Off", which is not always what it says it does."""
        ...


@dataclass
class Timing:
    """Seconds from dialling to the answer, and from the answer to the first media."""

    ring_s: float = 0.2
    media_s: float = 0.2


@dataclass
class Link:
    """One call between a caller and the endpoint it dialled."""

    caller: Endpoint
    callee: Endpoint | None
    address: str
    timing: Timing
    number: int
    started: float = field(default_factory=time.monotonic)
    ended: bool = False
    spoiled: Callable[["Link"], bool] = lambda link: False  # True once the caller's bad day took the encryption away.

    @property
    def age_s(self) -> float:
        return time.monotonic() - self.started

    @property
    def is_up(self) -> bool:
        """True while the call exists, ringing included; a call nobody answers is gone when the ringing ends."""
        return not self.ended and (self.age_s < self.timing.ring_s or self._answered())

    def _answered(self) -> bool:
        if self.callee is None:
            return False
        wishes = {self.caller.wants_encryption(), self.callee.wants_encryption()}
        return wishes != {"On", "Off"}

    @property
    def is_connected(self) -> bool:
        return self.is_up and self.age_s >= self.timing.ring_s

    @property
    def has_media(self) -> bool:
        return self.is_connected and self.age_s >= self.timing.ring_s + self.timing.media_s

    @property
    def is_encrypted(self) -> bool:
        wishes = (self.caller.wants_encryption(), self.callee.wants_encryption() if self.callee else "Off")
        return "Off" not in wishes and not self.spoiled(self)


class Network:
    """The address book and the calls of one simulation."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._endpoints: list[Endpoint] = []
        self._links: list[Link] = []
        self._numbers = itertools.count(1)

    def join(self, endpoint: Endpoint) -> None:
        with self._lock:
            self._endpoints.append(endpoint)

    def dial(self, caller: Endpoint, address: str, timing: Timing) -> Link:
        """Start a call; one to an address nobody answers rings and then vanishes."""
        with self._lock:
            callee = next((one for one in self._endpoints if one is not caller and one.answers(address)), None)
            link = Link(caller, callee, address, timing, next(self._numbers))
            self._links.append(link)
            return link

    def links_of(self, endpoint: Endpoint, address: str | None = None) -> list[Link]:
        """Return the calls of an endpoint that are up."""
        with self._lock:
            self._links = [link for link in self._links if link.is_up]
            return [link for link in self._links if endpoint in (link.caller, link.callee) and address in (None, link.address)]
