"""A transport that replays what a device once said, cut wherever a test wants it cut."""

from collections import deque
from collections.abc import Callable, Iterable

from device_drivers.errors import Silent
from device_drivers.readings import HostKey, SshFacts
from device_drivers.transports.ssh import Deadlines


class TranscriptShell:
    """Keeps the promises of SshShell without a network.

    `answer` is given each line that is sent and returns the bytes the device says to it.
    """

    def __init__(self, greeting: bytes, answer: Callable[[bytes], bytes], cut: Callable[[bytes], Iterable[bytes]] | None = None) -> None:
        self._answer = answer
        self._cut = cut or (lambda data: [data])
        self._waiting: deque[bytes] = deque(self._cut(greeting))
        self.sent: list[bytes] = []
        self.deadlines = Deadlines()
        self.facts = SshFacts(HostKey("ssh-ed25519", "SHA256:transcript"), "replay", "none", "none", "none")
        self.is_open = True

    def send(self, data: bytes) -> None:
        self.sent.append(data)
        self._waiting.extend(self._cut(self._answer(data)))

    def receive(self, *, asked: str, until: float) -> bytes:
        while self._waiting:
            if piece := self._waiting.popleft():
                return piece
        raise Silent(asked=asked, waited_s=self.deadlines.silence_s)

    def close(self) -> None:
        self.is_open = False
