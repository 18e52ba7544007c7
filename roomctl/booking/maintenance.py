"""Maintenance windows: a room is closed for a time, and whoever has booked it for that time is told."""

from dataclasses import dataclass
from datetime import timedelta

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.booking import instead, tables
from roomctl.booking.availability import viewer_of
from roomctl.booking.visibility import View, view
from roomctl.database import write_transaction
from roomctl.errors import Conflict, NotVisible
from roomctl.notices import outbox
from roomctl.notices.wording import NoticeKind
from roomctl.organisation import access
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User
from roomctl.rooms import upkeep_tables
from roomctl.rooms.tables import Room, lock_rooms, room_ids_at_or_below
from roomctl.rooms.upkeep_tables import MaintenanceWindow
from roomctl.timespan import Span
from roomctl.typed import Typed

LONGEST_WINDOW = timedelta(days=366)
LONGEST_REASON, MOST_SHOWN = 300, 200


@dataclass(frozen=True, slots=True)
class Window:
    """A maintenance window as it is listed, with the conferences that have the room in it."""

    row: MaintenanceWindow
    met: tuple[View, ...]


class WindowMeetsConferences(Conflict):
    """The room is booked for some of that time; `met` is as much of it as whoever asks may know.  Nothing was stored."""

    def __init__(self, met: list[View]) -> None:
        super().__init__("maintenance_meets_conferences", count=len(met))
        self.met = met


def close_room(room_id: int, span: Span, *, reason: str, by: User, known: int = 0) -> int:
    """Close a room for `span` and return the window's id; the same window again is the one that is there already.

    The conferences that have the room then keep it; their organizers are told, with rooms of the same unit that are
    free.  `known` is of how many of them the person knows: with any other number WindowMeetsConferences is raised.
    Raises NotVisible, NotAllowed and InvalidInput (reason, start, end) too.
    """
    typed, now = Typed(), clock.now()
    reason = typed.line("reason", reason, longest=LONGEST_REASON, missing="maintenance_reason_missing")
    if span.end <= span.start:
        typed.refuse("end", "end_not_after_start")
    elif span.length > LONGEST_WINDOW:
        typed.refuse("end", "window_too_long", limit=LONGEST_WINDOW.days)
    elif span.end <= now:
        typed.refuse("end", "window_over")
    with write_transaction() as session:
        room = lock_rooms([room_id]).get(room_id)  # A request for the room at this moment is either in before us, or sees the window.
        if room is None:
            raise NotVisible
        by = access.require(by, Action.KEEP_MAINTENANCE, room)
        typed.insist()
        twin = next((one for one in upkeep_tables.windows_during([room_id], span) if (one.span, one.reason) == (span, reason)), None)
        if twin is not None:
            return twin.id
        met = _met(room_id, span)
        if len(met) != known:
            raise WindowMeetsConferences([view(one.facts(), viewer_of(by)) for one in met])
        window = MaintenanceWindow(room_id=room_id, start_at=span.start, end_at=span.end, reason=reason, made_by=by.id, made_at=now)
        session.add(window)
        session.flush()
        trail.append(EventKind.MAINTENANCE_PLANNED, actor=by.id, subject=window.ref, unit=room.unit_id, room=room_id,
                     start=trail.iso(span.start), end=trail.iso(span.end), reason=reason, occurrences=[one.id for one in met])
        for occurrence in met:
            outbox.enqueue(NoticeKind.ROOM_IN_MAINTENANCE, to=[occurrence.conference.organizer_id], conference_id=occurrence.conference_id,
                           occurrence_id=occurrence.id, room_id=room_id, reason=instead.in_words(reason, room, [occurrence.span]))
        return window.id


def reopen_room(window_id: int, *, by: User) -> None:
    """Cancel a maintenance window; cancelled twice it is cancelled once.  Raises NotVisible and NotAllowed."""
    with write_transaction():
        window = upkeep_tables.window_for_update(window_id)
        if window is None:
            raise NotVisible
        by = access.require(by, Action.KEEP_MAINTENANCE, window.room)
        if window.cancelled_at is None:
            window.cancelled_at = clock.now()
            trail.append(EventKind.MAINTENANCE_CANCELLED, actor=by.id, subject=window.ref, unit=window.room.unit_id, room=window.room_id)


def windows_ahead(user: User, room: Room | None = None) -> list[Window]:
    """Return the windows that are not over, in the reach of `user` or of one room, in order of time, with the conferences they meet."""
    ids = [room.id] if room is not None else room_ids_at_or_below(access.reach_of(user, Action.KEEP_MAINTENANCE))
    viewer = viewer_of(user)
    return [Window(row, tuple(view(one.facts(), viewer) for one in _met(row.room_id, row.span)))
            for row in upkeep_tables.windows_ahead(ids, clock.now(), limit=MOST_SHOWN)]


def _met(room_id: int, span: Span) -> list[tables.Occurrence]:
    """Return the occurrences that hold the room for some of `span` and are not over, in order of time."""
    found = tables.occurrences_by_ids({one.occurrence_id for one in tables.occupied_during([room_id], span)})
    ahead = [one for one in found.values() if one.planned_end_at > clock.now() and one.actual_end_at is None]
    return sorted(ahead, key=lambda one: (one.planned_start_at, one.id))
