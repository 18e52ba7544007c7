"""Deciding on the rooms of one's own unit: one, a series, a whole week; and taking a fresh decision back."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.booking import decision_tables, instead, lifecycle, waiting
from roomctl.booking.lifecycle import Event, ReservationState
from roomctl.booking.tables import Occurrence, Reservation, waiting_for
from roomctl.booking.visibility import kept_in_trail
from roomctl.database import db, write_transaction
from roomctl.errors import Conflict, InvalidInput, NotAllowed, NotVisible, Problem, Refused
from roomctl.notices import outbox
from roomctl.notices.wording import NoticeKind
from roomctl.organisation import access
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User
from roomctl.text import TextRefused, clean_line

UNDO_WINDOW = timedelta(minutes=10)  # So long a decision can be taken back, and so long its mail waits.
MOST_AT_ONCE = 1000
LONGEST_REASON = 300
MANDATORY, CANNOT_SERVE = "mandatory", "cannot_serve"  # Rules under which a room is granted, and not to be had after all.


class NotAllDecided(Refused):
    """Some of several decisions cannot be made, so none was; `refusals` says which and why, by reservation id."""

    def __init__(self, refusals: dict[int, Refused]) -> None:
        super().__init__("not_all_decided", count=len(refusals))
        self.refusals = refusals


def grant_reservation(reservation_id: int, *, by: User | None, know: Collection[int] = ()) -> None:
    """Grant a requested reservation; those who waited for the room at that time are refused.

    `know` names those (reservation ids) of whom the approver was told.  Raises NotVisible, NotAllowed, Refused("own_request"),
    Refused("conference_over"), Refused("others_wait") when others wait than those, and Conflict("already_decided").
    """
    grant_reservations([reservation_id], by=by, know=know)


def refuse_reservation(reservation_id: int, *, by: User | None, reason: str) -> None:
    """Refuse a requested reservation, tell the organizer why, and let the first who waits have the room.  The reason is required."""
    refuse_reservations([reservation_id], by=by, reason=reason)


def grant_reservations(reservation_ids: Sequence[int], *, by: User | None, know: Collection[int] = ()) -> None:
    """Grant several reservations, or none: NotAllDecided then says which cannot be granted, and why."""

    def check(reservation: Reservation) -> None:
        lifecycle.move(ReservationState(reservation.state), Event.GRANT)
        unknown = [one for one in behind[reservation.id] if one.id not in known]
        if unknown:
            raise Refused("others_wait", count=len(unknown))

    known = set(know)
    with write_transaction():
        reservations, by = _lock(reservation_ids, by)
        behind = decision_tables.waiting_behind(reservations)
        _insist(reservations, by, check)
        now = clock.now()
        for one in reservations:
            one.state = lifecycle.move(ReservationState(one.state), Event.GRANT)
            one.decided_at, one.decided_by, one.decided_rule, one.reason = now, by.id, "", ""
            trail.append(EventKind.RESERVATION_GRANTED, actor=by.id, subject=one.ref, unit=one.room.unit_id, room=one.room_id)
        _tell_organizers(reservations, NoticeKind.RESERVATION_GRANTED)
        waiting.refuse_passed_over({other.id for others in behind.values() for other in others}, by_id=by.id, at=now, mail_after=UNDO_WINDOW)


def refuse_reservations(reservation_ids: Sequence[int], *, by: User | None, reason: str) -> None:
    """Refuse several reservations for one reason, or none, as above."""
    reason = cleaned_reason(reason)
    with write_transaction():
        reservations, by = _lock(reservation_ids, by)
        _insist(reservations, by, lambda one: lifecycle.move(ReservationState(one.state), Event.REFUSE))
        refuse_all(reservations, by=by, event=Event.REFUSE, reason=reason)
        _tell_organizers(reservations, NoticeKind.RESERVATION_REFUSED, reason)


def cannot_serve(reservation_id: int, *, by: User | None, reason: str) -> None:
    """Say that a room cannot serve a mandatory conference, which is all that its unit can answer; the organizer is told why.

    Raises NotVisible, NotAllowed, Refused: own_request, not_mandatory, conference_begun, session_running; Conflict("already_decided").
    """
    reason = cleaned_reason(reason)
    with write_transaction():
        reservation = decision_tables.lock_with_rooms([reservation_id]).get(reservation_id)
        if reservation is None or not access.can(by, Action.SEE_QUEUE):
            raise NotVisible
        by = access.require(by, Action.DECIDE, reservation.room)
        _refuse_own(reservation, by)
        if reservation.occurrence.conference.mandatory_at is None:
            raise Refused("not_mandatory")
        refuse_when_begun(reservation.occurrence)
        reservation.deciding_unit_id = reservation.room.unit_id  # Whoever decided before: this answer is the unit's own.
        refuse_all([reservation], by=by, event=Event.CANNOT_SERVE, reason=reason, rule=CANNOT_SERVE)
        _tell_organizers([reservation], NoticeKind.CANNOT_SERVE, reason)


def cleaned_reason(reason: str) -> str:
    """Return a reason that can be shown; raise InvalidInput for one that cannot, and for none."""
    try:
        reason = clean_line(reason, longest=LONGEST_REASON)
    except TextRefused as error:
        raise InvalidInput([Problem("reason", f"text_{error.reason}", (("limit", LONGEST_REASON),))]) from error
    if not reason:
        raise InvalidInput([Problem("reason", "reason_missing")])
    return reason


def refuse_all(reservations: Sequence[Reservation], *, by: User, event: Event, reason: str, rule: str = "") -> None:
    """Refuse locked reservations, inside the caller's transaction, and let those who wait have the rooms."""
    now = clock.now()
    for one in reservations:
        one.state = lifecycle.move(ReservationState(one.state), event)
        one.decided_at, one.decided_by, one.decided_rule, one.reason = now, by.id, rule, reason
        trail.append(EventKind.RESERVATION_REFUSED, actor=by.id, subject=one.ref, unit=one.room.unit_id, room=one.room_id,
                     reason=kept_in_trail(reason, one.occurrence.conference.classification), **({"rule": rule} if rule else {}))
    waiting.come_next_in([(one.room_id, one.held_span) for one in reservations])


