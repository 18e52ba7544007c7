"""The use of rooms over the API: numbers, and no word of any conference."""

import pytest
from builders import a_person, a_profile

from roomctl.organisation.roles import Role
from roomctl.security_profiles.profile import Classification


def test_numbers_come_by_month_unit_and_level(place, program, wanted):
    program(place.clerk)("POST", "/conferences", json=wanted())
    program(place.province_approver)("POST", "/reservations/2/decision", json={"decision": "grant"})

    answer = program(place.clerk)("GET", "/reports/usage?year=2027").json

    assert (answer["total"]["rooms"], answer["total"]["granted"], answer["total"]["booked_s"]) == (3, 2, 7200)
    assert {one["month"] for one in answer["months"] if one["figures"]["granted"]} == {3}
    assert {one["name"]: [month["month"] for month in one["months"] if month["figures"]["granted"]] for one in answer["units"]} == {
        "Trung ương": [3], "Đắk Lắk": [3], "Cà Mau": []}
    assert {one["level"]: one["year"]["granted"] for one in answer["levels"]} == {"central": 1, "provincial": 1}


def test_nothing_of_a_restricted_conference_is_told_but_that_it_counts(place, program, wanted):
    program(place.clerk)("POST", "/conferences", json=wanted(profile=a_profile(Classification.INTERNAL).key, title="Kế hoạch kín"))

    answer = program(place.clerk)("GET", "/reports/usage?year=2027")

    assert (answer.json["total"]["granted"], "Kế hoạch kín" in answer.text) == (1, False)


def test_each_sees_their_own_subtree(place, program, counted):
    local = program(a_person(place.province, Role.STAFF))
    before = counted("trail_entries")

    own, above = local("GET", "/reports/usage"), local("GET", f"/reports/usage?unit={place.centre.id}")

    assert (own.json["unit"], own.json["year"], above.status_code) == (place.province.id, 2027, 403)
    assert counted("trail_entries") == before + 1


@pytest.mark.parametrize(("query", "status"), [("unit=999", 404), ("year=1999", 422), ("year=next", 422)])
def test_a_report_that_is_none(place, program, query, status):
    assert program(place.clerk)("GET", f"/reports/usage?{query}").status_code == status
