"""Decisions over the API."""


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
