"""Putting notices out: in the same transaction as the change they tell of."""

from collections.abc import Iterable
from datetime import timedelta

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


def read_all(user_id: int) -> None:
    """Mark a person's notices as read."""
    with write_transaction():
        tables.mark_read(user_id, clock.now())
