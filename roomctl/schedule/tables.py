"""Storage of published weeks."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from roomctl.database import Base, Moment, db
from roomctl.organisation.tables import User


class WeekPublication(Base):
    """One version of a unit's weekly schedule, as it was published.

    `lines` says of each occurrence what is needed to see later that it changed; what it is about is never kept here, only
    a digest of it, so that nobody reads from an old version what they may not know.
    """

    __tablename__ = "week_publications"
    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    year: Mapped[int]
    week: Mapped[int]
    version: Mapped[int]
    published_at: Mapped[datetime] = mapped_column(Moment)
    published_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    note: Mapped[str] = mapped_column(String(300), default="")
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSON)

    publisher: Mapped[User] = relationship(lazy="joined")
    __table_args__ = (UniqueConstraint("unit_id", "year", "week", "version"),)


def last_publication(unit_id: int, year: int, week: int) -> WeekPublication | None:
    """Return the latest version of a unit's week, or None while it was not published."""
    one = WeekPublication
    return db.session.scalar(select(one).where(one.unit_id == unit_id, one.year == year, one.week == week)
                             .order_by(one.version.desc()).limit(1).execution_options(populate_existing=True))
