"""Extending a running session: granted at once, up to where one of its rooms is held by somebody else."""

from datetime import datetime, timedelta

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.booking import invite
from roomctl.booking.availability import free_until
from roomctl.booking.tables import Occurrence, conference_for_update
from roomctl.database import write_transaction
from roomctl.errors import NotVisible, Refused
from roomctl.notices.wording import NoticeKind
from roomctl.organisation.roles import Action
from roomctl.rooms.tables import lock_rooms
from roomctl.sessions import tables
from roomctl.sessions.control import Lead, require_lead
from roomctl.sessions.states import SessionState
from roomctl.timespan import LONGEST

STEP = timedelta(minutes=15)
ENDING = timedelta(minutes=10)  # From then on the panel says that the time runs out.


def extended_end(occurrence: Occurrence, now: datetime) -> datetime | None:
    """Return the end one extension would give: a step later, or less where a room is held by then; None when there is nothing to give.

    A session that overran its time is extended from now, up to the next full minute.
    """
    end, limit = occurrence.planned_end_at, occurrence.planned_start_at + LONGEST
    wished = max(end, now.replace(second=0, microsecond=0)) + STEP
    given = min(wished, limit, free_until([one.room for one in occurrence.standing], end, wished))
    return given if given > max(end, now) else None


def extend_session(session_id: int, *, lead: Lead) -> datetime:
    """Extend a running session by a step for all its rooms, and return its new end.

    Raises NotVisible, NotAllowed, and Refused("cannot_extend") when a room is held by another conference.
    """
    session = tables.session_by_id(session_id)
    if session is None:
        raise NotVisible
    require_lead(session.occurrence, lead, Action.LEAD_SESSION)
    room_ids = [one.room_id for one in session.occurrence.reservations]
    with write_transaction():
        running = tables.session_for_update(session_id)  # Before the conference, as the worker does that ends it.
        lock_rooms(room_ids)  # Before the conference, as whoever changes or cancels it does.
        conference_for_update(session.occurrence.conference_id)
        occurrence = session.occurrence
        if running.ended_at is not None or running.state == SessionState.ENDING:
            raise NotVisible
        end = extended_end(occurrence, clock.now())
        if end is None:
            raise Refused("cannot_extend", at=occurrence.planned_end_at)
        former, occurrence.planned_end_at = occurrence.planned_end_at, end
        occurrence.conference.sequence += 1
        for reservation in occurrence.standing:
            reservation.held_end_at = end + reservation.room.teardown
        running.version += 1
        invite.tell_attendees(NoticeKind.INVITATION_CHANGED, occurrence.conference, occurrence=occurrence, by=lead.actor)
        trail.append(EventKind.CONFERENCE_EXTENDED, actor=lead.actor, origin=lead.origin, subject=occurrence.conference.ref,
                     unit=occurrence.conference.unit_id, classification=occurrence.conference.classification, occurrence=occurrence.id,
                     former=trail.iso(former), end=trail.iso(end))
    return end
