"""A simulated RoomOS codec: greeting, echo, terminal and JSON mode, calls that take time, feedback, and bad days.

Behaves as the notes on CE 9 and RoomOS 11 say; where no real transcript exists (an encrypted MediaChannels block) the
layout is composed from the vendor's schema.
"""

import itertools
import re
import threading
import time
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from device_drivers.simulators import xapi_calls, xapi_configuration
from device_drivers.simulators.network import Link, Network, Timing
from device_drivers.simulators.server import BadDay, SimulatedDevice, Talk
from device_drivers.simulators.xapi_feedback import Feedback
from device_drivers.simulators.xapi_layout import NO_MATCH, as_json, as_terminal, error, v

_REQUEST = re.compile(r'(?P<body>.*?)\s*(?:\|\s*resultId="(?P<id>[^"]*)")?\s*$')
_PARAMETER = re.compile(r'(\w+(?:\.\d+)?): (?:"((?:[^"\\]|\\.)*)"|(\S+))')
USAGE = "usage: xpreferences outputmode <terminal/xml>\n"
REPORT_EVERY_S = 0.02
ENCRYPTION = ("Conference", "Encryption", "Mode")
SET_PASSWORD = "xcommand usermanagement user passphrase set"


@dataclass
class Firmware:
    """What differs from one codec to another, and what it has to tell; it may be changed while the device runs."""

    has_json: bool = True  # False: it prints a usage text and stays in terminal mode.
    wraps_errors: bool = False  # Refusals of a status stand in a CommandResponse, as in the older shape.
    lists_feedback: str = "plain"  # Or "tagged", "json", "nothing".
    refuses: tuple[str, ...] = ()  # Feedback expressions it does not know.
    boot: str = "OK"  # Or "close" at once, or "nothing".
    away_s: float = 1.0  # When it restarts.
    messages: list[tuple[str, str, str]] = field(default_factory=list)  # Of its diagnostics: level, type, description.
    has_netstat: bool = True
    lost: int = 0  # Packets of each channel in the last interval.
    received: int = 250
    jitter: int = 2
    standby: str = "Off"
    volume: str = "50"
    product: str = "Room Kit"
    lacks: tuple[str, ...] = ()  # Paths of the status that it does not have, as older firmware.
    tells_offset: bool = True  # False: the time is told without saying of which zone.
    shortest_password: int = 8


