"""Storage questions about roles that are lent for a time; the rows are those of all roles (`tables.RoleGrant`)."""

from datetime import datetime

from sqlalchemy import ColumnElement, or_, select

from roomctl.database import db
from roomctl.organisation.roles import Role
from roomctl.organisation.tables import RoleGrant, User


def _not_over(at: datetime) -> ColumnElement[bool]:
    return (RoleGrant.revoked_at.is_(None)) & or_(RoleGrant.valid_until_at.is_(None), RoleGrant.valid_until_at > at)


def lent_by(user_id: int, at: datetime) -> list[tuple[RoleGrant, User]]:
    """Return what somebody has lent and is not over at a moment, with who has it, the first to begin first."""
    rows = db.session.execute(select(RoleGrant, User).join(User, RoleGrant.user_id == User.id)
                              .where(RoleGrant.lent_by == user_id, _not_over(at)).order_by(RoleGrant.valid_from_at, RoleGrant.id))
    return [(grant, user) for grant, user in rows]


def lent_to(user_id: int, at: datetime) -> list[tuple[RoleGrant, User]]:
    """Return what somebody was lent and is not over at a moment, with who lent it."""
    rows = db.session.execute(select(RoleGrant, User).join(User, RoleGrant.lent_by == User.id)
                              .where(RoleGrant.user_id == user_id, _not_over(at)).order_by(RoleGrant.valid_from_at, RoleGrant.id))
    return [(grant, user) for grant, user in rows]


def held_during(user_id: int, role: Role, unit_id: int, start: datetime, end: datetime) -> list[RoleGrant]:
    """Return a person's grants of a role on exactly this unit that stand at some time of [start, end)."""
    return list(db.session.scalars(select(RoleGrant).where(
        RoleGrant.user_id == user_id, RoleGrant.role == role, RoleGrant.unit_id == unit_id, _not_over(start),
        or_(RoleGrant.valid_from_at.is_(None), RoleGrant.valid_from_at < end)).order_by(RoleGrant.id)))


def lent_on(lender_id: int, role: Role, unit_id: int, at: datetime) -> list[RoleGrant]:
    """Return what somebody has lent of a role on exactly this unit and is not over at a moment."""
    return list(db.session.scalars(select(RoleGrant).where(
        RoleGrant.lent_by == lender_id, RoleGrant.role == role, RoleGrant.unit_id == unit_id, _not_over(at)).order_by(RoleGrant.id)))


def grant_for_update(grant_id: int) -> RoleGrant | None:
    """Lock a grant and return it as it is now."""
    return db.session.scalar(select(RoleGrant).where(RoleGrant.id == grant_id).with_for_update(of=RoleGrant)
                             .execution_options(populate_existing=True))
