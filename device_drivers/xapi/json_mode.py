"""The xAPI in JSON mode: text into replies, where the resultId is the only safe correlation.  Pure and incremental.

Events interleave, and replies may come out of order.  Layouts: replies recorded by jsxapi's tests (CE 9 and RoomOS).
"""

import codecs
import json
from typing import Any

from device_drivers.errors import CommandRefused, UnexpectedReply

LONGEST_REPLY = 4_000_000  # Characters; the whole status tree is some 100 kB.


class ReplyReader:
    """Turns bytes into JSON replies, however they were cut, skipping anything between them.

    Braces are counted outside strings only; a letter cut between its bytes waits for the rest.  A reply begins a line:
    what looks like one inside a line of terminal mode is a name that somebody chose, and must not pass for an answer.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._parts: list[str] = []
        self._depth, self._in_string, self._escaped = 0, False, False
        self._size = 0
        self._line_begins = True
        self.unreadable = 0

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        """Return the replies that `data` completes."""
        replies = []
        text = self._decoder.decode(data)
        start = 0
        for place, letter in enumerate(text):
            if self._depth == 0:
                if letter == "{" and self._line_begins:
                    start, self._depth = place, 1
                elif not letter.isspace() or letter in "\r\n":
                    self._line_begins = letter in "\r\n"
            elif self._in_string:
                if self._escaped:
                    self._escaped = False
                elif letter == "\\":
                    self._escaped = True
                elif letter == '"':
                    self._in_string = False
            elif letter == '"':
                self._in_string = True
            elif letter == "{":
                self._depth += 1
            elif letter == "}":
                self._depth -= 1
                if self._depth == 0:
                    self._parts.append(text[start : place + 1])
                    replies.extend(self._take())
        if self._depth:
            self._parts.append(text[start:])
            self._size += len(text) - start
            if self._size > LONGEST_REPLY:
                self.unreadable += 1
                self._reset()
        return replies

    def _take(self) -> list[dict[str, Any]]:
        whole = "".join(self._parts)
        self._reset()
        try:
            return [json.loads(whole)]
        except (ValueError, RecursionError):
            self.unreadable += 1
            return []

    def _reset(self) -> None:
        self._parts, self._size = [], 0
        self._depth, self._in_string, self._escaped = 0, False, False


def accepted(reply: dict[str, Any], *, asked: str) -> dict[str, Any]:
    """Return the reply; raise CommandRefused when it is an error in either of the two shapes firmware uses."""
    body = reply.get("CommandResponse", reply)
    if not isinstance(body, dict):
        raise UnexpectedReply(asked=asked, got=json.dumps(reply))
    for name, part in body.items():
        if isinstance(part, dict) and part.get("status", "OK") != "OK":
            reason = part.get("Reason")
            raise CommandRefused(asked=asked, reason=str(reason.get("Value", "") if isinstance(reason, dict) else part["status"]))
        if name == "Configuration" and '"error": "True"' in json.dumps(part):
            raise CommandRefused(asked=asked, reason="illegal value")
    return reply
