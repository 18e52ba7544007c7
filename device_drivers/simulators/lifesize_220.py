"""A simulated Lifesize 220 codec: an echo that stays on, events with an `ok,00` of their own, and bad days.

Source: second-hand, from published driver code, not from a device.  That an idle codec answers the question for its calls
with `error,0e`, and in which order the events of a call come, is this simulator's own making.
"""

import itertools
import threading
import time
import zlib
from dataclasses import dataclass
from pathlib import Path

from device_drivers.simulators.network import Link, Network, Timing
from device_drivers.simulators.server import BadDay, SimulatedDevice, Talk

PROMPT = "$ "
LOOK_S = 0.02  # How often a session looks whether there is something to tell.
LONG_HELP = "usage: a long help\n" * 12


@dataclass
class LifesizeBadDay(BadDay):
    """The bad days of any device, and those of this family."""

    echoes: bool = True
    answers_nothing_with_ok: bool = False  # The empty command is answered `ok,00`, not only with the next prompt.
    event_before_reply: str = ""  # An event, with its own end, between echo and reply.
    event_in_list: str = ""  # The same after the first line of a list of calls.
    event_ends_itself: bool = True  # False: an event without an `ok,00` of its own.
    idle_answer: str = "\nerror,0e\n"  # To the question for its calls.
    tells_nothing: bool = False  # No events at all.
    tells_wrong: bool = False  # Says that a clear call is encrypted.
    phone_status: str = "Ready"


