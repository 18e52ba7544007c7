"""Storage of units: what they are, what they were called, and who took them over."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, String, false, func, literal, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from roomctl.database import Base, Moment, db
from roomctl.organisation.roles import Relation
from roomctl.organisation.units import Level, last_ids
from roomctl.text import folded


def folded_name_of(context: Any) -> str:
    """Fold the name of a row that is being inserted, for searching without accents."""
    return folded(context.get_current_parameters()["name"])


class Unit(Base):
    """A node of the organisation tree; a unit that was merged away keeps its row, with `valid_until` and its successor."""

    __tablename__ = "units"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    level: Mapped[Level] = mapped_column(String(16))
    code: Mapped[str] = mapped_column(String(16), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    path: Mapped[str] = mapped_column(String(200), index=True)
    order_key: Mapped[str] = mapped_column(String(420))
    folded_name: Mapped[str] = mapped_column(String(420), default=folded_name_of)
    valid_from: Mapped[datetime] = mapped_column(Moment)
    valid_until: Mapped[datetime | None] = mapped_column(Moment)
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)

    parent: Mapped["Unit | None"] = relationship(foreign_keys=[parent_id], remote_side=[id])
    successor: Mapped["Unit | None"] = relationship(foreign_keys=[successor_id], remote_side=[id])

    @property
    def ref(self) -> str:
        return f"unit:{self.id}"

    def unit_paths(self) -> Collection[str]:
        return (self.path,)

    def relations(self, user_id: int) -> Collection[Relation]:
        return ()


class UnitName(Base):
    """A name a unit has, or once had: old records are read under the name of their day."""

    __tablename__ = "unit_names"
    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    valid_from: Mapped[datetime] = mapped_column(Moment)
    valid_until: Mapped[datetime | None] = mapped_column(Moment)


def containing(words: str) -> str:
    """Return the pattern, to be escaped with a backslash, of folded text that holds `words`."""
    return "%" + folded(words).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def root_unit() -> Unit | None:
    """Return the unit above all others, or None while there are no units."""
    return db.session.scalar(select(Unit).where(Unit.parent_id.is_(None)).order_by(Unit.id).limit(1))


def unit_by_code(code: str) -> Unit | None:
    """Return the unit with a code, one that was merged too."""
    return db.session.scalar(select(Unit).where(Unit.code == code))


def unit_of_today(unit: Unit) -> Unit:
    """Return the unit itself, or the one that took it over in the end."""
    while unit.successor_id is not None:
        unit = db.session.get_one(Unit, unit.successor_id)
    return unit


def with_merged(unit_ids: Iterable[int]) -> set[int]:
    """Return these units and all that were merged into them, directly or by steps."""
    found = new = set(unit_ids)
    while new:  # Asked step by step: nearly always the first answer is "none", and a recursive query costs four times as much to say so.
        new = set(db.session.scalars(select(Unit.id).where(Unit.successor_id.in_(new)))) - found
        found = found | new
    return found


def units_merged_into(unit_id: int) -> list[Unit]:
    """Return the units that were merged into this one, the latest first."""
    return list(db.session.scalars(select(Unit).where(Unit.successor_id == unit_id).order_by(Unit.valid_until.desc(), Unit.order_key)))


def units_by_ids(ids: Iterable[int]) -> list[Unit]:
    return list(db.session.scalars(select(Unit).where(Unit.id.in_(list(ids)))))


def names_of(unit_id: int) -> list[UnitName]:
    """Return every name of a unit, the oldest first."""
    return list(db.session.scalars(select(UnitName).where(UnitName.unit_id == unit_id).order_by(UnitName.valid_from, UnitName.id)))


def names_at(units: Iterable[Unit], moment: datetime) -> dict[int, str]:
    """Return the name each unit had at a moment, by unit id; before its first name the first, after its end the last."""
    names = {unit.id: unit.name for unit in units}
    known: set[int] = set()
    rows = select(UnitName).where(UnitName.unit_id.in_(list(names))).order_by(UnitName.valid_from, UnitName.id)
    for row in db.session.scalars(rows):
        if row.unit_id not in known or row.valid_from <= moment:
            names[row.unit_id] = row.name
            known.add(row.unit_id)
    return names


def name_at(unit: Unit, moment: datetime) -> str:
    """Return the name a unit had at a moment."""
    return names_at([unit], moment)[unit.id]


def lock_units(ids: Collection[int], *, reading: bool = False) -> dict[int, Unit]:
    """Lock units in id order and return them as they are now.

    `reading`: others may read along, but nobody renames or merges these units before this transaction ends.  Rows that
    only refer to a unit never wait for it.
    """
    lock = {"read": True} if reading else {"key_share": True}
    found = db.session.scalars(
        select(Unit).where(Unit.id.in_(ids)).order_by(Unit.id).with_for_update(**lock).execution_options(populate_existing=True))
    return {unit.id: unit for unit in found}


def children_of(unit_id: int) -> list[Unit]:
    """Return the units of today right below one, in Vietnamese order."""
    return sorted(db.session.scalars(select(Unit).where(Unit.parent_id == unit_id, Unit.valid_until.is_(None))), key=lambda unit: unit.order_key)


def hang_below(former: Unit, into: Unit) -> None:
    """Hang everything below `former`, merged units too, below `into`, inside the caller's transaction."""
    start = len(former.path) + 1
    db.session.execute(update(Unit).where(Unit.path.startswith(former.path), Unit.id != former.id)
                       .values(path=literal(into.path) + func.substr(Unit.path, start)), execution_options={"synchronize_session": False})
    db.session.execute(update(Unit).where(Unit.parent_id == former.id).values(parent_id=into.id),
                       execution_options={"synchronize_session": False})


def at_or_below(paths: Collection[str], unit: Any = Unit) -> ColumnElement[bool]:
    """True of a unit at one of these paths or below it."""
    return or_(false(), *(unit.path.startswith(path) for path in paths))


def units_found(words: str, *, below: Collection[str]) -> list[Unit]:
    """Return the units of today at or below some paths whose name or code holds `words`; without words, those next to the paths."""
    query = select(Unit).where(Unit.valid_until.is_(None), at_or_below(below))
    if words:
        query = query.where(or_(Unit.folded_name.like(containing(words), escape="\\"), func.lower(Unit.code) == words.lower()))
    else:
        query = query.where(or_(Unit.path.in_(below), Unit.parent_id.in_(last_ids(below))))
    return sorted(db.session.scalars(query), key=lambda unit: (unit.path.count("/"), unit.order_key, unit.id))
