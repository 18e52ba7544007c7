"""The week's schedule over the API."""

import pytest
from builders import a_profile

from roomctl.security_profiles.profile import Classification

WEEK = "/week/2027/9"


def test_a_week_is_published_and_what_changes_later_is_marked(place, program, wanted):
    clerk = program(place.clerk)
    made = clerk("POST", "/conferences", json=wanted()).json
    before = clerk("GET", WEEK).json

    published = clerk("POST", f"{WEEK}/publication", json={"note": "Lịch tuần"})
    clerk("POST", f"{made['url'].removeprefix('/api/v1')}/changes", json={"start": "2027-03-02T09:00:00+07:00", "end": "2027-03-02T10:00:00+07:00"})
    (line,) = clerk("GET", WEEK).json["items"]

    assert (before["version"], before["items"][0]["marks"]) == (None, [])
    assert (published.status_code, published.json["version"]["number"], published.json["version"]["note"]) == (201, 1, "Lịch tuần")
    assert (line["day"], line["half"], line["marks"], line["former"]["start"]) == ("2027-03-02", "morning", ["time"], "2027-03-02T01:00:00Z")


def test_the_same_key_publishes_once(place, program):
    clerk, key = program(place.clerk), {"Idempotency-Key": "week-9"}

    answers = [clerk("POST", f"{WEEK}/publication", json={}, headers=key).json["version"]["number"] for _ in range(2)]

    assert answers == [1, 1]
    assert clerk("POST", f"{WEEK}/publication", json={}).json["version"]["number"] == 2


def test_a_line_of_a_restricted_conference_is_only_busy(place, program, wanted):
    program(place.clerk)("POST", "/conferences", json=wanted(profile=a_profile(Classification.INTERNAL).key, title="Kế hoạch kín"))

    answer = program(place.stranger)("GET", f"{WEEK}?unit={place.centre.id}")

    assert [(one["conference"]["kind"], one["sites"], one["state"]) for one in answer.json["items"]] == [("busy", 0, None)]
    assert "Kế hoạch kín" not in answer.text


def test_a_sheet_is_of_a_room_or_a_leader_and_comes_in_pages(place, program, wanted):
    clerk = program(place.clerk)
    clerk("POST", "/conferences", json=wanted(recurrence={"rule": "FREQ=DAILY;COUNT=3"}))

    def found(query: str) -> int:
        return len(clerk("GET", f"{WEEK}?{query}").json["items"])

    assert (found(f"room={place.room.id}"), found(f"room={place.other_room.id}"), found("leader=chu tri"), found("leader=ai")) == (3, 0, 3, 0)
    assert (found("limit=2"), clerk("GET", f"{WEEK}?limit=2").json["next"], found("limit=2&skip=2")) == (2, 2, 1)


def test_a_key_is_of_one_address_only(place, program, wanted):
    clerk, key = program(place.clerk), {"Idempotency-Key": "1"}
    clerk("POST", "/conferences", json=wanted(), headers=key)

    answers = [clerk("POST", f"{address}/publication", json={}, headers=key) for address in (WEEK, "/week/2027/10")]
    answers.append(clerk("POST", "/documents/1/items", json={"title": "Khai mạc"}, headers=key))

    assert [answer.status_code for answer in answers] == [201, 201, 200]


@pytest.mark.parametrize(("address", "status"), [("/week/2027/54", 404), ("/week/1/1", 404), ("/week/99999/1", 404), (f"{WEEK}?unit=999", 422),
                                                 (f"{WEEK}?room=999", 422)])
def test_a_week_that_is_none_is_not_there(place, program, address, status):
    assert program(place.clerk)("GET", address).status_code == status


def test_only_a_units_own_people_publish_and_only_what_is_to_come(place, program, counted):
    clerk, before = program(place.clerk), counted("trail_entries")

    others = clerk("POST", f"{WEEK}/publication", json={"unit": place.province.id})
    past = clerk("POST", "/week/2027/1/publication", json={})

    assert (others.status_code, past.status_code, past.json["reason"]) == (403, 422, "week_over")
    assert counted("trail_entries") == before + 1
