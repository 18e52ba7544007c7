"""Finding a time at which rooms and people are free together, rooms that are free at a time, and chairs who are elsewhere."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from roomctl import clock
from roomctl.booking import finding_tables, free_times, tables
from roomctl.booking.days_off import days_off_between
from roomctl.booking.free_times import Grid
from roomctl.rooms.suitability import Reason, Terms, reasons_against
from roomctl.rooms.tables import LONGEST_BUFFER, Room
from roomctl.rooms.upkeep_tables import windows_during
from roomctl.timespan import Span, day_span, to_local

SEARCH_AHEAD = timedelta(days=14)
WANTED, MOST_MISSING = 5, 2


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A time at which nearly all rooms are free, and those that are not."""

    span: Span
    missing: tuple[Room, ...]


@dataclass(frozen=True, slots=True)
class Times:
    """The next times at which all are free, at most one a half-day, and those at which one or two rooms are missing."""

    free: tuple[Span, ...]
    near: tuple[NearMiss, ...]


def common_times(rooms: Collection[Room], *, length: timedelta, from_day: date, people: Collection[int] = (), wanted: int = WANTED) -> Times:
    """Return when the rooms and the people (user ids) are free together for `length`, within office hours of two weeks.

    Days off are left out.  A person who is busy is never passed over; of several rooms one or two may be missing.
    """
    begin = max(day_span(from_day).start, clock.now())
    grid = free_times.grid_from(begin, day_span(from_day).start + SEARCH_AHEAD, length)
    blocked = _blocked(rooms, grid)
    allowed = _office_hours(grid) & ~_busy(people, grid)
    free = free_times.one_a_half_day(grid, allowed & ~free_times.union(blocked.values()))
    near = free_times.near_misses(grid, allowed, blocked, most_missing=MOST_MISSING, wanted=wanted)
    by_id = {room.id: room for room in rooms}
    return Times(tuple(grid.span(place) for place in list(free.values())[:wanted]),
                 tuple(NearMiss(grid.span(place), tuple(by_id[one] for one in missing)) for place, missing in near))


def next_common_time(rooms: Collection[Room], span: Span, *, now: datetime) -> Span | None:
    """Return the next span of the same length behind the start of `span`, within office hours, at which all rooms are free."""
    begin = max(span.start, now) + timedelta(microseconds=1)
    grid = free_times.grid_from(begin, span.start + SEARCH_AHEAD, span.length)
    free = _office_hours(grid) & ~free_times.union(_blocked(rooms, grid).values())
    return grid.span(free_times.places(free & -free)[0]) if free else None


def rooms_free_during(span: Span, *, unit_path: str = "", limit: int | None = None) -> list[int]:
    """Return the ids of the rooms in use that can be booked for `span` (as shown), of a unit and below it where that is asked."""
    terms, now = finding_tables.terms_of_rooms(), clock.now()
    closed = [one for one in terms if _reasons(one, span, now)]  # Hardly any two rooms of thousands ask for different hours.
    found = finding_tables.rooms_unheld_during(span, terms, closed=closed, unit_path=unit_path)
    return found if limit is None else found[:limit]


def chair_elsewhere(user_id: int, span: Span, *, ignoring: Collection[int] = ()) -> list[tables.Occurrence]:
    """Return what a person leads already while `span`, in order of time (design, booking rule 11); `ignoring` are ids of occurrences."""
    found = tables.occurrences_by_ids(set(finding_tables.led_during(user_id, span)) - set(ignoring))
    return sorted(found.values(), key=lambda one: (one.planned_start_at, one.id))


def _asked(terms: Terms) -> tuple[int | str, ...]:
    """Return all that a room asks of a time, to tell rooms apart by."""
    return terms.opens_min, terms.closes_min, terms.open_days, terms.ahead_days, terms.timezone


def _reasons(terms: Terms, span: Span, now: datetime) -> tuple[Reason, ...]:
    return reasons_against(terms, span, occupied=span, maintenance=(), now=now)


def _office_hours(grid: Grid) -> int:
    if not grid.count:
        return 0
    days_off = days_off_between(to_local(grid.first).date(), to_local(grid.span(grid.count - 1).start).date())
    return grid.where(lambda span: free_times.in_office_hours(span, days_off))


def _blocked(rooms: Collection[Room], grid: Grid) -> Mapping[int, int]:
    """Return for each room the starts at which it cannot be had."""
    if not rooms or not grid.count:
        return {room.id: 0 for room in rooms}
    around = Span(grid.first, grid.span(grid.count - 1).end).widened(LONGEST_BUFFER, LONGEST_BUFFER)
    busy: dict[int, list[Span]] = {room.id: [] for room in rooms}
    for one in tables.occupied_during(list(busy), around):
        busy[one.room_id].append(one.occupied)
    for window in windows_during(list(busy), around):
        busy[window.room_id].append(window.span)
    now, closed = clock.now(), {}
    for room in rooms:
        if _asked(room) not in closed:
            closed[_asked(room)] = grid.where(lambda span, room=room: bool(_reasons(room, span, now)))
    return {room.id: grid.blocked(busy[room.id], before=room.setup, behind=room.teardown) | closed[_asked(room)] for room in rooms}


def _busy(people: Collection[int], grid: Grid) -> int:
    if not people or not grid.count:
        return 0
    around = Span(grid.first, grid.span(grid.count - 1).end)
    return grid.blocked(span for _, _, span in finding_tables.busy_people(people, around))
