"""Who may do what where: the table of roles is the data of these tests."""

import pytest

from roomctl.errors import NotAllowed, NotSignedIn
from roomctl.organisation.access import can, reach_of, require, visible
from roomctl.organisation.roles import EXACT_UNIT, RELATION_ACTIONS, ROLE_ACTIONS, Action, Relation, Role, roles_for
from roomctl.organisation.tables import RoleGrant, Unit, User

ABOVE, OWN, BELOW, BESIDE, LIKE = "/1/", "/1/2/", "/1/2/5/", "/1/3/", "/1/20/"
EVERY_CELL = [(role, action) for role in Role for action in Action]


class Thing:
    """Anything under access control, in one unit."""

    ref = "thing:1"

    def __init__(self, *paths: str, relations: tuple[Relation, ...] = ()) -> None:
        self.paths, self.held = paths, relations

    def unit_paths(self):
        return self.paths

    def relations(self, user_id: int):
        return self.held


def somebody(*roles: Role, on: str = OWN, active: bool = True) -> User:
    return User(id=1, active=active, grants=[RoleGrant(role=role, unit=Unit(path=on)) for role in roles])


def test_every_role_has_its_row():
    assert set(ROLE_ACTIONS) == set(Role)


@pytest.mark.parametrize(("role", "action"), EVERY_CELL)
def test_a_role_may_do_on_its_own_unit_what_its_row_says(role, action):
    assert can(somebody(role), action, Thing(OWN)) is (action in ROLE_ACTIONS[role])


@pytest.mark.parametrize(("role", "action"), EVERY_CELL)
def test_a_role_reaches_the_units_below_but_decides_only_on_its_own(role, action):
    assert can(somebody(role), action, Thing(BELOW)) is (action in ROLE_ACTIONS[role] and action not in EXACT_UNIT)


@pytest.mark.parametrize("elsewhere", [ABOVE, BESIDE, LIKE], ids=["above", "beside", "a number that begins alike"])
@pytest.mark.parametrize(("role", "action"), EVERY_CELL)
def test_a_role_reaches_nothing_above_or_beside(role, action, elsewhere):
    assert not can(somebody(role), action, Thing(elsewhere))


@pytest.mark.parametrize(("role", "action"), EVERY_CELL)
def test_without_a_thing_a_role_may_do_somewhere_what_its_row_says(role, action):
    assert can(somebody(role), action) is (action in ROLE_ACTIONS[role])


@pytest.mark.parametrize("action", Action)
def test_nobody_and_a_closed_account_may_do_nothing(action):
    assert not can(None, action, Thing(OWN))
    assert not can(somebody(*Role, active=False), action, Thing(OWN))
    assert not can(somebody(), action, Thing(OWN))


@pytest.mark.parametrize("action", Action)
def test_a_revoked_role_may_do_nothing(action, set_clock):
    user = somebody(*Role)
    for grant in user.grants:
        grant.revoked_at = set_clock.at

    assert not can(user, action, Thing(OWN))


@pytest.mark.parametrize(("relation", "action"), [(relation, action) for relation in Relation for action in Action])
def test_a_relation_gives_what_its_row_says_on_this_very_thing(relation, action):
    assert can(somebody(), action, Thing(BESIDE, relations=(relation,))) is (action in RELATION_ACTIONS[relation])


def test_a_thing_of_several_units_is_reached_through_any_of_them():
    assert can(somebody(Role.TECHNICIAN), Action.SEE_DEVICES, Thing(BESIDE, BELOW))


def test_only_approvers_decide():
    assert roles_for(Action.DECIDE) == {Role.APPROVER}


def test_the_administrator_reads_neither_trail_nor_evidence_and_decides_nothing():
    assert ROLE_ACTIONS[Role.ADMINISTRATOR].isdisjoint({Action.READ_TRAIL, Action.SEE_EVIDENCE, Action.DECIDE, Action.START_SESSION})


def test_the_auditor_configures_nothing():
    assert ROLE_ACTIONS[Role.AUDITOR].isdisjoint({Action.PIN_HOST_KEY, Action.PAIR_PANEL, Action.GRANT_ROLE, Action.DECIDE})


def test_to_require_is_to_be_refused_with_the_reason():
    with pytest.raises(NotSignedIn):
        require(None, Action.SEE_WEEK)
    with pytest.raises(NotAllowed) as refused:
        require(somebody(Role.STAFF), Action.DECIDE, Thing(OWN))

    assert (refused.value.action, refused.value.subject) == (Action.DECIDE, "thing:1")


def test_reach_names_the_units_a_right_was_granted_on():
    assert reach_of(somebody(Role.AUDITOR), Action.SEE_EVIDENCE) == [OWN]
    assert reach_of(somebody(Role.STAFF), Action.SEE_EVIDENCE) == []


def test_only_what_a_person_may_act_on_is_visible_to_them():
    own, below, beside = Thing(OWN), Thing(BELOW), Thing(BESIDE)

    assert visible(somebody(Role.TECHNICIAN), Action.SEE_DEVICES, [beside, own, below]) == [own, below]
    assert visible(somebody(Role.STAFF), Action.SEE_DEVICES, [own]) == []
    assert visible(None, Action.SEE_DEVICES, [own]) == []
