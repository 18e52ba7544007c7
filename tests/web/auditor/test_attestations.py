"""Attestations on the page: who may write which, what is wrong is said, what stands and what is over is told in words."""

import pytest
from sqlalchemy import select

from roomctl.database import db
from roomctl.sessions.attestation_tables import Attestation

ATTESTATIONS = "/auditor/attestations"


def rows() -> list[Attestation]:
    db.session.rollback()
    return list(db.session.scalars(select(Attestation)))


def record(client, **typed):
    return client.send(ATTESTATIONS, {"kind": "room_inspection", "valid_until": "01/06/2027", "serial": "", "note": "", **typed}, page=ATTESTATIONS)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_an_officer_attests_a_line_with_the_serial_number(place, signed_in, language):
    client = signed_in(place.officer, language)

    answer = record(client, kind="line_protection", place=place.centre.code, serial="SN-77")

    row, = rows()
    assert (answer.status_code, row.unit_id, row.room_id, row.serial, row.attested_by) == (303, place.centre.id, None, "SN-77", place.officer.id)
    assert "SN-77" in client.page(ATTESTATIONS).text


def test_a_technician_attests_rooms_and_is_not_offered_lines(place, signed_in):
    client = signed_in(place.technician)

    page = client.page(ATTESTATIONS)
    record(client, place=place.hall.code)

    assert [found["value"] for found in page.named("option")] == ["wired_microphones", "room_inspection"]
    assert rows()[0].room_id == place.hall.id
    assert record(client, kind="line_protection", place=place.centre.code, serial="x").status_code == 403


@pytest.mark.parametrize(("typed", "field"), [
    ({"place": "NOWHERE"}, "place"), ({"valid_until": "31/02/2027"}, "valid_until"), ({"valid_until": "01/01/2020"}, "valid_until"),
    ({"kind": "magic"}, "kind"), ({"serial": "x" * 200}, "serial")])
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_kept(place, signed_in, typed, field):
    answer = record(signed_in(place.officer), **{"place": place.hall.code, **typed})

    assert (answer.status_code, rows()) == (422, [])
    assert f'id="{field}-error"' in answer.text


def test_what_is_over_and_what_was_withdrawn_is_told_in_words(place, signed_in, set_clock):
    client = signed_in(place.officer)
    record(client, place=place.hall.code, valid_until="02/03/2027")
    record(client, place=place.room.code)
    withdrawn = client.send(f"{ATTESTATIONS}/{rows()[1].id}/withdrawal", {"reason": "Phòng đã sửa"}, page=ATTESTATIONS)
    set_clock.forward(days=3)

    text = signed_in(place.officer).page(ATTESTATIONS).text

    assert withdrawn.status_code == 303
    assert "Quá hạn" in text and "Đã rút" in text and "Phòng đã sửa" in text


def test_without_a_reason_nothing_is_withdrawn(place, signed_in):
    client = signed_in(place.officer)
    record(client, place=place.hall.code)

    answer = client.send(f"{ATTESTATIONS}/{rows()[0].id}/withdrawal", {"reason": " "}, page=ATTESTATIONS)

    assert (answer.status_code, rows()[0].withdrawn_at) == (422, None)


@pytest.mark.parametrize("who", ["clerk", "chair", "administrator", "centre_approver"])
def test_nobody_else_gets_in(place, signed_in, who):
    assert signed_in(getattr(place, who)).get(ATTESTATIONS).status_code == 403
