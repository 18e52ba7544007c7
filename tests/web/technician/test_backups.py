"""Kept configurations, as technicians read them."""

import pytest
from builders import a_person

from roomctl.database import write_transaction
from roomctl.devices import backup, inventory
from roomctl.devices.tables import Device
from roomctl.organisation.roles import Role

FIRST = "Audio DefaultVolume: 50\nConference Encryption Mode: On\nSystemUnit Name: <b>A</b>\n"
SECOND = "Audio DefaultVolume: 60\nConference Encryption Mode: Off\nSIP TlsVerify: On\n"


def a_codec(place, host: str = "10.1.0.1", unit=None, **facts) -> Device:
    row = inventory.add_device(kind="codec", family="cisco_roomos", unit=unit or place.province, room=None, name=f"Codec {host}", host=host, port=22,
                               username="roomctl", password="geheim", dial_address="a@b")
    with write_transaction() as session:
        device = session.get(Device, row.id)
        for name, value in {"model": "SX80", **facts}.items():
            setattr(device, name, value)
    return row


@pytest.fixture
def device(place, set_clock) -> Device:
    row = a_codec(place)
    for text in (FIRST, SECOND):
        backup.keep(row.id, text)
        set_clock.forward(minutes=5)
    return row


@pytest.fixture
def technician(place, signed_in):
    return signed_in(place.technician)


def at(device, rest: str = "") -> str:
    return f"/technician/devices/{device.id}/backups{rest}"


def test_what_changed_is_said_in_words_and_signs_and_security_first(technician, device):
    page = technician.page(at(device))

    rows = [row for row in page.rows if row.startswith(("+", "−", "±"))]
    assert rows == ["± đổi bảo mật Conference Encryption Mode On Off", "+ thêm bảo mật SIP TlsVerify không có On",
                    "± đổi Audio DefaultVolume 50 60", "− bỏ SystemUnit Name <b>A</b> không có"]
    assert "ảnh hưởng đến bảo mật" in page.text


def test_an_older_one_is_looked_at_and_the_oldest_has_nothing_before_it(technician, device):
    page = technician.page(at(device, "?backup=1&all=1"))

    assert "không có bản trước để so" in page.text and "Conference Encryption Mode On" in " ".join(page.rows)


def test_a_harmless_change_is_no_warning(technician, place):
    row = a_codec(place, "10.1.0.2")
    for volume in ("50", "60"):
        backup.keep(row.id, f"Audio DefaultVolume: {volume}\n")

    assert "ảnh hưởng đến bảo mật" not in technician.page(at(row)).text


def test_a_codec_without_any_and_a_family_that_cannot_tell_say_so(place, technician):
    codec, poly = a_codec(place, "10.1.0.2"), a_codec(place, "10.1.0.3", family="poly")

    assert "Chưa lưu được lần nào" in technician.page(at(codec)).text
    assert "không cho đọc cấu hình" in technician.page(at(poly)).text


def test_two_codecs_of_a_model_are_compared_and_others_are_not(place, technician, device):
    other, alien = a_codec(place, "10.1.0.2", place.other_province), a_codec(place, "10.1.0.3", model="C40")
    for row in (other, alien):
        backup.keep(row.id, "Conference Encryption Mode: On\n")

    page = technician.page(at(device, f"/comparison?other={other.id}"))

    assert "± đổi bảo mật Conference Encryption Mode Off On" in page.rows
    assert [one["value"] for one in technician.page(at(device)).named("option")] == [str(other.id)]
    assert [technician.get(at(device, f"/comparison?other={number}")).status_code for number in (alien.id, 999, "x")] == [404, 404, 404]


def test_another_units_technician_finds_nothing_and_compares_with_nothing(place, signed_in, device):
    mine = a_codec(place, "10.1.0.2", place.other_province)
    backup.keep(mine.id, FIRST)
    client = signed_in(a_person(place.other_province, Role.TECHNICIAN))

    assert [client.get(at(device)).status_code, client.get(at(mine, f"/comparison?other={device.id}")).status_code] == [404, 404]
    assert client.page(at(mine)).named("option") == []
