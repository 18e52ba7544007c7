"""Decisions over the API."""

from builders import a_room


def test_an_approver_reads_the_queue_and_grants(place, program, wanted):
    program(place.clerk)("POST", "/conferences", json=wanted())
    approver = program(place.province_approver)
    waiting = approver("GET", "/reservations").json["items"]

    answer = approver("POST", f"/reservations/{waiting[0]['reservation']['id']}/decision", json={"decision": "grant"})

    assert [(one["reservation"]["room"], one["conference"]["title"]) for one in waiting] == [(place.room.id, "Giao ban tuần")]
    assert (answer.status_code, answer.json["state"]) == (200, "granted")
    assert approver("GET", "/reservations").json["items"] == []


def test_a_refusal_wants_its_reason(place, program, wanted):
    made = program(place.clerk)("POST", "/conferences", json=wanted())
    number = next(one["id"] for one in made.json["reservations"] if one["room"] == place.room.id)
    approver = program(place.province_approver)

    bare = approver("POST", f"/reservations/{number}/decision", json={"decision": "refuse"})
    told = approver("POST", f"/reservations/{number}/decision", json={"decision": "refuse", "reason": "Phòng sửa điện"})
    again = approver("POST", f"/reservations/{number}/decision", json={"decision": "grant"})

    assert (bare.status_code, bare.json["errors"][0]["reason"]) == (422, "reason_missing")
    assert (told.json["state"], told.json["reason"]) == ("refused", "Phòng sửa điện")
    assert (again.status_code, again.json["reason"]) == (409, "already_decided")


def test_nobody_decides_for_another_unit(place, program, wanted):
    made = program(place.clerk)("POST", "/conferences", json=wanted())
    number = next(one["id"] for one in made.json["reservations"] if one["room"] == place.room.id)

    answers = [program(user)("POST", f"/reservations/{number}/decision", json={"decision": "grant"})
               for user in (place.other_approver, place.centre_approver, place.clerk)]

    assert [answer.status_code for answer in answers] == [403, 403, 403]


def requested(program, place, wanted, **facts) -> list[int]:
    """Book for the clerk, and return the ids of what the province's approver has to decide."""
    program(place.clerk)("POST", "/conferences", json=wanted(**facts))
    return [one["reservation"]["id"] for one in program(place.province_approver)("GET", "/reservations").json["items"]]


def test_a_whole_series_is_decided_at_once_and_taken_back(place, program, wanted):
    ids = requested(program, place, wanted, recurrence={"rule": "FREQ=WEEKLY;COUNT=3"})
    approver = program(place.province_approver)

    granted = approver("POST", "/reservations/decisions", json={"decision": "grant", "ids": ids})
    decided = approver("GET", "/reservations/decided").json["items"]
    undone = approver("POST", "/reservations/undoing", json={"ids": ids})

    assert [one["state"] for one in granted.json["items"]] == ["granted"] * 3
    assert [(one["ids"], one["state"], one["conference"]["title"]) for one in decided] == [(ids, "granted", "Giao ban tuần")]
    assert [one["state"] for one in undone.json["items"]] == ["requested"] * 3


def test_of_several_decisions_that_cannot_all_be_made_none_is(place, program, wanted):
    first, second, third = requested(program, place, wanted, recurrence={"rule": "FREQ=WEEKLY;COUNT=3"})
    approver = program(place.province_approver)
    approver("POST", f"/reservations/{second}/decision", json={"decision": "grant"})

    answer = approver("POST", "/reservations/decisions", json={"decision": "grant", "ids": [first, second, third]})

    assert (answer.status_code, answer.json["reason"]) == (422, "not_all_decided")
    assert [(one["reservation"], one["reason"]) for one in answer.json["refusals"]] == [(second, "already_decided")]
    assert [one["reservation"]["id"] for one in approver("GET", "/reservations").json["items"]] == [first, third]


