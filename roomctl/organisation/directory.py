"""Keeping units, people and roles."""

import re
from dataclasses import dataclass

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import db, write_transaction
from roomctl.errors import Conflict, InvalidInput, NotVisible, Problem, Refused
from roomctl.organisation import access, lending_tables, once, signin, tables, unit_tables, units
from roomctl.organisation.roles import Action, Role
from roomctl.organisation.tables import RoleGrant, User
from roomctl.organisation.unit_tables import Unit, UnitName
from roomctl.text import folded, vietnamese_order
from roomctl.typed import Typed

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._@-]*")


# Units


def add_unit(*, code: str, name: str, level: units.Level, parent: Unit | None = None) -> Unit:
    """Add a unit below `parent`; without one, a root."""
    with write_transaction() as session:
        now = clock.now()
        unit = Unit(code=code, name=name, level=level, parent_id=parent.id if parent else None, path="", valid_from=now,
                    order_key=vietnamese_order(units.short_name(name)))
        session.add(unit)
        session.flush()
        unit.path = units.child_path(parent.path if parent else None, unit.id)
        session.add(UnitName(unit_id=unit.id, name=name, valid_from=now))
        trail.append(EventKind.UNIT_ADDED, subject=unit.ref, unit=unit.id, name=name)
    return unit


def rename_unit(unit_id: int, name: str, *, by: User) -> None:
    """Give a unit another name from now on; what was before is read under the name of its day.

    The same name again changes nothing.  Raises NotVisible, NotAllowed, InvalidInput and Conflict("unit_already_merged").
    """
    typed = Typed()
    name = typed.line("name", name, longest=200, missing="name_missing")
    with write_transaction() as session:
        unit = unit_tables.lock_units([unit_id]).get(unit_id)
        if unit is None:
            raise NotVisible
        access.require(by, Action.KEEP_UNITS, unit)
        typed.insist()
        refuse_when_merged(unit)
        if unit.name == name:
            return
        now, former = clock.now(), unit.name
        for known in unit_tables.names_of(unit.id):
            known.valid_until = known.valid_until or now
        session.add(UnitName(unit_id=unit.id, name=name, valid_from=now))
        unit.name, unit.folded_name, unit.order_key = name, folded(name), vietnamese_order(units.short_name(name))
        trail.append(EventKind.UNIT_RENAMED, actor=by.id, subject=unit.ref, unit=unit.id, name=name, former=former)


def refuse_when_merged(unit: Unit) -> None:
    """Raise Conflict("unit_already_merged") for a unit that exists no longer."""
    if unit.valid_until is not None:
        raise Conflict("unit_already_merged", unit=unit.name, into=unit_tables.unit_of_today(unit).name)


def standing_unit(unit_id: int) -> Unit:
    """Return a unit as it is now, kept from being merged until the open transaction ends; raise NotVisible and as above."""
    unit = unit_tables.lock_units([unit_id], reading=True).get(unit_id)
    if unit is None:
        raise NotVisible
    refuse_when_merged(unit)
    return unit


def unit_with_code(code: str, *, field: str = "unit") -> Unit:
    """Return the unit of today that a code names; raise InvalidInput about `field` for an unknown or a merged one."""
    code = code.strip()
    unit = (unit_tables.unit_by_code(code) or unit_tables.unit_by_code(code.upper())) if code.isprintable() else None
    if unit is None:
        raise InvalidInput([Problem(field, "unknown_unit_code")])
    if unit.valid_until is not None:
        into = unit_tables.unit_of_today(unit)
        raise InvalidInput([Problem(field, "unit_code_merged", (("unit", unit.name), ("into", into.name), ("code", into.code)))])
    return unit


