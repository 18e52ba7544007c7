"""The week sheet."""

import re
from datetime import date, time, timedelta

import pytest

from roomctl.timespan import Span, from_local
from roomctl.web.staff import week
from web.browser import BOOKING, Page

DAY = date(2027, 3, 3)


def local(start: str, end: str, *, first: date = DAY, last: date = DAY) -> Span:
    return Span(from_local(first, time.fromisoformat(start)), from_local(last, time.fromisoformat(end)))


def book_many(place, count: int) -> None:
    """Book so many conferences one after the other, from Tuesday 00:00, a quarter of an hour each."""
    start = local("00:00", "00:00", first=date(2027, 3, 2)).start
    for number in range(count):
        begin = start + timedelta(minutes=15 * number)
        place.book(title=f"Họp số {number}", span=Span(begin, begin + timedelta(minutes=15)), room_ids=(place.hall.id,))


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


@pytest.mark.parametrize("address", ["2027/0", "2027/54", "2027/53", "0/1", "1/1", "1/2", "10000/1", "9" * 20 + "/1", "2027/-1", "2027/x"])
def test_a_week_that_does_not_exist_is_not_found(place, signed_in, address):
    assert signed_in(place.clerk).get(f"/staff/week/{address}").status_code == 404


def test_each_day_of_the_sheet_leads_to_its_day_view(place, signed_in):
    links = signed_in(place.clerk).page("/staff/week/2027/9").links

    assert {f"/staff/day/2027-03-0{number}" for number in range(1, 8)} <= links


def test_a_conference_of_several_days_stands_on_each_with_what_it_takes_of_it(place, signed_in):
    place.book(title="Hội nghị ba ngày", span=local("14:00", "11:00", last=DAY + timedelta(days=2)))

    text = signed_in(place.clerk).page("/staff/week/2027/9").text

    whole = "14:00 03/03–11:00 05/03 Hội nghị ba ngày"
    assert [text.count(f"{part} {whole}") for part in ("Chiều từ lúc 14:00", "Cả ngày", "Đến 11:00")] == [1, 1, 1]


@pytest.mark.parametrize(("start", "half"), [("08:00", "Sáng"), ("14:00", "Chiều"), ("19:00", "Tối")])
def test_a_line_says_in_which_half_of_the_day_it_lies(place, signed_in, start, half):
    place.book(span=local(start, "20:00"))

    assert f"{half} {start}–20:00 Giao ban tuần" in signed_in(place.clerk).page("/staff/week/2027/9").text


def test_the_sheet_names_who_is_asked_to_come_since_it_replaces_invitations(place, signed_in):
    place.book(attendees="Giám đốc các sở\nChủ tịch các xã")

    page = signed_in(place.clerk).page("/staff/week/2027/9")

    assert "Giám đốc các sở Chủ tịch các xã 2 điểm cầu" in page.text
    assert "Lịch này thay thư mời họp" in page.text


@pytest.mark.parametrize(("address", "heading", "span"), [
    ("2026/53", "LỊCH CÔNG TÁC TUẦN 53", "Từ ngày 28/12/2026 đến ngày 03/01/2027"),
    ("2027/1", "LỊCH CÔNG TÁC TUẦN 1", "Từ ngày 04/01/2027 đến ngày 10/01/2027")])
def test_at_the_turn_of_the_year_the_sheet_counts_as_iso_8601_does(place, signed_in, address, heading, span):
    page = signed_in(place.clerk).page(f"/staff/week/{address}")

    assert f"{heading} {span}" in page.text


def test_new_years_day_belongs_to_week_53(place, signed_in, set_clock):
    set_clock.at = from_local(date(2026, 12, 31), time(8))
    place.book(title="Chúc mừng năm mới", span=local("09:00", "10:00", first=date(2027, 1, 1), last=date(2027, 1, 1)))
    client = signed_in(place.clerk)

    assert client.get("/staff/week").headers["Location"] == "/staff/week/2026/53"
    assert "Thứ Sáu 01/01/2027" in client.page("/staff/week/2026/53").text
    assert ["Chúc mừng năm mới" in client.page(f"/staff/week/{address}").text for address in ("2026/53", "2027/1")] == [True, False]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_days_and_hours_are_written_the_same_whatever_language_the_browser_asks_for(place, signed_in, language):
    place.book(span=local("13:05", "14:00"))

    page = Page(signed_in(place.clerk, language).get("/staff/week/2027/9", headers={"Accept-Language": "en-US,en;q=0.9"}).text)

    assert (page.language, "13:05–14:00" in page.text, "03/03/2027" in page.text) == (language, True, True)
    assert not any(wrong in page.text for wrong in ("1:05", "PM", "3/3/2027"))


@pytest.fixture
def short_parts(monkeypatch):
    """Parts of ten lines, so that few conferences fill many."""
    monkeypatch.setattr(week, "ROWS_A_PART", 10)


def test_hundreds_of_lines_come_in_parts_and_the_whole_week_when_it_is_to_be_printed(place, signed_in, short_parts):
    book_many(place, 15)
    client = signed_in(place.clerk)

    first, second, whole = (client.page(f"/staff/week/2027/9{part}") for part in ("", "?part=2", "?part=all"))

    assert [page.text.count("Họp số") for page in (first, second, whole)] == [10, 5, 15]
    assert {"/staff/week/2027/9?part=2", "/staff/week/2027/9?part=all"} <= first.links
    assert "Thứ Ba 02/03" in second.text and "Thứ Tư 03/03" not in second.text
    assert "Thứ Tư 03/03" in whole.text


def test_the_sheet_opens_at_the_part_in_which_today_begins(place, signed_in, short_parts, set_clock):
    book_many(place, 15)
    place.book(span=local("08:00", "09:00"))
    opened = []
    for _ in range(3):
        opened.append(re.search(r"Phần \d/\d của \d+ dòng", signed_in(place.clerk).page("/staff/week/2027/9").text)[0])
        set_clock.forward(days=1)

    assert opened == ["Phần 1/2 của 16 dòng", "Phần 1/2 của 16 dòng", "Phần 2/2 của 16 dòng"]


@pytest.mark.parametrize("part", ["0", "99", "-1", "x", "9" * 30])
def test_a_part_that_does_not_exist_is_one_that_does(place, signed_in, part):
    assert signed_in(place.clerk).get(f"/staff/week/2027/9?part={part}").status_code == 200


def test_a_sheet_of_a_hundred_lines_is_light(place, signed_in):
    for number in range(100):
        begin = from_local(date(2027, 3, 2), time(0)) + timedelta(minutes=15 * number)
        place.book(title=f"Sơ kết 6 tháng công tác cải cách hành chính {number}", span=Span(begin, begin + timedelta(minutes=15)))

    html = signed_in(place.clerk).get("/staff/week/2027/9").data

    assert html.count(b"<tr><td>") == 100
    assert len(html) <= 40_000
