"""Cancelling a conference: its rooms are free at once, its rows stay."""

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.booking import lifecycle, tables
from roomctl.booking.availability import viewer_of
from roomctl.booking.visibility import Busy, view
from roomctl.database import write_transaction
from roomctl.errors import Conflict, InvalidInput, NotVisible, Problem, Refused
from roomctl.notices import outbox
from roomctl.notices.wording import NoticeKind
from roomctl.organisation import access
from roomctl.organisation.roles import Action, Role
from roomctl.organisation.tables import User, people_with_role_on
from roomctl.organisation.unit_tables import unit_of_today
from roomctl.text import TextRefused, clean_line


def cancel_conference(conference_id: int, *, by: User | None, reason: str) -> None:
    """Cancel a conference that has not begun, release its rooms and tell whoever decided on them.

    Raises NotVisible, NotAllowed, Conflict("already_cancelled"), Refused("conference_over"), Refused("session_running").
    """
    try:
        reason = clean_line(reason, longest=300)
    except TextRefused as error:
        raise InvalidInput([Problem("reason", f"text_{error.reason}", (("limit", 300),))]) from error
    with write_transaction():
        conference = tables.conference_for_update(conference_id)
        if conference is None or by is None or all(isinstance(view(one.facts(), viewer_of(by)), Busy) for one in conference.occurrences):
            raise NotVisible
        by = access.require(by, Action.CANCEL_CONFERENCE, conference)
        if conference.cancelled_at is not None:
            raise Conflict("already_cancelled")
        now = clock.now()
        if any(one.actual_start_at is not None and one.actual_end_at is None for one in conference.occurrences):
            raise Refused("session_running")
        if all(one.planned_end_at <= now or one.actual_end_at is not None for one in conference.occurrences):
            raise Refused("conference_over")
        conference.cancelled_at, conference.cancelled_by, conference.cancel_reason = now, by.id, reason
        conference.sequence += 1
        for occurrence in conference.occurrences:
            occurrence.cancelled_at = now
            for reservation in occurrence.standing:
                reservation.state = lifecycle.move(lifecycle.ReservationState(reservation.state), lifecycle.Event.RELEASE)
                approvers = [user.id for user in people_with_role_on(Role.APPROVER, unit_of_today(reservation.deciding_unit).path)]
                outbox.enqueue(NoticeKind.CONFERENCE_CANCELLED, to=[*approvers, conference.chair_id, conference.organizer_id],
                               occurrence_id=occurrence.id, room_id=reservation.room_id, reason=reason)
        trail.append(EventKind.CONFERENCE_CANCELLED, actor=by.id, subject=conference.ref, unit=conference.unit_id,
                     classification=conference.classification, reason=reason)
