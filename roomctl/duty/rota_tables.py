"""Storage of who is on duty, and what one turn tells the next."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from roomctl.database import Base, Moment
from roomctl.organisation.tables import Unit, User


class DutyTurn(Base):
    """A person on duty for a unit and what is below it, for a span of time."""

    __tablename__ = "duty_turns"
    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    start_at: Mapped[datetime] = mapped_column(Moment)
    end_at: Mapped[datetime] = mapped_column(Moment)
    phone: Mapped[str] = mapped_column(String(40), default="")
    handover: Mapped[str] = mapped_column(String(2000), default="")
    handed_over_at: Mapped[datetime | None] = mapped_column(Moment)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    cancelled_at: Mapped[datetime | None] = mapped_column(Moment)

    unit: Mapped[Unit] = relationship(lazy="joined")
    user: Mapped[User] = relationship(lazy="joined", foreign_keys=[user_id])
    __table_args__ = (CheckConstraint("end_at > start_at", name="span"), Index("ix_duty_turns_unit_start", "unit_id", "start_at"))
