"""A room that was refused, displaced or never decided: another of the same unit instead, or going on without it."""

from collections.abc import Sequence

from sqlalchemy.exc import IntegrityError

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.booking import availability, decision_tables, instead, invite
from roomctl.booking.availability import viewer_of
from roomctl.booking.lifecycle import LOST, Change, ReservationState
from roomctl.booking.request import Asker, ask_again, reserve
from roomctl.booking.tables import Occurrence, Reservation
from roomctl.booking.visibility import Busy, view
from roomctl.database import db, write_transaction
from roomctl.errors import Conflict, InvalidInput, NotVisible, Problem, Refused
from roomctl.notices.wording import NoticeKind
from roomctl.organisation import access
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User
from roomctl.rooms.tables import Room, room_by_id


def lost_rooms(occurrence: Occurrence) -> list[Reservation]:
    """Return the reservations of an occurrence that need attention: lost, needed, and nothing in their place yet."""
    replaced = {one.replaces_id for one in occurrence.reservations if one.state != ReservationState.RELEASED}
    return [one for one in occurrence.reservations if one.state in LOST and one.required and one.id not in replaced]


def alternatives(occurrence: Occurrence) -> dict[int, list[Room]]:
    """Return, by the id of each reservation that needs attention, rooms of the same unit that are free at that time."""
    asked = frozenset(one.room_id for one in occurrence.reservations if one.state != ReservationState.RELEASED)
    return {one.id: instead.rooms_instead(one.room, [occurrence.span], without=asked) for one in lost_rooms(occurrence)}


def replace_room(reservation_id: int, room_id: int, *, by: User | None, later_too: bool = False) -> None:
    """Ask for another room of the same unit in place of one that could not be had; with `later_too` on every later date as well.

    It is granted or requested by the rules of any request, all dates or none.  Raises NotVisible, NotAllowed,
    InvalidInput("unknown_room", "room_of_another_unit"), RoomsNotFree, Refused: room_already_asked, host_room_of_series,
    conference_begun, session_running, cancelled; Conflict: already_decided, room_replaced, just_taken.
    """
    wanted = room_by_id(room_id)
    try:
        with write_transaction():
            lost, by = _lost(reservation_id, by, later_too, also_rooms=[room_id] if wanted is not None else [])
            room = room_by_id(room_id)
            if room is None or room.retired_at is not None:
                raise InvalidInput([Problem("room", "unknown_room")])
            first = lost[0]
            if room.unit_id != first.room.unit_id:
                raise InvalidInput([Problem("room", "room_of_another_unit")])
            conference = first.occurrence.conference
            if conference.host_room_id == first.room_id:
                if conference.is_series:
                    raise Refused("host_room_of_series")
                conference.host_room = room
            _insist_on_free(room, lost, by)
            for one in lost:
                _ask_instead(one, room, by)
            conference.sequence += 1
            trail.append(EventKind.ROOM_REPLACED, actor=by.id, subject=conference.ref, unit=room.unit_id, rooms=[room.id], former=first.room_id,
                         reservations=[one.id for one in lost])
            invite.tell_attendees(NoticeKind.INVITATION_CHANGED, conference, occurrence=first.occurrence if len(lost) == 1 else None, by=by.id)
    except IntegrityError as error:
        raise Conflict("just_taken") from error


def go_on_without(reservation_id: int, *, by: User | None, later_too: bool = False) -> None:
    """Let the conference take place without a room that could not be had; with `later_too` on every later date as well.

    Raises NotVisible, NotAllowed, Refused: host_room_needed, conference_begun, session_running, cancelled; Conflict("already_decided").
    """
    with write_transaction():
        lost, by = _lost(reservation_id, by, later_too)
        if lost[0].room_id == lost[0].occurrence.conference.host_room_id:
            raise Refused("host_room_needed")
        for one in lost:
            one.required = False
            trail.append(EventKind.ROOM_GONE_WITHOUT, actor=by.id, subject=one.ref, unit=one.room.unit_id, room=one.room_id)


def _lost(reservation_id: int, by: User | None, later_too: bool, *, also_rooms: Sequence[int] = ()) -> tuple[list[Reservation], User]:
    """Lock the reservation, with `later_too` those of its room on later dates, and return the ones that need attention."""
    known = db.session.get(Reservation, reservation_id)
    if known is None or by is None or isinstance(view(known.occurrence.facts(), viewer_of(by)), Busy):
        raise NotVisible
    by = access.require(by, Action.REPLACE_ROOM, known.occurrence)
    ids = [reservation_id]
    if later_too:
        ids += decision_tables.lost_ahead(known.occurrence.conference_id, known.room_id, clock.now())
    found = decision_tables.lock_with_rooms(ids, also_rooms=also_rooms)
    asked = found[reservation_id]
    _refuse_when_over(asked.occurrence)
    if any(other.replaces_id == asked.id and other.state != ReservationState.RELEASED for other in asked.occurrence.reservations):
        raise Conflict("room_replaced")
    if asked not in lost_rooms(asked.occurrence):
        raise Conflict("already_decided", state=asked.state)
    since = asked.occurrence.planned_start_at
    later = [one for one in found.values() if one is not asked and one.occurrence.planned_start_at > since and one in lost_rooms(one.occurrence)]
    return [asked, *sorted(later, key=lambda one: one.occurrence.planned_start_at)], by


def _refuse_when_over(occurrence: Occurrence) -> None:
    if occurrence.cancelled_at is not None:
        raise Refused("cancelled")
    if occurrence.actual_start_at is not None and occurrence.actual_end_at is None:
        raise Refused("session_running")
    if occurrence.planned_end_at <= clock.now() or occurrence.actual_end_at is not None:
        raise Refused("conference_over")


def _insist_on_free(room: Room, lost: Sequence[Reservation], by: User) -> None:
    for one in lost:
        if any(other.room_id == room.id and other.state != ReservationState.RELEASED for other in one.occurrence.reservations):
            raise Refused("room_already_asked", room=room.name)
    answers = [answer for (answer,) in availability.answers_for_dates([room], [one.occurrence.span for one in lost], viewer_of(by))]
    if any(not answer.is_free for answer in answers):
        raise availability.RoomsNotFree([answer for answer in answers if not answer.is_free], None)


def _ask_instead(lost: Reservation, room: Room, by: User) -> None:
    occurrence = lost.occurrence
    asker = Asker.of(occurrence.conference.organizer)
    former = next((one for one in occurrence.reservations if one.room_id == room.id), None)
    if former is not None:  # It was asked for once and given up: a room has one row on a date.
        held = occurrence.span.widened(room.setup, room.teardown)
        former.held_start_at, former.held_end_at = held.start, held.end
        ask_again(former, room, Change.ROOM, asker=asker, by=by)
        instead_of = former
    else:
        (instead_of,) = reserve(occurrence.conference, [occurrence], [room], asker, change=Change.ROOM)
        instead_of.contact_name, instead_of.contact_phone = lost.contact_name, lost.contact_phone
    instead_of.replaces_id, instead_of.required = lost.id, True
    db.session.flush()
