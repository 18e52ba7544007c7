"""The week sheet and the day view in a real Chromium: on paper, on a desk and on a phone."""

import io
import re
import unicodedata
from datetime import date, time, timedelta

import pytest
from builders import a_person, a_profile, a_room
from pypdf import PdfReader

from roomctl.organisation.roles import Role
from roomctl.security_profiles.profile import Classification
from roomctl.timespan import Span, from_local

pytestmark = pytest.mark.browser
COLUMNS = ("Nội dung", "Chủ trì", "Phòng chủ trì", "Thành phần, điểm cầu", "Trạng thái")


def book_in_a_row(place, count: int, *, first: int = 0) -> None:
    """Book conferences one after the other on Tuesday from 00:00, a quarter of an hour each."""
    for number in range(first, first + count):
        begin = from_local(date(2027, 3, 2), time(0)) + timedelta(minutes=15 * number)
        place.book(title=f"Giao ban số {number + 1} hết", span=Span(begin, begin + timedelta(minutes=15)), attendees="Các sở\nCác xã" * (number % 3))


def bare(words: str) -> str:
    """Return words without blanks: a PDF sets Vietnamese letters from two fonts, and what reads it puts blanks between them."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFC", words))


def sheets(page) -> list[str]:
    """Print a page as its style sheet wants it, and return the words of each sheet of paper, without blanks."""
    printed = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    assert {(round(sheet.mediabox.width), round(sheet.mediabox.height)) for sheet in printed.pages} == {(842, 595)}  # A4 landscape, in points.
    return [bare(sheet.extract_text()) for sheet in printed.pages]


def missing(sheet: str, *wanted: str) -> list[str]:
    return [words for words in wanted if bare(words) not in sheet]


def overflows(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


def test_u20_a_day_of_sixty_conferences_names_day_and_columns_on_every_sheet_it_covers(place, signed_in, on_screen):
    book_in_a_row(place, 60)

    paper = sheets(on_screen(signed_in(place.clerk), "/staff/week/2027/9"))

    with_rows = [sheet for sheet in paper if "Giaobansố" in sheet]
    assert len(with_rows) >= 3
    assert [missing(sheet, "Thứ Ba 02/03/2027", *COLUMNS) for sheet in with_rows] == [[]] * len(with_rows)
    assert re.findall(r"số(\d+)hết", "".join(paper)) == [str(number) for number in range(1, 61)]


def test_u20_a_line_is_never_broken_over_two_sheets(place, signed_in, on_screen):
    """Where a line begins it ends: what stands in its first cell and in its last is on the same sheet."""
    many = "\n".join(f"Cơ quan {number}" for number in range(9))
    for number in range(9):
        begin = from_local(date(2027, 3, 2), time(8 + number))
        place.book(title=f"Giao ban số {number}", attendees=f"{many}\nHết {number}", span=Span(begin, begin + timedelta(hours=1)))

    paper = sheets(on_screen(signed_in(place.clerk), "/staff/week/2027/9"))

    begun, ended = ([re.findall(rf"{words}(\d)", sheet) for sheet in paper] for words in ("Giaobansố", "Hết"))
    assert (sum(map(len, begun)), len([sheet for sheet in begun if sheet]) > 1, begun) == (9, True, ended)


def lowered(page, millimetres: int) -> list[str]:
    """Print a week sheet whose tables begin so much lower."""
    page.evaluate("lower => { document.querySelector('.sheet-note').style.marginBottom = `${lower}mm`; }", millimetres)
    return sheets(page)


def test_no_sheet_ends_with_the_head_of_a_day_whose_first_line_is_on_the_next(place, signed_in, on_screen):
    for day in range(2, 8):
        place.book(span=Span(from_local(date(2027, 3, day), time(8)), from_local(date(2027, 3, day), time(9))))
    page = on_screen(signed_in(place.clerk), "/staff/week/2027/9")

    first_sheets = [lowered(page, lower)[0] for lower in range(60, 105, 3)]  # Three millimetres are less than a line.

    assert len({sheet.count(bare("Trạng thái")) for sheet in first_sheets}) >= 2
    assert [sheet[-60:] for sheet in first_sheets if sheet.endswith(bare("Trạng thái"))] == []


def test_the_place_for_signatures_is_never_alone_on_a_sheet(place, signed_in, on_screen):
    page = on_screen(signed_in(place.clerk), "/staff/week/2027/9")

    printed = [lowered(page, lower) for lower in range(40, 110, 5)]

    assert {len(paper) for paper in printed} == {1, 2}
    assert [paper for paper in printed if missing(paper[-1], "NGƯỜI LẬP LỊCH", "Chủ Nhật 07/03/2027")] == []


def test_the_printed_sheet_is_an_official_schedule_and_nothing_else(place, signed_in, on_screen):
    place.book()

    paper = sheets(on_screen(signed_in(place.clerk), "/staff/week/2027/9"))

    whole = "".join(paper)
    assert missing(whole, "TRUNG ƯƠNG LỊCH CÔNG TÁC TUẦN 9 Từ ngày 01/03/2027 đến ngày 07/03/2027 – Lịch này thay thư mời họp", "Sáng 08:00–09:00",
                   "Chờ duyệt", "số liệu lúc 08:00 01/03/2027", "NGƯỜI LẬP LỊCH", "LÃNH ĐẠO DUYỆT", f"1/{len(paper)}") == []
    unwanted = ("Đăng xuất", "Tuần trước", "In lịch tuần", "Đăng ký họp", "Lịch ngày")
    assert missing(whole, *unwanted) == list(unwanted)


def test_the_printed_day_names_its_hours_and_its_date_on_every_sheet(place, signed_in, on_screen):
    for number in range(40):
        room = a_room(place.centre, f"Phòng họp số {number + 1}")
        place.book(room_ids=(room.id,), host_room_id=room.id)

    paper = sheets(on_screen(signed_in(place.clerk), "/staff/day/2027-03-02"))

    with_rooms = [sheet for sheet in paper if "Phònghọpsố" in sheet]
    assert len(with_rooms) >= 2
    assert [missing(sheet, "Thứ Ba 02/03/2027", "06:00", "19:00") for sheet in with_rooms] == [[]] * len(with_rooms)
    assert len(re.findall(r"Phònghọpsố\d+", "".join(paper))) == 40


@pytest.mark.parametrize("path", ["/staff/week/2027/9", "/staff/day/2027-03-02", "/staff/day/2027-03-02?of=provinces"])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_on_a_phone_no_page_must_be_moved_sideways(place, signed_in, on_screen, path, language):
    place.book(title="Hội nghị trực tuyến toàn quốc triển khai Nghị quyết của Chính phủ", attendees="Lãnh đạo các sở, ngành và các xã, phường")
    place.book(title="W" * 120, span=Span(from_local(date(2027, 3, 2), time(14)), from_local(date(2027, 3, 4), time(9))))

    page = on_screen(signed_in(place.clerk, language), path, width=390, height=844)

    assert not overflows(page)


def test_on_a_phone_the_grid_moves_in_its_own_frame_and_keeps_the_rooms_in_sight(place, signed_in, on_screen):
    place.book()
    page = on_screen(signed_in(place.clerk), "/staff/day/2027-03-02", width=390, height=844)

    page.locator(".day-frame").evaluate("frame => frame.scrollLeft = 400")

    room, frame = page.get_by_role("rowheader", name="Hội trường").bounding_box(), page.locator(".day-frame").bounding_box()
    assert page.locator(".day-frame").evaluate("frame => frame.scrollLeft") == 400
    assert abs(room["x"] - frame["x"]) <= 2
    assert not overflows(page)


def test_a_block_stands_under_its_hours(place, signed_in, on_screen):
    place.book(span=Span(from_local(date(2027, 3, 2), time(9)), from_local(date(2027, 3, 2), time(11))))
    place.book(span=Span(from_local(date(2027, 3, 2), time(4)), from_local(date(2027, 3, 2), time(5))))
    page = on_screen(signed_in(place.clerk), "/staff/day/2027-03-02")

    block = page.get_by_role("link", name="09:00–11:00 Giao ban tuần").bounding_box()
    hours = [page.locator("thead").get_by_text(hour, exact=True).bounding_box()["x"] for hour in ("09:00", "11:00")]

    assert abs(block["x"] - hours[0]) <= 3
    assert abs(block["x"] + block["width"] - hours[1]) <= 3


@pytest.mark.parametrize("kind", ["granted", "asked", "busy"])
def test_no_state_is_told_by_colour_alone(place, signed_in, on_screen, kind):
    place.book()
    place.book(title="Kín", profile_id=a_profile(Classification.INTERNAL).id, by=a_person(place.centre, Role.STAFF),
               span=Span(from_local(date(2027, 3, 2), time(14)), from_local(date(2027, 3, 2), time(17))))
    page = on_screen(signed_in(place.clerk), "/staff/day/2027-03-02" + ("?words=dak" if kind == "asked" else ""))

    block = page.locator("td div > *", has_text={"granted": "Đã duyệt", "asked": "Chờ duyệt", "busy": "Bận"}[kind]).first
    drawn = block.evaluate("""block => ({ edge: getComputedStyle(block).borderTopStyle, ground: getComputedStyle(block).backgroundImage,
        sign: block.querySelector("i") && getComputedStyle(block.querySelector("i"), "::before").maskImage.slice(0, 4) })""")

    assert (drawn["edge"], drawn["ground"] != "none", drawn["sign"]) == {
        "granted": ("solid", False, "url("), "asked": ("dashed", False, "url("), "busy": ("solid", True, None)}[kind]


@pytest.mark.parametrize("path", ["/staff/week/2027/9", "/staff/day/2027-03-02"])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_browser_set_to_american_english_shows_24_hours_and_day_before_month(place, signed_in, on_screen, path, language):
    place.book(span=Span(from_local(date(2027, 3, 2), time(13, 5)), from_local(date(2027, 3, 2), time(15))))

    words = on_screen(signed_in(place.clerk, language), path, locale="en-US", timezone_id="America/New_York").locator("body").inner_text()

    assert "13:05–15:00" in words and "02/03/2027" in words
    assert not re.search(r"\b1:05|[AP]M\b|3/2/2027", words)


def test_u16_a_conference_is_reached_and_a_free_room_booked_with_the_keyboard_alone(place, signed_in, on_screen):
    conference_id = place.book()
    page = on_screen(signed_in(place.clerk), "/staff/day/2027-03-02")

    page.get_by_role("link", name="Hội trường").focus()
    page.keyboard.press("Tab")
    reached = page.evaluate("document.activeElement.getAttribute('href')")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/staff/conferences/new?**")

    assert reached == f"/staff/conferences/{conference_id}"
    assert page.get_by_label("Ngày", exact=True).input_value() == "02/03/2027"
    assert page.get_by_role("checkbox", name="Hội trường").is_checked()


@pytest.mark.parametrize("path", ["/staff/week/2027/9", "/staff/day/2027-03-02"])
def test_the_print_button_is_there_only_where_a_script_can_press_it(place, signed_in, on_screen, path):
    with_scripts = on_screen(signed_in(place.clerk), path)
    without = on_screen(signed_in(place.clerk), path, java_script_enabled=False)

    assert [page.locator("[data-behaviour=print]").is_visible() for page in (with_scripts, without)] == [True, False]
