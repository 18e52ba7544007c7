"""The day view: which rooms, which conferences in them, and how much of each."""

from datetime import date, time, timedelta

import pytest
from builders import a_person, a_profile, a_room, a_unit

from roomctl.booking.day import BEHIND
from roomctl.organisation.roles import Role
from roomctl.organisation.units import Level
from roomctl.rooms import catalogue as rooms
from roomctl.security_profiles.profile import Classification
from roomctl.timespan import Span, from_local
from roomctl.web.assets import DIST
from roomctl.web.staff.day import ROOMS_A_PAGE
from web.browser import BOOKING, BOOKING_FORM, Page

DAY = "/staff/day/2027-03-02"


def span(start: str, end: str, *, first: int = 2, last: int = 2) -> Span:
    return Span(from_local(date(2027, 3, first), time.fromisoformat(start)), from_local(date(2027, 3, last), time.fromisoformat(end)))


def many_rooms(place, count: int) -> list[rooms.Room]:
    return rooms.add_rooms(rooms.NewRoom(unit=place.centre, code=f"M{number}", name=f"Phòng họp số {number:03}") for number in range(count))


def test_today_is_one_address_away(place, signed_in):
    assert signed_in(place.clerk).get("/staff/day").headers["Location"] == "/staff/day/2027-03-01"


def test_a_typed_day_is_one_too_and_the_choice_of_rooms_goes_along(place, signed_in):
    answer = signed_in(place.clerk).get("/staff/day?day=02.03.2027&of=provinces&words=l%E1%BA%AFk")

    assert answer.headers["Location"] == "/staff/day/2027-03-02?of=provinces&words=l%E1%BA%AFk"


def test_a_typed_day_that_is_none_is_named_and_today_is_shown(place, signed_in, sentence):
    answer = signed_in(place.clerk).get("/staff/day?day=31/02/2027")

    page = Page(answer.text)
    assert (answer.status_code, page.value("day")) == (422, "31/02/2027")
    assert sentence("bad_date") in page.text and "Thứ Hai 01/03/2027" in page.text


@pytest.mark.parametrize("day", ["2027-02-30", "2027-13-01", "0000-01-01", "0001-01-01", "9999-12-31", "1899-12-31", "2101-01-01", "20270302",
                                 "2027-W09-2", "2027-3-2", "02-03-2027", "today", "2027-03-02T00:00", "%00", "9" * 50])
def test_a_day_that_does_not_exist_is_not_found(place, signed_in, day):
    assert signed_in(place.clerk).get(f"/staff/day/{day}").status_code == 404


def test_the_day_before_the_day_after_and_the_week_are_a_link_away_across_the_year(place, signed_in):
    links = signed_in(place.clerk).page("/staff/day/2027-01-01").links

    assert {"/staff/day/2026-12-31", "/staff/day/2027-01-02", "/staff/week/2026/53"} <= links


def test_the_way_to_it_stands_beside_the_week(place, signed_in):
    page = signed_in(place.clerk).page(DAY)

    assert "Lịch tuần Lịch ngày" in page.text
    assert [found["href"] for found in page.named("a", aria_current="page")] == ["/staff/day"]


# Which rooms


def test_without_a_wish_the_rooms_of_the_readers_unit_are_shown(place, signed_in):
    place.book()

    assert [row.split(" ")[0] for row in signed_in(place.clerk).page(DAY).rows[1:]] == ["Hội"]
    assert [row.startswith("Phòng họp Cà Mau") for row in signed_in(place.stranger).page(DAY).rows[1:]] == [True]


@pytest.mark.parametrize(("query", "shown"), [
    ("of=provinces", ["Phòng họp Cà Mau", "Phòng họp Đắk Lắk"]), ("of={province}", ["Phòng xã"]), ("words=dak", ["Phòng họp Đắk Lắk"]),
    ("words=DAK+L&of=provinces", ["Phòng họp Đắk Lắk"]), ("of={centre}", ["Hội trường"]), ("of=999", ["Hội trường"]), ("of=x", ["Hội trường"])])
def test_the_rooms_that_were_asked_for_are_shown(place, signed_in, query, shown):
    a_room(a_unit("Xã", parent=place.province, level=Level.COMMUNE), "Phòng xã")

    rows = signed_in(place.clerk).page(f"{DAY}?{query.format(province=place.province.id, centre=place.centre.id)}").rows[1:]

    assert [next((name for name in shown if row.startswith(name)), row) for row in rows] == shown


@pytest.mark.parametrize("words", ["%00", "%07", "%E2%80%AE", "x" * 200, "không có phòng này", "%25", "_"])
def test_words_that_no_room_is_called_find_none_and_say_so(place, signed_in, words):
    answer = signed_in(place.clerk).get(f"{DAY}?words={words}")

    assert (answer.status_code, Page(answer.text).rows) == (200, [])
    assert "Không có phòng nào tên như vậy" in answer.text


