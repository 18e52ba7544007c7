"""Units: finding, renaming and merging them."""

import pytest
from builders import a_person, a_room, a_unit, fresh

from roomctl.booking import decide
from roomctl.booking.tables import conference_by_id
from roomctl.database import db
from roomctl.organisation import directory
from roomctl.organisation.roles import Role
from roomctl.organisation.units import Level
from web.browser import Page

UNITS = "/admin/units"


@pytest.fixture
def administrator(place, signed_in):
    return signed_in(place.administrator)


def at(unit, rest: str = "") -> str:
    return f"{UNITS}/{unit.id}{rest}"


def test_the_centre_sees_itself_and_its_provinces(place, administrator):
    page = administrator.page(UNITS)

    assert {at(unit) for unit in (place.centre, place.province, place.other_province)} <= page.links


def test_an_administrator_of_a_province_sees_it_and_what_is_below_only(place, signed_in):
    commune = a_unit("Xã Ea Kao", parent=place.province, level=Level.COMMUNE)
    client = signed_in(a_person(place.province, Role.ADMINISTRATOR))

    assert {link for link in client.page(UNITS).links if link.startswith(f"{UNITS}/")} == {at(place.province), at(commune)}
    assert {link for link in client.page(f"{UNITS}?words=a").links if link.startswith(f"{UNITS}/")} == {at(place.province), at(commune)}
    assert client.get(at(place.centre)).status_code == 403


def test_a_unit_is_found_without_accents_and_by_its_code(place, administrator):
    for words in ("dak lak", place.province.code):
        assert at(place.province) in administrator.page(UNITS, query_string={"words": words}).links


@pytest.mark.parametrize("words", ["không có", "%", "\x00", "x" * 5000])
def test_a_search_that_finds_nothing_says_so(place, administrator, words):
    page = administrator.page(UNITS, query_string={"words": words})

    assert "Không tìm thấy" in page.text or words == "\x00"


def test_fifty_units_are_shown_and_the_page_says_that_there_are_more(place, administrator):
    for number in range(51):
        a_unit(f"Xã Tân {number}", parent=place.province, level=Level.COMMUNE)

    page = administrator.page(f"{UNITS}?words=xa+tan")

    assert len(page.named("tr")) == 51
    assert "Chỉ hiện 50 mục đầu" in page.text


# Renaming


def test_a_renamed_unit_has_its_new_name_at_once_and_the_old_one_among_the_former(place, signed_in, set_clock):
    set_clock.forward(days=1)
    administrator = signed_in(place.administrator)

    answer = administrator.send(at(place.province, "/name"), {"name": "Tỉnh Tây Nguyên"}, page=UNITS)

    assert (answer.status_code, answer.headers["Location"]) == (303, at(place.province))
    page = administrator.page(at(place.province))
    assert "Đắk Lắk đến 02/03/2027" in page.text and "Tỉnh Tây Nguyên từ 02/03/2027" in page.text


@pytest.mark.parametrize(("name", "reason"), [("", "name_missing"), ("x" * 201, "text_too_long"), ("a\u202eb", "text_direction")])
def test_a_bad_name_gets_its_sentence_beside_the_field_and_is_kept(place, administrator, sentence, name, reason):
    answer = administrator.send(at(place.province, "/name"), {"name": name}, page=UNITS)

    page = Page(answer.text)
    assert answer.status_code == 422
    assert sentence(reason, limit=200) in page.text
    assert page.value("name") == name
    assert page.named("input", name="name", aria_invalid="true", aria_describedby="name-error")
    assert fresh(place.province).name == "Đắk Lắk"


def test_a_past_week_and_a_past_conference_are_read_under_the_name_of_their_day(place, administrator, signed_in, set_clock):
    conference_id = place.book()
    for reservation in decide.queue_of(place.province_approver):
        decide.grant_reservation(reservation.id, by=place.province_approver)
    set_clock.forward(days=14)
    directory.rename_unit(place.province.id, "Tỉnh Tây Nguyên", by=place.administrator)
    client = signed_in(place.province_approver)

    past, current = client.page("/staff/week/2027/9"), client.page("/staff/week/2027/11")

    assert "Đắk Lắk LỊCH CÔNG TÁC TUẦN 9" in past.text
    assert "Tỉnh Tây Nguyên LỊCH CÔNG TÁC TUẦN 11" in current.text
    assert "Tỉnh Tây Nguyên" not in client.page(f"/staff/conferences/{conference_id}").text


# Merging


def test_the_confirmation_lists_what_will_move_and_moves_nothing(place, administrator):
    place.book()
    commune = a_unit(parent=place.province, level=Level.COMMUNE)

    page = administrator.page(at(place.province, "/merger"), query_string={"into": place.other_province.code.lower()})

    assert "Sáp nhập Đắk Lắk vào Cà Mau" in page.text
    assert "Số phòng 1 Số thiết bị 0 Số người dùng 1 Vai trò đang được cấp 1 Đơn vị trực thuộc 1 Yêu cầu đang chờ duyệt 1" in page.text
    assert fresh(place.province).valid_until is None and fresh(commune).parent_id == place.province.id


