"""An approver lends their role to another person for a time: on leave, travelling, ill."""

from datetime import datetime, timedelta

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import db, write_transaction
from roomctl.errors import InvalidInput, NotVisible, Problem, Refused
from roomctl.notices import outbox
from roomctl.notices.wording import NoticeKind
from roomctl.organisation import access, lending_tables, tables
from roomctl.organisation.directory import standing_unit
from roomctl.organisation.roles import Action, Role
from roomctl.organisation.tables import RoleGrant, Unit, User
from roomctl.timespan import to_local

LONGEST = timedelta(days=60)


def units_to_lend(by: User) -> list[Unit]:
    """Return the units on which somebody holds the approver's role in their own right, and may lend it."""
    return [grant.unit for grant in by.standing_grants() if grant.role == Role.APPROVER and grant.lent_by is None]


def lend_role(unit_id: int, *, to: str, from_at: datetime, until_at: datetime, by: User | None) -> int:
    """Lend the approver's role on a unit to the person with this sign-in name, over [from_at, until_at); return the grant's id.

    The lender keeps it too.  The same again returns the first one's.  What was lent to oneself is not lent on, and nobody
    decides on their own request under a lent role either.  Raises NotVisible, NotAllowed, InvalidInput: unknown_username,
    lent_in_the_past, lent_until_not_after_from, lent_too_long; Refused: lend_to_self, lent_role_not_lent_on, already_approver.
    """
    now, problems = clock.now(), []
    person = tables.user_by_username(to.strip().lower()) if to.isprintable() else None
    if person is None or not person.active:
        problems.append(Problem("to", "unknown_username"))
    if until_at <= from_at:
        problems.append(Problem("until", "lent_until_not_after_from"))
    elif until_at <= now:
        problems.append(Problem("until", "lent_in_the_past"))
    elif until_at - max(from_at, now) > LONGEST:
        problems.append(Problem("until", "lent_too_long", (("limit", LONGEST.days),)))
    if problems:
        raise InvalidInput(problems)
    from_at = max(from_at, now)
    with write_transaction() as session:
        unit = standing_unit(unit_id)
        by = access.require(by, Action.LEND_ROLE, unit)
        if unit.id not in {one.id for one in units_to_lend(by)}:
            raise Refused("lent_role_not_lent_on")
        if person.id == by.id:
            raise Refused("lend_to_self")
        locked = tables.user_for_update(person.id)  # So that a form sent twice at once lends once.
        if locked is None or not locked.active:
            raise InvalidInput([Problem("to", "unknown_username")])
        held = lending_tables.held_during(person.id, Role.APPROVER, unit.id, from_at, until_at)
        twin = next((one for one in held if one.lent_by == by.id and one.valid_until_at == until_at), None)
        if twin is not None:
            return twin.id
        if held:
            raise Refused("already_approver", who=person.name)
        grant = RoleGrant(user_id=person.id, role=Role.APPROVER, unit_id=unit.id, granted_by=by.id, granted_at=now, valid_from_at=from_at,
                          valid_until_at=until_at, lent_by=by.id)
        session.add(grant)
        session.flush()
        trail.append(EventKind.ROLE_LENT, actor=by.id, subject=person.ref, unit=unit.id, role=Role.APPROVER, grant=grant.id,
                     since=trail.iso(from_at), until=trail.iso(until_at))
        outbox.enqueue(NoticeKind.ROLE_LENT, to=[person.id], reason=_in_words(grant, unit, by))
        return grant.id


def take_back(grant_id: int, *, by: User | None) -> None:
    """End a lent role early: who lent it may, and who has it.  A second time it changes nothing.  Raises NotVisible."""
    with write_transaction():
        grant = lending_tables.grant_for_update(grant_id)
        if grant is None or by is None or grant.lent_by is None or by.id not in (grant.lent_by, grant.user_id):
            raise NotVisible
        if grant.revoked_at is None:
            end_lent(grant, by=by)


def end_lent(grant: RoleGrant, *, by: User | None) -> None:
    """End a lent role now, inside the caller's transaction, and tell the other one of the two."""
    grant.revoked_at = clock.now()
    trail.append(EventKind.ROLE_LENT_BACK, actor=by.id if by else None, subject=f"user:{grant.user_id}", unit=grant.unit_id, role=grant.role,
                 grant=grant.id)
    told = {grant.user_id, *([grant.lent_by] if grant.lent_by else [])} - ({by.id} if by else set())
    lender = db.session.get(User, grant.lent_by)
    outbox.enqueue(NoticeKind.ROLE_LENT_BACK, to=told, reason=_in_words(grant, grant.unit, lender))


def _in_words(grant: RoleGrant, unit: Unit, lender: User | None) -> str:
    """Return what the notice carries, each on a line of its own: unit, lender, from when, until when; names and moments only."""
    moments = [f"{to_local(one):%H:%M %d/%m/%Y}" if one else "" for one in (grant.valid_from_at, grant.valid_until_at)]
    return "\n".join([unit.name[:200], lender.name[:200] if lender else "", *moments])
