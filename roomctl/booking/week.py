"""The week sheet: who meets when, where and about what, as much of it as the reader may know."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from roomctl.booking import tables, week_tables
from roomctl.booking.availability import viewer_of
from roomctl.booking.lifecycle import OccurrenceState, occurrence_state, states_that_count
from roomctl.booking.visibility import Busy, Full, View, Viewer, view
from roomctl.organisation.tables import User
from roomctl.organisation.units import covers
from roomctl.rooms.tables import Room
from roomctl.timespan import Span, day_span, days_of, to_local, week_span

NOON, EVENING = 12, 18  # Local hours at which the half-days of the sheet change.


class Part(StrEnum):
    """How much of a day a conference takes."""

    HOURS = "hours"  # It begins and ends on that day.
    FROM = "from"  # It begins on that day and goes on over midnight.
    ALL_DAY = "all_day"
    UNTIL = "until"


class Half(StrEnum):
    """The half-day in which a conference begins."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


@dataclass(frozen=True, slots=True)
class Row:
    """One occurrence on one day of the sheet.

    `half` is None where the hour at which it begins is not of that day; `state` is None where only "busy" may be known.
    """

    day: date
    part: Part
    half: Half | None
    view: View
    host_room: str
    sites: int
    state: OccurrenceState | None


def state_of(occurrence: tables.Occurrence, now: datetime) -> OccurrenceState:
    """Return an occurrence's derived state."""
    return occurrence_state(
        states_that_count(occurrence.reservations), cancelled=occurrence.cancelled_at is not None,
        running=occurrence.actual_start_at is not None and occurrence.actual_end_at is None,
        held=occurrence.actual_end_at is not None, over=occurrence.planned_end_at <= now)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which conferences a sheet is about: those in the rooms of a unit and below, or in one room; `person_id`: and that person's own."""

    unit_path: str
    room_id: int = 0
    person_id: int = 0

    def holds(self, room: Room) -> bool:
        return room.id == self.room_id if self.room_id else covers(self.unit_path, room.unit.path)

    def occurrences(self, span: Span) -> list[tables.Occurrence]:
        """Return what stands there during `span`, in order of time."""
        if self.room_id:
            return week_tables.occurrences_in_room(span, self.room_id)
        return week_tables.occurrences_in(span, unit_path=self.unit_path, person_id=self.person_id)


def week_rows(year: int, week: int, *, by: User, now: datetime) -> list[Row]:
    """Return the sheet of one ISO week for `by`, in order of time: the conferences of their unit's rooms and below, and their own.

    A conference of several days stands on each of them.  Raises ValueError for a week the year does not have.
    """
    span, viewer = week_span(year, week), viewer_of(by)
    scope = Scope(by.unit.path, person_id=by.id)
    return sorted((row for occurrence in scope.occurrences(span) for row in rows_of(occurrence, span, scope=scope, viewer=viewer, now=now)),
                  key=place_of)


def rows_of(occurrence: tables.Occurrence, span: Span, *, scope: Scope, viewer: Viewer, now: datetime) -> list[Row]:
    """Return an occurrence's row on each day of `span` that it takes something of, with as much of it as `viewer` may know.

    There is none where it ended early, before the day came.
    """
    shown = view(occurrence.facts(), viewer)
    known = isinstance(shown, Full)
    here = [one.room.name for one in occurrence.standing if scope.holds(one.room)]
    rows = []
    for day in days_of(shown.span.within(span)) if shown.span.overlaps(span) else ():
        part = part_of_day(shown.span, day)
        rows.append(Row(
            day=day, part=part, half=half_on(shown.span, part), view=shown,
            host_room=occurrence.conference.host_room.name if known else (here[0] if here else ""),
            sites=len(occurrence.standing) if known else 0,
            state=state_of(occurrence, now) if not isinstance(shown, Busy) else None))
    return rows


def place_of(row: Row) -> tuple[date, datetime]:
    """Return what rows are sorted by: the day, and within it the time they take of it."""
    return row.day, max(row.view.span.start, day_span(row.day).start)


def half_on(span: Span, part: Part) -> Half | None:
    """Return the half-day in which a span begins, on a day of which it takes `part`."""
    return half_of(to_local(span.start).hour) if part in (Part.HOURS, Part.FROM) else None


def part_of_day(span: Span, day: date) -> Part:
    """Return how much of a local day a span takes that takes something of it."""
    whole = day_span(day)
    if span.start <= whole.start and span.end >= whole.end:
        return Part.ALL_DAY
    if span.start < whole.start:
        return Part.UNTIL
    return Part.FROM if span.end > whole.end else Part.HOURS


def half_of(hour: int) -> Half:
    """Return the half-day of a local hour."""
    if hour < NOON:
        return Half.MORNING
    return Half.AFTERNOON if hour < EVENING else Half.EVENING
