"""Storage of alerts."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from roomctl.database import Base, Moment
from roomctl.devices.health import Status
from roomctl.devices.tables import Device
from roomctl.organisation.roles import Relation
from roomctl.organisation.tables import Unit, User


class Alert(Base):
    """Something a technician must know: active until acknowledged, standing until cleared.

    About one device, or about a cause that many share (`device_id` is then the upstream device, or None for a unit's line).
    """

    __tablename__ = "alerts"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))  # A fault's word ("unreachable"), a reading's ("battery_charge"), "line_down".
    status: Mapped[Status] = mapped_column(String(16))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    device_id: Mapped[int | None] = mapped_column(ForeignKey("devices.id"), index=True)
    under_id: Mapped[int | None] = mapped_column(ForeignKey("alerts.id"), index=True)  # The shared cause it belongs to.
    detail: Mapped[str] = mapped_column(String(500), default="")
    silent: Mapped[bool] = mapped_column(default=False)  # Opened in a maintenance window: recorded, and nobody is called.
    opened_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    acknowledged_at: Mapped[datetime | None] = mapped_column(Moment)
    acknowledged_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    note: Mapped[str] = mapped_column(String(500), default="")
    cleared_at: Mapped[datetime | None] = mapped_column(Moment)

    unit: Mapped[Unit] = relationship(lazy="joined")
    device: Mapped[Device | None] = relationship(lazy="joined")
    acknowledger: Mapped[User | None] = relationship(lazy="joined", foreign_keys=[acknowledged_by])
    __table_args__ = (
        # One standing alert of a kind a device, and a unit's line: two workers must not open it twice.
        Index("uq_alerts_standing_device", "device_id", "kind", unique=True,
              sqlite_where=text("cleared_at IS NULL AND device_id IS NOT NULL"),
              postgresql_where=text("cleared_at IS NULL AND device_id IS NOT NULL")),
        Index("uq_alerts_standing_unit", "unit_id", "kind", unique=True,
              sqlite_where=text("cleared_at IS NULL AND device_id IS NULL"),
              postgresql_where=text("cleared_at IS NULL AND device_id IS NULL")),
        Index("ix_alerts_cleared_opened", "cleared_at", "opened_at"),
    )

    @property
    def ref(self) -> str:
        return f"alert:{self.id}"

    def unit_paths(self) -> Collection[str]:
        return (self.unit.path,)

    def relations(self, user_id: int) -> Collection[Relation]:
        return ()
