"""iCalendar text taken apart: content lines, and the components they form.  Pure, and made for bytes nobody vouches for.

Lines are unfolded as bytes, before anything is decoded, so that a letter that folding cut in two survives (RFC 5545, 3.1).
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from roomctl.errors import InvalidInput, Problem

MOST_BYTES = 1_000_000
MOST_COMPONENTS = 2_000
DEEPEST = 4  # VCALENDAR, VEVENT, VALARM, and one to spare.
MOST_PROBLEMS = 20  # As many are named; whoever sent more has another file in mind.
_NAME = re.compile(r"[A-Za-z0-9-]+")
_PARAMETER = re.compile(r';([A-Za-z0-9-]+)=((?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)')
_CARET = {"^n": "\n", "^'": '"', "^^": "^"}  # RFC 6868.
_ESCAPE = {"n": "\n", "N": "\n"}


@dataclass(frozen=True, slots=True)
class Line:
    """One property: its name in capitals, its parameters, its value as it stands, and the number of its first line."""

    name: str
    parameters: dict[str, str]
    value: str
    number: int

    @property
    def text(self) -> str:
        """Return the value of a TEXT, its escapes resolved and its letters composed."""
        plain = re.sub(r"\\(.)", lambda escape: _ESCAPE.get(escape[1], escape[1]), self.value)
        return unicodedata.normalize("NFC", plain)


@dataclass(slots=True)
class Component:
    """What stands between BEGIN and END."""

    name: str
    number: int
    lines: list[Line] = field(default_factory=list)
    parts: list["Component"] = field(default_factory=list)

    def first(self, name: str) -> Line | None:
        return next((line for line in self.lines if line.name == name), None)

    def all(self, name: str) -> list[Line]:
        return [line for line in self.lines if line.name == name]

    def value(self, name: str) -> str:
        line = self.first(name)
        return line.value.strip() if line is not None else ""


class Problems:
    """What is wrong with a file, gathered; the reading stops at the one too many."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(self, reason: str, line: int, uid: str = "", **facts: object) -> None:
        problem = Problem("file", reason, (("line", line), ("uid", uid[:100]), *facts.items()))
        if problem not in self.found:
            self.found.append(problem)
        if len(self.found) >= MOST_PROBLEMS:
            self.refuse()

    def refuse(self) -> None:
        """Raise InvalidInput with everything that was found wrong, if anything was."""
        if self.found:
            raise InvalidInput(self.found)


def calendars_in(raw: bytes, problems: Problems) -> list[Component]:
    """Return the calendars in a file.

    Raises InvalidInput for what is no calendar, is cut off, too large, or not UTF-8; every problem names its line.
    """
    if len(raw) > MOST_BYTES:
        problems.add("ics_too_large", 1, limit=f"{MOST_BYTES // 1_000_000} MB")
        problems.refuse()
    lines = list(_content_lines(raw, problems))
    problems.refuse()
    return _components(lines, problems)


def _unfolded(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each content line with the number of its first physical one; line ends of every kind are understood."""
    number, begun, pieces = 0, 0, list[bytes]()
    for physical in re.split(rb"\r\n|\n|\r", raw.removeprefix(b"\xef\xbb\xbf")):
        number += 1
        if physical[:1] in (b" ", b"\t") and pieces:
            pieces.append(physical[1:])
            continue
        if pieces:
            yield begun, b"".join(pieces)
        begun, pieces = number, [physical]
    yield begun, b"".join(pieces)


def _content_lines(raw: bytes, problems: Problems) -> Iterator[Line]:
    for number, encoded in _unfolded(raw):
        if not encoded.strip():
            continue
        try:
            text = encoded.decode()
        except UnicodeDecodeError:
            problems.add("ics_not_utf8", number)
            continue
        if any((letter < " " and letter != "\t") or letter == "\x7f" for letter in text):
            problems.add("ics_control", number)
            continue
        line = _line(text, number)
        if line is None:
            problems.add("ics_line_malformed", number, text=text[:40])
        else:
            yield line


def _line(text: str, number: int) -> Line | None:
    name = _NAME.match(text)
    if name is None:
        return None
    place, parameters = name.end(), dict[str, str]()
    while (found := _PARAMETER.match(text, place)) is not None:
        value = re.sub(r"\^[n'^]", lambda caret: _CARET[caret[0]], found[2])
        parameters[found[1].upper()] = unicodedata.normalize("NFC", value[1:-1] if value[:1] == '"' == value[-1:] and len(value) > 1 else value)
        place = found.end()
    return Line(name[0].upper(), parameters, text[place + 1:], number) if text[place:place + 1] == ":" else None


def _components(lines: list[Line], problems: Problems) -> list[Component]:
    whole, opened, count = [], list[Component](), 0
    for line in lines:
        if line.name == "BEGIN":
            count += 1
            name = line.value.strip().upper()
            if count > MOST_COMPONENTS:
                problems.add("ics_too_many_components", line.number, limit=MOST_COMPONENTS)
                problems.refuse()
            if len(opened) >= DEEPEST or (not opened and name != "VCALENDAR"):
                problems.add("ics_misplaced", line.number, name=name[:40])
                problems.refuse()
            opened.append(Component(name, line.number))
        elif line.name == "END":
            if not opened or opened[-1].name != line.value.strip().upper():
                problems.add("ics_misplaced", line.number, name=line.value.strip()[:40])
                problems.refuse()
            closed = opened.pop()
            (opened[-1].parts if opened else whole).append(closed)
        elif opened:
            opened[-1].lines.append(line)
        else:
            problems.add("ics_not_a_calendar", line.number)
            problems.refuse()
    if opened:
        problems.add("ics_cut_off", opened[-1].number, name=opened[-1].name[:40])
    elif not whole:
        problems.add("ics_not_a_calendar", 1)
    problems.refuse()
    return whole
