"""Is a room free, and if not, why not.  One answer for the form, the request itself and the decision."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from roomctl.booking import conflicts, tables
from roomctl.booking.visibility import View, Viewer, view
from roomctl.devices.health import Status
from roomctl.devices.tables import codec_states
from roomctl.errors import Conflict
from roomctl.organisation.access import reach_of
from roomctl.organisation.roles import Action, Role
from roomctl.organisation.tables import User
from roomctl.organisation.unit_tables import with_merged
from roomctl.rooms.tables import Room
from roomctl.timespan import Span, to_local

STEP = timedelta(minutes=15)
SEARCH_AHEAD = timedelta(days=14)
LONGEST_BUFFER = timedelta(hours=6)  # No room holds more setup or teardown than this (see rooms.tables).
DAY_BEGINS, DAY_ENDS = 7, 18  # Local hours within which another time is proposed.


@dataclass(frozen=True, slots=True)
class Clash:
    """One conference in the way; `only_buffer` when the shown times do not meet, only setup or teardown do."""

    view: View
    only_buffer: bool


@dataclass(frozen=True, slots=True)
class RoomAnswer:
    """Free, or why not.  `note` names what does not block but should be known: "no_codec", "codec_fault"."""

    room: Room
    clashes: tuple[Clash, ...]
    note: str = ""

    @property
    def is_free(self) -> bool:
        return not self.clashes


class RoomsNotFree(Conflict):
    """At least one asked-for room is taken; nothing was reserved."""

    def __init__(self, answers: list[RoomAnswer], proposal: Span | None) -> None:
        super().__init__("rooms_not_free")
        self.answers, self.proposal = answers, proposal


def viewer_of(user: User) -> Viewer:
    """Return what visibility needs to know of a person; what a merged unit was part of, its successor is part of."""
    decides_for = {grant.unit_id for grant in user.standing_grants() if grant.role == Role.APPROVER}
    return Viewer(user_id=user.id, unit_id=user.unit_id, decides_for=with_merged(decides_for) if decides_for else (),
                  audits=bool(reach_of(user, Action.SEE_EVIDENCE)), took_over=with_merged([user.unit_id]))


def answers_for(rooms: Iterable[Room], span: Span, viewer: Viewer, *, ignoring: int | None = None) -> list[RoomAnswer]:
    """Answer for each room whether it is free for `span` (as shown; each room's buffers are added here).

    `ignoring` is the occurrence that is being moved and cannot stand in its own way.
    """
    rooms = list(rooms)
    taken = _taken(rooms, span, ignoring)
    clashing = tables.occurrences_by_ids({one.occurrence_id for found in taken.values() for one in found})
    codecs, answers = codec_states(list(taken)), []
    for room in rooms:
        clashes = tuple(Clash(view(clashing[one.occurrence_id].facts(), viewer), not one.shown.overlaps(span)) for one in taken[room.id])
        note = "no_codec" if room.id not in codecs else "codec_fault" if codecs[room.id] == Status.CRITICAL else ""
        answers.append(RoomAnswer(room, clashes, note))
    return answers


def all_free(rooms: Iterable[Room], span: Span) -> bool:
    """True when nothing stands in the way of any of the rooms; who does is asked only when this is not so."""
    return not any(_taken(list(rooms), span, None).values())


def _taken(rooms: list[Room], span: Span, ignoring: int | None) -> dict[int, list[conflicts.Occupied]]:
    occupied = [one for one in tables.occupied_during([room.id for room in rooms], span.widened(LONGEST_BUFFER, LONGEST_BUFFER))
                if one.occurrence_id != ignoring]
    return {room.id: conflicts.in_the_way(room.id, span.widened(room.setup, room.teardown), occupied) for room in rooms}


def free_until(rooms: Collection[Room], end: datetime, until: datetime) -> datetime:
    """Return up to when what ends in these rooms at `end` could go on before one of them is held by another, looking as far as `until`.

    Each room's teardown comes behind the end; the result may lie before `end` when somebody follows already in that time.
    """
    teardowns = {room.id: room.teardown for room in rooms}
    latest = until
    for one in tables.occupied_during(list(teardowns), Span(end, until + LONGEST_BUFFER)):
        if one.occupied.start >= end:
            latest = min(latest, one.occupied.start - teardowns[one.room_id])
    return latest


def next_time_for_all(rooms: Collection[Room], span: Span, *, now: datetime) -> Span | None:
    """Return the next span of the same length, on a quarter of an hour and within office hours, free in all rooms."""
    horizon = Span(span.start, span.start + SEARCH_AHEAD)
    around = Span(horizon.start, horizon.end + span.length).widened(LONGEST_BUFFER, LONGEST_BUFFER)
    by_id = {room.id: room for room in rooms}
    # A start s is blocked by a reservation held over [from, until) when from - length - teardown < s < until + setup.
    blocked = sorted((one.occupied.start - span.length - by_id[one.room_id].teardown, one.occupied.end + by_id[one.room_id].setup)
                     for one in tables.occupied_during(list(by_id), around))
    start = max(span.start, now)
    start = start.replace(minute=start.minute // 15 * 15, second=0, microsecond=0) + STEP
    place, until = 0, start
    while start < horizon.end:
        while place < len(blocked) and blocked[place][0] < start:
            until = max(until, blocked[place][1])
            place += 1
        local = to_local(start)
        fits = local.hour >= DAY_BEGINS and (to_local(start + span.length) - local.replace(hour=0, minute=0)) <= timedelta(hours=DAY_ENDS)
        if fits and local.weekday() < 5 and start >= until:
            return Span(start, start + span.length)
        start += STEP
    return None
