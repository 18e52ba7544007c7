"""A week's sheet as somebody reads it: of a unit, a room or a leader, with what changed since it was published."""

from dataclasses import dataclass, replace
from datetime import datetime

from roomctl.booking import week_tables
from roomctl.booking.availability import viewer_of
from roomctl.booking.tables import Occurrence
from roomctl.booking.visibility import Full, View, Viewer, view
from roomctl.booking.week import Row, Scope, half_on, part_of_day, place_of, rows_of
from roomctl.organisation.tables import User
from roomctl.organisation.unit_tables import Unit
from roomctl.rooms.tables import Room, rooms_by_id
from roomctl.schedule import tables
from roomctl.schedule.changes import GONE, Mark, Published, mark_of_gone, marks_of
from roomctl.schedule.publish import as_published, published_lines
from roomctl.text import folded
from roomctl.timespan import Span, days_of, week_span


@dataclass(frozen=True, slots=True)
class Choice:
    """Whose sheet it is: a unit's with all below it, one of its rooms, and of these a leader's when a part of their name is given."""

    unit: Unit
    room: Room | None = None
    leader: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What a line is marked with; `former` is the published time of one that was moved, `moved_to` the time of one that left the week."""

    marks: tuple[Mark, ...] = ()
    former: Span | None = None
    former_room: str = ""
    moved_to: Span | None = None

    @property
    def is_gone(self) -> bool:
        return not GONE.isdisjoint(self.marks)


UNCHANGED = Change()


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the sheet, and what changed of it."""

    row: Row
    change: Change


@dataclass(frozen=True, slots=True)
class Version:
    """Which version of the week is the published one; `contact` is whom to ask about it."""

    number: int
    at: datetime
    by: str
    contact: str
    note: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """All lines of a week in order of time; `version` is None while it was not published."""

    lines: list[Line]
    version: Version | None


def week_sheet(year: int, week: int, choice: Choice, *, by: User, now: datetime) -> Sheet:
    """Return one ISO week's sheet as far as `by` may know it.

    On their own unit's sheet stand also the conferences that they organize or chair elsewhere; those were never published, and
    are not marked.  Raises ValueError for a week that the year does not have.
    """
    span, viewer = week_span(year, week), viewer_of(by)
    scope = Scope(choice.unit.path, room_id=choice.room.id if choice.room else 0, person_id=by.id if choice.unit.id == by.unit_id else 0)
    publication = tables.last_publication(choice.unit.id, year, week)
    published, found = published_lines(publication), scope.occurrences(span)
    former_rooms = rooms_by_id({line.host_room_id for line in published.values()})
    lines = _gone(published, {one.id for one in found}, span, scope, viewer, former_rooms)
    for occurrence in found:
        rows = rows_of(occurrence, span, scope=scope, viewer=viewer, now=now)
        if not rows:
            continue
        change = _change(published.get(occurrence.id), occurrence, scope, now, former_rooms, rows[0].view) if publication else UNCHANGED
        lines += [Line(row, change) for row in rows]
    lines = sorted((line for line in lines if _is_led_by(line.row.view, choice.leader)), key=lambda line: place_of(line.row))
    return Sheet(lines, _version(publication) if publication else None)


def _version(publication: tables.WeekPublication) -> Version:
    by = publication.publisher
    return Version(publication.version, publication.published_at, by.name, contact_of(by), publication.note)


def contact_of(user: User) -> str:
    """Return a person's name with their telephone number behind it."""
    return ", ".join(filter(None, [user.name, user.phone]))


def _change(then: Published | None, occurrence: Occurrence, scope: Scope, now: datetime, rooms: dict[int, Room], shown: View) -> Change:
    current = as_published(occurrence, scope, now)
    if then is None and not current.room_ids:
        return UNCHANGED  # It stands here since it is the reader's own, in rooms of others.
    marks = marks_of(then, current, in_full=isinstance(shown, Full))
    former_room = rooms.get(then.host_room_id) if then is not None and Mark.ROOM in marks else None
    return Change(marks, former=then.span if then is not None and Mark.TIME in marks else None, former_room=former_room.name if former_room else "")


def _gone(published: dict[int, Published], standing: set[int], span: Span, scope: Scope, viewer: Viewer,
          rooms: dict[int, Room]) -> list[Line]:
    """Return the published lines that stand on the sheet no more, where they stood, as much of each as `viewer` may know."""
    missing = {key: line for key, line in published.items() if key not in standing and (not scope.room_id or scope.room_id in line.room_ids)}
    held = rooms_by_id({room_id for line in missing.values() for room_id in line.room_ids[:1]} | ({scope.room_id} if scope.room_id else set()))
    found = []
    for key, occurrence in week_tables.whole(missing).items():
        line, shown = missing[key], view(occurrence.facts(), viewer)
        known = isinstance(shown, Full)
        elsewhere = bool(occurrence.standing) and not occurrence.span.overlaps(span)
        mark = mark_of_gone(cancelled=occurrence.cancelled_at is not None, elsewhere=elsewhere, in_full=known)
        room = rooms.get(line.host_room_id) if known else held.get(scope.room_id or next(iter(line.room_ids), 0))
        change = Change((mark,), moved_to=occurrence.span if mark is Mark.MOVED_AWAY else None)
        then = replace(shown, span=line.span)
        for day in days_of(line.span.within(span)):
            part = part_of_day(line.span, day)
            found.append(Line(Row(day=day, part=part, half=half_on(line.span, part), view=then, host_room=room.name if room else "",
                              sites=line.sites if known else 0, state=None), change))
    return found


def _is_led_by(shown: View, words: str) -> bool:
    """True when the leader's name holds `words`; who may not know the leader finds nothing by the name."""
    if not words:
        return True
    return isinstance(shown, Full) and folded(words) in folded(shown.on_behalf_of or shown.chair)
