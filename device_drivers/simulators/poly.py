"""A simulated RealPresence Group codec: it introduces itself, echoes behind a prompt, has no request ids, and bad days.

Behaves as the notes on a Group 700 with 6.2.1 say.  Nothing it answers tells what a call negotiated: the real one does not either.
"""

import itertools
import threading
import time
import zlib
from dataclasses import dataclass
from pathlib import Path

from device_drivers.simulators.network import Link, Network, Timing
from device_drivers.simulators.server import BadDay, SimulatedDevice, Talk

PROMPT = "-> "
SETTINGS = {"yes": "BestEffort", "no": "Off", "requiredvideocallsonly": "BestEffort", "requiredallcalls": "On"}
NOT_FOUND = "error: command not found"
PROVISIONED = "error: this setting is controlled by a provisioning service and cannot be changed"


@dataclass
class PolyBadDay(BadDay):
    """The bad days of any device, and those of this family."""

    echoes: bool = True  # Prompt and echo, as over a recorded SSH connection; False: replies only.
    prompts: bool = True  # False: an echo without its prompt, as some firmware has it.
    echo_comes_late: bool = False  # Prompt and echo after the reply.
    line_end: str = "\r\r\n"
    greets: bool = True
    introduces_itself_before: str | None = None  # The whole block once more, before the reply to commands that begin with this.
    lags: bool = False  # The reply to a command comes when the next one is heard.
    empty_call_list: bool = False  # "callinfo begin" and at once "callinfo end".
    tells_nothing: bool = False  # No notifications, although registered for them.
    is_provisioned: bool = False  # Refuses to change the encryption setting.
    short_form: bool = True  # "encryption get" is answered "encryption x", otherwise "encryption get x".


