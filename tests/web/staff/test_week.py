"""The week sheet."""

import io
import re
import unicodedata
from datetime import date, time, timedelta

import pytest
from builders import a_profile, a_room
from pypdf import PdfReader

from roomctl.booking.amend import Amendment, amend_conference
from roomctl.security_profiles.profile import Classification
from roomctl.timespan import Span, from_local
from roomctl.web.staff import week
from web.browser import BOOKING, Page

DAY, WEEK = date(2027, 3, 3), "/staff/week/2027/9"


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
    assert f"{BOOKING}/{conference_id}?occurrence=1" in page.links


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


# Versions and changes


def publish(client, rest: str = "", **typed):
    return client.send(f"{WEEK}/publication{rest}", {"note": "", "key": "", **typed}, page=WEEK)


def test_a_week_that_was_not_published_says_so(place, signed_in):
    assert "Chưa công bố" in signed_in(place.clerk).page(WEEK).text


def test_a_clerk_publishes_and_everybody_reads_which_version_it_is(place, signed_in):
    answer = publish(signed_in(place.clerk), note="Thay lịch ngày 26/02")

    page = signed_in(place.technician).page(WEEK)
    assert (answer.status_code, answer.headers["Location"]) == (303, WEEK)
    assert "Bản 1, công bố lúc 08:00 01/03/2027 bởi Văn thư – Thay lịch ngày 26/02" in page.text


def test_a_note_that_cannot_be_taken_is_shown_again_with_what_is_wrong(place, signed_in, sentence):
    answer = publish(signed_in(place.clerk), note="x\u202ey")

    page = Page(answer.text)
    assert (answer.status_code, page.value("note")) == (422, "x\u202ey")
    assert sentence("text_direction") in page.text and "Chưa công bố" in page.text


def test_u08_a_publication_sent_twice_is_one(place, signed_in):
    client = signed_in(place.clerk)
    key = next(found["value"] for found in client.page(WEEK).named("input", name="key"))
    for _ in range(2):
        publish(client, key=key)

    assert "Bản 1," in client.page(WEEK).text


@pytest.mark.parametrize(("who", "may"), [("clerk", True), ("centre_approver", True), ("technician", False), ("chair", False)])
def test_the_button_stands_there_for_those_who_may_publish(place, signed_in, who, may):
    assert (f"{WEEK}/publication" in signed_in(getattr(place, who)).page(WEEK).actions) is may


@pytest.mark.parametrize("rest", ["?leader=x", "?room={hall}", "?unit={province}"])
def test_a_part_of_the_sheet_and_another_units_are_not_published_from_here(place, signed_in, rest):
    page = signed_in(place.clerk).page(WEEK + rest.format(hall=place.hall.id, province=place.province.id))

    assert [action for action in page.actions if "publication" in action] == []


def test_a_week_that_is_over_is_not_published_any_more(place, signed_in, sentence, set_clock):
    set_clock.forward(days=7)
    client = signed_in(place.clerk)

    assert f"{WEEK}/publication" not in client.page(WEEK).actions
    assert sentence("week_over") in Page(publish(client).text).text


def test_another_units_week_is_published_by_its_own_people_alone(place, signed_in):
    assert publish(signed_in(place.clerk), f"?unit={place.province.id}").status_code == 403


def test_later_changes_are_marked_in_words_and_the_former_time_struck_through(place, signed_in):
    moved, gone = place.book(title="dời"), place.book(title="hủy", span=local("14:00", "15:00"))
    client = signed_in(place.clerk)
    publish(client)
    amend_conference(moved, Amendment(span=local("09:00", "10:00")), by=place.clerk)
    client.send(f"{BOOKING}/{gone}/cancellation", {"reason": "x"})
    place.book(title="thêm", span=local("16:00", "17:00"), room_ids=(place.hall.id,))

    page = client.page(WEEK)

    rows = [row for row in page.rows if re.search("dời|hủy|thêm", row)]
    assert [re.sub(" Chủ trì .* điểm cầu", " …", row) for row in rows] == [
        "Sáng 09:00–10:00 trước: Thứ Ba 02/03, 08:00–09:00 dời … Chờ duyệt đổi giờ", "Chiều 14:00–15:00 hủy … đã hủy",
        "Chiều 16:00–17:00 thêm … Đã duyệt mới"]
    assert len(page.named("tr", _class="gone")) == len(page.named("s")) == 1


def test_a_change_of_a_restricted_title_leaves_the_sheet_of_others_as_it_was(place, signed_in):
    conference_id = place.book(profile_id=a_profile(Classification.INTERNAL).id, title="KÍN")
    publish(signed_in(place.clerk))
    reader = signed_in(place.technician)
    before = reader.page(WEEK).rows

    amend_conference(conference_id, Amendment(title="KÍN KHÁC"), by=place.clerk)

    assert reader.page(WEEK).rows == before


