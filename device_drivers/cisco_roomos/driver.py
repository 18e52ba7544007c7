"""The driver of Cisco CE / RoomOS codecs: the protocol joined to a shell, one command at a time."""

import contextlib
import json
import string
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from device_drivers.cisco_roomos import modes, protocol
from device_drivers.errors import CommandRefused, ConnectionLost, Silent, UnexpectedReply
from device_drivers.readings import Call, CallState, CodecStatus, Encryption, EncryptionSetting, Grade, Identity, Measured, Tri
from device_drivers.xapi import feedback, passwords, terminal
from device_drivers.xapi.beside import Beside
from device_drivers.xapi.conversation import Heard, Shell, XapiCodec
from device_drivers.xapi.words import one_call, plain, shown_text


class CiscoRoomos(XapiCodec):
    """One codec behind one shell.

    Replies are read in JSON mode; firmware that has none is understood in terminal mode.
    """

    family = "cisco_roomos"
    supports = frozenset({"dial", "answer", "hang_up", "mute", "message", "require_encryption", "read_encryption_per_stream", "restart",
                          "feedback", "backup", "measure_calls", "set_password"})
    password_length = 24
    password_letters = "".join(letter for letter in string.ascii_letters + string.digits if letter not in "Il1O0o")
    best_proof = Grade.A
    cannot = "Its media streams say On or Off, and none of them names its cipher suite."

    def __init__(self, shell: Shell) -> None:
        self._reader = modes.EitherReader()
        self._watching, self._tells_list = False, True
        self._beside: Beside[dict[str, Any]] = Beside(lambda path: self._ask("xStatus", path))
        super().__init__(shell, self._reader, mode="json", owed=1)  # The mode may yet be answered by a bare word.

    @property
    def mode(self) -> str:
        """How the codec answers: "json", or "terminal" where the firmware has no JSON; empty before the first answer."""
        return self._reader.mode

    def _ask(self, root: str, path: str, *, setting: str | None = None, **parameters: str) -> dict[str, Any]:
        """Send one command, or one setting, and return its reply, in the shape of JSON mode.

        A bare OK is enough of an answer to a setting: what counts is the setting as read back.
        """
        asked = f"{root} {path}"

        def line(result_id: str) -> bytes:
            return (protocol.line(root, path, result_id=result_id, **parameters) if setting is None
                    else protocol.setting_line(path, setting, result_id=result_id))

        heard = self._talk.ask(line, asked=asked, ok_is_enough=setting is not None)
        return {} if heard.word == "OK" else modes.understood(heard, asked=asked)

    def _ask_if_known(self, path: str) -> dict[str, Any] | None:
        """Return a status, or None when the codec says that it has nothing at this path."""
        try:
            return self._ask("xStatus", path)
        except CommandRefused as error:
            if error.reason.startswith(terminal.NO_MATCH):
                return None
            raise

    def identify(self) -> Identity:
        return protocol.identity(self._ask("xStatus", "SystemUnit"))

    def status(self) -> CodecStatus:
        """Return a fresh look.  What the codec refuses to tell, or is silent to, beside who and where it is, stays unknown."""
        unit, sip, calls, beside = self._ask("xStatus", "SystemUnit"), self._ask("xStatus", "SIP"), self.calls(), self._beside.look()
        measured = (*protocol.system_state(unit), *protocol.signalling(sip),
                    protocol.microphones_muted(beside("Audio Microphones Mute") or {}), protocol.volume(beside("Audio Volume") or {}),
                    protocol.standby_state(beside("Standby State") or {}),
                    *protocol.diagnostics(beside("Diagnostics")), *self._quality_of(calls, beside))
        return replace(self._readiness(unit, sip, calls), measured=measured, camera=protocol.camera(beside(protocol.CAMERAS)),
                       microphone=protocol.microphone(beside(protocol.MICROPHONES), product=protocol.identity(unit).model),
                       clock_at=protocol.clock_at(beside(protocol.CLOCK)))  # Last, for whoever compares it takes the look's end.

    def readiness(self) -> CodecStatus:
        told = self._readiness(self._ask("xStatus", "SystemUnit"), self._ask("xStatus", "SIP"), self.calls())
        return replace(told, clock_at=protocol.clock_at(self._beside.look()(protocol.CLOCK)))

    def _readiness(self, unit: dict[str, Any], sip: dict[str, Any], calls: tuple[Call, ...]) -> CodecStatus:
        registered, word = protocol.registration(sip)
        return CodecStatus(identity=protocol.identity(unit), registered=registered, registration=word, can_encrypt=protocol.can_encrypt(unit),
                           calls=calls)

    def calls(self) -> tuple[Call, ...]:
        reply = self._ask_if_known("Call")  # Some firmware says this instead of an empty status when no call is up.
        return () if reply is None else protocol.calls(reply)

    def measure_calls(self) -> tuple[Measured, ...]:
        """Return packet loss (percent) and jitter (ms) of every media channel of every call.  Raises Silent."""

        def ask(path: str) -> dict[str, Any] | None:
            try:
                return self._ask("xStatus", path)
            except (CommandRefused, UnexpectedReply):
                return None

        return self._quality_of(self.calls(), ask)

    def _quality_of(self, calls: Iterable[Call], ask: Callable[[str], dict[str, Any] | None]) -> tuple[Measured, ...]:
        return tuple(one for call in calls if call.state is not CallState.DISCONNECTING and call.id.isdecimal()
                     for one in protocol.quality(ask(f"MediaChannels Call {call.id}") or {}, call.id))

    def dial(self, address: str) -> str:
        return protocol.dialled(self._ask("xCommand", "Dial", Number=address, Protocol="Sip"))

    def hang_up(self, call_id: str) -> None:
        self._ask("xCommand", "Call Disconnect", CallId=one_call(call_id))

    def answer(self, call_id: str) -> None:
        self._obeyed("Call Accept", CallId=one_call(call_id))

    def mute(self, muted: bool) -> Tri:
        self._ask("xCommand", "Audio Microphones Mute" if muted else "Audio Microphones Unmute")
        return self.muted()

    def muted(self) -> Tri:
        return protocol.muted(self._ask("xStatus", "Audio Microphones Mute"))

    def message(self, text: str, seconds: int) -> None:
        self._obeyed("UserInterface Message Alert Display", Text=shown_text(text, seconds), Duration=str(seconds))

    def _obeyed(self, path: str, **parameters: str) -> None:
        protocol.obeyed(self._ask("xCommand", path, **parameters), asked=f"xCommand {path}")

    def encryption_setting(self) -> EncryptionSetting:
        return protocol.encryption_setting(self._ask("xConfiguration", "Conference Encryption Mode"))

    def set_encryption(self, setting: EncryptionSetting) -> EncryptionSetting:
        if not self.mode:
            self.encryption_setting()  # In terminal mode a bare OK may be all the answer there is: first know the mode.
        self._ask("xConfiguration", "Conference Encryption Mode", setting=setting.value)
        return self.encryption_setting()

    def read_encryption(self, call_id: str) -> Encryption:
        if not call_id.isdigit():
            raise UnexpectedReply(asked="call id", got=call_id)
        channels = self._ask_if_known(f"MediaChannels Call {call_id}")  # Early CE firmware has none: the call's word is all there is.
        up = self.calls()
        call = next((call for call in up if call.id == call_id), None)
        raw = json.dumps({"MediaChannels": channels, "Call": [plain(one) for one in up]}, ensure_ascii=False, sort_keys=True)
        return protocol.encryption(channels, call, raw=raw)

    def restart(self) -> None:
        with contextlib.suppress(ConnectionLost):  # OK may or may not arrive before the codec hangs up to restart.
            self._ask("xCommand", "SystemUnit Boot", Action="Restart")

    def set_password(self, password: str, *, current: str) -> None:
        """Give the account this connection is signed in with another password; the account has to be an administrator's.

        Returning means that the codec said OK, and no more.  No error shows either password, whatever the codec said.
        """
        asked = f"xCommand {protocol.SET_PASSWORD}"
        new, old = protocol.password(password), protocol.password(current)
        try:
            reply = self._ask("xCommand", protocol.SET_PASSWORD, NewPassphrase=new, Username=self.reached_by.account, YourPassphrase=old)
            protocol.obeyed(reply, asked=asked)
        except (CommandRefused, UnexpectedReply) as error:
            failed = passwords.without(error, new, old)
        else:
            return
        raise failed  # Not while the other is handled, or it would come along as the context.

    def backup(self) -> str:
        """Return the configuration as sorted lines `path: value`, without secrets."""
        heard = self._talk.ask(lambda result_id: protocol.configuration_line(result_id=result_id), asked="xConfiguration")
        return protocol.backup(modes.understood(heard, asked="xConfiguration"))

    # What the codec reports by itself

    def watch(self, paths: Iterable[str] = feedback.MINIMAL) -> feedback.Registered:
        """Have the codec report these expressions, and again those it has lost since; none is registered twice.

        Registering sends no current value: read the status afterwards.
        """
        wanted = feedback.checked(paths)
        again = self._watching
        there = self.watched() if again else frozenset()
        self._watching = True
        missing = [path for path in wanted if there is None or feedback.folded(path) not in there]
        refused = []
        for path in missing:
            if there is None:  # Nobody knows whether it is still registered; twice would report everything twice.
                with contextlib.suppress(CommandRefused):
                    self._feedback("Deregister", path)
            try:
                self._feedback("Register", path)
            except CommandRefused:
                refused.append(path)
        new = tuple(path for path in missing if path not in refused)
        return feedback.Registered(new=new, lost=new if again and there is not None else (), refused=tuple(refused),
                                   listed=self.watched() if missing else there)

    def watched(self) -> frozenset[str] | None:
        """Return the expressions that the codec says are registered, in lower case; None when it does not tell."""
        if not self._tells_list:
            return None
        try:
            heard = self._talk.ask(lambda result_id: protocol.feedback_line("list", result_id=result_id), asked="xFeedback list",
                                   or_else=_names_expressions)
            if isinstance(heard.body, terminal.Reply):
                return feedback.listed(terminal.accepted(heard.body, asked="xFeedback list"))
            found = feedback.listed(modes.understood(heard, asked="xFeedback list"))
        except (CommandRefused, Silent, UnexpectedReply):
            found = None
        self._tells_list = found is not None  # Not asked again, for not answering costs time.
        return found

    def _feedback(self, verb: str, path: str) -> None:
        asked = f"xFeedback {verb} {path}"
        heard = self._talk.ask(lambda result_id: protocol.feedback_line(verb, path, result_id=result_id), asked=asked, ok_is_enough=True)
        if heard.word != "OK":
            modes.understood(heard, asked=asked)

    def listen(self, for_s: float) -> None:
        """Wait for something that the codec reports, at most so long."""
        self._talk.listen(for_s)

    def events(self) -> list[dict[str, Any]]:
        """Return what the codec reported by itself since the last time, oldest first, in the shape of JSON mode."""
        return [modes.event_of(body) for body in super().events()]


def _names_expressions(heard: Heard) -> bool:
    """True for a list of feedback expressions, which bears no id on some firmware."""
    return isinstance(heard.body, terminal.Reply) and any(leaf.mark == terminal.PATH for leaf in heard.body.leaves)
