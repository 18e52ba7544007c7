"""What a room is at this moment, for the panel at its door: free, requested, upcoming, in use, ending, or closed for maintenance.

Restricted conferences are only a time here.  What is not known is said to be unknown: a codec that nobody could ask for a while is
neither ready nor broken.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from roomctl.booking import start_now
from roomctl.booking import tables as booking
from roomctl.booking.lifecycle import ReservationState
from roomctl.booking.longer import ENDING, extended_end
from roomctl.booking.presence import CHECK_IN_EARLY, come_until, in_one_room
from roomctl.booking.visibility import View, Viewer, told_reason, view
from roomctl.devices.health import Status, as_shown
from roomctl.devices.tables import codecs_of_rooms
from roomctl.rooms.suitability import Maintenance
from roomctl.rooms.tables import LONGEST_BUFFER, Room
from roomctl.rooms.upkeep_tables import MaintenanceWindow, windows_during
from roomctl.sessions import tables
from roomctl.sessions.control import START_EARLY
from roomctl.sessions.states import SessionState
from roomctl.timespan import HANOI, Span, from_local, to_local

AHEAD = timedelta(hours=12)  # As far as a panel looks, and at least to the end of the day.


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


def room_now(room: Room, *, now: datetime) -> RoomNow:
    """Return what the room's panel shows at `now`."""
    day_end = from_local(to_local(now).date() + timedelta(days=1), datetime.min.time(), HANOI)
    found = booking.occurrences_of_room(room.id, Span(now, max(day_end, now + AHEAD)))
    session = next(iter(tables.running_sessions_at(room.id)), None)
    if session is not None and session.occurrence_id not in {one.id for one in found}:
        found.insert(0, booking.occurrence_by_id(session.occurrence_id))
    led = session.occurrence_id if session is not None else None
    held = {one.id: one for one in found if one.id == led or not _is_over(one)}
    entries = [_entry(room, one) for one in held.values()]
    current = next((one for one in entries if one.occurrence_id == led), None)
    windows = windows_during([room.id], Span(now, now + AHEAD))
    closed = next((_maintenance(one) for one in windows if one.start_at <= now), None)
    extendable_to, offers = None, ()
    if current is not None:
        kind = _ending_or_in_use(current, now)
    else:
        current = next((one for one in entries if one.near_at <= now < one.span.end), None)
        kind = _without_session(current, closed, now)
    if kind == "ending" and (session is None or session.state != SessionState.ENDING):
        extendable_to = extended_end(held[current.occurrence_id], now)
    if kind == "free" or (kind in ("upcoming", "requested") and now < current.span.start):
        offers = _offers(room, windows, now)
    following = next((one for one in entries if one is not current and (current is None or one.span.start >= current.span.start)), None)
    return RoomNow(kind=kind, current=current, following=following, today=tuple(one for one in entries if one.span.start < day_end),
                   session=session, extendable_to=extendable_to, offers=offers, closed=closed,
                   readiness=_readiness(room, now) if session is None else None)


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


def _offers(room: Room, windows: Sequence[MaintenanceWindow], now: datetime) -> tuple[start_now.Offer, ...]:
    taken = booking.occupied_during([room.id], Span(now, now + max(start_now.LENGTHS)).widened(LONGEST_BUFFER, LONGEST_BUFFER))
    return start_now.offers(room, taken, [_maintenance(one) for one in windows], now=now)


def _maintenance(window: MaintenanceWindow) -> Maintenance:
    return Maintenance(window.span, window.reason)


def _readiness(room: Room, now: datetime) -> Readiness:
    codec = codecs_of_rooms([room.id]).get(room.id)
    if codec is None:
        return Readiness(None)
    status = as_shown(Status(codec.status), codec.probed_at, now=now, interval=timedelta(seconds=codec.probe_every_s))
    return Readiness(status, codec.fault if status is not Status.UNKNOWN else "", codec.probed_at)


def _entry(room: Room, occurrence: booking.Occurrence) -> Entry:
    facts = occurrence.facts()
    mine = next(one for one in occurrence.reservations if one.room_id == room.id)
    local = in_one_room(occurrence.reservations)
    return Entry(occurrence_id=occurrence.id, view=view(facts, Viewer(user_id=0, unit_id=room.unit_id)), span=occurrence.span,
                 is_host=occurrence.conference.host_room_id == room.id, granted=mine.state == ReservationState.GRANTED,
                 restricted=facts.full.classification.is_restricted, local=local, has_come=local and occurrence.checked_in_at is not None,
                 asked_at=occurrence.check_in_asked_at)