@pytest.mark.parametrize(("who", "offered"), [
    ("clerk", ["", "provinces", "Cà Mau", "Đắk Lắk"]), ("province_approver", ["", "Đắk Lắk"]), ("commune", [""])])
def test_each_level_is_offered_what_stands_below_it(place, signed_in, who, offered):
    commune = a_unit("Xã", parent=place.province, level=Level.COMMUNE)
    user = a_person(commune, Role.STAFF) if who == "commune" else getattr(place, who)
    names = {str(unit.id): unit.name for unit in (place.province, place.other_province)}

    values = [found["value"] for found in signed_in(user).page(DAY).named("option")]

    assert [names.get(value, value) for value in values] == offered


def test_a_unit_without_rooms_says_so(place, signed_in):
    user = a_person(a_unit("Xã", parent=place.province, level=Level.COMMUNE), Role.STAFF)

    assert "Ở đây chưa có phòng họp nào" in signed_in(user).page(DAY).text


def test_sixty_rooms_make_a_page_and_the_others_are_a_link_away(place, signed_in):
    many_rooms(place, ROOMS_A_PAGE + 5)
    client = signed_in(place.clerk)

    first, second = client.page(f"{DAY}?words=so"), client.page(f"{DAY}?words=so&page=2")

    assert (len(first.rows), len(second.rows)) == (1 + ROOMS_A_PAGE, 1 + 5)
    assert f"{DAY}?page=2&words=so" in first.links and f"{DAY}?page=1&words=so" in second.links
    assert "Trang 2/2, 65 phòng" in second.text


@pytest.mark.parametrize("page", ["0", "99", "-1", "x", "9" * 30])
def test_a_page_that_does_not_exist_is_one_that_does(place, signed_in, page):
    assert signed_in(place.clerk).get(f"{DAY}?page={page}").status_code == 200


# What is in them


def test_a_block_says_when_what_and_in_which_state_and_leads_to_the_conference(place, signed_in):
    conference_id = place.book(span=span("08:00", "09:30"))
    client = signed_in(place.clerk)

    own, theirs = client.page(DAY), client.page(f"{DAY}?words=dak")

    assert own.rows[1] == "Hội trường 08:00–09:30 Giao ban tuần Đã duyệt"
    assert theirs.rows[1] == "Phòng họp Đắk Lắk 08:00–09:30 Giao ban tuần Chờ duyệt"
    assert [(found["class"]) for found in own.named("a", href=f"{BOOKING}/{conference_id}")] == ["f10 s6"]
    assert [(found["class"]) for found in theirs.named("a", href=f"{BOOKING}/{conference_id}")] == ["f10 s6 asked"]


def test_the_states_are_explained_in_the_readers_language(place, signed_in):
    page = signed_in(place.clerk, "en").page(DAY)

    assert ("Approved Awaiting approval" in page.text, "Đã duyệt" in page.text) == (True, False)


def test_every_place_a_block_can_take_is_in_the_style_sheet():
    sheet = (DIST / "app.css").read_text()

    wanted = [f".{letter}{number}{{--{name}:{number}}}" for letter, name in (("f", "from"), ("s", "span")) for number in range(1, BEHIND + 1)]
    assert [rule for rule in wanted if rule not in sheet] == []


def test_to_others_a_conference_is_busy_and_leads_nowhere(place, signed_in):
    conference_id = place.book()

    page = signed_in(place.stranger).page(f"{DAY}?words=hoi")

    assert page.rows[1] == "Hội trường 08:00–09:00 Bận"
    assert f"{BOOKING}/{conference_id}" not in page.links


@pytest.mark.parametrize(("who", "row"), [
    ("clerk", "Hội trường 08:00–09:00 Kiểm điểm cán bộ Nội bộ Đã duyệt"), ("officer", "Hội trường 08:00–09:00 HN-1 Đã duyệt"),
    ("technician", "Hội trường 08:00–09:00 Bận"), ("administrator", "Hội trường 08:00–09:00 Bận")])
def test_a_restricted_conference_is_told_to_those_who_need_to_know(place, signed_in, who, row):
    place.book(profile_id=a_profile(Classification.INTERNAL).id, title="Kiểm điểm cán bộ")

    assert signed_in(getattr(place, who)).page(DAY).rows[1] == row


@pytest.mark.parametrize(("when", "day", "words", "marks"), [
    (("05:00", "06:30"), "02", "05:00–06:30", "before"), (("19:00", "21:30"), "02", "19:00–21:30", "behind"),
    (("20:30", "21:30"), "02", "20:30–21:30", "behind"), (("14:00", "11:00", 2, 4), "02", "14:00 02/03–11:00 04/03", "behind"),
    (("14:00", "11:00", 2, 4), "03", "14:00 02/03–11:00 04/03", "before behind"),
    (("14:00", "11:00", 2, 4), "04", "14:00 02/03–11:00 04/03", "before")])
