"""A simulated room PC: baresip's control socket behind SSH, and bad days.

Prints what baresip 1.0.0 of Debian 12 was recorded to print.  Audio and video of a call share one fate, unless a bad day parts them.
"""

import itertools
import json
import re
import threading
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from device_drivers.simulators import baresip_texts as texts
from device_drivers.simulators.network import Link, Network, Timing
from device_drivers.simulators.server import BadDay, SimulatedDevice, Talk
from device_drivers.transports.forward import control_socket_of

SETTINGS = {"srtp-mand": "On", "srtp": "BestEffort", "none": "Off"}
BETWEEN_LOOKS_S = 0.02
_FRAME = re.compile(rb"(\d+):")


@dataclass
class BaresipBadDay(BadDay):
    """The bad days of any device, and those of this family."""

    has_no_uuid: bool = False
    has_no_srtp: bool = False  # Its module is not loaded: every call is clear, whatever the account wishes.
    audio_one_way: bool = False  # Nothing is received.
    takes_audio_only: bool = False  # The other end leaves the video out.
    tells_no_events: bool = False
    talks_rubbish: str = ""  # Sent before each reply, as it is.
    second_suite: str = ""  # The other end's crypto lines name this one.
    is_interrupted_while_setting: bool = False  # Carries out `uanew`, answers, and is gone before `uadel`.


