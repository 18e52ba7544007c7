"""Reminding those who attend: one day before the start, and one hour before.

A date remembers how many reminders it has had, so a clock that jumps, or two workers, never send one twice.  There is none
for a date that is cancelled, left out or running, nor while its host room is not granted: when that comes late, the nearest
reminder is still sent.  What was asked for or changed after a reminder's moment skips it: its people have just been told.
"""

from datetime import datetime, timedelta

from roomctl import clock
from roomctl.booking import invitation_tables, tables
from roomctl.booking.invite import attendees_of
from roomctl.database import write_transaction
from roomctl.notices import outbox
from roomctl.notices.wording import NoticeKind

AHEAD = (timedelta(days=1), timedelta(hours=1))
MOST_AT_ONCE = 50
EVERY_S = 30.0


def remind_attendees() -> int:
    """Leave the notices of the reminders that are due; return how many dates people were reminded of."""
    now = clock.now()
    if not invitation_tables.dates_to_remind_of(now, AHEAD, limit=1):
        return 0
    with write_transaction():
        due = invitation_tables.dates_to_remind_of(now, AHEAD, limit=MOST_AT_ONCE, lock=True)
        return sum(_remind(occurrence, now) for occurrence in due)


def _remind(occurrence: tables.Occurrence, now: datetime) -> bool:
    """Count every moment that has passed, and remind of the nearest one; false when that one is skipped."""
    moments = [occurrence.planned_start_at - length for length in AHEAD]
    passed = [moment for moment in moments if moment <= now]
    if len(passed) <= occurrence.reminders:
        return False
    occurrence.reminders = len(passed)
    if passed[-1] <= (occurrence.changed_at or occurrence.conference.created_at):
        return False
    declined = {one.user_id for one in occurrence.conference.invitations if one.answer == "declined"}
    outbox.enqueue(NoticeKind.REMINDER, to=attendees_of(occurrence.conference, occurrence) - declined, conference_id=occurrence.conference_id,
                   occurrence_id=occurrence.id)
    return True
