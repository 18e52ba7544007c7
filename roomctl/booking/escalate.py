"""Requests that nobody decided in time: they go up to the unit above; at the root they stay, and everybody concerned is alerted."""

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.booking import decision_tables, lifecycle, waiting
from roomctl.booking.tables import Reservation
from roomctl.database import db, write_transaction
from roomctl.notices import outbox
from roomctl.notices.wording import NoticeKind
from roomctl.organisation.roles import Role
from roomctl.organisation.tables import people_with_role_on
from roomctl.organisation.unit_tables import Unit, unit_of_today


def escalate_overdue() -> int:
    """Let each request that is past its deadline go up to the next unit that has an approver; return how many were overdue.

    The deadline is counted anew from now, so one call is one step up, however long nobody looked.  Where there is nobody
    above, the deadline becomes the start: the alert comes once, and then the request lapses.
    """
    now = clock.now()
    ids = decision_tables.overdue_ids(now)
    if not ids:
        return 0
    with write_transaction():
        overdue = decision_tables.overdue_for_update(ids, now)
        went: dict[int, list[Reservation]] = {}
        for one in overdue:
            above = _next_above(one)
            if above is not None:
                _pass_up(one, above)
            else:
                one.deadline_at = one.occurrence.planned_start_at
            went.setdefault(above.id if above is not None else 0, []).append(one)
        for unit_id, reservations in went.items():
            _tell(reservations, db.session.get_one(Unit, unit_id) if unit_id else None)
    return len(overdue)


def _next_above(reservation: Reservation) -> Unit | None:
    """Return the nearest unit above the deciding one where somebody else than the organizer may decide."""
    unit = unit_of_today(reservation.deciding_unit).parent
    while unit is not None and not _approvers(unit, reservation):
        unit = unit.parent
    return unit


def _approvers(unit: Unit, reservation: Reservation) -> set[int]:
    return {user.id for user in people_with_role_on(Role.APPROVER, unit.path)} - {reservation.occurrence.conference.organizer_id}


def _pass_up(reservation: Reservation, above: Unit) -> None:
    former = reservation.deciding_unit_id
    reservation.deciding_unit = above
    reservation.deadline_at = lifecycle.decision_deadline(reservation.occurrence.planned_start_at, clock.now())
    trail.append(EventKind.RESERVATION_ESCALATED, subject=reservation.ref, unit=above.id, room=reservation.room_id, former=former)


def _tell(reservations: list[Reservation], above: Unit | None) -> None:
    """Tell organizers that nobody decided in time, and those who are to decide now; the notice names the unit it went up to."""
    for dates in waiting.by_room(reservations):
        first, conference = dates[0], dates[0].occurrence.conference
        about = {"conference_id": conference.id, "occurrence_id": first.occurrence_id, "room_id": first.room_id, "times": len(dates)}
        approvers = _approvers(above or unit_of_today(first.deciding_unit), first)
        if above is not None:
            outbox.enqueue(NoticeKind.DECISION_WANTED, to=approvers, **about)
        told = [conference.organizer_id] if above is not None else [conference.organizer_id, *approvers]
        outbox.enqueue(NoticeKind.DECISION_OVERDUE, to=told, reason=above.name if above is not None else "", **about)
