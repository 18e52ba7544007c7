"""Closing rooms for maintenance: the technicians' page."""

import pytest
from builders import a_person

from roomctl.organisation.roles import Role
from web.browser import BOOKING, BOOKING_FORM, Page, booking

WINDOWS = "/technician/maintenance"


@pytest.fixture
def technician(place, signed_in):
    return signed_in(place.technician)


def a_form(place, **typed) -> dict:
    return {"room": place.hall.code, "day": "02/03/2027", "start": "07:00", "last_day": "", "end": "12:00", "reason": "Sửa điện", "known": "0",
            **typed}


def test_a_room_is_closed_once_however_often_the_form_is_sent(place, technician, counted):
    answers = [technician.send(WINDOWS, a_form(place), page=WINDOWS).status_code for _ in range(2)]

    assert (answers, counted("maintenance_windows")) == ([303, 303], 1)
    assert "07:00 02/03/2027 – 12:00 02/03/2027: Sửa điện" in technician.page(WINDOWS).text


def test_the_booking_form_says_why_the_room_cannot_be_had(place, technician, signed_in):
    technician.send(WINDOWS, a_form(place), page=WINDOWS)

    answer = signed_in(place.clerk).send(BOOKING, booking(place), page=BOOKING_FORM)

    assert answer.status_code == 409
    assert "Bảo trì 07:00 02/03/2027 – 12:00 02/03/2027: Sửa điện" in Page(answer.text).text


def test_the_conferences_it_meets_are_shown_before_and_their_organizer_is_told_behind(place, technician, signed_in):
    place.book()

    asked = technician.send(WINDOWS, a_form(place), page=WINDOWS)
    told_before = "bảo trì đúng lúc" in signed_in(place.clerk).page("/staff/notices").text
    page = Page(asked.text)
    answer = technician.send(WINDOWS, a_form(place, known=page.value("known")), page=WINDOWS)

    assert (asked.status_code, told_before) == (409, False)
    assert "Thứ Ba 02/03/2027, 08:00–09:00" in page.text
    assert answer.status_code == 303
    assert "Hội trường bảo trì đúng lúc họp “Giao ban tuần”: Sửa điện" in signed_in(place.clerk).page("/staff/notices").text


def test_a_window_is_cancelled_and_twice_is_once(place, technician):
    technician.send(WINDOWS, a_form(place), page=WINDOWS)
    cancellation = next(action for action in technician.page(WINDOWS).actions if action.endswith("/cancellation"))

    answers = [technician.send(cancellation, page=WINDOWS).status_code for _ in range(2)]

    assert answers == [303, 303]
    assert "Sửa điện" not in technician.page(WINDOWS).text


def test_maintenance_of_several_days_is_typed_with_its_last_day(place, technician):
    technician.send(WINDOWS, a_form(place, last_day="05/03/2027"), page=WINDOWS)

    assert "07:00 02/03/2027 – 12:00 05/03/2027" in technician.page(WINDOWS).text


@pytest.mark.parametrize(("typed", "reason", "facts"), [
    ({"room": "KHONG"}, "unknown_room_code", {}), ({"room": "\x00"}, "unknown_room_code", {}), ({"day": "x"}, "bad_date", {}),
    ({"start": "25:00"}, "bad_time", {}), ({"end": "06:00"}, "end_not_after_start", {}), ({"reason": ""}, "maintenance_reason_missing", {}),
    ({"last_day": "02/03/2029"}, "window_too_long", {"limit": 366}), ({"day": "01/02/2027", "last_day": "01/02/2027"}, "window_over", {})])
def test_a_bad_window_gets_its_sentence_and_keeps_what_was_typed(place, technician, sentence, counted, typed, reason, facts):
    answer = technician.send(WINDOWS, a_form(place, **typed), page=WINDOWS)

    page = Page(answer.text)
    assert (answer.status_code, counted("maintenance_windows")) == (422, 0)
    assert sentence(reason, **facts) in page.text
    assert page.value("end") == a_form(place, **typed)["end"]


def test_a_technician_of_a_province_closes_no_room_of_the_centre(place, signed_in):
    client = signed_in(a_person(place.province, Role.TECHNICIAN))

    assert client.send(WINDOWS, a_form(place), page=WINDOWS).status_code == 403


def test_a_window_that_is_not_there_is_not_found(technician):
    assert technician.send(f"{WINDOWS}/999/cancellation", page=WINDOWS).status_code == 404
