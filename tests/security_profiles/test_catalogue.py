"""Versions of security profiles: what an installation begins with, and what a new version may say."""

from dataclasses import replace

import pytest
from builders import a_profile

from roomctl.database import write_transaction
from roomctl.errors import Conflict, InvalidInput, NotVisible
from roomctl.security_profiles import catalogue
from roomctl.security_profiles.catalogue import Terms, checked_terms, differences, terms_of
from roomctl.security_profiles.profile import Classification
from roomctl.security_profiles.tables import current_profiles, newer_than, versions_of

TERMS = Terms(name_vi="Họp", name_en="Meet", min_grade="A", suites=("Aes-128",), check_interval_s=5, on_drift="drop", overridable=True)


def test_an_installation_begins_with_the_stream_suite_of_room_computers_below_classified_only(app, set_clock):
    catalogue.add_default_profiles()

    assert {row.key: row.suites for row in current_profiles()} == {
        "thuong": ["Aes-128", "AES_CM_128_HMAC_SHA1_80"], "noi-bo": ["Aes-128", "AES_CM_128_HMAC_SHA1_80"], "mat": ["Aes-128"]}


def test_an_installation_begins_with_overrides_below_classified_only(app, set_clock):
    catalogue.add_default_profiles()

    assert {row.key: row.overridable for row in current_profiles()} == {"thuong": True, "noi-bo": True, "mat": False}


@pytest.fixture
def profile(app_on, set_clock):
    return a_profile(Classification.INTERNAL)


@pytest.mark.parametrize(("change", "field"), [
    ({"name_vi": " "}, "name_vi"), ({"name_en": "a\u202eb"}, "name_en"), ({"min_grade": "C"}, "min_grade"), ({"suites": ()}, "suites"),
    ({"suites": ("mã",)}, "suites"), ({"suites": ("x" * 65,)}, "suites"), ({"suites": tuple(f"S{n}" for n in range(21))}, "suites"),
    ({"check_interval_s": 0}, "check_interval_s"), ({"check_interval_s": 3601}, "check_interval_s"), ({"on_drift": "nothing"}, "on_drift"),
    ({"attestations": {"line_protection": 0}}, "days_line_protection"), ({"attestations": {"room_inspection": 9999}}, "days_room_inspection")])
def test_what_is_wrong_with_new_terms_is_named(profile, change, field):
    with pytest.raises(InvalidInput) as refused:
        checked_terms(profile.key, replace(TERMS, **change))

    assert [problem.field for problem in refused.value.problems] == [field]


def test_blank_and_repeated_suites_are_left_out_and_unknown_attestations_too(profile):
    terms = checked_terms(profile.key, replace(TERMS, suites=(" Aes-128 ", "", "Aes-128", "Aes-256"), attestations={"room_inspection": 9, "else": 3}))

    assert (terms.suites, terms.attestations) == (("Aes-128", "Aes-256"), {"room_inspection": 9})


def test_a_profile_that_does_not_exist_has_no_new_version(profile):
    with pytest.raises(NotVisible):
        checked_terms("nothing", TERMS)


def test_an_older_version_stays_as_it_was(profile):
    with write_transaction():
        catalogue.renew_within(profile.key, TERMS, seen_version=1, by=_Anybody())

    newest, first = versions_of(profile.key)
    assert (newest.version, newest.suites, newest.overridable, newest.classification) == (2, ["Aes-128"], True, Classification.INTERNAL)
    assert (first.version, first.check_interval_s, newer_than(first).version, newer_than(newest)) == (1, 2, 2, None)


class _Anybody:
    id = None


def test_who_looked_at_an_older_version_adds_none(profile):
    with write_transaction():
        catalogue.renew_within(profile.key, TERMS, seen_version=1, by=_Anybody())

    with pytest.raises(Conflict, match="profile_moved_on"), write_transaction():
        catalogue.renew_within(profile.key, replace(TERMS, check_interval_s=9), seen_version=1, by=_Anybody())


def test_a_version_that_changes_nothing_is_not_added(profile):
    with pytest.raises(Conflict, match="profile_unchanged"), write_transaction():
        catalogue.renew_within(profile.key, terms_of(profile), seen_version=1, by=_Anybody())


def test_the_differences_name_each_term_with_before_and_after():
    assert differences(TERMS, replace(TERMS, check_interval_s=60, overridable=False)) == {
        "check_interval_s": (5, 60), "overridable": (True, False)}
