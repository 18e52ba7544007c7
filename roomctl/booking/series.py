"""Dates of a series that were left out, or never thought of, and are added after all."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.exc import IntegrityError

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.booking import availability, invite, tables
from roomctl.booking.cancel import conference_to_change
from roomctl.booking.lifecycle import LeftOut
from roomctl.booking.recurrence import MOST_DATES
from roomctl.booking.request import Asker, reserve
from roomctl.booking.scope import place_of
from roomctl.database import db, write_transaction
from roomctl.errors import Conflict, InvalidInput, Problem, Refused
from roomctl.notices.wording import NoticeKind
from roomctl.organisation import access
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User
from roomctl.rooms.tables import Room, lock_rooms
from roomctl.timespan import Span, from_local, to_local


def add_date(conference_id: int, day: date, *, by: User | None) -> int:
    """Add a date to a series, in the rooms of the others and at its hour, and return the occurrence's id.

    A date that was left out is filled in; one that stands already is returned as it is.  Raises NotVisible, NotAllowed,
    InvalidInput, RoomsNotFree, Refused("not_a_series"), and Conflict, also for a date that was cancelled: its rows are history.
    """
    try:
        with write_transaction():
            series, _ = conference_to_change(conference_id, None, by)
            by = access.require(by, Action.AMEND_CONFERENCE, series)
            if series.cancelled_at is not None:
                raise Conflict("already_cancelled")
            if not series.is_series:
                raise Refused("not_a_series")
            return _added(series, day, by)
    except IntegrityError as error:
        raise Conflict("just_taken") from error


def _added(series: tables.Conference, day: date, by: User) -> int:
    slot_at = from_local(day, datetime.fromisoformat(series.wall_start).time())
    there = [one for one in series.occurrences if place_of(one) == slot_at]
    if there and not there[0].left_out:
        if there[0].cancelled_at is not None:
            raise Conflict("date_was_cancelled")
        return there[0].id
    pattern = _nearest(series, slot_at)
    span = Span(slot_at, slot_at + pattern.span.length)
    if span.start < clock.now():
        raise InvalidInput([Problem("day", "start_in_the_past")])
    if len(series.occurrences) >= MOST_DATES:
        raise InvalidInput([Problem("day", "too_many_dates", (("limit", MOST_DATES),))])
    room_ids = [held.room_id for held in pattern.standing]
    found = lock_rooms(room_ids)
    rooms = [found[room_id] for room_id in room_ids if room_id in found]
    if not availability.all_free(rooms, span):
        answers = availability.answers_for(rooms, span, availability.viewer_of(by))
        raise availability.RoomsNotFree(answers, None)
    occurrence = there[0] if there else tables.Occurrence(conference=series, slot_at=slot_at)
    occurrence.planned_start_at, occurrence.planned_end_at = span.start, span.end
    occurrence.left_out, occurrence.cancelled_at = LeftOut.NO, None
    series.sequence += 1
    put_date(series, occurrence, rooms, by=by, like=pattern)
    invite.tell_attendees(NoticeKind.INVITATION_CHANGED, series, by=by.id)
    return occurrence.id


def put_date(series: tables.Conference, occurrence: tables.Occurrence, rooms: Sequence[Room], *, by: User,
             like: tables.Occurrence | None = None) -> None:
    """Hold rooms, which are locked and free, for a new date of a series, inside the caller's transaction.

    Which of them are optional, and who is there, is as on the date it is made `like`, where there is one.
    """
    db.session.add(occurrence)
    db.session.flush()
    pattern = like.standing if like is not None else []
    reserve(series, [occurrence], rooms, Asker.of(series.organizer), optional={held.room_id for held in pattern if not held.required},
            contacts={held.room_id: (held.contact_name, held.contact_phone) for held in pattern})
    trail.append(EventKind.DATE_ADDED, actor=by.id, subject=series.ref, unit=series.unit_id, classification=series.classification,
                 occurrence=occurrence.id, rooms=sorted(room.id for room in rooms))


def _nearest(series: tables.Conference, slot_at: datetime) -> tables.Occurrence:
    """Return the date of the series that stands next to a moment, whose rooms and length the new one takes."""
    standing = [one for one in series.occurrences if one.cancelled_at is None]
    if not standing:
        raise Conflict("already_cancelled")
    return min(standing, key=lambda one: abs(place_of(one) - slot_at))


def days_left_out(series: tables.Conference, *, now: datetime) -> list[tuple[date, LeftOut]]:
    """Return the days of a series that were never booked and still lie ahead, each with the reason."""
    return [(to_local(place_of(one)).date(), LeftOut(one.left_out)) for one in series.occurrences if one.left_out and one.planned_start_at > now]
