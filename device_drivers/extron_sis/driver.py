"""The driver of Extron hardware: who it is, whether it lives, and why it says no."""

import contextlib
import threading
import time

from device_drivers.errors import CommandRefused, DeviceError, LoginRefused, SessionTableFull, Silent, UnexpectedReply
from device_drivers.extron_sis import protocol
from device_drivers.lines import LineReader
from device_drivers.readings import Grade, Health, Identity, Measured, SshFacts
from device_drivers.transports.heartbeat import Heartbeat
from device_drivers.transports.line_shell import LineShell, Shell

KEEP_ALIVE_S = 60.0  # Idle sessions are closed after five minutes.
BANNER_PAUSE_S = 1.0  # How long the rest of a banner that has begun is waited for.
LOOK_S = 0.01  # The time given to what is still on its way.


class ExtronSis:
    """One piece of hardware behind one shell.

    The one command that is sent asks for the firmware; an answer that is no version leaves the firmware as the banner told it.
    """

    family = "extron_sis"
    supports = frozenset({"part_number", "keep_alive"})
    best_proof = Grade.NONE
    cannot = ("It proves nothing about a call, tells neither its serial number nor its uptime, and reads or switches no input, output, mute or "
              "relay: the commands for that are not known well enough.")

    def __init__(self, shell: Shell, *, keep_alive_s: float = KEEP_ALIVE_S) -> None:
        self._shell = shell
        self._queue = threading.RLock()
        self._lines = LineShell(shell, LineReader())
        self.access = ""  # "Administrator" or "User", where the device says so.
        self.banner = self._greet()
        self._heartbeat = Heartbeat(self.keep_alive, every_s=keep_alive_s, name=self.family)

    def _greet(self) -> protocol.Banner:
        """Read the banner.  A device that says none, or half of one, is asked all the same."""
        came: list[str] = []
        until = self._lines.deadline()
        with contextlib.suppress(Silent):
            while not any(map(protocol.is_copyright, came)):
                came.append(self._line(asked="banner", until=until))
            came.append(self._line(asked="banner", until=time.monotonic() + BANNER_PAUSE_S))
        self._refuse_second_password()
        return protocol.banner(came)

    def _line(self, *, asked: str, until: float) -> str:
        """Return the next line that tells nothing about the session itself."""
        while True:
            text = self._lines.next_line(asked=asked, until=until)
            if not self._noted(text):
                return text

    def _noted(self, text: str) -> bool:
        """Take note of what a line says about the session; True when that was all it says."""
        if text == protocol.TOO_MANY_CONNECTIONS:
            raise SessionTableFull(protocol.meaning(text))
        self.access = protocol.access(text) or self.access
        return protocol.access(text) is not None

    def _refuse_second_password(self) -> None:
        if protocol.is_password_prompt(self._lines.reader.unfinished):
            raise LoginRefused("the device asks for a second password on its command line")

    def _ask_firmware(self) -> tuple[str | None, str]:
        """Return the firmware and the answer as it was sent; None when the answer does not look like a version.

        Raises CommandRefused with the meaning of the error code, and Silent when nothing came.
        """
        asked = protocol.FIRMWARE.decode()
        with self._queue:
            for text in self._lines.lines_on_their_way(quiet_s=LOOK_S, at_most_s=1.0):
                self._noted(text)
            self._lines.send(protocol.FIRMWARE)
            until = self._lines.deadline()
            strange: list[str] = []
            while True:
                try:
                    text = self._line(asked=asked, until=until)
                except Silent:
                    self._refuse_second_password()
                    if strange:
                        return None, "\n".join(strange)
                    raise
                if (code := protocol.error(text)) is not None:
                    raise CommandRefused(asked=asked, reason=protocol.meaning(code))
                if (version := protocol.version(text)) is not None:
                    return version, text
                if text != asked:
                    strange = [*strange[-9:], text]

    # What it can do

    @property
    def is_open(self) -> bool:
        return self._shell.is_open

    @property
    def reached_by(self) -> SshFacts:
        return self._shell.facts

    @property
    def lost_because(self) -> DeviceError | None:
        """Why the connection could not be kept alive, or None."""
        return self._heartbeat.failure

    def identify(self) -> Identity:
        """Return who it is, by its banner; an empty word is unknown.  It is asked something too, so a dead device says nothing.

        Raises UnexpectedReply when neither the banner nor the answer tells anything.
        """
        try:
            asked, raw = self._ask_firmware()
        except CommandRefused as error:
            asked, raw = None, error.reason
        if not self.banner.model and asked is None:
            raise UnexpectedReply(asked="banner", got="\n".join(filter(None, [self.banner.raw, raw])))
        return Identity(model=self.banner.model, serial="", firmware=self.banner.firmware or asked or "", uptime_s=None,
                        simulated="simulat" in self.banner.raw.casefold())

    def measure(self) -> tuple[Measured, ...]:
        """Return its firmware as asked for now, and what its banner told at connect: the part number and the line with its date."""
        try:
            firmware, raw = self._ask_firmware()
        except CommandRefused as error:
            firmware, raw = None, error.reason
        return (Measured("firmware", firmware, health=Health.UNKNOWN if firmware is None else Health.OK, raw=raw),
                Measured("part_number", self.banner.part_number or None, raw=self.banner.raw),
                Measured("date_at_connect", self.banner.date_line or None, raw=self.banner.date_line))

    def keep_alive(self) -> None:
        """Ask something small, lest the device close a session that says nothing; close a connection that does not answer."""
        try:
            self._ask_firmware()
        except CommandRefused:
            return  # Also a sign of life.
        except DeviceError:
            self.close()
            raise

    def close(self) -> None:
        self._heartbeat.stop()
        self._shell.close()
