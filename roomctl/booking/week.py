"""The week sheet: who meets when, where and about what, as much of it as the reader may know."""

from dataclasses import dataclass
from datetime import date, datetime

from roomctl.booking import tables
from roomctl.booking.availability import viewer_of
from roomctl.booking.lifecycle import OccurrenceState, ReservationState, occurrence_state
from roomctl.booking.visibility import Busy, Full, View, view
from roomctl.organisation.tables import User
from roomctl.timespan import Span, to_local, week_span


@dataclass(frozen=True, slots=True)
class Row:
    """One occurrence on the sheet; `state` is None where only "busy" may be known."""

    day: date
    morning: bool
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
    """Return the sheet of one ISO week for `by`: the conferences of their unit's rooms and below, and their own.

    Cancelled occurrences are left out.  Raises ValueError for a week the year does not have.
    """
    span, viewer, rows = week_span(year, week), viewer_of(by), []
    for occurrence in tables.occurrences_between(Span(span.start, span.end)):
        mine = by.id in (occurrence.conference.organizer_id, occurrence.conference.chair_id)
        near = any(one.room.unit.path.startswith(by.unit.path) for one in occurrence.standing)
        if occurrence.cancelled_at is not None or not (mine or near):
            continue
        shown = view(occurrence.facts(), viewer)
        local = to_local(occurrence.planned_start_at)
        known = isinstance(shown, Full)
        here = [one.room.name for one in occurrence.standing if one.room.unit.path.startswith(by.unit.path)]
        rows.append(Row(day=local.date(), morning=local.hour < 12, view=shown,
                        host_room=occurrence.conference.host_room.name if known else (here[0] if here else ""),
                        sites=len(occurrence.standing) if known else 0,
                        state=state_of(occurrence, now) if not isinstance(shown, Busy) else None))
    return rows