class SimulatedLifesize(SimulatedDevice):
    """One codec on the simulated network."""

    bad: LifesizeBadDay

    def __init__(self, *, name: str, address: str, network: Network, username: str = "auto", password: str, host: str = "127.0.0.1",
                 port: int = 0, keys: Path | None = None, bad: LifesizeBadDay | None = None, timing: Timing | None = None,
                 encryption: str = "BestEffort", display_name: str = "", away_s: float = 1.0) -> None:
        super().__init__(name=name, username=username, password=password, host=host, port=port, keys=keys, bad=bad or LifesizeBadDay())
        self.address, self.network, self.timing, self.away_s = address, network, timing or Timing(), away_s
        self.encryption, self.display_name = encryption, display_name or name
        self.microphones_muted = False
        self.dialled: list[str] = []
        self._calls: dict[str, Link] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.RLock()
        network.join(self)

    # On the network

    def answers(self, address: str) -> bool:
        return address == self.address

    def wants_encryption(self) -> str:
        return "Off" if self.bad.lies else self.encryption

    def dial_from_remote_control(self, address: str) -> str:
        """Place a call that no controller asked for."""
        with self._lock:
            link = self.network.dial(self, address, self.timing)
            call_id = str(next(self._numbers))
            self._calls[call_id] = link
            return call_id

    def spoils(self, link: Link) -> bool:
        after = self.bad.drifts_after_s
        return after is not None and link.media_s > after

    def calls_up(self) -> dict[str, Link]:
        """Return the calls of this codec by id, incoming ones included."""
        with self._lock:
            known = set(map(id, self._calls.values()))
            for link in self.network.links_of(self):
                if id(link) not in known:
                    self._calls[str(next(self._numbers))] = link
            self._calls = {call_id: link for call_id, link in self._calls.items() if link.is_up}
            return dict(self._calls)

    def reboot(self) -> None:
        """Cut everything, stay away for a while, and come back with a small uptime, no calls and first call ids."""
        for link in self.calls_up().values():
            link.ended = True
        self.stop()
        time.sleep(self.away_s)
        self.booted, self._numbers = time.monotonic(), itertools.count(1)
        self.start()

    # On the shell

    def converse(self, talk: Talk) -> None:
        told = self._to_tell()  # What happened before this session is never told in it.
        long_help = True
        talk.say(PROMPT)
        while True:
            try:
                sent = talk.next_line(LOOK_S)
            except TimeoutError:
                told = self._tell(talk, told)
                continue
            if sent is None:
                return
            command = sent.strip()
            if command and self.ignores(command):
                continue
            event = self._event(self.bad.event_before_reply) if self.bad.event_before_reply and command else ""
            reply = self._reply(command)
            help_text = LONG_HELP if long_help and "error," in reply else ""
            talk.say((f"{sent}\n" if self.bad.echoes else "") + event + help_text + reply + PROMPT)
            long_help = long_help and command != "set help-mode off"
            if command == "control reboot 1":
                threading.Thread(target=self.reboot, daemon=True).start()

    def _event(self, text: str) -> str:
        return f"{text}\n" + ("\nok,00\n" if self.bad.event_ends_itself else "")

    def _to_tell(self) -> dict[str, str]:
        """Return the state of each call that an event would tell of."""
        return {call_id: self._state(link) for call_id, link in self.calls_up().items()}

    def _state(self, link: Link) -> str:
        if not link.is_connected:
            return "Dialing" if link.caller is self else "Ringing"
        if not link.has_media:
            return "Connected"
        return "Call Encrypted" if link.is_encrypted or self.bad.tells_wrong else "Call Not Encrypted"

    def _tell(self, talk: Talk, told: dict[str, str]) -> dict[str, str]:
        now = self._to_tell()
        if not self.bad.tells_nothing:
            for call_id in told.keys() - now.keys():
                talk.say(self._event(f"CS,{call_id},1,Terminated,Video"))
            for call_id, state in now.items():
                if told.get(call_id) != state:
                    talk.say(self._event(f"CS,{call_id},1,{state},Video"))
        return now

    def _reply(self, command: str) -> str:
        if self.bad.says_nonsense and command == "status call active":
            return "flux capacitor\n\nok,00\n"
        match command.split():
            case []:
                return "\nok,00\n" if self.bad.answers_nothing_with_ok else ""
            case ["set", "help-mode", "off"]:
                return "\nok,00\n"
            case ["get", "system", what]:
                line = self._system(what)
                return f"{line}\n\nok,00\n" if line else "\nerror,09\n"
            case ["get", "audio", "mute"]:
                return f"{'on' if self.microphones_muted else 'off'}\n\nok,00\n"
            case ["set", "audio", "mute", "on" | "off" as wish]:
                if not (self.bad.setting_does_nothing or self.bad.mute_does_nothing):
                    self.microphones_muted = wish == "on"
                return "\nok,00\n"
            case ["status", "call", "active"]:
                return self._call_list()
            case ["control", "call", "dial", "-p", "sip", address]:
                self.dialled.append(address)
                call_id = "1" if self.bad.dial_does_nothing else self.dial_from_remote_control(address)
                return f"{call_id}\n\nok,00\n"
            case ["control", "call", "hangup", call_id]:
                if (link := self.calls_up().get(call_id)) is None:
                    return "\nerror,0e\n"
                link.ended = not self.bad.hang_up_does_nothing
                return "\nok,00\n"
            case ["control", "reboot", "1"]:
                return "\nok,00\n"
        return "\nerror,09\n"

    def _system(self, what: str) -> str:
        seconds = int(time.monotonic() - self.booted)
        known = {"model": "Lifesize Team 220 (simulated)", "serial-number": f"SIM{zlib.crc32(self.name.encode()):010d}", "version": "5.0.0",
                 "phone-status": self.bad.phone_status,
                 "uptime": f"{seconds // 86_400},{seconds // 3600 % 24},{seconds // 60 % 60},{seconds % 60}"}
        return known.get(what, "")

    def _call_list(self) -> str:
        lines = [f"{call_id},1,{'Connected' if link.is_connected else 'Dialing' if link.caller is self else 'Ringing'},"
                 f"{'No' if link.caller is self else 'Yes'},Video,{self._far_end(link)},,SIP,,{self._duration(link)}\n"
                 for call_id, link in sorted(self.calls_up().items())]
        if not lines:
            return self.bad.idle_answer
        broken_in = self._event(self.bad.event_in_list) if self.bad.event_in_list else ""
        return lines[0] + broken_in + "".join(lines[1:]) + "\nok,00\n"

    def _far_end(self, link: Link) -> str:
        """Return number and name of the other end; the name of one that was dialled is its number again."""
        number = link.seen_by(self)
        return f"{number},{number if link.caller is self else getattr(link.caller, 'display_name', link.caller.name)}"

    def _duration(self, link: Link) -> str:
        seconds = int(link.age_s)
        return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}" if link.is_connected else ""
