"""Putting notices out: in the same transaction as the change they tell of."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from roomctl import clock
from roomctl.database import db, write_transaction
from roomctl.notices import tables
from roomctl.notices.wording import NoticeKind

AT_ONCE = timedelta(0)


def enqueue(kind: NoticeKind, *, to: Iterable[int], conference_id: int | None = None, occurrence_id: int | None = None,
            room_id: int | None = None, reason: str = "", times: int = 1, mail_after: timedelta = AT_ONCE) -> None:
    """Leave a notice for each person (user ids; doubles are dropped), to be mailed too when `mail_after` has passed.

    `times` is how many dates of a series it is about; `occurrence_id` is then the first of them.
    """
    now = clock.now()
    db.session.add_all([
        tables.Notice(kind=kind.value, user_id=user_id, conference_id=conference_id, occurrence_id=occurrence_id, room_id=room_id, reason=reason,
                      times=times, created_at=now, mail_due_at=now + mail_after)
        for user_id in sorted(set(to))])


def take_back(kind: NoticeKind, *, to: int, conference_id: int, room_id: int, since: datetime) -> bool:
    """Take back what a person was told since a moment and is not true any more; True when they may know it already.

    What nobody has read or mailed yet is gone as if it had never been; what was read is at least not mailed.
    """
    known = False
    for notice in tables.told_since(kind.value, to, conference_id, room_id, since):
        if notice.read_at is None and notice.mailed_at is None:
            db.session.delete(notice)
        else:
            notice.mail_due_at, known = None, True
    return known


def read_all(user_id: int) -> None:
    """Mark a person's notices as read."""
    with write_transaction():
        tables.mark_read(user_id, clock.now())