class SimulatedRoomOS(SimulatedDevice):
    """One codec on the simulated network."""

    def __init__(self, *, name: str, address: str, network: Network, username: str = "roomctl", password: str, host: str = "127.0.0.1",
                 port: int = 0, keys: Path | None = None, bad: BadDay | None = None, timing: Timing | None = None,
                 encryption: str = "BestEffort", display_name: str = "", firmware: Firmware | None = None,
                 autoanswer: bool = True) -> None:
        super().__init__(name=name, username=username, password=password, host=host, port=port, keys=keys, bad=bad)
        self.address, self.network, self.timing = address, network, timing or Timing()
        self.firmware = firmware or Firmware()
        self.configuration = xapi_configuration.settings(encryption)
        self.display_name, self.autoanswer = display_name or name, autoanswer
        self.microphones_muted = False
        self.dialled: list[str] = []
        self.shown: list[tuple[str, int]] = []  # Texts on the room's screen, each with its seconds.
        self._feedback_age = 0  # What was registered before it changed is forgotten.
        self._calls: dict[str, Link] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.RLock()
        network.join(self)

    @property
    def setting(self) -> str:
        return self.configuration[ENCRYPTION]

    @setting.setter
    def setting(self, value: str) -> None:
        self.configuration[ENCRYPTION] = value

    # On the network

    def answers(self, address: str) -> bool:
        return address == self.address

    @property
    def needs_answer(self) -> bool:
        return not self.autoanswer

    def wants_encryption(self) -> str:
        return "Off" if self.bad.lies else self.setting

    def dial_from_remote_control(self, address: str) -> str:
        """Place a call that no controller asked for."""
        return self._dial(address)

    def _dial(self, address: str) -> str:
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

    def reboot(self, *, away_s: float) -> None:
        """Cut everything, stay away for a while, and come back with a small uptime, no calls, and ids that start again."""
        for link in self.calls_up().values():
            link.ended = True
        self.stop()
        self._numbers = itertools.count(1)
        time.sleep(away_s)
        self.booted = time.monotonic()
        self.start()

    def forget_feedback(self) -> None:
        """Lose every registration of every session, and say nothing about it."""
        self._feedback_age += 1

    # On the shell

    def converse(self, talk: Talk) -> None:
        talk.say(f"\nWelcome to {self.display_name}\nCisco Codec Release RoomOS 11.23.1.8 3963b07b5c5\nSW Release Date: 2024-12-12\n"
                 "*r Login successful\n\nOK\n\nLast login from unknown at 2026-11-25 11:27:11\n")
        in_json, feedback = False, Feedback()
        while (sent := self._next_line(talk, feedback, in_json=in_json)) is not None:
            if not sent.strip():
                continue
            request = _REQUEST.match(sent)
            body, result_id = request["body"], request["id"]
            if self.ignores(body):
                continue
            lowered = body.lower()
            if lowered == "bye":
                return
            if lowered.startswith("echo "):
                talk.say("\nOK\n")
            elif lowered.startswith("xpreferences outputmode "):
                in_json = lowered.endswith(" json") and self.firmware.has_json
                talk.say("" if self.firmware.has_json else USAGE)
            elif lowered.startswith("xcommand systemunit boot") and self.firmware.boot != "OK":
                if self.firmware.boot == "close":
                    return
            elif lowered.startswith(SET_PASSWORD) and self.bad.cuts_at_password:
                self._answer(body, result_id, feedback, in_json=in_json)
                return
            else:
                talk.say(self._answer(body, result_id, feedback, in_json=in_json))

    def _next_line(self, talk: Talk, feedback: Feedback, *, in_json: bool) -> str | None:
        """Return the next command, and report meanwhile what is registered for."""
        while True:
            for event in feedback.news(self._reportable(), age=self._feedback_age) if feedback.paths else ():
                talk.say(as_json(event) if in_json else as_terminal(event).removesuffix("\nOK\n"))
            try:
                return talk.next_line(REPORT_EVERY_S if feedback.paths else None)
            except TimeoutError:
                continue

    def _reportable(self) -> dict[str, dict[str, Any]]:
        """Return what may be reported, by its place."""
        places = {"/Status/Audio/Microphones/Mute": ["audio", "microphones", "mute"], "/Status/Audio/Volume": ["audio", "volume"],
                  "/Status/Standby/State": ["standby", "state"], "/Status/SIP/Registration": ["sip"]}
        calls = {f"/Status/Call/{call_id}": {"Status": {"Call": [xapi_calls.told(call_id, link, self)]}}
                 for call_id, link in self.calls_up().items()}
        return {**{place: self._status(words) for place, words in places.items()}, **calls}

    def _answer(self, body: str, result_id: str | None, feedback: Feedback, *, in_json: bool) -> str:
        told = feedback.answer(body, result_id, as_json_mode=in_json, lists=self.firmware.lists_feedback, refuses=self.firmware.refuses,
                               now=self._reportable(), age=self._feedback_age)
        if told is not None:
            return told
        return as_json(self._reply(body), result_id) if in_json else as_terminal(self._reply(body), result_id)

    def _reply(self, body: str) -> dict[str, Any]:
        """Return the reply as JSON mode lays it out, without its ResultId."""
        root, _, rest = body.partition(" ")
        words = _PARAMETER.sub("", rest).split()
        parameters = {name: quoted or bare for name, quoted, bare in _PARAMETER.findall(rest)}
        match root.lower():
            case "xstatus":
                return self._status(words)
            case "xcommand":
                return self._command(" ".join(words), parameters)
            case "xconfiguration":
                return self._configuration(rest)
        return {"Error": "Command not recognized."}

    def _status(self, words: list[str]) -> dict[str, Any]:
        if self.bad.says_nonsense:
            return {"Status": {"Flux": {"Value": "Capacitor"}}}
        if " ".join(words).lower() in [path.lower() for path in self.firmware.lacks]:
            return error("Status", NO_MATCH, "Status/" + "/".join(words), wrapped=self.firmware.wraps_errors)
        match [word.lower() for word in words]:
            case ["systemunit"]:
                return {"Status": {"SystemUnit": {
                    "ProductPlatform": v(f"{self.firmware.product} (simulated)"), "Uptime": v(str(int(time.monotonic() - self.booted))),
                    "Hardware": {"Module": {"SerialNumber": v(f"SIM{zlib.crc32(self.name.encode()):010d}")}},
                    "Software": {"Version": v("RoomOS 11.23.1.8 3963b07b5c5"), "OptionKeys": {"Encryption": v("True")}},
                    "State": {"NumberOfActiveCalls": v(str(len(self.calls_up()))), "System": v("Initialized")}}}}
            case ["sip"]:
                word = "Failed" if self.bad.not_registered else "Registered"
                return {"Status": {"SIP": {"Registration": [{"id": "1", "Status": v(word), "URI": v(self.address)}],
                                           "Proxy": [{"id": "1", "Status": v("Timeout" if self.bad.not_registered else "Active")}],
                                           "Secure": v("True"), "Verified": v("True")}}}
            case ["call"]:
                calls = [xapi_calls.told(call_id, link, self) for call_id, link in sorted(self.calls_up().items())]
                return {"Status": {"Call": calls} if calls else {}}
            case ["mediachannels", "call", call_id]:
                link = self.calls_up().get(call_id)
                return self._channels(call_id, link) if link else error("Status", NO_MATCH, "/".join(words), wrapped=self.firmware.wraps_errors)
            case ["audio", "microphones", "mute"]:
                return {"Status": {"Audio": {"Microphones": {"Mute": v("On" if self.microphones_muted else "Off")}}}}
            case ["audio", "volume"]:
                return {"Status": {"Audio": {"Volume": v(self.firmware.volume)}}}
            case ["standby", "state"]:
                return {"Status": {"Standby": {"State": v(self.firmware.standby)}}}
            case ["audio", "input", "connectors", "microphone"]:
                connectors = [{"id": number, "ConnectionStatus": v("NotConnected" if self.bad.no_microphone or number == "2" else "Connected"),
                               "Mute": v("On" if self.microphones_muted else "Off")} for number in ("1", "2")]
                return {"Status": {"Audio": {"Input": {"Connectors": {"Microphone": connectors}}}}}
            case ["cameras", "camera"]:
                return {"Status": {"Cameras": {"Camera": [{"id": "1", "Connected": v("False" if self.bad.no_camera else "True")}]}}}
            case ["time", "systemtime"]:
                told = (datetime.now(UTC) + timedelta(seconds=self.bad.clock_off_s)).strftime("%Y-%m-%dT%H:%M:%S")  # A layout of our choice.
                return {"Status": {"Time": {"SystemTime": v(told + "Z" if self.firmware.tells_offset else told)}}}
            case ["diagnostics"]:
                messages = [{"id": str(number), "Level": v(level), "Type": v(kind), "Description": v(description)}
                            for number, (level, kind, description) in enumerate(self.firmware.messages, start=1)]
                return {"Status": {"Diagnostics": {"Message": messages}} if messages else {}}
        return error("Status", NO_MATCH, "Status/" + "/".join(words), wrapped=self.firmware.wraps_errors)

    def _channels(self, call_id: str, link: Link) -> dict[str, Any]:
        return xapi_calls.channels(call_id, link, has_clear_content=self.bad.clear_content, netstat=self._netstat())

    def _netstat(self) -> dict[str, Any]:
        figures = {"ChannelRate": "64000", "Jitter": str(self.firmware.jitter), "LastIntervalLost": str(self.firmware.lost),
                   "LastIntervalReceived": str(self.firmware.received), "Loss": str(1000 + self.firmware.lost), "Packets": "48210"}
        return {"Netstat": {name: v(figure) for name, figure in figures.items()}} if self.firmware.has_netstat else {}

    def _command(self, command: str, parameters: dict[str, str]) -> dict[str, Any]:
        match command.lower():
            case "dial":
                if "Number" not in parameters:
                    return {"CommandResponse": {"DialResult": {"status": "ParameterError"}}}
                self.dialled.append(parameters["Number"])
                call_id = "9" if self.bad.dial_does_nothing else self._dial(parameters["Number"])
                return {"CommandResponse": {"DialResult": {"status": "OK", "CallId": v(call_id), "ConferenceId": v("1")}}}
            case "call disconnect":
                link = self.calls_up().get(parameters.get("CallId", ""))
                if link is None:
                    return error("CallDisconnectResult", "Call not found", "", wrapped=True)
                link.ended = not self.bad.hang_up_does_nothing
                return {"CommandResponse": {"CallDisconnectResult": {"status": "OK"}}}
            case "call accept":
                return xapi_calls.accepted(self.calls_up().get(parameters.get("CallId", "")), self, obeys=not self.bad.answer_does_nothing)
            case "userinterface message alert display":
                return self._show(parameters)
            case "systemunit boot":
                threading.Thread(target=self.reboot, kwargs={"away_s": self.firmware.away_s}, daemon=True).start()
                return {"CommandResponse": {"SystemUnitBootResult": {"status": "OK"}}}
            case "usermanagement user passphrase set":
                return self._set_password(parameters)
            case "audio microphones mute" | "audio microphones unmute":
                if not self.bad.mute_does_nothing:
                    self.microphones_muted = command.lower().endswith(" mute")
                return {"CommandResponse": {"MicrophonesMuteResult": {"status": "OK"}}}
        return error("Result", "Unknown command", "/" + command.replace(" ", "/"), wrapped=True)

    def _show(self, parameters: dict[str, str]) -> dict[str, Any]:
        if "Text" not in parameters:
            return {"CommandResponse": {"AlertDisplayResult": {"status": "ParameterError"}}}
        self.shown.append((parameters["Text"], int(parameters.get("Duration", "0"))))
        return {"CommandResponse": {"AlertDisplayResult": {"status": "OK"}}}

    def _set_password(self, parameters: dict[str, str]) -> dict[str, Any]:
        """Take another password for the account that is signed in; the words of the refusals are made up."""
        if not {"NewPassphrase", "Username"} <= parameters.keys():
            return {"CommandResponse": {"PassphraseSetResult": {"status": "ParameterError"}}}
        if parameters["Username"] != self.username or parameters.get("YourPassphrase") != self.password:
            return error("PassphraseSetResult", "Not allowed", "", wrapped=True)
        if len(parameters["NewPassphrase"]) < self.firmware.shortest_password:
            return error("PassphraseSetResult", "Passphrase too short", "", wrapped=True)
        if not self.bad.keeps_password:
            self.password = parameters["NewPassphrase"]
        return {"CommandResponse": {"PassphraseSetResult": {"status": "OK"}}}

    def _configuration(self, rest: str) -> dict[str, Any]:
        return xapi_configuration.answer(self.configuration, rest, changes=not self.bad.setting_does_nothing, wrapped=self.firmware.wraps_errors)
