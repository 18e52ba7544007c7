"""Groups of rooms over the API."""

from builders import a_person

from roomctl.organisation.roles import Role


def test_a_group_is_saved_once_renamed_shared_and_deleted(place, program):
    clerk, colleague = program(place.clerk), program(a_person(place.centre, Role.STAFF))
    body = {"group_name": "Giao ban", "rooms": [place.hall.id, place.room.id]}

    saved = [clerk("POST", "/groups", json=body).json for _ in range(2)][1]["items"]
    alone = colleague("GET", "/groups").json["items"]
    clerk("POST", f"/groups/{saved[0]['id']}", json={"group_name": "Giao ban tuần", "shared": True})
    shared = colleague("GET", "/groups").json["items"]
    left = clerk("POST", f"/groups/{saved[0]['id']}/deletion").json["items"]

    assert [(one["name"], one["rooms"], one["own"]) for one in saved] == [("Giao ban", [place.hall.id, place.room.id], True)]
    assert alone == left == []
    assert [(one["name"], one["own"], one["shared"]) for one in shared] == [("Giao ban tuần", False, True)]


def test_nobody_touches_the_group_of_another(place, program):
    group = program(place.clerk)("POST", "/groups", json={"group_name": "Giao ban", "rooms": [place.hall.id], "shared": True}).json["items"][0]
    colleague = program(a_person(place.centre, Role.STAFF))

    answers = [colleague("POST", f"/groups/{group['id']}", json={"group_name": "Của tôi"}), colleague("POST", f"/groups/{group['id']}/deletion")]

    assert [answer.status_code for answer in answers] == [404, 404]


def test_a_group_that_cannot_be_names_its_field(place, program, counted):
    clerk = program(place.clerk)

    answers = [clerk("POST", "/groups", json=body).json["errors"] for body in (
        {"group_name": " ", "rooms": [place.hall.id]}, {"group_name": "A", "rooms": [999]}, {"group_name": "A", "rooms": []})]

    assert [(one["field"], one["reason"]) for errors in answers for one in errors] == [
        ("group_name", "group_name_missing"), ("rooms", "unknown_room"), ("rooms", "malformed")]
    assert counted("room_groups") == 0


def test_a_group_that_is_gone_is_gone_and_number_nought_never_was(place, program):
    clerk = program(place.clerk)

    assert [clerk("POST", f"/groups/{number}/deletion").status_code for number in (999, 0)] == [200, 404]
