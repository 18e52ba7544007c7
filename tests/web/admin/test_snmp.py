"""How a device is asked over SNMP, as administrators enter it."""

import pytest
from builders import a_person

from roomctl.database import db
from roomctl.devices import inventory, snmp, snmp_tables
from roomctl.devices.tables import Device
from roomctl.organisation.roles import Role
from web.browser import Page

AUTH, PRIV, COMMUNITY = "mật-khẩu-một", "mật-khẩu-hai", "hàng-xóm"


@pytest.fixture
def device(place) -> Device:
    return inventory.add_device(kind="equipment", family="snmp", unit=place.province, room=None, name="UPS", host="10.1.0.9", port=1161, username="",
                                password="")


@pytest.fixture
def administrator(place, signed_in):
    return signed_in(place.administrator)


def at(device) -> str:
    return f"/admin/devices/{device.id}/snmp"


def a_form(**typed) -> dict:
    return {"version": "3", "port": "1161", "username": "monitor", "auth": "SHA-256", "auth_password": AUTH, "priv": "AES-128",
            "priv_password": PRIV, "community": "", "exception_reason": "", "exception_until": "", **typed}


def an_exception(**typed) -> dict:
    return a_form(version="2c", community=COMMUNITY, exception_reason="Máy cũ", exception_until="31/12/2027", **typed)


def access(device):
    db.session.rollback()
    return snmp_tables.snmp_access(device.id)


def test_the_port_is_the_devices_own_and_version_three_is_offered_first(administrator, device):
    page = administrator.page(at(device))

    assert page.value("port") == "1161"
    assert page.named("option", value="3", selected="")


def test_access_is_stored_and_no_password_is_ever_shown(administrator, device, everything_stored):
    answer = administrator.send(at(device), a_form(), page=at(device), follow_redirects=True)
    again = administrator.send(at(device), a_form(username="x y"), page=at(device))

    assert "Đã lưu" in Page(answer.text).text and snmp.secrets_in(access(device)) == [AUTH, PRIV]
    assert not any(secret in text for secret in (AUTH, PRIV) for text in (answer.text, again.text, everything_stored()))


def test_a_password_left_empty_stays_and_the_page_remembers_all_else(administrator, device):
    administrator.send(at(device), a_form(), page=at(device))

    administrator.send(at(device), a_form(username="andere", auth_password="", priv_password=""), page=at(device))

    assert (access(device).username, snmp.secrets_in(access(device))) == ("andere", [AUTH, PRIV])
    assert administrator.page(at(device)).value("username") == "andere"


def test_an_older_version_is_an_exception_with_a_reason_and_the_last_day_counts(administrator, device):
    administrator.send(at(device), an_exception(), page=at(device))

    row = access(device)
    assert (row.version, row.exception_reason, f"{row.exception_until:%Y-%m-%d %H:%M}") == ("2c", "Máy cũ", "2027-12-31 17:00")


@pytest.mark.parametrize(("typed", "field", "reason"), [
    ({"username": "a b"}, "username", "bad_snmp_username"), ({"auth": "X"}, "auth", "unknown_choice"), ({"port": "x"}, "port", "bad_number"),
    ({"priv_password": "kurz"}, "priv_password", "bad_snmp_password")])
def test_a_bad_access_gets_its_sentence_beside_the_field(administrator, device, sentence, typed, field, reason):
    answer = administrator.send(at(device), a_form(**typed), page=at(device))

    page = Page(answer.text)
    assert (answer.status_code, access(device)) == (422, None)
    assert sentence(reason, least=8, most=128) in page.text
    assert any(one.get("name") == field and one.get("aria-invalid") == "true" for _, one in page.elements)


@pytest.mark.parametrize(("typed", "reason"), [
    ({"exception_until": ""}, "bad_exception_end"), ({"exception_until": "31/02/2027"}, "bad_date"), ({"exception_until": "01/01/2030"},
                                                                                                      "bad_exception_end"),
    ({"exception_reason": ""}, "exception_reason_missing"), ({"community": ""}, "bad_snmp_community")])
def test_a_bad_exception_gets_its_sentence(administrator, device, sentence, typed, reason):
    answer = administrator.send(at(device), {**an_exception(), **typed}, page=at(device))

    assert (answer.status_code, access(device), sentence(reason) in Page(answer.text).text) == (422, None, True)


def test_nobody_else_sets_it(place, signed_in, device):
    for person in (place.technician, a_person(place.other_province, Role.ADMINISTRATOR)):
        client = signed_in(person)
        assert [client.get(at(device)).status_code, client.send(at(device), a_form(), page="/staff/notices").status_code] == [403, 403]
    assert access(device) is None
