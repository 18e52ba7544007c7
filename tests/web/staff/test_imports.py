"""Bringing in a calendar file at the page: the file, a look, and then all of it."""

import re
from base64 import b64encode
from io import BytesIO
from pathlib import Path

import pytest
from builders import a_profile
from calendars.ics import event, ics

from roomctl import calendars
from roomctl.calendars.outcome import Done
from roomctl.security_profiles.profile import Classification
from roomctl.web.calendar_words import CALENDAR_REASON, FILE_DONE, FILE_WARNING
from roomctl.web.staff import imports
from web.browser import Page

PAGE = "/staff/imports"
FILE = ics(event("DTSTART;TZID=Asia/Ho_Chi_Minh:20270302T080000", "RRULE:FREQ=WEEKLY;COUNT=3", title="Giao ban tuần"),
           event("DTSTART;TZID=Asia/Ho_Chi_Minh:20270304T140000", uid="b@example", title="Họp riêng"))


@pytest.fixture
def clerk(place, signed_in):
    return signed_in(place.clerk)


def uploaded(raw: bytes = FILE, name: str = "lich.ics") -> dict:
    return {"file": (BytesIO(raw), name)}


def chosen(place, raw: bytes = FILE, **typed) -> dict:
    """Return the second step's form: the file as it came back, and everything chosen."""
    return {"text": b64encode(raw).decode(), "rooms": [str(place.hall.id), str(place.room.id)], "host_room": str(place.hall.id),
            "chair": str(place.chair.id), "profile": str(place.profile.id), **typed}


def look(client, raw: bytes = FILE, name: str = "lich.ics"):
    return client.send(f"{PAGE}/preview", uploaded(raw, name), page=PAGE, content_type="multipart/form-data")


def test_what_a_file_holds_is_shown_before_anything_is_chosen_or_stored(place, clerk, counted):
    answer = look(clerk)

    page = Page(answer.text)
    assert answer.status_code == 200
    assert any("Giao ban tuần" in row and "08:00–09:00 và 2 ngày nữa" in row for row in page.rows)
    assert page.value("text") == b64encode(FILE).decode()
    assert counted("conferences") == 0


def test_once_everything_is_chosen_the_page_says_what_would_be_made(place, clerk, counted):
    answer = clerk.send(f"{PAGE}/preview", chosen(place, **{"try": "1"}), page=PAGE, content_type="multipart/form-data")

    assert [row.endswith("Tạo mới") for row in Page(answer.text).rows if "Giao ban" in row or "Họp riêng" in row] == [True, True]
    assert counted("conferences") == 0


def test_all_of_it_is_brought_in_and_the_numbers_said(place, clerk, counted):
    answer = clerk.send(PAGE, chosen(place), page=PAGE, content_type="multipart/form-data", follow_redirects=True)

    assert "Tạo mới: 2." in Page(answer.text).text
    assert (counted("conferences"), counted("occurrences")) == (2, 4)


def test_sent_twice_it_is_brought_in_once(place, clerk, counted):
    for _ in range(2):
        answer = clerk.send(PAGE, chosen(place), page=PAGE, content_type="multipart/form-data", follow_redirects=True)

    assert "Không đổi: 2." in Page(answer.text).text
    assert counted("conferences") == 2


@pytest.mark.parametrize("language", ["vi", "en"])
def test_everything_wrong_with_a_file_is_named_with_its_line_and_uid(place, signed_in, sentence, language):
    client = signed_in(place.clerk, language)

    answer = look(client, ics(event("DTSTART;TZID=Nowhere:20270310T140000", uid="x@y"), event("DTSTART:20270302T080000", lasts="", uid="z@y")))

    text = Page(answer.text).text
    assert answer.status_code == 422
    assert [words for words in ("x@y", "z@y", sentence("ics_unknown_zone", language, zone="Nowhere"), sentence("end_not_after_start", language))
            if words not in text] == []


def test_rooms_that_are_taken_are_named_and_nothing_is_stored(place, clerk, counted):
    place.book()

    answer = clerk.send(PAGE, chosen(place), page=PAGE, content_type="multipart/form-data")

    assert (answer.status_code, "Hội trường không trống lúc" in Page(answer.text).text) == (422, True)
    assert Page(answer.text).value("text")
    assert counted("conferences") == 1


