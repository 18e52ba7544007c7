"""Publishing a week's schedule: what stands on it now becomes the next version, against which later changes are marked."""

import hashlib
import hmac
import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from flask import current_app

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.booking.tables import Occurrence
from roomctl.booking.week import Scope, state_of
from roomctl.config import Settings
from roomctl.database import lock_name, write_transaction
from roomctl.errors import InvalidInput, Problem, Refused
from roomctl.organisation import access, once
from roomctl.organisation.directory import standing_unit
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User
from roomctl.organisation.unit_tables import Unit
from roomctl.schedule import tables
from roomctl.schedule.changes import Published
from roomctl.timespan import Span, week_span
from roomctl.typed import Typed


def publish_week(unit: Unit, year: int, week: int, *, by: User, note: str = "", key: str = "") -> int:
    """Publish a unit's week as it stands now and return its version; the same `key` again publishes nothing.

    Raises NotAllowed, InvalidInput (note, a week that the year does not have), Refused("week_over") and
    Conflict("unit_already_merged").
    """
    typed, now = Typed(), clock.now()
    access.require(by, Action.PUBLISH_WEEK, unit)
    note = typed.line("note", note, longest=300)
    typed.insist()
    try:
        span = week_span(year, week)
    except (ValueError, OverflowError):
        raise InvalidInput([Problem("week", "no_such_week")]) from None
    if span.end <= now:
        raise Refused("week_over")
    unit_id, lines = unit.id, lines_of(unit, span, now)  # Read before the transaction: a large unit has thousands, and others want to write.
    with write_transaction() as session:
        unit = standing_unit(unit_id)
        access.require(by, Action.PUBLISH_WEEK, unit)
        lock_name(f"week:{unit_id}:{year}:{week}")
        last = tables.last_publication(unit_id, year, week)
        if key and once.made_before(by, key) is not None and last is not None:
            return last.version
        version = last.version + 1 if last else 1
        session.add(tables.WeekPublication(unit_id=unit_id, year=year, week=week, version=version, published_at=now, published_by=by.id,
                                           note=note, lines=lines))
        if key:
            once.remember(by, key, unit.ref)
        trail.append(EventKind.WEEK_PUBLISHED, actor=by.id, subject=f"week:{year}-W{week:02}", unit=unit_id, version=version, lines=len(lines),
                     digest=hashlib.sha256(json.dumps(lines, sort_keys=True).encode()).hexdigest())
        return version


def lines_of(unit: Unit, span: Span, now: datetime) -> list[dict[str, Any]]:
    """Return what is kept of each conference in the rooms of a unit and below."""
    scope = Scope(unit.path)
    return [_stored(as_published(one, scope, now)) for one in scope.occurrences(span)]


def as_published(occurrence: Occurrence, scope: Scope, now: datetime) -> Published:
    """Return what is kept of an occurrence as it is now."""
    return Published(
        occurrence_id=occurrence.id, span=occurrence.span, host_room_id=occurrence.conference.host_room_id,
        room_ids=tuple(sorted(one.room_id for one in occurrence.standing if scope.holds(one.room))), state=state_of(occurrence, now),
        sites=len(occurrence.standing), digest=digest_of(occurrence))


def digest_of(occurrence: Occurrence) -> str:
    """Return what stands for title, leader and attendees.

    Keyed, so that nobody can try titles against it, and of this occurrence only, so that equal titles are not seen to be equal.
    """
    full, settings = occurrence.facts().full, current_app.config["SETTINGS"]
    assert isinstance(settings, Settings)
    words = json.dumps([occurrence.id, full.title, occurrence.leader_id, full.on_behalf_of, full.attendees])
    return hmac.new(settings.secret("week-digest-key"), words.encode(), hashlib.sha256).hexdigest()


def published_lines(publication: tables.WeekPublication | None) -> dict[int, Published]:
    """Return a version's lines by occurrence; none while nothing was published."""
    return {line["occurrence"]: _read(line) for line in publication.lines} if publication is not None else {}


def _stored(line: Published) -> dict[str, Any]:
    return {"occurrence": line.occurrence_id, "start": line.span.start.isoformat(), "end": line.span.end.isoformat(), "room": line.host_room_id,
            "rooms": list(line.room_ids), "state": line.state, "sites": line.sites, "digest": line.digest}


def _read(line: dict[str, Any]) -> Published:
    span = Span(datetime.fromisoformat(line["start"]), datetime.fromisoformat(line["end"]))
    rooms: Collection[int] = tuple(line["rooms"])
    return Published(line["occurrence"], span, line["room"], rooms, line["state"], line["sites"], line["digest"])
