"""What a real baresip 1.0.0 printed, and a control socket that replays it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from device_drivers.baresip.driver import Baresip
from device_drivers.transports.transcript import TranscriptShell


def framed(message: dict[str, Any]) -> bytes:
    body = json.dumps(message, ensure_ascii=False).encode()
    return b"%d:%s," % (len(body), body)


def asked_in(data: bytes) -> list[dict[str, str]]:
    """Return the commands in what a driver sent at once."""
    commands = []
    while data:
        length, _, rest = data.partition(b":")
        commands.append(json.loads(rest[: int(length)]))
        data = rest[int(length) + 1 :]
    return commands


@pytest.fixture(scope="session")
def recorded() -> dict[str, Any]:
    return json.loads((Path(__file__).parent / "recorded.json").read_text())


@pytest.fixture
def replaying() -> Callable[..., tuple[Baresip, TranscriptShell]]:
    """Return a function that gives a driver, whose commands are answered by what was printed for them, and its shell.

    Events are said before the replies of the command they stand under.  A command without an entry is one that baresip does not know.
    """

    def build(printed: dict[str, str], events: dict[str, list[dict[str, Any]]] | None = None, cut: Any = None) -> tuple[Baresip, TranscriptShell]:
        def answer(sent: bytes) -> bytes:
            said = b""
            for command in asked_in(sent):
                name = command["command"]
                said += b"".join(framed(event) for event in (events or {}).pop(name, []))
                said += framed({"response": True, "ok": name in printed, "token": command["token"],
                                "data": printed.get(name, f"command not found ({name})\n")})
            return said

        shell = TranscriptShell(b"", answer, cut)
        return Baresip(shell), shell

    return build