def _lock(reservation_ids: Sequence[int], by: User | None) -> tuple[list[Reservation], User]:
    """Lock reservations that `by` may decide on, and return them in the given order, each once."""
    ids = list(dict.fromkeys(reservation_ids))
    if not ids:
        raise InvalidInput([Problem("ids", "nothing_chosen")])
    if len(ids) > MOST_AT_ONCE:
        raise InvalidInput([Problem("ids", "too_many_chosen", (("limit", MOST_AT_ONCE),))])
    found = decision_tables.lock_with_rooms(ids)
    if len(found) != len(ids) or by is None or not access.can(by, Action.SEE_QUEUE):
        raise NotVisible
    for one in found.values():
        access.require(by, Action.DECIDE, one)
    return [found[reservation_id] for reservation_id in ids], by


def _insist(reservations: Sequence[Reservation], by: User, check: Callable[[Reservation], object]) -> None:
    """Raise unless all can be decided: what stands in the way of the only one, or of which ones of several."""
    refusals: dict[int, Refused] = {}
    now = clock.now()
    for one in reservations:
        try:
            _refuse_own(one, by)
            if one.occurrence.planned_end_at <= now:
                raise Refused("conference_over")
            check(one)
        except Refused as error:
            refusals[one.id] = error
    if refusals and len(reservations) == 1:
        raise refusals[reservations[0].id]
    if refusals:
        raise NotAllDecided(refusals)


def _refuse_own(reservation: Reservation, by: User) -> None:
    if reservation.occurrence.conference.organizer_id == by.id:
        raise Refused("own_request")


def refuse_when_begun(occurrence: Occurrence) -> None:
    """Raise Refused for an occurrence that is cancelled, begun, or in session already."""
    if occurrence.cancelled_at is not None:
        raise Refused("cancelled")
    if occurrence.actual_start_at is not None and occurrence.actual_end_at is None:
        raise Refused("session_running")
    if occurrence.planned_start_at <= clock.now() or occurrence.actual_end_at is not None:
        raise Refused("conference_begun")


def _tell_organizers(reservations: Sequence[Reservation], kind: NoticeKind, reason: str = "") -> None:
    """Tell each organizer once of each room of a conference, however many dates; the mail waits as long as all may be undone."""
    for dates in waiting.by_room(reservations):
        conference = dates[0].occurrence.conference
        outbox.enqueue(kind, to=[conference.organizer_id], conference_id=conference.id, occurrence_id=dates[0].occurrence_id,
                       room_id=dates[0].room_id, reason=reason, times=len(dates), mail_after=UNDO_WINDOW)


@dataclass(frozen=True, slots=True)
class _Undone:
    """A reservation, and what was decided on it before that was taken back."""

    reservation: Reservation
    state: ReservationState
    rule: str
    decided_at: datetime

    @property
    def told(self) -> NoticeKind:
        """What its organizer was told of the decision."""
        by_rule = {waiting.GIVEN_TO_ANOTHER: NoticeKind.GIVEN_TO_ANOTHER, CANNOT_SERVE: NoticeKind.CANNOT_SERVE}
        granted = self.state == ReservationState.GRANTED
        return by_rule.get(self.rule, NoticeKind.RESERVATION_GRANTED if granted else NoticeKind.RESERVATION_REFUSED)


