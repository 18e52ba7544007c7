"""People: accounts, one-time passwords, roles."""

import re

import pytest
from builders import PASSWORD, a_person, fresh

from roomctl.database import db
from roomctl.organisation.roles import Role
from roomctl.organisation.tables import user_by_username
from web.browser import Page

PEOPLE = "/admin/people"


@pytest.fixture
def administrator(place, signed_in):
    return signed_in(place.administrator)


def at(person, rest: str = "") -> str:
    return f"{PEOPLE}/{person.id}{rest}"


def shown_password(html: str) -> str:
    return re.search(r"\b[2-9a-z]{4}(-[2-9a-z]{4}){2}\b", Page(html).text)[0]


def the_person():
    """Return the account that was opened, from what is stored now."""
    db.session.rollback()
    return user_by_username("hoa.pham")


def an_account(place, **typed) -> dict:
    return {"name": "Phạm Thị Hoa", "username": "hoa.pham", "title": "Văn thư", "phone": "", "email": "", "unit": place.province.code,
            "role": "staff", "key": "k1", **typed}


def test_a_person_is_found_by_name_without_accents_and_by_username(place, administrator):
    for words in ("duyet dak lak", place.province_approver.username):
        assert at(place.province_approver) in administrator.page(PEOPLE, query_string={"words": words}).links
    assert "Không tìm thấy" in administrator.page(f"{PEOPLE}?words=khong+co+ai").text


def test_an_administrator_of_a_province_sees_its_people_only(place, signed_in):
    client = signed_in(a_person(place.province, Role.ADMINISTRATOR, name="Quản trị tỉnh"))

    page = client.page(PEOPLE)

    assert place.province_approver.name in page.text
    assert not any(person.name in page.text for person in (place.clerk, place.other_approver, place.officer))
    assert client.get(at(place.clerk)).status_code == 403


def test_an_opened_account_shows_its_password_once_and_opens_with_it(place, administrator, browser):
    answer = administrator.send(PEOPLE, an_account(place), page=f"{PEOPLE}/new")

    password = shown_password(answer.text)
    person = the_person()
    assert (answer.status_code, [grant.role for grant in person.standing_grants()]) == (200, ["staff"])
    assert password not in administrator.get(at(person)).text
    client = browser()
    assert client.send("/sign-in", {"username": "hoa.pham", "password": password}).status_code == 303
    assert client.get("/staff/week/2027/9").headers["Location"] == "/staff/account"


def test_a_one_time_password_is_kept_nowhere(place, administrator, everything_stored):
    answer = administrator.send(PEOPLE, an_account(place), page=f"{PEOPLE}/new")

    assert shown_password(answer.text) not in everything_stored()


def test_a_form_sent_twice_opens_one_account(place, administrator, counted):
    before = counted("users")
    answers = [administrator.send(PEOPLE, an_account(place), page=f"{PEOPLE}/new") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 303]
    assert counted("users") == before + 1
    assert answers[1].headers["Location"] == at(the_person())


@pytest.mark.parametrize(("typed", "field", "reason"), [
    ({"name": ""}, "name", "name_missing"), ({"username": "hoa pham"}, "username", "bad_username"), ({"username": ""}, "username", "bad_username"),
    ({"username": "hòa"}, "username", "bad_username"), ({"email": "hoa"}, "email", "bad_email"), ({"unit": "KHONG"}, "unit", "unknown_unit_code"),
    ({"unit": ""}, "unit", "unknown_unit_code"), ({"role": "king"}, "role", "unknown_choice")])
def test_a_bad_account_gets_its_sentence_beside_the_field_and_keeps_what_was_typed(place, administrator, counted, sentence, typed, field, reason):
    before, data = counted("users"), an_account(place, **typed)

    answer = administrator.send(PEOPLE, data, page=f"{PEOPLE}/new")

    page = Page(answer.text)
    assert (answer.status_code, counted("users")) == (422, before)
    assert sentence(reason) in page.text
    assert any(found.get("name") == field and found.get("aria-invalid") == "true" for _, found in page.elements)
    assert [page.value(name) for name in ("name", "username", "title", "unit", "key")] == [
        data[name] for name in ("name", "username", "title", "unit", "key")]


def test_a_username_that_is_taken_gets_its_sentence(place, administrator, sentence):
    answer = administrator.send(PEOPLE, an_account(place, username=place.clerk.username), page=f"{PEOPLE}/new")

    assert answer.status_code == 422
    assert sentence("username_taken") in Page(answer.text).text


def test_no_account_is_opened_outside_the_administrators_reach(place, signed_in, counted):
    client, before = signed_in(a_person(place.province, Role.ADMINISTRATOR)), counted("users")

    answer = client.send(PEOPLE, an_account(place, unit=place.centre.code), page=f"{PEOPLE}/new")

    assert (answer.status_code, counted("users")) == (403, before)


# Roles


