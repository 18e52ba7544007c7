"""The list of devices: adding a codec or a bridge, and the account it is signed in to with."""

import pytest
from builders import a_person

from roomctl.database import db
from roomctl.devices import credentials
from roomctl.devices.tables import device_at
from roomctl.organisation.roles import Role
from web.browser import Page

DEVICES = "/admin/devices"
SECRET = "geheim-und-lang"


@pytest.fixture
def administrator(place, signed_in):
    return signed_in(place.administrator)


def a_form(place, **typed) -> dict:
    return {"family": "cisco_roomos", "name": "Codec Đắk Lắk", "host": "10.66.1.3", "port": "22", "username": "roomctl", "password": SECRET,
            "room": place.room.code, "unit": "", "dial_address": "phong@hop.example", "pool": "", "ports": "", "key": "k1", **typed}


def the_device():
    """Return the device that was added, from what is stored now."""
    db.session.rollback()
    return device_at("10.66.1.3", 22)


def at(device, rest: str = "") -> str:
    return f"{DEVICES}/{device.id}{rest}"


def test_a_codec_is_added_once_however_often_the_form_is_sent(place, administrator, counted):
    answers = [administrator.send(DEVICES, a_form(place), page=f"{DEVICES}/new") for _ in range(2)]

    device = the_device()
    assert [(answer.status_code, answer.headers["Location"]) for answer in answers] == [(303, at(device))] * 2
    assert (counted("devices"), device.room_id, device.unit_id) == (1, place.room.id, place.province.id)
    assert at(device) in administrator.page(DEVICES).links


def test_a_bridge_is_added_to_a_unit(place, administrator):
    administrator.send(DEVICES, a_form(place, family="simulated_bridge", room="", unit=place.centre.code, dial_address="",
                                       pool="7001@hop.example\r\n7002@hop.example", ports="40"), page=f"{DEVICES}/new")

    device = the_device()
    assert (device.kind, device.pool, device.ports) == ("bridge", ["7001@hop.example", "7002@hop.example"], 40)
    assert "7002@hop.example" in administrator.page(at(device)).text


def test_the_password_is_never_shown_again_and_stored_sealed(place, administrator, everything_stored):
    good = administrator.send(DEVICES, a_form(place), page=f"{DEVICES}/new", follow_redirects=True)
    bad = administrator.send(DEVICES, a_form(place, name=""), page=f"{DEVICES}/new")
    device = the_device()

    pages = [good.text, bad.text, *(administrator.get(path).text for path in (DEVICES, at(device), "/technician/devices"))]

    assert credentials.password_of(device.id) == SECRET
    assert not any(SECRET in page for page in [*pages, everything_stored()])


@pytest.mark.parametrize(("typed", "field", "reason", "facts"), [
    ({"family": ""}, "family", "unknown_choice", {}), ({"name": ""}, "name", "name_missing", {}), ({"host": "a b"}, "host", "bad_host", {}),
    ({"port": "ssh"}, "port", "bad_number", {}), ({"port": "70000"}, "port", "number_out_of_range", {"least": 1, "most": 65535}),
    ({"username": ""}, "username", "device_username_missing", {}), ({"password": ""}, "password", "device_password_missing", {}),
    ({"room": "KHONG"}, "room", "unknown_room_code", {}), ({"room": ""}, "room", "place_missing", {}),
    ({"dial_address": "a b"}, "dial_address", "bad_dial_address", {}),
    ({"family": "simulated_bridge", "room": "", "unit": "KHONG", "pool": "7001@x", "ports": "4"}, "unit", "unknown_unit_code", {}),
    ({"family": "simulated_bridge", "room": "", "unit": "TW", "ports": "4"}, "pool", "pool_missing", {})])
def test_a_bad_device_gets_its_sentence_beside_the_field_and_keeps_what_was_typed(
        place, administrator, counted, sentence, typed, field, reason, facts):
    data = a_form(place, **typed)

    answer = administrator.send(DEVICES, data, page=f"{DEVICES}/new")

    page = Page(answer.text)
    assert (answer.status_code, counted("devices")) == (422, 0)
    assert sentence(reason, **facts) in page.text
    assert any(found.get("name") == field and found.get("aria-invalid") == "true" for _, found in page.elements)
    kept = ("name", "host", "port", "username", "room", "unit", "dial_address", "ports", "key")
    assert [page.value(name) for name in kept] == [data[name] for name in kept]


def test_an_address_that_is_taken_gets_its_sentence(place, administrator, sentence):
    administrator.send(DEVICES, a_form(place), page=f"{DEVICES}/new")

    answer = administrator.send(DEVICES, a_form(place, key="k2", room=place.hall.code), page=f"{DEVICES}/new")

    assert (answer.status_code, sentence("address_taken") in Page(answer.text).text) == (422, True)


def test_an_administrator_of_a_province_reaches_its_devices_only(place, signed_in, administrator, counted):
    administrator.send(DEVICES, a_form(place), page=f"{DEVICES}/new")
    device, client = the_device(), signed_in(a_person(place.other_province, Role.ADMINISTRATOR))

    statuses = [client.get(at(device)).status_code, client.send(at(device, "/login"), {"username": "x", "password": "y"}, page=DEVICES).status_code,
                client.send(DEVICES, a_form(place, host="10.66.1.4", room=place.hall.code), page=f"{DEVICES}/new").status_code]

    assert statuses == [403, 403, 403]
    assert at(device) not in client.page(DEVICES).links
    assert (counted("devices"), credentials.password_of(device.id)) == (1, SECRET)


def test_another_account_is_stored_and_a_bad_one_gets_its_sentence(place, administrator, sentence):
    administrator.send(DEVICES, a_form(place), page=f"{DEVICES}/new")
    device = the_device()

    bad = administrator.send(at(device, "/login"), {"username": "khác", "password": ""}, page=at(device))
    good = administrator.send(at(device, "/login"), {"username": "roomctl2", "password": "anders"}, page=at(device), follow_redirects=True)

    assert (bad.status_code, Page(bad.text).value("username")) == (422, "khác")
    assert sentence("device_password_missing") in Page(bad.text).text
    assert "Đã lưu tài khoản điều khiển mới" in Page(good.text).text
    db.session.rollback()
    assert credentials.password_of(device.id) == "anders"


def test_a_device_is_not_used_before_its_key_was_approved_and_the_page_says_so(place, administrator):
    page = Page(administrator.send(DEVICES, a_form(place), page=f"{DEVICES}/new", follow_redirects=True).text)

    assert "phê duyệt khóa SSH" in page.text


def test_a_device_that_is_not_there_is_not_found(place, administrator):
    assert {administrator.get(f"{DEVICES}/999").status_code,
            administrator.send(f"{DEVICES}/999/login", {"username": "x", "password": "y"}, page=DEVICES).status_code} == {404}
