"""The day view: which rooms are taken when, as much of it as the reader may know.

The page is a grid of quarters of an hour; what is asked of it is decided here in numbers, and drawn by its classes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from roomctl.booking import tables
from roomctl.booking.availability import viewer_of
from roomctl.booking.lifecycle import ReservationState
from roomctl.booking.visibility import Busy, View, view
from roomctl.organisation.tables import User
from roomctl.rooms.tables import Room
from roomctl.timespan import Span, day_span

QUARTER = timedelta(minutes=15)
FIRST_HOUR, LAST_HOUR = 6, 20  # Local; what lies outside stands in one column before them and one behind.
BEFORE, BEHIND = 1, (LAST_HOUR - FIRST_HOUR) * 4 + 2  # Columns count from 1, as those of a CSS grid; the quarters are 2 to 57.


@dataclass(frozen=True, slots=True)
class Block:
    """A conference in one room: its first column, how many it takes, and what may be known of it.

    `state` is the room's own, requested or granted; None where only "busy" may be known.
    """

    column: int
    length: int
    view: View
    state: ReservationState | None

    @property
    def begins_before(self) -> bool:
        return self.column == BEFORE

    @property
    def ends_behind(self) -> bool:
        return self.column + self.length - 1 == BEHIND


@dataclass(frozen=True, slots=True)
class Lane:
    """One room's day."""

    room_id: int
    room: str
    unit: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """The rooms' day; `begins_before` and `ends_behind` say whether anything lies outside the hours that are drawn."""

    lanes: tuple[Lane, ...]

    @property
    def begins_before(self) -> bool:
        return any(block.begins_before for lane in self.lanes for block in lane.blocks)

    @property
    def ends_behind(self) -> bool:
        return any(block.ends_behind for lane in self.lanes for block in lane.blocks)


def day_of_rooms(rooms: Sequence[Room], day: date, *, by: User) -> Day:
    """Return the day of `rooms`, in their order, as `by` may see it.  Setup and teardown are not shown.

    That a room is taken may be known by everybody who sees the week; `visibility` hides the rest.
    """
    whole, viewer = day_span(day), viewer_of(by)
    blocks: dict[int, list[Block]] = {room.id: [] for room in rooms}
    for reservation in tables.active_reservations(list(blocks), whole):
        if not reservation.occurrence.span.overlaps(whole):
            continue  # Only its setup or teardown lies in this day.
        shown = view(reservation.occurrence.facts(), viewer)
        column, length = columns_of(shown.span, day)
        state = None if isinstance(shown, Busy) else ReservationState(reservation.state)
        blocks[reservation.room_id].append(Block(column, length, shown, state))
    return Day(tuple(Lane(room.id, room.name, room.unit.name, tuple(blocks[room.id])) for room in rooms))


def columns_of(span: Span, day: date) -> tuple[int, int]:
    """Return (first column, number of columns) of what a span takes of a local day: every quarter that it touches."""
    whole = day_span(day)
    part = span.within(whole)
    first = _column((part.start - whole.start) // QUARTER)
    last = _column(-((whole.start - part.end) // QUARTER) - 1)
    return first, last - first + 1


def column_now(day: date, now: datetime) -> int | None:
    """Return the column in which `now` lies, when it lies within the hours of that day that are drawn."""
    whole = day_span(day)
    column = _column((now - whole.start) // QUARTER)
    return column if whole.start <= now < whole.end and BEFORE < column < BEHIND else None


def _column(quarter: int) -> int:
    """Return the column of a quarter, counted from midnight."""
    return min(max(quarter - FIRST_HOUR * 4 + 2, BEFORE), BEHIND)
