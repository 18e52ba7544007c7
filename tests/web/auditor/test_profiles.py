"""An officer adds a version of a profile after seeing what would change."""

import pytest

from roomctl.database import db
from roomctl.security_profiles import catalogue
from roomctl.security_profiles.tables import versions_of

PROFILES = "/auditor/profiles"
KEY = "thuong"


@pytest.fixture
def profiles(place):
    catalogue.add_default_profiles()


def typed(**facts) -> dict[str, str]:
    newest = versions_of(KEY)[0]
    return {"name_vi": newest.name_vi, "name_en": newest.name_en, "min_grade": newest.min_grade, "suites": "\n".join(newest.suites),
            "check_interval_s": str(newest.check_interval_s), "on_drift": newest.on_drift, "seen": str(newest.version), **facts}


def newest() -> int:
    db.session.rollback()
    db.session.expire_all()
    return versions_of(KEY)[0].version


@pytest.mark.parametrize("language", ["vi", "en"])
def test_profiles_are_listed_and_shown(place, profiles, signed_in, language):
    client = signed_in(place.officer, language)

    assert f"{PROFILES}/{KEY}" in client.get(PROFILES).text
    assert client.get(f"{PROFILES}/{KEY}").status_code == 200


def test_a_preview_says_what_would_change_and_stores_nothing(place, profiles, signed_in):
    answer = signed_in(place.officer).send(f"{PROFILES}/{KEY}", typed(check_interval_s="30"), page=f"{PROFILES}/{KEY}")

    assert (answer.status_code, newest()) == (200, 1)
    assert "30" in answer.text


def test_saving_adds_a_version(place, profiles, signed_in):
    answer = signed_in(place.officer).send(f"{PROFILES}/{KEY}", typed(check_interval_s="30", save="1"), page=f"{PROFILES}/{KEY}")

    assert (answer.status_code, newest()) == (303, 2)


@pytest.mark.parametrize("wrong", [{"suites": ""}, {"check_interval_s": "0"}, {"min_grade": "Z"}, {"name_vi": ""}])
def test_what_is_wrong_is_told_and_nothing_is_stored(place, profiles, signed_in, wrong):
    answer = signed_in(place.officer).send(f"{PROFILES}/{KEY}", typed(save="1", **wrong), page=f"{PROFILES}/{KEY}")

    assert (answer.status_code, newest()) == (422, 1)


def test_who_saw_an_older_version_is_told_and_overwrites_nothing(place, profiles, signed_in):
    client, stale = signed_in(place.officer), typed(check_interval_s="30", save="1")
    client.send(f"{PROFILES}/{KEY}", {**stale, "check_interval_s": "20"}, page=f"{PROFILES}/{KEY}")

    answer = client.send(f"{PROFILES}/{KEY}", stale, page=f"{PROFILES}/{KEY}")

    assert (answer.status_code, newest()) == (409, 2)


def test_an_unknown_profile_is_not_found(place, profiles, signed_in):
    assert signed_in(place.officer).get(f"{PROFILES}/abacus").status_code == 404
