"""Putting a device on the list, as an administrator types it."""

from dataclasses import replace

import pytest
from builders import a_person
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from sqlalchemy import func, select

from roomctl.database import db
from roomctl.devices import connect, credentials, enrol
from roomctl.devices.enrol import NewDevice
from roomctl.devices.tables import Device, devices_to_keep
from roomctl.errors import InvalidInput, NotAllowed, NotVisible, Refused
from roomctl.organisation.roles import Role


@pytest.fixture
def codec(place) -> NewDevice:
    return NewDevice(family="cisco_roomos", name="Codec Đắk Lắk", host="10.66.1.3", port=22, username="roomctl", password="geheim",
                     room_code=place.room.code, dial_address="phong.t66@hop.example")


@pytest.fixture
def bridge(place) -> NewDevice:
    return NewDevice(family="simulated_bridge", name="Cầu", host="10.1.1.1", port=22, username="roomctl", password="geheim",
                     unit_code=place.centre.code, pool="7001@hop.example\n 7002@hop.example ", ports=40)


def problems(wanted: NewDevice, by) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as refused:
        enrol.enrol_device(wanted, by=by, key="")
    assert db.session.scalar(select(func.count()).select_from(Device)) == 0
    return [(one.field, one.reason) for one in refused.value.problems]


def test_a_codec_belongs_to_the_unit_of_its_room(place, codec):
    device = enrol.enrol_device(codec, by=place.administrator, key="k")

    assert (device.kind, device.room_id, device.unit_id, device.pinned_fingerprint) == ("codec", place.room.id, place.province.id, None)
    assert credentials.password_of(device.id) == "geheim"


def test_a_bridge_belongs_to_a_unit_and_has_its_pool(place, bridge):
    device = enrol.enrol_device(bridge, by=place.administrator, key="k")

    assert (device.kind, device.room_id, device.pool, device.ports) == ("bridge", None, ["7001@hop.example", "7002@hop.example"], 40)


def test_a_codec_holds_as_many_others_as_was_said_and_nobody_knows_how_many_when_nothing_was(place, codec):
    mixing = enrol.enrol_device(replace(codec, sites=5), by=place.administrator, key="k")
    plain = enrol.enrol_device(replace(codec, host="10.66.1.4", room_code=place.hall.code), by=place.administrator, key="l")

    assert (mixing.ports, plain.ports) == (5, 0)


def test_a_codec_may_stand_in_no_room(place, codec):
    device = enrol.enrol_device(replace(codec, room_code="", unit_code=place.province.code), by=place.administrator, key="k")

    assert (device.room_id, device.unit_id) == (None, place.province.id)


def test_a_form_sent_twice_adds_one_device(place, codec):
    assert len({enrol.enrol_device(codec, by=place.administrator, key="k").id for _ in range(2)}) == 1


@pytest.mark.parametrize(("typed", "problem"), [
    ({"family": ""}, ("family", "unknown_choice")), ({"family": "no_such_family"}, ("family", "unknown_choice")),
    ({"name": " "}, ("name", "name_missing")), ({"host": ""}, ("host", "bad_host")), ({"host": "10.1.1.1; reboot"}, ("host", "bad_host")),
    ({"host": "-oProxyCommand=x"}, ("host", "bad_host")), ({"port": 0}, ("port", "number_out_of_range")),
    ({"port": 65536}, ("port", "number_out_of_range")),
    ({"username": ""}, ("username", "device_username_missing")), ({"password": ""}, ("password", "device_password_missing")),
    ({"password": "a\nb"}, ("password", "bad_device_password")), ({"dial_address": ""}, ("dial_address", "bad_dial_address")),
    ({"dial_address": 'a"; xCommand Boot'}, ("dial_address", "bad_dial_address")), ({"room_code": "KHONG"}, ("room", "unknown_room_code")),
    ({"room_code": "\x00"}, ("room", "unknown_room_code")), ({"room_code": ""}, ("room", "place_missing"))])
def test_a_codec_that_could_not_work_is_refused_with_the_reason_beside_the_field(place, codec, typed, problem):
    assert problems(replace(codec, **typed), place.administrator) == [problem]


@pytest.mark.parametrize(("typed", "problem"), [
    ({"pool": "  "}, ("pool", "pool_missing")), ({"pool": "7001@hop.example\n<x>"}, ("pool", "bad_dial_address")),
    ({"ports": 0}, ("ports", "number_out_of_range")), ({"unit_code": ""}, ("unit", "place_missing")),
    ({"unit_code": "KHONG"}, ("unit", "unknown_unit_code"))])
