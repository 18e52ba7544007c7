"""The editor of security profiles: a look at what would change first, then a version that older conferences do not follow by themselves."""

import pytest
from builders import a_person, a_profile

from roomctl.database import db
from roomctl.organisation.roles import Role
from roomctl.security_profiles.profile import Classification
from roomctl.security_profiles.tables import versions_of

PROFILES = "/auditor/profiles"


@pytest.fixture
def profile(place):
    return a_profile(Classification.CONFIDENTIAL)


def typed(**facts) -> dict[str, str]:
    return {"name_vi": "Hồ sơ", "name_en": "Profile", "min_grade": "A", "suites": "Aes-128\nAes-256", "check_interval_s": "60", "on_drift": "end",
            "overridable": "", "seen": "1", **facts}


def send(client, profile, **facts):
    return client.send(f"{PROFILES}/{profile.key}", typed(**facts), page=f"{PROFILES}/{profile.key}")


def versions(profile) -> list[int]:
    db.session.rollback()
    return [one.version for one in versions_of(profile.key)]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_list_leads_to_each_profile_and_says_who_holds_on_to_what(place, profile, signed_in, language):
    place.book(profile_id=profile.id, title="", code_name="HN7")

    page = signed_in(place.officer, language).page(PROFILES)

    assert f"{PROFILES}/{profile.key}" in page.links
    assert any(": 1" in row for row in page.rows)


def test_a_look_says_what_would_change_and_which_conferences_stay_and_keeps_nothing(place, profile, signed_in):
    place.book(profile_id=profile.id, title="", code_name="HN7")

    answer = send(signed_in(place.officer), profile, preview="1")

    assert (answer.status_code, versions(profile)) == (200, [1])
    assert "Aes-256" in answer.text and "2 giây" in answer.text and "60 giây" in answer.text and "phiên bản 1: 1 hội nghị" in answer.text


def test_saved_there_is_a_new_version_with_the_old_classification(place, profile, signed_in):
    answer = send(signed_in(place.officer), profile, save="1", overridable="1", needs_line_protection="1", days_line_protection="180",
                  classification="ordinary")

    assert versions(profile) == [2, 1]
    newest = versions_of(profile.key)[0]
    assert (answer.status_code, newest.version, newest.suites, newest.classification) == (303, 2, ["Aes-128", "Aes-256"], "confidential")
    assert (newest.overridable, newest.attestations, newest.created_by) == (True, {"line_protection": 180}, place.officer.id)


@pytest.mark.parametrize(("facts", "field"), [
    ({"suites": " \n "}, "suites"), ({"check_interval_s": "soon"}, "check_interval_s"), ({"name_vi": ""}, "name_vi"),
    ({"needs_room_inspection": "1", "days_room_inspection": "0"}, "days_room_inspection"), ({"min_grade": "C"}, "min_grade")])
@pytest.mark.parametrize("button", ["preview", "save"])
def test_what_is_wrong_is_said_beside_its_field(place, profile, signed_in, facts, field, button):
    answer = send(signed_in(place.officer), profile, **{button: "1", **facts})

    assert (answer.status_code, versions(profile)) == (422, [1])
    assert f'id="{field}-error"' in answer.text


def test_a_version_that_somebody_added_meanwhile_is_not_run_over(place, profile, signed_in):
    first, second = signed_in(place.officer), signed_in(a_person(place.centre, Role.AUDITOR))
    send(first, profile, save="1")

    answer = send(second, profile, save="1", check_interval_s="90")

    assert (answer.status_code, versions(profile)) == (409, [2, 1])


def test_sent_twice_it_is_one_version(place, profile, signed_in):
    client = signed_in(place.officer)

    answers = [send(client, profile, save="1").status_code for _ in range(2)]

    assert (answers, versions(profile)) == ([303, 409], [2, 1])


def test_an_officer_of_a_province_looks_and_changes_nothing(place, profile, signed_in):
    client = signed_in(a_person(place.province, Role.AUDITOR))

    page = client.page(f"{PROFILES}/{profile.key}")

    assert f"{PROFILES}/{profile.key}" not in page.actions
    assert (send(client, profile, save="1").status_code, versions(profile)) == (403, [1])


def test_the_editor_says_that_cisco_codecs_report_no_suite(place, profile, signed_in):
    assert "Codec Cisco chỉ báo Bật hoặc Tắt" in signed_in(place.officer).page(f"{PROFILES}/{profile.key}").text


def test_a_profile_that_is_not_there_is_not_found(place, profile, signed_in):
    client = signed_in(place.officer)

    assert client.get(f"{PROFILES}/nothing").status_code == 404
    assert client.send(f"{PROFILES}/nothing", typed(save="1"), page=PROFILES).status_code == 404


@pytest.mark.parametrize("who", ["clerk", "technician", "administrator"])
def test_nobody_else_gets_in(place, signed_in, who):
    assert signed_in(getattr(place, who)).get(PROFILES).status_code == 403
