"""One room, as technicians see it: the fault at hand and what to do."""

import io
from datetime import timedelta

import pytest
from builders import a_person, a_profile, a_room
from pypdf import PdfReader
from sqlalchemy import text
from watched import a_device, booked, hangs_behind

from device_drivers.snmp.names import READINGS, Weight
from roomctl.booking.maintenance import close_room
from roomctl.database import db, write_transaction
from roomctl.devices.health import FAULTS, Status
from roomctl.duty import alerts, rota
from roomctl.organisation.roles import Role
from roomctl.rooms.tables import Room
from roomctl.security_profiles.profile import Classification
from roomctl.timespan import Span
from roomctl.web.fault_words import fault_name
from roomctl.web.technician import steps
from web.browser import read_in

READ = sorted(name for name, reading in READINGS.items() if reading.weight is not Weight.OWN)


def path(room: Room) -> str:
    return f"/technician/rooms/{room.id}"


@pytest.fixture
def page(place, signed_in):
    client = signed_in(place.technician)
    return lambda room=None: client.page(path(room or place.room))


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_has_its_own_meaning_and_steps_in_words(app, fault, language):
    guide = steps.guide_for(fault)

    said = read_in(app, language, lambda: [str(guide.meaning), *map(str, guide.steps), str(guide.call), fault_name(fault)])

    assert guide is not steps.GENERAL and len(guide.steps) >= 1 and all(said)
    assert fault not in " ".join(said)


@pytest.mark.parametrize("name", READ)
def test_every_reading_that_makes_a_device_ill_leads_to_steps_and_has_a_name(app, name):
    assert steps.guide_for(name) is not steps.GENERAL or name in {"system_status", "hardware_status"}
    assert read_in(app, "vi", lambda: fault_name(name)) not in ("", name)


def test_a_fault_nobody_has_words_for_still_has_steps():
    assert steps.guide_for("something_new") is steps.GENERAL and steps.guide_for("") is steps.UNKNOWN


def test_the_fault_at_hand_stands_with_numbered_steps_and_when_to_call(place, page):
    a_device(place.room, name="Codec Đắk Lắk", status=Status.CRITICAL, fault="not_registered", fault_detail="Failed")

    shown = page()

    assert "Thiết bị chưa đăng ký với tổng đài" in shown.text and "không gọi đi và không nhận cuộc gọi được" in shown.text
    assert shown.named("ol", class_="plain-steps") and "gọi người trực ngay" in shown.text and "Failed" in shown.text


def test_what_nobody_has_looked_at_lately_is_unknown_whatever_it_was(place, page, set_clock):
    a_device(place.room, status=Status.CRITICAL, fault="not_registered")
    set_clock.forward(minutes=10)

    shown = page()

    assert "Không rõ tình trạng" in shown.text and "Đừng coi là tốt trước khi họp" in shown.text
    assert "không gọi đi và không nhận cuộc gọi được" not in shown.text


def test_a_well_room_is_said_to_be_well_and_a_sleeping_projector_does_not_change_that(place, page):
    a_device(place.room)
    a_device(place.room, kind="equipment", name="Máy chiếu", status=Status.UNKNOWN, fault="standby")

    assert "Không thấy lỗi ở thiết bị nào của phòng" in page().text and "Đang tắt, chưa cần dùng" in page().text


def test_a_room_without_devices_is_not_said_to_be_well(page):
    assert "Phòng này chưa có thiết bị nào" in page().text and "Không thấy lỗi" not in page().text


def test_the_same_fault_of_several_devices_has_its_steps_once(place, page):
    for _ in range(3):
        a_device(place.room, status=Status.CRITICAL, fault="unreachable")

    assert len(page().named("ol", class_="plain-steps")) == 1


def test_behind_a_shared_cause_the_cause_comes_first(place, page):
    switch = a_device(unit=place.province, name="Switch tầng 2", kind="equipment", status=Status.CRITICAL, fault="no_snmp_answer")
    hangs_behind(a_device(place.room, status=Status.CRITICAL, fault="unreachable"), switch)
    alerts.tick()

    shown = page().text

    assert shown.index("Switch tầng 2 không trả lời") < shown.index("Mất theo nguyên nhân chung ở trên")


