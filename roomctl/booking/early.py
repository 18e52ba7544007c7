"""A conference that ended before its time: the plan stays in history, and the rest of the time is free for others at once."""

from datetime import datetime, timedelta

from roomctl.booking import availability, invite, tables, waiting
from roomctl.booking.decision_tables import lock_conference_with_rooms
from roomctl.database import db
from roomctl.errors import Refused
from roomctl.notices.wording import NoticeKind
from roomctl.rooms.tables import lock_rooms
from roomctl.timespan import Span

WORTH_FREEING = timedelta(minutes=1)


def free_the_rest(occurrence: tables.Occurrence, ended_at: datetime) -> None:
    """Let the rooms go from `ended_at` on, with their teardown, inside the caller's transaction; attendees' calendars follow."""
    if ended_at > occurrence.planned_end_at - WORTH_FREEING or ended_at <= occurrence.planned_start_at:
        return
    lock_conference_with_rooms(occurrence.conference_id)
    freed = []
    for held in occurrence.standing:
        end, was = ended_at + held.room.teardown, held.held_end_at
        if end < was:
            held.held_end_at = end
            freed.append((held.room_id, Span(end, was)))
    occurrence.conference.sequence += 1
    db.session.flush()
    invite.tell_attendees(NoticeKind.INVITATION_CHANGED, occurrence.conference, occurrence=occurrence)
    waiting.come_next_in(freed)


def lock_for_another_start(occurrence_id: int) -> None:
    """Lock the rooms of what ended early already, before its occurrence is locked, inside the caller's transaction."""
    occurrence = tables.occurrence_by_id(occurrence_id)
    if occurrence is not None and occurrence.actual_end_at is not None:
        lock_rooms([held.room_id for held in occurrence.standing])


def hold_again(occurrence: tables.Occurrence) -> None:
    """Hold the rooms, which are locked, to the planned end again, when a session is started anew after an early end.

    Raises Refused("taken_meanwhile") when somebody else has one of them by now.
    """
    short = [held for held in occurrence.standing if held.held_end_at < occurrence.planned_end_at + held.room.teardown]
    if not short or occurrence.actual_end_at is None:
        return
    rest = Span(occurrence.actual_end_at, occurrence.planned_end_at)
    if not availability.all_free([held.room for held in short], rest, ignoring=(occurrence.id,)):
        raise Refused("taken_meanwhile")
    for held in short:
        held.held_end_at = occurrence.planned_end_at + held.room.teardown
    occurrence.conference.sequence += 1
