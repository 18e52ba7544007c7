"""What a room is at this moment: free, requested, upcoming, in use, ending."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from roomctl.booking import tables as booking
from roomctl.booking.lifecycle import ReservationState
from roomctl.booking.visibility import View, Viewer, view
from roomctl.rooms.tables import Room
from roomctl.sessions import tables
from roomctl.sessions.control import START_EARLY
from roomctl.sessions.extend import ENDING, extended_end
from roomctl.sessions.states import SessionState
from roomctl.timespan import HANOI, Span, from_local, to_local


@dataclass(frozen=True, slots=True)
class Entry:
    """One occurrence in the room, as much of it as the room's panel may show."""

    occurrence_id: int
    view: View
    is_host: bool
    granted: bool
    restricted: bool


@dataclass(frozen=True, slots=True)
class RoomNow:
    """`kind` is free, requested, upcoming, in_use or ending; `session` is set while one runs here.

    Ending: the booked time runs out, or has; `extendable_to` is the end that one extension would give, if any.
    """

    kind: str
    current: Entry | None
    following: Entry | None
    today: tuple[Entry, ...]
    session: tables.ConferenceSession | None
    extendable_to: datetime | None = None


def room_now(room: Room, *, now: datetime) -> RoomNow:
    """Return what the room's panel shows at `now`; restricted conferences are only a time here."""
    local = to_local(now)
    day_end = from_local(local.date() + timedelta(days=1), local.time().min, HANOI)
    found = booking.occurrences_of_room(room.id, Span(now, max(day_end, now + timedelta(hours=12))))
    sessions = tables.running_sessions_at(room.id)
    session = sessions[0] if sessions else None
    if session is not None and session.occurrence_id not in {one.id for one in found}:
        found.insert(0, booking.occurrence_by_id(session.occurrence_id))
    entries = [_entry(room, one) for one in found if one.actual_end_at is None or (session and session.occurrence_id == one.id)]
    current = next((one for one in entries if session is not None and one.occurrence_id == session.occurrence_id), None)
    extendable_to = None
    if current is not None and session is not None:
        kind = "in_use" if current.view.span.end - now > ENDING else "ending"
        if kind == "ending" and session.state != SessionState.ENDING:
            extendable_to = extended_end(session.occurrence, now)
    else:
        near = [one for one in entries if one.view.span.start - START_EARLY <= now < one.view.span.end]
        current = near[0] if near else None
        kind = "free" if current is None else "upcoming" if current.granted else "requested"
    following = next((one for one in entries if one is not current and (current is None or one.view.span.start >= current.view.span.start)), None)
    return RoomNow(kind=kind, current=current, following=following, today=tuple(entries), session=session,
                   extendable_to=extendable_to)


def _entry(room: Room, occurrence: booking.Occurrence) -> Entry:
    facts = occurrence.facts()
    mine = next(one for one in occurrence.reservations if one.room_id == room.id)
    return Entry(occurrence_id=occurrence.id, view=view(facts, Viewer(user_id=0, unit_id=room.unit_id)),
                 is_host=occurrence.conference.host_room_id == room.id, granted=mine.state == ReservationState.GRANTED,
                 restricted=facts.full.classification.is_restricted)
