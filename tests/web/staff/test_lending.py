"""The page on which an approver lends their role."""

import pytest
from builders import a_person, fresh

from roomctl.organisation.roles import Role
from web.browser import Page

PAGE, QUEUE = "/staff/lending", "/staff/approvals"


@pytest.fixture
def deputy(place):
    return a_person(place.province, Role.STAFF, name="Phó phòng")


def form(place, deputy, **typed) -> dict:
    return {"unit": str(place.province.id), "to": deputy.username, "from": "01/03/2027", "until": "07/03/2027", **typed}


def grant_of(user) -> int:
    return next(grant.id for grant in fresh(user).grants if grant.lent_by)


def test_the_role_is_lent_and_the_other_person_sees_the_queue(place, deputy, signed_in):
    place.book()
    client = signed_in(deputy)
    before = client.get(QUEUE).status_code

    answer = signed_in(place.province_approver).send(PAGE, form(place, deputy), page=PAGE)

    assert (before, answer.status_code, client.get(QUEUE).status_code) == (403, 303, 200)
    assert "Giao ban tuần" in client.page(QUEUE).text
    assert place.province_approver.name in client.page("/staff/notices").text


def test_both_see_it_and_either_ends_it(place, deputy, signed_in):
    client = signed_in(place.province_approver)
    client.send(PAGE, form(place, deputy), page=PAGE)
    seen = client.page(PAGE).text, signed_in(deputy).page(PAGE).text

    answer = signed_in(deputy).send(f"{PAGE}/{grant_of(deputy)}/end", page=PAGE)

    assert (deputy.name in seen[0], place.province_approver.name in seen[1], answer.status_code) == (True, True, 303)
    assert deputy.name not in client.page(PAGE).text


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize(("typed", "reason", "facts"), [
    ({"to": "nobody"}, "unknown_username", {}), ({"until": "28/02/2027"}, "lent_until_not_after_from", {}),
    ({"until": "30/04/2027"}, "lent_too_long", {"limit": 60}), ({"from": "x"}, "bad_date", {}), ({"unit": "999"}, "unknown_unit", {}),
    ({"from": "01/02/2027", "until": "02/02/2027"}, "lent_in_the_past", {}),
])
def test_what_is_wrong_is_said_beside_the_field_and_what_was_typed_stays(place, deputy, signed_in, sentence, typed, reason, facts, language):
    answer = signed_in(place.province_approver, language).send(PAGE, form(place, deputy, **typed), page=PAGE)

    page = Page(answer.text)
    assert answer.status_code == 422
    assert sentence(reason, language, **facts) in page.text
    assert page.value("until") == typed.get("until", "07/03/2027")


def test_the_last_day_counts_whole(place, deputy, signed_in, set_clock):
    signed_in(place.province_approver).send(PAGE, form(place, deputy, until="01/03/2027"), page=PAGE)

    set_clock.forward(hours=15, minutes=59)
    client = signed_in(deputy)
    before = client.get(QUEUE).status_code
    set_clock.forward(minutes=1)

    assert (before, client.get(QUEUE).status_code) == (200, 403)


def test_who_has_it_lent_cannot_lend_it_on(place, deputy, signed_in, sentence):
    signed_in(place.province_approver).send(PAGE, form(place, deputy), page=PAGE)
    third = a_person(place.province)
    client = signed_in(deputy)

    answer = client.send(PAGE, form(place, third), page=PAGE)

    assert client.page(PAGE).named("input", name="to") == []
    assert (answer.status_code, sentence("lent_role_not_lent_on") in Page(answer.text).text or "giao tiếp" in answer.text) == (422, True)


def test_the_role_of_another_unit_is_not_lent_and_the_try_is_recorded(place, deputy, signed_in, counted):
    answer = signed_in(place.other_approver).send(PAGE, form(place, deputy), page=PAGE)

    assert answer.status_code == 403
    assert counted("trail_entries WHERE kind = 'access_refused'") == 1


def test_somebody_elses_lending_is_not_found(place, deputy, signed_in):
    signed_in(place.province_approver).send(PAGE, form(place, deputy), page=PAGE)

    assert signed_in(place.other_approver).send(f"{PAGE}/{grant_of(deputy)}/end", page=PAGE).status_code == 404


def test_the_administrator_sees_that_a_role_is_lent_and_until_when(place, deputy, signed_in):
    signed_in(place.province_approver).send(PAGE, form(place, deputy), page=PAGE)

    assert "được giao tạm thời, đến 00:00 08/03/2027" in signed_in(place.administrator).page(f"/admin/people/{deputy.id}").text
