"""A simulated Tesira audio processor: greeting, echo, subscriptions that die with their session, and bad days.

Source: second-hand, from published driver code, not from a device.  What it says inside a list of faults, and behind "-ERR
address not found", is of this simulator's own making: no source at hand shows it.
"""

import re
import threading
import time
import zlib
from dataclasses import dataclass
from pathlib import Path

from device_drivers.simulators.server import BadDay, SimulatedDevice, Talk

OPTIONS = bytes([255, 253, 24, 255, 251, 1, 255, 250, 24, 1, 255, 240])  # Telnet's, as RFC 854 and 1091 have them.
_GET = re.compile(r'"(?P<block>[^"]+)" get mute (?P<channel>[0-9]+)')
_SUBSCRIBE = re.compile(r'"(?P<block>[^"]+)" subscribe mute (?P<channel>[0-9]+) "(?P<token>[^"]+)" [0-9]+')


@dataclass
class TesiraBadDay(BadDay):
    """The bad days of any device, and those of this family."""

    options: bool = False  # Telnet option bytes before the greeting.
    greeting: str = "Welcome to the Tesira Text Protocol Server (simulated)"
    greeting_after_s: float = 0.0  # As after a restart.
    echoes: bool = True
    idle_limit_s: float = 120.0  # A session that says nothing for so long is closed.
    publishes_between: int = 0  # Publishes about nothing new, between each command and its reply.
    drops_replies: bool = False  # The command is obeyed, the reply is lost.
    mute_word: str = ""  # Said instead of true and false.


@dataclass(eq=False)
class _Session:
    """One open shell; whatever is said in it is said whole."""

    talk: Talk
    tokens: dict[tuple[str, int], str]
    lock: threading.Lock

    def say(self, text: str) -> None:
        with self.lock:
            self.talk.say(text)


class SimulatedTesira(SimulatedDevice):
    """One audio processor with mute blocks."""

    bad: TesiraBadDay

    def __init__(self, *, name: str, username: str = "admin", password: str, host: str = "127.0.0.1", port: int = 0, keys: Path | None = None,
                 bad: TesiraBadDay | None = None, blocks: dict[str, int] | None = None, faults: str = "nothing to tell") -> None:
        """`blocks` gives each mute block its number of channels."""
        super().__init__(name=name, username=username, password=password, host=host, port=port, keys=keys, bad=bad or TesiraBadDay())
        self.faults = faults
        self.mutes = {(block, channel): False for block, channels in (blocks or {"MicBlock": 2}).items() for channel in range(1, channels + 1)}
        self._sessions: list[_Session] = []

    def press(self, block: str, channel: int, muted: bool) -> None:
        """Mute or unmute as somebody in the room does, and publish it to whoever subscribed."""
        self.mutes[block, channel] = muted
        for session in list(self._sessions):
            if token := session.tokens.get((block, channel)):
                session.say(self._published(token, block, channel))

    def _published(self, token: str, block: str, channel: int) -> str:
        return f'! "publishToken":"{token}" "value":{self._word(block, channel)}\n'

    def _word(self, block: str, channel: int) -> str:
        return "flux" if self.bad.says_nonsense else self.bad.mute_word or str(self.mutes[block, channel]).lower()

    def converse(self, talk: Talk) -> None:
        session = _Session(talk, {}, threading.Lock())
        self._sessions.append(session)
        try:
            if self.bad.options:
                talk.say_bytes(OPTIONS)
            time.sleep(self.bad.greeting_after_s)
            session.say(f"{self.bad.greeting}\n" if self.bad.greeting else "")
            while (sent := talk.next_line(self.bad.idle_limit_s)) is not None:
                command = sent.strip()
                if command and not self.ignores(command):
                    self._obey(session, command)
        finally:
            self._sessions.remove(session)

    def _obey(self, session: _Session, command: str) -> None:
        if self.bad.echoes:
            session.say(f"{command}\n")
        for (block, channel), token in list(session.tokens.items())[:1] * self.bad.publishes_between:
            session.say(self._published(token, block, channel))
        subscription = _SUBSCRIBE.fullmatch(command)
        reply = self._subscribe(session, subscription) if subscription else self._reply(command)
        if not self.bad.drops_replies:
            session.say(f"{reply}\n")
        if subscription and reply == "+OK":
            block, channel = subscription["block"], int(subscription["channel"])
            session.say(self._published(session.tokens[block, channel], block, channel))

    def _subscribe(self, session: _Session, wanted: re.Match[str]) -> str:
        key = (wanted["block"], int(wanted["channel"]))
        if key not in self.mutes:
            return "-ERR address not found: {}"
        if key in session.tokens:
            return "-ERR ALREADY_SUBSCRIBED"
        session.tokens[key] = wanted["token"]
        return "+OK"

    def _reply(self, command: str) -> str:
        if self.bad.says_nonsense and command != "SESSION set verbose true":
            return "flux capacitor"
        match command:
            case "SESSION set verbose true" | "SESSION set verbose false":
                return "+OK"
            case "DEVICE get version":
                return '+OK "value":"4.1.0.1"'
            case "DEVICE get serialNumber":
                return f'+OK "value":"{zlib.crc32(self.name.encode()):08d}"'
            case "DEVICE get activeFaultList":
                return f'+OK "value":{self.faults}'
        asked = _GET.fullmatch(command)
        if asked is None or (asked["block"], int(asked["channel"])) not in self.mutes:
            return "-ERR address not found: {}"
        return f'+OK "value":{self._word(asked["block"], int(asked["channel"]))}'
