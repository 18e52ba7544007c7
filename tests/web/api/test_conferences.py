"""Conferences over the API: the same rules as the pages, told to a program."""

import pytest
from builders import a_person, a_profile

from roomctl.booking import tables
from roomctl.database import db
from roomctl.organisation.roles import Role
from roomctl.security_profiles.profile import Classification


def test_a_conference_is_asked_for_read_and_cancelled(place, program, wanted):
    clerk = program(place.clerk)

    made = clerk("POST", "/conferences", json=wanted())
    address = made.headers["Location"].removeprefix("/api/v1")
    read = clerk("GET", address)
    cancelled = clerk("POST", f"{address}/cancellation", json={"reason": "Dời lịch"})

    assert made.status_code == 201
    assert read.json == made.json
    assert {one["room"]: one["state"] for one in made.json["reservations"]} == {place.hall.id: "granted", place.room.id: "requested"}
    assert made.json["conference"]["start"] == "2027-03-02T01:00:00Z"
    assert (cancelled.json["state"], {one["state"] for one in cancelled.json["reservations"]}) == ("cancelled", {"released"})


def test_the_same_key_makes_one_conference(place, program, wanted, counted):
    clerk, key = program(place.clerk), {"Idempotency-Key": "week-9"}

    answers = [clerk("POST", "/conferences", json=wanted(), headers=key) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201] * 3
    assert {answer.json["url"] for answer in answers} == {answers[0].json["url"]}
    assert counted("conferences") == 1


def test_a_taken_room_answers_who_is_in_the_way_and_when_all_are_free(place, program, wanted):
    clerk = program(place.clerk)
    clerk("POST", "/conferences", json=wanted())

    answer = clerk("POST", "/conferences", json=wanted(title="Họp khác"))

    assert (answer.status_code, answer.json["reason"], answer.mimetype) == (409, "rooms_not_free", "application/problem+json")
    assert {room["room"]: room["clashes"][0]["with"]["title"] for room in answer.json["rooms"]} == {
        place.hall.id: "Giao ban tuần", place.room.id: "Giao ban tuần"}
    assert answer.json["proposal"]["start"] == "2027-03-02T02:00:00Z"


def test_a_stranger_learns_nothing_of_a_restricted_conference(place, program, wanted):
    restricted = a_profile(Classification.INTERNAL)
    made = program(place.clerk)("POST", "/conferences", json=wanted(profile=restricted.key, title="Kế hoạch kín"))
    stranger = program(a_person(place.province, Role.STAFF))
    span = "start=2027-03-01T00:00:00Z&end=2027-03-07T00:00:00Z"

    listed = stranger("GET", f"/conferences?{span}")
    free = stranger("GET", f"/rooms/free?{span}")
    shown = stranger("GET", made.json["url"].removeprefix("/api/v1"))

    assert listed.json["items"] == [{"kind": "busy", "start": "2027-03-02T01:00:00Z", "end": "2027-03-02T02:00:00Z"}]
    assert "Kế hoạch kín" not in listed.text + free.text + shown.text
    assert shown.status_code == 404


def test_a_title_tried_at_a_classified_level_is_refused_and_kept_nowhere(place, program, wanted, everything_stored):
    secret = a_profile(Classification.CONFIDENTIAL)

    answer = program(place.clerk)("POST", "/conferences", json=wanted(profile=secret.key, title="Chiến dịch Sao Mai", code_name="SM-1"),
                                  headers={"Idempotency-Key": "sao-mai"})

    assert (answer.status_code, [one["reason"] for one in answer.json["errors"]]) == (422, ["title_at_classified"])
    assert "Sao Mai" not in answer.text + everything_stored()


@pytest.mark.parametrize(("change", "field", "reason"), [
    ({"start": "2027-03-02T08:00:00"}, "start", "malformed"),
    ({"end": "2027-03-02T08:00:00+07:00"}, "end", "end_not_after_start"),
    ({"start": "0001-01-01T00:00:00Z"}, "start", "malformed"),
    ({"rooms": []}, "rooms", "malformed"),
    ({"rooms": [2**40]}, "rooms.0", "malformed"),
    ({"rooms": [999]}, "rooms", "unknown_room"),
    ({"chair": "nobody"}, "chair", "unknown_chair"),
    ({"chair": "nobody\0"}, "chair", "unknown_chair"),
    ({"profile": "nothing"}, "profile", "unknown_profile"),
    ({"title": "a\u202eb"}, "title", "text_direction"),
    ({"titel": "x"}, "titel", "malformed"),
])
def test_bad_input_names_its_field_and_makes_nothing(place, program, wanted, counted, change, field, reason):
    answer = program(place.clerk)("POST", "/conferences", json=wanted(**change))

    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert (field, reason) in {(one["field"], one["reason"]) for one in answer.json["errors"]}
    assert counted("conferences") == 0


def test_sentences_come_in_the_language_asked_for(place, program, wanted):
    answers = [program(place.clerk, language)("POST", "/conferences", json=wanted(chair="nobody")).json["errors"][0]["detail"]
               for language in ("vi", "en-GB,en;q=0.8")]

    assert answers == ["Hãy chọn người chủ trì.", "Choose a chair."]


@pytest.mark.parametrize(("body", "kind", "status"), [(b"{", "application/json", 400), (b"", "application/json", 400), (b"{}", "text/plain", 415),
                                                      (b"[1]", "application/json", 422), (b"null", "application/json", 422),
                                                      (b'{"title": "' + b"x" * 300_000 + b'"}', "application/json", 413)])
def test_what_is_no_request_is_told_so(place, program, body, kind, status):
    answer = program(place.clerk)("POST", "/conferences", data=body, content_type=kind)

    assert (answer.status_code, answer.mimetype, answer.json["status"]) == (status, "application/problem+json", status)


def test_an_agenda_is_at_most_a_month(place, program):
    answer = program(place.clerk)("GET", "/conferences?start=2027-03-01T00:00:00Z&end=2027-04-02T00:00:00Z")

    assert [one["reason"] for one in answer.json["errors"]] == ["longer_than_a_month"]


def test_a_conference_lists_its_sessions(place, program, wanted):
    clerk = program(place.clerk)
    made = clerk("POST", "/conferences", json=wanted())

    answer = clerk("GET", f"{made.json['url'].removeprefix('/api/v1')}/sessions")

    assert answer.json == {"items": []}


def test_what_the_api_books_is_what_the_pages_show(place, program, wanted, signed_in):
    made = program(place.clerk)("POST", "/conferences", json=wanted())

    page = signed_in(place.clerk).get(f"/staff/conferences/{made.json['conference']['conference']}")

    assert "Giao ban tuần" in page.text
    assert db.session.get_one(tables.Conference, made.json["conference"]["conference"]).organizer_id == place.clerk.id
