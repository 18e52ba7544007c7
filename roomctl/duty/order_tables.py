"""Storage of orders to many devices, and what became of each."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Select, String, func, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship, selectinload

from roomctl.database import Base, Moment, db, lock_name
from roomctl.devices.tables import Device
from roomctl.organisation.roles import Relation
from roomctl.organisation.tables import Unit, User
from roomctl.organisation.unit_tables import at_or_below

WAITING, UNDER_WAY, DONE, FAILED, SKIPPED, UNKNOWN = "waiting", "under_way", "done", "failed", "skipped", "unknown"
ASKED = "asked"  # The outcome of a restart under way once the device was told: from then on it is only watched.
ACTING = frozenset({"restart", "set_encryption"})  # Kinds that change something at the device.


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


def lock_use_of_devices() -> None:
    """Let nobody else take a device for a session or an order until this transaction ends; taken before the rows are asked."""
    lock_name("use of devices")


def claimed_device_ids(device_ids: Collection[int], since: datetime) -> set[int]:
    """Return those of some devices that an order has taken since a moment and is about to change; one that was told already is not held."""
    return set(db.session.scalars(
        select(OrderTarget.device_id).join(DeviceOrder).where(
            OrderTarget.state == UNDER_WAY, OrderTarget.outcome == "", OrderTarget.begun_at > since, DeviceOrder.kind.in_(ACTING),
            OrderTarget.device_id.in_(device_ids))))


def order_by_id(order_id: int) -> DeviceOrder | None:
    return db.session.scalar(select(DeviceOrder).where(DeviceOrder.id == order_id).options(selectinload(DeviceOrder.targets)))


def order_for_update(order_id: int) -> DeviceOrder | None:
    """Lock an order and return it as it is now."""
    return db.session.scalar(select(DeviceOrder).where(DeviceOrder.id == order_id).with_for_update(of=DeviceOrder)
                             .execution_options(populate_existing=True))


def open_orders() -> list[DeviceOrder]:
    """Return the orders that are not finished, the oldest first, without their devices."""
    return list(db.session.scalars(select(DeviceOrder).where(DeviceOrder.finished_at.is_(None)).order_by(DeviceOrder.id)))


def orders_seen(*, below: Collection[str], asked_by: int, limit: int) -> list[DeviceOrder]:
    """Return the orders a person has placed, and those that touch devices at and below some units, the latest first."""
    touching = select(OrderTarget.order_id).join(Device, OrderTarget.device_id == Device.id).join(Unit, Device.unit_id == Unit.id)
    return list(db.session.scalars(
        select(DeviceOrder).where((DeviceOrder.asked_by == asked_by) | DeviceOrder.id.in_(touching.where(at_or_below(below))))
        .order_by(DeviceOrder.id.desc()).limit(limit)))


def counts_of(order_ids: Collection[int]) -> dict[int, Counter[str]]:
    """Return how many devices of each order are in which state."""
    found: dict[int, Counter[str]] = {order_id: Counter() for order_id in order_ids}
    for order_id, state, count in db.session.execute(
            select(OrderTarget.order_id, OrderTarget.state, func.count()).where(OrderTarget.order_id.in_(order_ids))
            .group_by(OrderTarget.order_id, OrderTarget.state)):
        found[order_id][state] = count
    return found


def targets_of(order_ids: Collection[int], state: str, *, limit: int | None = None) -> list[OrderTarget]:
    """Return the devices of some orders in one state, those of the oldest order first."""
    return list(db.session.scalars(_targets(order_ids, state).limit(limit)).unique())


def targets_for_update(order_ids: Collection[int], state: str, *, limit: int | None = None) -> list[OrderTarget]:
    """Lock them, and return them as they are now."""
    return list(db.session.scalars(_targets(order_ids, state).limit(limit).with_for_update(of=OrderTarget)
                                   .execution_options(populate_existing=True)).unique())


def _targets(order_ids: Collection[int], state: str) -> Select[tuple[OrderTarget]]:
    return (select(OrderTarget).where(OrderTarget.order_id.in_(order_ids), OrderTarget.state == state)
            .order_by(OrderTarget.order_id, OrderTarget.device_id))


def target_for_update(order_id: int, device_id: int) -> OrderTarget | None:
    """Lock one device of an order and return it as it is now."""
    return db.session.scalar(
        select(OrderTarget).where(OrderTarget.order_id == order_id, OrderTarget.device_id == device_id).with_for_update(of=OrderTarget)
        .execution_options(populate_existing=True))


def skip_waiting(order_id: int, outcome: str, at: datetime) -> int:
    """Skip what an order has not begun, inside the caller's transaction; return how many devices."""
    return db.session.execute(
        update(OrderTarget).where(OrderTarget.order_id == order_id, OrderTarget.state == WAITING)
        .values(state=SKIPPED, outcome=outcome, finished_at=at), execution_options={"synchronize_session": False}).rowcount


def devices_by_ids(device_ids: Collection[int]) -> list[Device]:
    """Return some devices in use, in the order of their units and names."""
    found = db.session.scalars(select(Device).where(Device.id.in_(device_ids), Device.retired_at.is_(None))).unique()
    return sorted(found, key=lambda device: (device.unit.path.count("/"), device.unit.order_key, device.name, device.id))
