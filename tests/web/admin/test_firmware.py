"""Firmware as technicians read it and administrators of the highest unit approve it."""

import pytest
from builders import a_person

from roomctl.database import write_transaction
from roomctl.devices import inventory
from roomctl.devices.tables import Device
from roomctl.organisation.roles import Role

FIRMWARE = "/admin/firmware"


@pytest.fixture
def furnished(place):
    for number, (unit, version) in enumerate([(place.province, "CE9.1"), (place.province, "CE9.2"), (place.other_province, ""),
                                              (place.province, "CE9.1")]):
        row = inventory.add_device(kind="codec", family="cisco_roomos", unit=unit, room=None, name=f"codec {number}", host=f"10.1.0.{number}",
                                   port=22, username="roomctl", password="geheim", dial_address="a@b")
        with write_transaction() as session:
            device = session.get(Device, row.id)
            device.model, device.firmware = "SX80", version
    return place


def of(version: str) -> dict:
    return {"family": "cisco_roomos", "model": "SX80", "firmware": version}


def test_firmware_in_use_is_shown_with_counts_and_what_is_unknown_stays_so(furnished, signed_in):
    page = signed_in(furnished.technician).page(FIRMWARE)

    rows = " | ".join(page.rows)
    assert "CE9.1 2 chưa đánh giá" in rows and "CE9.2 1 chưa đánh giá" in rows and "không rõ: thiết bị chưa báo 1 không rõ" in rows
    assert page.actions.isdisjoint({f"{FIRMWARE}/approval", f"{FIRMWARE}/withdrawal"})


def test_an_approval_makes_the_others_stand_out_and_is_withdrawn(furnished, signed_in):
    client = signed_in(furnished.administrator)
    approved = client.send(f"{FIRMWARE}/approval", of("CE9.2"), page=FIRMWARE)
    after = client.page(FIRMWARE)
    client.send(f"{FIRMWARE}/withdrawal", of("CE9.2"), page=FIRMWARE)

    assert approved.status_code == 303
    assert "CE9.2 1 được phê duyệt" in " ".join(after.rows) and "CE9.1 2 chưa phê duyệt" in " ".join(after.rows)
    assert "2 thiết bị. Cập nhật phần mềm" in after.text and "codec 0" in " ".join(after.rows)
    assert "CE9.1 2 chưa đánh giá" in " ".join(client.page(FIRMWARE).rows)


def test_a_bad_approval_gets_its_sentence(furnished, signed_in, sentence):
    answer = signed_in(furnished.administrator).send(f"{FIRMWARE}/approval", of(""), page=FIRMWARE)

    assert (answer.status_code, sentence("firmware_missing") in answer.text) == (422, True)


def test_a_provinces_administrator_reads_and_approves_nothing(furnished, signed_in):
    client = signed_in(a_person(furnished.province, Role.ADMINISTRATOR))

    page = client.page(FIRMWARE)

    assert "không rõ: thiết bị chưa báo" not in page.text and f"{FIRMWARE}/approval" not in page.actions
    assert client.send(f"{FIRMWARE}/approval", of("CE9.1"), page=FIRMWARE).status_code == 403
