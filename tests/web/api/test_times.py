"""Common times over the API."""

import pytest


def test_times_at_which_all_are_free_and_near_misses_are_found(place, program, wanted):
    clerk = program(place.clerk)
    clerk("POST", "/conferences", json=wanted(start="2027-03-02T07:00:00+07:00", end="2027-03-02T12:00:00+07:00", rooms=[place.room.id]))

    answer = clerk("GET", f"/times?rooms={place.hall.id}&rooms={place.room.id}&minutes=120&day=2027-03-02").json

    assert answer["free"][0] == {"start": "2027-03-02T05:00:00Z", "end": "2027-03-02T07:00:00Z"}
    assert answer["near"][0] == {"start": "2027-03-02T00:00:00Z", "end": "2027-03-02T02:00:00Z", "missing": [place.room.id]}


def test_somebody_who_must_be_there_is_never_passed_over(place, program, wanted):
    clerk = program(place.clerk)
    clerk("POST", "/conferences", json=wanted(start="2027-03-02T07:00:00+07:00", end="2027-03-02T12:00:00+07:00", rooms=[place.room.id]))

    answer = clerk("GET", f"/times?rooms={place.hall.id}&people={place.chair.username}&day=2027-03-02").json

    assert (answer["free"][0]["start"], answer["near"]) == ("2027-03-02T05:00:00Z", [])


@pytest.mark.parametrize(("query", "field", "reason"), [("rooms=999", "rooms", "unknown_room"), ("", "rooms", "malformed"),
                                                        ("rooms=1&people=nobody", "people", "unknown_person"),
                                                        ("rooms=1&minutes=5", "minutes", "malformed"), ("rooms=1&day=2.3.2027", "day", "malformed")])
def test_a_question_that_is_none_names_its_field(place, program, query, field, reason):
    answer = program(place.clerk)("GET", f"/times?{query}")

    assert (answer.status_code, [(one["field"], one["reason"]) for one in answer.json["errors"]]) == (422, [(field, reason)])
