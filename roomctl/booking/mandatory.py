"""Mandatory conferences: an upper unit's conference needs no approval below it, and may displace what is local, by name."""

from collections.abc import Sequence
from dataclasses import dataclass

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.booking import availability, decision_tables, instead, lifecycle, waiting
from roomctl.booking.availability import viewer_of
from roomctl.booking.bridge_ports import insist_on_ports
from roomctl.booking.decide import CANNOT_SERVE, MANDATORY, cleaned_reason, refuse_when_begun
from roomctl.booking.lifecycle import Event, ReservationState
from roomctl.booking.tables import Conference, Occurrence, Reservation, active_reservations, conference_by_id
from roomctl.booking.visibility import Busy, Full, View, kept_in_trail, view
from roomctl.database import db, write_transaction
from roomctl.errors import Conflict, InvalidInput, NotVisible, Problem, Refused
from roomctl.notices import outbox
from roomctl.notices.wording import NoticeKind
from roomctl.organisation import access
from roomctl.organisation.roles import Action, Role
from roomctl.organisation.tables import User, people_with_role_on, unit_by_id
from roomctl.organisation.unit_tables import unit_of_today
from roomctl.organisation.units import covers

DISPLACING = "displacing"  # The rule under which a room is granted after those who held it were displaced.
DISPLACED_BY = "displaced"


def make_mandatory(conference_id: int, *, by: User | None) -> None:
    """Make a conference mandatory toward the subtree of its host room's unit: what was asked of rooms there is granted at once.

    It beats approval only: a room that is taken or in maintenance still is.  A second time it changes nothing.  Raises
    NotVisible, NotAllowed, Refused("own_request"), Refused("conference_over") and Conflict("already_cancelled").
    """
    with write_transaction():
        conference = decision_tables.lock_conference_with_rooms(conference_id)
        conference, by = _markable(conference, by)
        if conference.mandatory_at is not None:
            return
        now = clock.now()
        ahead = [one for one in conference.occurrences if one.cancelled_at is None and one.planned_end_at > now]
        if conference.cancelled_at is not None:
            raise Conflict("already_cancelled")
        if not ahead:
            raise Refused("conference_over")
        conference.mandatory_at, conference.mandatory_by = now, by.id
        trail.append(EventKind.CONFERENCE_MADE_MANDATORY, actor=by.id, subject=conference.ref, unit=conference.host_room.unit_id,
                     classification=conference.classification)
        granted = [held for one in ahead for held in one.reservations
                   if held.state == ReservationState.REQUESTED and covers(conference.host_room.unit.path, held.room.unit.path)]
        for one in granted:
            one.state = lifecycle.move(ReservationState(one.state), Event.GRANT)
            one.decided_at, one.decided_rule, one.deciding_unit_id = now, MANDATORY, one.room.unit_id
            trail.append(EventKind.RESERVATION_GRANTED, subject=one.ref, unit=one.room.unit_id, rule=MANDATORY, room=one.room_id)
        for dates in waiting.by_room(granted):
            approvers = {user.id for user in people_with_role_on(Role.APPROVER, dates[0].room.unit.path)} - {by.id}
            outbox.enqueue(NoticeKind.MADE_MANDATORY, to=[*approvers, conference.organizer_id], conference_id=conference.id,
                           occurrence_id=dates[0].occurrence_id, room_id=dates[0].room_id, times=len(dates))


def _markable(conference: Conference | None, by: User | None) -> tuple[Conference, User]:
    """Return a conference whose host room's unit `by` approves for; their own they leave to another."""
    if conference is None or by is None:
        raise NotVisible
    if all(isinstance(view(one.facts(), viewer_of(by)), Busy) for one in conference.occurrences):
        raise NotVisible
    by = access.require(by, Action.MARK_MANDATORY, conference.host_room)
    if conference.organizer_id == by.id:
        raise Refused("own_request")
    return conference, by


@dataclass(frozen=True, slots=True)
class InTheWay:
    """A room that a mandatory conference has not got on one date, and who holds it: reservation id, its time, and whether it may be displaced."""

    reservation: Reservation
    held_by: tuple[tuple[int, View, bool], ...]


def to_displace(conference_id: int, *, by: User) -> tuple[Conference, Full, list[InTheWay]]:
    """Return a conference whose host room's unit `by` approves for, and what stands in its way on the dates that are to come.

    Raises NotVisible and NotAllowed.
    """
    conference = conference_by_id(conference_id)
    shown = [view(one.facts(), viewer_of(by)) for one in conference.occurrences] if conference is not None else []
    known = next((one for one in shown if isinstance(one, Full)), None)
    if conference is None or known is None:
        raise NotVisible
    access.require(by, Action.MARK_MANDATORY, conference.host_room)
    found, now, viewer = [], clock.now(), viewer_of(by)
    for occurrence in conference.occurrences:
        if occurrence.cancelled_at is not None or occurrence.planned_start_at <= now:
            continue
        for one in occurrence.reservations:
            if _may_take(one, conference):
                held_by = tuple((held.id, view(held.occurrence.facts(), viewer), not _why_not(held, conference))
                                for held in active_reservations([one.room_id], one.held_span) if held.occurrence_id != occurrence.id)
                found.append(InTheWay(one, held_by))
    return conference, known, found


