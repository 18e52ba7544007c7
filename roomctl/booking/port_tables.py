"""Storage of what conferences hold of bridges, and what planning their connections asks of rooms, codecs and bridges."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Row, String, event, func, inspect, select, text
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from roomctl.booking.lifecycle import ACTIVE
from roomctl.booking.port_ledger import LOOK_BACK
from roomctl.booking.tables import Conference, Occurrence, Reservation
from roomctl.database import Base, Moment, db
from roomctl.devices.tables import Device
from roomctl.organisation.tables import Unit
from roomctl.rooms.tables import Room
from roomctl.timespan import Span

_HELD = text("released_at IS NULL")


class BridgePorts(Base):
    """Ports and an address of a bridge, held for an occurrence while it takes place; `upper_id` is the part that this bridge calls."""

    __tablename__ = "bridge_ports"
    id: Mapped[int] = mapped_column(primary_key=True)
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrences.id"), index=True)
    bridge_id: Mapped[int] = mapped_column(ForeignKey("devices.id"))
    address: Mapped[str] = mapped_column(String(200))
    ports: Mapped[int]
    upper_id: Mapped[int | None] = mapped_column(ForeignKey("bridge_ports.id"))
    held_start_at: Mapped[datetime] = mapped_column(Moment)
    held_end_at: Mapped[datetime] = mapped_column(Moment)
    released_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (
        CheckConstraint("held_end_at > held_start_at", name="span"),
        CheckConstraint("ports > 0", name="ports"),
        Index("ix_bridge_ports_held", "bridge_id", "held_start_at", "held_end_at", sqlite_where=_HELD, postgresql_where=_HELD),
        Index("uq_bridge_ports_held_once", "occurrence_id", "bridge_id", unique=True, sqlite_where=_HELD, postgresql_where=_HELD),
    )

    @property
    def span(self) -> Span:
        return Span(self.held_start_at, self.held_end_at)


# What a plan of connections depends on: a change of any of these is a reason to settle.
_DECIDING: dict[type, Collection[str]] = {
    Reservation: ("state",), Occurrence: ("planned_start_at", "planned_end_at", "actual_end_at", "cancelled_at"), Conference: ("host_room_id",),
}


def whenever_changed(tell: Callable[[set[int]], None]) -> None:
    """Call `tell` after each flush inside a write transaction that changed what plans depend on, with the ids of the occurrences concerned."""

    @event.listens_for(db.session, "after_flush")
    def _flushed(session: Session, _context: object) -> None:
        if not session.info.get("writing"):
            return
        concerned: set[int] = set()
        for row in (*session.new, *session.dirty):
            names = _DECIDING.get(type(row), ())
            if any(inspect(row).attrs[name].history.has_changes() for name in names):
                concerned |= _occurrences_of(row)
        if concerned:
            tell(concerned)


def _occurrences_of(row: Any) -> set[int]:
    if isinstance(row, Reservation):
        return {row.occurrence_id}
    if isinstance(row, Occurrence):
        return {row.id}
    return {one.id for one in row.__dict__.get("occurrences", ())}  # Whoever changes the host room has the dates at hand, or there are none yet.


def soon(span: Span) -> list[int]:
    """Return the occurrences that begin within `span` and hold two rooms or more."""
    return list(db.session.scalars(
        select(Occurrence.id).join(Reservation, Reservation.occurrence_id == Occurrence.id)
        .where(Occurrence.planned_start_at >= span.start, Occurrence.planned_start_at < span.end, Occurrence.cancelled_at.is_(None),
               Reservation.state.in_(ACTIVE)).group_by(Occurrence.id).having(func.count() > 1).order_by(Occurrence.id)))


def lock_bridges(bridge_ids: Collection[int]) -> None:
    """Lock bridges in id order, after any room: who else settles for them waits.  SQLite lets nobody write beside us anyway."""
    db.session.execute(select(Device.id).where(Device.id.in_(bridge_ids)).order_by(Device.id).with_for_update(of=Device, key_share=True))


def bridges_in_use() -> Sequence[Row[Any]]:
    """Return every bridge: id, name, family, ports, pool, and its unit's path."""
    return db.session.execute(select(Device.id, Device.name, Device.family, Device.ports, Device.pool, Unit.path)
                              .join(Unit, Device.unit_id == Unit.id)
                              .where(Device.kind == "bridge", Device.retired_at.is_(None)).order_by(Device.id)).all()


