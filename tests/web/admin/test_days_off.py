"""Days off: the administrator's page."""

import pytest
from builders import a_person

from roomctl.organisation.roles import Role
from web.browser import Page

DAYS = "/admin/days-off"


@pytest.fixture
def administrator(place, signed_in):
    return signed_in(place.administrator)


def add(client, **typed):
    return client.send(DAYS, {"day": "02/09/2027", "worked": "", "name": "Quốc khánh", "year": "2027", **typed}, page=DAYS)


def listed(client, year: int = 2027) -> list[str]:
    return [row.removesuffix(" Xóa") for row in client.page(f"{DAYS}?year={year}").rows[1:]]


def test_the_page_opens_at_this_year(administrator):
    assert "Ngày nghỉ năm 2027" in administrator.page(DAYS).text


def test_a_year_is_filled_with_its_public_holidays_by_one_button(administrator):
    answer = administrator.send(f"{DAYS}/2027/seed", page=DAYS)

    assert answer.headers["Location"] == f"{DAYS}?year=2027"
    assert {"Thứ Bảy 06/02/2027 Tết Nguyên Đán nghỉ", "Thứ Năm 02/09/2027 Quốc khánh nghỉ"} <= set(listed(administrator))


def test_a_holiday_is_added_and_removed(administrator):
    add(administrator)
    added = listed(administrator)
    administrator.send(f"{DAYS}/removal", {"day": "2027-09-02"}, page=DAYS)

    assert (added, listed(administrator)) == (["Thứ Năm 02/09/2027 Quốc khánh nghỉ"], [])


def test_a_weekend_day_is_worked_in_place_of_another(administrator):
    add(administrator, day="04/09/2027", worked="1", name="")

    assert listed(administrator) == ["Thứ Bảy 04/09/2027 làm bù"]


def test_the_day_that_was_added_is_of_the_year_that_is_shown_next(administrator):
    assert add(administrator, day="01/01/2028").headers["Location"] == f"{DAYS}?year=2028"


@pytest.mark.parametrize(("typed", "reason", "facts"), [
    ({"day": "31/02/2027"}, "bad_date", {}), ({"name": ""}, "name_missing", {}), ({"worked": "1"}, "not_a_weekend_day", {}),
    ({"day": "01/01/1950"}, "number_out_of_range", {"least": 2000, "most": 2100})])
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(administrator, sentence, typed, reason, facts):
    answer = add(administrator, **typed)

    page = Page(answer.text)
    assert answer.status_code == 422
    assert sentence(reason, **facts) in page.text
    assert (page.value("day"), page.value("name")) == (typed.get("day", "02/09/2027"), typed.get("name", "Quốc khánh"))
    assert listed(administrator) == []


def test_an_administrator_of_a_province_reads_and_is_told_whom_to_ask(place, signed_in, administrator):
    add(administrator)
    client = signed_in(a_person(place.province, Role.ADMINISTRATOR))

    page = client.page(f"{DAYS}?year=2027")

    assert "Quốc khánh" in page.text and "Chỉ quản trị của đơn vị cao nhất được sửa" in page.text
    assert DAYS not in page.actions
    assert [add(client).status_code, client.send(f"{DAYS}/2027/seed", page=DAYS).status_code,
            client.send(f"{DAYS}/removal", {"day": "2027-09-02"}, page=DAYS).status_code] == [403] * 3


@pytest.mark.parametrize("year", ["x", "1", "99999", "-5"])
def test_a_year_of_nonsense_is_this_year(administrator, year):
    assert "Ngày nghỉ năm 2027" in administrator.page(f"{DAYS}?year={year}").text


@pytest.mark.parametrize("day", ["", "x", "20270902", "2027-09-31"])
def test_a_day_that_is_none_is_not_removed(administrator, day):
    add(administrator)

    assert administrator.send(f"{DAYS}/removal", {"day": day}, page=DAYS).status_code == 422
    assert len(listed(administrator)) == 1


def test_a_year_that_nobody_plans_for_is_not_filled(administrator):
    assert administrator.send(f"{DAYS}/9999/seed", page=DAYS).status_code == 422
