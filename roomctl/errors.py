"""The one tree of things that can go wrong in roomctl.

RoomctlError
├── NotSignedIn              401
├── NotVisible               404: the thing does not exist for this person
├── NotAllowed               403: visible, but the action is not theirs; leaves a trail entry
├── Refused                  the request was understood and cannot be carried out
│   ├── InvalidInput         422: fields that must be corrected, with the reason of each
│   ├── Conflict             409: the world has moved on, or somebody was first
│   └── Throttled            429: too many tries; says when the next one counts
└── NestedWrite              a programming error: write_transaction() inside another

Classes carry facts as fields; `web/error_pages.py` finds the words.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


class RoomctlError(Exception):
    """Base of everything roomctl raises on purpose."""


class NotSignedIn(RoomctlError):
    """Nobody is signed in, and the page is for somebody."""


class NotVisible(RoomctlError):
    """The thing asked for does not exist, or must look as if it did not."""


class NotAllowed(RoomctlError):
    """The person may see the thing but not do this to it."""

    def __init__(self, *, action: str, subject: str = "") -> None:
        super().__init__(f"{action} on {subject or 'nothing in particular'}")
        self.action, self.subject = action, subject


class Refused(RoomctlError):
    """A well-formed request that cannot be carried out; `reason` is a stable word, `facts` fill its sentence."""

    def __init__(self, reason: str, **facts: Any) -> None:
        super().__init__(f"{reason} {facts}" if facts else reason)
        self.reason, self.facts = reason, facts


class Conflict(Refused):
    """Somebody was first, or the thing has moved on."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one field: `reason` is a stable word for which a page has a sentence."""

    field: str
    reason: str
    facts: tuple[tuple[str, Any], ...] = ()


class InvalidInput(Refused):
    """One or more fields must be corrected; nothing was stored."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("invalid_input")
        self.problems = problems


class Throttled(Refused):
    """Too many wrong tries; the next one counts after `until`."""

    def __init__(self, reason: str, *, until: datetime) -> None:
        super().__init__(reason, until=until)
        self.until = until


class NestedWrite(RoomctlError):
    """write_transaction() was entered while one was open: two use cases have been mixed up."""
