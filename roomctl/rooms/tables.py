"""Storage of rooms."""

import unicodedata
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, String, func, literal, or_, select, update
from sqlalchemy.orm import Mapped, aliased, mapped_column, relationship

from roomctl.database import Base, Moment, db, is_postgresql
from roomctl.organisation import units
from roomctl.organisation.roles import Relation
from roomctl.organisation.tables import Unit
from roomctl.organisation.unit_tables import at_or_below, containing
from roomctl.organisation.units import Level

LONGEST_BUFFER = timedelta(hours=6)  # No room holds more setup or teardown than this.


class Room(Base):
    """A meeting room of one unit.  `setup_s` and `teardown_s` are held around every reservation, never shown."""

    __tablename__ = "rooms"
    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    folded_name: Mapped[str] = mapped_column(String(420))
    order_key: Mapped[str] = mapped_column(String(420))
    seats: Mapped[int] = mapped_column(default=0)
    setup_s: Mapped[int] = mapped_column(default=0)
    teardown_s: Mapped[int] = mapped_column(default=0)
    timezone: Mapped[str] = mapped_column(String(64), default="Asia/Ho_Chi_Minh")
    support_phone: Mapped[str] = mapped_column(String(40), default="")
    # Whose requests are granted at once: "unit" (its own people), "above" (also those of units above), "nobody".
    open_to: Mapped[str] = mapped_column(String(16), default="unit")
    # Local minutes of the day between which it may be used, and the ISO weekdays on which it is open.
    opens_min: Mapped[int] = mapped_column(default=0)
    closes_min: Mapped[int] = mapped_column(default=1440)
    open_days: Mapped[str] = mapped_column(String(7), default="1234567")
    ahead_days: Mapped[int] = mapped_column(default=740)  # How far ahead it may be booked.
    equipment: Mapped[str] = mapped_column(String(200), default="")  # Words of `suitability.EQUIPMENT`, in its order, blanks between.
    created_at: Mapped[datetime] = mapped_column(Moment)
    retired_at: Mapped[datetime | None] = mapped_column(Moment)

    unit: Mapped[Unit] = relationship(lazy="joined")
    # Setup and teardown are bounded, since the search for overlaps looks back 7 days plus both.
    __table_args__ = (CheckConstraint("setup_s BETWEEN 0 AND 21600 AND teardown_s BETWEEN 0 AND 21600", name="buffers"),)

    @property
    def ref(self) -> str:
        return f"room:{self.id}"

    @property
    def setup(self) -> timedelta:
        return timedelta(seconds=self.setup_s)

    @property
    def teardown(self) -> timedelta:
        return timedelta(seconds=self.teardown_s)

    def unit_paths(self) -> Collection[str]:
        return (self.unit.path,)

    def relations(self, user_id: int) -> Collection[Relation]:
        return ()


