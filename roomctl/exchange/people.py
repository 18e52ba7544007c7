"""People as a table: brought in by administrators at and below their units, and taken out again.

A person is known by the username.  Roles in a file are granted where they are missing; none is ever taken back by a file.
"""

import hashlib
import hmac
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from flask import current_app

from roomctl import clock
from roomctl.database import write_transaction
from roomctl.exchange import names, sheets
from roomctl.exchange.columns import Column, Line
from roomctl.exchange.outcome import Done, Outcome, Password, Reading
from roomctl.exchange.units import UnitsNamed
from roomctl.organisation import access, directory, signin, tables, unit_tables
from roomctl.organisation.directory import NewPerson
from roomctl.organisation.roles import Action, Role
from roomctl.organisation.tables import RoleGrant, Unit, User

COLUMNS = (
    Column("username", "Tên đăng nhập", "Username", needed=True), Column("name", "Họ tên", "Name", needed=True),
    Column("title", "Chức vụ", "Title"), Column("email", "Thư điện tử", "E-mail"), Column("phone", "Điện thoại", "Phone"),
    Column("unit", "Mã đơn vị", "Unit code", needed=True), Column("roles", "Vai trò", "Roles"),
)
MOST_NEW = 500  # Each gets a password, and each password takes its time to be hashed.
SHOWN_AGAIN = timedelta(hours=1)
_SEED = "import-passwords"


class _Plan:
    """What a file comes to: accounts to open and to change, roles to grant."""

    def __init__(self) -> None:
        self.outcome = Outcome()
        self.new: list[tuple[NewPerson, Unit, list[tuple[Role, Unit]]]] = []
        self.changed: list[tuple[User, NewPerson, Unit, list[tuple[Role, Unit]]]] = []
        self.known: list[User] = []


def preview(lines: Sequence[Line], *, by: User) -> Outcome:
    """Return what a file would do; raise BadLines."""
    return _planned(lines, by).outcome


def bring_in(lines: Sequence[Line], *, by: User, key: str) -> Outcome:
    """Open and change the accounts of a file, all or none; a file that was brought in before changes nothing.

    The passwords of the new accounts are in the outcome, and nowhere else; the same form (`key`) sent again shows them again,
    within an hour, as long as they are unused.  Raises NotAllowed and BadLines.
    """
    access.require(by, Action.KEEP_PEOPLE)
    plan, by_id = _planned(lines, by), by.id
    passwords = {person.username: _password(by_id, key, person.username) for person, _, _ in plan.new}
    with ThreadPoolExecutor(4) as pool:  # Before the transaction: nobody else waits for it.
        hashes = dict(zip(passwords, pool.map(signin.hash_secret, passwords.values()), strict=True))
    with write_transaction():
        unit_tables.lock_units({unit.id for _, unit, roles in plan.new for unit in (unit, *(one for _, one in roles))}
                               | {unit.id for _, _, unit, roles in plan.changed for unit in (unit, *(one for _, one in roles))}, reading=True)
        for user_id in sorted(user.id for user, *_ in plan.changed):
            tables.user_for_update(user_id)
        plan = _planned(lines, by)  # Asked again: somebody may have been faster.
        for person, unit, roles in plan.new:
            password = passwords.get(person.username) or _password(by_id, key, person.username)
            user = directory.open_within(person, unit.id, password, by=by, password_hash=hashes.get(person.username, ""))
            user.must_change_password = True
            _grant(user, roles, by)
            plan.outcome.passwords.append(Password(user.username, user.name, password))
        for user, person, unit, roles in plan.changed:
            directory.change_within(user, person, unit, by=by)
            _grant(user, roles, by)
    for user in plan.known:
        if not user.must_change_password or clock.now() - user.created_at > SHOWN_AGAIN:
            continue
        password = _password(by_id, key, user.username)
        if signin.secret_matches(user.password_hash, password):
            plan.outcome.passwords.append(Password(user.username, user.name, password))
    return plan.outcome


def _grant(user: User, roles: Sequence[tuple[Role, Unit]], by: User) -> None:
    for role, unit in roles:
        directory.grant_within(user.id, role, unit, by)


def _password(user_id: int, key: str, username: str) -> str:
    """Return the one-time password that this very form gives this very person: who sends it twice is not left without."""
    secret = current_app.config["SETTINGS"].secret(_SEED)
    return signin.one_time_password_of(hmac.new(secret, f"{user_id}\n{key}\n{username}".encode(), hashlib.sha256).digest())


