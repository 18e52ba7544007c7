"""Reading forms: text into values, and what is wrong with each field."""

import secrets
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

    def count(self, name: str) -> int:
        """Return a whole number, nothing typed as 0; for anything else 0 with its problem noted."""
        return (self.read(name, parse_count, "bad_number") or 0) if self.text(name).strip() else 0

    def key(self) -> str:
        """Return the form's idempotency key; a form that has none, or nonsense, gets a fresh one."""
        typed = self.text("key")[:64]
        return typed if typed and typed.isascii() and typed.isprintable() else secrets.token_urlsafe(16)

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


def parse_count(raw: str) -> int:
    """Read a whole number of at most nine digits; raise ValueError."""
    if not (raw.isascii() and raw.isdigit() and len(raw) < 10):
        raise ValueError(raw)
    return int(raw)


def searched(raw: str) -> str:
    """Return what somebody searches for; what cannot be printed is found nowhere, and PostgreSQL takes no NUL."""
    words = raw.strip()[:100]
    return words if words.isprintable() else ""


def whole(raw: str) -> int:
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 10 else 0


def parse_day(raw: str) -> date:
    """Read dd/mm/yyyy (also with . or -), from 1900 to 2100; raise ValueError."""
    return _of_our_time(datetime.strptime(raw.replace(".", "/").replace("-", "/"), "%d/%m/%Y").date())


def parse_day_of_address(raw: str) -> date:
    """Read yyyy-mm-dd, as a day stands in an address, from 1900 to 2100; raise ValueError."""
    day = date.fromisoformat(raw)
    if day.isoformat() != raw:
        raise ValueError(raw)  # Python reads 20270302 and 2027-W09-2 too; one day has one address.
    return _of_our_time(day)


def _of_our_time(day: date) -> date:
    if not 1900 <= day.year <= 2100:
        raise ValueError(day)  # Near the ends of the calendar a moment with its buffers cannot be written any more.
    return day


def parse_time(raw: str) -> time:
    """Read a 24-hour time such as 8:30, 08:30 or 8h30; raise ValueError."""
    return datetime.strptime(raw.lower().replace("h", ":").replace(".", ":"), "%H:%M").time()
