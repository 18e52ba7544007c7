"""What an approver comes upon: what waits for them, what went past them, what they have just decided, and what is mandatory."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from roomctl import clock
from roomctl.booking import decide, decision_tables, waiting
from roomctl.booking.availability import viewer_of
from roomctl.booking.decide import CANNOT_SERVE, UNDO_WINDOW
from roomctl.booking.lifecycle import Change
from roomctl.booking.tables import Occurrence, Reservation
from roomctl.booking.visibility import Full, View, Viewer, view
from roomctl.organisation.roles import Role
from roomctl.organisation.tables import User
from roomctl.rooms.tables import Room
from roomctl.timespan import Span, iso_week, to_local


@dataclass(frozen=True, slots=True)
class Behind:
    """Somebody who waits for the same room at that time: the reservation's id, and as much of the conference as may be known."""

    id: int
    view: View


@dataclass(frozen=True, slots=True)
class Date:
    """One date of a line: its reservation, what may be known, and who waits behind it."""

    reservation: Reservation
    view: View
    behind: tuple[Behind, ...] = ()

    @property
    def id(self) -> int:
        return self.reservation.id

    @property
    def span(self) -> Span:
        return self.view.span


@dataclass(frozen=True, slots=True)
class Line:
    """One room asked for by one conference, on all dates that wait alike; a single conference has one date."""

    room: Room
    dates: tuple[Date, ...]
    changes: tuple[Change, ...] = ()

    @property
    def first(self) -> Date:
        return self.dates[0]

    @property
    def view(self) -> View:
        return self.dates[0].view

    @property
    def ids(self) -> list[int]:
        return [one.id for one in self.dates]

    @property
    def deadline_at(self) -> datetime:
        return min(one.reservation.deadline_at for one in self.dates)

    @property
    def behind_ids(self) -> list[int]:
        return sorted({other.id for one in self.dates for other in one.behind})


@dataclass(frozen=True, slots=True)
class Week:
    """The lines whose first date lies in an ISO week."""

    year: int
    week: int
    lines: list[Line] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided together and can be taken back until a moment."""

    line: Line
    state: str
    until: datetime


def week_of(moment: datetime) -> tuple[int, int]:
    """Return (ISO year, ISO week) of a moment's local day."""
    return iso_week(to_local(moment).date())


def weeks_of(user: User, *, only: tuple[int, int] | None = None) -> tuple[list[Week], list[tuple[tuple[int, int], int]]]:
    """Return what waits for this approver by week, and how much waits in each week; with `only`, the dates of that week and no others."""
    counts: dict[tuple[int, int], int] = {}
    asked = []
    for one in decide.queue_of(user):
        key = week_of(one.occurrence.planned_start_at)
        counts[key] = counts.get(key, 0) + 1
        if only in (None, key):
            asked.append(one)
    viewer, weeks = viewer_of(user), {}
    for line in sorted(_lines(asked, viewer, decision_tables.waiting_behind(asked)), key=lambda line: (line.deadline_at, line.first.id)):
        year, week = week_of(line.view.span.start)
        weeks.setdefault((year, week), Week(year, week)).lines.append(line)
    return [weeks[key] for key in sorted(weeks)], sorted(counts.items())


def line_of(user: User, reservation_id: int) -> Line | None:
    """Return the line that a reservation in this approver's queue belongs to; None when it is not theirs to decide."""
    queue = decide.queue_of(user)
    found = next((one for one in queue if one.id == reservation_id), None)
    if found is None:
        return None
    together = [one for one in queue if one.room_id == found.room_id and one.occurrence.conference_id == found.occurrence.conference_id]
    return _lines(together, viewer_of(user), decision_tables.waiting_behind(together))[0]


def passed_up(user: User) -> list[Line]:
    """Return the requests for rooms of this approver's units that went up to another unit, which decides them now."""
    return _lines(decision_tables.passed_up(_units(user)), viewer_of(user))


def mandatory_ahead(user: User) -> list[Line]:
    """Return what mandatory conferences have of the rooms of this approver's units."""
    return _lines(decision_tables.granted_to_mandatory(_units(user), clock.now()), viewer_of(user))


def hosted(user: User) -> list[tuple[Full, bool]]:
    """Return the coming conferences of which a room of this approver's units is the host room, and whether each is mandatory."""
    viewer, found = viewer_of(user), {}
    for occurrence in decision_tables.hosted_by(_units(user), clock.now()):
        shown = view(occurrence.facts(), viewer)
        others = any(one.room.unit_id != occurrence.conference.host_room.unit_id for one in occurrence.reservations)
        if isinstance(shown, Full) and others and occurrence.conference.organizer_id != user.id:
            found.setdefault(occurrence.conference_id, (shown, occurrence.conference.mandatory_at is not None))
    return list(found.values())


def just_decided(user: User) -> list[Decided]:
    """Return what this approver decided within the last minutes and can take back, the latest first."""
    now, groups = clock.now(), {}
    for one in decision_tables.decided_by(user.id, now - UNDO_WINDOW):
        if one.decided_rule in ("", CANNOT_SERVE) and _not_begun(one.occurrence, now):
            groups.setdefault((one.occurrence.conference_id, one.room_id, one.decided_at, one.state), []).append(one)
    viewer = viewer_of(user)
    return [Decided(_lines(together, viewer)[0], state, decided_at + UNDO_WINDOW) for (_, _, decided_at, state), together in groups.items()]


def _not_begun(occurrence: Occurrence, now: datetime) -> bool:
    return occurrence.planned_start_at > now and occurrence.cancelled_at is None and occurrence.actual_start_at is None


def _units(user: User) -> set[int]:
    return {grant.unit_id for grant in user.standing_grants() if grant.role == Role.APPROVER}


def _lines(reservations: Iterable[Reservation], viewer: Viewer, behind: dict[int, list[Reservation]] | None = None) -> list[Line]:
    lines = []
    for dates in waiting.by_room(reservations):
        shown = tuple(Date(one, view(one.occurrence.facts(), viewer),
                           tuple(Behind(other.id, view(other.occurrence.facts(), viewer)) for other in (behind or {}).get(one.id, ())))
                      for one in dates)
        lines.append(Line(dates[0].room, shown, tuple(dict.fromkeys(Change(one.change) for one in dates))))
    return lines