def test_what_lies_outside_the_hours_that_are_drawn_is_marked_and_tells_its_true_time(place, signed_in, when, day, words, marks):
    begin, end, first, last = (*when, 2, 2)[:4]
    conference_id = place.book(span=span(begin, end, first=first, last=last))

    page = signed_in(place.clerk).page(f"/staff/day/2027-03-{day}")

    block, = page.named("a", href=f"{BOOKING}/{conference_id}")
    assert (block["class"].split(" ", 2)[2], f"{words} Giao ban tuần" in page.text) == (marks, True)
    assert ("Trước 06:00" in page.text, "Sau 20:00" in page.text) == ("before" in marks, "behind" in marks)


def test_a_line_stands_at_the_present_quarter_of_today_only(place, signed_in, set_clock):
    client = signed_in(place.clerk)

    today, tomorrow = client.page("/staff/day/2027-03-01"), client.page(DAY)

    assert ("bây giờ 08:00" in today.text, "bây giờ" in tomorrow.text) == (True, False)
    assert [page.named("table")[0]["class"] for page in (today, tomorrow)] == ["day now f10", "day"]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_days_and_hours_are_written_the_same_whatever_language_the_browser_asks_for(place, signed_in, language):
    place.book(span=span("13:05", "14:00"))

    page = Page(signed_in(place.clerk, language).get(DAY, headers={"Accept-Language": "en-US,en;q=0.9"}).text)

    assert (page.language, page.value("day"), "13:05–14:00" in page.text, "18:00" in page.text) == (language, "02/03/2027", True, True)
    assert not any(wrong in page.text for wrong in ("1:05", "PM", "3/2/2027"))


# Booking from it


def test_the_name_of_a_room_leads_to_the_booking_form_with_day_and_room_filled_in(place, signed_in):
    client = signed_in(place.clerk)
    link = f"{BOOKING_FORM}?day=02/03/2027&rooms={place.hall.id}"
    assert link in client.page(DAY).links

    form = client.page(link)

    assert (form.value("day"), form.value("start"), form.value("end")) == ("02/03/2027", "08:00", "09:00")
    assert [found["value"] for found in form.named("input", name="rooms") if "checked" in found] == [str(place.hall.id)]


def test_for_today_the_form_proposes_the_next_hour(place, signed_in, set_clock):
    set_clock.forward(hours=5)

    form = signed_in(place.clerk).page(f"{BOOKING_FORM}?day=01/03/2027&rooms={place.hall.id}")

    assert (form.value("day"), form.value("start"), form.value("end")) == ("01/03/2027", "13:10", "14:10")


def test_a_room_that_stands_on_no_list_is_filled_in_too(place, signed_in):
    room = a_room(a_unit("Xã", parent=place.province, level=Level.COMMUNE), "Phòng xã")

    form = signed_in(place.clerk).page(f"{BOOKING_FORM}?day=02/03/2027&rooms={room.id}&rooms=999&rooms=x")

    assert [found["value"] for found in form.named("input", name="rooms") if "checked" in found] == [str(room.id)]


@pytest.mark.parametrize(("who", "day"), [("chair", "2027-03-02"), ("clerk", "2027-02-28")])
def test_who_cannot_book_and_a_day_that_has_passed_have_no_such_link(place, signed_in, who, day):
    page = signed_in(getattr(place, who)).page(f"/staff/day/{day}")

    assert "Hội trường" in page.text
    assert [link for link in page.links if "rooms=" in link] == []


# How heavy it is


@pytest.fixture
def full_page(place, signed_in) -> bytes:
    """The day of sixty rooms with 150 conferences, all told in full."""
    listed = many_rooms(place, ROOMS_A_PAGE)
    for number in range(150):
        begin = from_local(date(2027, 3, 2), time(7)) + timedelta(minutes=75 * (number // ROOMS_A_PAGE))
        room = listed[number % ROOMS_A_PAGE]
        place.book(title="Sơ kết 6 tháng công tác cải cách hành chính", span=Span(begin, begin + timedelta(hours=1)), room_ids=(room.id,),
                   host_room_id=room.id)
    return signed_in(place.clerk).get(f"{DAY}?words=so").data


def test_a_full_day_of_sixty_rooms_is_light_and_so_is_the_first_visit(full_page):
    assets = [DIST / name for name in ("app.css", "print.css", "app.js", "icons.svg")] + list(DIST.glob("*.woff2"))

    assert (full_page.count(b"<tr>"), full_page.count(b"<b>")) == (1 + ROOMS_A_PAGE, 150)
    assert len(full_page) <= 40_000
    assert len(full_page) + sum(path.stat().st_size for path in assets) <= 250_000
