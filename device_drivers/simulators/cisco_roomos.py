"""A simulated RoomOS codec: greeting, echo, terminal and JSON mode, calls that take time, and bad days.

Behaves as the notes on CE 9 and RoomOS 11 say; where no real transcript exists (an encrypted MediaChannels block) the
layout is composed from the vendor's schema.
"""

import itertools
import json
import re
import threading
import time
import zlib
from pathlib import Path
from typing import Any

from device_drivers.simulators.network import Link, Network, Timing
from device_drivers.simulators.server import BadDay, SimulatedDevice, Talk

_REQUEST = re.compile(r'(?P<body>.*?)\s*(?:\|\s*resultId="(?P<id>[^"]*)")?\s*$')
_PARAMETER = re.compile(r'(\w+(?:\.\d+)?): (?:"((?:[^"\\]|\\.)*)"|(\S+))')
NO_MATCH = "No match on address expression."


class SimulatedRoomOS(SimulatedDevice):
    """One codec on the simulated network."""

    def __init__(self, *, name: str, address: str, network: Network, username: str = "roomctl", password: str, host: str = "127.0.0.1",
                 port: int = 0, keys: Path | None = None, bad: BadDay | None = None, timing: Timing | None = None,
                 encryption: str = "BestEffort", display_name: str = "") -> None:
        super().__init__(name=name, username=username, password=password, host=host, port=port, keys=keys, bad=bad)
        self.address, self.network, self.timing = address, network, timing or Timing()
        self.setting = encryption
        self.display_name = display_name or name
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
        return "Off" if self.bad.lies else self.setting

    def dial_from_remote_control(self, address: str) -> str:
        """Place a call that no controller asked for."""
        return self._dial(address)

    def _dial(self, address: str) -> str:
        with self._lock:
            link = self.network.dial(self, address, self.timing)
            link.spoiled = self._spoils
            call_id = str(next(self._numbers))
            self._calls[call_id] = link
            return call_id

    def _spoils(self, link: Link) -> bool:
        after = self.bad.drifts_after_s
        return after is not None and link.age_s > self.timing.ring_s + self.timing.media_s + after

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
        """Cut everything, stay away for a while, and come back with a small uptime and no calls."""
        for link in self.calls_up().values():
            link.ended = True
        self.stop()
        time.sleep(away_s)
        self.booted = time.monotonic()
        self.start()

    # On the shell

    def converse(self, talk: Talk) -> None:
        talk.say(f"\nWelcome to {self.display_name}\nCisco Codec Release RoomOS 11.23.1.8 3963b07b5c5\nSW Release Date: 2024-12-12\n"
                 "*r Login successful\n\nOK\n\nLast login from unknown at 2026-11-25 11:27:11\n")
        as_json = False
        while (sent := talk.next_line()) is not None:
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
                as_json = lowered.endswith(" json")
            else:
                reply = self._reply(body)
                talk.say(_as_json(reply, result_id) if as_json else _as_terminal(reply, result_id))

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
        match [word.lower() for word in words]:
            case ["systemunit"]:
                return {"Status": {"SystemUnit": {
                    "ProductPlatform": _v("Room Kit (simulated)"), "Uptime": _v(str(int(time.monotonic() - self.booted))),
                    "Hardware": {"Module": {"SerialNumber": _v(f"SIM{zlib.crc32(self.name.encode()):010d}")}},
                    "Software": {"Version": _v("RoomOS 11.23.1.8 3963b07b5c5"), "OptionKeys": {"Encryption": _v("True")}},
                    "State": {"NumberOfActiveCalls": _v(str(len(self.calls_up()))), "System": _v("Initialized")}}}}
            case ["sip"]:
                word = "Failed" if self.bad.not_registered else "Registered"
                return {"Status": {"SIP": {"Registration": [{"id": "1", "Status": _v(word), "URI": _v(self.address)}]}}}
            case ["call"]:
                calls = [self._call(call_id, link) for call_id, link in sorted(self.calls_up().items())]
                return {"Status": {"Call": calls} if calls else {}}
            case ["mediachannels", "call", call_id]:
                link = self.calls_up().get(call_id)
                return self._channels(call_id, link) if link else _error("Status", NO_MATCH, "/".join(words))
            case ["audio", "microphones", "mute"]:
                return {"Status": {"Audio": {"Microphones": {"Mute": _v("On" if self.microphones_muted else "Off")}}}}
        return _error("Status", NO_MATCH, "Status/" + "/".join(words))

    def _call(self, call_id: str, link: Link) -> dict[str, Any]:
        outgoing = link.caller is self
        other = link.address if outgoing else getattr(link.caller, "address", "")
        return {"id": call_id, "Status": _v("Connected" if link.is_connected else "Dialling"),
                "Direction": _v("Outgoing" if outgoing else "Incoming"), "Protocol": _v("sip"), "RemoteNumber": _v(other),
                "CallbackNumber": _v(f"sip:{other}"), "CallType": _v("Video"),
                "Encryption": {"Type": _v("Aes-128" if link.has_media and link.is_encrypted else "None")}}

    def _channels(self, call_id: str, link: Link) -> dict[str, Any]:
        if not link.has_media:
            return {"Status": {"MediaChannels": {"Call": [{"id": call_id}]}}}
        kinds = [("Audio", "Incoming"), ("Audio", "Outgoing"), ("Video", "Incoming"), ("Video", "Outgoing")]
        channels = [{"id": str(number), "Type": _v(kind), "Direction": _v(direction),
                     "Encryption": _v("On" if link.is_encrypted else "Off")}
                    for number, (kind, direction) in enumerate(kinds, start=2)]
        if self.bad.clear_content:
            channels.append({"id": "9", "Type": _v("Video"), "Direction": _v("Outgoing"), "Encryption": _v("Off"),
                             "Video": {"ChannelRole": _v("Presentation")}})
        return {"Status": {"MediaChannels": {"Call": [{"id": call_id, "Channel": channels}]}}}

    def _command(self, command: str, parameters: dict[str, str]) -> dict[str, Any]:
        match command.lower():
            case "dial":
                if "Number" not in parameters:
                    return {"CommandResponse": {"DialResult": {"status": "ParameterError"}}}
                self.dialled.append(parameters["Number"])
                call_id = "9" if self.bad.dial_does_nothing else self._dial(parameters["Number"])
                return {"CommandResponse": {"DialResult": {"status": "OK", "CallId": _v(call_id), "ConferenceId": _v("1")}}}
            case "call disconnect":
                link = self.calls_up().get(parameters.get("CallId", ""))
                if link is None:
                    return _error("CallDisconnectResult", "Call not found", "", wrapped=True)
                link.ended = not self.bad.hang_up_does_nothing
                return {"CommandResponse": {"CallDisconnectResult": {"status": "OK"}}}
            case "systemunit boot":
                threading.Thread(target=self.reboot, kwargs={"away_s": 1.0}, daemon=True).start()
                return {"CommandResponse": {"SystemUnitBootResult": {"status": "OK"}}}
            case "audio microphones mute" | "audio microphones unmute":
                self.microphones_muted = command.lower().endswith(" mute")
                return {"CommandResponse": {"MicrophonesMuteResult": {"status": "OK"}}}
        return _error("Result", "Unknown command", "/" + command.replace(" ", "/"), wrapped=True)

    def _configuration(self, rest: str) -> dict[str, Any]:
        path, colon, value = rest.partition(": ")
        if path.strip().lower() != "conference encryption mode":
            return _error("Configuration", NO_MATCH, path.replace(" ", "/"))
        if not colon:
            return {"Configuration": {"Conference": {"Encryption": {"Mode": _v(self.setting)}}}}
        if value not in {"On", "Off", "BestEffort"}:
            return {"Configuration": {"Conference": {"Encryption": {"Mode": {"error": "True", "Value": "Illegal value"}}}}}
        if not self.bad.setting_does_nothing:
            self.setting = value
        return {}


