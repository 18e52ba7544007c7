"""A shell that is read line by line, and the events that come in between, kept in bounds."""

import contextlib
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from device_drivers.errors import Silent
from device_drivers.lines import LineReader
from device_drivers.readings import SshFacts
from device_drivers.transports.ssh import Deadlines

EVENTS_KEPT = 500


class Shell(Protocol):
    """What a driver needs of a connection; `SshShell` and `TranscriptShell` have it."""

    facts: SshFacts
    deadlines: Deadlines

    @property
    def is_open(self) -> bool: ...

    def send(self, data: bytes) -> None: ...
    def receive(self, *, asked: str, until: float) -> bytes: ...
    def close(self) -> None: ...


class LineShell:
    """Lines of one shell in the order they came.  Not for several threads at once: the driver has the queue."""

    def __init__(self, shell: Shell, reader: LineReader, *, without: Callable[[bytes], bytes] = bytes) -> None:
        """`without` is given all bytes first, and may take some away."""
        self._shell, self._without = shell, without
        self.reader = reader
        self._waiting: deque[str] = deque()
        self.events: deque[str] = deque(maxlen=EVENTS_KEPT)
        self.events_dropped = 0

    def send(self, data: bytes) -> None:
        self._shell.send(data)

    def deadline(self) -> float:
        """Return the time.monotonic() limit of a reply that is asked for now."""
        return time.monotonic() + self._shell.deadlines.reply_s

    def next_line(self, *, asked: str, until: float) -> str:
        """Return the next line; raise Silent when none comes, ConnectionLost when the device hangs up.

        A pause is not the end: the silence deadline counts from the last byte, `until` limits the whole.
        """
        while not self._waiting:
            self._hear(asked=asked, until=until)
        if time.monotonic() > until:  # Many lines, and the one that is waited for not among them.
            raise Silent(asked=asked, waited_s=self._shell.deadlines.reply_s)
        return self._waiting.popleft()

    def lines_on_their_way(self, *, quiet_s: float, at_most_s: float) -> list[str]:
        """Return the lines that come until nothing has come for `quiet_s`, or for `at_most_s` in all."""
        end = time.monotonic() + at_most_s
        lines: list[str] = []
        with contextlib.suppress(Silent):
            while (now := time.monotonic()) < end:
                self._hear(asked="what is on its way", until=min(now + quiet_s, end))
                lines.extend(self._waiting)
                self._waiting.clear()
        lines.extend(self._waiting)
        self._waiting.clear()
        return lines

    def _hear(self, *, asked: str, until: float) -> None:
        self._waiting.extend(self.reader.feed(self._without(self._shell.receive(asked=asked, until=until))))

    def note(self, event: str) -> None:
        """Keep an event; the oldest is dropped, and counted, when there are too many."""
        self.events_dropped += len(self.events) == EVENTS_KEPT
        self.events.append(event)
