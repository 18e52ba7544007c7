"""How units and people are found, on both engines."""

import pytest
from builders import a_person, a_unit

from roomctl.organisation import directory
from roomctl.organisation.roles import Role
from roomctl.organisation.tables import people_found
from roomctl.organisation.unit_tables import units_found
from roomctl.organisation.units import Level


class Country:
    def __init__(self) -> None:
        self.centre = a_unit("Văn phòng Trung ương")
        self.near, self.far = a_unit("Tỉnh Đắk Lắk", parent=self.centre), a_unit("Thành phố Đà Nẵng", parent=self.centre)
        self.commune = a_unit("Xã Ea Đar", parent=self.near, level=Level.COMMUNE)
        self.far_commune = a_unit("Xã Ea Đar", parent=self.far, level=Level.COMMUNE)
        self.clerk, self.far_clerk = a_person(self.commune, name="Trần Thị Đào"), a_person(self.far, name="Trần Văn Đạo")


@pytest.fixture
def country(app_on, set_clock) -> Country:
    return Country()


def ids(*things) -> list[int]:
    return [thing.id for thing in things]


def test_units_are_found_without_accents_within_reach_only(country):
    assert ids(*units_found("ea dar", below=[country.centre.path])) == ids(country.commune, country.far_commune)
    assert ids(*units_found("EA ĐAR", below=[country.near.path])) == ids(country.commune)
    assert units_found("ea dar", below=[]) == []


def test_a_unit_is_found_by_its_code(country):
    assert ids(*units_found(country.near.code.lower(), below=[country.centre.path])) == ids(country.near)


@pytest.mark.parametrize("words", ["%", "_", "\\", "'", "x' OR '1'='1"])
def test_signs_of_the_query_language_are_only_signs(country, words):
    assert units_found(words, below=[country.centre.path]) == []
    assert people_found(words, below=[country.centre.path], limit=9) == []


def test_without_words_a_units_neighbourhood_is_listed_upper_levels_first(country):
    assert ids(*units_found("", below=[country.centre.path])) == ids(country.centre, country.far, country.near)
    assert ids(*units_found("", below=[country.near.path])) == ids(country.near, country.commune)


def test_people_are_found_by_name_or_username_within_reach(country):
    assert ids(*people_found("dao", below=[country.centre.path], limit=9)) == ids(country.clerk, country.far_clerk)
    assert ids(*people_found("tran", below=[country.near.path], limit=9)) == ids(country.clerk)
    assert ids(*people_found(country.far_clerk.username, below=[country.centre.path], limit=9)) == ids(country.far_clerk)
    assert len(people_found("", below=[country.centre.path], limit=1)) == 1


def test_somebody_with_a_role_in_reach_is_found_too_wherever_they_sit(country):
    directory.grant_role(country.far_clerk, Role.TECHNICIAN, country.commune, by=None)
    directory.grant_role(country.far_clerk, Role.STAFF, country.near, by=None)

    assert ids(*people_found("", below=[country.near.path], limit=9)) == ids(country.clerk, country.far_clerk)