def undo_decision(reservation_ids: Sequence[int], *, by: User | None) -> None:
    """Take fresh decisions of one's own back, all or none: the reservations wait for a decision again, as do those passed over.

    What nobody read or mailed of it is never told.  Raises NotVisible, NotAllowed for somebody else's decision,
    Refused: undo_too_late, conference_begun, session_running, cancelled, room_replaced; Conflict: already_decided, just_taken.
    """
    try:
        with write_transaction():
            reservations, by = _lock(reservation_ids, by)
            for one in reservations:
                _check_undoable(one, by)
            undone = [_Undone(one, ReservationState(one.state), one.decided_rule, one.decided_at) for one in reservations]
            again = [other for one in undone for other in decision_tables.passed_over_for(one.reservation, one.decided_at, now=clock.now())]
            undone += [_Undone(one, ReservationState.REFUSED, one.decided_rule, one.decided_at) for one in dict.fromkeys(again)]
            for one in undone:
                _take_back(one, by)
            db.session.flush()  # The database says whether a refused one's place is still free.
            _untell(undone)
    except IntegrityError as error:
        raise Conflict("just_taken") from error


def _check_undoable(reservation: Reservation, by: User) -> None:
    if reservation.state not in (ReservationState.GRANTED, ReservationState.REFUSED) or reservation.decided_at is None:
        raise Conflict("already_decided", state=reservation.state)
    if reservation.decided_by != by.id or reservation.decided_rule not in ("", CANNOT_SERVE):
        raise NotAllowed(action=Action.DECIDE, subject=reservation.ref)
    if reservation.decided_at + UNDO_WINDOW <= clock.now():
        raise Refused("undo_too_late", minutes=int(UNDO_WINDOW.total_seconds() // 60))
    refuse_when_begun(reservation.occurrence)
    if any(other.replaces_id == reservation.id for other in reservation.occurrence.reservations):
        raise Conflict("room_replaced")


def _take_back(undone: _Undone, by: User) -> None:
    """Let a reservation wait for a decision again; one that a mandatory conference asked for is granted again by rule."""
    one = undone.reservation
    one.state = lifecycle.move(undone.state, Event.WAIT_AGAIN if undone.rule == waiting.GIVEN_TO_ANOTHER else Event.UNDO)
    one.decided_at, one.decided_by, one.decided_rule, one.reason = None, None, "", ""
    trail.append(EventKind.DECISION_UNDONE, actor=by.id, subject=one.ref, unit=one.room.unit_id, room=one.room_id, was=undone.state)
    if undone.rule == CANNOT_SERVE:
        one.state = lifecycle.move(one.state, Event.GRANT)
        one.decided_at, one.decided_rule = clock.now(), MANDATORY
        trail.append(EventKind.RESERVATION_GRANTED, subject=one.ref, unit=one.room.unit_id, rule=MANDATORY, room=one.room_id)


def _untell(undone: Sequence[_Undone]) -> None:
    """Take back what organizers were told; tell again of the dates that stay decided, and of the undoing whoever may know already."""
    together: dict[tuple[int, int, NoticeKind], list[_Undone]] = {}
    for one in undone:
        together.setdefault((one.reservation.occurrence.conference_id, one.reservation.room_id, one.told), []).append(one)
    for (conference_id, room_id, kind), parts in together.items():
        first, since = parts[0].reservation, min(one.decided_at for one in parts)
        organizer_id = first.occurrence.conference.organizer_id
        known = outbox.take_back(kind, to=organizer_id, conference_id=conference_id, room_id=room_id, since=since)
        about = {"to": [organizer_id], "conference_id": conference_id, "room_id": room_id}
        left: dict[str, list[Reservation]] = {}
        for one in decision_tables.decided_alike(conference_id, room_id, parts[0].state, parts[0].rule, since):
            left.setdefault(one.reason, []).append(one)
        for reason, dates in left.items():
            if kind == NoticeKind.GIVEN_TO_ANOTHER:
                reason = instead.in_words("", first.room, [one.occurrence.span for one in dates])
            outbox.enqueue(kind, **about, occurrence_id=dates[0].occurrence_id, reason=reason, times=len(dates), mail_after=UNDO_WINDOW)
        if known:
            outbox.enqueue(NoticeKind.DECISION_UNDONE, **about, occurrence_id=first.occurrence_id, times=len(parts))


def queue_of(user: User) -> list[Reservation]:
    """Return what waits for this approver, the most urgent first; their own requests are not theirs to decide."""
    units = {grant.unit_id for grant in user.standing_grants() if grant.role == "approver"}
    return [one for one in waiting_for(units) if one.occurrence.conference.organizer_id != user.id]


def lapse_undecided() -> int:
    """Let requests lapse whose conference has begun without a decision, tell their organizers, and return how many."""
    now = clock.now()
    if not decision_tables.undecided_at_start(now):
        return 0
    with write_transaction():
        late = decision_tables.undecided_at_start(now)
        for one in late:
            one.state = lifecycle.move(ReservationState(one.state), Event.LAPSE)
            one.decided_at, one.decided_rule = now, "undecided_at_start"
            trail.append(EventKind.RESERVATION_LAPSED, subject=one.ref, room=one.room_id)
            outbox.enqueue(NoticeKind.REQUEST_LAPSED, to=[one.occurrence.conference.organizer_id], conference_id=one.occurrence.conference_id,
                           occurrence_id=one.occurrence_id, room_id=one.room_id)
    return len(late)