class Panel(Base):
    """A panel paired with a room; only its token's SHA-256 is kept.

    `called_at` is when it last called a technician, `called_people` who was told then: one a line, for the panel to show.
    """

    __tablename__ = "panels"
    id: Mapped[int] = mapped_column(primary_key=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("rooms.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    paired_at: Mapped[datetime] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
    called_at: Mapped[datetime | None] = mapped_column(Moment)
    called_people: Mapped[str] = mapped_column(String(300), default="", server_default="")

    room: Mapped[Room] = relationship(lazy="joined")


class PanelCode(Base):
    """A one-time code with which a panel is paired."""

    __tablename__ = "panel_codes"
    id: Mapped[int] = mapped_column(primary_key=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("rooms.id"))
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)


def panel_by_hash(token_hash: str) -> Panel | None:
    return db.session.scalar(select(Panel).where(Panel.token_hash == token_hash, Panel.revoked_at.is_(None)))


def panel_for_update(panel_id: int) -> Panel | None:
    """Lock a panel and return it as it is now."""
    return db.session.scalar(select(Panel).where(Panel.id == panel_id).with_for_update(of=Panel).execution_options(populate_existing=True))


def panels_in_use() -> list[Panel]:
    return list(db.session.scalars(select(Panel).where(Panel.revoked_at.is_(None)).order_by(Panel.id)).unique())


def code_for_update(code_hash: str) -> PanelCode | None:
    return db.session.scalar(select(PanelCode).where(PanelCode.code_hash == code_hash).with_for_update()
                             .execution_options(populate_existing=True))


def room_by_id(room_id: int) -> Room | None:
    return db.session.get(Room, room_id)


def rooms_in_order() -> list[Room]:
    """Return the rooms in use: upper units first, then by unit and name in Vietnamese order."""
    found = db.session.scalars(select(Room).where(Room.retired_at.is_(None))).unique()
    return in_order(found)


def rooms_of(unit_id: int) -> list[Room]:
    """Return the rooms of one unit, in Vietnamese order."""
    return in_order(db.session.scalars(select(Room).where(Room.unit_id == unit_id, Room.retired_at.is_(None))).unique())


def rooms_at(level: Level) -> list[Room]:
    """Return the rooms of all units of a level, in Vietnamese order."""
    found = db.session.scalars(select(Room).join(Unit).where(Unit.level == level, Room.retired_at.is_(None))).unique()
    return in_order(found)


def room_ids_at(level: Level) -> list[tuple[int, str]]:
    """Return each room in use of a level as its id and its unit's path, by id."""
    rows = db.session.execute(select(Room.id, Unit.path).join(Unit, Room.unit_id == Unit.id).where(
        Unit.level == level, Room.retired_at.is_(None)).order_by(Room.id))
    return [(room_id, path) for room_id, path in rows]


def rooms_below(unit_path: str) -> list[Room]:
    """Return the rooms of all units below the one at `unit_path`, without its own."""
    found = db.session.scalars(select(Room).join(Unit).where(
        Unit.path.startswith(unit_path), Unit.path != unit_path, Room.retired_at.is_(None))).unique()
    return in_order(found)


def rooms_matching(words: str, *, limit: int) -> list[Room]:
    """Return rooms whose name or unit holds `words`, accents or not; what was typed with its accents comes first."""
    found = db.session.scalars(select(Room).where(_holds(words), Room.retired_at.is_(None))).unique()
    return sorted(in_order(found), key=lambda room: _unlike(words, room.name, room.unit.name))[:limit]


def _unlike(words: str, name: str, unit_name: str) -> int:
    """Return how little a room found is like what was typed: it stands so in the room's name, in the unit's, or with other accents."""
    typed = unicodedata.normalize("NFC", words).strip().casefold()
    if typed in name.casefold():
        return 0
    return 1 if typed in f"{name} {unit_name}".casefold() else 2


def ids_found(*, words: str = "", seats: int = 0, equipment: Collection[str] = (), unit_path: str = "") -> list[int]:
    """Return the ids of the rooms in use that have all this, in Vietnamese order; what was typed with its accents comes first.

    Accents may be left out, `seats` is the least number of them, and `unit_path` brings all below that unit too.
    """
    query = select(Room.id, Room.name, Room.order_key, Unit.name, Unit.order_key, Unit.path).join(Unit, Room.unit_id == Unit.id).where(
        Room.retired_at.is_(None), Room.seats >= seats, *(literal(" ").concat(Room.equipment).concat(" ").contains(f" {one} ") for one in equipment))
    if words:
        query = query.where(_holds(words))
    if unit_path:
        query = query.where(Unit.path.startswith(unit_path))
    found = [((_unlike(words, name, unit_name) if words else 0, path.count("/"), unit_order, order, room_id), room_id)
             for room_id, name, order, unit_name, unit_order, path in db.session.execute(query)]
    return [room_id for _, room_id in sorted(found)]


def rooms_behind(after: int, *, limit: int, unit_path: str = "", words: str = "", ids: Collection[int] = ()) -> list[Room]:
    """Return the next rooms in use by id: of a unit and all below it, whose name or unit holds `words`, of `ids`, where that is asked."""
    query = select(Room).where(Room.id > after, Room.retired_at.is_(None)).order_by(Room.id).limit(limit)
    if unit_path:
        query = query.join(Unit).where(Unit.path.startswith(unit_path))
    if words:
        query = query.where(_holds(words))
    if ids:
        query = query.where(Room.id.in_(ids))
    return list(db.session.scalars(query).unique())


def _holds(words: str) -> ColumnElement[bool]:
    """True of a room whose name, with its unit's behind it, holds `words`; the unit's is read where it is kept, since it may change."""
    unit = aliased(Unit)
    of_its_unit = select(unit.folded_name).where(unit.id == Room.unit_id).correlate(Room).scalar_subquery()
    return (Room.folded_name + " " + of_its_unit).like(containing(words), escape="\\")


def rooms_to_keep(words: str, *, below: Collection[str]) -> list[Room]:
    """Return the rooms in use of the units at or below some paths; with `words`, those whose name, unit or code holds them."""
    query = select(Room).join(Unit).where(Room.retired_at.is_(None), at_or_below(below))
    if words:
        query = query.where(or_(_holds(words), func.lower(Room.code).like(containing(words), escape="\\")))
    else:
        query = query.where(or_(Unit.path.in_(below), Unit.parent_id.in_(units.last_ids(below))))
    return in_order(db.session.scalars(query).unique())


def room_by_code(code: str) -> Room | None:
    """Return the room with a code, a retired one too."""
    return db.session.scalar(select(Room).where(Room.code == code))


def rooms_with_codes(codes: Collection[str]) -> dict[str, Room]:
    """Return the rooms with these codes by code, retired ones too; asked in parts, since no database takes a question of any length."""
    asked, found = sorted(codes), {}
    for place in range(0, len(asked), 1000):
        rows = db.session.scalars(select(Room).where(Room.code.in_(asked[place:place + 1000]))).unique()
        found |= {room.code: room for room in rows}
    return found


def rooms_below_any(paths: Collection[str]) -> list[Room]:
    """Return all rooms in use of the units at or below some paths, in order."""
    return in_order(db.session.scalars(select(Room).join(Unit).where(Room.retired_at.is_(None), at_or_below(paths))).unique())


def codes_taken(codes: Collection[str]) -> set[str]:
    return set(db.session.scalars(select(Room.code).where(Room.code.in_(codes))))


def room_ids_at_or_below(paths: Collection[str]) -> list[int]:
    """Return the ids of all rooms of the units at or below some paths, retired ones too."""
    return list(db.session.scalars(select(Room.id).join(Unit).where(at_or_below(paths)).order_by(Room.id)))


def rooms_count(unit_ids: Collection[int]) -> int:
    """Return how many rooms in use some units have."""
    return db.session.scalar(select(func.count()).select_from(Room).where(Room.unit_id.in_(unit_ids), Room.retired_at.is_(None))) or 0


def move_rooms(unit_id: int, into_id: int) -> int:
    """Give a unit's rooms another unit, inside the caller's transaction; return how many."""
    return db.session.execute(update(Room).where(Room.unit_id == unit_id).values(unit_id=into_id),
                              execution_options={"synchronize_session": False}).rowcount


def in_order(rooms: Iterable[Room]) -> list[Room]:
    """Return rooms: upper units first, then by unit and name in Vietnamese order."""
    return sorted(rooms, key=lambda room: (room.unit.path.count("/"), room.unit.order_key, room.order_key))


def rooms_by_id(ids: Collection[int]) -> dict[int, Room]:
    found = db.session.scalars(select(Room).where(Room.id.in_(ids), Room.retired_at.is_(None))).unique()
    return {room.id: room for room in found}


def lock_rooms(ids: Collection[int]) -> dict[int, Room]:
    """Lock the rooms' rows in id order and return them, so that two requests for many rooms queue instead of deadlocking.

    Not so firmly that nobody may refer to them: a session that starts in such a room need not wait, and cannot deadlock.
    On SQLite the write transaction already excludes everybody else.
    """
    if is_postgresql():
        # Locked first and read after: what was waited for may have given a room another unit, which a join begun before would miss.
        db.session.execute(select(Room.id).where(Room.id.in_(ids)).order_by(Room.id).with_for_update(key_share=True))
    found = db.session.scalars(
        select(Room).where(Room.id.in_(ids), Room.retired_at.is_(None)).order_by(Room.id).execution_options(populate_existing=True)
    ).unique()
    return {room.id: room for room in found}
