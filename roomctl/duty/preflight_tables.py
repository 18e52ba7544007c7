"""Storage of what was checked before conferences."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from roomctl.database import Base, Moment
from roomctl.devices.tables import Device


class ScheduledCheck(Base):
    """One device checked ahead of one occurrence: a day, an hour or a quarter of an hour before.

    `findings` lists [check, answer, detail] with answer yes, no or unknown; `ready` is their worst.
    """

    __tablename__ = "scheduled_checks"
    id: Mapped[int] = mapped_column(primary_key=True)
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrences.id"))
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"))
    room_id: Mapped[int | None] = mapped_column(ForeignKey("rooms.id"))
    ahead_minutes: Mapped[int]  # 1440, 60 or 15.
    checked_at: Mapped[datetime] = mapped_column(Moment)
    ready: Mapped[str] = mapped_column(String(8))  # "yes", "no" or "unknown".
    findings: Mapped[list[list[Any]]] = mapped_column(JSON)
    told_at: Mapped[datetime | None] = mapped_column(Moment)

    device: Mapped[Device] = relationship(lazy="joined")
    __table_args__ = (UniqueConstraint("occurrence_id", "device_id", "ahead_minutes"),)
