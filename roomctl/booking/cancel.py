"""Cancelling a conference or dates of it: the rooms are free at once, the rows stay."""

from collections.abc import Collection, Sequence

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.booking import invite, lifecycle, tables, waiting
from roomctl.booking.availability import viewer_of
from roomctl.booking.decision_tables import lock_conference_with_rooms
from roomctl.booking.lifecycle import ACTIVE, ReservationState
from roomctl.booking.scope import Scope, concerned
from roomctl.booking.visibility import Busy, kept_in_trail, view
from roomctl.database import write_transaction
from roomctl.errors import Conflict, InvalidInput, NotVisible, Problem
from roomctl.notices import outbox
from roomctl.notices.wording import NoticeKind
from roomctl.organisation import access
from roomctl.organisation.roles import Action, Role
from roomctl.organisation.tables import User, people_with_role_on
from roomctl.organisation.unit_tables import unit_of_today
from roomctl.text import TextRefused, clean_line


def cancel_conference(conference_id: int, *, by: User | None, reason: str, scope: Scope = Scope.ALL, occurrence_id: int | None = None) -> None:
    """Cancel what has not begun of a conference, release its rooms and tell whoever decided on them and whoever attends.

    Raises NotVisible, NotAllowed, Conflict("already_cancelled"), Refused("conference_over"), Refused("session_running").
    """
    try:
        reason = clean_line(reason, longest=300)
    except TextRefused as error:
        raise InvalidInput([Problem("reason", f"text_{error.reason}", (("limit", 300),))]) from error
    with write_transaction():
        conference, anchor = conference_to_change(conference_id, occurrence_id, by)
        by = access.require(by, Action.CANCEL_CONFERENCE, conference)
        if conference.cancelled_at is not None or (scope == Scope.THIS and anchor.cancelled_at is not None):
            raise Conflict("already_cancelled")
        cancel_within(conference, concerned(conference.occurrences, anchor, scope, now=clock.now()), by=by, reason=reason)


def cancel_within(conference: tables.Conference, gone: Sequence[tables.Occurrence], *, by: User, reason: str, others_follow: bool = False) -> None:
    """Cancel dates of a conference, which is locked with its rooms, inside the caller's transaction; `by` may do so.

    With the last date that stands the conference is cancelled too, unless others follow in the same transaction.
    """
    access.require(by, Action.CANCEL_CONFERENCE, conference)
    _release(conference, gone, by, reason)
    whole = not others_follow and all(one.cancelled_at is not None for one in conference.occurrences)
    if whole:
        conference.cancelled_at, conference.cancelled_by, conference.cancel_reason = clock.now(), by.id, reason
    conference.sequence += 1
    trail.append(EventKind.CONFERENCE_CANCELLED if whole else EventKind.DATES_CANCELLED, actor=by.id, subject=conference.ref,
                 unit=conference.unit_id, classification=conference.classification, reason=kept_in_trail(reason, conference.classification),
                 occurrences=[one.id for one in gone])
    if whole or len(gone) == 1:
        invite.tell_attendees(NoticeKind.INVITATION_WITHDRAWN, conference, occurrence=None if whole else gone[0], reason=reason, by=by.id)
    else:
        invite.tell_attendees(NoticeKind.INVITATION_CHANGED, conference, reason=reason, by=by.id)


def conference_to_change(conference_id: int, occurrence_id: int | None, by: User | None, *,
                         also_rooms: Collection[int] = ()) -> tuple[tables.Conference, tables.Occurrence]:
    """Lock a conference that `by` may know of, with its rooms, and return it with the date that is meant, the first where none is named.

    Raises NotVisible.  Called inside the caller's transaction.
    """
    conference = lock_conference_with_rooms(conference_id, also_rooms=also_rooms)
    if conference is None or by is None:
        raise NotVisible
    viewer = viewer_of(by)
    seen = {one.id: one for one in conference.occurrences if not isinstance(view(one.facts(), viewer), Busy)}
    anchor = seen.get(occurrence_id) if occurrence_id is not None else next(iter(seen.values()), None)
    if anchor is None:
        raise NotVisible
    return conference, anchor


def _release(conference: tables.Conference, gone: Sequence[tables.Occurrence], by: User, reason: str) -> None:
    freed, told = [], {}
    for occurrence in gone:
        occurrence.cancelled_at, occurrence.cancel_reason = clock.now(), reason
        for reservation in occurrence.reservations:
            state = ReservationState(reservation.state)
            if state in ACTIVE:
                freed.append((reservation.room_id, reservation.held_span))
                told.setdefault((reservation.room_id, reservation.deciding_unit), []).append(occurrence.id)
            if state in ACTIVE or state == ReservationState.WAITING:
                reservation.state = lifecycle.move(state, lifecycle.Event.RELEASE)
    for (room_id, unit), occurrence_ids in told.items():
        approvers = {user.id for user in people_with_role_on(Role.APPROVER, unit_of_today(unit).path)} - {by.id}
        outbox.enqueue(NoticeKind.CONFERENCE_CANCELLED, to=approvers, conference_id=conference.id, occurrence_id=occurrence_ids[0],
                       room_id=room_id, reason=reason, times=len(occurrence_ids))
    waiting.come_next_in(freed)
