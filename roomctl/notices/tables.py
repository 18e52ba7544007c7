"""Storage of notices.  A notice names what it is about; whoever shows it decides how much the reader may know."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, mapped_column

from roomctl.database import Base, Moment, db


class Notice(Base):
    __tablename__ = "notices"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    conference_id: Mapped[int | None]
    occurrence_id: Mapped[int | None]
    room_id: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime] = mapped_column(Moment)
    read_at: Mapped[datetime | None] = mapped_column(Moment)
    times: Mapped[int] = mapped_column(default=1)  # How many dates of a series it is about.
    # The notice is the outbox of mail too: sent when due, tried again after a failure, and never twice on purpose.
    mail_due_at: Mapped[datetime | None] = mapped_column(Moment, index=True)  # None: nothing is to be sent (any more).
    mail_tries: Mapped[int] = mapped_column(default=0)
    mailed_at: Mapped[datetime | None] = mapped_column(Moment)
    mail_error: Mapped[str] = mapped_column(String(200), default="")


def notices_for(user_id: int, *, limit: int = 100) -> list[Notice]:
    return list(db.session.scalars(select(Notice).where(Notice.user_id == user_id).order_by(Notice.id.desc()).limit(limit)))


def told_since(kind: str, user_id: int, conference_id: int, room_id: int, since: datetime) -> list[Notice]:
    """Return what a person was told of one room of a conference since a moment."""
    return list(db.session.scalars(select(Notice).where(
        Notice.kind == kind, Notice.user_id == user_id, Notice.conference_id == conference_id, Notice.room_id == room_id,
        Notice.created_at >= since)))


def mark_read(user_id: int, at: datetime) -> None:
    db.session.execute(update(Notice).where(Notice.user_id == user_id, Notice.read_at.is_(None)).values(read_at=at))
