"""The two doors: `can` says whether a person may do an action to a thing (`require` insists), `visible` which things they see.

A thing is anything that says which units it belongs to and how a person stands to it.  The table of roles is
`roles.py`; nothing else in the product decides permission.
"""

from collections.abc import Collection, Iterable
from typing import Protocol, TypeVar

from roomctl.errors import NotAllowed, NotSignedIn
from roomctl.organisation.roles import EXACT_UNIT, RELATION_ACTIONS, ROLE_ACTIONS, Action, Relation
from roomctl.organisation.tables import User
from roomctl.organisation.units import covers


class Governed(Protocol):
    """A thing under access control."""

    ref: str

    def unit_paths(self) -> Collection[str]:
        """Return the paths of the units whose roles reach this thing."""
        ...

    def relations(self, user_id: int) -> Collection[Relation]:
        """Return how this person stands to this very thing."""
        ...


Thing = TypeVar("Thing", bound=Governed)


def can(user: User | None, action: Action, thing: Governed | None = None) -> bool:
    """True when `user` may do `action` to `thing`; without a thing, when they may do it somewhere."""
    if user is None or not user.active:
        return False
    if thing is not None and any(action in RELATION_ACTIONS[relation] for relation in thing.relations(user.id)):
        return True
    reach = [grant.unit.path for grant in user.standing_grants() if action in ROLE_ACTIONS[grant.role]]
    if thing is None:
        return bool(reach)
    if action in EXACT_UNIT:
        return not set(reach).isdisjoint(thing.unit_paths())
    return any(covers(upper, lower) for upper in reach for lower in thing.unit_paths())


def require(user: User | None, action: Action, thing: Governed | None = None) -> User:
    """Return `user`; raise NotSignedIn or NotAllowed.  Whether the thing is visible at all is asked before this."""
    if user is None or not user.active:
        raise NotSignedIn
    if not can(user, action, thing):
        raise NotAllowed(action=action, subject=thing.ref if thing is not None else "")
    return user


def visible(user: User | None, action: Action, things: Iterable[Thing]) -> list[Thing]:
    """Return those of `things` that `user` may do `action` to; the others do not exist for them.

    How much of a conference is visible is a question of its own: `booking/visibility.py`.
    """
    return [thing for thing in things if can(user, action, thing)]


def reach_of(user: User, action: Action) -> list[str]:
    """Return the unit paths at and below which `user` may do `action`."""
    return [grant.unit.path for grant in user.standing_grants() if action in ROLE_ACTIONS[grant.role]]
