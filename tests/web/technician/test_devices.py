"""Devices, and whose host key waits for a person."""

from datetime import timedelta

import pytest
from builders import a_person

from roomctl import clock
from roomctl.database import write_transaction
from roomctl.devices import inventory
from roomctl.devices.health import FAULTS, Status
from roomctl.devices.tables import Device, device_by_id
from roomctl.organisation.roles import Role
from web.browser import Page

DEVICES = "/technician/devices"


def shown(client) -> list[str]:
    return [found["data-state"] for found in client.page(DEVICES).named("span", class_="health")]


def probed(**facts) -> None:
    with write_transaction() as session:
        device = session.get(Device, 1)
        for name, value in {"probed_at": clock.now(), **facts}.items():
            setattr(device, name, value)


def test_a_technician_sees_the_devices_of_their_unit_and_below(equipped, signed_in):
    province = a_person(equipped.province, Role.TECHNICIAN)

    assert [len(shown(signed_in(user))) for user in (equipped.technician, province)] == [4, 1]


def test_a_device_never_looked_at_is_unknown(equipped, signed_in):
    assert set(shown(signed_in(equipped.technician))) == {"unknown"}


def test_what_does_not_serve_comes_first(equipped, signed_in):
    probed(status=Status.CRITICAL, fault="unreachable")

    page = signed_in(equipped.technician).page(DEVICES)

    assert page.named("span", class_="health")[0]["data-state"] == "critical"
    assert "Không kết nối được tới thiết bị" in page.text


def test_a_reading_older_than_two_minutes_is_unknown_whatever_it_said(equipped, signed_in):
    probed(status=Status.OK, probed_at=clock.now() - timedelta(seconds=121))

    assert set(shown(signed_in(equipped.technician))) == {"unknown"}


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_said_in_words(equipped, signed_in, fault, language):
    probed(status=FAULTS[fault], fault=fault)

    assert fault not in signed_in(equipped.technician, language).page(DEVICES).text


def test_no_password_is_on_the_page(equipped, signed_in):
    assert "geheim" not in signed_in(equipped.technician).get(DEVICES).text


@pytest.fixture
def changed_key(equipped):
    inventory.note_host_key(1, fingerprint="SHA256:new", algorithm="ssh-ed25519")
    return equipped


def test_a_changed_key_is_shown_beside_the_old_one(changed_key, signed_in):
    page = signed_in(changed_key.technician).page(DEVICES)

    assert "SHA256:new" in page.text and "SHA256:1" in page.text


def test_a_technician_approves_a_key_that_was_seen(changed_key, signed_in):
    answer = signed_in(changed_key.technician).send(f"{DEVICES}/1/host-key", {"fingerprint": "SHA256:new"}, page=DEVICES)

    assert (answer.status_code, device_by_id(1).pinned_fingerprint) == (303, "SHA256:new")


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("fingerprint", ["SHA256:typed", "", "SHA256:2", "x" * 10_000])
def test_a_key_that_was_never_seen_cannot_be_approved(changed_key, signed_in, sentence, fingerprint, language):
    client = signed_in(changed_key.technician, language)

    answer = client.send(f"{DEVICES}/1/host-key", {"fingerprint": fingerprint}, page=DEVICES)

    assert (answer.status_code, device_by_id(1).pinned_fingerprint) == (422, "SHA256:1")
    assert sentence("host_key_not_seen", language) in Page(answer.text).text


def test_an_administrator_sees_a_waiting_key_and_cannot_approve_it(changed_key, signed_in):
    client = signed_in(changed_key.administrator)

    html = client.get(DEVICES).text
    answer = client.send(f"{DEVICES}/1/host-key", {"fingerprint": "SHA256:new"}, page=DEVICES)

    assert ("SHA256:new" in html, "phê duyệt khóa này" in html) == (True, False)
    assert (answer.status_code, device_by_id(1).pinned_fingerprint) == (403, "SHA256:1")


def test_a_technician_of_another_unit_cannot_approve_it(changed_key, signed_in):
    other = a_person(changed_key.other_province, Role.TECHNICIAN)

    answer = signed_in(other).send(f"{DEVICES}/1/host-key", {"fingerprint": "SHA256:new"}, page=DEVICES)

    assert (answer.status_code, device_by_id(1).pinned_fingerprint) == (403, "SHA256:1")


def test_a_device_that_is_not_there_is_not_found(place, signed_in):
    assert signed_in(place.technician).send(f"{DEVICES}/999/host-key", {"fingerprint": "x"}, page=DEVICES).status_code == 404
