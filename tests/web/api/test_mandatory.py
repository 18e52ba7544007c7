"""Mandatory conferences over the API."""

import pytest
from builders import a_person, a_profile

from roomctl.organisation.roles import Role
from roomctl.security_profiles.profile import Classification


@pytest.fixture
def in_the_way(place, program, wanted):
    """A local conference in the province's room, and one of the centre that waits for it; returns the latter's id."""

    def arrange(**facts) -> int:
        program(place.province_clerk)("POST", "/conferences", json=wanted(title="Họp tỉnh", rooms=[place.room.id], **facts))
        made = program(place.clerk)("POST", "/conferences", json=wanted(wait_for=[place.room.id]))
        return made.json["conference"]["conference"]

    return arrange


@pytest.fixture
def place(place):
    """The place, with a clerk of the province."""
    place.province_clerk = a_person(place.province, Role.STAFF, name="Văn thư tỉnh")
    return place


def test_marking_grants_below_at_once(place, program, wanted):
    made = program(place.clerk)("POST", "/conferences", json=wanted()).json

    marked = program(place.centre_approver)("POST", f"/mandatory/{made['conference']['conference']}/marking")
    read = program(place.clerk)("GET", made["url"].removeprefix("/api/v1")).json

    assert (marked.json["mandatory"], marked.json["missing"], read["mandatory"]) == (True, [], True)
    assert {one["room"]: one["rule"] for one in read["reservations"]}[place.room.id] == "mandatory"


def test_only_an_approver_of_the_hosts_unit_marks(place, program, wanted, counted):
    program(place.clerk)("POST", "/conferences", json=wanted())
    approver, other = program(place.province_approver), program(place.other_approver)
    before = counted("trail_entries")

    answers = [approver("POST", "/mandatory/1/marking"), approver("GET", "/mandatory/1"), other("POST", "/mandatory/1/marking")]

    assert [answer.status_code for answer in answers] == [403, 403, 404]
    assert counted("trail_entries") == before + 2


def test_what_is_named_gives_way_and_nothing_else(place, program, in_the_way):
    conference_id, approver = in_the_way(), program(place.centre_approver)
    approver("POST", f"/mandatory/{conference_id}/marking")
    (missing,) = approver("GET", f"/mandatory/{conference_id}").json["missing"]
    (holder,) = missing["held_by"]
    address = f"/mandatory/occurrences/{missing['occurrence']}/displacement"

    unknown = approver("POST", address, json={"ids": [999], "reason": "Họp khẩn"})
    unsaid = approver("POST", address, json={"ids": [holder["reservation"]], "reason": " "})
    done = approver("POST", address, json={"ids": [holder["reservation"]], "reason": "Họp khẩn"})

    assert (unknown.status_code, unsaid.status_code, holder["displaceable"]) == (404, 422, True)
    assert (done.status_code, done.json["missing"]) == (200, [])


def test_a_restricted_conference_in_the_way_is_only_busy(place, program, in_the_way):
    conference_id = in_the_way(profile=a_profile(Classification.INTERNAL).key)

    answer = program(place.centre_approver)("GET", f"/mandatory/{conference_id}")

    assert [one["conference"]["kind"] for one in answer.json["missing"][0]["held_by"]] == ["busy"]
    assert "Họp tỉnh" not in answer.text
