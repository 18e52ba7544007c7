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


WEEKLY = {"rule": "FREQ=WEEKLY;COUNT=3"}


def test_a_series_is_asked_for_and_answers_all_its_dates(place, program, wanted):
    made = program(place.clerk)("POST", "/conferences", json=wanted(recurrence=WEEKLY))

    assert made.status_code == 201
    assert [(one["start"], one["state"], one["left_out"]) for one in made.json["dates"]] == [
        (f"2027-03-{day:02}T01:00:00Z", "requested", "") for day in (2, 9, 16)]
    assert made.json["rule"] == "FREQ=WEEKLY;BYDAY=TU;UNTIL=20270316T010000Z"


def test_days_picked_by_hand_skip_a_holiday(place, program, wanted):
    program(place.administrator)("POST", "/days-off", json={"day": "2027-03-05", "name": "Ngày nghỉ"})

    made = program(place.clerk)("POST", "/conferences", json=wanted(recurrence={"days": ["2027-03-05", "2027-03-08"], "on_day_off": "skip"}))

    assert [(one["start"][:10], one["left_out"]) for one in made.json["dates"]] == [
        ("2027-03-02", ""), ("2027-03-05", "day_off"), ("2027-03-08", "")]


def test_dates_that_are_taken_are_told_and_the_free_ones_booked_where_that_is_asked(place, program, wanted, counted):
    clerk = program(place.clerk)
    clerk("POST", "/conferences", json=wanted(start="2027-03-09T08:00:00+07:00", end="2027-03-09T09:00:00+07:00"))

    refused = clerk("POST", "/conferences", json=wanted(title="Giao ban", recurrence=WEEKLY))
    taken = clerk("POST", "/conferences", json=wanted(title="Giao ban", recurrence=WEEKLY, take="free"))

    assert (refused.status_code, refused.json["reason"]) == (409, "dates_not_free")
    assert [(one["start"][:10], [room["clashes"][0]["with"]["title"] for room in one["taken"]]) for one in refused.json["dates"]] == [
        ("2027-03-02", []), ("2027-03-09", ["Giao ban tuần"] * 2), ("2027-03-16", [])]
    assert [(one["start"][:10], one["left_out"]) for one in taken.json["dates"]] == [
        ("2027-03-02", ""), ("2027-03-09", "conflict"), ("2027-03-16", "")]
    assert counted("conferences") == 2


def test_a_preview_stores_nothing_and_tells_of_a_restricted_conference_only_that_it_is_busy(place, program, wanted, counted):
    restricted = a_profile(Classification.INTERNAL)
    program(place.clerk)("POST", "/conferences", json=wanted(profile=restricted.key, title="Kế hoạch kín"))
    body = {key: wanted()[key] for key in ("start", "end", "rooms")}

    answer = program(place.stranger)("POST", "/conferences/preview", json={**body, "recurrence": WEEKLY})

    assert [(one["held"], len(one["taken"])) for one in answer.json["items"]] == [(False, 2), (True, 0), (True, 0)]
    assert answer.json["items"][0]["taken"][0]["clashes"][0]["with"] == {
        "kind": "busy", "start": "2027-03-02T01:00:00Z", "end": "2027-03-02T02:00:00Z"}
    assert "Kế hoạch kín" not in answer.text
    assert counted("conferences") == 1


def test_a_conference_waits_for_a_room_invites_people_and_says_who_is_there(place, program, wanted):
    clerk = program(place.clerk)
    clerk("POST", "/conferences", json=wanted())

    made = clerk("POST", "/conferences", json=wanted(
        title="Họp khác", wait_for=[place.hall.id, place.room.id], optional=[place.room.id], invited=[place.stranger.username],
        contacts=[{"room": place.room.id, "name": "Lan", "phone": "0912"}]))
    seen_by_the_invited = program(place.stranger)("GET", made.json["url"].removeprefix("/api/v1"))

    assert {one["room"]: (one["state"], one["required"], one["contact_name"]) for one in made.json["reservations"]} == {
        place.hall.id: ("waiting", True, ""), place.room.id: ("waiting", False, "Lan")}
    assert seen_by_the_invited.status_code == 200


@pytest.mark.parametrize(("change", "field", "reason"), [
    ({"recurrence": {"rule": "FREQ=SECONDLY;COUNT=3"}}, "rule", "rule_frequency"),
    ({"recurrence": {"rule": "FREQ=DAILY;INTERVAL=0;COUNT=3"}}, "rule", "rule_malformed"),
    ({"recurrence": {"rule": "FREQ=DAILY;COUNT=1000000000"}}, "rule", "too_many_dates"),
    ({"recurrence": {}}, "recurrence", "rule_or_days"),
    ({"recurrence": {"rule": "FREQ=DAILY;COUNT=2", "days": ["2027-03-05"]}}, "recurrence", "rule_or_days"),
    ({"recurrence": {"days": ["2027-02-30"]}}, "recurrence.days.0", "malformed"),
    ({"recurrence": {"days": [20270305]}}, "recurrence.days.0", "malformed"),
    ({"invited": ["nobody"]}, "invited", "unknown_person"),
    ({"wait_for": [999]}, "rooms", "unknown_room"),
    ({"rooms": ["1"]}, "rooms.0", "malformed"),
    ({"host_room": True}, "host_room", "malformed"),
])
def test_bad_input_about_a_series_names_its_field(place, program, wanted, counted, change, field, reason):
    answer = program(place.clerk)("POST", "/conferences", json=wanted(**change))

    assert answer.status_code == 422
    assert (field, reason) in {(one["field"], one["reason"]) for one in answer.json["errors"]}
    assert counted("conferences") == 0


