"""One codec behind one shell: one command at a time, replies found by their id, and what the codec says by itself kept.

Whoever asks goes before whoever only listens.  Events are bounded: the oldest is dropped first, and counted.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Protocol

from device_drivers.errors import Silent
from device_drivers.readings import SshFacts
from device_drivers.transports.ssh import Deadlines
from device_drivers.xapi import terminal

EVENTS_KEPT = 500
LISTEN_SLICE_S = 0.1  # A command of another thread waits no longer than this for a listener.


class Shell(Protocol):
    facts: SshFacts
    deadlines: Deadlines

    @property
    def is_open(self) -> bool: ...

    def send(self, data: bytes) -> None: ...
    def receive(self, *, asked: str, until: float) -> bytes: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing a codec said: a reply that bears an id, a bare word that stands alone, or an event."""

    body: Any
    result_id: str | None = None
    word: str = ""
    is_event: bool = False


class Reader(Protocol):
    def feed(self, data: bytes) -> list[Heard]: ...


class TerminalReader:
    """Hears what is said in terminal mode; the bodies are terminal replies."""

    def __init__(self) -> None:
        self._replies = terminal.ReplyReader()

    def feed(self, data: bytes) -> list[Heard]:
        return [Heard(reply, reply.result_id, reply.word,
                      is_event=reply.result_id is None and any(leaf.mark not in (terminal.PATH, terminal.RESULT) for leaf in reply.leaves))
                for reply in self._replies.feed(data)]


class _Turns:
    """One speaker at a time."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._taken, self._waiting = False, 0

    @contextmanager
    def asking(self) -> Iterator[None]:
        with self._changed:
            self._waiting += 1
            try:
                self._changed.wait_for(lambda: not self._taken)
                self._taken = True
            finally:
                self._waiting -= 1
        yield from self._until_given_back()

    @contextmanager
    def listening(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: not self._taken and not self._waiting)
            self._taken = True
        yield from self._until_given_back()

    def _until_given_back(self) -> Iterator[None]:
        try:
            yield
        finally:
            with self._changed:
                self._taken = False
                self._changed.notify_all()


class Conversation:
    """The commands and events of one session.  `owed` counts commands never answered: a bare word may be about one of them."""

    def __init__(self, shell: Shell, reader: Reader, *, mode: str, owed: int = 0) -> None:
        self._shell, self._reader, self._owed = shell, reader, owed
        self._turns = _Turns()
        self._number = 0
        self._events: deque[Any] = deque(maxlen=EVENTS_KEPT)
        self.events_dropped = 0
        self._greet(mode)

    def _greet(self, mode: str) -> None:
        """Wait for a line that is exactly OK, turn the echo off, and ask for an output mode (which is not always answered)."""
        self._wait_for_ok(asked="greeting")
        self._shell.send(b"echo off\n")
        self._wait_for_ok(asked="echo off")
        self._shell.send(f"xPreferences outputmode {mode}\n".encode())

    def _wait_for_ok(self, *, asked: str) -> None:
        lines = terminal.ReplyReader()
        until = time.monotonic() + self._shell.deadlines.reply_s
        while not any(reply.word == "OK" for reply in lines.feed(self._shell.receive(asked=asked, until=until))):
            pass

    def ask(self, line: Callable[[str], bytes], *, asked: str, ok_is_enough: bool = False,
            or_else: Callable[[Heard], bool] = lambda heard: False) -> Heard:
        """Send one command, made from the id it is to bear, and return what bears that id, or a word of refusal, which never does.

        A pause is not the end of a reply: the silence deadline counts from the last byte, the reply deadline from
        the first.  A word that may be the late answer to an earlier command is not believed: a dial that was obeyed
        must not look refused.  `or_else` knows an answer that bears no id.
        """
        with self._turns.asking():
            self._number += 1
            result_id = f"r{self._number}"
            self._send(line(result_id), asked=asked)
            until = time.monotonic() + self._shell.deadlines.reply_s
            answer = None
            self._owed += 1
            while answer is None:
                for heard in self._reader.feed(self._shell.receive(asked=asked, until=until)):
                    final = bool(heard.word) and (heard.word != "OK" or ok_is_enough)
                    if answer is None and (heard.result_id == result_id or (final and self._owed == 1) or or_else(heard)):
                        answer = heard
                    if heard.is_event:
                        self._keep(heard.body)
                    if heard.result_id is not None or final or heard is answer:
                        self._owed = max(self._owed - 1, 0 if answer else 1)
            if answer.result_id is not None:
                self._owed = 0  # The device answers in turn, so whatever came before this is never answered any more.
            return answer

    def _send(self, data: bytes, *, asked: str) -> None:
        """Send a line; an error tells what was asked for, and never the line, which may hold a password."""
        silent = None
        try:
            self._shell.send(data)
        except Silent as error:
            silent = Silent(asked=asked, waited_s=error.waited_s)
        if silent is not None:  # Not while the other is handled, or it would come along as the context.
            raise silent

    def listen(self, for_s: float) -> None:
        """Hear what the codec says by itself, for at most so long, until there is something.  Raises ConnectionLost."""
        until = time.monotonic() + for_s
        while not self._events and time.monotonic() < until:
            with self._turns.listening():
                try:
                    data = self._shell.receive(asked="events", until=min(until, time.monotonic() + LISTEN_SLICE_S))
                except Silent:
                    continue
                for heard in self._reader.feed(data):  # A reply that nobody waits for any more is no event.
                    if heard.is_event:
                        self._keep(heard.body)

    def _keep(self, event: Any) -> None:
        self.events_dropped += len(self._events) == EVENTS_KEPT
        self._events.append(event)

    def events(self) -> list[Any]:
        """Return the events since the last time, oldest first."""
        taken = []
        with suppress(IndexError):  # Another thread may have taken the last.
            while True:
                taken.append(self._events.popleft())
        return taken


class XapiCodec:
    """What the drivers of the xAPI's families have in common."""

    def __init__(self, shell: Shell, reader: Reader, *, mode: str, owed: int = 0) -> None:
        self._shell = shell
        self._talk = Conversation(shell, reader, mode=mode, owed=owed)

    @property
    def is_open(self) -> bool:
        return self._shell.is_open

    @property
    def reached_by(self) -> SshFacts:
        return self._shell.facts

    def events(self) -> list[Any]:
        """Return what the codec reported by itself since the last time, oldest first."""
        return self._talk.events()

    @property
    def events_dropped(self) -> int:
        """How many events were too many to keep, since the connection was opened."""
        return self._talk.events_dropped

    def close(self) -> None:
        self._shell.close()
