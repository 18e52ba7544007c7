"""The page on which office staff bring many conferences in, and take a span of them along."""

from io import BytesIO

import pytest
from builders import a_person, a_profile
from openpyxl import load_workbook

from roomctl.organisation.roles import Role
from roomctl.security_profiles.profile import Classification
from web.browser import Page

PATH = "/staff/exchange"
WEEK = "first=01/03/2027&last=07/03/2027"
HEADING = "Ngày;Bắt đầu;Kết thúc;Nội dung;Hồ sơ bảo mật;Mã các phòng;Chủ trì"
MARK = "Kiểm điểm cán bộ"


@pytest.fixture
def clerk(place, signed_in):
    return signed_in(place.clerk)


def line(place, **said) -> str:
    facts = {"day": "02/03/2027", "title": "Giao ban", "profile": place.profile.key, "rooms": place.hall.code, **said}
    return f"{facts['day']};08:00;09:00;{facts['title']};{facts['profile']};{facts['rooms']};Chủ trì"


def send(client, *lines: str):
    return client.send(PATH, {"file": (BytesIO("\n".join([HEADING, *lines]).encode()), "lich.csv")}, content_type="multipart/form-data")


def confirm(client, answer):
    return client.send(f"{PATH}/confirmation", {"content": Page(answer.text).value("content")})


def test_a_file_is_looked_at_first_and_asked_for_when_confirmed(place, clerk, counted):
    looked = send(clerk, line(place), line(place, day="03/03/2027"))
    before = counted("conferences")

    done = confirm(clerk, looked)

    assert (looked.status_code, before, done.status_code, counted("conferences")) == (200, 0, 200, 2)
    assert "Sẽ thêm 2" in Page(looked.text).text and "Đã thêm 2" in Page(done.text).text


def test_a_confirmation_sent_twice_asks_once(place, clerk, counted):
    looked = send(clerk, line(place))

    answers = [confirm(clerk, looked) for _ in range(2)]

    assert ([answer.status_code for answer in answers], counted("conferences")) == ([200, 200], 1)
    assert "Giữ nguyên 1" in Page(answers[1].text).text


def test_what_was_taken_since_the_preview_is_said_and_nothing_is_asked_for(place, clerk, counted, sentence):
    looked = send(clerk, line(place), line(place, day="03/03/2027"))
    place.book(room_ids=(place.hall.id,))

    answer = confirm(clerk, looked)

    assert (answer.status_code, counted("conferences")) == (422, 1)
    assert f"2 Mã các phòng {sentence('line_rooms_taken', rooms=place.hall.code)}" in Page(answer.text).rows


def test_every_bad_line_is_named_on_the_page(place, clerk, sentence):
    answer = send(clerk, line(place, day="31/02/2027"), line(place, rooms="NONE"), line(place), line(place))

    assert answer.status_code == 422
    assert Page(answer.text).rows[1:4] == [f"2 Ngày {sentence('bad_date')}", f"3 Mã các phòng {sentence('unknown_room_codes', codes='NONE')}",
                                           f"5 cả dòng {sentence('line_twice', line=4)}"]


def test_a_title_at_mat_comes_back_on_no_page_and_is_stored_nowhere(place, clerk, everything_stored):
    answer = send(clerk, line(place, title=MARK, profile=a_profile(Classification.CONFIDENTIAL).key))

    assert answer.status_code == 422
    assert MARK not in answer.text and MARK not in everything_stored()


def test_a_file_of_more_than_5_mb_is_refused_in_words(clerk):
    answer = clerk.send(PATH, {"file": (BytesIO(b"x" * (6 * 1024**2)), "lich.csv")}, content_type="multipart/form-data")

    assert (answer.status_code, "không quá 5 MB" in Page(answer.text).text) == (413, True)


def test_a_span_is_taken_along_under_a_name_with_its_days(place, clerk):
    place.book(title=MARK)

    answer = clerk.get(f"{PATH}/file?{WEEK}&form=xlsx")

    assert answer.headers["Content-Disposition"] == 'attachment; filename="conferences-2027-03-01-2027-03-07.xlsx"'
    rows = [[cell.value for cell in row] for row in load_workbook(BytesIO(answer.data)).active]
    assert (rows[0][0], rows[1][0], rows[1][4]) == ("Ngày", "02/03/2027", MARK)


@pytest.mark.parametrize("form", ["xlsx", "csv"])
@pytest.mark.parametrize("who", ["stranger", "technician", "administrator", "officer", "colleague"])
def test_no_file_tells_who_need_not_know(place, signed_in, who, form):
    place.book(profile_id=a_profile(Classification.INTERNAL).id, title=MARK, attendees=MARK, on_behalf_of=MARK, contact_name=MARK)
    person = a_person(place.centre, Role.STAFF) if who == "colleague" else getattr(place, who)

    answer = signed_in(person).get(f"{PATH}/file?{WEEK}&form={form}")

    told = answer.data.decode("utf-8-sig") if form == "csv" else str(list(load_workbook(BytesIO(answer.data)).active.values))
    assert (answer.status_code, MARK in told) == (200, False)


@pytest.mark.parametrize(("query", "reason"), [("first=x&last=07/03/2027", "bad_date"), ("first=01/03/2027&last=01/05/2027", "longer_than_a_month"),
                                               ("", "bad_date")])
def test_a_span_that_is_none_is_said_beside_its_field(clerk, sentence, query, reason):
    answer = clerk.get(f"{PATH}/file?{query}&form=csv")

    assert (answer.status_code, sentence(reason) in Page(answer.text).text) == (422, True)


def test_a_form_that_there_is_not_is_not_found(clerk):
    assert clerk.get(f"{PATH}/file?{WEEK}&form=pdf").status_code == 404


def test_the_page_proposes_this_week(clerk):
    page = clerk.page(PATH)

    assert (page.value("first"), page.value("last")) == ("01/03/2027", "07/03/2027")


def test_who_may_not_ask_for_conferences_has_no_form_for_it(place, signed_in):
    assert "multipart/form-data" not in signed_in(place.chair).get(PATH).text