@pytest.mark.parametrize(("typed", "reason"), [({"chair": ""}, "unknown_chair"), ({"rooms": [], "host_room": ""}, "no_rooms")])
def test_a_choice_that_is_missing_is_said_beside_it(place, clerk, sentence, typed, reason):
    answer = clerk.send(PAGE, chosen(place, **typed), page=PAGE, content_type="multipart/form-data")

    assert (answer.status_code, Page(answer.text).text.count(sentence(reason))) == (422, 1)


@pytest.mark.parametrize("data", [{}, {"text": "%%%"}, {"text": ""}])
@pytest.mark.parametrize("path", [PAGE, f"{PAGE}/preview"])
def test_without_a_file_one_is_asked_for(place, clerk, sentence, path, data):
    answer = clerk.send(path, data, page=PAGE, content_type="multipart/form-data")

    assert (answer.status_code, sentence("ics_no_file") in Page(answer.text).text) == (422, True)


def test_p14_thirty_megabytes_are_refused_unread_and_the_limit_named(place, clerk, counted):
    answer = look(clerk, b"BEGIN:VCALENDAR\r\n" * 1_800_000)

    assert (answer.status_code, "MB" in Page(answer.text).text) == (413, True)


def test_a_file_just_above_the_limit_is_refused_by_it(place, clerk, sentence):
    answer = look(clerk, b" " * 1_000_001)

    assert (answer.status_code, sentence("ics_too_large", limit="1 MB") in Page(answer.text).text) == (422, True)


def test_a_file_of_nearly_a_megabyte_comes_back_with_its_form(place, clerk):
    raw = FILE.replace(b"END:VCALENDAR", b"X-FILL:" + b"x" * 900_000 + b"\r\nEND:VCALENDAR")

    answer = clerk.send(PAGE, chosen(place, raw), page=PAGE, content_type="multipart/form-data", follow_redirects=True)

    assert "Tạo mới: 2." in Page(answer.text).text


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}/preview"])
def test_from_mat_up_nothing_of_a_file_stays_or_comes_back(place, clerk, everything_stored, caplog, path):
    profile = a_profile(Classification.CONFIDENTIAL)
    raw = ics(event("DTSTART:20270302T080000", title="Phương án Z41"))

    answer = clerk.send(path, chosen(place, raw, profile=str(profile.id), **{"try": "1"}), page=PAGE, content_type="multipart/form-data")

    assert answer.status_code == 422
    assert [where for where in (answer.text, everything_stored(), caplog.text) if "Z41" in where or b64encode(raw).decode() in where] == []


def test_a_title_that_looks_like_a_page_is_shown_as_text(place, clerk):
    html = look(clerk, ics(event("DTSTART:20270302T080000", title="<img src=x onerror=alert(1)>", uid="<script>"))).text

    assert ("<img" in html, "<script>" in html, "&lt;img" in html) == (False, False, True)


def test_the_buttons_of_the_chooser_keep_the_file(place, clerk):
    answer = clerk.send(f"{PAGE}/preview", chosen(place, find="1", words="ca mau"), page=PAGE, content_type="multipart/form-data")

    page = Page(answer.text)
    assert (answer.status_code, page.value("text")) == (200, b64encode(FILE).decode())
    assert any("Phòng họp Cà Mau" in row for row in page.rows)


def test_somebody_who_may_not_book_brings_nothing_in(place, signed_in):
    assert signed_in(place.officer).get(PAGE).status_code == 403


def test_the_page_is_whole(place, signed_in):
    page = Page(look(signed_in(place.clerk, "en")).text)

    assert (page.unclosed, page.inline_scripts, page.language) == ([], [], "en")


def test_everything_that_can_be_wrong_with_a_file_has_its_sentence():
    source = "".join(path.read_text() for path in [*Path(calendars.__file__).parent.glob("*.py"), Path(imports.__file__)])
    named = set(re.findall(r'"(ics_[a-z0-9_]+)"', source)) - {"ics_left_out_"}

    assert named - set(CALENDAR_REASON) - set(FILE_WARNING) == set()
    assert {f"ics_left_out_{name}" for name in ("attach", "description", "location")} <= set(FILE_WARNING)
    assert {done.value for done in Done} == set(FILE_DONE)
