"""Maintenance of rooms over the API."""

import pytest
from builders import a_person, a_profile

from roomctl.organisation.roles import Role
from roomctl.security_profiles.profile import Classification


@pytest.fixture
def window(place):
    def body(**facts) -> dict:
        return {"room": place.hall.id, "start": "2027-03-02T00:00:00+07:00", "end": "2027-03-03T00:00:00+07:00", "reason": "Sơn tường", **facts}

    return body


def test_a_room_is_closed_listed_and_opened_again(place, program, window):
    technician = program(place.technician)

    made = technician("POST", "/maintenance", json=window())
    listed = technician("GET", "/maintenance")
    opened = technician("POST", f"/maintenance/{made.json['items'][0]['id']}/cancellation")

    assert [(one["room"], one["reason"], one["met"]) for one in made.json["items"]] == [(place.hall.id, "Sơn tường", [])]
    assert listed.json == made.json
    assert opened.json == {"items": []}


def test_conferences_in_that_time_are_told_first_and_a_restricted_one_as_busy(place, program, wanted, window):
    program(place.clerk)("POST", "/conferences", json=wanted(profile=a_profile(Classification.INTERNAL).key, title="Kế hoạch kín"))
    technician = program(place.technician)

    asked = technician("POST", "/maintenance", json=window())
    knowing = technician("POST", "/maintenance", json=window(known=1))

    assert (asked.status_code, asked.json["reason"], [one["kind"] for one in asked.json["met"]]) == (409, "maintenance_meets_conferences", ["busy"])
    assert [one["kind"] for one in knowing.json["items"][0]["met"]] == ["busy"]
    assert "Kế hoạch kín" not in asked.text + knowing.text


@pytest.mark.parametrize(("change", "status"), [({"room": 999}, 404), ({"reason": ""}, 422), ({"end": "2027-03-01T00:00:00+07:00"}, 422),
                                                ({"known": True}, 422)])
def test_what_cannot_be_closes_nothing(place, program, window, counted, change, status):
    assert program(place.technician)("POST", "/maintenance", json=window(**change)).status_code == status
    assert counted("maintenance_windows") == 0


def test_a_technician_closes_no_room_of_another_unit(place, program, window, counted):
    local = program(a_person(place.province, Role.TECHNICIAN))
    before = counted("trail_entries")

    answer = local("POST", "/maintenance", json=window())

    assert (answer.status_code, counted("trail_entries")) == (403, before + 1)
