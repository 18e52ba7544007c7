"""Keeping units, people and roles."""

import re
from datetime import timedelta

import pytest
from builders import PASSWORD, a_person, a_unit, fresh
from sqlalchemy import func, select

from roomctl.audit.tables import TrailEntry, TrailPayload
from roomctl.database import db
from roomctl.errors import InvalidInput, NotAllowed, NotVisible, Refused
from roomctl.organisation import directory, seeding, signin
from roomctl.organisation.access import can
from roomctl.organisation.directory import NewPerson
from roomctl.organisation.roles import Action, Role
from roomctl.organisation.tables import RoleGrant, User, people_with_role_on, units_in_order
from roomctl.organisation.unit_tables import UnitName, name_at, names_of


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


# The names of units


@pytest.fixture
def centre(app, set_clock):
    return a_unit("Văn phòng Trung ương")


@pytest.fixture
def administrator(centre):
    return a_person(centre, Role.ADMINISTRATOR)


def test_every_unit_of_the_country_has_its_first_name(app):
    seeding.seed_country(centre_name="Trung ương")

    without = {unit.id: unit.name for unit in units_in_order()}.items() - {
        (name.unit_id, name.name) for name in db.session.scalars(select(UnitName).where(UnitName.valid_until.is_(None)))}

    assert without == set()


def test_a_renamed_unit_is_read_under_the_name_of_the_day(centre, administrator, set_clock):
    province = a_unit("Tỉnh Đắk Lắk", parent=centre)
    for name in ("Tỉnh Đăk Lăk", "Tỉnh Tây Nguyên"):
        set_clock.forward(days=10)
        directory.rename_unit(province.id, name, by=administrator)

    moments = [set_clock.at - timedelta(days=days) for days in (900, 20, 11, 10, 1, 0)]
    assert [name_at(province, moment) for moment in moments] == [
        "Tỉnh Đắk Lắk", "Tỉnh Đắk Lắk", "Tỉnh Đắk Lắk", "Tỉnh Đăk Lăk", "Tỉnh Đăk Lăk", "Tỉnh Tây Nguyên"]
    assert [one.valid_until is None for one in names_of(province.id)] == [False, False, True]


def test_a_renamed_unit_stands_in_the_order_of_its_new_short_name(centre, administrator):
    first, second = a_unit("Tỉnh Bắc Ninh", parent=centre), a_unit("Tỉnh Cà Mau", parent=centre)

    directory.rename_unit(first.id, "Thành phố Đà Nẵng", by=administrator)

    assert [unit.id for unit in units_in_order()] == [centre.id, second.id, first.id]


def test_a_name_is_cleaned_and_the_same_name_again_changes_nothing(centre, administrator):
    for name in ("  Văn phòng   Chính phủ ", "Văn phòng Chính phủ"):
        directory.rename_unit(centre.id, name, by=administrator)

    assert [one.name for one in names_of(centre.id)] == ["Văn phòng Trung ương", "Văn phòng Chính phủ"]
    assert len(list(db.session.scalars(select(TrailEntry).where(TrailEntry.kind == "unit_renamed")))) == 1


@pytest.mark.parametrize(("name", "reason"), [("", "name_missing"), ("  ", "name_missing"), ("a\x00b", "text_control"), ("x" * 201, "text_too_long")])
def test_a_name_that_cannot_be_shown_is_refused(centre, administrator, name, reason):
    with pytest.raises(InvalidInput) as refused:
        directory.rename_unit(centre.id, name, by=administrator)

    assert [(one.field, one.reason) for one in refused.value.problems] == [("name", reason)]


def test_an_administrator_renames_their_own_unit_and_those_below_only(centre):
    province, beside = a_unit(parent=centre), a_unit(parent=centre)
    below = a_unit(parent=province)
    administrator = a_person(province, Role.ADMINISTRATOR)

    for unit in (province, below):
        directory.rename_unit(unit.id, "Tên mới", by=administrator)
    for unit in (centre, beside):
        with pytest.raises(NotAllowed):
            directory.rename_unit(unit.id, "Tên mới", by=administrator)

    assert [fresh(unit).name == "Tên mới" for unit in (centre, beside, province, below)] == [False, False, True, True]


