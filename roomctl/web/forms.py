"""Reading forms: text into values, and what is wrong with each field."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TypeVar

from werkzeug.datastructures import MultiDict

from roomctl.errors import Problem
from roomctl.web.words import reason_sentence

T = TypeVar("T")


@dataclass
class Form:
    """A submitted form: the text as typed, so that nothing is lost, and the problems found."""

    typed: MultiDict[str, str] = field(default_factory=MultiDict)
    problems: list[Problem] = field(default_factory=list)

    def text(self, name: str) -> str:
        return self.typed.get(name, "")

    def number(self, name: str) -> int:
        """Return a whole number; 0 for anything else, which is nobody's id."""
        return whole(self.typed.get(name, ""))

    def numbers(self, name: str) -> tuple[int, ...]:
        return tuple(whole(raw) for raw in self.typed.getlist(name))

    def error(self, name: str) -> str:
        """Return the sentence for a field's first problem, or an empty string."""
        found = next((problem for problem in self.problems if problem.field == name), None)
        return reason_sentence(found.reason, dict(found.facts)) if found else ""

    def read(self, name: str, parse: Callable[[str], T], reason: str) -> T | None:
        """Return a field parsed, or None with its problem noted."""
        try:
            return parse(self.text(name).strip())
        except ValueError:
            self.problems.append(Problem(name, reason))
            return None


def whole(raw: str) -> int:
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 10 else 0


def parse_day(raw: str) -> date:
    """Read dd/mm/yyyy (also with . or -), from 1900 to 2100; raise ValueError."""
    day = datetime.strptime(raw.replace(".", "/").replace("-", "/"), "%d/%m/%Y").date()
    if not 1900 <= day.year <= 2100:
        raise ValueError(raw)  # Near the ends of the calendar a moment with its buffers cannot be written any more.
    return day


def parse_time(raw: str) -> time:
    """Read a 24-hour time such as 8:30, 08:30 or 8h30; raise ValueError."""
    return datetime.strptime(raw.lower().replace("h", ":").replace(".", ":"), "%H:%M").time()
