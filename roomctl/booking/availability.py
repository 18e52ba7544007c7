"""Is a room free, and if not, why not.  One answer for the form, the request itself and the decision."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from roomctl import clock
from roomctl.booking import conflicts, find_time, tables
from roomctl.booking.visibility import View, Viewer, view
from roomctl.devices.health import Status
from roomctl.devices.tables import codec_states
from roomctl.errors import Conflict
from roomctl.organisation.access import reach_of
from roomctl.organisation.roles import Action, Role
from roomctl.organisation.tables import User
from roomctl.organisation.unit_tables import with_merged
from roomctl.rooms.suitability import Maintenance, Reason, reasons_against
from roomctl.rooms.tables import LONGEST_BUFFER, Room
from roomctl.rooms.upkeep_tables import windows_during
from roomctl.timespan import Span


@dataclass(frozen=True, slots=True)
class Clash:
    """One conference in the way; `only_buffer` when the shown times do not meet, only setup or teardown do."""

    view: View
    only_buffer: bool


@dataclass(frozen=True, slots=True)
class RoomAnswer:
    """Free, or why not: who holds the room, and what the room asks that the time does not meet.

    `note` names what does not block but should be known: "no_codec", "codec_fault".
    """

    room: Room
    clashes: tuple[Clash, ...]
    reasons: tuple[Reason, ...] = ()
    note: str = ""

    @property
    def is_free(self) -> bool:
        return not self.clashes and not self.reasons


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


def answers_for(rooms: Iterable[Room], span: Span, viewer: Viewer, *, ignoring: Collection[int] = ()) -> list[RoomAnswer]:
    """Answer for each room, in their order, whether it is free for `span` (as shown; each room's buffers are added here).

    `ignoring` are the ids of occurrences that are being moved and cannot stand in their own way.
    """
    return answers_for_dates(rooms, [span], viewer, ignoring=ignoring)[0]


def answers_for_dates(rooms: Iterable[Room], spans: Sequence[Span], viewer: Viewer, *,
                      ignoring: Collection[int] = ()) -> list[list[RoomAnswer]]:
    """Answer for each span, and within it for each room, as `answers_for` does; what holds the rooms is read once for all."""
    calendar = _Calendar(list(rooms), spans, ignoring)
    found = [[(room, calendar.in_the_way(room, span), calendar.reasons(room, span)) for room in calendar.rooms] for span in spans]
    clashing = tables.occurrences_by_ids({one.occurrence_id for answers in found for _, taken, _ in answers for one in taken})
    views = {occurrence_id: view(occurrence.facts(), viewer) for occurrence_id, occurrence in clashing.items()}
    notes = _notes(calendar.rooms)
    return [[RoomAnswer(room, tuple(Clash(views[one.occurrence_id], not views[one.occurrence_id].span.overlaps(span)) for one in taken),
                        reasons, notes.get(room.id, "")) for room, taken, reasons in answers]
            for span, answers in zip(spans, found, strict=True)]


def all_free(rooms: Iterable[Room], span: Span, *, ignoring: Collection[int] = ()) -> bool:
    """True when nothing stands in the way of any of the rooms; who does is asked only when this is not so."""
    return all_free_on(rooms, [span], ignoring=ignoring)[0]


def all_free_on(rooms: Iterable[Room], spans: Sequence[Span], *, ignoring: Collection[int] = ()) -> list[bool]:
    """Say for each span whether all the rooms are free for it."""
    calendar = _Calendar(list(rooms), spans, ignoring)
    return [not any(calendar.in_the_way(room, span) or calendar.reasons(room, span) for room in calendar.rooms) for span in spans]


class _Calendar:
    """What holds or closes some rooms from the first to the last of some spans, read in two questions however many they are."""

    def __init__(self, rooms: list[Room], spans: Sequence[Span], ignoring: Collection[int]) -> None:
        self.rooms, self._now = rooms, clock.now()
        self._taken: dict[int, list[conflicts.Occupied]] = {room.id: [] for room in rooms}
        self._closed: dict[int, list[Maintenance]] = {}
        if not rooms or not spans:
            return
        around = Span(min(span.start for span in spans), max(span.end for span in spans)).widened(LONGEST_BUFFER, LONGEST_BUFFER)
        for one in tables.occupied_during(list(self._taken), around):
            if one.occurrence_id not in ignoring:
                self._taken[one.room_id].append(one)
        for window in windows_during(list(self._taken), around):
            self._closed.setdefault(window.room_id, []).append(Maintenance(window.span, window.reason))

    def in_the_way(self, room: Room, span: Span) -> list[conflicts.Occupied]:
        return conflicts.in_the_way(span.widened(room.setup, room.teardown), self._taken[room.id])

    def reasons(self, room: Room, span: Span) -> tuple[Reason, ...]:
        return reasons_against(room, span, occupied=span.widened(room.setup, room.teardown), maintenance=self._closed.get(room.id, ()),
                               now=self._now)


def _notes(rooms: list[Room]) -> dict[int, str]:
    """Return what should be known of rooms' equipment for conferences; nothing of a room whose codec is well."""
    codecs = codec_states([room.id for room in rooms])
    return {room.id: "codec_fault" if room.id in codecs else "no_codec" for room in rooms if codecs.get(room.id) in (None, Status.CRITICAL)}


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
    return find_time.next_common_time(rooms, span, now=now)