def unit_paths_of(occurrence_ids: Collection[int]) -> set[str]:
    """Return the paths of the units whose rooms some occurrences asked for, whatever came of it, and of their host rooms."""
    asked = select(Unit.path).join(Room, Room.unit_id == Unit.id).join(Reservation, Reservation.room_id == Room.id).where(
        Reservation.occurrence_id.in_(occurrence_ids))
    hosts = select(Unit.path).join(Room, Room.unit_id == Unit.id).join(Conference, Conference.host_room_id == Room.id).join(
        Occurrence, Occurrence.conference_id == Conference.id).where(Occurrence.id.in_(occurrence_ids))
    return set(db.session.scalars(asked.union(hosts)))


def to_settle(occurrence_ids: Collection[int]) -> Sequence[Row[Any]]:
    """Return of occurrences: id, planned and actual times, whether cancelled, the host room and its unit's path."""
    one = Occurrence
    return db.session.execute(
        select(one.id, one.planned_start_at, one.planned_end_at, one.actual_end_at, one.cancelled_at, Conference.host_room_id, Unit.path)
        .join(Conference, one.conference_id == Conference.id).join(Room, Conference.host_room_id == Room.id).join(Unit, Room.unit_id == Unit.id)
        .where(one.id.in_(occurrence_ids)).order_by(one.planned_start_at, one.id)).all()


def standing_sites(occurrence_ids: Collection[int]) -> Sequence[Row[Any]]:
    """Return the rooms that occurrences hold: occurrence id, room id, its unit's path, and its codec's family and sites, None without one."""
    codec = aliased(Device)
    return db.session.execute(
        select(Reservation.occurrence_id, Reservation.room_id, Unit.path, codec.family, codec.ports)
        .join(Room, Reservation.room_id == Room.id).join(Unit, Room.unit_id == Unit.id)
        .outerjoin(codec, (codec.room_id == Room.id) & (codec.kind == "codec") & codec.spare.is_(False) & codec.retired_at.is_(None))
        .where(Reservation.occurrence_id.in_(occurrence_ids), Reservation.state.in_(ACTIVE)).order_by(Reservation.id)).all()


def ports_of(occurrence_ids: Collection[int]) -> list[BridgePorts]:
    """Return what occurrences hold of bridges, as it is now, the top of each before what calls it."""
    found = db.session.scalars(select(BridgePorts).where(BridgePorts.occurrence_id.in_(occurrence_ids), BridgePorts.released_at.is_(None))
                               .order_by(BridgePorts.occurrence_id, BridgePorts.id).execution_options(populate_existing=True))
    return sorted(found, key=lambda one: (one.occurrence_id, one.upper_id is not None, one.id))


def held_during(bridge_ids: Collection[int], span: Span) -> Sequence[Row[Any]]:
    """Return all that is held of bridges within `span`: start, end, occurrence, bridge, address and ports."""
    one = BridgePorts
    return db.session.execute(
        select(one.held_start_at, one.held_end_at, one.occurrence_id, one.bridge_id, one.address, one.ports)
        .where(one.bridge_id.in_(bridge_ids), one.released_at.is_(None), one.held_start_at < span.end,
               one.held_start_at > span.start - LOOK_BACK, one.held_end_at > span.start)).all()


def held_after(moment: datetime) -> Sequence[Row[Any]]:
    """Return what is held of bridges and has not ended by then, by bridge and time, with how many ports the bridge has."""
    one = BridgePorts
    return db.session.execute(
        select(one.id, one.occurrence_id, one.bridge_id, one.address, one.ports, one.held_start_at, one.held_end_at,
               Device.ports.label("bridge_has")).join(Device, one.bridge_id == Device.id)
        .where(one.released_at.is_(None), one.held_end_at > moment).order_by(one.bridge_id, one.held_start_at, one.id)).all()