class SimulatedPoly(SimulatedDevice):
    """One codec on the simulated network."""

    bad: PolyBadDay

    def __init__(self, *, name: str, address: str, network: Network, username: str = "admin", password: str, host: str = "127.0.0.1",
                 port: int = 0, keys: Path | None = None, bad: PolyBadDay | None = None, timing: Timing | None = None,
                 encryption: str = "yes", display_name: str = "", away_s: float = 1.0,
                 autoanswer: bool = True) -> None:
        super().__init__(name=name, username=username, password=password, host=host, port=port, keys=keys, bad=bad or PolyBadDay())
        self.address, self.network, self.timing, self.away_s = address, network, timing or Timing(), away_s
        self.setting = encryption
        self.display_name, self.autoanswer = display_name or name, autoanswer
        self.microphones_muted = False
        self.dialled: list[str] = []
        self._calls: dict[str, Link] = {}
        self._numbers = itertools.count(34)
        self._lock = threading.RLock()
        network.join(self)

    # On the network

    def answers(self, address: str) -> bool:
        return address == self.address

    @property
    def needs_answer(self) -> bool:
        return not self.autoanswer

    def wants_encryption(self) -> str:
        return "Off" if self.bad.lies else SETTINGS[self.setting]

    def dial_from_remote_control(self, address: str) -> str:
        """Place a call that no controller asked for."""
        with self._lock:
            link = self.network.dial(self, address, self.timing)
            call_id = str(next(self._numbers))
            self._calls[call_id] = link
            return call_id

    def spoils(self, link: Link) -> bool:
        """True once the call lost its encryption, which this codec does not tell and the bridge sees."""
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
        """Cut everything, stay away for a while, and come back with a small uptime and no calls."""
        for link in self.calls_up().values():
            link.ended = True
        self.stop()
        time.sleep(self.away_s)
        self.booted = time.monotonic()
        self.start()

    # On the shell

    def converse(self, talk: Talk) -> None:
        late: list[str] = []
        registered = False
        if self.bad.greets:
            self._say(talk, self._introduction())
        while (sent := talk.next_line()) is not None:
            command = sent.strip()
            if not command:
                continue
            bad = self.bad
            if self.ignores(command):
                continue
            if bad.introduces_itself_before is not None and command.startswith(bad.introduces_itself_before):
                self._say(talk, self._introduction())
            echo = [PROMPT * bad.prompts + command] if bad.echoes else []
            if command == "notify callstatus":
                reply = ["info: event/notification already active:callstatus"] if registered else ["notify callstatus success"]
                registered = True
            else:
                reply = self._reply(command)
            lines = [*reply, *echo] if bad.echo_comes_late else [*echo, *reply]
            if bad.lags:
                lines, late = late, lines
            if registered and command.startswith("dial ") and not bad.tells_nothing:
                lines = [*lines, *self._told()]
            self._say(talk, lines)
            if command == "reboot now":
                threading.Thread(target=self.reboot, daemon=True).start()

    def _say(self, talk: Talk, lines: list[str]) -> None:
        if lines:
            talk.say("".join(text + self.bad.line_end for text in lines))

    def _introduction(self) -> list[str]:
        return [f"Hi, my name is : {self.display_name}", "Here is what I know about myself:",
                "Model:               RealPresence Group 700 (simulated)", f"Serial Number:       82{zlib.crc32(self.name.encode()):010d}",
                "Software Version:    6.2.1", "Build Information:   540239", "Contact Number:      ", "Time In Last Call:   0:00:00",
                "Total Time In Calls: 21 Days, 04:43:14", "Total Calls:         666", "SNTP Time Service:   Auto",
                "Local Time is:       Fri, 31 Jul 2026 19:05:33 +0900", "IP Video Number:     10.0.0.21", "MP Enabled:          key",
                "H323 Enabled:        True", "HTTP Enabled:        True", "SNMP Enabled:        True"]

    def _reply(self, command: str) -> list[str]:
        if self.bad.says_nonsense and command in ("status", "callinfo all", "encryption get", "mute near get"):
            return ["flux capacitor"]
        match command.split():
            case ["whoami"]:
                return self._introduction()
            case ["uptime", "get"]:
                minutes, seconds = divmod(int(time.monotonic() - self.booted), 60)
                return [f"{minutes // 60} Hours, {minutes % 60} Minutes, {seconds} Seconds"]
            case ["volume", "get"]:
                return ["volume 25"]
            case ["status"]:
                return [f"inacall {'online' if self.calls_up() else 'offline'}", f"autoanswerp2p {'online' if self.autoanswer else 'offline'}",
                        "ipnetwork online",
                        "gatekeeper offline", f"sipserver {'offline' if self.bad.not_registered else 'online'}", "status end"]
            case ["callinfo", "all"]:
                return self._call_list()
            case ["mute", "near", "on" | "off" as wish]:
                if not (self.bad.setting_does_nothing or self.bad.mute_does_nothing):
                    self.microphones_muted = wish == "on"
                return [command]
            case ["mute", "near", "get"]:
                return [f"mute near {'on' if self.microphones_muted else 'off'}"]
            case ["encryption", "get"]:
                return [f"encryption {self.setting}" if self.bad.short_form else f"encryption get {self.setting}"]
            case ["encryption", wish] if wish in SETTINGS:
                if self.bad.is_provisioned:
                    return [PROVISIONED]
                self.setting = self.setting if self.bad.setting_does_nothing else wish
                return [command]
            case ["dial", "manual", "auto", quoted, "sip"]:
                self.dialled.append(quoted.strip('"'))
                if not self.bad.dial_does_nothing:
                    self.dial_from_remote_control(quoted.strip('"'))
                return ["dialing manual"]
            case ["answer", "video"]:
                for link in self.calls_up().values():
                    if link.callee is self and not self.bad.answer_does_nothing:
                        link.answer()
                return [command]
            case ["hangup", "video", call_id]:
                if (link := self.calls_up().get(call_id)) is None:
                    return [f"connection {call_id} is not active"]
                link.ended = not self.bad.hang_up_does_nothing
                return ["hanging up video"]
            case ["reboot", "now"]:
                return []
        return [NOT_FOUND]

    def _call_list(self) -> list[str]:
        calls = sorted(self.calls_up().items())
        if not calls and not self.bad.empty_call_list:
            return ["system is not in a call"]
        lines = [] if self.bad.empty_call_list else [
            f"callinfo:{call_id}:{self._named(link)}:384:{'connected' if link.is_connected else 'ringing'}:"
            f"{'muted' if self.microphones_muted else 'notmuted'}:{'outgoing' if link.caller is self else 'incoming'}:videocall"
            for call_id, link in calls]
        return ["callinfo begin", *lines, "callinfo end"]

    def _named(self, link: Link) -> str:
        """Return name and number of the other end; the name of one that was dialled is empty."""
        return f":{link.address}" if link.caller is self else f"{link.caller.name}:{link.caller_address}"

    def _told(self) -> list[str]:
        return [f"notification:callstatus:outgoing:{call_id}:{self._named(link)}:ringing:384:0:videocall"
                for call_id, link in sorted(self.calls_up().items()) if link.caller is self and not link.is_connected]
