"""Rooms: finding, adding, changing and retiring them."""

import pytest
from builders import a_person, fresh

from roomctl.database import db
from roomctl.organisation.roles import Role
from roomctl.rooms.tables import room_by_code
from web.browser import Page

ROOMS = "/admin/rooms"


@pytest.fixture
def administrator(place, signed_in):
    return signed_in(place.administrator)


def at(room, rest: str = "") -> str:
    return f"{ROOMS}/{room.id}{rest}"


def a_form(place, **typed) -> dict:
    return {"unit": place.province.code, "code": "DL-02", "name": "Phòng họp số 2", "seats": "24", "setup": "10", "teardown": "5",
            "open_to": "above", "support_phone": "0262 300 0001", "key": "k1", "opens": "06:30", "closes": "18:00", "ahead_days": "90",
            "open_days": ["1", "2", "3", "4", "5"], "equipment": ["wheelchair", "projector"], **typed}


BAD = [
    ({"name": ""}, "name", "name_missing", {}), ({"seats": "nhiều"}, "seats", "bad_number", {}), ({"setup": "-5"}, "setup", "bad_number", {}),
    ({"teardown": "361"}, "teardown", "number_out_of_range", {"least": 0, "most": 360}), ({"open_to": "x"}, "open_to", "unknown_choice", {}),
    ({"support_phone": "0" * 41}, "support_phone", "text_too_long", {"limit": 40}),
    ({"opens": "sáng"}, "opens", "bad_opening_hour", {}), ({"closes": "25:00"}, "closes", "bad_opening_hour", {}),
    ({"opens": "18:00"}, "closes", "closes_not_after_opening", {}),
    ({"ahead_days": "741"}, "ahead_days", "number_out_of_range", {"least": 0, "most": 740}),
]
BOXES = {"open_to", "open_days", "equipment"}  # What is no field of text.


def ticked(page: Page, name: str) -> list[str]:
    return [one["value"] for one in page.named("input", type="checkbox", name=name) if "checked" in one]


def test_a_room_is_found_by_its_name_its_unit_and_its_code(place, administrator):
    for words in ("phong hop dak", "dak lak", place.room.code.lower()):
        assert at(place.room) in administrator.page(ROOMS, query_string={"words": words}).links
    assert "Không tìm thấy" in administrator.page(f"{ROOMS}?words=khong+co").text


def test_an_administrator_of_a_province_sees_and_changes_its_rooms_only(place, signed_in):
    client = signed_in(a_person(place.province, Role.ADMINISTRATOR))

    page = client.page(ROOMS)

    assert (at(place.room) in page.links, at(place.hall) in page.links) == (True, False)
    assert client.get(at(place.hall)).status_code == 403
    assert client.send(at(place.hall), a_form(place), page=ROOMS).status_code == 403
    assert client.send(ROOMS, a_form(place, unit=place.centre.code), page=ROOMS).status_code == 403
    assert client.send(at(place.hall, "/retirement"), page=ROOMS).status_code == 403


def test_a_room_is_added_once_however_often_the_form_is_sent(place, administrator, counted):
    before = counted("rooms")

    answers = [administrator.send(ROOMS, a_form(place), page=f"{ROOMS}/new") for _ in range(2)]

    db.session.rollback()
    room = room_by_code("DL-02")
    assert [(answer.status_code, answer.headers["Location"]) for answer in answers] == [(303, at(room))] * 2
    assert counted("rooms") == before + 1
    assert (room.unit_id, room.seats, room.setup_s, room.teardown_s, room.open_to) == (place.province.id, 24, 600, 300, "above")


@pytest.mark.parametrize(("typed", "field", "reason", "facts"), [
    *BAD, ({"unit": "KHONG"}, "unit", "unknown_unit_code", {}), ({"code": "phòng 2"}, "code", "bad_code", {"limit": 32})])
def test_a_bad_room_gets_its_sentence_beside_the_field_and_keeps_what_was_typed(
        place, administrator, counted, sentence, typed, field, reason, facts):
    before, data = counted("rooms"), a_form(place, **typed)

    answer = administrator.send(ROOMS, data, page=f"{ROOMS}/new")

    page = Page(answer.text)
    assert (answer.status_code, counted("rooms")) == (422, before)
    assert sentence(reason, **facts) in page.text
    assert any(found.get("name") == field and found.get("aria-invalid") == "true" for _, found in page.elements)
    assert {name: page.value(name) for name in data if name not in BOXES} == {name: value for name, value in data.items() if name not in BOXES}
    assert ticked(page, "open_days") + ticked(page, "equipment") == [*"12345", "projector", "wheelchair"]


def test_a_code_that_is_taken_gets_its_sentence(place, administrator, sentence):
    answer = administrator.send(ROOMS, a_form(place, code=place.hall.code), page=f"{ROOMS}/new")

    assert answer.status_code == 422
    assert sentence("code_taken", code=place.hall.code) in Page(answer.text).text