def test_a_decision_cannot_be_taken_back_for_ever_nor_by_another(place, program, wanted, set_clock):
    (reservation_id,) = requested(program, place, wanted)
    program(place.province_approver)("POST", f"/reservations/{reservation_id}/decision", json={"decision": "grant"})

    other = program(place.other_approver)("POST", "/reservations/undoing", json={"ids": [reservation_id]})
    set_clock.forward(minutes=11)
    late = program(place.province_approver)("POST", "/reservations/undoing", json={"ids": [reservation_id]})

    assert (other.status_code, late.status_code, late.json["reason"]) == (403, 422, "undo_too_late")


def test_who_waits_behind_is_told_before_the_room_is_granted(place, program, wanted):
    (reservation_id,) = requested(program, place, wanted)
    program(place.stranger)("POST", "/conferences", json=wanted(title="Họp chờ", rooms=[place.room.id], wait_for=[place.room.id]))
    approver = program(place.province_approver)
    (behind,) = approver("GET", "/reservations").json["items"][0]["behind"]

    unaware = approver("POST", f"/reservations/{reservation_id}/decision", json={"decision": "grant"})
    aware = approver("POST", f"/reservations/{reservation_id}/decision", json={"decision": "grant", "know": [behind["id"]]})

    assert behind["conference"]["title"] == "Họp chờ"
    assert (unaware.status_code, unaware.json["reason"]) == (422, "others_wait")
    assert aware.json["state"] == "granted"


def test_a_refused_room_is_replaced_by_another_of_its_unit(place, program, wanted):
    spare = a_room(place.province, "Phòng dự phòng")
    (reservation_id,) = requested(program, place, wanted)
    program(place.province_approver)("POST", f"/reservations/{reservation_id}/decision", json={"decision": "refuse", "reason": "Sửa điện"})
    clerk = program(place.clerk)

    elsewhere = clerk("POST", f"/reservations/{reservation_id}/replacement", json={"room": place.other_room.id})
    replaced = clerk("POST", f"/reservations/{reservation_id}/replacement", json={"room": spare.id})
    again = clerk("POST", f"/reservations/{reservation_id}/replacement", json={"room": spare.id})

    assert [one["reason"] for one in elsewhere.json["errors"]] == ["room_of_another_unit"]
    assert {one["room"]: (one["state"], one["replaces"]) for one in replaced.json["reservations"]}[spare.id] == ("requested", reservation_id)
    assert (again.status_code, again.json["reason"]) == (409, "room_replaced")


def test_an_organizer_goes_on_without_a_refused_room_and_nobody_else_does(place, program, wanted):
    (reservation_id,) = requested(program, place, wanted)
    program(place.province_approver)("POST", f"/reservations/{reservation_id}/decision", json={"decision": "refuse", "reason": "Sửa điện"})

    others = [program(user)("POST", f"/reservations/{reservation_id}/going-without", json={}).status_code
              for user in (place.province_approver, place.stranger)]
    done = program(place.clerk)("POST", f"/reservations/{reservation_id}/going-without", json={})

    assert others == [403, 404]
    assert (done.json["state"], {one["required"] for one in done.json["reservations"] if one["room"] == place.room.id}) == ("granted", {False})


def test_a_unit_can_only_answer_a_mandatory_conference_that_it_cannot_serve(place, program, wanted):
    (reservation_id,) = requested(program, place, wanted)
    approver = program(place.province_approver)
    early = approver("POST", f"/reservations/{reservation_id}/inability", json={"reason": "Mất điện"})
    program(place.centre_approver)("POST", "/mandatory/1/marking")

    answer = approver("POST", f"/reservations/{reservation_id}/inability", json={"reason": "Mất điện"})

    assert (early.status_code, early.json["reason"]) == (422, "not_mandatory")
    assert (answer.json["state"], answer.json["rule"], answer.json["reason"]) == ("refused", "cannot_serve", "Mất điện")
