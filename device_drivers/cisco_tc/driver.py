"""The driver of Cisco TC codecs: the protocol joined to a shell, one command at a time."""

import contextlib
import json
from dataclasses import replace

from device_drivers.cisco_tc import protocol
from device_drivers.errors import CommandRefused, ConnectionLost
from device_drivers.readings import Call, CodecStatus, Encryption, EncryptionSetting, Grade, Identity, Tri
from device_drivers.xapi import terminal
from device_drivers.xapi.beside import Beside
from device_drivers.xapi.conversation import Shell, TerminalReader, XapiCodec
from device_drivers.xapi.words import one_call, plain, shown_text

ENCRYPTION_PATHS = ("Conference Encryption Mode", "Conference 1 Encryption Mode")  # Which of them depends on the firmware.


class CiscoTc(XapiCodec):
    """One codec behind one shell.

    It promises the call's own word for its encryption.  Where the codec also shows its channels, every one of them is
    read and counts, which is more than is promised: no guide at hand spells the word for an encrypted channel.
    """

    family = "cisco_tc"
    supports = frozenset({"dial", "answer", "hang_up", "mute", "message", "require_encryption", "read_encryption_per_call", "restart", "backup"})
    best_proof = Grade.B
    cannot = "It promises the call's own word for its encryption, and shows the media streams only where the firmware does."

    def __init__(self, shell: Shell) -> None:
        self._beside: Beside[terminal.Reply] = Beside(lambda path: self._ask("xStatus", path))
        super().__init__(shell, TerminalReader(), mode="terminal")

    def _ask(self, root: str, path: str, **parameters: protocol.Value) -> terminal.Reply:
        """Send one command and return its reply."""
        asked = f"{root} {path}"
        heard = self._talk.ask(lambda result_id: protocol.line(root, path, result_id=result_id, **parameters), asked=asked)
        return terminal.accepted(heard.body, asked=asked)

    def _set(self, path: str, setting: EncryptionSetting) -> None:
        """Send a setting.  A bare OK is enough of an answer, for what counts is the setting as read back afterwards."""
        asked = f"xConfiguration {path}"
        heard = self._talk.ask(lambda result_id: protocol.setting_line(path, setting, result_id=result_id), asked=asked, ok_is_enough=True)
        if heard.word != "OK":
            terminal.accepted(heard.body, asked=asked)

    def identify(self) -> Identity:
        return protocol.identity(self._ask("xStatus", "SystemUnit"))

    def status(self) -> CodecStatus:
        """Return a fresh look.  The guides at hand tell of no camera, no connected microphone and no clock: they stay unknown."""
        unit, sip, calls, beside = self._ask("xStatus", "SystemUnit"), self._ask("xStatus", "SIP"), self.calls(), self._beside.look()
        measured = (*protocol.system_state(unit), *protocol.signalling(sip),
                    protocol.microphones_muted(beside("Audio Microphones Mute")), protocol.volume(beside("Audio Volume")),
                    protocol.standby_state(beside("Standby State")))
        return replace(self._readiness(unit, sip, calls), measured=measured)

    def readiness(self) -> CodecStatus:
        return self._readiness(self._ask("xStatus", "SystemUnit"), self._ask("xStatus", "SIP"), self.calls())

    def _readiness(self, unit: terminal.Reply, sip: terminal.Reply, calls: tuple[Call, ...]) -> CodecStatus:
        registered, word = protocol.registration(sip)
        return CodecStatus(identity=protocol.identity(unit), registered=registered, registration=word,
                           can_encrypt=protocol.can_encrypt(unit), calls=calls)

    def calls(self) -> tuple[Call, ...]:
        reply = self._ask_if_known("xStatus", "Call")
        return () if reply is None else protocol.calls(reply)

    def _ask_if_known(self, root: str, path: str) -> terminal.Reply | None:
        """Return the reply, or None when the codec says that it has nothing at this path."""
        try:
            return self._ask(root, path)
        except CommandRefused as error:
            if error.reason.startswith(terminal.NO_MATCH):
                return None
            raise

    def dial(self, address: str) -> str:
        return protocol.dialled(self._ask("xCommand", "Dial", Number=address, Protocol=protocol.Signalling.SIP))

    def hang_up(self, call_id: str) -> None:
        self._ask("xCommand", "Call Disconnect", CallId=protocol.call_number(one_call(call_id)))

    def answer(self, call_id: str) -> None:
        self._obeyed("Call Accept", CallId=protocol.call_number(one_call(call_id)))

    def mute(self, muted: bool) -> Tri:
        self._ask("xCommand", "Audio Microphones Mute" if muted else "Audio Microphones Unmute")
        return self.muted()

    def muted(self) -> Tri:
        return protocol.muted(self._ask("xStatus", "Audio Microphones Mute"))

    def message(self, text: str, seconds: int) -> None:
        self._obeyed("Message Alert Display", Text=shown_text(text, seconds), Duration=seconds)

    def _obeyed(self, path: str, **parameters: protocol.Value) -> None:
        protocol.obeyed(self._ask("xCommand", path, **parameters), asked=f"xCommand {path}")

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
        raw = json.dumps({"MediaChannels": channels.raw.split("\n") if channels else None, "Call": [plain(one) for one in up]},
                         ensure_ascii=False, sort_keys=True)
        return protocol.encryption(channels, call, raw=raw)

    def restart(self) -> None:
        with contextlib.suppress(ConnectionLost):  # OK may or may not arrive before the codec hangs up to restart.
            self._ask("xCommand", "Boot", Action=protocol.Boot.RESTART)

    def backup(self) -> str:
        """Return the configuration as sorted lines `path: value`, without secrets."""
        heard = self._talk.ask(lambda result_id: protocol.configuration_line(result_id=result_id), asked="xConfiguration")
        return protocol.backup(terminal.accepted(heard.body, asked="xConfiguration"))
