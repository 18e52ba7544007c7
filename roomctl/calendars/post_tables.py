"""What is asked of notices as the outbox of mail."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import select

from roomctl.database import db
from roomctl.notices.tables import Notice
from roomctl.notices.wording import NoticeKind
from roomctl.organisation.tables import User

INVITATIONS = (NoticeKind.INVITED, NoticeKind.INVITATION_CHANGED, NoticeKind.INVITATION_WITHDRAWN)
MOST_IN_A_LETTER = 400  # As many as a conference has rooms.


def next_due(now: datetime, oldest: datetime) -> Notice | None:
    """Return the notice that has waited longest for its mail, due between `oldest` and `now`; its reader has an open account and an address."""
    return db.session.scalar(
        select(Notice).join(User, User.id == Notice.user_id)
        .where(Notice.mail_due_at <= now, Notice.mail_due_at > oldest, Notice.mailed_at.is_(None), User.active, User.email != "")
        .order_by(Notice.mail_due_at, Notice.id).limit(1))


def letter_of(first: Notice, now: datetime) -> list[Notice]:
    """Lock and return, in order, the notices that go out in one mail with `first`; none when another process has taken it.

    Of what concerns one person's place in one conference these are all that wait, since only how things stand now is told;
    of other kinds those that are due and say the same of the same date: a conference in 35 rooms makes one mail, not 35.
    """
    query = select(Notice).where(Notice.user_id == first.user_id, Notice.mailed_at.is_(None))
    if first.kind in INVITATIONS:
        query = query.where(Notice.kind.in_(INVITATIONS), Notice.conference_id == first.conference_id, Notice.mail_due_at.is_not(None))
    elif first.occurrence_id is not None:
        query = query.where(Notice.kind == first.kind, Notice.occurrence_id == first.occurrence_id, Notice.mail_due_at <= now)
    else:
        query = query.where(Notice.id == first.id, Notice.mail_due_at <= now)
    found = list(db.session.scalars(query.order_by(Notice.id).limit(MOST_IN_A_LETTER).with_for_update(of=Notice)
                                    .execution_options(populate_existing=True)))
    return found if any(one.id == first.id and one.mail_due_at <= now for one in found) else []


def notices_by_ids(ids: Iterable[int]) -> list[Notice]:
    return list(db.session.scalars(select(Notice).where(Notice.id.in_(ids)).order_by(Notice.id)))


def notices_for_update(ids: Iterable[int]) -> list[Notice]:
    """Lock some notices and return them as they are now."""
    return list(db.session.scalars(select(Notice).where(Notice.id.in_(ids)).order_by(Notice.id).with_for_update(of=Notice)
                                   .execution_options(populate_existing=True)))


def was_mailed(user_id: int, conference_id: int, kinds: Collection[str]) -> bool:
    """True when a person was sent a mail of one of these kinds about a conference."""
    return db.session.scalar(select(Notice.id).where(Notice.user_id == user_id, Notice.conference_id == conference_id, Notice.kind.in_(kinds),
                                                     Notice.mailed_at.is_not(None)).limit(1)) is not None
