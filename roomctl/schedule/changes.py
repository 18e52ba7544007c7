"""What changed on a week's schedule since it was published, and how much of that a reader may be told.  Pure.

Who may know only "busy" is told of time alone: that a conference was added, moved or withdrawn is what the room's calendar shows
anyway.  That its title changed would be a hint at what it is about.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum

from roomctl.timespan import Span


class Mark(StrEnum):
    """What a line of a published week is marked with."""

    NEW = "new"
    TIME = "time"
    ROOM = "room"
    CONTENT = "content"
    SITES = "sites"
    CANCELLED = "cancelled"
    MOVED_AWAY = "moved_away"
    WITHDRAWN = "withdrawn"


GONE = frozenset({Mark.CANCELLED, Mark.MOVED_AWAY, Mark.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Published:
    """What is kept of one conference when its week is published, and looked at again later.

    `room_ids` are the rooms of the unit and below that it held; `digest` stands for what it is about.
    """

    occurrence_id: int
    span: Span
    host_room_id: int
    room_ids: Collection[int] = field(default=())
    state: str = ""
    sites: int = 0
    digest: str = ""


def marks_of(then: Published | None, now: Published, *, in_full: bool) -> tuple[Mark, ...]:
    """Return what to say of a line that stands on the sheet; `then` is None for one that was not published."""
    if then is None:
        return (Mark.NEW,)
    changed = {Mark.TIME: then.span != now.span}
    if in_full:
        changed |= {Mark.ROOM: then.host_room_id != now.host_room_id, Mark.CONTENT: then.digest != now.digest, Mark.SITES: then.sites != now.sites}
    return tuple(mark for mark, is_so in changed.items() if is_so)


def mark_of_gone(*, cancelled: bool, elsewhere: bool, in_full: bool) -> Mark:
    """Return what to say of a published line that stands there no more; `elsewhere`: it takes place in another week."""
    if in_full and cancelled:
        return Mark.CANCELLED
    return Mark.MOVED_AWAY if in_full and elsewhere else Mark.WITHDRAWN