def test_a_unit_that_is_not_there_is_not_renamed(administrator):
    with pytest.raises(NotVisible):
        directory.rename_unit(9999, "Tên mới", by=administrator)


def test_a_unit_is_named_by_its_code_in_small_letters_too(centre):
    unit = directory.add_unit(code="T66", name="Tỉnh Đắk Lắk", level="provincial", parent=centre)

    assert {directory.unit_with_code(code).id for code in ("T66", " t66 ")} == {unit.id}
    for code in ("T99", "", "\x00"):
        with pytest.raises(InvalidInput) as refused:
            directory.unit_with_code(code, field="into")
        assert [(one.field, one.reason) for one in refused.value.problems] == [("into", "unknown_unit_code")]


# Accounts


def test_an_account_is_opened_with_a_password_good_for_choosing_another(centre, administrator):
    user_id, password = directory.open_account(NewPerson("Lan.Tran", " Trần  Thị Lan "), centre.code, by=administrator, roles=(Role.STAFF,))

    user = db.session.get_one(User, user_id)
    assert (user.username, user.name, user.must_change_password) == ("lan.tran", "Trần Thị Lan", True)
    assert [(grant.role, grant.unit_id, grant.granted_by) for grant in user.standing_grants()] == [("staff", centre.id, administrator.id)]
    assert signin.sign_in("lan.tran", password, address="10.0.0.7")


def test_a_one_time_password_is_never_the_same_and_kept_nowhere(centre, administrator):
    passwords = [directory.open_account(NewPerson(f"p{number}", "Lan"), centre.code, by=administrator)[1] for number in range(3)]

    assert len(set(passwords)) == 3
    assert all(re.fullmatch(r"[2-9a-z]{4}-[2-9a-z]{4}-[2-9a-z]{4}", one) for one in passwords)
    kept = b" ".join(db.session.scalars(select(TrailPayload.payload))) + str(list(db.session.scalars(select(User.password_hash)))).encode()
    assert not any(one.encode() in kept for one in passwords)


def test_a_form_sent_twice_opens_one_account_and_tells_the_password_once(centre, administrator):
    first = directory.open_account(NewPerson("lan", "Lan"), centre.code, by=administrator, key="k1")

    assert directory.open_account(NewPerson("lan", "Lan"), centre.code, by=administrator, key="k1") == (first[0], "")


def test_everything_that_is_wrong_with_a_new_account_is_said_at_once(centre, administrator):
    with pytest.raises(InvalidInput) as refused:
        directory.open_account(NewPerson("lan tran", " ", email="lan"), "KHONG", by=administrator)

    assert [(one.field, one.reason) for one in refused.value.problems] == [
        ("username", "bad_username"), ("name", "name_missing"), ("email", "bad_email"), ("unit", "unknown_unit_code")]


def test_a_username_that_is_taken_is_said_beside_the_field(centre, administrator):
    with pytest.raises(InvalidInput) as refused:
        directory.open_account(NewPerson(administrator.username.upper(), "Lan"), centre.code, by=administrator)

    assert [(one.field, one.reason) for one in refused.value.problems] == [("username", "username_taken")]


def test_an_administrator_opens_accounts_in_their_own_reach_only(centre):
    province, beside = a_unit(parent=centre), a_unit(parent=centre)
    administrator = a_person(province, Role.ADMINISTRATOR)

    directory.open_account(NewPerson("lan", "Lan"), province.code, by=administrator)
    for unit in (centre, beside):
        with pytest.raises(NotAllowed):
            directory.open_account(NewPerson("minh", "Minh"), unit.code, by=administrator)


def test_an_account_needs_no_administrator_at_the_machine_itself(centre):
    user_id, _ = directory.open_account(NewPerson("lan", "Lan"), centre.code, by=None, roles=(Role.ADMINISTRATOR,))

    assert [grant.granted_by for grant in db.session.get_one(User, user_id).standing_grants()] == [None]


