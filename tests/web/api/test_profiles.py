"""Security profiles over the API."""

from builders import a_profile

from roomctl.security_profiles.profile import Classification


def test_profiles_are_listed_lowest_classification_first(place, program):
    a_profile(Classification.CONFIDENTIAL)

    assert [one["classification"] for one in program(place.clerk)("GET", "/profiles").json["items"]] == ["ordinary", "confidential"]
