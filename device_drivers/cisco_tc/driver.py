"""The driver of Cisco TC codecs: the protocol joined to a shell, one command at a time."""

import contextlib
import json
import threading
import time
from collections import deque
from typing import Protocol

from device_drivers.cisco_tc import protocol
from device_drivers.errors import CommandRefused, ConnectionLost
from device_drivers.readings import Call, CodecStatus, Encryption, EncryptionSetting, Identity, SshFacts, Tri
from device_drivers.transports.ssh import Deadlines

EVENTS_KEPT = 500
ENCRYPTION_PATHS = ("Conference Encryption Mode", "Conference 1 Encryption Mode")  # Which of them depends on the firmware.


class Shell(Protocol):
    facts: SshFacts
    deadlines: Deadlines

    @property
    def is_open(self) -> bool: ...

    def send(self, data: bytes) -> None: ...
    def receive(self, *, asked: str, until: float) -> bytes: ...
    def close(self) -> None: ...


class CiscoTc:
    """One codec behind one shell.

    It promises the call's own word for its encryption.  Where the codec also shows its channels, every one of them is
    read and counts, which is more than is promised: no guide at hand spells the word for an encrypted channel.
    """

    family = "cisco_tc"
    supports = frozenset({"dial", "hang_up", "mute", "require_encryption", "read_encryption_per_call", "restart"})

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._queue = threading.Lock()
        self._replies = protocol.ReplyReader()
        self._number = 0
        self._owed = 0  # Commands that were never answered: a bare word may still be about one of them.
        self.events: deque[protocol.Reply] = deque(maxlen=EVENTS_KEPT)
        self.events_dropped = 0
        self._greet()

    def _greet(self) -> None:
        """Wait for a line that is exactly OK, turn the echo off, and ask for terminal mode (which is not always answered)."""
        self._wait_for_ok(asked="greeting")
        self._shell.send(b"echo off\n")
        self._wait_for_ok(asked="echo off")
        self._shell.send(b"xPreferences outputmode terminal\n")

    def _wait_for_ok(self, *, asked: str) -> None:
        until = time.monotonic() + self._shell.deadlines.reply_s
        while True:
            for reply in self._replies.feed(self._shell.receive(asked=asked, until=until)):
                if reply.word == "OK":
                    return

    def _next_id(self) -> str:
        self._number += 1
        return f"r{self._number}"

    def _ask(self, root: str, path: str, **parameters: protocol.Value) -> protocol.Reply:
        """Send one command and return its reply."""
        with self._queue:
            result_id = self._next_id()
            asked = f"{root} {path}"
            self._shell.send(protocol.line(root, path, result_id=result_id, **parameters))
            reply = self._answer(result_id, asked=asked, ok_is_enough=False)
        return protocol.accepted(reply, asked=asked)

    def _set(self, path: str, setting: EncryptionSetting) -> None:
        """Send a setting.  A bare OK is enough of an answer, for what counts is the setting as read back afterwards."""
        with self._queue:
            result_id = self._next_id()
            asked = f"xConfiguration {path}"
            self._shell.send(protocol.setting_line(path, setting, result_id=result_id))
            reply = self._answer(result_id, asked=asked, ok_is_enough=True)
        if reply.word != "OK":
            protocol.accepted(reply, asked=asked)

    def _answer(self, result_id: str, *, asked: str, ok_is_enough: bool) -> protocol.Reply:
        """Return the block that bears our id, or the word of refusal, which never bears one.

        A pause is not the end of a reply: the silence deadline counts from the last byte, the reply deadline from
        the first.  Events that come in between are kept, oldest dropped first and counted.  A word that may be the
        late answer to an earlier command is not believed: a dial that was obeyed must not look refused.
        """
        until = time.monotonic() + self._shell.deadlines.reply_s
        answer = None
        self._owed += 1
        while answer is None:
            for reply in self._replies.feed(self._shell.receive(asked=asked, until=until)):
                final = ok_is_enough if reply.word == "OK" else bool(reply.word)
                if answer is None and (reply.result_id == result_id or (final and self._owed == 1)):
                    answer = reply
                elif reply.result_id is None and reply.leaves:
                    self.events_dropped += len(self.events) == EVENTS_KEPT
                    self.events.append(reply)
                if reply.result_id is not None or final:
                    self._owed = max(self._owed - 1, 0 if answer else 1)
        if answer.result_id is not None:
            self._owed = 0  # The device answers in turn, so whatever came before this is never answered any more.
        return answer

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
        reply = self._ask_if_known("xStatus", "Call")
        return () if reply is None else protocol.calls(reply)

    def _ask_if_known(self, root: str, path: str) -> protocol.Reply | None:
        """Return the reply, or None when the codec says that it has nothing at this path."""
        try:
            return self._ask(root, path)
        except CommandRefused as error:
            if error.reason.startswith(protocol.NO_MATCH):
                return None
            raise

    def dial(self, address: str) -> str:
        return protocol.dialled(self._ask("xCommand", "Dial", Number=address, Protocol=protocol.Signalling.SIP))

    def hang_up(self, call_id: str) -> None:
        self._ask("xCommand", "Call Disconnect", CallId=protocol.call_number(call_id))

    def mute(self, muted: bool) -> Tri:
        self._ask("xCommand", "Audio Microphones Mute" if muted else "Audio Microphones Unmute")
        return protocol.muted(self._ask("xStatus", "Audio Microphones Mute"))

    def _setting(self) -> tuple[str, EncryptionSetting]:
        """Return the path this firmware knows the encryption setting by, and the setting."""
        first, second = ENCRYPTION_PATHS
        try:
            reply = self._ask("xConfiguration", first)
        except CommandRefused:
            reply = None  # In which words a path is refused here is not known; a refusal for another reason comes again below.
        if reply is not None and reply.leaves:
            path = second if any("1" in leaf.path for leaf in reply.leaves) else first
            return path, protocol.encryption_setting(reply)
        return second, protocol.encryption_setting(self._ask("xConfiguration", second))

    def encryption_setting(self) -> EncryptionSetting:
        return self._setting()[1]

    def set_encryption(self, setting: EncryptionSetting) -> EncryptionSetting:
        path, _ = self._setting()
        self._set(path, setting)
        return self.encryption_setting()

    def read_encryption(self, call_id: str) -> Encryption:
        number = protocol.call_number(call_id)
        channels = self._ask_if_known("xStatus", f"MediaChannels Call {number}")
        up = self.calls()
        call = next((call for call in up if call.id == str(number)), None)
        raw = json.dumps({"MediaChannels": channels.raw.split("\n") if channels else None, "Call": [_plain(one) for one in up]},
                         ensure_ascii=False, sort_keys=True)
        return protocol.encryption(channels, call, raw=raw)

    def restart(self) -> None:
        with contextlib.suppress(ConnectionLost):  # OK may or may not arrive before the codec hangs up to restart.
            self._ask("xCommand", "Boot", Action=protocol.Boot.RESTART)

    def close(self) -> None:
        self._shell.close()


def _plain(call: Call) -> dict[str, str | None]:
    return {"id": call.id, "state": call.state.value, "remote": call.remote, "protocol": call.protocol, "suite": call.suite}
