"""The driver of Lifesize 220 codecs: the protocol joined to a shell, one command at a time."""

import contextlib
import json
import threading
from collections.abc import Iterator
from typing import NoReturn

from device_drivers.errors import CommandRefused, ConnectionLost, Silent, UnexpectedReply
from device_drivers.lifesize_220 import protocol
from device_drivers.lines import LineReader
from device_drivers.readings import Call, CodecStatus, Encryption, EncryptionSetting, Grade, Identity, SshFacts, Tri
from device_drivers.transports.line_shell import LineShell, Shell

FLUSH_S = 0.1  # How long nothing must come before a command is sent.
FLUSH_AT_MOST_S = 2.0
TRIES = 4  # To read a list of calls into which no event breaks.


class Lifesize220:
    """One codec behind one shell.

    What is still on its way is brought out by an empty command and read away before each command.  An answer comes after
    the command's echo and has the shape of what was asked for.  An event's own `ok,00` is counted off and answers nothing.
    """

    family = "lifesize_220"
    supports = frozenset({"dial", "hang_up", "mute", "read_encryption_per_call", "restart"})
    best_proof = Grade.B
    cannot = ("It cannot require encryption or read the setting, knows a call's encryption only from a notification heard on the connection "
              "that is open, tells no cipher, and believes that no call is up only when the codec says so with error 0e.")

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._queue = threading.RLock()
        self._lines = LineShell(shell, LineReader(instead=protocol.UNREADABLE))
        self._echoes = False  # Known once the device has repeated a command.
        self._owed: protocol.Question | None = None  # Asked, and not answered so far.
        self._events_to_end = 0  # Events whose own `ok,00` has not come.
        self._interrupted = False  # By an event, during the exchange that is going on.
        self._told: dict[str, protocol.Told] = {}
        self._told_before = self._told  # As it was when the last command was sent.
        with contextlib.suppress(CommandRefused):  # Then errors come with a long help, which is read over.
            self._ask(protocol.QUIET_HELP)

    # Asking

    def _ask(self, question: protocol.Question) -> list[str]:
        """Send one command and return the body of its answer; raise CommandRefused with the code and its meaning."""
        with self._queue:
            if self._owed is not None:
                self._fence(self._owed)
            self._send(question)
            lines, code = next(block for block in self._blocks(question) if block[1] != protocol.OK or question.is_answered_by(block[0]))
            if code != protocol.OK:
                raise CommandRefused(asked=question.asked, reason=protocol.reason(code))
            return lines

    def _fence(self, owed: protocol.Question) -> None:
        """Make sure that a late answer to `owed` is not taken for the next one; a shell that has lost its order is closed."""
        fence = protocol.UPTIME if owed is protocol.MUTED else protocol.MUTED
        self._send(fence)
        try:
            next(lines for lines, code in self._blocks(fence) if code == protocol.OK and fence.is_answered_by(lines))
        except (Silent, UnexpectedReply):
            self._shell.close()
            raise
        self._owed = None

    def _send(self, question: protocol.Question) -> None:
        """Send a command, having brought out and read what was still on its way: only the events in it count."""
        self._lines.send(protocol.NOTHING)
        for text in self._lines.lines_on_their_way(quiet_s=FLUSH_S, at_most_s=FLUSH_AT_MOST_S):
            self._is_event(protocol.without_prompt(text))
        self._events_to_end, self._interrupted, self._told_before = 0, False, self._told
        self._lines.send(question.line)

    def _blocks(self, question: protocol.Question) -> Iterator[tuple[list[str], str]]:
        """Yield each body with the code that ends it, from the question's echo on, where there is one.

        Raises Silent when nothing comes, and UnexpectedReply when only something else did.
        """
        until = self._lines.deadline()
        heard, body, strange = False, [], []
        while True:
            try:
                text = protocol.without_prompt(self._lines.next_line(asked=question.asked, until=until))
            except Silent as error:
                self._owed = question
                if strange or body:
                    raise UnexpectedReply(asked=question.asked, got="\n".join([*strange, *body[-10:]])) from error
                raise
            if text == question.asked:
                heard = self._echoes = True
                body, self._interrupted = [], self._events_to_end > 0
            elif not text or self._is_event(text):
                continue
            elif (code := protocol.end(text)) is None:
                body.append(text)
                if len(body) > protocol.LONGEST_BODY:
                    self._owed = question
                    raise UnexpectedReply(asked=question.asked, got="\n".join(body[:10]))
            elif code == protocol.OK and not body and self._events_to_end:
                self._events_to_end -= 1
            else:
                if heard or not self._echoes:
                    yield body, code
                strange, body = [*strange[-5:], *body[-5:], text], []

    def _is_event(self, text: str) -> bool:
        """Keep an event and what it tells about encryption; False for a line that is none."""
        if not protocol.is_event(text):
            return False
        self._lines.note(text)
        self._events_to_end += 1
        self._interrupted = True
        self._told = protocol.after_event(self._told, text)
        return True

    def _listed(self) -> tuple[dict[str, tuple[Call, str]], list[str]]:
        """Return the calls by id with their state as worded, and the lines they were read from.

        An event in the middle of a list may end it too early, so the list is asked for until none breaks in.  Only the
        codec's own "not in call" means that there is none; a list without lines does not.
        """
        with self._queue:
            for _ in range(TRIES):
                try:
                    lines = self._ask(protocol.CALLS)
                except CommandRefused as error:
                    if error.reason == protocol.reason(protocol.NOT_IN_CALL):
                        return {}, [error.reason]
                    raise
                if not self._interrupted:
                    return protocol.calls(lines), lines
            raise UnexpectedReply(asked=protocol.CALLS.asked, got="\n".join([*lines, "events broke in each time"]))

    # What a codec can do

    @property
    def is_open(self) -> bool:
        return self._shell.is_open

    @property
    def reached_by(self) -> SshFacts:
        return self._shell.facts

    @property
    def events(self) -> tuple[str, ...]:
        """The events of this connection, newest last."""
        return tuple(self._lines.events)

    @property
    def events_dropped(self) -> int:
        return self._lines.events_dropped

    def identify(self) -> Identity:
        with self._queue:
            (model,), (serial,), (version,) = (self._ask(question) for question in (protocol.MODEL, protocol.SERIAL, protocol.VERSION))
            try:
                uptime_s = protocol.uptime_s(self._ask(protocol.UPTIME)[0])
            except (CommandRefused, UnexpectedReply):
                uptime_s = None
        return Identity(model=model, serial=serial, firmware=version, uptime_s=uptime_s, simulated="simulat" in model.casefold())

    def status(self) -> CodecStatus:
        """Return a fresh look.  Whether the codec is registered and able to encrypt is not known; its word on the line is passed on."""
        identity = self.identify()
        try:
            (word,) = self._ask(protocol.PHONE_STATUS)
        except CommandRefused as error:
            word = error.reason
        except UnexpectedReply:
            word = ""
        return CodecStatus(identity=identity, registered=Tri.UNKNOWN, registration=word, can_encrypt=Tri.UNKNOWN, calls=self.calls())

    readiness = status  # Nothing of it is measured.

    def calls(self) -> tuple[Call, ...]:
        return tuple(call for call, _ in self._listed()[0].values())

    def dial(self, address: str) -> str:
        """Start dialling by SIP and return the call's id.  What an earlier call of that id had proven is forgotten."""
        question = protocol.dialling(address)
        with self._queue:
            (call_id,) = self._ask(question)
            if self._told.get(call_id) is self._told_before.get(call_id):  # Nothing new was told since the command was sent.
                self._told = {known: told for known, told in self._told.items() if known != call_id}
        return call_id

    def hang_up(self, call_id: str) -> None:
        """Hang a call up.  Its end is an event that can hide the answer; then the list of calls decides."""
        question = protocol.hanging_up(call_id)
        with self._queue:
            try:
                self._ask(question)
            except Silent:
                if not self._interrupted or call_id in self._listed()[0]:
                    raise

    def mute(self, muted: bool) -> Tri:
        with self._queue:
            try:
                self._ask(protocol.muting(muted))
            except Silent:
                if not self._interrupted:  # An event can hide the answer; what counts is read back.
                    raise
            return self.muted()

    def muted(self) -> Tri:
        return protocol.muted(self._ask(protocol.MUTED)[0])

    def encryption_setting(self) -> NoReturn:
        """Raise CommandRefused, by this driver and not by the device: no command that reads the wish is known."""
        raise CommandRefused(asked="the encryption setting", reason="this driver knows no command for it on a Lifesize 220")

    def set_encryption(self, setting: EncryptionSetting) -> NoReturn:
        """Raise CommandRefused, by this driver and not by the device: no command that changes the wish is known."""
        raise CommandRefused(asked=f"encryption setting {setting.value}", reason="this driver knows no command for it on a Lifesize 220")

    def read_encryption(self, call_id: str) -> Encryption:
        """Return what this connection was told about the call's encryption; one that has heard nothing knows nothing."""
        call_id = protocol.number(call_id)
        with self._queue:
            listed, lines = self._listed()
            self._told = {known: told for known, told in self._told.items() if known in listed}
            call, word = listed.get(call_id, (None, ""))
            told = self._told.get(call_id)
        raw = json.dumps({"status call active": lines, "last event on encryption": told and told.event}, ensure_ascii=False, sort_keys=True)
        return protocol.encryption(call, word, told, raw=raw)

    def restart(self) -> None:
        """Ask for a restart.  The answer may not arrive before the codec hangs up; only a refusal is one."""
        with contextlib.suppress(ConnectionLost, Silent):
            self._ask(protocol.RESTART)

    def close(self) -> None:
        self._shell.close()
