"""The driver of Tesira audio processors: the protocol joined to a shell, one command at a time."""

import itertools
import threading
from collections.abc import Iterable, Iterator

from device_drivers.errors import CommandRefused, ConnectionLost, DeviceError, Silent, UnexpectedReply
from device_drivers.lines import LineReader
from device_drivers.readings import Grade, Health, Identity, Measured, SshFacts, Tri
from device_drivers.tesira import protocol
from device_drivers.tesira.protocol import MuteBlock
from device_drivers.transports.heartbeat import Heartbeat
from device_drivers.transports.line_shell import LineShell, Shell

KEEP_ALIVE_S = 20.0  # Sessions that say nothing are dropped after two or three minutes.
LOOK_S = 0.01  # The time given to what is still on its way.
SHOWN = 300  # Characters of a list of faults that a person is shown; the whole is in `raw`.


class Tesira:
    """One audio processor behind one shell.

    A reply bears no id.  It is believed when it comes after the echo of its command and has the shape of its answer; after
    a silence, a question whose answer has another shape than the one still owed stands between old and new.
    """

    family = "tesira"
    supports = frozenset({"serial", "faults", "mutes", "keep_alive"})
    best_proof = Grade.NONE
    cannot = ("It proves nothing about a call, tells neither its exact model nor its uptime, shows its list of faults without judging it, "
              "and reports the mutes of only those blocks whose names it is given.")

    def __init__(self, shell: Shell, *, keep_alive_s: float = KEEP_ALIVE_S) -> None:
        self._shell = shell
        self._queue = threading.RLock()
        self._lines = LineShell(shell, LineReader(protocol.LONGEST_LINE), without=protocol.TelnetFilter().feed)
        self._echoes = False  # Known once the device has repeated a command.
        self._owed: protocol.Question | None = None  # Asked, and not answered so far.
        self._numbers = itertools.count(1)
        self._tokens: dict[MuteBlock, str] = {}
        self._told: dict[MuteBlock, Tri] = {}
        self._product, self._greeting = "", ""
        self.blocks: tuple[MuteBlock, ...] = ()  # Whose mutes are measured; set by whoever knows the room.
        self._greet()
        self._heartbeat = Heartbeat(self.keep_alive, every_s=keep_alive_s, name=self.family)

    def _greet(self) -> None:
        """Wait for the greeting, which takes long after a restart, and ask for values with their names."""
        until = self._lines.deadline()
        silences = int(self._shell.deadlines.reply_s / self._shell.deadlines.silence_s)
        came: list[str] = []
        while not self._product:
            try:
                text = self._lines.next_line(asked="greeting", until=until)
            except Silent as error:
                silences -= 1
                if silences > 0:
                    continue
                if came:
                    raise UnexpectedReply(asked="greeting", got="\n".join(came)) from error
                raise
            came = [*came[-9:], text]
            self._product, self._greeting = protocol.product_in(text) or "", text
        self._ask(protocol.VERBOSE)

    # Asking

    def _ask(self, question: protocol.Question) -> protocol.Reply:
        """Send one command and return its reply; raise CommandRefused with the device's reason."""
        with self._queue:
            if self._owed is not None:
                self._fence(self._owed)
            self._lines.send(question.line)
            reply = next(self._replies(question))
            if not reply.is_ok:
                raise CommandRefused(asked=question.asked, reason=reply.reason)
            if not reply.answers(question):
                self._owed = question  # It may have been a late answer to something else.
                raise UnexpectedReply(asked=question.asked, got=reply.raw)
            return reply

    def _fence(self, owed: protocol.Question) -> None:
        """Make sure that a late answer to `owed` is not taken for the next one; a shell that has lost its order is closed."""
        fence = protocol.VERBOSE if owed.is_valued else protocol.VERSION
        self._lines.send(fence.line)
        try:
            next(reply for reply in self._replies(fence) if reply.answers(fence))
        except (Silent, UnexpectedReply):
            self._shell.close()
            raise
        self._owed = None

    def _replies(self, question: protocol.Question) -> Iterator[protocol.Reply]:
        """Yield the replies that come after the question's echo, where there is one.

        Raises Silent when nothing comes, and UnexpectedReply when only lines nobody knows did.
        """
        until = self._lines.deadline()
        heard, strange = False, []
        while True:
            try:
                text = self._lines.next_line(asked=question.asked, until=until)
            except Silent as error:
                self._owed = question
                if strange:
                    raise UnexpectedReply(asked=question.asked, got="\n".join(strange)) from error
                raise
            if text == question.asked:
                heard = self._echoes = True
            elif protocol.is_publish(text):
                self._publish(text)
            elif (reply := protocol.reply(text)) is not None and (heard or not self._echoes):
                yield reply
            else:
                strange = [*strange[-9:], text]

    def _publish(self, text: str) -> None:
        self._lines.note(text)
        told = protocol.publish(text)
        for block, token in self._tokens.items():
            if told is None:
                self._told[block] = Tri.UNKNOWN  # It was about one of them, and nobody can tell which.
            elif token == told.token:
                self._told[block] = protocol.truth(told.value)

    # What a processor can do

    @property
    def is_open(self) -> bool:
        return self._shell.is_open

    @property
    def reached_by(self) -> SshFacts:
        return self._shell.facts

    @property
    def events(self) -> tuple[str, ...]:
        """The publishes of this connection, newest last."""
        return tuple(self._lines.events)

    @property
    def events_dropped(self) -> int:
        return self._lines.events_dropped

    @property
    def lost_because(self) -> DeviceError | None:
        """Why the connection could not be kept alive, or None."""
        return self._heartbeat.failure

    def identify(self) -> Identity:
        """Return who it is.  The greeting names the product and not the model; the uptime is not told."""
        with self._queue:
            firmware = protocol.words(self._ask(protocol.VERSION).value or "", asked=protocol.VERSION.asked)
            serial = protocol.words(self._ask(protocol.SERIAL).value or "", asked=protocol.SERIAL.asked)
        return Identity(model=self._product, serial=serial, firmware=firmware, uptime_s=None, simulated="simulat" in self._greeting.casefold())

    def measure(self) -> tuple[Measured, ...]:
        """Return its list of faults, its firmware, and the mute of each of `blocks`."""
        with self._queue:
            return (self._measured("active_faults", protocol.FAULTS), self._measured("firmware", protocol.VERSION),
                    *(self._mute(block) for block in self.blocks))

    def _measured(self, name: str, question: protocol.Question) -> Measured:
        """Return a value as the device words it.  What it means for the room is not known, so it has no health."""
        try:
            raw = self._ask(question).value or ""
        except (CommandRefused, UnexpectedReply) as error:
            return Measured(name, None, raw=str(error))
        return Measured(name, raw.strip('"')[:SHOWN] or None, raw=raw)

    def _mute(self, block: MuteBlock) -> Measured:
        place = f"{block.name} {block.channel}"
        self._told[block] = Tri.UNKNOWN
        try:
            raw = self._ask(protocol.mute_of(block)).value or ""
        except (CommandRefused, UnexpectedReply) as error:
            return Measured("microphone_mute", None, place=place, raw=str(error))
        self._told[block] = muted = protocol.truth(raw)
        word = {Tri.YES: "on", Tri.NO: "off"}.get(muted)
        return Measured("microphone_mute", word, health=Health.OK if word else Health.UNKNOWN, place=place, raw=raw)

    def watch(self, blocks: Iterable[MuteBlock]) -> tuple[Measured, ...]:
        """Ask to be told about the mutes of `blocks`, and return them as they are now.

        A subscription ends with its connection: call this again on a new one.  One that this session has is a success.
        A block that cannot be subscribed to is asked all the same, and is not in `told`.
        """
        with self._queue:
            wanted = tuple(dict.fromkeys(blocks))
            self.blocks = tuple(dict.fromkeys([*self.blocks, *wanted]))
            for block in wanted:
                token = self._tokens.get(block) or f"roomctl{next(self._numbers)}"
                self._tokens[block] = token
                try:
                    self._ask(protocol.subscribing(block, token))
                except CommandRefused as error:
                    if not protocol.is_already_subscribed(error.reason):
                        del self._tokens[block]
            return tuple(self._mute(block) for block in wanted)

    def told(self) -> dict[MuteBlock, Tri]:
        """Return the mutes that are watched as last heard; all unknown once the connection is gone."""
        with self._queue:
            try:
                for text in self._lines.lines_on_their_way(quiet_s=LOOK_S, at_most_s=1.0):
                    if protocol.is_publish(text):
                        self._publish(text)
            except ConnectionLost:
                self.close()
            return {block: self._told.get(block, Tri.UNKNOWN) if self.is_open else Tri.UNKNOWN for block in self._tokens}

    def keep_alive(self) -> None:
        """Ask something small, lest the device drop a session that says nothing; close a connection that does not answer."""
        try:
            self._ask(protocol.VERSION)
        except (CommandRefused, UnexpectedReply):
            return  # Also a sign of life.
        except DeviceError:
            self.close()
            raise

    def close(self) -> None:
        self._heartbeat.stop()
        self._shell.close()
