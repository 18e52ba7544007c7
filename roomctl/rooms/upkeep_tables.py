"""Storage of maintenance windows, and of the groups of rooms that people save."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from roomctl.database import Base, Moment, db
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
    def span(self) -> Span:
        return Span(self.start_at, self.end_at)


class RoomGroup(Base):
    """Rooms that somebody chooses together again and again: their own, or shared with their unit."""

    __tablename__ = "room_groups"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)  # Whose people see it too; None: nobody else.
    name: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(Moment)

    rooms: Mapped[list[Room]] = relationship(secondary="room_group_rooms")


class RoomGroupRoom(Base):
    """One room of a group."""

    __tablename__ = "room_group_rooms"
    group_id: Mapped[int] = mapped_column(ForeignKey("room_groups.id"), primary_key=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("rooms.id"), primary_key=True)


def move_shared_groups(unit_id: int, into_id: int) -> None:
    """Give the groups that a unit's people share to another unit's, inside the caller's transaction."""
    db.session.execute(update(RoomGroup).where(RoomGroup.unit_id == unit_id).values(unit_id=into_id),
                       execution_options={"synchronize_session": False})