def test_a_bridge_that_could_not_work_is_refused_with_the_reason_beside_the_field(place, bridge, typed, problem):
    assert problems(replace(bridge, **typed), place.administrator) == [problem]


def test_a_bridge_stands_in_no_room(place, bridge):
    assert problems(replace(bridge, room_code=place.hall.code), place.administrator) == [("room", "bridge_in_no_room")]


def test_a_room_has_one_codec_and_an_address_one_device(place, codec):
    enrol.enrol_device(codec, by=place.administrator, key="k1")

    for typed, problem in (({"host": "10.66.1.4"}, ("room", "room_has_codec")), ({"room_code": place.other_room.code}, ("port", "address_taken"))):
        with pytest.raises(InvalidInput) as refused:
            enrol.enrol_device(replace(codec, **typed), by=place.administrator, key="k2")
        assert [(one.field, one.reason) for one in refused.value.problems] == [problem]


def test_devices_are_added_and_given_another_account_within_reach_only(place, codec):
    device = enrol.enrol_device(codec, by=a_person(place.province, Role.ADMINISTRATOR), key="k")
    elsewhere = a_person(place.other_province, Role.ADMINISTRATOR)

    with pytest.raises(NotAllowed):
        enrol.enrol_device(replace(codec, room_code=place.hall.code, host="10.1.1.9"), by=elsewhere, key="k")
    with pytest.raises(NotAllowed):
        enrol.renew_login(device.id, username="x", password="y", by=elsewhere)
    assert credentials.password_of(device.id) == "geheim"


def test_a_device_is_given_another_account(place, codec):
    device = enrol.enrol_device(codec, by=place.administrator, key="k")

    enrol.renew_login(device.id, username="roomctl2", password="khác", by=place.administrator)

    db.session.rollback()
    assert (db.session.get_one(Device, device.id).username, credentials.password_of(device.id)) == ("roomctl2", "khác")
    with pytest.raises(NotVisible):
        enrol.renew_login(9999, username="x", password="y", by=place.administrator)


def test_every_family_has_a_kind_and_stands_among_the_families_of_that_kind():
    families = {family for kind in ("codec", "bridge") for family in connect.families_of(kind)}

    assert {"cisco_roomos", "simulated_bridge"} <= families
    assert all(family in connect.families_of(connect.kind_of(family)) for family in families)
    assert (connect.kind_of("no_such_family"), connect.families_of("no_such_kind")) == ("", [])


@pytest.mark.parametrize("words", ["codec", "10.66", "dak lak", "phong hop dak"])
def test_a_device_is_found_by_its_name_address_room_and_unit(place, codec, words):
    device = enrol.enrol_device(codec, by=place.administrator, key="k")

    assert [one.id for one in devices_to_keep(words, below=[place.centre.path], limit=9)] == [device.id]
    assert devices_to_keep(words, below=[place.other_province.path], limit=9) == []


def test_hardware_has_an_account_and_no_dial_address(place, codec):
    device = enrol.enrol_device(replace(codec, family="extron_sis", dial_address="", port=22023), by=place.administrator, key="k")

    assert (device.kind, device.room_id, device.dial_address, credentials.password_of(device.id)) == ("hardware", place.room.id, "", "geheim")


def test_equipment_is_not_signed_in_to_and_has_no_password(place, codec):
    device = enrol.enrol_device(replace(codec, family="snmp", port=161, dial_address=""), by=place.administrator, key="k")

    assert (device.kind, device.username) == ("equipment", "")
    with pytest.raises(LookupError):
        credentials.password_of(device.id)
    with pytest.raises(Refused, match="no_control_account"):
        enrol.renew_login(device.id, username="x", password="y", by=place.administrator)


@pytest.mark.parametrize("lines", [True, False])
def test_a_room_pc_may_be_entered_with_a_private_key_whatever_a_form_made_of_its_lines(place, codec, lines):
    key = host_key_text()
    secret = key if lines else key.replace("\n", " ")

    device = enrol.enrol_device(replace(codec, family="baresip", password=secret), by=place.administrator, key="k")

    assert credentials.password_of(device.id) == secret
    assert connect.is_key(secret) and not connect.is_useless_key(secret)


def test_a_private_key_that_cannot_be_used_is_refused_before_it_is_stored(place, codec):
    for secret in (host_key_text()[:-60], host_key_text(b"passphrase"), "-----BEGIN RSA PRIVATE KEY-----x" + "y" * 20_000):
        assert problems(replace(codec, family="baresip", password=secret), place.administrator) == [("password", "bad_private_key")]


def host_key_text(passphrase: bytes = b"") -> str:
    how = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, how).decode()
