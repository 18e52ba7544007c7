"""What can be had instead of a room that cannot be had: other rooms of its unit at that time, the room at another time."""

from collections.abc import Sequence

from roomctl import clock
from roomctl.booking import availability
from roomctl.rooms.tables import Room, rooms_of
from roomctl.timespan import Span, to_local

MOST_ROOMS = 5
LONGEST = 500  # As much as a notice carries.


def rooms_instead(room: Room, spans: Sequence[Span], *, without: frozenset[int] = frozenset()) -> list[Room]:
    """Return rooms of the same unit that are free for all of `spans`, those with enough seats first; none of `without`."""
    others = [one for one in rooms_of(room.unit_id) if one.id != room.id and one.id not in without]
    free = others
    for span in spans:
        free = [one for one in free if availability.all_free([one], span)]
    return sorted(free, key=lambda one: one.seats < room.seats)[:MOST_ROOMS]


def time_instead(room: Room, span: Span) -> Span | None:
    """Return the next time of the same length at which the room is free."""
    return availability.next_time_for_all([room], span, now=clock.now())


def in_words(reason: str, room: Room, spans: Sequence[Span], *, another_time: bool = False) -> str:
    """Return what a notice carries: the reason, the room's next free time, and free rooms by name, each on a line of its own.

    Names and a moment only, so that it can be read in any language; `templates/notices` makes sentences of it.
    """
    later = time_instead(room, spans[0]) if another_time and len(spans) == 1 else None
    lines = [reason, f"{to_local(later.start):%H:%M %d/%m/%Y}" if later else ""]
    names = ""
    for one in rooms_instead(room, spans):
        longer = f"{names}; {one.name}" if names else one.name
        if len("\n".join([*lines, longer])) > LONGEST:
            break
        names = longer
    return "\n".join([*lines, names])