def _planned(lines: Sequence[Line], by: User) -> _Plan:
    plan, reading, units = _Plan(), Reading(COLUMNS), UnitsNamed()
    known = tables.users_named({line.text("username").lower() for line in lines if line.text("username").isprintable()})
    reading.refuse_doubles(lines, "username")
    for line in lines:
        user = known.get(line.text("username").lower())
        person, problems = directory.checked_person(_person(line, user))
        reading.note(line, problems)
        unit = units.of(line, "unit", line.text("unit"), reading)
        roles = _roles(line, units, reading)
        if unit is None or roles is None or problems:
            continue
        missing = [(role, on) for role, on in roles if user is None or not _holds(user, role, on)]
        before = len(reading.bad)
        _ask(line, user, person, unit, missing, by, reading)
        if len(reading.bad) > before:
            continue
        if user is None:
            plan.new.append((person, unit, missing))
            plan.outcome.note(line, Done.ADDED, person.username)
            if len(plan.new) == MOST_NEW + 1:
                reading.refuse("username", "too_many_new_people", on=line, limit=MOST_NEW)
        elif missing or directory.differing(user, person, unit):
            plan.changed.append((user, person, unit, missing))
            plan.outcome.note(line, Done.CHANGED, user.username)
        else:
            plan.known.append(user)
            plan.outcome.note(line, Done.UNCHANGED, user.username)
    reading.insist()
    return plan


def _person(line: Line, user: User | None) -> NewPerson:
    """Read a line; what the file has no column for stays as it is."""
    return NewPerson(username=line.text("username"), name=line.text("name"),
                     **{key: line.cells.get(key, getattr(user, key) if user else "") for key in ("title", "phone", "email")})


def _ask(line: Line, user: User | None, person: NewPerson, unit: Unit, missing: Sequence[tuple[Role, Unit]], by: User, reading: Reading) -> None:
    """Note what `by` may not do of a line."""
    if not access.can(by, Action.KEEP_PEOPLE, unit):
        reading.refuse("unit", "unit_out_of_reach", on=line)
    if user is not None and not user.active:
        reading.refuse("username", "account_closed", on=line)
    elif user is not None and directory.differing(user, person, unit):
        if not directory.reaches_all_of(by, user):
            reading.refuse("username", "account_out_of_reach", on=line)
        elif user.id == by.id and user.unit_id != unit.id:
            reading.refuse("unit", "own_unit", on=line)
    if missing and user is not None and user.id == by.id:
        reading.refuse("roles", "own_role", on=line)
    elif not all(access.can(by, Action.GRANT_ROLE, on) for _, on in missing):
        reading.refuse("roles", "unit_out_of_reach", on=line)


def _roles(line: Line, units: UnitsNamed, reading: Reading) -> list[tuple[Role, Unit]] | None:
    """Read "staff@U1; chair@U1"; None with its problem noted when one cannot be read."""
    found: list[tuple[Role, Unit]] = []
    for typed in line.text("roles").split(";"):
        if not typed.strip():
            continue
        role_name, at, code = typed.rpartition("@")
        role = names.meant(names.ROLES, role_name)
        if not at or role is None:
            reading.refuse("roles", "bad_role", on=line, choices=", ".join(both[0] for both in names.ROLES.values()))
            return None
        unit = units.of(line, "roles", code.strip(), reading)
        if unit is None:
            return None
        if (Role(role), unit) not in found:
            found.append((Role(role), unit))
    return found


def _lasting(user: User) -> list[RoleGrant]:
    """Return the roles that a person was granted, without those that were lent for a time."""
    return [grant for grant in user.standing_grants() if grant.valid_until_at is None and grant.valid_from_at is None]


def _holds(user: User, role: Role, unit: Unit) -> bool:
    return any(grant.role == role and grant.unit_id == unit.id for grant in _lasting(user))


def taken_out(*, by: User, form: str, english: bool = False) -> bytes:
    """Return the people with an open account whom `by` keeps, as a file that can be brought in again; raises NotAllowed."""
    access.require(by, Action.KEEP_PEOPLE)
    rows = [_row(user, english=english) for user in tables.people_of(access.reach_of(by, Action.KEEP_PEOPLE))]
    return sheets.written(COLUMNS, rows, form=form, english=english)


def _row(user: User, *, english: bool) -> list[str]:
    roles = sorted((str(grant.role), grant.unit.code) for grant in _lasting(user))
    return [user.username, user.name, user.title, user.email, user.phone, user.unit.code,
            "; ".join(f"{names.said(names.ROLES, role, english=english)}@{code}" for role, code in roles)]
