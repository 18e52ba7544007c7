"""Days off over the API."""

import pytest
from builders import a_person

from roomctl.organisation.roles import Role


def test_a_year_is_seeded_and_a_day_said_and_unsaid(place, program):
    administrator = program(place.administrator)

    seeded = administrator("POST", "/days-off/seeding", json={"year": 2027}).json["items"]
    said = administrator("POST", "/days-off", json={"day": "2027-03-06", "worked": True}).json["items"]
    left = administrator("POST", "/days-off/removal", json={"day": "2027-03-06"}).json["items"]

    assert {"2027-01-01", "2027-09-02"} <= {one["day"] for one in seeded if not one["worked"]}
    assert [one for one in said if one not in seeded] == [{"day": "2027-03-06", "worked": True, "name": ""}]
    assert left == seeded == program(place.clerk)("GET", "/days-off").json["items"]


@pytest.mark.parametrize(("body", "field", "reason"), [({"day": "2027-03-03"}, "name", "name_missing"),
                                                       ({"day": "2027-03-03", "worked": True}, "day", "not_a_weekend_day"),
                                                       ({"day": "03/03/2027"}, "day", "malformed"), ({"day": 20270303}, "day", "malformed"),
                                                       ({"day": "2027-03-06", "worked": "yes"}, "worked", "malformed")])
def test_a_day_that_cannot_be_names_its_field(place, program, counted, body, field, reason):
    answer = program(place.administrator)("POST", "/days-off", json=body)

    assert (answer.status_code, [(one["field"], one["reason"]) for one in answer.json["errors"]]) == (422, [(field, reason)])
    assert counted("special_days") == 0


def test_only_the_roots_administrators_keep_the_table(place, program, counted):
    local = program(a_person(place.province, Role.ADMINISTRATOR))
    before = counted("trail_entries")

    answers = [local("POST", "/days-off/seeding", json={"year": 2027}), local("POST", "/days-off", json={"day": "2027-03-03", "name": "Hội"}),
               local("POST", "/days-off/removal", json={"day": "2027-03-03"})]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert (counted("trail_entries"), counted("special_days")) == (before + 3, 0)