def test_a_renewed_password_ends_the_old_one_and_every_sign_in(centre, administrator):
    person = a_person(centre, Role.STAFF)
    token = signin.sign_in(person.username, PASSWORD, address="10.0.0.7")

    password = directory.renew_password(person.id, by=administrator)

    assert signin.user_of_token(token) is None
    with pytest.raises(Refused, match="wrong_credentials"):
        signin.sign_in(person.username, PASSWORD, address="10.0.0.7")
    assert signin.user_of_token(signin.sign_in(person.username, password, address="10.0.0.7")).must_change_password


ENTERED = {
    "renew its password": lambda user, by: directory.renew_password(user.id, by=by),
    "close it": lambda user, by: directory.close_account(user.id, by=by),
}


@pytest.mark.parametrize("how", ENTERED)
def test_an_account_that_reaches_further_than_the_administrator_is_not_theirs_to(centre, how):
    """Otherwise a province's administrator would sign in as the officer of the centre who happens to sit in the province."""
    province = a_unit(parent=centre)
    administrator, officer = a_person(province, Role.ADMINISTRATOR), a_person(province, Role.AUDITOR, on=centre)

    with pytest.raises(NotAllowed):
        ENTERED[how](officer, administrator)

    assert not directory.may_keep(administrator, officer)
    assert fresh(officer).active and not officer.must_change_password


@pytest.mark.parametrize("how", ENTERED)
def test_an_account_within_reach_is_theirs_to(centre, how):
    province = a_unit(parent=centre)
    administrator, clerk = a_person(province, Role.ADMINISTRATOR), a_person(province, Role.STAFF)

    ENTERED[how](clerk, administrator)

    assert directory.may_keep(administrator, clerk)


@pytest.mark.parametrize(("how", "reason"), [("renew its password", "own_password"), ("close it", "own_account")])
def test_nobody_does_to_their_own_account(administrator, how, reason):
    with pytest.raises(Refused, match=reason):
        ENTERED[how](administrator, administrator)


def test_a_closed_account_stays_closed(centre, administrator):
    person = a_person(centre)
    directory.close_account(person.id, by=administrator)
    directory.close_account(person.id, by=administrator)

    with pytest.raises(Refused, match="account_closed"):
        directory.renew_password(person.id, by=administrator)
    with pytest.raises(Refused, match="account_closed"):
        directory.grant_role(person, Role.STAFF, centre, by=administrator)
    assert db.session.scalar(select(func.count()).select_from(TrailEntry).where(TrailEntry.kind == "account_closed")) == 1


def test_a_role_granted_twice_is_held_once_and_taken_back_once(centre, administrator):
    person = a_person(centre)
    for _ in range(2):
        directory.grant_role(person, Role.STAFF, centre, by=administrator)
    grant = fresh(person).grants[0]

    for _ in range(2):
        directory.revoke_role(grant.id, by=administrator)

    kinds = list(db.session.scalars(select(TrailEntry.kind).where(TrailEntry.kind.in_(["role_granted", "role_revoked"]),
                                                                  TrailEntry.subject == person.ref)))
    assert (db.session.scalar(select(func.count()).select_from(RoleGrant).where(RoleGrant.user_id == person.id)), kinds) == (
        1, ["role_granted", "role_revoked"])


def test_a_role_that_was_never_granted_is_not_found(administrator):
    with pytest.raises(NotVisible):
        directory.revoke_role(9999, by=administrator)


@pytest.mark.parametrize("elsewhere", ["above", "beside"])
def test_a_role_is_granted_and_taken_back_within_reach_only(centre, elsewhere):
    province = a_unit(parent=centre)
    unit = centre if elsewhere == "above" else a_unit(parent=centre)
    administrator, holder = a_person(province, Role.ADMINISTRATOR), a_person(unit, Role.STAFF)

    with pytest.raises(NotAllowed):
        directory.grant_role(holder, Role.APPROVER, unit, by=administrator)
    with pytest.raises(NotAllowed):
        directory.revoke_role(holder.grants[0].id, by=administrator)