def test_a_changed_room_is_what_was_typed(place, administrator):
    answer = administrator.send(at(place.room), a_form(place), page=at(place.room))

    room = fresh(place.room)
    assert answer.status_code == 303
    assert (room.name, room.seats, room.setup_s, room.open_to, room.support_phone) == ("Phòng họp số 2", 24, 600, "above", "0262 300 0001")
    assert (room.opens_min, room.closes_min, room.open_days, room.ahead_days, room.equipment) == (390, 1080, "12345", 90, "projector wheelchair")


def test_the_form_shows_a_rooms_hours_days_and_equipment_as_they_are(place, administrator):
    administrator.send(at(place.room), a_form(place, closes="24:00"), page=at(place.room))

    page = administrator.page(at(place.room))

    assert [page.value(name) for name in ("opens", "closes", "ahead_days")] == ["06:30", "24:00", "90"]
    assert (ticked(page, "open_days"), ticked(page, "equipment")) == ([*"12345"], ["projector", "wheelchair"])


def test_a_new_room_is_proposed_open_around_the_clock_on_every_day(administrator):
    page = administrator.page(f"{ROOMS}/new")

    assert ([page.value(name) for name in ("opens", "closes", "ahead_days")], ticked(page, "open_days")) == (["00:00", "24:00", "740"], [*"1234567"])


@pytest.mark.parametrize(("typed", "reason"), [
    ({"open_days": []}, "no_open_days"), ({"open_days": ["8"]}, "unknown_choice"), ({"equipment": ["lò sưởi"]}, "unknown_choice")])
def test_boxes_that_make_no_sense_get_their_sentence(place, administrator, sentence, typed, reason):
    answer = administrator.send(at(place.room), a_form(place, **typed), page=at(place.room))

    assert answer.status_code == 422
    assert sentence(reason) in Page(answer.text).text


def a_window(**typed) -> dict:
    return {"day": "02/03/2027", "start": "07:00", "end": "12:00", "reason": "Sửa điện", **typed}


def test_a_room_is_closed_for_maintenance_on_its_own_page_and_opened_again(place, administrator):
    answer = administrator.send(at(place.room, "/maintenance"), a_window(), page=at(place.room))
    page = administrator.page(at(place.room))
    cancellation = next(action for action in page.actions if action.endswith("/cancellation"))

    opened = administrator.send(cancellation, page=at(place.room))

    assert (answer.status_code, "Sửa điện" in page.text, opened.status_code) == (303, True, 303)
    assert "Sửa điện" not in administrator.page(at(place.room)).text


def test_the_conferences_that_maintenance_meets_are_shown_first(place, administrator):
    place.book()

    asked = administrator.send(at(place.room, "/maintenance"), a_window(), page=at(place.room))
    answer = administrator.send(at(place.room, "/maintenance"), a_window(known=Page(asked.text).value("known")), page=at(place.room))

    assert (asked.status_code, "Thứ Ba 02/03/2027, 08:00–09:00" in Page(asked.text).text, answer.status_code) == (409, True, 303)


def test_a_bad_window_gets_its_sentence_on_the_rooms_page(place, administrator, sentence):
    answer = administrator.send(at(place.room, "/maintenance"), a_window(reason=""), page=at(place.room))

    assert answer.status_code == 422
    assert sentence("maintenance_reason_missing") in Page(answer.text).text


@pytest.mark.parametrize(("typed", "field", "reason", "facts"), BAD)
def test_a_bad_change_gets_its_sentence_beside_the_field_and_keeps_what_was_typed(place, administrator, sentence, typed, field, reason, facts):
    answer = administrator.send(at(place.room), a_form(place, **typed), page=at(place.room))

    page = Page(answer.text)
    assert answer.status_code == 422
    assert sentence(reason, **facts) in page.text
    assert fresh(place.room).name == "Phòng họp Đắk Lắk"
    if field != "open_to":
        assert page.value(field) == a_form(place, **typed)[field]


def test_a_retired_room_is_in_no_list_and_its_page_says_since_when(place, administrator, signed_in):
    answers = [administrator.send(at(place.other_room, "/retirement"), page=at(place.other_room)) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert "Ngừng sử dụng từ 08:00 01/03/2027" in administrator.page(at(place.other_room)).text
    assert at(place.other_room) not in administrator.page(ROOMS).links
    assert place.other_room.name not in signed_in(place.clerk).page("/staff/conferences/new").text


def test_a_room_that_is_booked_is_not_retired_and_the_page_says_how_often_it_is(place, administrator, sentence):
    place.book()

    answer = administrator.send(at(place.room, "/retirement"), page=at(place.room))

    assert answer.status_code == 422
    assert sentence("room_still_reserved", count=1) in Page(answer.text).text
    assert fresh(place.room).retired_at is None


def test_a_room_that_is_not_there_is_not_found(place, administrator):
    assert {administrator.get(f"{ROOMS}/999").status_code, *(
        administrator.send(f"{ROOMS}/999{rest}", a_form(place), page=ROOMS).status_code for rest in ("", "/retirement"))} == {404}