# By unit, room and leader


def test_the_choice_stays_on_the_way_to_the_weeks_around(place, signed_in):
    page = signed_in(place.clerk).page(f"{WEEK}?room={place.room.id}&leader=chu")

    rest = f"?room={place.room.id}&leader=chu"
    assert {f"/staff/week/2027/8{rest}", f"/staff/week/2027/10{rest}", f"{WEEK}/sheet.pdf{rest}"} <= page.links


def test_the_sheet_of_another_unit_is_headed_with_its_name_and_shows_its_rooms_only(place, signed_in):
    place.book(title="ở tỉnh", room_ids=(place.room.id,), host_room_id=place.room.id)
    place.book(title="ở trung ương", room_ids=(place.hall.id,))

    page = signed_in(place.clerk).page(f"{WEEK}?unit={place.province.id}")

    assert ("Đắk Lắk LỊCH CÔNG TÁC TUẦN 9" in page.text, "ở tỉnh" in page.text, "ở trung ương" in page.text) == (True, True, False)


def test_another_unit_chosen_with_a_room_of_the_former_one_shows_that_units_sheet(place, signed_in):
    page = signed_in(place.clerk).page(f"{WEEK}?unit={place.province.id}&room={place.hall.id}")

    assert "Đắk Lắk LỊCH CÔNG TÁC TUẦN 9" in page.text


def test_the_sheet_of_a_leader_is_headed_with_the_name(place, signed_in):
    place.book(on_behalf_of="Ông Bộ trưởng")
    place.book(title="khác", span=local("14:00", "15:00"))

    page = signed_in(place.clerk).page(f"{WEEK}?leader=bo+truong")

    assert ("Lãnh đạo: bo truong" in page.text, "Giao ban tuần" in page.text, "khác" in page.text) == (True, True, False)


@pytest.mark.parametrize(("query", "status"), [("unit=999", 404), ("room=999", 404), ("unit=x", 200), ("room=-1", 200), ("leader=%00", 200),
                                               ("unit=999999999999", 200), ("leader=" + "x" * 5000, 200)])
def test_a_choice_of_nonsense_is_answered(place, signed_in, query, status):
    assert signed_in(place.clerk).get(f"{WEEK}?{query}").status_code == status


def test_each_day_to_come_leads_to_the_form_for_that_day_and_the_chosen_room(place, signed_in, set_clock):
    set_clock.forward(days=2)

    links = signed_in(place.clerk).page(f"{WEEK}?room={place.room.id}").links

    assert {link for link in links if "conferences/new?" in link} == {
        f"/staff/conferences/new?day=0{number}/03/2027&rooms={place.room.id}" for number in range(3, 8)}


def test_who_may_not_register_is_not_led_to_the_form(place, signed_in):
    assert not [link for link in signed_in(place.technician).page(WEEK).links if "conferences/new" in link]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_u14_the_first_day_of_the_sheet_is_monday_and_both_days_around_new_year_are_in_week_53(place, signed_in, language):
    client = signed_in(place.clerk, language)

    page = client.page("/staff/week/2026/53")

    heads = [row.split()[0] for row in page.rows][:7]
    monday = "Monday" if language == "en" else "Thứ"
    assert (heads[0], "28/12/2026" in page.rows[0], "31/12/2026" in page.rows[3], "01/01/2027" in page.rows[4]) == (monday, True, True, True)
    assert client.get("/staff/week/2027/0").status_code == 404


# On paper


def paper(answer) -> list[str]:
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    pages = PdfReader(io.BytesIO(answer.data)).pages
    assert {(round(page.mediabox.width), round(page.mediabox.height)) for page in pages} == {(842, 595)}  # A4 landscape.
    return [re.sub(r"\s+", " ", unicodedata.normalize("NFC", page.extract_text())) for page in pages]


COLUMNS = "Ngày, buổi, giờ Nội dung Chủ trì Thành phần, điểm cầu Phòng (địa điểm) Ghi chú"


