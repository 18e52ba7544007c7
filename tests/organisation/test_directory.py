"""Keeping units, people and roles."""

import pytest
from builders import PASSWORD, a_person, a_unit, fresh

from roomctl.errors import Refused
from roomctl.organisation import directory, signin
from roomctl.organisation.access import can
from roomctl.organisation.roles import Action, Role
from roomctl.organisation.tables import people_with_role_on, units_in_order


def test_a_units_path_leads_from_the_root_to_it(app):
    root = a_unit()
    province = a_unit(parent=root)
    commune = a_unit(parent=province)

    assert commune.path == f"/{root.id}/{province.id}/{commune.id}/"


def test_units_stand_in_vietnamese_order_upper_levels_first(app):
    root = a_unit("Trung ương")
    for name in ("Điện Biên", "Huế", "An Giang", "Đắk Lắk", "Cà Mau", "Gia Lai", "Đồng Tháp", "Đà Nẵng"):
        a_unit(name, parent=root)

    names = [unit.name for unit in units_in_order()]

    assert names == ["Trung ương", "An Giang", "Cà Mau", "Đà Nẵng", "Đắk Lắk", "Điện Biên", "Đồng Tháp", "Gia Lai", "Huế"]


@pytest.mark.parametrize("role", Role)
def test_nobody_grants_themselves_a_role(app, role):
    unit = a_unit()
    administrator = a_person(unit, Role.ADMINISTRATOR)

    with pytest.raises(Refused, match="own_role"):
        directory.grant_role(administrator, role, unit, by=administrator)

    assert [grant.role for grant in fresh(administrator).grants] == [Role.ADMINISTRATOR]


def test_a_granted_role_counts_at_once(app):
    unit = a_unit()
    administrator, colleague = a_person(unit, Role.ADMINISTRATOR), a_person(unit)

    directory.grant_role(colleague, Role.APPROVER, unit, by=administrator)

    assert can(colleague, Action.SEE_QUEUE)
    assert [user.id for user in people_with_role_on(Role.APPROVER, unit.path)] == [colleague.id]


def test_a_role_taken_back_counts_no_longer(app):
    unit = a_unit()
    approver = a_person(unit, Role.APPROVER)

    directory.revoke_role(approver.grants[0].id, by=None)

    assert not can(fresh(approver), Action.SEE_QUEUE)
    assert people_with_role_on(Role.APPROVER, unit.path) == []


def test_a_closed_account_is_not_among_the_people_with_a_role(app):
    unit = a_unit()
    approver = a_person(unit, Role.APPROVER)

    signin.close_account(approver.id, by=None)

    assert people_with_role_on(Role.APPROVER, unit.path) == []


def test_a_role_above_is_not_a_role_on_the_unit_itself(app):
    root = a_unit()
    below = a_unit(parent=root)
    a_person(root, Role.APPROVER)

    assert people_with_role_on(Role.APPROVER, below.path) == []


def test_a_username_is_given_once_however_it_is_written(app):
    unit = a_unit()
    directory.add_person(username="an.nguyen", name="An", unit=unit, password=PASSWORD)

    for again in ("an.nguyen", "An.Nguyen", " an.nguyen "):
        with pytest.raises(Refused, match="username_taken"):
            directory.add_person(username=again, name="An khác", unit=unit, password=PASSWORD)


def test_whoever_was_entered_in_capitals_can_sign_in(app):
    directory.add_person(username="LanAnh", name="Lan Anh", unit=a_unit(), password=PASSWORD)

    assert signin.sign_in("LanAnh", PASSWORD, address="10.0.0.7")
