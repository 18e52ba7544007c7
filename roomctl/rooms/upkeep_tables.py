"""Storage of maintenance windows, and of the groups of rooms that people save."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, or_, select, update
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship, selectinload

from roomctl.database import Base, Moment, db
from roomctl.organisation.tables import User
from roomctl.rooms.tables import Room
from roomctl.timespan import Span


class MaintenanceWindow(Base):
    """A time in which a room cannot be booked, and why."""

    __tablename__ = "maintenance_windows"
    id: Mapped[int] = mapped_column(primary_key=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("rooms.id"))
    start_at: Mapped[datetime] = mapped_column(Moment)
    end_at: Mapped[datetime] = mapped_column(Moment)
    reason: Mapped[str] = mapped_column(String(300), default="")
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime] = mapped_column(Moment)
    cancelled_at: Mapped[datetime | None] = mapped_column(Moment)

    room: Mapped[Room] = relationship(lazy="joined")
    __table_args__ = (CheckConstraint("end_at > start_at", name="span"), Index("ix_maintenance_windows_room_start", "room_id", "start_at"))

    @property
    def ref(self) -> str:
        return f"maintenance:{self.id}"

    @property
    def span(self) -> Span:
        return Span(self.start_at, self.end_at)


def windows_during(room_ids: Collection[int], span: Span) -> list[MaintenanceWindow]:
    """Return the maintenance windows of rooms that meet `span`, in order of time; cancelled ones are left out."""
    return list(db.session.scalars(select(MaintenanceWindow).where(
        MaintenanceWindow.room_id.in_(room_ids), MaintenanceWindow.cancelled_at.is_(None), MaintenanceWindow.start_at < span.end,
        MaintenanceWindow.end_at > span.start).order_by(MaintenanceWindow.start_at, MaintenanceWindow.id)).unique())


def window_for_update(window_id: int) -> MaintenanceWindow | None:
    """Lock a maintenance window and return it as it is now."""
    return db.session.scalar(select(MaintenanceWindow).where(MaintenanceWindow.id == window_id)
                             .with_for_update(of=MaintenanceWindow).execution_options(populate_existing=True))


def windows_ahead(room_ids: Collection[int] | None, now: datetime, *, limit: int) -> list[MaintenanceWindow]:
    """Return the maintenance windows that are not over, of some rooms or of all, in order of time."""
    query = select(MaintenanceWindow).where(MaintenanceWindow.cancelled_at.is_(None), MaintenanceWindow.end_at > now)
    if room_ids is not None:
        query = query.where(MaintenanceWindow.room_id.in_(room_ids))
    return list(db.session.scalars(query.order_by(MaintenanceWindow.start_at, MaintenanceWindow.id).limit(limit)).unique())


class RoomGroup(Base):
    """Rooms that somebody chooses together again and again: their own, or shared with their unit."""

    __tablename__ = "room_groups"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)  # Whose people see it too; None: nobody else.
    name: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(Moment)

    rooms: Mapped[list[Room]] = relationship(secondary="room_group_rooms")
    owner: Mapped[User] = relationship()

    @property
    def ref(self) -> str:
        return f"room_group:{self.id}"


class RoomGroupRoom(Base):
    """One room of a group."""

    __tablename__ = "room_group_rooms"
    group_id: Mapped[int] = mapped_column(ForeignKey("room_groups.id"), primary_key=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("rooms.id"), primary_key=True)


def group_by_id(group_id: int) -> RoomGroup | None:
    return db.session.get(RoomGroup, group_id)


def group_named(user_id: int, name: str) -> RoomGroup | None:
    """Return a person's own group of this name."""
    return db.session.scalar(select(RoomGroup).where(RoomGroup.user_id == user_id, RoomGroup.name == name).limit(1))


def groups_of(user_id: int, unit_id: int) -> list[RoomGroup]:
    """Return a person's own groups, and those that are shared with a unit."""
    return list(db.session.scalars(select(RoomGroup).where(or_(RoomGroup.user_id == user_id, RoomGroup.unit_id == unit_id))
                                   .options(selectinload(RoomGroup.rooms), joinedload(RoomGroup.owner))))


def move_shared_groups(unit_id: int, into_id: int) -> None:
    """Give the groups that a unit's people share to another unit's, inside the caller's transaction."""
    db.session.execute(update(RoomGroup).where(RoomGroup.unit_id == unit_id).values(unit_id=into_id),
                       execution_options={"synchronize_session": False})
