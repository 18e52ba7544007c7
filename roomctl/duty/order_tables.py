"""Storage of orders to many devices, and what became of each."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from roomctl.database import Base, Moment
from roomctl.devices.tables import Device
from roomctl.organisation.roles import Relation
from roomctl.organisation.tables import User


class DeviceOrder(Base):
    """One order to many devices: check now, restart, set a value, assign.  Running until every device has its outcome, or it is stopped."""

    __tablename__ = "device_orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(24))
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    asked_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    stop_asked_at: Mapped[datetime | None] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)

    asker: Mapped[User] = relationship(lazy="joined")
    targets: Mapped[list["OrderTarget"]] = relationship(back_populates="order", order_by="OrderTarget.device_id")

    @property
    def ref(self) -> str:
        return f"order:{self.id}"

    def unit_paths(self) -> Collection[str]:
        return tuple({target.device.unit.path for target in self.targets})

    def relations(self, user_id: int) -> Collection[Relation]:
        return ()


class OrderTarget(Base):
    """One device of an order: waiting, under_way, done, failed, skipped, or unknown when a kill left it in between."""

    __tablename__ = "order_targets"
    order_id: Mapped[int] = mapped_column(ForeignKey("device_orders.id"), primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"), primary_key=True)
    state: Mapped[str] = mapped_column(String(16), default="waiting", index=True)
    outcome: Mapped[str] = mapped_column(String(40), default="")  # A stable word: a fault's, "in_session", "in_call", "restarted", ...
    detail: Mapped[str] = mapped_column(String(500), default="")
    begun_at: Mapped[datetime | None] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)

    order: Mapped[DeviceOrder] = relationship(back_populates="targets")
    device: Mapped[Device] = relationship(lazy="joined")
