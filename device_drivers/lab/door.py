"""The bridge's door: a UNIX socket at which many ask at once, one JSON object a line.

Whoever comes over SSH is joined to it (`join.py`).  An asker who does not read is shown out: the calls must not wait for anybody.
"""

import contextlib
import json
import queue
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

NAME = "door"  # Of the socket, in the bridge's own folder, which is nobody else's.
LONGEST_LINE = 16_384
Question = tuple[Any, Callable[[dict[str, Any]], None]]  # What was asked, and how to answer whoever asked.


def open_door(folder: Path, asked: "queue.Queue[Question | None]") -> None:
    """Listen in `folder` from now on, and put each question into `asked`."""
    place = folder / NAME
    place.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(place))
    place.chmod(0o600)
    listener.listen()

    def let_in() -> None:
        while True:
            asker, _ = listener.accept()
            threading.Thread(target=_hear, args=(asker, asked), daemon=True).start()

    threading.Thread(target=let_in, daemon=True).start()


def _hear(asker: socket.socket, asked: "queue.Queue[Question | None]") -> None:
    with contextlib.suppress(OSError), asker, asker.makefile("rb") as lines:
        while line := lines.readline(LONGEST_LINE):
            try:
                question = json.loads(line)
            except (ValueError, RecursionError):
                question = None
            if not isinstance(question, dict):
                return  # Where one question ends and the next begins is not known any more.
            asked.put((question, _teller(asker, question.get("number"))))


def _teller(asker: socket.socket, number: object) -> Callable[[dict[str, Any]], None]:
    def tell(answer: dict[str, Any]) -> None:
        data = memoryview(json.dumps({"number": number, "answer": answer}).encode() + b"\n")
        try:
            while data:
                data = data[asker.send(data, socket.MSG_DONTWAIT) :]
        except OSError:
            with contextlib.suppress(OSError):
                asker.shutdown(socket.SHUT_RDWR)

    return tell
