"""How an old device's SSH is allowed, with a reason, and which SSH it speaks."""

import pytest
from builders import a_person, fresh

from device_drivers.simulators.cisco_roomos import SimulatedRoomOS
from device_drivers.simulators.network import Network
from roomctl.devices import inventory
from roomctl.devices.legacy import AT_ONCE
from roomctl.devices.tables import Device
from roomctl.organisation.roles import Role
from web.browser import Page


@pytest.fixture
def codec():
    device = SimulatedRoomOS(name="codec", address="c@vc.example", network=Network(), password="geheim")
    device.start()
    yield device
    device.stop()


@pytest.fixture
def device(place, codec) -> Device:
    return inventory.add_device(kind="codec", family="cisco_roomos", unit=place.province, room=place.room, name="Codec tỉnh", host="127.0.0.1",
                                port=codec.port, username="roomctl", password="geheim", dial_address="a@b")


@pytest.fixture
def administrator(place, signed_in):
    return signed_in(place.administrator)


def at(device, rest: str = "") -> str:
    return f"/admin/devices/{device.id}/ssh{rest}"


def test_a_device_is_asked_without_signing_in_and_its_words_are_shown(administrator, device, codec):
    page = Page(administrator.send(at(device, "/look"), page=at(device)).text)

    assert "SSH đạt yêu cầu" in page.text and "SSH-2.0-simulated" in page.text and codec.sessions_served == 0


def test_a_device_that_is_not_there_is_said_to_be_unreachable(administrator, device, codec):
    codec.stop()

    answer = administrator.send(at(device, "/look"), page=at(device))

    assert (answer.status_code, "Không kết nối được tới thiết bị" in Page(answer.text).text) == (200, True)


def test_a_third_who_asks_at_once_is_told_to_wait(administrator, device, sentence):
    with AT_ONCE, AT_ONCE:
        answer = administrator.send(at(device, "/look"), page=at(device))

    assert (answer.status_code, sentence("ssh_look_busy") in Page(answer.text).text) == (422, True)


def test_sha1_is_allowed_with_a_reason_says_what_it_costs_and_is_withdrawn(administrator, device):
    before = administrator.page(at(device))
    administrator.send(at(device), {"legacy": "hostkey", "reason": "Hãng không còn hỗ trợ"}, page=at(device))
    allowed, listed = administrator.page(at(device)), administrator.page(f"/admin/devices/{device.id}")
    administrator.send(at(device, "/withdrawal"), page=at(device))

    assert "không dùng được cho phiên họp từ mức Mật trở lên" in before.text
    assert "Hãng không còn hỗ trợ" in allowed.text and "SHA-1" in listed.text
    assert fresh(device).ssh_legacy == "none"


@pytest.mark.parametrize(("data", "reason"), [({"legacy": "", "reason": "x"}, "unknown_choice"), ({"legacy": "hostkey", "reason": " "},
                                                                                                 "legacy_reason_missing")])
def test_a_bad_form_gets_its_sentence(administrator, device, sentence, data, reason):
    answer = administrator.send(at(device), data, page=at(device))

    assert (answer.status_code, sentence(reason) in Page(answer.text).text, fresh(device).ssh_legacy) == (422, True, "none")


def test_nobody_else_allows_it(place, signed_in, device):
    for person in (place.technician, a_person(place.other_province, Role.ADMINISTRATOR)):
        client = signed_in(person)
        assert [client.get(at(device)).status_code, *(client.send(path, {"legacy": "hostkey", "reason": "x"}, page="/staff/notices").status_code
                                                      for path in (at(device), at(device, "/look"), at(device, "/withdrawal")))] == [403] * 4
    assert fresh(device).ssh_legacy == "none"


def test_equipment_has_no_ssh(place, administrator):
    ups = inventory.add_device(kind="equipment", family="snmp", unit=place.province, room=None, name="UPS", host="10.1.0.9", port=161, username="",
                               password="")

    assert administrator.get(at(ups)).status_code == 404
