"""The list of devices: adding one, its account and address, what it stands behind, another apparatus in its place, its retirement."""

import pytest
from builders import a_person, fresh
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from roomctl.database import db
from roomctl.devices import card_tables, credentials, inventory
from roomctl.devices.tables import codecs_of_rooms, device_at
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


# Other kinds


def test_equipment_is_added_without_an_account_and_the_next_page_asks_how_it_is_asked(place, administrator):
    answer = administrator.send(DEVICES, a_form(place, family="snmp", port="161", username="", password="", dial_address=""), page=f"{DEVICES}/new")

    db.session.rollback()
    device = device_at("10.66.1.3", 161)
    assert (answer.status_code, answer.headers["Location"], device.kind) == (303, at(device, "/snmp"), "equipment")
    page = administrator.page(at(device))
    assert at(device, "/login") not in page.actions and "không giám sát" in page.text and "chờ phê duyệt khóa" not in administrator.page(DEVICES).text


def test_hardware_and_a_room_pc_with_a_key_are_added(place, administrator, everything_stored):
    key = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode().replace("\n", " ")
    answers = [administrator.send(DEVICES, a_form(place, **typed), page=f"{DEVICES}/new") for typed in (
        {"family": "extron_sis", "port": "22023", "dial_address": "", "key": "k1"}, {"family": "baresip", "password": key, "key": "k2"})]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert key[40:80] not in everything_stored()
    assert credentials.password_of(the_device().id) == key


def test_a_useless_key_gets_its_sentence(place, administrator, sentence):
    answer = administrator.send(DEVICES, a_form(place, family="baresip", password="-----BEGIN OPENSSH PRIVATE KEY-----"), page=f"{DEVICES}/new")

    assert (answer.status_code, sentence("bad_private_key") in Page(answer.text).text) == (422, True)


# Changes


@pytest.fixture
def device(place):
    row = inventory.add_device(kind="codec", family="cisco_roomos", unit=place.province, room=place.room, name="Codec Đắk Lắk", host="10.66.1.3",
                               port=22, username="roomctl", password=SECRET, dial_address="a@b")
    inventory.note_host_key(row.id, fingerprint="SHA256:x", algorithm="ssh-ed25519")
    inventory.pin_host_key(row.id, "SHA256:x", by=None)
    return row


def test_an_address_is_changed_and_the_page_says_what_becomes_of_the_key(administrator, device, sentence):
    bad = administrator.send(at(device, "/address"), {"host": "a b", "port": "22"}, page=at(device))
    good = administrator.send(at(device, "/address"), {"host": "10.66.1.9", "port": "2222"}, page=at(device), follow_redirects=True)

    assert (bad.status_code, Page(bad.text).value("host"), sentence("bad_host") in bad.text) == (422, "a b", True)
    assert "Khóa đã phê duyệt vẫn giữ" in Page(good.text).text and "10.66.1.9:2222" in good.text
    assert (fresh(device).host, device.pinned_fingerprint) == ("10.66.1.9", "SHA256:x")


def test_another_apparatus_is_entered_and_its_key_waits(administrator, device, sentence):
    bad = administrator.send(at(device, "/swap"), {"serial": "", "reason": "x", "family": "cisco_roomos"}, page=at(device))
    good = administrator.send(at(device, "/swap"), {"serial": "FTT2", "asset_number": "TS-2", "reason": "Máy cũ hỏng", "family": "poly"},
                              page=at(device), follow_redirects=True)

    assert (bad.status_code, sentence("serial_missing") in bad.text) == (422, True)
    assert "Đã ghi máy mới" in good.text and "phê duyệt khóa SSH" in good.text
    assert (fresh(device).pinned_fingerprint, device.family) == (None, "poly")


def test_a_device_that_conferences_count_on_is_retired_only_when_the_person_says_so(place, administrator, device, sentence):
    place.book()
    path = at(device, "/retirement")
    nameless = administrator.send(path, {"reason": ""}, page=at(device))
    asked = administrator.send(path, {"reason": "Hỏng"}, page=at(device))
    before = fresh(device).retired_at

    done = administrator.send(path, {"reason": "Hỏng", "confirmed": "1"}, page=at(device))

    assert (nameless.status_code, sentence("retirement_reason_missing") in nameless.text) == (422, True)
    assert (asked.status_code, sentence("device_counted_on", count=1) in Page(asked.text).text) == (422, True)
    assert Page(asked.text).named("input", name="confirmed") and Page(asked.text).named("input", name="reason", value="Hỏng")
    assert (before, done.status_code, fresh(device).retired_at is not None, administrator.get(at(device)).status_code) == (None, 303, True, 404)


def test_a_device_in_a_session_is_not_retired_and_the_page_says_so(equipped, administrator, start, sentence):
    start()
    device = codecs_of_rooms([equipped.hall.id])[equipped.hall.id]

    answer = administrator.send(at(device, "/retirement"), {"reason": "x", "confirmed": "1"}, page=at(device))

    assert (answer.status_code, fresh(device).retired_at) == (409, None)
    assert sentence("device_in_session", name=device.name) in Page(answer.text).text


def test_what_a_device_stands_behind_is_chosen_and_taken_back(place, administrator, device):
    switch = inventory.add_device(kind="equipment", family="snmp", unit=place.province, room=place.room, name="Switch", host="10.66.1.1", port=161,
                                  username="", password="")
    administrator.send(at(device, "/upstream"), {"upstream": str(switch.id)}, page=at(device))
    chosen = administrator.page(at(device)).named("option", value=str(switch.id), selected="")
    administrator.send(at(device, "/upstream"), {"upstream": ""}, page=at(device))
    bad = administrator.send(at(device, "/upstream"), {"upstream": "999"}, page=at(device))

    assert (len(chosen), card_tables.upstream_of(device.id), bad.status_code) == (1, None, 422)


def test_nobody_else_changes_a_device(place, signed_in, device):
    for person in (place.technician, a_person(place.other_province, Role.ADMINISTRATOR)):
        client = signed_in(person)
        assert {client.send(at(device, path), {"host": "h", "port": "1", "serial": "x", "reason": "x"}, page="/staff/notices").status_code
                for path in ("/address", "/swap", "/retirement", "/upstream")} == {403}