def test_a_confirmed_merger_leads_to_the_successor_and_the_old_page_says_where(place, administrator):
    answer = administrator.send(at(place.province, "/merger"), {"into": place.other_province.code, "reason": "Nghị quyết 202"}, page=UNITS)

    assert (answer.status_code, answer.headers["Location"]) == (303, at(place.other_province))
    old = administrator.page(at(place.province))
    assert "Đã sáp nhập vào Cà Mau lúc 08:00 01/03/2027" in old.text and at(place.other_province) in old.links
    assert at(place.province, "/name") not in old.actions
    assert at(place.province) in administrator.page(at(place.other_province)).links
    assert at(place.province) not in administrator.page(UNITS).links


def test_a_merger_sent_twice_happens_once(place, administrator, counted):
    data = {"into": place.other_province.code, "reason": "Nghị quyết 202"}

    answers = [administrator.send(at(place.province, "/merger"), data, page=UNITS) for _ in range(2)]

    assert [(answer.status_code, answer.headers["Location"]) for answer in answers] == [(303, at(place.other_province))] * 2


@pytest.mark.parametrize(("into", "reason"), [
    ("KHONG", "unknown_unit_code"), ("", "unknown_unit_code"), ("\x00", "unknown_unit_code"), ("centre", "merge_other_level"),
    ("province", "merge_into_itself")])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_unit_that_cannot_take_over_gets_its_sentence_beside_the_field(place, administrator, sentence, into, reason, method):
    unit = getattr(place, into, None)
    code = unit.code if unit else into

    if method == "GET":
        answer = administrator.get(at(place.province, "/merger"), query_string={"into": code})
    else:
        answer = administrator.send(at(place.province, "/merger"), {"into": code, "reason": "Nghị quyết"}, page=UNITS)

    page = Page(answer.text)
    assert answer.status_code == 422
    assert sentence(reason, unit="Đắk Lắk", into=unit.name if unit else "") in page.text
    assert page.named("input", name="into", aria_invalid="true", value=code)


def test_a_merger_without_a_reason_is_asked_for_it(place, administrator, sentence):
    answer = administrator.send(at(place.province, "/merger"), {"into": place.other_province.code, "reason": ""}, page=UNITS)

    assert answer.status_code == 422
    assert sentence("merge_reason_missing") in Page(answer.text).text
    assert Page(answer.text).value("into") == place.other_province.code


def test_a_code_that_was_merged_names_the_one_to_use(place, administrator, sentence):
    third = a_unit("Gia Lai", parent=place.centre)
    administrator.send(at(place.province, "/merger"), {"into": place.other_province.code, "reason": "Nghị quyết"}, page=UNITS)

    answer = administrator.get(at(third, "/merger"), query_string={"into": place.province.code})

    assert sentence("unit_code_merged", unit="Đắk Lắk", into="Cà Mau", code=place.other_province.code) in Page(answer.text).text


def test_somebody_signed_in_goes_on_working_in_the_successor(place, administrator, signed_in):
    conference_id = place.book()
    client = signed_in(place.province_approver)
    administrator.send(at(place.province, "/merger"), {"into": place.other_province.code, "reason": "Nghị quyết"}, page=UNITS)

    reservation = next(one for one in conference_by_id(conference_id).occurrences[0].reservations if one.room_id == place.room.id)
    answer = client.send(f"/staff/approvals/{reservation.id}/grant", page="/staff/approvals")

    assert answer.status_code == 303
    db.session.rollback()
    assert fresh(reservation).state == "granted"
    assert "Cà Mau LỊCH CÔNG TÁC" in client.page("/staff/week/2027/9").text
    assert "Giao ban tuần" in client.page("/staff/week/2027/9").text


def test_an_administrator_of_one_province_merges_it_into_no_other(place, signed_in):
    client = signed_in(a_person(place.province, Role.ADMINISTRATOR))

    answers = [client.get(at(place.province, "/merger"), query_string={"into": place.other_province.code}),
               client.send(at(place.province, "/merger"), {"into": place.other_province.code, "reason": "Nghị quyết"}, page=UNITS)]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert fresh(place.province).valid_until is None


def test_the_root_offers_no_merger(place, administrator):
    assert at(place.centre, "/merger") not in administrator.page(at(place.centre)).actions


def test_the_chooser_of_rooms_shows_a_moved_room_under_its_new_unit(place, administrator, signed_in):
    room = a_room(place.province, "Phòng họp số 2")
    administrator.send(at(place.province, "/merger"), {"into": place.other_province.code, "reason": "Nghị quyết"}, page=UNITS)

    page = signed_in(place.clerk).page("/staff/conferences/new")

    assert {"data-search": f"{room.name} Cà Mau"}.items() <= next(
        row for row in page.named("tr") if row.get("data-search", "").startswith(room.name)).items()
