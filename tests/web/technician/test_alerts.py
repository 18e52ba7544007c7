"""The list of alerts."""

import pytest
from builders import a_person, a_room
from watched import a_device, booked, found

from roomctl.booking.maintenance import close_room
from roomctl.database import db
from roomctl.devices.health import Status
from roomctl.duty import alerts
from roomctl.duty.alert_tables import alerts_on_screen
from roomctl.organisation.roles import Role
from roomctl.timespan import Span
from web.browser import Page

ALERTS = "/technician/alerts"


@pytest.fixture
def technician(place, signed_in):
    return signed_in(place.technician)


@pytest.fixture
def alert(place):
    a_device(place.room, name="Codec Đắk Lắk", status=Status.CRITICAL, fault="unreachable")
    alerts.tick()
    return standing(place)[0]


def standing(place):
    db.session.rollback()
    return alerts_on_screen(below=[place.centre.path], limit=50)


def states(page: Page) -> list[str]:
    return [one["data-state"] for one in page.named("li", class_="alert-line")]


def test_what_nobody_has_taken_on_comes_first_the_worst_on_top(place, technician):
    a_device(place.room, status=Status.WARNING, fault="battery_charge")
    a_device(place.hall, status=Status.CRITICAL, fault="not_registered")
    a_device(place.other_room, status=Status.CRITICAL, fault="silent")
    alerts.tick()
    alerts.acknowledge(next(one.id for one in standing(place) if one.kind == "silent"), by=place.technician)

    page = technician.page(ALERTS)

    assert states(page) == ["critical", "warning", "critical"]
    assert page.text.index("chưa đăng ký với tổng đài") < page.text.index("Bộ lưu điện báo lỗi") < page.text.index("Thiết bị không trả lời")


def test_an_alert_is_taken_on_by_name_with_a_note(place, alert, technician):
    answer = technician.send(f"{ALERTS}/{alert.id}/acknowledgement", {"note": "Đã gọi xã"}, page=ALERTS)

    assert (answer.status_code, answer.headers["Location"]) == (303, ALERTS)
    assert "Kỹ thuật đã nhận lúc 08:00 01/03/2027: Đã gọi xã" in technician.page(ALERTS).text


def test_the_second_to_take_an_alert_on_is_told_who_was_first(place, alert, technician, signed_in, sentence):
    alerts.acknowledge(alert.id, by=a_person(place.province, Role.TECHNICIAN, name="Người trước"))

    answer = technician.send(f"{ALERTS}/{alert.id}/acknowledgement", {"note": ""}, page=ALERTS)

    assert answer.status_code == 409
    assert "Người trước đã nhận xử lý lúc 08:00 01/03/2027" in Page(answer.text).text


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_note_that_cannot_be_stored_gets_its_sentence_and_is_kept(place, alert, signed_in, sentence, language):
    client = signed_in(place.technician, language)

    answer = client.send(f"{ALERTS}/{alert.id}/acknowledgement", {"note": "x" * 501}, page=ALERTS)

    assert answer.status_code == 422
    assert sentence("text_too_long", language, limit=500) in Page(answer.text).text and "x" * 501 in answer.text


def test_an_alert_in_maintenance_is_marked_as_silent(place, technician, set_clock):
    close_room(place.room.id, Span(set_clock.at, set_clock.at.replace(hour=5)), reason="Thay máy", by=place.technician)
    a_device(place.room, status=Status.CRITICAL, fault="unreachable")
    alerts.tick()

    page = technician.page(ALERTS)

    assert "im lặng vì bảo trì" in page.text and "chưa ai nhận" not in page.text


def test_a_province_whose_line_is_down_is_one_line(place, technician):
    for room in [place.room, *(a_room(place.province) for _ in range(4))]:
        a_device(room, status=Status.CRITICAL, fault="unreachable")
    for _ in range(3):
        a_device(place.hall)
    alerts.tick()

    page = technician.page(ALERTS)

    assert (len(states(page)), "Mất đường truyền Đắk Lắk: 5 phòng" in page.text) == (1, True)


def test_what_is_over_stands_in_the_history_with_its_end(place, alert, technician, set_clock):
    set_clock.forward(minutes=20)
    found(alert.device)
    alerts.tick()

    assert "Codec Đắk Lắk" not in technician.page(ALERTS).text
    history = technician.page(f"{ALERTS}?show=history").text
    assert "Codec Đắk Lắk" in history and "hết lúc 08:20 01/03/2027" in history


def test_an_alert_of_another_province_is_neither_seen_nor_taken_on(place, alert, signed_in):
    client = signed_in(a_person(place.other_province, Role.TECHNICIAN))

    assert "Codec Đắk Lắk" not in client.page(ALERTS).text
    assert client.send(f"{ALERTS}/{alert.id}/acknowledgement", page=ALERTS).status_code == 404


def test_an_administrator_looks_on(place, alert, signed_in):
    client = signed_in(place.administrator)

    assert "Codec Đắk Lắk" in client.page(ALERTS).text and not [one for one in client.page(ALERTS).actions if "acknowledgement" in one]
    assert client.send(f"{ALERTS}/{alert.id}/acknowledgement", page=ALERTS).status_code == 403


def test_an_alert_that_is_not_there_is_not_found(technician):
    assert technician.send(f"{ALERTS}/999/acknowledgement", page=ALERTS).status_code == 404


@pytest.mark.parametrize("query", ["?show=history&page=0", "?show=nonsense", "?page=x"])
def test_an_odd_address_is_a_page_all_the_same(technician, query):
    assert technician.get(f"{ALERTS}{query}").status_code == 200


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_element_is_closed(place, alert, signed_in, language):
    assert signed_in(place.technician, language).page(ALERTS).unclosed == []


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_notice_says_where_and_what_and_leads_to_the_steps(place, alert, signed_in, set_clock, language):
    booked(place, place.hall, place.room)
    set_clock.forward(minutes=2)
    alerts.tick()

    page = signed_in(place.technician, language).page("/staff/notices")

    assert "10:00 01/03/2027" in page.text and "Codec Đắk Lắk" in page.text and "unreachable" not in page.text
    assert f"/technician/rooms/{place.room.id}" in page.links
