"""Calendar files over the API."""

import pytest
from builders import a_profile
from calendars.ics import event, ics

from roomctl.security_profiles.profile import Classification

START = "DTSTART;TZID=Asia/Ho_Chi_Minh:20270302T080000"


@pytest.fixture
def file(place):
    def body(raw: bytes | str, **facts) -> dict:
        return {"text": raw.decode() if isinstance(raw, bytes) else raw, "rooms": [place.hall.id, place.room.id], "chair": place.chair.username,
                "profile": place.profile.key, **facts}

    return body


def test_a_file_is_tried_brought_in_and_brought_in_again(place, program, file, counted):
    clerk, body = program(place.clerk), file(ics(event(START, "RRULE:FREQ=WEEKLY;COUNT=4")))

    tried = clerk("POST", "/imports", json={**body, "only_try": True}).json
    nothing = counted("conferences")
    brought = clerk("POST", "/imports", json=body).json
    again = clerk("POST", "/imports", json=body).json

    assert (tried["stored"], nothing, tried["items"][0]["done"], tried["items"][0]["url"]) == (False, 0, "created", "")
    assert (brought["items"][0]["done"], len(brought["items"][0]["dates"])) == ("created", 4)
    assert clerk("GET", brought["items"][0]["url"].removeprefix("/api/v1")).status_code == 200
    assert (again["items"][0]["done"], counted("conferences")) == ("unchanged", 1)


def test_what_is_wrong_names_its_line_and_nothing_is_stored(place, program, file, counted):
    good, bad = event(START, uid="good@x"), event("DTSTART;TZID=Mars/Olympus:20270303T080000", uid="bad@x")

    answer = program(place.clerk)("POST", "/imports", json=file(ics(good, bad)))

    (error,) = answer.json["errors"]
    assert (answer.status_code, error["reason"], error["uid"], error["line"] > 1) == (422, "ics_unknown_zone", "bad@x", True)
    assert counted("conferences") == 0


@pytest.mark.parametrize(("text", "status", "reason"), [("", 422, "ics_not_a_calendar"), ("x" * 1_000_001, 422, "malformed"),
                                                        ("đ" * 510_000, 422, "ics_too_large"), ("x" * 4_000_000, 413, "")])
def test_what_is_no_calendar_or_too_large_is_refused(place, program, file, text, status, reason):
    answer = program(place.clerk)("POST", "/imports", json=file(text))

    assert (answer.status_code, [one["reason"] for one in answer.json["errors"]]) == (status, [reason] if reason else [])


def test_no_file_is_taken_at_a_classified_level(place, program, file, everything_stored):
    answer = program(place.clerk)("POST", "/imports", json=file(
        ics(event(START, "SUMMARY:Chiến dịch Sao Mai")), profile=a_profile(Classification.CONFIDENTIAL).key))

    assert [one["reason"] for one in answer.json["errors"]] == ["ics_profile_classified"]
    assert "Sao Mai" not in answer.text + everything_stored()
