"""Storage of who is on duty, and what one turn tells the next."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship, selectinload

from roomctl.database import Base, Moment, db
from roomctl.organisation.roles import Relation, Role
from roomctl.organisation.tables import RoleGrant, Unit, User
from roomctl.organisation.unit_tables import at_or_below
from roomctl.timespan import Span


class DutyTurn(Base):
    """A person on duty for a unit and what is below it, for a span of time."""

    __tablename__ = "duty_turns"
    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    start_at: Mapped[datetime] = mapped_column(Moment)
    end_at: Mapped[datetime] = mapped_column(Moment)
    phone: Mapped[str] = mapped_column(String(40), default="")
    handover: Mapped[str] = mapped_column(String(2000), default="")
    handed_over_at: Mapped[datetime | None] = mapped_column(Moment)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    cancelled_at: Mapped[datetime | None] = mapped_column(Moment)

    unit: Mapped[Unit] = relationship(lazy="joined")
    user: Mapped[User] = relationship(lazy="joined", foreign_keys=[user_id])
    __table_args__ = (CheckConstraint("end_at > start_at", name="span"), Index("ix_duty_turns_unit_start", "unit_id", "start_at"))

    @property
    def ref(self) -> str:
        return f"duty_turn:{self.id}"

    @property
    def span(self) -> Span:
        return Span(self.start_at, self.end_at)

    def unit_paths(self) -> Collection[str]:
        return (self.unit.path,)

    def relations(self, user_id: int) -> Collection[Relation]:
        return ()


def turns_during(span: Span, *, below: Collection[str]) -> list[DutyTurn]:
    """Return the turns for units at and below some paths that meet a span, in order of time; cancelled ones are left out."""
    return list(db.session.scalars(
        select(DutyTurn).join(Unit, DutyTurn.unit_id == Unit.id)
        .where(DutyTurn.cancelled_at.is_(None), DutyTurn.start_at < span.end, DutyTurn.end_at > span.start, at_or_below(below))
        .order_by(DutyTurn.start_at, DutyTurn.id)).unique())


def turns_of(unit_id: int, span: Span) -> list[DutyTurn]:
    """Return the turns for exactly one unit that meet a span, in order of time; cancelled ones are left out."""
    return list(db.session.scalars(
        select(DutyTurn).where(DutyTurn.unit_id == unit_id, DutyTurn.cancelled_at.is_(None), DutyTurn.start_at < span.end,
                               DutyTurn.end_at > span.start).order_by(DutyTurn.start_at, DutyTurn.id)).unique())


def turns_at(unit_ids: Collection[int], now: datetime) -> list[DutyTurn]:
    """Return the turns for exactly these units that run at a moment, with the roles of the people in them."""
    return list(db.session.scalars(
        select(DutyTurn).where(DutyTurn.unit_id.in_(unit_ids), DutyTurn.cancelled_at.is_(None), DutyTurn.start_at <= now, DutyTurn.end_at > now)
        .options(selectinload(DutyTurn.user).selectinload(User.grants)).order_by(DutyTurn.start_at, DutyTurn.id)).unique())


def turns_of_person(user_id: int, span: Span) -> list[DutyTurn]:
    """Return the turns of a person that had begun by the end of a span and ended after its start, in order of time."""
    return list(db.session.scalars(
        select(DutyTurn).where(DutyTurn.user_id == user_id, DutyTurn.cancelled_at.is_(None), DutyTurn.start_at <= span.end,
                               DutyTurn.end_at > span.start).order_by(DutyTurn.start_at, DutyTurn.id)).unique())


def turn_for_update(turn_id: int) -> DutyTurn | None:
    """Lock a turn and return it as it is now."""
    return db.session.scalar(select(DutyTurn).where(DutyTurn.id == turn_id).with_for_update(of=DutyTurn)
                             .execution_options(populate_existing=True))


def turns_handed_over(unit_ids: Collection[int], since: datetime, *, limit: int) -> list[DutyTurn]:
    """Return the turns for exactly these units that were handed over since a moment, the latest first."""
    return list(db.session.scalars(
        select(DutyTurn).where(DutyTurn.unit_id.in_(unit_ids), DutyTurn.handed_over_at >= since, DutyTurn.cancelled_at.is_(None))
        .order_by(DutyTurn.handed_over_at.desc()).limit(limit)).unique())


def technicians_on(unit_ids: Collection[int]) -> list[tuple[RoleGrant, User]]:
    """Return the technicians of exactly these units with the role that makes them so, by name."""
    rows = db.session.execute(
        select(RoleGrant, User).join(User, RoleGrant.user_id == User.id)
        .where(RoleGrant.role == Role.TECHNICIAN, RoleGrant.unit_id.in_(unit_ids), RoleGrant.revoked_at.is_(None), User.active)
        .order_by(User.folded_name, User.id)).unique()
    return [(grant, user) for grant, user in rows]


def technicians_at_or_below(paths: Collection[str], *, limit: int) -> list[User]:
    """Return the technicians of units at and below some paths, by name."""
    people = select(RoleGrant.user_id).join(Unit, RoleGrant.unit_id == Unit.id).where(
        RoleGrant.role == Role.TECHNICIAN, RoleGrant.revoked_at.is_(None), at_or_below(paths))
    return list(db.session.scalars(select(User).where(User.id.in_(people), User.active).options(selectinload(User.grants))
                                   .order_by(User.folded_name, User.id).limit(limit)).unique())


def follow_mergers() -> int:
    """Give the turns of merged units to their successors, inside the caller's transaction; return how many."""
    merged = db.session.execute(select(Unit.id, Unit.successor_id).where(
        Unit.successor_id.is_not(None), Unit.id.in_(select(DutyTurn.unit_id).distinct()))).all()
    return sum(db.session.execute(update(DutyTurn).where(DutyTurn.unit_id == unit_id).values(unit_id=into_id),
                                  execution_options={"synchronize_session": False}).rowcount for unit_id, into_id in merged)
