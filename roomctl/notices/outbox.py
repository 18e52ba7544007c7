"""Putting notices out: in the same transaction as the change they tell of."""

from collections.abc import Iterable

from roomctl import clock
from roomctl.database import db, write_transaction
from roomctl.notices import tables
from roomctl.notices.wording import NoticeKind


def enqueue(kind: NoticeKind, *, to: Iterable[int], occurrence_id: int | None = None, room_id: int | None = None, reason: str = "") -> None:
    """Leave a notice for each person (user ids; doubles are dropped)."""
    for user_id in sorted(set(to)):
        db.session.add(tables.Notice(kind=kind.value, user_id=user_id, occurrence_id=occurrence_id, room_id=room_id, reason=reason,
                                     created_at=clock.now()))


def read_all(user_id: int) -> None:
    """Mark a person's notices as read."""
    with write_transaction():
        tables.mark_read(user_id, clock.now())
