"""Extending a running session: granted at once, up to where one of its rooms is held by somebody else."""

from datetime import datetime

from roomctl import clock
from roomctl.booking.longer import extend_within
from roomctl.booking.tables import conference_for_update
from roomctl.database import write_transaction
from roomctl.errors import NotVisible
from roomctl.organisation.roles import Action
from roomctl.rooms.tables import lock_rooms
from roomctl.sessions import tables
from roomctl.sessions.control import Lead, require_lead
from roomctl.sessions.states import SessionState


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
        if running.ended_at is not None or running.state == SessionState.ENDING:
            raise NotVisible
        running.version += 1
        return extend_within(session.occurrence, now=clock.now(), by=lead.actor, origin=lead.origin)