def _v(value: str) -> dict[str, str]:
    return {"Value": value}


def _error(name: str, reason: str, path: str, *, wrapped: bool = False) -> dict[str, Any]:
    body = {name: {"status": "Error", "Reason": _v(reason), "XPath": _v(path)}}
    return {"CommandResponse": body} if wrapped else body


def _as_json(reply: dict[str, Any], result_id: str | None) -> str:
    if "Error" in reply:
        return f"{reply['Error']}\n"
    whole = reply if result_id is None else {**reply, "ResultId": result_id}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _as_terminal(reply: dict[str, Any], result_id: str | None) -> str:
    """Lay the reply out as terminal mode does, for people who look with ssh."""
    lines: list[str] = []
    marks = {"*s ": "Status", "*c xConfiguration ": "Configuration", "*r ": "CommandResponse"}
    for mark, body in ((mark, reply.get(name)) for mark, name in marks.items()):
        if body is not None:
            lines += [mark + text for text in _leaves(body, "")]
    if "Error" in reply:
        return f"{reply['Error']}\n"
    tail = [f'** resultId: "{result_id}"'] if result_id else []
    return "\n".join([*lines, *tail, "** end", "", "OK", ""])


def _leaves(part: Any, path: str) -> list[str]:
    if isinstance(part, list):
        return [text for item in part
                for text in _leaves({key: value for key, value in item.items() if key != "id"}, f"{path}{item['id']} ")]
    if isinstance(part, dict) and "Value" not in part:
        status = f" (status={part['status']})" if "status" in part else ""
        head = [f"{path.rstrip()}{status}:"] if status else []
        return head + [text for key, value in part.items() if key != "status" for text in _leaves(value, f"{path}{key} ")]
    value = part["Value"] if isinstance(part, dict) else part
    return [f'{path.rstrip()}: {value if str(value).isalnum() else json.dumps(value, ensure_ascii=False)}']
