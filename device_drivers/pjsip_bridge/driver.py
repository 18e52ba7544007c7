"""The driver of a PJSIP bridge behind SSH."""

import threading
import time
from typing import Any

from device_drivers.cisco_roomos.driver import Shell
from device_drivers.errors import CommandRefused
from device_drivers.pjsip_bridge import protocol
from device_drivers.readings import ConferenceOnBridge, Grade, Identity, SshFacts, Tri


class PjsipBridge:
    """One PJSIP bridge: its one conference holds everybody who calls it.

    A participant's id is the SIP Call-ID, which the codec at the other end knows too and which is never given to another call.
    """

    family = "pjsip_bridge"
    supports = frozenset({"participants", "drop", "lock"})
    best_proof = Grade.B
    cannot = ("It knows a caller by the address that the caller gives, and cannot show who else has the keys: they travel inside SIP, "
              "readable on the way unless that is SIP over TLS.")

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._queue = threading.Lock()
        self._answers = protocol.AnswerReader()
        self._number = 0

    def _ask(self, do: str, **facts: Any) -> dict[str, Any]:
        """Ask one question and return its answer; late answers to earlier questions are passed over."""
        with self._queue:
            self._number += 1
            self._shell.send(protocol.question(self._number, do, **facts))
            until = time.monotonic() + self._shell.deadlines.reply_s
            while True:
                for number, answer in self._answers.feed(self._shell.receive(asked=do, until=until)):
                    if number == self._number:
                        return protocol.accepted(answer, asked=do)

    @property
    def is_open(self) -> bool:
        return self._shell.is_open

    @property
    def reached_by(self) -> SshFacts:
        return self._shell.facts

    def identify(self) -> Identity:
        return protocol.identity(self._ask("identify"))

    def conference(self, address: str) -> ConferenceOnBridge:
        return protocol.conference(self._ask("conference", address=address))

    def drop(self, address: str, participant_id: str) -> None:
        self._ask("drop", address=address, call=participant_id)

    def lock(self, address: str, locked: bool) -> None:
        """Refuse whoever calls from now on, or let callers in again; raise CommandRefused when it is then not as wanted."""
        self._ask("lock", address=address, locked=locked)
        if self.conference(address).locked is not (Tri.YES if locked else Tri.NO):
            raise CommandRefused(asked=f"lock {locked}", reason="it says that it did, and is not")

    def close(self) -> None:
        self._shell.close()
