"""What a room is at this moment, for the panel at its door: free, requested, upcoming, in use, ending, or closed for maintenance.

Restricted conferences are only a time here.  What is not known is said to be unknown: a codec that nobody could ask for a while is
neither ready nor broken.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from roomctl.booking import start_now
from roomctl.booking import tables as booking
from roomctl.booking.lifecycle import ReservationState
from roomctl.booking.longer import ENDING, extended_end
from roomctl.booking.presence import CHECK_IN_EARLY, come_until, in_one_room
from roomctl.booking.visibility import Facts, Full, View, Viewer, told_reason, view
from roomctl.database import reading
from roomctl.devices.health import Status, as_shown
from roomctl.rooms.suitability import Maintenance
from roomctl.rooms.tables import Room, room_by_id
from roomctl.rooms.upkeep_tables import MaintenanceWindow, windows_during
from roomctl.security_profiles.profile import Classification
from roomctl.sessions import panel_tables, tables
from roomctl.sessions.control import START_EARLY
from roomctl.sessions.room_facts import AHEAD, RoomFacts, Sites, end_of_day, offers
from roomctl.sessions.states import SessionState
from roomctl.timespan import Span


@dataclass(frozen=True, slots=True)
class Entry:
    """One occurrence in the room, as much of it as the room's panel may show.

    `local`: it takes place in this room alone, so it needs no session, and the panel asks whether anybody has come; `come_until` is
    until when, as long as nobody has said so.
    """

    occurrence_id: int
    view: View
    span: Span
    is_host: bool
    granted: bool
    restricted: bool
    local: bool
    has_come: bool
    asked_at: datetime | None

    @property
    def come_until(self) -> datetime:
        return come_until(self.span.start, self.asked_at)

    @property
    def near_at(self) -> datetime:
        """From when on the panel is about it: as soon as its session may be started, or, in one room, somebody may come."""
        return self.span.start - (CHECK_IN_EARLY if self.local else START_EARLY)


@dataclass(frozen=True, slots=True)
class Readiness:
    """The room's codec as it may be shown: `status` None means that the room has none, and `at` when it was last asked."""

    status: Status | None
    fault: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RoomNow:
    """`kind` is free, requested, upcoming, in_use, ending or maintenance; `session` is set while one runs here.

    Ending: the booked time runs out, or has; `extendable_to` is the end that one extension would give, if any.  `offers` is what a
    room that nobody uses offers to whoever stands there, or why not; `readiness` is asked while no session runs; `closed` is
    maintenance at this moment.
    """

    kind: str
    current: Entry | None
    following: Entry | None
    today: tuple[Entry, ...]
    session: tables.ConferenceSession | None
    extendable_to: datetime | None = None
    offers: tuple[start_now.Offer, ...] = ()
    readiness: Readiness | None = None
    closed: Maintenance | None = None

    @property
    def asks_who_came(self) -> bool:
        return self.kind == "upcoming" and self.current.local and not self.current.has_come

    @property
    def closed_why(self) -> str:
        """The reason of the maintenance: it is about no conference, and whoever looks for the room is told the same."""
        return told_reason(self.closed.why, None) if self.closed is not None else ""


def room_now(facts: RoomFacts, *, now: datetime) -> RoomNow:
    """Return what the room's panel shows at `now`."""
    if facts.session_runs:
        return _beside(facts, now) or _in_session(room_by_id(facts.room.id), now)
    entries = [_entry_of_row(facts, one) for one in facts.shown]
    closed = next((one for one in facts.maintenance if one.span.start <= now), None)
    current = next((one for one in entries if one.near_at <= now < one.span.end), None)
    kind, offered = _without_session(current, closed, now), ()
    if kind == "free" or (kind in ("upcoming", "requested") and now < current.span.start):
        offered = offers(facts, now)
    extendable_to = extended_end(booking.occurrence_by_id(current.occurrence_id), now) if kind == "ending" else None
    return RoomNow(kind=kind, current=current, following=_following(entries, current), today=_of_today(entries, now), session=None,
                   extendable_to=extendable_to, offers=offered, closed=closed, readiness=_readiness(facts, now))


def _beside(facts: RoomFacts, now: datetime) -> RoomNow | None:
    """Return what a room shows that takes part in a session led elsewhere; None when it leads one itself, or its time is over.

    Of a national conference thousands of panels ask at once, so it is made of the room's own rows.
    """
    entries = [_entry_of_row(facts, one) for one in facts.shown]
    current = next((one for one in entries if one.occurrence_id == facts.led_elsewhere), None)
    session = next(iter(tables.running_sessions_at(facts.room.id)), None) if current is not None else None
    if session is None:
        return None
    closed = next((one for one in facts.maintenance if one.span.start <= now), None)
    return RoomNow(kind=_ending_or_in_use(current, now), current=current, following=_following(entries, current), today=_of_today(entries, now),
                   session=session, extendable_to=None, closed=closed)


