"""Lending the approver's role over the API."""

import pytest
from builders import a_person

from roomctl.organisation.roles import Role


@pytest.fixture
def deputy(place):
    return a_person(place.province, Role.STAFF, name="Phó phòng")


@pytest.fixture
def loan(place, deputy):
    def body(**facts) -> dict:
        return {"unit": place.province.id, "to": deputy.username, "since": "2027-03-01T00:00:00+07:00", "until": "2027-03-08T00:00:00+07:00",
                **facts}

    return body


def test_the_role_is_lent_used_and_taken_back(place, program, wanted, deputy, loan):
    program(place.clerk)("POST", "/conferences", json=wanted())
    approver, other = program(place.province_approver), program(deputy)
    before = other("GET", "/reservations").status_code

    lent = [approver("POST", "/lending", json=loan()) for _ in range(2)][1].json
    queue, borrowed = other("GET", "/reservations").json["items"], other("GET", "/lending").json["borrowed"]
    left = approver("POST", f"/lending/{lent['lent'][0]['id']}/end").json

    assert before == other("GET", "/reservations").status_code == 403
    assert [(one["unit"], one["person"], one["until"]) for one in lent["lent"]] == [(place.province.id, "Phó phòng", "2027-03-07T17:00:00Z")]
    assert (len(queue), [one["person"] for one in borrowed], left["lent"]) == (1, ["Duyệt Đắk Lắk"], [])


@pytest.mark.parametrize(("change", "reason"), [({"to": "nobody"}, "unknown_username"), ({"unit": 999}, "unknown_unit"),
                                                ({"until": "2027-02-01T00:00:00Z"}, "lent_until_not_after_from"),
                                                ({"until": "2027-06-01T00:00:00Z"}, "lent_too_long")])
def test_what_cannot_be_lent_says_why(place, program, loan, change, reason):
    answer = program(place.province_approver)("POST", "/lending", json=loan(**change))

    assert (answer.status_code, [one["reason"] for one in answer.json["errors"]]) == (422, [reason])


def test_nobody_lends_what_is_another_units_nor_ends_what_is_not_theirs(place, program, loan):
    lent = program(place.province_approver)("POST", "/lending", json=loan()).json["lent"][0]
    other = program(place.other_approver)

    assert [other("POST", "/lending", json=loan()).status_code, other("POST", f"/lending/{lent['id']}/end").status_code] == [403, 404]