def displace(reservation_ids: Sequence[int], *, for_occurrence_id: int, by: User | None, reason: str) -> None:
    """Let a mandatory conference have the rooms that local reservations hold, which are named one by one; all of it or nothing.

    The displaced are told why, with the room's next free time and other rooms.  Raises InvalidInput, NotVisible, NotAllowed,
    RoomsNotFree when others than those named stand in the way, Refused: not_mandatory, own_request, conference_begun,
    session_running, displace_mandatory, displace_not_local, displace_not_in_the_way; Conflict("already_decided").
    """
    reason, ids = cleaned_reason(reason), list(dict.fromkeys(reservation_ids))
    if not ids:
        raise InvalidInput([Problem("ids", "nothing_chosen")])
    with write_transaction():
        named, wanting = _locked(ids, for_occurrence_id)
        occurrence = db.session.get(Occurrence, for_occurrence_id)
        conference, by = _markable(occurrence.conference if occurrence is not None else None, by)
        access.require(by, Action.DISPLACE, conference.host_room)
        if len(named) != len(ids):
            raise NotVisible
        if conference.mandatory_at is None:
            raise Refused("not_mandatory")
        refuse_when_begun(occurrence)
        taken = [one for one in wanting if any(held.room_id == one.room_id and held.held_span.overlaps(one.held_span) for held in named)]
        for held in named:
            refusal = _why_not(held, conference)
            if refusal:
                raise Refused(refusal)
            if not any(held.room_id == one.room_id and held.held_span.overlaps(one.held_span) for one in taken):
                raise Refused("displace_not_in_the_way", room=held.room.name)
        insist_on_ports([occurrence])
        _make_room(named, occurrence, by, reason)
        _take(taken, occurrence, named, by)
        waiting.come_next_in([(held.room_id, held.held_span) for held in named])


def _locked(ids: Sequence[int], occurrence_id: int) -> tuple[list[Reservation], list[Reservation]]:
    """Lock the named reservations and those of the occurrence, and return both, the latter as far as they may take a place."""
    occurrence = db.session.get(Occurrence, occurrence_id)
    own = [one.id for one in occurrence.reservations] if occurrence is not None else []
    found = decision_tables.lock_with_rooms([*ids, *own])
    named = [found[one] for one in ids if one in found and one not in own]
    return named, [found[one] for one in own if _may_take(found[one], found[one].occurrence.conference)]


def _may_take(reservation: Reservation, conference: Conference) -> bool:
    """True of a room that a conference wants and has not got, below its host's unit; not where the room cannot serve."""
    wants = reservation.state in (ReservationState.WAITING, ReservationState.REFUSED, ReservationState.DISPLACED)
    return wants and reservation.decided_rule != CANNOT_SERVE and covers(conference.host_room.unit.path, reservation.room.unit.path)


def _why_not(held: Reservation, conference: Conference) -> str:
    """Return why a reservation cannot be displaced by a conference, or an empty string."""
    other = held.occurrence.conference
    if held.state not in (ReservationState.REQUESTED, ReservationState.GRANTED):
        return "already_decided"
    if other.mandatory_at is not None:
        return "displace_mandatory"
    if held.occurrence.actual_start_at is not None and held.occurrence.actual_end_at is None:
        return "session_running"
    if held.occurrence.planned_start_at <= clock.now():
        return "conference_begun"
    unit = unit_by_id(other.unit_id)
    if unit is None or not covers(conference.host_room.unit.path, unit_of_today(unit).path):
        return "displace_not_local"
    return ""


def _make_room(named: Sequence[Reservation], occurrence: Occurrence, by: User, reason: str) -> None:
    now = clock.now()
    for held in named:
        held.state = lifecycle.move(ReservationState(held.state), Event.DISPLACE)
        held.decided_at, held.decided_by, held.decided_rule, held.reason = now, by.id, DISPLACED_BY, reason
        held.displaced_by_id = occurrence.id
        trail.append(EventKind.RESERVATION_DISPLACED, actor=by.id, subject=held.ref, unit=held.room.unit_id, room=held.room_id,
                     occurrence=occurrence.id, reason=kept_in_trail(reason, held.occurrence.conference.classification))
    db.session.flush()


def _take(taken: Sequence[Reservation], occurrence: Occurrence, named: Sequence[Reservation], by: User) -> None:
    """Give the rooms to the mandatory conference, unless something else than what was named stands in the way; tell the displaced."""
    answers = availability.answers_for([one.room for one in taken], occurrence.span, viewer_of(by), ignoring=[occurrence.id])
    if any(not answer.is_free for answer in answers):
        raise availability.RoomsNotFree(answers, None)
    now = clock.now()
    for one in taken:
        held = occurrence.span.widened(one.room.setup, one.room.teardown)
        one.held_start_at, one.held_end_at = held.start, held.end
        one.state = lifecycle.move(ReservationState(one.state), Event.TAKE)
        one.decided_at, one.decided_by, one.decided_rule, one.reason = now, by.id, DISPLACING, ""
        one.deciding_unit_id = one.room.unit_id
        trail.append(EventKind.RESERVATION_GRANTED, actor=by.id, subject=one.ref, unit=one.room.unit_id, room=one.room_id, rule=DISPLACING,
                     displaced=[other.id for other in named if other.room_id == one.room_id])
    db.session.flush()
    for dates in waiting.by_room(named):
        first, conference = dates[0], dates[0].occurrence.conference
        words = instead.in_words(first.reason, first.room, [one.occurrence.span for one in dates], another_time=True)
        outbox.enqueue(NoticeKind.DISPLACED, to={conference.organizer_id, *(one.occurrence.leader_id for one in dates)},
                       conference_id=conference.id, occurrence_id=first.occurrence_id, room_id=first.room_id, times=len(dates), reason=words)
    host = occurrence.conference
    for one in taken:
        approvers = {user.id for user in people_with_role_on(Role.APPROVER, one.room.unit.path)} - {by.id}
        outbox.enqueue(NoticeKind.MADE_MANDATORY, to=[*approvers, host.organizer_id], conference_id=host.id, occurrence_id=occurrence.id,
                       room_id=one.room_id)
