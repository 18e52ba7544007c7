"""How devices are entered over SNMP: version 3 by rule, older versions as an exception with a reason and an end."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from builders import a_person, fresh
from sqlalchemy import select

from device_drivers.errors import DeviceError
from device_drivers.transports.snmp_login import SnmpLogin
from devices.equipment import a_device
from roomctl import clock
from roomctl.audit.tables import TrailEntry, TrailPayload
from roomctl.database import db, write_transaction
from roomctl.devices import snmp
from roomctl.devices.snmp import Wanted
from roomctl.devices.snmp_tables import SnmpAccess, snmp_access
from roomctl.devices.tables import Device
from roomctl.errors import InvalidInput, NotAllowed, NotVisible
from roomctl.organisation.roles import Role

THREE = Wanted(username="roomctl", auth="SHA-256", auth_password="mot mat khau", priv="AES-128", priv_password="mat khau hai")


@pytest.fixture
def device(place) -> Device:
    return a_device(unit=place.province, kind="equipment", family="snmp", password="")


@pytest.fixture
def two(set_clock) -> Wanted:
    return Wanted(version="2c", community="tram-oi-12", exception_reason="UPS đời 2012 không có SNMPv3",
                  exception_until=clock.now() + timedelta(days=90))


def problems(device: Device, wanted: Wanted, by) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as refused:
        snmp.set_access(device.id, wanted, by=by)
    assert snmp_access(device.id) is None
    return [(one.field, one.reason) for one in refused.value.problems]


def login(device: Device):
    db.session.rollback()
    db.session.expire_all()
    return snmp.login_of(snmp_access(device.id), clock.now())


def test_a_user_of_version_3_is_sealed_and_opened_to_ask(device, place):
    snmp.set_access(device.id, THREE, by=place.administrator)

    assert login(device) == SnmpLogin("3", username="roomctl", auth_protocol="SHA-256", auth_password="mot mat khau", priv_protocol="AES-128",
                                      priv_password="mat khau hai")


def test_a_community_is_an_exception_with_a_reason_and_an_end(device, place, two):
    snmp.set_access(device.id, two, by=place.administrator)

    row = snmp_access(device.id)
    assert (login(device), row.exception_reason, row.exception_until) == (SnmpLogin("2c", "tram-oi-12"), two.exception_reason, two.exception_until)


def test_an_exception_that_is_over_is_not_opened_at_all(device, place, two, set_clock):
    snmp.set_access(device.id, two, by=place.administrator)
    set_clock.forward(days=90)

    found = login(device)

    assert isinstance(found, DeviceError) and found.kind == "snmp_exception_over"


@pytest.mark.parametrize(("typed", "problem"), [
    ({"version": "4"}, ("version", "unknown_choice")), ({"port": 0}, ("port", "number_out_of_range")),
    ({"port": 65536}, ("port", "number_out_of_range")),
    ({"username": ""}, ("username", "bad_snmp_username")), ({"username": "x" * 33}, ("username", "bad_snmp_username")),
    ({"username": "có dấu"}, ("username", "bad_snmp_username")), ({"auth": ""}, ("auth", "unknown_choice")),
    ({"auth": "CRC"}, ("auth", "unknown_choice")),
    ({"priv": ""}, ("priv", "unknown_choice")), ({"auth_password": "1234567"}, ("auth_password", "bad_snmp_password")),
    ({"priv_password": ""}, ("priv_password", "bad_snmp_password")), ({"priv_password": "x" * 129}, ("priv_password", "bad_snmp_password")),
    ({"auth_password": "12345678\n"}, ("auth_password", "bad_snmp_password"))])
def test_a_user_that_could_not_work_is_refused_with_the_reason_beside_the_field(device, place, typed, problem):
    assert problem in problems(device, replace(THREE, **typed), place.administrator)


@pytest.mark.parametrize(("typed", "problem"), [
    ({"community": ""}, ("community", "bad_snmp_community")), ({"community": "a\x00"}, ("community", "bad_snmp_community")),
    ({"exception_reason": " "}, ("exception_reason", "exception_reason_missing")),
    ({"exception_until": None}, ("exception_until", "bad_exception_end"))])
def test_an_exception_without_reason_or_end_is_refused(device, place, two, typed, problem):
    assert problems(device, replace(two, **typed), place.administrator) == [problem]


@pytest.mark.parametrize(("days", "good"), [(-1, False), (0, False), (1, True), (366, True), (367, False)])
def test_an_exception_ends_after_today_and_within_a_year(device, place, two, days, good):
    wanted = replace(two, exception_until=clock.now() + timedelta(days=days))

    if good:
        snmp.set_access(device.id, wanted, by=place.administrator)
        assert isinstance(login(device), SnmpLogin)
    else:
        assert problems(device, wanted, place.administrator) == [("exception_until", "bad_exception_end")]


def test_a_secret_left_empty_stays_what_it_was(device, place):
    snmp.set_access(device.id, THREE, by=place.administrator)

    snmp.set_access(device.id, replace(THREE, username="other", auth_password="", priv_password="ba mat khau"), by=place.administrator)

    found = login(device)
    assert (found.username, found.auth_password, found.priv_password) == ("other", "mot mat khau", "ba mat khau")


def test_a_community_does_not_stay_when_the_version_changes(device, place, two):
    snmp.set_access(device.id, two, by=place.administrator)

    with pytest.raises(InvalidInput):
        snmp.set_access(device.id, replace(THREE, auth_password="", priv_password=""), by=place.administrator)


def test_a_change_to_version_3_ends_the_exception_and_forgets_the_community(device, place, two):
    snmp.set_access(device.id, two, by=place.administrator)

    snmp.set_access(device.id, THREE, by=place.administrator)

    row = fresh(snmp_access(device.id))
    assert (row.exception_until, row.exception_reason) == (None, "")
    assert snmp._opened(row)["community"] == ""


def test_a_change_forgets_what_was_learned(device, place):
    snmp.set_access(device.id, THREE, by=place.administrator)
    with write_transaction() as session:
        row = session.get_one(SnmpAccess, device.id)
        row.detected, row.engine_id, row.quirks = {"device_class": "ups"}, "80", {"no_bulk": True}

    snmp.set_access(device.id, THREE, by=place.administrator)

    row = fresh(snmp_access(device.id))
    assert (row.detected, row.engine_id, row.quirks) == ({}, "", {})


def test_a_sealed_access_moved_to_another_device_does_not_open(device, place):
    other = a_device(unit=place.province, kind="equipment", family="snmp", password="")
    for one, password in ((device, "mot mat khau"), (other, "mat khau khac")):
        snmp.set_access(one.id, replace(THREE, auth_password=password), by=place.administrator)
    with write_transaction() as session:
        mine, given = session.get_one(SnmpAccess, device.id), session.get_one(SnmpAccess, other.id)
        given.nonce, given.sealed = mine.nonce, mine.sealed

    found = login(other)

    assert isinstance(found, DeviceError) and found.kind == "credentials_unreadable"


def test_the_trail_says_that_it_was_set_and_no_secret(device, place, two):
    for wanted in (two, THREE):
        snmp.set_access(device.id, wanted, by=place.administrator)

    entry = db.session.scalars(select(TrailEntry).order_by(TrailEntry.id.desc()).limit(1)).one()
    payloads = [json.loads(one) for one in db.session.scalars(select(TrailPayload.payload))]
    assert (entry.kind, entry.actor, entry.subject) == ("snmp_access_set", place.administrator.id, device.ref)
    assert any(one.get("reason") == two.exception_reason for one in payloads)
    assert not any(secret in str(payloads) for secret in (two.community, THREE.auth_password, THREE.priv_password))


@pytest.mark.parametrize("who", ["technician", "clerk", "officer"])
def test_only_an_administrator_sets_it(device, place, who):
    with pytest.raises(NotAllowed):
        snmp.set_access(device.id, THREE, by=getattr(place, who))

    assert snmp_access(device.id) is None


def test_an_administrator_of_another_province_sets_nothing_here(device, place):
    with pytest.raises(NotAllowed):
        snmp.set_access(device.id, THREE, by=a_person(place.other_province, Role.ADMINISTRATOR))


def test_a_device_that_is_not_there_has_no_access_to_set(place):
    with pytest.raises(NotVisible):
        snmp.set_access(987_654, THREE, by=place.administrator)
