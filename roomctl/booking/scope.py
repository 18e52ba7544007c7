"""How much of a series a change or a cancellation is meant for.  Pure: the present moment is given."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar

from roomctl.errors import Refused


class Scope(StrEnum):
    THIS = "this"
    FOLLOWING = "following"
    ALL = "all"


class Date(Protocol):
    """What is asked of an occurrence here."""

    planned_start_at: datetime
    planned_end_at: datetime
    actual_start_at: datetime | None
    actual_end_at: datetime | None
    cancelled_at: datetime | None
    slot_at: datetime | None


Dated = TypeVar("Dated", bound=Date)


def place_of(occurrence: Date) -> datetime:
    """Return where an occurrence stands in its series, which moving it does not change."""
    return occurrence.slot_at or occurrence.planned_start_at


def concerned(occurrences: Iterable[Dated], anchor: Dated, scope: Scope, *, now: datetime) -> list[Dated]:
    """Return the dates that a change is meant for, in order: those that stand and are not over, since the past never changes.

    Raises Refused("session_running") when one of them is in session, and Refused("conference_over") when none is left.
    """
    meant = [one for one in occurrences if scope == Scope.ALL or one is anchor or (scope == Scope.FOLLOWING and place_of(one) >= place_of(anchor))]
    left = sorted((one for one in meant if one.cancelled_at is None and one.planned_end_at > now and one.actual_end_at is None), key=place_of)
    if any(one.actual_start_at is not None for one in left):
        raise Refused("session_running")
    if not left:
        raise Refused("conference_over")
    return left
