"""Storage of people, roles and sign-in sessions, and of units as most ask for them (the rest of units: `unit_tables`)."""

from collections.abc import Collection
from datetime import datetime

from flask_login import UserMixin
from sqlalchemy import ColumnElement, ForeignKey, Index, String, UniqueConstraint, and_, delete, func, or_, select, update
from sqlalchemy.orm import Mapped, aliased, mapped_column, relationship, selectinload

from roomctl import clock
from roomctl.database import Base, Moment, db
from roomctl.organisation.roles import Relation, Role
from roomctl.organisation.unit_tables import Unit, at_or_below, containing, folded_name_of
from roomctl.organisation.units import Level, ids_of_path


class User(UserMixin, Base):
    """A person with an account."""

    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    folded_name: Mapped[str] = mapped_column(String(420), default=folded_name_of)
    title: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    language: Mapped[str] = mapped_column(String(5), default="vi")
    password_hash: Mapped[str] = mapped_column(String(200))
    must_change_password: Mapped[bool] = mapped_column(default=False)  # It was made by somebody else, and is good for one thing.
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(Moment)

    unit: Mapped[Unit] = relationship(lazy="joined")
    grants: Mapped[list["RoleGrant"]] = relationship(foreign_keys="RoleGrant.user_id")

    @property
    def is_active(self) -> bool:
        return self.active

    @property
    def ref(self) -> str:
        return f"user:{self.id}"

    def unit_paths(self) -> Collection[str]:
        return {self.unit.path, *(grant.unit.path for grant in self.standing_grants())}

    def relations(self, user_id: int) -> Collection[Relation]:
        return ()

    def standing_grants(self) -> list["RoleGrant"]:
        """Return the roles that the person holds now."""
        now = clock.now()
        return [grant for grant in self.grants if grant.revoked_at is None and grant.is_valid_at(now)]


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
    # A role that is lent for a time (an approver on leave); None at either end: no limit.
    valid_from_at: Mapped[datetime | None] = mapped_column(Moment)
    valid_until_at: Mapped[datetime | None] = mapped_column(Moment)
    lent_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    unit: Mapped[Unit] = relationship(lazy="joined")

    def is_valid_at(self, moment: datetime) -> bool:
        return (self.valid_from_at is None or self.valid_from_at <= moment) and (self.valid_until_at is None or moment < self.valid_until_at)


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


def people_found(words: str, *, below: Collection[str], limit: int) -> list[User]:
    """Return people whose unit, or a unit they hold a role on, lies at or below some paths and whose name holds `words`."""
    granted = select(RoleGrant.user_id).join(Unit, RoleGrant.unit_id == Unit.id).where(RoleGrant.revoked_at.is_(None), at_or_below(below))
    home = aliased(Unit)
    query = select(User).join(home, User.unit_id == home.id).where(or_(at_or_below(below, home), User.id.in_(granted)))
    if words:
        query = query.where(or_(User.folded_name.like(containing(words), escape="\\"), User.username.like(containing(words), escape="\\")))
    return list(db.session.scalars(query.order_by(User.active.desc(), User.folded_name, User.id).limit(limit)).unique())


def user_by_id(user_id: int) -> User | None:
    return db.session.get(User, user_id)


def user_for_update(user_id: int) -> User | None:
    """Lock a person's account and return it as it is now."""
    # Locked first and read after, as rooms are: a merger that was waited for may have given the person another unit.
    db.session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))
    return db.session.scalar(select(User).where(User.id == user_id).execution_options(populate_existing=True))


def people_count(unit_ids: Collection[int]) -> int:
    return db.session.scalar(select(func.count()).select_from(User).where(User.unit_id.in_(unit_ids))) or 0


def move_people(unit_id: int, into_id: int) -> int:
    """Give a unit's people another unit, inside the caller's transaction; return how many."""
    return db.session.execute(update(User).where(User.unit_id == unit_id).values(unit_id=into_id),
                              execution_options={"synchronize_session": False}).rowcount


def standing_grants_on(unit_ids: Collection[int]) -> list[RoleGrant]:
    """Lock and return the roles that are granted on exactly these units."""
    return list(db.session.scalars(
        select(RoleGrant).where(RoleGrant.unit_id.in_(unit_ids), RoleGrant.revoked_at.is_(None)).order_by(RoleGrant.id)
        .with_for_update(of=RoleGrant).execution_options(populate_existing=True)).unique())


