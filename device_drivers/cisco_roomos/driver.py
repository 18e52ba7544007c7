"""The driver of Cisco CE / RoomOS codecs: the protocol joined to a shell, one command at a time."""

import contextlib
import json
import threading
import time
from collections import deque
from typing import Any, Protocol

from device_drivers.cisco_roomos import protocol
from device_drivers.errors import CommandRefused, ConnectionLost, UnexpectedReply
from device_drivers.readings import Call, CodecStatus, Encryption, EncryptionSetting, Identity, SshFacts, Tri
from device_drivers.transports.ssh import Deadlines

EVENTS_KEPT = 500


class Shell(Protocol):
    facts: SshFacts
    deadlines: Deadlines

    @property
    def is_open(self) -> bool: ...

    def send(self, data: bytes) -> None: ...
    def receive(self, *, asked: str, until: float) -> bytes: ...
    def close(self) -> None: ...


class CiscoRoomos:
    """One codec behind one shell."""

    family = "cisco_roomos"
    supports = frozenset({"dial", "hang_up", "mute", "require_encryption", "read_encryption_per_stream", "restart"})

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._queue = threading.Lock()
        self._replies = protocol.ReplyReader()
        self._number = 0
        self.events: deque[dict[str, Any]] = deque(maxlen=EVENTS_KEPT)
        self.events_dropped = 0
        self._greet()

    def _greet(self) -> None:
        """Wait for a line that is exactly OK, turn the echo off, and ask for JSON (which is not always answered)."""
        lines = protocol.LineReader()
        self._wait_for_ok(lines, asked="greeting")
        self._shell.send(b"echo off\n")
        self._wait_for_ok(lines, asked="echo off")
        self._shell.send(b"xPreferences outputmode json\n")

    def _wait_for_ok(self, lines: protocol.LineReader, *, asked: str) -> None:
        until = time.monotonic() + self._shell.deadlines.reply_s
        while True:
            for whole in lines.feed(self._shell.receive(asked=asked, until=until)):
                if whole.strip() == "OK":
                    return

    def _ask(self, root: str, path: str, *, setting: str | None = None, **parameters: str) -> dict[str, Any]:
        """Send one command and return its reply.

        A pause is not the end of a reply: the silence deadline counts from the last byte, the reply deadline from
        the first.  Events that come in between are kept, oldest dropped first and counted.
        """
        with self._queue:
            self._number += 1
            result_id = f"r{self._number}"
            asked = f"{root} {path}"
            self._shell.send(
                protocol.line(root, path, result_id=result_id, **parameters) if setting is None
                else protocol.setting_line(path, setting, result_id=result_id)
            )
            until = time.monotonic() + self._shell.deadlines.reply_s
            answer = None
            while answer is None:
                for reply in self._replies.feed(self._shell.receive(asked=asked, until=until)):
                    if reply.get("ResultId") == result_id:
                        answer = reply
                    elif "ResultId" not in reply:
                        self.events_dropped += len(self.events) == EVENTS_KEPT
                        self.events.append(reply)
        return protocol.accepted(answer, asked=asked)

    @property
    def is_open(self) -> bool:
        return self._shell.is_open

    @property
    def reached_by(self) -> SshFacts:
        return self._shell.facts

    def identify(self) -> Identity:
        return protocol.identity(self._ask("xStatus", "SystemUnit"))

    def status(self) -> CodecStatus:
        unit = self._ask("xStatus", "SystemUnit")
        registered, word = protocol.registration(self._ask("xStatus", "SIP"))
        return CodecStatus(identity=protocol.identity(unit), registered=registered, registration=word,
                           can_encrypt=protocol.can_encrypt(unit), calls=self.calls())

    def calls(self) -> tuple[Call, ...]:
        try:
            return protocol.calls(self._ask("xStatus", "Call"))
        except CommandRefused as error:
            # Some firmware says this instead of an empty status when no call is up.
            if error.reason.startswith("No match on address expression"):
                return ()
            raise

    def dial(self, address: str) -> str:
        return protocol.dialled(self._ask("xCommand", "Dial", Number=address, Protocol="Sip"))

    def hang_up(self, call_id: str) -> None:
        self._ask("xCommand", "Call Disconnect", CallId=call_id)

    def mute(self, muted: bool) -> Tri:
        self._ask("xCommand", "Audio Microphones Mute" if muted else "Audio Microphones Unmute")
        return protocol.muted(self._ask("xStatus", "Audio Microphones Mute"))

    def encryption_setting(self) -> EncryptionSetting:
        return protocol.encryption_setting(self._ask("xConfiguration", "Conference Encryption Mode"))

    def set_encryption(self, setting: EncryptionSetting) -> EncryptionSetting:
        self._ask("xConfiguration", "Conference Encryption Mode", setting=setting.value)
        return self.encryption_setting()

    def read_encryption(self, call_id: str) -> Encryption:
        if not call_id.isdigit():
            raise UnexpectedReply(asked="call id", got=call_id)
        try:
            channels = self._ask("xStatus", f"MediaChannels Call {call_id}")
        except CommandRefused as error:
            if not error.reason.startswith("No match on address expression"):
                raise
            channels = None  # TC-era and early CE firmware has no MediaChannels: the call's own word is all there is.
        up = self.calls()
        call = next((call for call in up if call.id == call_id), None)
        raw = json.dumps({"MediaChannels": channels, "Call": [_plain(one) for one in up]}, ensure_ascii=False, sort_keys=True)
        return protocol.encryption(channels, call, raw=raw)

    def restart(self) -> None:
        with contextlib.suppress(ConnectionLost):  # OK may or may not arrive before the codec hangs up to restart.
            self._ask("xCommand", "SystemUnit Boot", Action="Restart")

    def close(self) -> None:
        self._shell.close()


def _plain(call: Call) -> dict[str, str | None]:
    return {"id": call.id, "state": call.state.value, "remote": call.remote, "protocol": call.protocol, "suite": call.suite}
