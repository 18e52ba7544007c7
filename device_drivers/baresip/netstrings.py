"""baresip's control socket as bytes and messages: netstrings that hold JSON.  Pure and incremental.

`<length>:<json>,` where length counts the bytes of the JSON.  Commands carry a token and their replies repeat it; events carry none.
"""

import json
import re
from typing import Any

from device_drivers.errors import UnexpectedReply, UnsafeValue

LONGEST_MESSAGE = 1_000_000  # Bytes; what a call prints is some 5 kB.
_DIGITS = len(str(LONGEST_MESSAGE))
_NAME = re.compile(r"[a-z_]+")


def command(name: str, params: str = "", *, token: str) -> bytes:
    """Return one command as a netstring.  This is the only place where one is built.

    JSON keeps `params` apart from the rest, but baresip cuts them at white space and takes an empty one for the last one used:
    whoever passes a value of somebody else's sends it through `one_word` first.
    """
    if not _NAME.fullmatch(name) or any(not letter.isprintable() for letter in params) or len(params) > 1000:
        raise UnsafeValue(f"{name} {params}")
    body = json.dumps({"command": name, "params": params, "token": token}, ensure_ascii=False).encode()
    return b"%d:%s," % (len(body), body)


def one_word(value: str) -> str:
    """Return `value`; raise UnsafeValue unless it is one printable word without quotes, brackets and parameters."""
    if not value or len(value) > 255 or any(letter.isspace() or not letter.isprintable() or letter in "\"'<>;,\\|" for letter in value):
        raise UnsafeValue(value)
    return value


class MessageReader:
    """Turns bytes into messages, however they were cut."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.unreadable = 0

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        """Return the messages that `data` completes.

        What is well framed and no JSON object is counted and left out.  Raises UnexpectedReply when the framing itself is lost:
        nothing that follows can be read then, and the connection is of no more use.
        """
        self._buffer += data
        messages = []
        while (whole := self._take()) is not None:
            try:
                message = json.loads(whole.decode("utf-8", "replace"))
            except (ValueError, RecursionError):
                message = None
            if isinstance(message, dict):
                messages.append(message)
            else:
                self.unreadable += 1
        return messages

    def _take(self) -> bytes | None:
        colon = self._buffer.find(b":", 0, _DIGITS + 1)
        head = bytes(self._buffer[: _DIGITS + 1 if colon < 0 else colon])
        if head and not (head.isdigit() and len(head) <= _DIGITS and int(head) <= LONGEST_MESSAGE):
            raise self._lost()
        if colon < 0:
            return None
        if colon == 0:
            raise self._lost()
        end = colon + 1 + int(head)
        if len(self._buffer) <= end:
            return None
        if self._buffer[end : end + 1] != b",":
            raise self._lost()
        whole = bytes(self._buffer[colon + 1 : end])
        del self._buffer[: end + 1]
        return whole

    def _lost(self) -> UnexpectedReply:
        # The beginning only: further on there may be keys.
        return UnexpectedReply(asked="a netstring", got=self._buffer[:20].decode("utf-8", "replace"))