def test_the_next_conferences_are_shown_as_far_as_the_technician_may_know(place, page, signed_in):
    booked(place, place.hall, place.room, title="Giao ban")
    booked(place, place.hall, place.room, title="Chuyện kín", after=timedelta(hours=5), profile_id=a_profile(Classification.INTERNAL).id)

    shown = page().text
    stranger = signed_in(a_person(place.centre, Role.TECHNICIAN, on=place.province)).page(path(place.room)).text

    assert "Giao ban" in shown and "Bận" in shown and "Chuyện kín" not in shown + stranger


def test_those_on_duty_come_with_their_phone_and_the_rooms_own_number(place, page, set_clock):
    with write_transaction() as session:
        session.get_one(Room, place.room.id).support_phone = "0262 3855 111"
    rota.plan_turn(place.province.id, place.technician.id, Span(set_clock.at, set_clock.at + timedelta(hours=8)), phone="024 3000 0009",
                   by=place.technician)

    assert "0262 3855 111" in page().text and "024 3000 0009" in page().text


def test_maintenance_is_told(place, page, set_clock):
    close_room(place.room.id, Span(set_clock.at, set_clock.at + timedelta(hours=2)), reason="Thay máy chiếu", by=place.technician)

    assert "Phòng đang bảo trì đến 10:00 01/03/2027: Thay máy chiếu" in page().text


def test_looking_now_wishes_for_every_device_of_the_room(place, signed_in):
    devices = {a_device(place.room).id, a_device(place.room).id}
    a_device(place.hall)

    answer = signed_in(place.technician).send(f"{path(place.room)}/look", page=path(place.room))

    db.session.rollback()
    assert (answer.status_code, set(db.session.scalars(text("SELECT device_id FROM probe_wishes")))) == (303, devices)
    assert "Đã yêu cầu kiểm tra" in signed_in(place.technician).page(answer.headers["Location"]).text


def test_an_alert_is_taken_on_from_the_room(place, signed_in):
    a_device(place.room, status=Status.CRITICAL, fault="unreachable")
    alerts.tick()
    client = signed_in(place.technician)
    action, = (one for one in client.page(path(place.room)).actions if one.endswith("/acknowledgement"))

    answer = client.send(action, {"note": "Đang thay dây", "room": str(place.room.id)}, page=path(place.room))

    assert (answer.status_code, answer.headers["Location"]) == (303, path(place.room))
    assert "Kỹ thuật đã nhận lúc 08:00 01/03/2027: Đang thay dây" in client.page(path(place.room)).text


def test_an_administrator_sees_the_room_and_takes_nothing_on(place, signed_in):
    a_device(place.room, status=Status.CRITICAL, fault="unreachable")
    alerts.tick()

    assert not [one for one in signed_in(place.administrator).page(path(place.room)).actions if one.endswith("/acknowledgement")]


def test_the_sheet_to_take_along_names_room_devices_phones_and_a_line_to_sign(place, signed_in):
    a_device(place.room, name="Codec Đắk Lắk", model="Room Kit", serial="FTX1", host="192.0.2.9")

    sheet = signed_in(place.technician).page(f"{path(place.room)}/steps")

    for words in ("Phòng họp Đắk Lắk", place.room.code, "Codec Đắk Lắk", "FTX1", "192.0.2.9", "Không kết nối được tới thiết bị",
                  "Mất đường truyền", "Người làm:", "Ngày, giờ:"):
        assert words in sheet.text
    assert "Bấm “Kiểm tra ngay”" not in sheet.text  # Paper has no buttons.


@pytest.mark.parametrize("suffix", ["", "/steps"])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_element_is_closed(place, signed_in, language, suffix):
    a_device(place.room, status=Status.CRITICAL, fault="unreachable")
    alerts.tick()

    assert signed_in(place.technician, language).page(path(place.room) + suffix).unclosed == []


def test_a_room_of_another_province_does_not_exist_for_a_technician(place, signed_in):
    client = signed_in(a_person(place.other_province, Role.TECHNICIAN))

    assert [client.get(address).status_code for address in (path(place.room), f"{path(place.room)}/steps", "/technician/rooms/999")] == [404] * 3
    assert client.send(f"{path(place.room)}/look", page="/technician").status_code == 404


@pytest.mark.browser
def test_on_paper_it_is_a4_upright(place, signed_in, on_screen):
    a_device(a_room(place.province))
    sheet = on_screen(signed_in(place.technician), f"{path(place.room)}/steps")

    printed = PdfReader(io.BytesIO(sheet.pdf(prefer_css_page_size=True)))

    assert {(round(one.mediabox.width), round(one.mediabox.height)) for one in printed.pages} == {(595, 842)}
