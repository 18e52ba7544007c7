"""The week sheet: who meets when, where and about what, as much of it as the reader may know."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from roomctl.booking import tables
from roomctl.booking.agenda import conferences_near
from roomctl.booking.lifecycle import OccurrenceState, ReservationState, occurrence_state
from roomctl.booking.visibility import Busy, Full, View
from roomctl.organisation.tables import User
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
        [ReservationState(one.state) for one in occurrence.reservations], cancelled=occurrence.cancelled_at is not None,
        running=occurrence.actual_start_at is not None and occurrence.actual_end_at is None,
        held=occurrence.actual_end_at is not None, over=occurrence.planned_end_at <= now)


def week_rows(year: int, week: int, *, by: User, now: datetime) -> list[Row]:
    """Return the sheet of one ISO week for `by`, in order of time: the conferences of their unit's rooms and below, and their own.

    A conference of several days stands on each of them.  Raises ValueError for a week the year does not have.
    """
    span, rows = week_span(year, week), []
    for occurrence, shown in conferences_near(by, span):
        known = isinstance(shown, Full)
        here = [one.room.name for one in occurrence.standing if one.room.unit.path.startswith(by.unit.path)]
        for day in days_of(occurrence.span.within(span)):
            part = part_of_day(occurrence.span, day)
            half = half_of(to_local(occurrence.planned_start_at).hour) if part in (Part.HOURS, Part.FROM) else None
            rows.append((max(occurrence.planned_start_at, day_span(day).start), occurrence.id, Row(
                day=day, part=part, half=half, view=shown,
                host_room=occurrence.conference.host_room.name if known else (here[0] if here else ""),
                sites=len(occurrence.standing) if known else 0,
                state=state_of(occurrence, now) if not isinstance(shown, Busy) else None)))
    return [row for _, _, row in sorted(rows, key=lambda one: one[:2])]


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
