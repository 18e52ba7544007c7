"""Storage of alerts."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, and_, func, or_, select, text, update
from sqlalchemy.orm import Mapped, aliased, lazyload, mapped_column, relationship

from roomctl.database import Base, Moment, db
from roomctl.devices.health import Status
from roomctl.devices.tables import Device
from roomctl.organisation.roles import Relation
from roomctl.organisation.tables import IdempotencyKey, Unit, User
from roomctl.organisation.unit_tables import at_or_below


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


AT_ONCE = 500  # Ids in one question; SQLite takes some thousands.
_BARE = (lazyload(Alert.unit), lazyload(Alert.device), lazyload(Alert.acknowledger))


def in_parts(ids: Iterable[int]) -> Iterable[list[int]]:
    """Return ids in parts that any database takes in one question."""
    asked = sorted(ids)
    return (asked[place:place + AT_ONCE] for place in range(0, len(asked), AT_ONCE))


def standing_alerts() -> list[Alert]:
    """Return every standing alert, for a change, the oldest first; what hangs on it is read when it is asked for."""
    return list(db.session.scalars(select(Alert).where(Alert.cleared_at.is_(None)).options(*_BARE).order_by(Alert.id)))


def standing_counts(unit_path: str = "") -> dict[tuple[str, bool], int]:
    """Return how many alerts stand at or below a unit, or everywhere, by status and whether somebody has acknowledged them."""
    query = select(Alert.status, Alert.acknowledged_at.is_not(None), func.count()).where(Alert.cleared_at.is_(None))
    if unit_path:
        query = query.join(Unit, Unit.id == Alert.unit_id).where(Unit.path.startswith(unit_path))
    found = db.session.execute(query.group_by(Alert.status, Alert.acknowledged_at.is_not(None)))
    return {(str(status), bool(acknowledged)): count for status, acknowledged, count in found}


def alerts_by_id(ids: Collection[int]) -> dict[int, Alert]:
    return {one.id: one for part in in_parts(ids) for one in db.session.scalars(select(Alert).where(Alert.id.in_(part)).options(*_BARE))}


def cleared_since(device_ids: Collection[int], since: datetime) -> list[Alert]:
    """Return the alerts of devices that were cleared since a moment, the latest last."""
    return [one for part in in_parts(device_ids) for one in db.session.scalars(
        select(Alert).where(Alert.device_id.in_(part), Alert.cleared_at >= since).options(*_BARE).order_by(Alert.cleared_at, Alert.id))]


def unit_alert_cleared_since(unit_id: int, kind: str, since: datetime) -> Alert | None:
    """Return the last alert of this kind about a unit that was cleared since a moment."""
    return db.session.scalar(select(Alert).where(Alert.unit_id == unit_id, Alert.device_id.is_(None), Alert.kind == kind,
                                                 Alert.cleared_at >= since).options(*_BARE).order_by(Alert.cleared_at.desc()).limit(1))


def alert_by_id(alert_id: int) -> Alert | None:
    return db.session.get(Alert, alert_id)


def alert_for_update(alert_id: int) -> Alert | None:
    """Lock an alert and return it as it is now."""
    return db.session.scalar(select(Alert).where(Alert.id == alert_id).with_for_update(of=Alert).execution_options(populate_existing=True))


def follow_mergers(now: datetime) -> int:
    """Give the alerts of merged units to their successors, inside the caller's transaction; return how many.

    What stands about a merged unit's line ends: whether the successor's is down is seen anew.
    """
    merged = db.session.execute(select(Unit.id, Unit.successor_id).where(
        Unit.successor_id.is_not(None), Unit.id.in_(select(Alert.unit_id).distinct()))).all()
    moved = 0
    for unit_id, into_id in merged:
        db.session.execute(update(Alert).where(Alert.unit_id == unit_id, Alert.device_id.is_(None), Alert.cleared_at.is_(None))
                           .values(cleared_at=now), execution_options={"synchronize_session": False})
        moved += db.session.execute(update(Alert).where(Alert.unit_id == unit_id).values(unit_id=into_id),
                                    execution_options={"synchronize_session": False}).rowcount
    return moved


def told_already(user_ids: Collection[int], keys: Collection[str]) -> set[tuple[int, str]]:
    """Return which of these people have been told under which of these keys."""
    if not user_ids or not keys:
        return set()
    found = db.session.execute(select(IdempotencyKey.user_id, IdempotencyKey.key).where(
        IdempotencyKey.user_id.in_(user_ids), IdempotencyKey.key.in_(keys)))
    return {(user_id, key) for user_id, key in found}


def rooms_of_alerts(alert_ids: Collection[int]) -> dict[int, set[int]]:
    """Return the rooms that standing alerts stand for: of its own device, and of those under it."""
    found: dict[int, set[int]] = {}
    for part in in_parts(alert_ids):
        for alert_id, under_id, room_id in db.session.execute(
                select(Alert.id, Alert.under_id, Device.room_id).join(Device, Alert.device_id == Device.id)
                .where(or_(Alert.id.in_(part), Alert.under_id.in_(part)), Alert.cleared_at.is_(None), Device.room_id.is_not(None))):
            for one in {alert_id, under_id} & set(part):
                found.setdefault(one, set()).add(room_id)
    return found


# For screens


@dataclass(frozen=True, slots=True)
class Members:
    """How much stands under a shared cause."""

    devices: int = 0
    rooms: int = 0


def alerts_on_screen(*, below: Collection[str], limit: int) -> list[Alert]:
    """Return the standing alerts at and below some units that are under no standing cause: not acknowledged first, then the worst, the latest."""
    cause = aliased(Alert)
    return list(db.session.scalars(
        select(Alert).join(Unit, Alert.unit_id == Unit.id).outerjoin(cause, Alert.under_id == cause.id)
        .where(Alert.cleared_at.is_(None), or_(Alert.under_id.is_(None), cause.cleared_at.is_not(None)), at_or_below(below))
        .order_by(Alert.acknowledged_at.is_not(None), Alert.silent, Alert.status != Status.CRITICAL, Alert.opened_at.desc(), Alert.id.desc())
        .limit(limit)).unique())


def alerts_in_the_past(*, below: Collection[str], limit: int, offset: int) -> list[Alert]:
    """Return the cleared alerts at and below some units, the latest first."""
    return list(db.session.scalars(
        select(Alert).join(Unit, Alert.unit_id == Unit.id).where(Alert.cleared_at.is_not(None), at_or_below(below))
        .order_by(Alert.cleared_at.desc(), Alert.id.desc()).limit(limit).offset(offset)).unique())


def standing_causes(*, below: Collection[str]) -> list[Alert]:
    """Return the standing alerts at and below some units that others stand under, the latest first."""
    member = aliased(Alert)
    has_members = select(member.id).where(member.under_id == Alert.id, member.cleared_at.is_(None)).exists()
    return list(db.session.scalars(select(Alert).join(Unit, Alert.unit_id == Unit.id).where(
        Alert.cleared_at.is_(None), has_members, at_or_below(below)).order_by(Alert.opened_at.desc(), Alert.id.desc())).unique())


def members_of(cause_ids: Collection[int]) -> dict[int, Members]:
    """Return how many devices and rooms stand under each cause, the cause's own device counted in."""
    rows = db.session.execute(
        select(func.coalesce(Alert.under_id, Alert.id), func.count(), func.count(Device.room_id.distinct()))
        .join(Device, Alert.device_id == Device.id)
        .where(Alert.cleared_at.is_(None), or_(Alert.under_id.in_(cause_ids), Alert.id.in_(cause_ids)))
        .group_by(func.coalesce(Alert.under_id, Alert.id)))
    return {cause_id: Members(devices, rooms) for cause_id, devices, rooms in rows}


