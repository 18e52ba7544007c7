"""The driver of a Linux room PC with baresip: the protocol joined to a channel that SSH forwards to its control socket.

The control socket serves one client, the newest: whoever connects later takes it, and the earlier one sees its connection end.
"""

import contextlib
import threading
import time
from collections import OrderedDict, deque
from typing import Any, Protocol

from device_drivers.baresip import media, protocol
from device_drivers.baresip.netstrings import MessageReader, command, one_word
from device_drivers.errors import CommandRefused, ConnectionLost, Silent, UnexpectedReply
from device_drivers.readings import Call, CallState, CodecStatus, Encryption, EncryptionSetting, Grade, Identity, SshFacts, Tri
from device_drivers.transports.ssh import Deadlines

EVENTS_KEPT = 500
CALLS_REMEMBERED = 50
FIRST_SIGN_S = 2.0  # After dialling: a refusal comes within a round trip or two, and an address that is not there says nothing for half a minute.


class Shell(Protocol):
    facts: SshFacts
    deadlines: Deadlines

    @property
    def is_open(self) -> bool: ...

    def send(self, data: bytes) -> None: ...
    def receive(self, *, asked: str, until: float) -> bytes: ...
    def close(self) -> None: ...


class Baresip:
    """One room PC behind one forwarded channel.

    Commands may be sent together; they are carried out in order, and replies are known by their tokens.
    """

    family = "baresip"
    supports = frozenset({"dial", "answer", "hang_up", "mute", "require_encryption", "read_encryption_per_stream", "restart"})
    best_proof = Grade.A
    cannot = ("It cannot show who else has the keys: they travel inside SIP, readable on the way unless every hop is SIP over TLS, "
              "of which only the first is seen; and nothing shows whether the microphones are muted but the command that toggles them.")

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._queue = threading.RLock()
        self._messages = MessageReader()
        self._number = 0
        self.events: deque[dict[str, Any]] = deque(maxlen=EVENTS_KEPT)
        self.events_dropped = 0
        self._endings: OrderedDict[str, str] = OrderedDict()  # The last words about calls that ended, by id.
        self._sign: str | None = None  # The id of the call that was dialled last, once an event has named it.
        self._suites: OrderedDict[str, dict[str, str]] = OrderedDict()  # What CALL_MENC told, by call and medium.

    # Asking

    def _ask(self, name: str, params: str = "") -> str:
        """Send one command and return what it printed; raise CommandRefused."""
        with self._queue:
            return protocol.accepted(self._ask_all((name, params))[0], asked=protocol.without_secrets(f"{name} {params}".strip()))

    def _ask_all(self, *commands: tuple[str, str]) -> list[dict[str, Any]]:
        """Send commands together and return their replies, in order.

        The silence deadline counts from the last byte, the reply deadline from the first.  A connection on which messages can no
        longer be told apart is closed.
        """
        asked = " + ".join(name for name, _ in commands)
        with self._queue:
            tokens = []
            for _ in commands:
                self._number += 1
                tokens.append(f"r{self._number}")
            self._shell.send(b"".join(command(name, params, token=token) for (name, params), token in zip(commands, tokens, strict=True)))
            until = time.monotonic() + self._shell.deadlines.reply_s
            replies: dict[str, dict[str, Any]] = {}
            while len(replies) < len(commands):
                for message in self._hear(asked, until):
                    if message.get("token") in tokens:
                        replies[message["token"]] = message
            return [replies[token] for token in tokens]

    def _printed(self, *commands: tuple[str, str]) -> list[str]:
        replies = self._ask_all(*commands)
        return [protocol.accepted(reply, asked=name) for reply, (name, _) in zip(replies, commands, strict=True)]

    def _hear(self, asked: str, until: float) -> list[dict[str, Any]]:
        """Return the next replies, perhaps none; events are kept, oldest dropped first and counted."""
        try:
            messages = self._messages.feed(self._shell.receive(asked=asked, until=until))
        except UnexpectedReply:
            self._shell.close()
            raise
        for message in messages:
            if message.get("event") is True:
                self._note(message)
        return [message for message in messages if message.get("response") is True]

    def _note(self, event: dict[str, Any]) -> None:
        self.events_dropped += len(self.events) == EVENTS_KEPT
        self.events.append(event)
        call_id, about = event.get("id"), event.get("param")
        if not isinstance(call_id, str) or not isinstance(about, str):
            return
        if event.get("direction") == "outgoing":
            self._sign = call_id
        if event.get("type") == "CALL_CLOSED":
            self._endings[call_id] = about
            self._suites.pop(call_id, None)
        elif event.get("type") == "CALL_MENC" and about.count(",") == 2:
            _, medium, suite = about.split(",")
            self._suites.setdefault(call_id, {})[medium] = suite
        for remembered in (self._endings, self._suites):
            while len(remembered) > CALLS_REMEMBERED:
                remembered.popitem(last=False)

    # What a room PC can do

    @property
    def is_open(self) -> bool:
        return self._shell.is_open

    @property
    def reached_by(self) -> SshFacts:
        return self._shell.facts

    def identify(self) -> Identity:
        sysinfo, uuid = self._ask_all(("sysinfo", ""), ("uuid", ""))
        return protocol.identity(protocol.accepted(sysinfo, asked="sysinfo"), _if_accepted(uuid, "uuid"))

    def status(self) -> CodecStatus:
        """Return a fresh look.  A room that needs no registrar (`regint=0`) counts as registered, and the word says so."""
        with self._queue:
            identity = self.identify()
            modules, apistate = self._printed(("modules", ""), ("apistate", ""))
            registered, word = protocol.registration(apistate)
            return CodecStatus(identity=identity, registered=registered, registration=word, can_encrypt=protocol.can_encrypt(modules),
                               calls=self.calls())

    readiness = status  # Nothing of it is measured.

    def calls(self) -> tuple[Call, ...]:
        """Return the calls of all lines.  `listcalls` has no ids: each call is made the current one for a moment to learn its id."""
        with self._queue:
            listed, callstat = self._printed(("listcalls", ""), ("callstat", ""))
            up = protocol.lines(listed)
            if len(up) < 2:
                call_id = protocol.call_id_in(callstat)
                return tuple(line.as_call(call_id, incoming=protocol.incoming_in(callstat)) for line in up) if call_id else ()
            looks = self._printed(*(look for line in up for look in (("line", str(line.number)), ("callstat", ""))))
            ids = [protocol.call_id_in(text) for text in looks[1::2]]
            for line in up:
                if line.is_current:
                    self._ask("line", str(line.number))
            came_in = [protocol.incoming_in(text) for text in looks[1::2]]
            return tuple(line.as_call(call_id, incoming=incoming) for line, call_id, incoming in zip(up, ids, came_in, strict=True) if call_id)

    def why_ended(self, call_id: str) -> str | None:
        """Return baresip's words for the end of a call, such as "488 Not Acceptable Here"; None when this connection did not hear it."""
        return self._endings.get(call_id)

    def dial(self, address: str) -> str:
        """Start dialling and return the call's id; raise CommandRefused with the reason when the refusal comes at once.

        baresip would open a second call next to one that is up, so that is refused here.
        """
        wanted = protocol.address_to_dial(address)
        with self._queue:
            up = protocol.lines(self._ask("listcalls"))
            if up:
                raise CommandRefused(asked=f"dial {wanted}", reason=f"a call is up already: {up[0].remote}")
            self._sign = None
            self._ask("dial", wanted)
            call_id = self._first_sign(wanted) or protocol.call_id_in(self._ask("callstat"))
            if call_id is None or call_id in self._endings:
                raise CommandRefused(asked=f"dial {wanted}", reason=self._endings.get(call_id or "", "no call came up"))
            return call_id

    def _first_sign(self, wanted: str) -> str | None:
        """Wait for the first event that names the call just dialled; return its id, or None when nothing is heard for a while."""
        until = time.monotonic() + min(FIRST_SIGN_S, self._shell.deadlines.silence_s)
        with contextlib.suppress(Silent):
            while self._sign is None:
                self._hear(f"dial {wanted}", until)
        return self._sign

    def hang_up(self, call_id: str) -> None:
        """Hang up this call and no other: `hangup` ends the current line, so the call is made current first and looked at."""
        with self._queue:
            self._make_current(call_id)
            self._ask("hangup")

    def _make_current(self, call_id: str) -> None:
        found, callstat = self._ask_all(("callfind", one_word(call_id)), ("callstat", ""))
        if _if_accepted(found, "callfind") is None or protocol.call_id_in(protocol.accepted(callstat, asked="callstat")) != call_id:
            raise CommandRefused(asked=f"callfind {call_id}", reason="no such call")

    def answer(self, call_id: str) -> None:
        """Accept this call.  Refused next to another one, which baresip would put on hold.

        baresip says "Answering incoming call" whether or not one rings, so whether this one does is looked at first.
        """
        with self._queue:
            self._make_current(call_id)
            up = protocol.lines(self._ask("listcalls"))
            if len(up) != 1 or up[0].state is not CallState.RINGING:
                why = f"it is {up[0].state.value}" if len(up) == 1 else "another call is up"
                raise CommandRefused(asked=f"accept {call_id}", reason=why)
            self._ask("accept")

    def muted(self) -> Tri:
        """Return unknown: nothing but the toggle tells the state, and toggling would open or cut the microphones for a moment."""
        return Tri.UNKNOWN

    def mute(self, muted: bool) -> Tri:
        """Mute or unmute the current call, and return what baresip said last.  Raises CommandRefused without a call.

        `mute` toggles and nothing shows the state, so it is learnt by toggling, and toggled back when it was right before.
        """
        with self._queue:
            now = protocol.now_muted(self._ask("mute"))
            if now is not muted:
                now = protocol.now_muted(self._ask("mute"))
            return Tri.YES if now else Tri.NO

    def encryption_setting(self) -> EncryptionSetting:
        return protocol.account(self._ask("uastat")).setting

    def set_encryption(self, setting: EncryptionSetting) -> EncryptionSetting:
        """Make the account anew with another wish and return what was read back.  Refused in a call, which would be cut.

        The new account comes before the old one goes, so that a controller that is killed in between leaves a room that can call;
        what such a one left behind is cleared here.  baresip forgets the change when it restarts: its file counts then.
        """
        with self._queue:
            listed, reginfo, uastat = self._printed(("listcalls", ""), ("reginfo", ""), ("uastat", ""))
            account, all_accounts = protocol.account(uastat), protocol.accounts(reginfo)
            if protocol.lines(listed):
                raise CommandRefused(asked="uanew", reason="a call is up")
            if set(all_accounts) != {account.aor}:
                raise CommandRefused(asked="uanew", reason=f"the room PC has other accounts too: {', '.join(all_accounts)}")
            if account.mediaenc != protocol.SETTINGS[setting] or len(all_accounts) != 1:
                self._ask("uanew", account.wishing(setting).line)
                for _ in all_accounts:
                    self._ask("uadel", account.aor)
            reginfo, uastat = self._printed(("reginfo", ""), ("uastat", ""))
            if len(protocol.accounts(reginfo)) != 1:
                raise UnexpectedReply(asked="reginfo", got=protocol.without_secrets(reginfo))
            return protocol.account(uastat).setting

    def read_encryption(self, call_id: str) -> Encryption:
        """Read the active call back: its suites, and of each stream whether it is secure and flows."""
        with self._queue:
            asked = {"callfind": ("callfind", one_word(call_id)), "callstat": ("callstat", ""),
                     **{name: (name, "") for name in media.DEBUG.values()}, "sipstat": ("sipstat", ""), media.AFTER: ("callstat", "")}
            replies = self._ask_all(*asked.values())
            printed = {name: _if_accepted(reply, name) for name, reply in zip(asked, replies, strict=True)}
            return media.encryption(printed, call_id, self._suites.get(call_id, {}))

    def restart(self) -> None:
        """End the softphone, which its service starts anew; only its return with a small uptime is a success."""
        with contextlib.suppress(ConnectionLost):
            self._ask("quit")

    def close(self) -> None:
        self._shell.close()


def _if_accepted(reply: dict[str, Any], name: str) -> str | None:
    """Return what a command printed; None when baresip does not know it, as without a call or a module."""
    try:
        return protocol.accepted(reply, asked=name)
    except CommandRefused:
        return None