class SimulatedBaresip(SimulatedDevice):
    """One room PC on the simulated network."""

    bad: BaresipBadDay

    def __init__(self, *, name: str, address: str, network: Network, username: str = "roomctl", password: str, host: str = "127.0.0.1",
                 port: int = 0, keys: Path | None = None, bad: BaresipBadDay | None = None, timing: Timing | None = None,
                 encryption: str = "srtp-mand", display_name: str = "", away_s: float = 0.5,
                 autoanswer: bool = True) -> None:
        super().__init__(name=name, username=username, password=password, host=host, port=port, keys=keys, bad=bad or BaresipBadDay())
        self.forwards_to = control_socket_of(host)
        self.address, self.network, self.timing, self.away_s = address, network, timing or Timing(), away_s
        named = f'"{display_name}" ' if display_name else ""
        self.accounts = [f"{named}<sip:{address}>;regint=0;answermode={'auto' if autoanswer else 'manual'};mediaenc={encryption}"]
        self.uuid = str(uuid.uuid5(uuid.NAMESPACE_DNS, name))
        self.microphones_muted = False
        self.dialled: list[str] = []
        self._ids: dict[int, str] = {}  # By the link's number, and kept: the last words about a call name it too.
        self._last_words: dict[int, str] = {}
        self._lines: dict[int, Link] = {}
        self._current = 0
        self._talk: Talk | None = None
        self._lock = threading.RLock()
        network.join(self)

    # On the network

    def answers(self, address: str) -> bool:
        return address == self.address

    @property
    def needs_answer(self) -> bool:
        return texts.parameter(self.accounts[0], "answermode") == "manual" if self.accounts else False

    @property
    def setting(self) -> str:
        return texts.parameter(self.accounts[0], "mediaenc") or "none"

    def wants_encryption(self) -> str:
        return "Off" if self.bad.lies or self.bad.has_no_srtp else SETTINGS[self.setting]

    def dial_from_remote_control(self, address: str) -> str:
        """Place a call that no controller asked for."""
        with self._lock:
            link = self.network.dial(self, address, self.timing)
            return self.id_of(link)

    def spoils(self, link: Link) -> bool:
        after = self.bad.drifts_after_s
        return after is not None and link.media_s > after

    def id_of(self, link: Link) -> str:
        return self._ids.setdefault(link.number, f"{link.number * 0x9E3779B97F4A7C15 % 2**64:016x}")

    def calls_up(self) -> dict[str, Link]:
        """Return the calls of this room by id, incoming ones included."""
        with self._lock:
            return {self.id_of(link): link for link in self._up().values()}

    def _up(self) -> dict[int, Link]:
        known = set(map(id, self._lines.values()))
        for link in self.network.links_of(self):
            if id(link) not in known:
                self._current = next(number for number in itertools.count(1) if number not in self._lines)
                self._lines[self._current] = link
        self._lines = {number: link for number, link in self._lines.items() if link.is_up}
        if self._current not in self._lines:
            self._current = max(self._lines, default=0)
        return self._lines

    # On the control socket

    def converse(self, talk: Talk) -> None:
        if self._talk is not None:
            self._talk.hang_up()  # It serves one client, the newest.
        self._talk = talk
        heard, told = b"", dict[int, str]()
        while True:
            for event in self._news(told):
                _send(talk, event)
            try:
                data = talk.next_bytes(within_s=BETWEEN_LOOKS_S)
            except TimeoutError:
                continue
            if data is None:
                return
            heard += data
            while (head := _FRAME.match(heard)) and len(heard) > head.end() + int(head[1]):
                asked = json.loads(heard[head.end() : head.end() + int(head[1])])
                heard = heard[head.end() + int(head[1]) + 1 :]
                if not self.ignores(f"{asked['command']} {asked['params']}".strip()) and not self._answer(talk, asked, told):
                    return

    def _answer(self, talk: Talk, asked: dict[str, str], told: dict[int, str]) -> bool:
        """Reply to one command; tell whether it goes on."""
        with self._lock:
            name, params = asked["command"], asked["params"]
            ok, printed = self._carry_out(name, params)
            for event in self._news(told):
                _send(talk, event)
        if self.bad.talks_rubbish:
            talk.say_bytes(self.bad.talks_rubbish.encode())
        _send(talk, {"response": True, "ok": ok, "data": printed, "token": asked["token"]})
        return name != "quit" and not (name == "uanew" and self.bad.is_interrupted_while_setting)

    def _carry_out(self, name: str, params: str) -> tuple[bool, str]:
        """Return whether the command was taken and what it prints."""
        up = self._up()
        link = up.get(self._current)
        if self.bad.says_nonsense and name in ("listcalls", "callstat", "uastat", "sysinfo"):
            return True, "\n--- Flux (1) ---\n capacitor: 1.21\n"
        match name:
            case "sysinfo":
                return True, texts.sysinfo(int(time.monotonic() - self.booted))
            case "uuid" if not self.bad.has_no_uuid:
                return True, f"UUID: {self.uuid}\n"
            case "modules":
                return True, texts.modules(has_srtp=not self.bad.has_no_srtp)
            case "apistate":
                return True, texts.apistate(self.accounts[0], failed=self.bad.not_registered)
            case "reginfo":
                return True, texts.reginfo(self.accounts)
            case "uastat":
                return True, texts.uastat(self.accounts[0]) if self.accounts else "(no user-agent)\n"
            case "sipstat":
                return True, texts.sipstat(self.address)
            case "listcalls":
                return True, texts.listcalls([(number, number == self._current, self._state(one), self._other(one), one.age_s)
                                              for number, one in sorted(up.items())])
            case "callstat":
                return True, self._callstat(link) if link else "\n(no active calls)\n"
            case "uanew" | "uadel":
                return self._accounts(name, params)
            case "dial":
                return self._dial(params)
            case "hangup":
                if link is not None and not self.bad.hang_up_does_nothing:
                    link.ended = True
                    self._last_words[link.number] = "Connection reset by user"
                return True, ""
            case "quit":
                threading.Thread(target=self.reboot, daemon=True).start()
                return True, "Quit\n"
            case "accept":
                if link is not None and link.callee is self and not self.bad.answer_does_nothing:
                    link.answer()  # Others would be put on hold, which no simulated call is.
                return True, f"{texts.aor(self.accounts[0])}: Answering incoming call\n" if self.accounts else ""
        return self._in_call(name, params, link) if link else (False, f"command not found ({name})\n")

    def _in_call(self, name: str, params: str, link: Link) -> tuple[bool, str]:
        """Carry out what baresip knows only while a call is up."""
        match name:
            case "line" | "callfind":
                chosen = [number for number, one in self._lines.items() if params in ((self.id_of(one),) if name == "callfind" else (str(number),))]
                if not chosen:
                    return True, f"call not found (id={params})\n" if name == "callfind" else "call not found\n"
                self._current = chosen[0]
                return True, f"setting current call: {params if name == 'callfind' else f'line {params}'}\n"
            case "mute":
                self.microphones_muted = not self.microphones_muted and not self.bad.mute_does_nothing
                return True, "\ncall muted\n" if self.microphones_muted else "\ncall un-muted\n"
            case "audio_debug" | "video_debug":
                media = name.removesuffix("_debug")
                refused = media == "video" and self.bad.takes_audio_only
                flows = link.has_media and not refused
                return True, texts.stream(media, self._menc(), secure=flows and self._is_secure(link, media), sent=100 if flows else 0,
                                          received=100 if flows and not self.bad.audio_one_way else 0, has_peer=link.is_connected and not refused)
        return False, f"command not found ({name})\n"

    def _menc(self) -> str:
        return "(none)" if self.setting == "none" or self.bad.has_no_srtp else self.setting

    def _is_secure(self, link: Link, media: str) -> bool:
        return link.is_encrypted and not (media == "video" and self.bad.clear_content)

    def _other(self, link: Link) -> str:
        return f"sip:{link.seen_by(self)}"

    def _callstat(self, link: Link) -> str:
        kept = [media for media in ("audio", "video") if link.is_connected and self._keeps(link, media)]
        media = [(name, self._menc() != "(none)", name in kept, self.bad.second_suite or texts.SUITE) for name in ("audio", "video")]
        return texts.callstat(state=self._state(link), own=self.address, peer=self._other(link), call_id=self.id_of(link),
                              outgoing=link.caller is self, media=media)

    def _keeps(self, link: Link, media: str) -> bool:
        """True for a medium that the other end took, with a key of its own."""
        return self._is_secure(link, media) and not (media == "video" and self.bad.takes_audio_only)

    def _accounts(self, name: str, params: str) -> tuple[bool, str]:
        if name == "uanew":
            if not re.search(r"<sip:[^>]+>", params):
                return False, f"Creating UA for {params} ...\nmenu: create_ua failed: No such file or directory\n"
            old = self.setting
            self.accounts.append(re.sub(r"mediaenc=[^;]*", f"mediaenc={old}", params) if self.bad.setting_does_nothing else params)
            return True, f"Creating UA for {params} ...\n{texts.reginfo(self.accounts)}"
        first = next((line for line in self.accounts if texts.aor(line) == params), None)
        if first is None:
            return False, "No such file or directory\n"
        self.accounts.remove(first)
        for link in self._lines.values():
            link.ended = True  # The calls of the account go with it.
        return True, f"ua: {params}\ndeleting ua: {params}\n{texts.reginfo(self.accounts)}"

    def _dial(self, params: str) -> tuple[bool, str]:
        self.dialled.append(params)
        if not self.bad.dial_does_nothing:
            self.dial_from_remote_control(params.removeprefix("sip:"))
            self._up()
        return True, ""

    # What nobody asked for

    def _news(self, told: dict[int, str]) -> list[dict[str, object]]:
        """Return the events about calls that this client has not been told of; `told` keeps each call's last state."""
        news: list[dict[str, object]] = []
        with self._lock:
            links = {link.number: link for link in self._up().values()}
            for number, link in links.items():
                if told.get(number) != (state := self._state(link)):
                    news += self._told_of(link, state)
                told[number] = state
            for number in [number for number in told if number not in links]:
                news.append(self._event("CALL_CLOSED", number, self._last_words[number]))
                del told[number]
            self._last_words.update({number: self._were_it_to_end_now(link) for number, link in links.items()})
        return [] if self.bad.tells_no_events else news

    @staticmethod
    def _were_it_to_end_now(link: Link) -> str:
        if link.is_connected:
            return "Connection reset by peer"
        return "404 Not Found" if link.callee is None else "488 Not Acceptable Here"

    def _told_of(self, link: Link, state: str) -> list[dict[str, object]]:
        if state != "ESTABLISHED":
            rings = link.callee is not None and {self.wants_encryption(), link.callee.wants_encryption()} != {"On", "Off"}
            kind = "CALL_RINGING" if link.caller is self else "CALL_INCOMING"
            return [self._event(kind, link.number, self._other(link))] if rings else []
        kept = [media for media in ("audio", "video") if self._keeps(link, media)]
        return [*(self._event("CALL_MENC", link.number, f"0,{media},{texts.SUITE}") for media in kept),
                self._event("CALL_ESTABLISHED", link.number, self._other(link))]

    def _event(self, kind: str, number: int, param: str) -> dict[str, object]:
        link = next((one for one in self._lines.values() if one.number == number), None)
        direction = "incoming" if link is not None and link.caller is not self else "outgoing"
        return {"event": True, "type": kind, "class": "call", "accountaor": f"sip:{self.address}", "direction": direction,
                "peeruri": self._other(link) if link else "", "id": self._ids.get(number, ""), "param": param}

    def _state(self, link: Link) -> str:
        return "ESTABLISHED" if link.is_connected else "RINGING" if link.caller is self else "INCOMING"

    def reboot(self) -> None:
        """End every call, stay away for a while, and come back with a small uptime, as a service that is started anew."""
        for link in self.calls_up().values():
            link.ended = True
        time.sleep(self.away_s)
        self.booted = time.monotonic()


def _send(talk: Talk, message: dict[str, object]) -> None:
    body = json.dumps(message, ensure_ascii=False).encode()
    talk.say_bytes(b"%d:%s," % (len(body), body))
