"""Deciding on the rooms of one's own unit."""

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.booking import lifecycle, tables
from roomctl.database import write_transaction
from roomctl.errors import InvalidInput, NotVisible, Problem, Refused
from roomctl.notices import outbox
from roomctl.notices.wording import NoticeKind
from roomctl.organisation import access
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User
from roomctl.text import TextRefused, clean_line


def grant_reservation(reservation_id: int, *, by: User | None) -> None:
    """Grant a requested reservation.

    Raises NotVisible, NotAllowed, Refused("own_request"), Refused("conference_over") and Conflict("already_decided").
    """
    with write_transaction():
        reservation, by = _decidable(reservation_id, by)
        reservation.state = lifecycle.move(lifecycle.ReservationState(reservation.state), lifecycle.Event.GRANT)
        reservation.decided_at, reservation.decided_by = clock.now(), by.id
        trail.append(EventKind.RESERVATION_GRANTED, actor=by.id, subject=reservation.ref, unit=reservation.room.unit_id,
                     room=reservation.room_id)
        _tell_organizer(reservation, NoticeKind.RESERVATION_GRANTED)


def refuse_reservation(reservation_id: int, *, by: User | None, reason: str) -> None:
    """Refuse a requested reservation, and tell the organizer why.  The reason is required."""
    try:
        reason = clean_line(reason, longest=300)
    except TextRefused as error:
        raise InvalidInput([Problem("reason", f"text_{error.reason}", (("limit", 300),))]) from error
    if not reason:
        raise InvalidInput([Problem("reason", "reason_missing")])
    with write_transaction():
        reservation, by = _decidable(reservation_id, by)
        reservation.state = lifecycle.move(lifecycle.ReservationState(reservation.state), lifecycle.Event.REFUSE)
        reservation.decided_at, reservation.decided_by, reservation.reason = clock.now(), by.id, reason
        trail.append(EventKind.RESERVATION_REFUSED, actor=by.id, subject=reservation.ref, unit=reservation.room.unit_id,
                     room=reservation.room_id, reason=reason)
        _tell_organizer(reservation, NoticeKind.RESERVATION_REFUSED, reason)


def _decidable(reservation_id: int, by: User | None) -> tuple[tables.Reservation, User]:
    reservation = tables.reservation_for_update(reservation_id)
    if reservation is None or not access.can(by, Action.SEE_QUEUE):
        raise NotVisible
    by = access.require(by, Action.DECIDE, reservation)
    if reservation.occurrence.conference.organizer_id == by.id:
        raise Refused("own_request")
    if reservation.occurrence.planned_end_at <= clock.now():
        raise Refused("conference_over")
    return reservation, by


def _tell_organizer(reservation: tables.Reservation, kind: NoticeKind, reason: str = "") -> None:
    conference = reservation.occurrence.conference
    outbox.enqueue(kind, to=[conference.organizer_id], occurrence_id=reservation.occurrence_id, room_id=reservation.room_id, reason=reason)


def queue_of(user: User) -> list[tables.Reservation]:
    """Return what waits for this approver, the most urgent first; their own requests are not theirs to decide."""
    units = {grant.unit_id for grant in user.standing_grants() if grant.role == "approver"}
    return [one for one in tables.waiting_for(units) if one.occurrence.conference.organizer_id != user.id]


def lapse_undecided() -> int:
    """Let requests lapse whose conference has begun without a decision; return how many."""
    now = clock.now()
    if not tables.undecided_at_start(now):
        return 0
    with write_transaction():
        late = tables.undecided_at_start(now)
        for reservation in late:
            reservation.state = lifecycle.move(lifecycle.ReservationState(reservation.state), lifecycle.Event.LAPSE)
            reservation.decided_at, reservation.decided_rule = now, "undecided_at_start"
            trail.append(EventKind.RESERVATION_LAPSED, subject=reservation.ref, room=reservation.room_id)
    return len(late)