def _in_session(room: Room, now: datetime) -> RoomNow:
    """Return what a room shows in which a session runs; from its objects, since far more is shown of it.  It may have ended just now."""
    found = booking.occurrences_of_room(room.id, Span(now, max(end_of_day(now), now + AHEAD)))
    session = next(iter(tables.running_sessions_at(room.id)), None)
    if session is not None and session.occurrence_id not in {one.id for one in found}:
        found.insert(0, booking.occurrence_by_id(session.occurrence_id))
    led = session.occurrence_id if session is not None else None
    held = {one.id: one for one in found if one.id == led or not _is_over(one)}
    entries = [_entry(room, one) for one in held.values()]
    closed = next((_maintenance(one) for one in windows_during([room.id], Span(now, now + AHEAD)) if one.start_at <= now), None)
    current = next((one for one in entries if one.occurrence_id == led), None)
    if current is not None:
        kind = _ending_or_in_use(current, now)
    else:
        current = next((one for one in entries if one.near_at <= now < one.span.end), None)
        kind = _without_session(current, closed, now)
    extendable_to = None
    if kind == "ending" and (session is None or session.state != SessionState.ENDING):
        extendable_to = extended_end(held[current.occurrence_id], now)
    return RoomNow(kind=kind, current=current, following=_following(entries, current), today=_of_today(entries, now), session=session,
                   extendable_to=extendable_to, closed=closed)


def _following(entries: Sequence[Entry], current: Entry | None) -> Entry | None:
    return next((one for one in entries if one is not current and (current is None or one.span.start >= current.span.start)), None)


def _of_today(entries: Sequence[Entry], now: datetime) -> tuple[Entry, ...]:
    return tuple(one for one in entries if one.span.start < end_of_day(now))


def _without_session(current: Entry | None, closed: Maintenance | None, now: datetime) -> str:
    if current is None:
        return "free" if closed is None else "maintenance"
    if not current.granted:
        return "requested"
    if current.local and current.has_come and now >= current.span.start:
        return _ending_or_in_use(current, now)
    return "upcoming"


def _ending_or_in_use(current: Entry, now: datetime) -> str:
    return "in_use" if current.span.end - now > ENDING else "ending"


def _is_over(occurrence: booking.Occurrence) -> bool:
    """True of what took place and has ended; what was tried and never came to be live may be started again until its planned end."""
    if occurrence.actual_end_at is None:
        return False
    tried = tables.sessions_of(occurrence.id)
    return not tried or tried[-1].live_at is not None


def _maintenance(window: MaintenanceWindow) -> Maintenance:
    return Maintenance(window.span, window.reason)


def _readiness(facts: RoomFacts, now: datetime) -> Readiness:
    if not facts.codecs:
        return Readiness(None)
    codec = facts.codecs[-1]
    status = as_shown(Status(codec.status), codec.probed_at, now=now, interval=timedelta(seconds=codec.probe_every_s))
    return Readiness(status, codec.fault if status is not Status.UNKNOWN else "", codec.probed_at)


def _entry_of_row(facts: RoomFacts, row: Row[Any]) -> Entry:
    """Return an occurrence with as much of it as panels show at all; the rooms that take part only where it is near."""
    sites = (facts.sites or {}).get(row.occurrence_id)
    local = sites is not None and sites.local
    span, classification = Span(row.planned_start_at, row.planned_end_at), Classification(row.classification)
    full = Full(conference_id=row.conference_id, occurrence_id=row.occurrence_id, span=span, title=row.title, classification=classification,
                chair=row.leader, organizer="", on_behalf_of=row.on_behalf_of, attendees="", contact="",
                sites=_names(row, sites) if sites is not None and not local else ())
    stored = Facts(full=full, code_name="", organizer_id=row.organizer_id, chair_id=row.leader_id, unit_ids={facts.room.unit_id},
                   deciding_unit_ids=())
    return Entry(occurrence_id=row.occurrence_id, view=view(stored, Viewer(user_id=0, unit_id=facts.room.unit_id)), span=span,
                 is_host=row.host_room_id == facts.room.id, granted=row.state == ReservationState.GRANTED,
                 restricted=classification.is_restricted, local=local, has_come=local and row.checked_in_at is not None,
                 asked_at=row.check_in_asked_at)


def _names(row: Row[Any], sites: Sites) -> tuple[str, ...]:
    if sites.everyone:
        return tuple(one.name for one in sorted(sites.everyone, key=lambda one: one.room_id != row.host_room_id))
    rooms = sites.first
    if len(rooms) < rooms[0].rooms:
        with reading() as connection:
            rooms = panel_tables.all_sites_of(connection, row.occurrence_id)
    return tuple(one.name for one in sorted(rooms, key=lambda one: (one.room_id != row.host_room_id, one.unit_order_key, one.order_key)))


def _entry(room: Room, occurrence: booking.Occurrence) -> Entry:
    facts = occurrence.facts()
    mine = next(one for one in occurrence.reservations if one.room_id == room.id)
    local = in_one_room(occurrence.reservations)
    return Entry(occurrence_id=occurrence.id, view=view(facts, Viewer(user_id=0, unit_id=room.unit_id)), span=occurrence.span,
                 is_host=occurrence.conference.host_room_id == room.id, granted=mine.state == ReservationState.GRANTED,
                 restricted=facts.full.classification.is_restricted, local=local, has_come=local and occurrence.checked_in_at is not None,
                 asked_at=occurrence.check_in_asked_at)
