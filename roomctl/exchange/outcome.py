"""What a file would do, or has done, line by line; and every line that keeps all of it from being done.  Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from roomctl.errors import Problem, Refused
from roomctl.exchange.columns import Column, Line


class Done(StrEnum):
    """What becomes of a line."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Password:
    """The one-time password of somebody new, to be shown once."""

    username: str
    name: str
    password: str


@dataclass(slots=True)
class Outcome:
    """How many lines were added, changed and left as they were, which ones, and the passwords that came of it."""

    lines: list[tuple[int, Done, str]] = field(default_factory=list)  # The line's number, what became of it, and its code or name.
    passwords: list[Password] = field(default_factory=list)

    def note(self, line: Line, done: Done, what: str) -> None:
        self.lines.append((line.number, done, what))

    def count(self, done: Done) -> int:
        return sum(one == done for _, one, _ in self.lines)


@dataclass(frozen=True, slots=True)
class BadLine:
    """One thing wrong with one cell; `column` is None for what concerns the whole line."""

    number: int
    column: Column | None
    reason: str
    facts: tuple[tuple[str, object], ...] = ()


class BadLines(Refused):
    """Nothing was done, since lines of the file must be corrected first: all of them are named."""

    def __init__(self, lines: Sequence[BadLine]) -> None:
        super().__init__("bad_lines", count=len({one.number for one in lines}))
        self.lines = sorted(lines, key=lambda one: one.number)


class Reading:
    """Gathers what is wrong with the lines of a file."""

    def __init__(self, columns: Sequence[Column], fields: dict[str, str] | None = None) -> None:
        self._columns = {column.key: column for column in columns}
        self._fields = fields or {}  # Where a rule calls something otherwise than the file does.
        self.bad: list[BadLine] = []

    def refuse(self, field: str, reason: str, /, *, on: Line, **facts: object) -> None:
        self.note(on, [Problem(field, reason, tuple(facts.items()))])

    def note(self, line: Line, problems: Sequence[Problem]) -> None:
        for one in problems:
            self.bad.append(BadLine(line.number, self._columns.get(self._fields.get(one.field, one.field)), one.reason, one.facts))

    def refuse_doubles(self, lines: Sequence[Line], key: str) -> None:
        """Refuse every line whose key stands in an earlier line too."""
        first: dict[str, int] = {}
        for line in lines:
            said = line.text(key).casefold()
            if said and first.setdefault(said, line.number) != line.number:
                self.refuse(key, "line_twice", on=line, line=first[said])

    def insist(self) -> None:
        """Raise BadLines when anything was wrong."""
        if self.bad:
            raise BadLines(self.bad)
