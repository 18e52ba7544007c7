"""The xAPI in terminal mode: text into leaves, and leaves into the shape of JSON mode.  Pure and incremental.

A reply is lines `*s`, `*c` or `*r`, then `** resultId: "..."`, then `** end`.  The resultId is the only safe correlation.
A block that does not end as it should is dropped whole: half a reading is none.
Layouts: the C90 integrator guide D14128 and the SX20, SX80 and C60 API guides; CE 9 and RoomOS 11 are the same.
"""

import codecs
import re
from dataclasses import dataclass
from typing import Any

from device_drivers.errors import CommandRefused, UnexpectedReply

LONGEST_REPLY = 4_000_000  # Characters; the whole status tree is some 100 kB.
NO_MATCH = "No match on address expression"
RESULT = "*r"  # The mark of what came of a command.
PATH = "/"  # The mark of a line that names a feedback expression, as `xFeedback list` prints them.
_ANSI = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
_BODY = re.compile(r"[^\w*\"]?(\*[a-z]) +(.*)")  # One stray letter may stand in front, as `]*s` in a recording.
_LEAF = re.compile(r"(?P<path>\w[\w.-]*(?: [\w.-]+)*)(?: \((?P<note>[^()]*)\))?:(?: (?P<value>.*))?")
_RESULT_ID = re.compile(r'\*\* resultId: "?([^"]*)"?')
_EXPRESSION = re.compile(r"(/[\w.-]+(\[\w+\])?)+/?")


# Replies, cut anywhere


@dataclass(frozen=True, slots=True)
class Leaf:
    """One line of a reply: `*s Call 3 Status: Connected` is path ("Call", "3", "Status"), value "Connected".

    `note` is what stands in brackets, such as "status=OK" or "ghost=True"; `readable` is False for a line of another shape.
    """

    mark: str
    path: tuple[str, ...]
    value: str
    note: str = ""
    readable: bool = True


@dataclass(frozen=True, slots=True)
class Reply:
    """A block that ended with `** end`, or a bare word (OK, ERROR, Command not recognized.) that stands alone."""

    result_id: str | None = None
    leaves: tuple[Leaf, ...] = ()
    word: str = ""
    raw: str = ""


class ReplyReader:
    """Turns bytes into replies, however they were cut, skipping echoes, prompts and usage texts between them.

    Lines may end in CR LF, LF, CR or several of them; a letter cut between its bytes waits for the rest.  A block that
    meets a bare word before its end, bears two resultIds or is too long is dropped and counted in `unreadable`.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._line: list[str] = []
        self._size = 0
        self._reset()
        self.unreadable = 0

    def _reset(self) -> None:
        self._raw: list[str] = []
        self._leaves: list[Leaf] = []
        self._result_id: str | None = None
        self._spoiled, self._size = False, 0

    def feed(self, data: bytes) -> list[Reply]:
        """Return the replies that `data` completes."""
        *whole, rest = self._decoder.decode(data).replace("\r", "\n").split("\n")
        replies: list[Reply] = []
        for text in whole:
            replies += self._take("".join([*self._line, text]))
            self._line = []
        self._size += len(data)
        if self._size > LONGEST_REPLY:
            self._spoiled, self._line, self._raw, self._leaves, self._size = True, [], [], [], 0
        if rest:
            self._line.append(rest)
        return replies

    def _take(self, text: str) -> list[Reply]:
        text = _ANSI.sub("", text).strip(" \t")
        if text in ("OK", "ERROR", "Command not recognized."):
            self.unreadable += bool(self._leaves or self._result_id or self._spoiled)
            self._reset()
            return [Reply(word=text)]
        if text == "** end":
            reply = Reply(self._result_id, tuple(self._leaves), raw="\n".join(self._raw))
            spoiled = self._spoiled
            self.unreadable += spoiled
            self._reset()
            return [] if spoiled else [reply]
        if found := _RESULT_ID.fullmatch(text):
            self._spoiled = self._spoiled or self._result_id not in (None, found[1])
            self._result_id = found[1]
        elif self._spoiled:
            return []
        elif (found := _BODY.fullmatch(text)) and text != "*r Login successful":
            self._raw.append(text)
            self._leaves.append(_leaf(found[1], found[2]))
        elif _EXPRESSION.fullmatch(text):
            self._leaves.append(Leaf(PATH, (), text))
        return []


def _leaf(mark: str, text: str) -> Leaf:
    found = _LEAF.fullmatch(text)
    if found is None:
        return Leaf(mark, (), text, readable=False)
    value = (found["value"] or "").strip()
    whole = not value.startswith('"') or (len(value) > 1 and value.endswith('"'))  # Half a value is none: the rest went to another line.
    return Leaf(mark, tuple(found["path"].split(" ")), _unquoted(value), found["note"] or "", readable=whole)


def _unquoted(value: str) -> str:
    if len(value) < 2 or not (value.startswith('"') and value.endswith('"')):
        return value
    return re.sub(r"\\(.)", r"\1", value[1:-1])


def accepted(reply: Reply, *, asked: str) -> Reply:
    """Return the reply; raise CommandRefused when it is an error, UnexpectedReply when a line of it has no known shape."""
    if reply.word:
        raise CommandRefused(asked=asked, reason=reply.word)
    for leaf in reply.leaves:
        name, _, word = leaf.note.partition("=")
        if (name, word) == ("error", "True") or (name == "status" and word != "OK"):
            reasons = [other.value for other in reply.leaves
                       if other.path and other.path[-1] in ("Reason", "Cause", "Description", "Error") and other.value]
            raise CommandRefused(asked=asked, reason=": ".join(reasons) or leaf.value or word)
    if not all(leaf.readable for leaf in reply.leaves):
        raise UnexpectedReply(asked=asked, got=reply.raw)
    return reply


# The shape of JSON mode

_NOTES = ("status", "ghost", "error")
_ROOTS = {"*s": "Status", "*c": "Configuration", "*r": "CommandResponse", "*e": "Event"}


def tree(reply: Reply, *, empty: str = "") -> dict[str, Any]:
    """Return a reply as JSON mode would have it: objects by name, lists by number, values under "Value".

    A block without lines is `{empty: {}}`, since it is no value at that place; one with lines of another kind never is.
    """
    if not reply.leaves:
        return {empty: {}} if empty else {}
    whole: dict[str, Any] = {}
    for leaf in reply.leaves:
        if leaf.mark not in _ROOTS:
            continue
        path = leaf.path[1:] if leaf.mark == "*c" and leaf.path[:1] == ("xConfiguration",) else leaf.path
        place = whole.setdefault(_ROOTS[leaf.mark], {})
        for position, name in enumerate(path):
            if not name.isdecimal():
                following = path[position + 1] if position + 1 < len(path) else ""
                place = _list_in(place, name) if following.isdecimal() else _object_in(place, name)
            elif isinstance(place, list):
                place = _item_in(place, name)
            else:
                place = _object_in(place, name)
        note, _, word = leaf.note.partition("=")
        if note in _NOTES:
            place[note] = word
        if leaf.value or not leaf.note:
            place["Value"] = leaf.value
    return whole


def _object_in(place: dict[str, Any], name: str) -> dict[str, Any]:
    found = place.get(name)
    if not isinstance(found, dict):  # What stood there as a list gives way to the line that came last.
        found = place[name] = {}
    return found


def _list_in(place: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = place.get(name)
    if not isinstance(found, list):
        found = place[name] = []
    return found


def _item_in(items: list[dict[str, Any]], number: str) -> dict[str, Any]:
    for item in items:
        if item["id"] == number:
            return item
    items.append({"id": number})
    return items[-1]