def test_one_date_of_a_series_is_moved_read_and_cancelled(place, program, wanted):
    clerk = program(place.clerk)
    made = clerk("POST", "/conferences", json=wanted(recurrence=WEEKLY)).json
    address, second = made["url"].removeprefix("/api/v1"), made["dates"][1]["occurrence"]

    changed = clerk("POST", f"{address}/changes", json={
        "occurrence": second, "scope": "this", "start": "2027-03-10T08:00:00+07:00", "end": "2027-03-10T09:00:00+07:00", "title": "Họp bù"})
    read = clerk("GET", f"{address}?occurrence={second}")
    cancelled = clerk("POST", f"{address}/cancellation", json={"occurrence": second, "scope": "this"})

    assert changed.json == {"url": made["url"], "conference": made["conference"]["conference"]}
    assert (read.json["conference"]["start"], read.json["conference"]["title"]) == ("2027-03-10T01:00:00Z", "Họp bù")
    assert [one["state"] for one in cancelled.json["dates"]] == ["requested", "cancelled", "requested"]


def test_a_series_changed_from_a_date_on_is_found_at_its_new_address(place, program, wanted):
    clerk = program(place.clerk)
    made = clerk("POST", "/conferences", json=wanted(recurrence=WEEKLY)).json

    changed = clerk("POST", f"{made['url'].removeprefix('/api/v1')}/changes", json={
        "occurrence": made["dates"][1]["occurrence"], "scope": "following", "title": "Tên mới"})
    later = clerk("GET", changed.json["url"].removeprefix("/api/v1"))

    assert changed.json["url"] != made["url"]
    assert (later.json["conference"]["title"], len(later.json["dates"])) == ("Tên mới", 2)


def test_a_change_onto_a_taken_time_tells_the_dates_and_changes_nothing(place, program, wanted):
    clerk = program(place.clerk)
    clerk("POST", "/conferences", json=wanted())
    made = clerk("POST", "/conferences", json=wanted(start="2027-03-03T08:00:00+07:00", end="2027-03-03T09:00:00+07:00")).json
    address = made["url"].removeprefix("/api/v1")

    answer = clerk("POST", f"{address}/changes", json={"start": "2027-03-02T08:30:00+07:00", "end": "2027-03-02T09:30:00+07:00"})
    half = clerk("POST", f"{address}/changes", json={"start": "2027-03-02T08:30:00+07:00"})

    assert (answer.status_code, answer.json["reason"], len(answer.json["dates"])) == (409, "dates_not_free", 1)
    assert [(one["field"], one["reason"]) for one in half.json["errors"]] == [("end", "start_and_end_together")]
    assert clerk("GET", address).json == made


def test_only_those_who_keep_a_conference_change_it(place, program, wanted, counted):
    made = program(place.clerk)("POST", "/conferences", json=wanted())
    address, before = made.json["url"].removeprefix("/api/v1"), counted("trail_entries")

    seen_by = program(place.province_approver)("POST", f"{address}/changes", json={"title": "Khác"})
    unseen = program(place.stranger)("POST", f"{address}/changes", json={"title": "Khác"})

    assert (seen_by.status_code, unseen.status_code) == (403, 404)
    assert counted("trail_entries") == before + 3  # Two tokens, and the try of somebody who sees it.


def test_a_date_that_was_left_out_is_added(place, program, wanted):
    clerk = program(place.clerk)
    other = clerk("POST", "/conferences", json=wanted(start="2027-03-09T08:00:00+07:00", end="2027-03-09T09:00:00+07:00")).json
    made = clerk("POST", "/conferences", json=wanted(title="Giao ban", recurrence=WEEKLY, take="free")).json
    address = made["url"].removeprefix("/api/v1")

    taken = clerk("POST", f"{address}/dates", json={"day": "2027-03-09"})
    clerk("POST", f"{other['url'].removeprefix('/api/v1')}/cancellation", json={})
    added = clerk("POST", f"{address}/dates", json={"day": "2027-03-09"})
    single = clerk("POST", f"{other['url'].removeprefix('/api/v1')}/dates", json={"day": "2027-03-11"})

    assert (taken.status_code, taken.json["reason"]) == (409, "rooms_not_free")
    assert (added.status_code, [one["left_out"] for one in added.json["dates"]]) == (201, ["", "", ""])
    assert (added.json["conference"]["start"], len(added.json["reservations"])) == ("2027-03-09T01:00:00Z", 2)
    assert single.status_code == 409