# People


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody who is to have an account; text as typed."""

    username: str
    name: str
    title: str = ""
    phone: str = ""
    email: str = ""


def add_person(*, username: str, name: str, unit: Unit, password: str, title: str = "", phone: str = "", email: str = "") -> User:
    """Open an account; the name is kept as sign-in compares it, in small letters.  Raises Refused("username_taken")."""
    with write_transaction():
        return open_within(NewPerson(username, name, title, phone, email), unit.id, password)


def open_account(person: NewPerson, unit_code: str, *, by: User | None, key: str = "", roles: tuple[Role, ...] = ()) -> tuple[int, str]:
    """Open an account with roles on its unit; return its id and the one-time password, which is kept nowhere.

    `by` is None for the installation itself.  The same `key` again returns the first one's id and no password.  Raises
    InvalidInput and NotAllowed.
    """
    person, problems = checked_person(person)
    try:
        unit = unit_with_code(unit_code)
    except InvalidInput as error:
        raise InvalidInput([*problems, *error.problems]) from error
    password = signin.one_time_password()
    with write_transaction():
        earlier = once.made_before(by, key) if by is not None and key else None
        if earlier is not None:
            return earlier, ""
        unit = standing_unit(unit.id)
        if by is not None:
            for action in (Action.KEEP_PEOPLE, *([Action.GRANT_ROLE] if roles else [])):
                access.require(by, action, unit)
        if not problems and tables.user_by_username(person.username) is not None:
            problems = [Problem("username", "username_taken")]
        if problems:
            raise InvalidInput(problems)
        user = open_within(person, unit.id, password, by=by)
        user.must_change_password = True
        for role in roles:
            grant_within(user.id, role, unit, by)
        if by is not None and key:
            once.remember(by, key, user.ref)
        return user.id, password


def checked_person(person: NewPerson) -> tuple[NewPerson, list[Problem]]:
    """Return what is told of a person as it is kept, and everything that is wrong with it."""
    typed, username = Typed(), person.username.strip().lower()
    if not _USERNAME.fullmatch(username) or len(username) > 64:
        typed.refuse("username", "bad_username")
    name = typed.line("name", person.name, longest=200, missing="name_missing")
    title, phone = typed.line("title", person.title, longest=200), typed.line("phone", person.phone, longest=40)
    email = typed.line("email", person.email, longest=254)
    if email and not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        typed.refuse("email", "bad_email")
    return NewPerson(username, name, title, phone, email), typed.problems


def open_within(person: NewPerson, unit_id: int, password: str, *, by: User | None = None, password_hash: str = "") -> User:
    """Open an account inside the caller's transaction; hashes that were made before it began are given, since many take long."""
    username = person.username.strip().lower()
    if tables.user_by_username(username) is not None:
        raise Refused("username_taken", username=username)
    user = User(username=username, name=person.name, title=person.title, unit_id=unit_id, phone=person.phone, email=person.email,
                password_hash=password_hash or signin.hash_secret(password), created_at=clock.now())
    db.session.add(user)
    db.session.flush()
    trail.append(EventKind.ACCOUNT_OPENED, actor=by.id if by else None, subject=user.ref, unit=unit_id)
    return user


def change_within(user: User, facts: NewPerson, unit: Unit, *, by: User) -> None:
    """Give a locked account other facts or another unit, inside the caller's transaction, which has asked whether `by` may."""
    changed = differing(user, facts, unit)
    if changed:
        user.name, user.title, user.phone, user.email, user.unit_id = facts.name, facts.title, facts.phone, facts.email, unit.id
        user.folded_name = folded(facts.name)
        trail.append(EventKind.ACCOUNT_CHANGED, actor=by.id, subject=user.ref, unit=unit.id, changed=changed)


def differing(user: User, facts: NewPerson, unit: Unit) -> list[str]:
    """Return the names of what would change of an account."""
    changed = [name for name in ("name", "title", "phone", "email") if getattr(user, name) != getattr(facts, name)]
    return [*changed, *(["unit"] if user.unit_id != unit.id else [])]


def choose_language(user_id: int, language: str) -> None:
    """Note the language that a person reads, for what reaches them outside the pages."""
    with write_transaction():
        user = tables.user_for_update(user_id)
        if user is not None:
            user.language = language


def close_account(user_id: int, *, by: User) -> None:
    """Close an account for good.  Raises NotVisible, NotAllowed and Refused("own_account")."""
    user = _kept_by(user_id, by)
    if user.id == by.id:
        raise Refused("own_account")
    if user.active:
        signin.close_account(user.id, by=by.id)


