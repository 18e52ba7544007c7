"""What a restricted conference is about is told to nobody over the API who need not know, whatever they ask."""

import re

import pytest
from builders import a_person, a_profile

from roomctl.organisation.roles import Role
from roomctl.security_profiles.profile import Classification

MARKS = ("Kiểm điểm cán bộ", "Đồng chí Bí thư", "Ông Bộ trưởng", "0912 345 678", "Bà Hoa ở điểm cầu", "Lý do kín")
HOLES = {"year": "2027", "week": "9"}
ASKED = ("start=2027-03-01T00:00:00Z&end=2027-03-07T00:00:00Z", "rooms=1&rooms=2", "unit=1", "leader=bo truong", "words=hoi", "")


@pytest.fixture
def restricted(place, program, wanted):
    """An internal series in the hall and the province's room, which was published, refused at one site on one date, and moved since."""
    clerk, approver = program(place.clerk), program(place.province_approver)
    made = clerk("POST", "/conferences", json=wanted(
        profile=a_profile(Classification.INTERNAL).key, title=MARKS[0], attendees=MARKS[1], on_behalf_of=MARKS[2], contact_phone=MARKS[3],
        contacts=[{"room": place.room.id, "name": MARKS[4]}], recurrence={"rule": "FREQ=DAILY;COUNT=3"}))
    waiting = approver("GET", "/reservations").json["items"][0]["reservation"]["id"]
    assert approver("POST", f"/reservations/{waiting}/decision", json={"decision": "refuse", "reason": MARKS[5]}).status_code == 200
    assert clerk("POST", "/week/2027/9/publication", json={}).status_code == 201
    assert clerk("POST", "/conferences/1/changes", json={
        "occurrence": made.json["dates"][1]["occurrence"], "scope": "this", "start": "2027-03-03T09:00:00+07:00",
        "end": "2027-03-03T10:00:00+07:00"}).status_code == 200
    return made.json


def outsiders(place) -> dict:
    return {"stranger": place.stranger, "technician": place.technician, "administrator": place.administrator, "officer": place.officer,
            "approver of another unit": place.other_approver, "colleague": a_person(place.centre, Role.STAFF),
            "colleague at the site": a_person(place.province, Role.STAFF), "another chair": a_person(place.centre, Role.CHAIR)}


def addresses(app) -> list[str]:
    """Return every address that is read with GET, its holes filled with what there is first, asked in every way that is understood."""
    paths = app.test_client().get("/api/v1/openapi.json").json["paths"]
    return [re.sub(r"{(\w+)}", lambda hole: HOLES.get(hole[1], "1"), path) + f"?{asked}" for path, ways in paths.items() if "get" in ways
            for asked in ASKED]


def tells(text: str) -> list[str]:
    return [mark for mark in MARKS if mark in text]


@pytest.mark.parametrize("who", ["stranger", "technician", "administrator", "officer", "approver of another unit", "colleague",
                                 "colleague at the site", "another chair"])
def test_nothing_that_can_be_read_tells_an_outsider(app, place, program, restricted, who):
    ask = program(outsiders(place)[who])

    answers = {address: ask("GET", address) for address in addresses(app)}

    assert {address: tells(answer.text) for address, answer in answers.items() if tells(answer.text)} == {}
    assert {answer.status_code for answer in answers.values()} <= {200, 403, 404, 422}


def test_those_who_need_to_know_are_told(place, program, restricted):
    for user in (place.clerk, place.chair, place.province_approver):
        assert tells(program(user)("GET", "/conferences/1").text) == list(MARKS)


def test_what_stands_in_the_way_is_only_busy(place, program, restricted, wanted):
    stranger = program(place.stranger)

    single = stranger("POST", "/conferences", json=wanted(title="Họp khác"))
    series = stranger("POST", "/conferences", json=wanted(title="Họp khác", recurrence={"rule": "FREQ=DAILY;COUNT=3"}))
    preview = stranger("POST", "/conferences/preview", json={key: wanted()[key] for key in ("start", "end", "rooms")})
    closing = program(place.technician)("POST", "/maintenance", json={
        "room": place.hall.id, "start": "2027-03-02T00:00:00Z", "end": "2027-03-06T00:00:00Z", "reason": "Sơn tường"})

    assert [answer.status_code for answer in (single, series, preview, closing)] == [409, 409, 200, 409]
    assert tells(single.text + series.text + preview.text + closing.text) == []
