"""Storage of trial calls: a technician lets one room dial another, and sees what was read back."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from roomctl.database import Base, Moment
from roomctl.devices.tables import Device


class TrialCall(Base):
    """One trial call: waiting, under_way, done, failed, or unknown when a kill left it in between.

    `steps` lists [step, answer, detail]: connected, media, encryption, hung_up, each yes, no or unknown.
    """

    __tablename__ = "trial_calls"
    id: Mapped[int] = mapped_column(primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"), index=True)
    address: Mapped[str] = mapped_column(String(200))
    asked_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(16), default="waiting", index=True)
    steps: Mapped[list[list[Any]]] = mapped_column(JSON, default=list)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)

    device: Mapped[Device] = relationship(lazy="joined")
