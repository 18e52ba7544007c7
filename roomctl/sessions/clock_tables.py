"""Storage of what the clocks of the machines said: stretches of time in which they could be trusted, or not."""

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from roomctl.database import Base, Moment, db


class ClockSpan(Base):
    """A stretch in which one machine's clock was found the same at every look; a step of the clock begins another one."""

    __tablename__ = "clock_spans"
    id: Mapped[int] = mapped_column(primary_key=True)
    host: Mapped[str] = mapped_column(String(64))
    trusted: Mapped[str] = mapped_column(String(8))  # "yes", "no", "unknown"
    reason: Mapped[str] = mapped_column(String(40), default="")
    offset_ms: Mapped[int | None] = mapped_column(BigInteger)  # The database's clock ahead of this machine's; None where they are the same clock.
    error_ms: Mapped[int | None] = mapped_column(BigInteger)  # The kernel's own bound on its error; None where it says none.
    step_ms: Mapped[int | None] = mapped_column(BigInteger)  # By how much the clock was set at the beginning; negative: back.
    begun_at: Mapped[datetime] = mapped_column(Moment)
    until_at: Mapped[datetime] = mapped_column(Moment)  # The last look.
    __table_args__ = (Index("ix_clock_spans_host", "host", "id"),)


def last_span(host: str) -> ClockSpan | None:
    return db.session.scalar(select(ClockSpan).where(ClockSpan.host == host).order_by(ClockSpan.id.desc()).limit(1))


def last_mistrusted(host: str) -> ClockSpan | None:
    """Return the latest stretch in which a machine's clock was not trusted."""
    return db.session.scalar(select(ClockSpan).where(ClockSpan.host == host, ClockSpan.trusted == "no").order_by(ClockSpan.id.desc()).limit(1))


def spans_between(start: datetime, end: datetime, *, slack: timedelta) -> list[ClockSpan]:
    """Return what was found of any machine's clock during a stretch of time, oldest first.

    A stretch may have gone on for `slack` after it was last written down.
    """
    return list(db.session.scalars(select(ClockSpan).where(ClockSpan.begun_at <= end, ClockSpan.until_at >= start - slack)
                                   .order_by(ClockSpan.id)))


def steps_known() -> list[ClockSpan]:
    """Return every time that a clock was set; there are few."""
    return list(db.session.scalars(select(ClockSpan).where(ClockSpan.step_ms.is_not(None)).order_by(ClockSpan.id)))
