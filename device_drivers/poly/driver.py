"""The driver of Polycom and Poly codecs: the protocol joined to a shell, one command at a time.

This API has no read-back of what a call negotiated: a reading of encryption is never better than grade C, and says unknown.
"""

import contextlib
import json
import threading
import time
from collections import deque
from typing import Protocol

from device_drivers.errors import CommandRefused, ConnectionLost, Silent, UnexpectedReply
from device_drivers.lines import LineReader
from device_drivers.poly import protocol
from device_drivers.readings import Call, CallState, CodecStatus, Encryption, EncryptionSetting, Grade, Identity, SshFacts, Tri
from device_drivers.transports.ssh import Deadlines

EVENTS_KEPT = 500
PAUSE_S = 0.2  # Between a command and the next: the command guide asks for it.
LOOK_S = 0.01  # The least time given to what is still on its way before a command is sent.
SILENCES = 3  # A codec that rings answered nothing for more than 7 s; three silences of 5 s make 15.


class Shell(Protocol):
    facts: SshFacts
    deadlines: Deadlines

    @property
    def is_open(self) -> bool: ...

    def send(self, data: bytes) -> None: ...
    def receive(self, *, asked: str, until: float) -> bytes: ...
    def close(self) -> None: ...


class Poly:
    """One codec behind one shell.

    Without request ids, order is all there is: what is still on its way is read away before each command, and a fence
    (a question whose answer looks like no other) stands between a setting and its read-back, and after every silence.
    """

    family = "poly"
    supports = frozenset({"dial", "answer", "hang_up", "mute", "require_encryption", "restart"})
    best_proof = Grade.NONE
    cannot = "It has no read-back of what a call negotiated, so whether a call is encrypted stays unknown."

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._queue = threading.RLock()
        self._lines = LineReader()
        self._waiting: deque[str] = deque()
        self._echoes = False  # Known once the device has repeated a command whose answer cannot look like it.
        self._out_of_step = False
        self._sent_at = float("-inf")
        self.events: deque[str] = deque(maxlen=EVENTS_KEPT)
        self.events_dropped = 0
        self._coming_up: deque[tuple[str, str]] = deque(maxlen=EVENTS_KEPT)  # Id and number of calls told of since the last dial.
        self._greet()

    def _greet(self) -> None:
        """Let the device introduce itself, which not every port does, and ask to be told about calls."""
        try:
            self._gather(protocol.INTRODUCED, silences=1)
        except (Silent, UnexpectedReply, CommandRefused):
            self._waiting.clear()
        with contextlib.suppress(CommandRefused):  # Then a dialled call's id is found by asking.
            self._ask(protocol.TELL_ABOUT_CALLS)

    # Asking

    def _ask(self, question: protocol.Question) -> list[str]:
        """Send one command and return the lines that answer it."""
        with self._queue:
            if self._out_of_step:
                self._fence()
                self._out_of_step = False
            self._send(question.command)
            try:
                return self._gather(question)
            except (Silent, UnexpectedReply, CommandRefused):
                self._out_of_step = True  # The answer may still come; the refusal may have been a late one.
                raise

    def _set(self, command: bytes) -> None:
        """Send a command whose acknowledgement is the command itself, and so proves nothing; raise CommandRefused.

        An echo looks the same.  What counts is what is read back after the fence.
        """
        with self._queue:
            if self._out_of_step:
                self._fence()
                self._out_of_step = False
            self._send(command)
            self._fence(after=command)

    def _fence(self, after: bytes = b"") -> None:
        """Make sure that everything said so far has been read; a shell that has lost its order is closed."""
        self._send(protocol.FENCE.command, keeping=bool(after))
        refused = None
        try:
            for _ in range(2):  # The fence's own answer comes after the refusal.
                try:
                    self._gather(protocol.FENCE)
                    break
                except CommandRefused as error:
                    refused = refused or error
        except (Silent, UnexpectedReply):
            self._shell.close()
            raise
        if refused is not None and after:
            raise CommandRefused(asked=after.decode().strip(), reason=refused.reason)

    def _send(self, command: bytes, *, keeping: bool = False) -> None:
        """Send, not sooner than the pause after the last command, having read what was still on its way.

        That answers nothing that is asked from now on, and is dropped, unless it is to be kept: the refusal of a setting.
        """
        until = max(self._sent_at + PAUSE_S, time.monotonic() + LOOK_S)
        with contextlib.suppress(Silent):
            while True:
                self._hear(self._shell.receive(asked="drain", until=until))
        while self._waiting and not keeping:
            self._sort(self._waiting.popleft())
        self._shell.send(command)
        self._sent_at = time.monotonic()

    def _hear(self, data: bytes) -> None:
        self._waiting.extend(self._lines.feed(data))

    def _sort(self, text: str) -> str | None:
        """Return a line that may be an answer; keep events, and drop prompts and echoes."""
        prompted, text = protocol.without_prompt(text)
        if protocol.is_event(text):
            self.events_dropped += len(self.events) == EVENTS_KEPT
            self.events.append(text)
            if (coming := protocol.outgoing_call(text)) is not None:
                self._coming_up.append(coming)
            return None
        if text in _ONLY_ECHOES:
            self._echoes = True
            return None
        # Echoes come late, and behind the prompt.  Where there is no echo, an answer may stand behind it.
        return None if not text or (prompted and self._echoes) else text

    def _gather(self, question: protocol.Question, *, silences: int = SILENCES) -> list[str]:
        """Return the lines that answer `question`.

        Raises Silent when nothing comes, and UnexpectedReply when only something else did.
        """
        answer = protocol.Answer(question)
        until = time.monotonic() + self._shell.deadlines.reply_s
        while True:
            while self._waiting:
                if (text := self._sort(self._waiting.popleft())) is not None:
                    answer.take(text)
                if answer.done:
                    return answer.lines
            try:
                self._hear(self._shell.receive(asked=question.asked, until=until))
            except Silent as error:
                silences -= 1
                if silences > 0 and time.monotonic() < until:
                    continue
                if got := [*answer.lines, *answer.strange]:
                    raise UnexpectedReply(asked=question.asked, got="\n".join(got)) from error
                raise

    # What a codec can do

    @property
    def is_open(self) -> bool:
        return self._shell.is_open

    @property
    def reached_by(self) -> SshFacts:
        return self._shell.facts

    def identify(self) -> Identity:
        with self._queue:
            who = self._ask(protocol.WHO)
            try:
                uptime_s = protocol.uptime_s(self._ask(protocol.UPTIME)[0])
            except CommandRefused:
                uptime_s = None  # Some models have no such command.
        return protocol.identity(who, uptime_s=uptime_s)

    def status(self) -> CodecStatus:
        """Return a fresh look.  Whether the codec is able to encrypt is not told by this API."""
        identity = self.identify()
        try:
            registered, word = protocol.registration(self._ask(protocol.STATUS))
        except CommandRefused as error:
            registered, word = Tri.UNKNOWN, error.reason
        return CodecStatus(identity=identity, registered=registered, registration=word, can_encrypt=Tri.UNKNOWN, calls=self.calls())

    readiness = status  # Nothing of it is measured.

    def calls(self) -> tuple[Call, ...]:
        return protocol.calls(self._ask(protocol.CALLS))

    def dial(self, address: str) -> str:
        """Start dialling and return the call's id.

        The device's answer holds no id: it comes with the notification about the new call, and where there is none,
        with the list of calls.  Nothing is sent while the call is set up.  "dialing", and then no call, is an error.
        """
        question = protocol.dialling(address)
        with self._queue:
            before = {call.id for call in self.calls()}
            self._coming_up.clear()
            said = self._ask(question)
            wanted = protocol.plain_number(address)
            if (call_id := self._told_of(wanted, before)) is not None:
                return call_id
            new = [call.id for call in self.calls() if call.id not in before and protocol.plain_number(call.remote) == wanted]
            if len(new) != 1:
                raise UnexpectedReply(asked=question.asked, got="\n".join([*said, f"{len(new)} new calls to that address"]))
            return new[0]

    def _told_of(self, wanted: str, before: set[str]) -> str | None:
        """Wait for the notification about a new call to `wanted`; return its id, or None after a silence."""
        until = time.monotonic() + self._shell.deadlines.silence_s
        while True:
            while self._waiting:
                self._sort(self._waiting.popleft())
            for call_id, number in self._coming_up:
                if call_id not in before and protocol.plain_number(number) == wanted:
                    return call_id
            try:
                self._hear(self._shell.receive(asked="notification of the call", until=until))
            except Silent:
                return None

    def hang_up(self, call_id: str) -> None:
        self._ask(protocol.hanging_up(call_id))

    def answer(self, call_id: str) -> None:
        """Accept this call, which has to be the only one that rings: the command bears no id."""
        call_id = protocol.number(call_id)
        with self._queue:
            ringing = [call.id for call in self.calls() if call.state is CallState.RINGING]
            if ringing != [call_id]:
                raise CommandRefused(asked=f"answer video ({call_id})", reason=f"ringing: {', '.join(ringing) or 'none'}")
            self._set(protocol.ANSWER)

    def mute(self, muted: bool) -> Tri:
        with self._queue:
            self._set(protocol.line(f"mute near {'on' if muted else 'off'}"))
            return self.muted()

    def muted(self) -> Tri:
        return protocol.muted(self._ask(protocol.MUTED)[0])

    def encryption_setting(self) -> EncryptionSetting:
        return protocol.encryption_setting(self._ask(protocol.ENCRYPTION)[0])

    def set_encryption(self, setting: EncryptionSetting) -> EncryptionSetting:
        with self._queue:
            self._set(protocol.setting_line(setting))
            return self.encryption_setting()

    def read_encryption(self, call_id: str) -> Encryption:
        """Return the device's wish (grade C) next to the call.  What the call negotiated is unknown, whatever the wish."""
        call_id = protocol.number(call_id)
        with self._queue:
            listed = self._ask(protocol.CALLS)
            setting = self._ask(protocol.ENCRYPTION)
        up = any(call.id == call_id and call.state is CallState.CONNECTED for call in protocol.calls(listed))
        protocol.encryption_setting(setting[0])  # A wish that cannot be read is an error.
        raw = json.dumps({"callinfo all": listed, "encryption get": setting}, ensure_ascii=False, sort_keys=True)
        return Encryption(grade=Grade.C if up else Grade.NONE, encrypted=Tri.UNKNOWN, streams=(), suite=None, raw=raw)

    def restart(self) -> None:
        """Ask for a restart.  The device answers nothing; only a refusal is an answer, and only its return a success."""
        with self._queue:
            self._send(protocol.RESTART.command)
            with contextlib.suppress(ConnectionLost, Silent, UnexpectedReply):
                self._gather(protocol.RESTART, silences=1)

    def close(self) -> None:
        self._shell.close()


_ONLY_ECHOES = frozenset(question.asked for question in (
    protocol.WHO, protocol.UPTIME, protocol.CALLS, protocol.STATUS, protocol.MUTED, protocol.ENCRYPTION, protocol.FENCE,
    protocol.TELL_ABOUT_CALLS, protocol.RESTART))
