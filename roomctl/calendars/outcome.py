"""What becomes of a calendar file that is brought in.  Plain values."""

from dataclasses import dataclass
from enum import StrEnum

from roomctl.calendars.reading import Warned
from roomctl.timespan import Span


class Done(StrEnum):
    """What was done with one conference of a file."""

    CREATED = "created"
    CHANGED = "changed"
    CANCELLED = "cancelled"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Choices:
    """What a file does not say of itself, for all its conferences."""

    room_ids: tuple[int, ...]
    host_room_id: int
    chair_id: int
    profile_id: int


@dataclass(frozen=True, slots=True)
class Brought:
    """One conference of the file: what was done, its dates that lie ahead, and the line where it stands."""

    done: Done
    title: str
    line: int
    dates: tuple[Span, ...] = ()
    conference_id: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that was done with a file, in its order."""

    brought: tuple[Brought, ...]
    warnings: tuple[Warned, ...]

    def count(self, done: Done) -> int:
        return sum(one.done == done for one in self.brought)
