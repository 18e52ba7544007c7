"""A unit's rooms, as technicians see them."""

import pytest
from builders import a_person, a_room, a_unit
from watched import a_device, booked

from roomctl.devices.health import Status
from roomctl.duty import alerts
from roomctl.organisation.roles import Role
from roomctl.organisation.units import Level


@pytest.fixture
def page(place, signed_in):
    client = signed_in(place.technician)
    return lambda unit=None, query="": client.page(f"/technician/provinces/{(unit or place.province).id}{query}")


def test_each_room_stands_with_the_worst_of_its_devices_and_its_next_conference(place, page):
    a_device(place.room, name="Codec", status=Status.CRITICAL, fault="unreachable")
    booked(place, place.hall, place.room)

    row = page().rows[1]

    assert "Phòng họp Đắk Lắk" in row and "Hỏng" in row and "Không kết nối được tới thiết bị" in row and "10:00 –11:00" in row


def test_only_the_ill_rooms_can_be_asked_for(place, page):
    a_device(place.room)
    commune = a_unit("Xã An", parent=place.province, level=Level.COMMUNE)
    a_device(a_room(commune, "Phòng hỏng"), status=Status.CRITICAL, fault="silent")
    a_device(a_room(commune, "Phòng chưa rõ"), probed_at=None)

    text = page(query="?only=faults").text

    assert "Phòng hỏng" in text and "Phòng chưa rõ" in text and "Phòng họp Đắk Lắk" not in text


def test_a_room_without_devices_is_not_called_good(place, page):
    assert "Chưa có thiết bị" in page().text and not page().named("span", class_="health", data_state="ok")[1:]


def test_fifty_rooms_make_a_page(place, page):
    for _ in range(50):
        a_room(place.province)

    assert ("Trang 1/2, 51 phòng" in page().text, len(page().rows), len(page(query="?page=2").rows)) == (True, 51, 2)


def test_a_line_that_is_down_comes_with_its_steps_and_may_be_taken_on(place, page):
    for room in [place.room, *(a_room(place.province) for _ in range(3))]:
        a_device(room, status=Status.CRITICAL, fault="unreachable")
    a_device(place.hall)
    a_device(place.hall)
    alerts.tick()

    shown = page(query="?only=faults")

    assert "Mất đường truyền Đắk Lắk: 4 phòng" in shown.text and "không khởi động lại từng thiết bị" in shown.text
    assert any(action.endswith("/acknowledgement") for action in shown.actions)


@pytest.mark.parametrize("query", ["?page=0", "?page=999", "?page=x", "?only=nonsense", "?page=99999999999"])
def test_an_odd_address_is_a_page_all_the_same(place, signed_in, query):
    assert signed_in(place.technician).get(f"/technician/provinces/{place.province.id}{query}").status_code == 200


def test_another_province_does_not_exist_for_a_technician(place, signed_in):
    client = signed_in(a_person(place.other_province, Role.TECHNICIAN))

    assert [client.get(f"/technician/provinces/{unit_id}").status_code for unit_id in (place.province.id, place.centre.id, 999)] == [404, 404, 404]
