"""Storage of units, people, roles and sign-in sessions."""

from collections.abc import Collection
from datetime import datetime

from flask_login import UserMixin
from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from roomctl.database import Base, Moment, db
from roomctl.organisation.roles import Relation, Role
from roomctl.organisation.units import Level


class Unit(Base):
    """A node of the organisation tree; a unit that was merged away keeps its row, with `valid_until` set."""

    __tablename__ = "units"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    level: Mapped[Level] = mapped_column(String(16))
    code: Mapped[str] = mapped_column(String(16), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    path: Mapped[str] = mapped_column(String(200), index=True)
    order_key: Mapped[str] = mapped_column(String(420))
    valid_from: Mapped[datetime] = mapped_column(Moment)
    valid_until: Mapped[datetime | None] = mapped_column(Moment)

    @property
    def ref(self) -> str:
        return f"unit:{self.id}"

    def unit_paths(self) -> Collection[str]:
        return (self.path,)

    def relations(self, user_id: int) -> Collection[Relation]:
        return ()


class User(UserMixin, Base):
    """A person with an account."""

    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    title: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    language: Mapped[str] = mapped_column(String(5), default="vi")
    password_hash: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(Moment)

    unit: Mapped[Unit] = relationship(lazy="joined")
    grants: Mapped[list["RoleGrant"]] = relationship(foreign_keys="RoleGrant.user_id")

    @property
    def is_active(self) -> bool:
        return self.active

    def standing_grants(self) -> list["RoleGrant"]:
        return [grant for grant in self.grants if grant.revoked_at is None]


class RoleGrant(Base):
    """A role of one person on one unit and all below it."""

    __tablename__ = "role_grants"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    role: Mapped[Role] = mapped_column(String(16))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    granted_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    granted_at: Mapped[datetime] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)

    unit: Mapped[Unit] = relationship(lazy="joined")


class SignIn(Base):
    """One browser's sign-in session: only the token's SHA-256 is kept, and a revoked row is dead at once."""

    __tablename__ = "sign_ins"
    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
    address: Mapped[str] = mapped_column(String(64), default="")

    user: Mapped[User] = relationship(lazy="joined")


class FailedTry(Base):
    """A wrong password or PIN, counted per subject: "user:an", "address:10.0.0.7", "pin-room:3", "pin-occurrence:9"."""

    __tablename__ = "failed_tries"
    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime] = mapped_column(Moment)
    __table_args__ = (Index("ix_failed_tries_subject_at", "subject", "at"),)


class ApiToken(Base):
    """A token with which a program acts for a person; only its SHA-256 is kept."""

    __tablename__ = "api_tokens"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)

    user: Mapped[User] = relationship(lazy="joined")


class IdempotencyKey(Base):
    """A form or request that was carried out once: sent again, it leads to the same thing."""

    __tablename__ = "idempotency_keys"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    key: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Moment)
    __table_args__ = (UniqueConstraint("user_id", "key"),)


def unit_by_id(unit_id: int) -> Unit | None:
    return db.session.get(Unit, unit_id)


def units_at(level: Level) -> list[Unit]:
    """Return the units of a level that exist today, in Vietnamese order."""
    return list(db.session.scalars(select(Unit).where(Unit.level == level, Unit.valid_until.is_(None)).order_by(Unit.order_key)))


def units_behind(after: int, *, limit: int, level: Level | None = None, parent_id: int | None = None) -> list[Unit]:
    """Return the next units of today by id, of one level or below one unit where that is asked."""
    query = select(Unit).where(Unit.id > after, Unit.valid_until.is_(None)).order_by(Unit.id).limit(limit)
    if level is not None:
        query = query.where(Unit.level == level)
    if parent_id is not None:
        query = query.where(Unit.parent_id == parent_id)
    return list(db.session.scalars(query))


def user_by_username(username: str) -> User | None:
    return db.session.scalar(select(User).where(User.username == username))


def sign_in_by_hash(token_hash: str) -> SignIn | None:
    return db.session.scalar(select(SignIn).where(SignIn.token_hash == token_hash))


def api_token_by_hash(token_hash: str) -> ApiToken | None:
    return db.session.scalar(select(ApiToken).where(ApiToken.token_hash == token_hash))


def api_tokens() -> list[ApiToken]:
    """Return every token that was not revoked, expired ones too."""
    return list(db.session.scalars(select(ApiToken).where(ApiToken.revoked_at.is_(None)).order_by(ApiToken.id)))


def failed_tries_since(subject: str, since: datetime) -> tuple[int, datetime | None]:
    """Return how often `subject` failed since `since`, and the earliest of those moments."""
    count, first = db.session.execute(
        select(func.count(), func.min(FailedTry.at)).where(FailedTry.subject == subject, FailedTry.at > since)
    ).one()
    return count, first


def units_in_order() -> list[Unit]:
    """Return all units of today, upper levels first, each level in Vietnamese order."""
    found = db.session.scalars(select(Unit).where(Unit.valid_until.is_(None)))
    return sorted(found, key=lambda unit: (unit.path.count("/"), unit.order_key))


def forget_tries(ids: Collection[int]) -> None:
    """Take back tries that turned out right, inside the caller's transaction."""
    db.session.execute(delete(FailedTry).where(FailedTry.id.in_(ids)))


def revoke_sign_ins(user_id: int, at: datetime) -> None:
    """Revoke every sign-in session of a person, inside the caller's transaction."""
    db.session.execute(update(SignIn).where(SignIn.user_id == user_id, SignIn.revoked_at.is_(None)).values(revoked_at=at))


def carried_out(user_id: int, key: str) -> str | None:
    """Return what a person's idempotency key has made already."""
    return db.session.scalar(select(IdempotencyKey.subject).where(IdempotencyKey.user_id == user_id, IdempotencyKey.key == key))


def chairs_to_choose_from() -> list[User]:
    """Return the active people with the role of chair somewhere."""
    found = db.session.scalars(
        select(User).join(RoleGrant, RoleGrant.user_id == User.id)
        .where(RoleGrant.role == Role.CHAIR, RoleGrant.revoked_at.is_(None), User.active)
    )
    return sorted(set(found.unique()), key=lambda user: user.name)


def people_with_role_on(role: Role, unit_path: str) -> list[User]:
    """Return the active people whose `role` is granted on exactly the unit at `unit_path`."""
    return list(
        db.session.scalars(
            select(User).join(RoleGrant, RoleGrant.user_id == User.id).join(Unit, RoleGrant.unit_id == Unit.id)
            .where(RoleGrant.role == role, RoleGrant.revoked_at.is_(None), Unit.path == unit_path, User.active)
        ).unique()
    )
