"""Storage of who has viewed which classified conference on which day, so that the trail says it once."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column

from roomctl.database import Base, db


class ConferenceView(Base):
    """A person has viewed a conference on a day (in Hà Nội); the trail has the entry."""

    __tablename__ = "conference_views"
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"), primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(primary_key=True)


def viewed_by(user_id: int, conference_ids: Collection[int], day: date) -> set[int]:
    """Return which of some conferences a person has viewed on a day."""
    return set(db.session.scalars(select(ConferenceView.conference_id).where(
        ConferenceView.user_id == user_id, ConferenceView.day == day, ConferenceView.conference_id.in_(conference_ids))))
