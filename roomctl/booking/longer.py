"""How far what runs may go on: a step at a time, up to where one of its rooms is held by somebody else."""

from datetime import datetime, timedelta

from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.booking import invite
from roomctl.booking.availability import free_until
from roomctl.booking.bridge_ports import insist_on_ports
from roomctl.booking.tables import Occurrence
from roomctl.errors import Refused
from roomctl.notices.wording import NoticeKind
from roomctl.timespan import LONGEST

STEP = timedelta(minutes=15)
ENDING = timedelta(minutes=10)  # From then on the panel says that the time runs out.


def extended_end(occurrence: Occurrence, now: datetime) -> datetime | None:
    """Return the end one extension would give: a step later, or less where a room is held by then; None when there is nothing to give.

    What overran its time is extended from now, up to the next full minute.
    """
    end, limit = occurrence.planned_end_at, occurrence.planned_start_at + LONGEST
    wished = max(end, now.replace(second=0, microsecond=0)) + STEP
    given = min(wished, limit, free_until([one.room for one in occurrence.standing], end, wished))
    return given if given > max(end, now) else None


def extend_within(occurrence: Occurrence, *, now: datetime, by: int | None, origin: str) -> datetime:
    """Extend an occurrence by a step for all its rooms, which are locked with it, inside the caller's transaction; return its new end.

    Raises Refused("cannot_extend") when a room is held by another conference; the transaction is refused at its end when another
    conference has the ports of its bridge by then.
    """
    insist_on_ports([occurrence])
    end = extended_end(occurrence, now)
    if end is None:
        raise Refused("cannot_extend", at=occurrence.planned_end_at)
    former, occurrence.planned_end_at = occurrence.planned_end_at, end
    conference = occurrence.conference
    conference.sequence += 1
    for reservation in occurrence.standing:
        reservation.held_end_at = end + reservation.room.teardown
    invite.tell_attendees(NoticeKind.INVITATION_CHANGED, conference, occurrence=occurrence, by=by)
    trail.append(EventKind.CONFERENCE_EXTENDED, actor=by, origin=origin, subject=conference.ref, unit=conference.unit_id,
                 classification=conference.classification, occurrence=occurrence.id, former=trail.iso(former), end=trail.iso(end))
    return end
