"""The week sheet."""

import pytest

from web.browser import BOOKING


def test_the_sheet_of_this_week_is_one_address_away(place, signed_in):
    assert signed_in(place.clerk).get("/staff/week").headers["Location"] == "/staff/week/2027/9"


def test_the_sheet_names_conference_chair_host_room_and_sites(place, signed_in):
    conference_id = place.book()

    page = signed_in(place.clerk).page("/staff/week/2027/9")

    assert "08:00–09:00 Giao ban tuần Chủ trì Hội trường 2 điểm cầu" in page.text
    assert f"{BOOKING}/{conference_id}" in page.links


def test_whoever_registers_for_a_leader_is_shown_as_that_leader(place, signed_in):
    place.book(on_behalf_of="Ông Bộ trưởng")

    assert "Giao ban tuần Ông Bộ trưởng" in signed_in(place.clerk).page("/staff/week/2027/9").text


def test_a_cancelled_conference_is_not_on_the_sheet(place, signed_in):
    client = signed_in(place.clerk)
    client.send(f"{BOOKING}/{place.book()}/cancellation")

    assert "Giao ban tuần" not in client.page("/staff/week/2027/9").text


def test_other_units_conferences_are_not_on_the_sheet(place, signed_in):
    place.book()

    page = signed_in(place.stranger).page("/staff/week/2027/9")

    assert "Giao ban" not in page.text and "08:00–09:00" not in page.text


def test_the_sheet_is_in_english_when_asked_for(place, signed_in):
    page = signed_in(place.clerk, "en").page("/staff/week/2027/9")

    assert (page.language, "Monday" in page.text, "Thứ Hai" in page.text) == ("en", True, False)


def test_every_day_of_the_week_is_on_the_sheet(place, signed_in):
    page = signed_in(place.clerk).page("/staff/week/2027/9")

    days = ("Thứ Hai 01/03", "Thứ Ba 02/03", "Thứ Tư 03/03", "Thứ Năm 04/03", "Thứ Sáu 05/03", "Thứ Bảy 06/03", "Chủ Nhật 07/03")
    assert [day for day in days if day not in page.text] == []


def test_the_weeks_before_and_after_are_a_link_away_across_the_year(place, signed_in):
    links = signed_in(place.clerk).page("/staff/week/2026/53").links

    assert {"/staff/week/2026/52", "/staff/week/2027/1"} <= links


@pytest.mark.parametrize("week", ["2027/0", "2027/54", "2027/53", "0/1", "1/1", "1/2", "10000/1", "9" * 20 + "/1", "2027/-1", "2027/x"])
def test_a_week_that_does_not_exist_is_not_found(place, signed_in, week):
    assert signed_in(place.clerk).get(f"/staff/week/{week}").status_code == 404