def test_a_role_is_granted_on_a_unit_given_by_its_code_and_taken_back(place, administrator, signed_in):
    person = a_person(place.province)

    answer = administrator.send(at(person, "/roles"), {"role": "technician", "unit": place.centre.code.lower()}, page=at(person))

    grant = fresh(person).standing_grants()[0]
    assert (answer.status_code, grant.role, grant.unit_id, grant.granted_by) == (303, "technician", place.centre.id, place.administrator.id)
    assert signed_in(person).get("/technician/devices").status_code == 200
    assert administrator.send(at(person, f"/roles/{grant.id}/revocation"), page=at(person)).status_code == 303
    assert fresh(person).standing_grants() == []


@pytest.mark.parametrize(("typed", "field", "reason"), [
    ({"role": ""}, "role", "unknown_choice"), ({"unit": "KHONG"}, "unit", "unknown_unit_code")])
def test_a_bad_grant_gets_its_sentence_beside_the_field_and_keeps_what_was_typed(place, administrator, counted, sentence, typed, field, reason):
    person, before = a_person(place.province), counted("role_grants")

    answer = administrator.send(at(person, "/roles"), {"role": "technician", "unit": place.centre.code, **typed}, page=at(person))

    page = Page(answer.text)
    assert (answer.status_code, counted("role_grants")) == (422, before)
    assert sentence(reason) in page.text
    assert any(found.get("name") == field and found.get("aria-invalid") == "true" for _, found in page.elements)


def test_a_grant_sent_twice_is_one(place, administrator, counted):
    person, before = a_person(place.province), counted("role_grants")

    for _ in range(2):
        administrator.send(at(person, "/roles"), {"role": "staff", "unit": place.province.code}, page=at(person))

    assert counted("role_grants") == before + 1


def test_nobody_grants_themselves_a_role_and_is_told_why(place, administrator, sentence):
    answer = administrator.send(at(place.administrator, "/roles"), {"role": "auditor", "unit": place.centre.code}, page=PEOPLE)

    assert (answer.status_code, sentence("own_role") in Page(answer.text).text) == (422, True)
    assert at(place.administrator, "/roles") not in administrator.page(at(place.administrator)).actions


def test_an_administrator_of_a_province_grants_nothing_above_or_beside(place, signed_in):
    client, person = signed_in(a_person(place.province, Role.ADMINISTRATOR)), a_person(place.province)

    statuses = [client.send(at(person, "/roles"), {"role": "staff", "unit": unit.code}, page=at(person)).status_code
                for unit in (place.centre, place.other_province, place.province)]

    assert statuses == [403, 403, 303]


def test_a_role_of_somebody_else_is_not_taken_back_through_the_wrong_person(place, administrator):
    grant = place.officer.standing_grants()[0]

    answer = administrator.send(at(place.clerk, f"/roles/{grant.id}/revocation"), page=at(place.clerk))

    assert answer.status_code == 404 and fresh(place.officer).standing_grants()


def test_with_the_last_role_in_reach_the_person_goes_out_of_it(place, signed_in):
    client, outsider = signed_in(a_person(place.province, Role.ADMINISTRATOR)), a_person(place.other_province, Role.STAFF, on=place.province)

    answer = client.send(at(outsider, f"/roles/{outsider.grants[0].id}/revocation"), page=at(outsider))

    assert answer.headers["Location"] == PEOPLE


# Passwords and closing


def test_a_new_one_time_password_is_shown_once_and_ends_what_was_open(place, administrator, signed_in, browser):
    client = signed_in(place.clerk)

    answer = administrator.send(at(place.clerk, "/password"), page=at(place.clerk))

    assert client.get("/staff/week/2027/9").status_code == 401
    assert browser().send("/sign-in", {"username": place.clerk.username, "password": PASSWORD}).status_code == 422
    assert browser().send("/sign-in", {"username": place.clerk.username, "password": shown_password(answer.text)}).status_code == 303


def test_a_closed_account_opens_no_door_and_says_so(place, administrator, signed_in):
    client = signed_in(place.clerk)

    administrator.send(at(place.clerk, "/closing"), page=at(place.clerk))

    assert client.get("/staff/week/2027/9").status_code == 401
    page = administrator.page(at(place.clerk))
    assert "đã đóng" in page.text
    assert page.actions & {at(place.clerk, rest) for rest in ("/closing", "/password", "/roles")} == set()


def test_an_account_that_reaches_above_the_administrator_offers_nothing(place, signed_in):
    officer = a_person(place.province, Role.AUDITOR, on=place.centre)
    client = signed_in(a_person(place.province, Role.ADMINISTRATOR))

    page = client.page(at(officer))
    statuses = {client.send(at(officer, rest), page=at(officer)).status_code for rest in ("/closing", "/password")}

    assert page.actions & {at(officer, "/closing"), at(officer, "/password")} == set()
    assert statuses == {403} and fresh(officer).active