def standing_of_room(room_id: int) -> list[Alert]:
    """Return the standing alerts of a room's devices, the worst and the latest first."""
    return list(db.session.scalars(
        select(Alert).join(Device, Alert.device_id == Device.id).where(Device.room_id == room_id, Alert.cleared_at.is_(None))
        .order_by(Alert.status != Status.CRITICAL, Alert.opened_at.desc())).unique())


def causes_of_room(room_id: int) -> list[Alert]:
    """Return the standing shared causes that devices of a room stand under."""
    ids = set(db.session.scalars(select(Alert.under_id).join(Device, Alert.device_id == Device.id).where(
        Device.room_id == room_id, Alert.cleared_at.is_(None), Alert.under_id.is_not(None))))
    return list(db.session.scalars(select(Alert).where(Alert.id.in_(ids), Alert.cleared_at.is_(None)).order_by(Alert.id)).unique())


@dataclass(frozen=True, slots=True)
class Standing:
    """A device's standing alert of its present fault, as lists show it; `cause_id` only while the cause stands too."""

    alert_id: int
    opened_at: datetime
    silent: bool
    acknowledged_at: datetime | None
    acknowledged_by: str
    cause_id: int | None


def standing_by_device(device_ids: Collection[int]) -> dict[int, Standing]:
    """Return the alert of each device's present fault."""
    cause, person = aliased(Alert), aliased(User)
    found: dict[int, Standing] = {}
    for part in in_parts(device_ids):
        rows = db.session.execute(
            select(Alert.device_id, Alert.id, Alert.opened_at, Alert.silent, Alert.acknowledged_at, person.name, cause.id)
            .join(Device, and_(Device.id == Alert.device_id, Device.fault == Alert.kind))
            .outerjoin(cause, and_(cause.id == Alert.under_id, cause.cleared_at.is_(None))).outerjoin(person, person.id == Alert.acknowledged_by)
            .where(Alert.device_id.in_(part), Alert.cleared_at.is_(None)))
        for device_id, alert_id, opened_at, silent, at, name, cause_id in rows:
            found[device_id] = Standing(alert_id, opened_at, silent, at, name or "", cause_id)
    return found
