"""Keeping units, people and roles."""

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import db, write_transaction
from roomctl.errors import Refused
from roomctl.organisation import access, signin, tables, units
from roomctl.organisation.roles import Action, Role
from roomctl.organisation.tables import RoleGrant, Unit, User
from roomctl.text import vietnamese_order


def add_unit(*, code: str, name: str, level: units.Level, parent: Unit | None = None) -> Unit:
    """Add a unit below `parent`; without one, a root."""
    with write_transaction() as session:
        unit = Unit(code=code, name=name, level=level, parent_id=parent.id if parent else None, path="", valid_from=clock.now(),
                    order_key=vietnamese_order(name))
        session.add(unit)
        session.flush()
        unit.path = units.child_path(parent.path if parent else None, unit.id)
        trail.append(EventKind.UNIT_ADDED, subject=f"unit:{unit.id}", unit=unit.id, name=name)
    return unit


def add_person(*, username: str, name: str, unit: Unit, password: str, title: str = "", phone: str = "", email: str = "") -> User:
    """Open an account; the name is kept as sign-in compares it, in small letters.  Raises Refused("username_taken")."""
    username = username.strip().lower()
    with write_transaction() as session:
        if tables.user_by_username(username) is not None:
            raise Refused("username_taken", username=username)
        user = User(username=username, name=name, title=title, unit_id=unit.id, phone=phone, email=email,
                    password_hash=signin.hash_secret(password), created_at=clock.now())
        session.add(user)
        session.flush()
        trail.append(EventKind.ACCOUNT_OPENED, subject=f"user:{user.id}", unit=unit.id)
    return user


def grant_role(user: User, role: Role, unit: Unit, *, by: User | None) -> None:
    """Grant a role on a unit and its subtree; `by` is None for the installation itself.

    Nobody grants themselves a role: Refused("own_role").  Raises NotAllowed for who is no administrator there.
    """
    if by is not None:
        if by.id == user.id:
            raise Refused("own_role")
        access.require(by, Action.GRANT_ROLE, unit)
    with write_transaction() as session:
        session.add(RoleGrant(user_id=user.id, role=role, unit_id=unit.id, granted_by=by.id if by else None,
                              granted_at=clock.now()))
        trail.append(EventKind.ROLE_GRANTED, actor=by.id if by else None, subject=f"user:{user.id}", unit=unit.id, role=role)
    db.session.refresh(user, ["grants"])


def revoke_role(grant_id: int, *, by: User | None) -> None:
    """Take a role back; the person's sign-in sessions end, so no page keeps the old right."""
    with write_transaction() as session:
        grant = session.get_one(RoleGrant, grant_id)
        if by is not None:
            access.require(by, Action.GRANT_ROLE, grant.unit)
        grant.revoked_at = clock.now()
        tables.revoke_sign_ins(grant.user_id, clock.now())
        trail.append(EventKind.ROLE_REVOKED, actor=by.id if by else None, subject=f"user:{grant.user_id}", unit=grant.unit_id,
                     role=grant.role)