def roles_count(unit_ids: Collection[int]) -> int:
    """Return how many roles are granted on exactly these units."""
    return db.session.scalar(select(func.count()).select_from(RoleGrant).where(RoleGrant.unit_id.in_(unit_ids), RoleGrant.revoked_at.is_(None))) or 0


def holds_role(user_id: int, role: Role, unit_id: int) -> bool:
    """True when a person holds a role on exactly this unit."""
    return db.session.scalar(select(RoleGrant.id).where(RoleGrant.user_id == user_id, RoleGrant.role == role, RoleGrant.unit_id == unit_id,
                                                        RoleGrant.revoked_at.is_(None)).limit(1)) is not None


def holds_role_somewhere(user_id: int, role: Role) -> bool:
    return db.session.scalar(select(RoleGrant.id).where(RoleGrant.user_id == user_id, RoleGrant.role == role, _stands()).limit(1)) is not None


def _stands() -> ColumnElement[bool]:
    """True of a role that was neither taken back nor lent for another time."""
    now = clock.now()
    return and_(RoleGrant.revoked_at.is_(None), or_(RoleGrant.valid_from_at.is_(None), RoleGrant.valid_from_at <= now),
                or_(RoleGrant.valid_until_at.is_(None), RoleGrant.valid_until_at > now))


def an_administrator() -> User | None:
    """Return somebody who administers a root, or None while nobody does."""
    return db.session.scalar(
        select(User).join(RoleGrant, RoleGrant.user_id == User.id).join(Unit, RoleGrant.unit_id == Unit.id)
        .where(RoleGrant.role == Role.ADMINISTRATOR, RoleGrant.revoked_at.is_(None), User.active, Unit.parent_id.is_(None))
        .order_by(User.id).limit(1))


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


def active_people(ids: Collection[int]) -> list[User]:
    """Return those of some people whose account is open."""
    return list(db.session.scalars(select(User).where(User.id.in_(ids), User.active)).unique()) if ids else []


def user_by_username(username: str) -> User | None:
    return db.session.scalar(select(User).where(User.username == username))


def users_named(usernames: Collection[str]) -> dict[str, User]:
    """Return people by their usernames; asked in parts, since no database takes a question of any length."""
    asked, found = sorted(usernames), {}
    for place in range(0, len(asked), 1000):
        rows = db.session.scalars(select(User).where(User.username.in_(asked[place:place + 1000])).options(selectinload(User.grants))).unique()
        found |= {user.username: user for user in rows}
    return found


def people_of(paths: Collection[str]) -> list[User]:
    """Return the people with an open account whose unit lies at or below some paths, by name."""
    return list(db.session.scalars(
        select(User).join(Unit, User.unit_id == Unit.id).where(User.active, at_or_below(paths)).options(selectinload(User.grants))
        .order_by(User.folded_name, User.id)).unique())


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


def forget_keys(subject: str) -> None:
    """Delete the keys that lead to a thing, inside the caller's transaction."""
    db.session.execute(delete(IdempotencyKey).where(IdempotencyKey.subject == subject))


def idempotency_keys() -> list[tuple[int, str]]:
    """Return (id, subject) of every key."""
    return [(key_id, subject) for key_id, subject in db.session.execute(select(IdempotencyKey.id, IdempotencyKey.subject))]


def chairs_to_choose_from() -> list[User]:
    """Return the active people with the role of chair somewhere."""
    found = db.session.scalars(
        select(User).join(RoleGrant, RoleGrant.user_id == User.id)
        .where(RoleGrant.role == Role.CHAIR, _stands(), User.active)
    )
    return sorted(set(found.unique()), key=lambda user: user.name)


def people_with_role_over(role: Role, unit_path: str) -> list[User]:
    """Return the active people whose `role` covers the unit at `unit_path`: it is granted on that unit or on one above it."""
    return list(db.session.scalars(
        select(User).join(RoleGrant, RoleGrant.user_id == User.id)
        .where(RoleGrant.role == role, _stands(), RoleGrant.unit_id.in_(ids_of_path(unit_path)), User.active).order_by(User.id)).unique())


def people_with_role_on(role: Role, unit_path: str) -> list[User]:
    """Return the active people whose `role` is granted on exactly the unit at `unit_path`."""
    return list(
        db.session.scalars(
            select(User).join(RoleGrant, RoleGrant.user_id == User.id).join(Unit, RoleGrant.unit_id == Unit.id)
            .where(RoleGrant.role == role, _stands(), Unit.path == unit_path, User.active)
        ).unique()
    )
