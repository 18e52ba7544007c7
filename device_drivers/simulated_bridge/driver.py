"""The driver of the simulated bridge."""

import threading
import time
from typing import Any

from device_drivers.cisco_roomos.driver import Shell
from device_drivers.readings import ConferenceOnBridge, Grade, Identity, SshFacts
from device_drivers.simulated_bridge import protocol


class SimulatedBridge:
    family = "simulated_bridge"
    supports = frozenset({"participants", "dial", "drop", "lock"})
    best_proof = Grade.NONE
    cannot = "It is a simulator: what it says of a caller's encryption proves nothing about a real call."

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._queue = threading.Lock()
        self._answers = protocol.AnswerReader()
        self._number = 0

    def _ask(self, do: str, **facts: Any) -> dict[str, Any]:
        with self._queue:
            self._number += 1
            self._shell.send(protocol.question(self._number, do, **facts))
            until = time.monotonic() + self._shell.deadlines.reply_s
            while True:
                for answer in self._answers.feed(self._shell.receive(asked=do, until=until)):
                    if answer.get("id") == self._number:
                        return protocol.accepted(answer, asked=do)

    @property
    def is_open(self) -> bool:
        return self._shell.is_open

    @property
    def reached_by(self) -> SshFacts:
        return self._shell.facts

    def identify(self) -> Identity:
        answer = self._ask("identify")
        return Identity(model=str(answer.get("model", "")), serial=str(answer.get("serial", "")),
                        firmware=str(answer.get("firmware", "")), uptime_s=answer.get("uptime_s"), simulated=True)

    def conference(self, address: str) -> ConferenceOnBridge:
        return protocol.conference(self._ask("conference", address=address))

    def dial(self, address: str, remote: str) -> str:
        return protocol.dialled(self._ask("dial", address=address, remote=remote))

    def drop(self, address: str, participant_id: str) -> None:
        self._ask("drop", address=address, participant=participant_id)

    def lock(self, address: str, locked: bool) -> None:
        self._ask("lock", address=address, locked=locked)

    def close(self) -> None:
        self._shell.close()