def test_u20_the_pdf_of_a_long_afternoon_names_day_and_columns_on_every_page_and_cuts_no_row(place, signed_in):
    for number in range(14):
        room = a_room(place.centre, f"Phòng họp số {number + 1}")
        place.book(title=f"Giao ban số {number + 1} hết", span=local("13:30", "15:00", first=date(2027, 3, 2), last=date(2027, 3, 2)),
                   attendees="Lãnh đạo các sở, ngành\n" * 3 + f"Cuối {number + 1} dòng", room_ids=(room.id,), host_room_id=room.id)

    pages = paper(signed_in(place.clerk).get(f"{WEEK}/sheet.pdf"))

    with_rows = [page for page in pages if "Giao ban số" in page]
    assert len(with_rows) >= 2
    assert [(COLUMNS in page, page.count("THỨ BA, 02/03/2027")) for page in with_rows] == [(True, 1)] * len(with_rows)
    begun, ended = ([re.findall(pattern, page) for page in pages] for pattern in (r"Giao ban số (\d+) hết", r"Cuối (\d+) dòng"))
    assert (begun, sorted((number for page in begun for number in page), key=int)) == (ended, [str(number) for number in range(1, 15)])
    assert [f"In lúc 08:00 01/03/2027 Trang {number}/{len(pages)}" in page for number, page in enumerate(pages, 1)] == [True] * len(pages)
    assert not [words for words in ("Đăng xuất", "Tuần trước", "Đăng ký họp") if words in " ".join(pages)]


def test_the_pdf_is_the_paper_form(place, signed_in):
    place.book(attendees="Giám đốc các sở", contact_name="Trần Thị Lan", contact_phone="0912 345 678")
    client = signed_in(place.clerk)
    publish(client)

    first, *_ = paper(client.get(f"{WEEK}/sheet.pdf"))

    wanted = ("TRUNG ƯƠNG", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập – Tự do – Hạnh phúc", "LỊCH CÔNG TÁC TUẦN 9",
              "Từ ngày 01/03/2027 đến ngày 07/03/2027 – Lịch này thay thư mời họp", "Bản 1, công bố lúc 08:00 01/03/2027 bởi Văn thư",
              "Sáng 08:00–09:00 Giao ban tuần Chủ trì Giám đốc các sở; 2 điểm cầu Hội trường Chờ duyệt",
              "Đầu mối: Trần Thị Lan · 0912 345 678", "CHỦ NHẬT, 07/03/2027: Không có lịch", "NGƯỜI LẬP LỊCH", "LÃNH ĐẠO DUYỆT")
    assert [words for words in wanted if words not in first] == []


def test_the_pdf_says_its_changes_in_words(place, signed_in):
    conference_id = place.book()
    client = signed_in(place.clerk)
    publish(client)
    client.send(f"{BOOKING}/{conference_id}/cancellation", {"reason": "x"})

    assert "Hội trường đã hủy" in paper(client.get(f"{WEEK}/sheet.pdf"))[0]


def test_the_pdf_of_another_unit_names_the_one_above_it_too(place, signed_in):
    first, *_ = paper(signed_in(place.clerk).get(f"{WEEK}/sheet.pdf?unit={place.province.id}"))

    assert "TRUNG ƯƠNG ĐẮK LẮK" in first


def test_neither_the_pdf_nor_its_name_tells_what_its_reader_may_not_know(place, signed_in):
    place.book(profile_id=a_profile(Classification.INTERNAL).id, title="KÍN", attendees="Bí thư", contact_name="Người kín")
    answer = signed_in(place.technician).get(f"{WEEK}/sheet.pdf")

    text = " ".join(paper(answer))
    assert [word for word in ("KÍN", "Bí thư", "Người kín", "Nội bộ") if word in text] == []
    assert "08:00–09:00 Bận Hội trường" in text
    assert answer.headers["Content-Disposition"] == 'inline; filename="week-2027-W09.pdf"'


def test_a_title_like_a_piece_of_html_is_text_on_paper_and_fetches_nothing(place, signed_in):
    place.book(title='<img src="file:///etc/passwd"><b>')

    assert '<img src="file:///etc/passwd"><b>' in paper(signed_in(place.clerk).get(f"{WEEK}/sheet.pdf"))[0]


def test_the_pdf_is_in_english_when_asked_for(place, signed_in):
    place.book()

    assert "MONDAY, 01/03/2027" in paper(signed_in(place.clerk, "en").get(f"{WEEK}/sheet.pdf"))[0]


def test_a_pdf_that_would_take_minutes_is_refused_with_what_to_do(place, signed_in, sentence, monkeypatch):
    monkeypatch.setattr(week.printed, "MOST_LINES", 2)
    book_many(place, 3)

    answer = signed_in(place.clerk).get(f"{WEEK}/sheet.pdf")

    assert answer.status_code == 422
    assert sentence("pdf_too_long", lines=3, most=2) in Page(answer.text).text
    assert f"{WEEK}/sheet.pdf" not in signed_in(place.clerk).page(WEEK).links


@pytest.mark.parametrize("address", ["2027/0", "2027/53", "1/1", "10000/1"])
def test_the_pdf_of_a_week_that_does_not_exist_is_not_found(place, signed_in, address):
    assert signed_in(place.clerk).get(f"/staff/week/{address}/sheet.pdf").status_code == 404
