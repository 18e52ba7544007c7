"""Attestations are recorded by name, and withdrawn with a reason."""

from datetime import timedelta

import pytest

from roomctl import clock
from roomctl.timespan import to_local

ATTESTATIONS = "/auditor/attestations"


def typed(room, **facts) -> dict[str, str]:
    until = to_local(clock.now() + timedelta(days=30)).date()
    return {"kind": "room_inspection", "place": room.code, "serial": "", "valid_until": f"{until:%d/%m/%Y}", "note": "Biên bản 12", **facts}


def test_a_technician_records_the_inspection_of_a_room(place, signed_in, counted):
    client = signed_in(place.technician)

    answer = client.send(ATTESTATIONS, typed(place.hall), page=ATTESTATIONS)

    assert (answer.status_code, counted("attestations")) == (303, 1)
    assert place.technician.name in client.page(ATTESTATIONS).text and "Biên bản 12" in client.page(ATTESTATIONS).text


@pytest.mark.parametrize("wrong", [{"place": "KHONG-CO"}, {"valid_until": "hôm qua"}, {"valid_until": "01/01/2001"}, {"kind": "charm"}])
def test_what_was_typed_wrongly_stays_and_nothing_is_stored(place, signed_in, counted, wrong):
    client = signed_in(place.technician)

    answer = client.send(ATTESTATIONS, typed(place.hall, **wrong), page=ATTESTATIONS)

    assert (answer.status_code, counted("attestations")) == (422, 0)
    assert "Biên bản 12" in answer.text


def test_a_line_is_attested_by_an_officer_only(place, signed_in, counted):
    line = typed(place.hall, kind="line_protection", serial="VPN-77")

    refused = signed_in(place.technician).send(ATTESTATIONS, line, page=ATTESTATIONS)
    recorded = signed_in(place.officer).send(ATTESTATIONS, line, page=ATTESTATIONS)

    assert refused.status_code in (403, 422)
    assert (recorded.status_code, counted("attestations")) == (303, 1)


def test_one_is_withdrawn_with_a_reason(place, signed_in):
    client = signed_in(place.technician)
    client.send(ATTESTATIONS, typed(place.hall), page=ATTESTATIONS)

    without = client.send(f"{ATTESTATIONS}/1/withdrawal", {"reason": ""}, page=ATTESTATIONS)
    done = client.send(f"{ATTESTATIONS}/1/withdrawal", {"reason": "Đã sửa phòng"}, page=ATTESTATIONS)

    assert (without.status_code, done.status_code) == (422, 303)
    assert "Đã sửa phòng" in client.page(ATTESTATIONS).text