def renew_password(user_id: int, *, by: User | None) -> str:
    """Return a fresh one-time password of a person, to be changed at the next sign-in; the old one and every sign-in die.

    `by` is None for the installation itself.  Raises NotVisible, NotAllowed, Refused("account_closed") and Refused("own_password").
    """
    user = tables.user_by_id(user_id) if by is None else _kept_by(user_id, by)
    if user is None:
        raise NotVisible
    if not user.active:
        raise Refused("account_closed")
    if by is not None and user.id == by.id:
        raise Refused("own_password")
    password = signin.one_time_password()
    signin.change_password(user.id, password, by=by.id if by else None, must_change=True)
    return password


def _kept_by(user_id: int, by: User) -> User:
    """Return a person whose account `by` may close or enter.

    An administrator of one province must not get at the account of somebody with a role above or beside it, whichever
    unit that person belongs to: so every unit of theirs is asked about, not any of them.
    """
    user = tables.user_by_id(user_id)
    if user is None:
        raise NotVisible
    for unit in _units_of(user):
        access.require(by, Action.KEEP_PEOPLE, unit)
    return user


def may_keep(by: User, user: User) -> bool:
    """True when `by` may close this account and renew its password."""
    return by.id != user.id and reaches_all_of(by, user)


def reaches_all_of(by: User, user: User) -> bool:
    """True when `by` keeps the people of every unit that a person belongs to or holds a role on."""
    return all(access.can(by, Action.KEEP_PEOPLE, unit) for unit in _units_of(user))


def _units_of(user: User) -> list[Unit]:
    return [user.unit, *(grant.unit for grant in user.standing_grants())]


# Roles


def grant_role(user: User, role: Role, unit: Unit, *, by: User | None) -> None:
    """Grant a role on a unit and its subtree, unless the person holds it there; `by` is None for the installation itself.

    Nobody grants themselves a role: Refused("own_role").  Raises NotAllowed for who is no administrator there.
    """
    if by is not None:
        if by.id == user.id:
            raise Refused("own_role")
        access.require(by, Action.GRANT_ROLE, unit)
    with write_transaction():
        unit = standing_unit(unit.id)
        locked = tables.user_for_update(user.id)  # So that a form sent twice at once grants once.
        if locked is None or not locked.active:
            raise Refused("account_closed")
        if not any(grant.role == role and grant.unit_id == unit.id for grant in locked.standing_grants()):
            grant_within(user.id, role, unit, by)
    db.session.refresh(user, ["grants"])


def grant_within(user_id: int, role: Role, unit: Unit, by: User | None) -> None:
    """Grant a role inside the caller's transaction, which has asked whether `by` may."""
    db.session.add(RoleGrant(user_id=user_id, role=role, unit_id=unit.id, granted_by=by.id if by else None, granted_at=clock.now()))
    trail.append(EventKind.ROLE_GRANTED, actor=by.id if by else None, subject=f"user:{user_id}", unit=unit.id, role=role)


def revoke_role(grant_id: int, *, by: User | None) -> None:
    """Take a role back; the person's sign-in sessions end, so no page keeps the old right."""
    with write_transaction() as session:
        grant = session.get(RoleGrant, grant_id)
        if grant is None:
            raise NotVisible
        if by is not None:
            access.require(by, Action.GRANT_ROLE, grant.unit)
        if grant.revoked_at is not None:
            return
        grant.revoked_at = clock.now()
        tables.revoke_sign_ins(grant.user_id, clock.now())
        trail.append(EventKind.ROLE_REVOKED, actor=by.id if by else None, subject=f"user:{grant.user_id}", unit=grant.unit_id,
                     role=grant.role)
        for lent in lending_tables.lent_on(grant.user_id, grant.role, grant.unit_id, clock.now()):  # Nobody lends what they have no more.
            lent.revoked_at = clock.now()
            trail.append(EventKind.ROLE_LENT_BACK, actor=by.id if by else None, subject=f"user:{lent.user_id}", unit=lent.unit_id,
                         role=lent.role, grant=lent.id)
