"""An officer decides about an override: with their own password given again, a reason, and never about their own."""

import pytest
from builders import PASSWORD, a_person, a_profile

from roomctl.database import db
from roomctl.organisation import directory
from roomctl.organisation.roles import Role
from roomctl.security_profiles.profile import Classification
from roomctl.sessions import override, override_tables, tables
from roomctl.sessions.control import Lead
from roomctl.sessions.states import LegState, SessionState
from roomctl.sessions.verdict import Verdict
from roomctl.web.public.sign_in import SIGN_IN_COOKIE

OVERRIDES = "/auditor/overrides"
TITLE = "Kiểm điểm cán bộ"


@pytest.fixture
def asked(equipped, start, put) -> int:
    """A session of an internal conference whose second leg was found in the clear, and the chair's request; returns its id."""
    session_id = start(profile_id=a_profile(Classification.INTERNAL).id, title=TITLE)
    put(session_id, state=SessionState.CHECKING, legs={"state": LegState.HUNG_UP, "finding": "call_clear", "verdict": Verdict.NOT_SECURE,
                                                       "wanted": False})
    leg = tables.session_by_id(session_id).legs[1]
    return override.ask_override(session_id, leg.id, reason="Họp khẩn", lead=Lead(user=equipped.chair))


def decide(client, override_id: int, decision: str = "grant", **typed):
    return client.send(f"{OVERRIDES}/{override_id}/decision", {"decision": decision, "reason": "Đã gọi điện xác minh", "password": PASSWORD, **typed},
                       page=OVERRIDES)


def decision_of(override_id: int) -> str:
    db.session.expire_all()
    db.session.rollback()
    return override_tables.override_by_id(override_id).decision


@pytest.mark.parametrize("language", ["vi", "en"])
def test_what_waits_stands_first_with_room_finding_and_reason(equipped, asked, signed_in, language):
    page = signed_in(equipped.officer, language).page(OVERRIDES)

    assert equipped.room.name in page.text and "Họp khẩn" in page.text
    assert f"{OVERRIDES}/{asked}" in page.links


@pytest.mark.parametrize("path", [OVERRIDES, f"{OVERRIDES}/{{}}"])
def test_the_officer_sees_the_code_name_and_not_the_title(equipped, asked, signed_in, path):
    html = signed_in(equipped.officer).get(path.format(asked)).text

    assert "HN-1" in html and TITLE not in html


@pytest.mark.parametrize(("button", "decision"), [("grant", "granted"), ("refuse", "refused")])
def test_the_button_that_is_pressed_decides(equipped, asked, signed_in, button, decision):
    answer = decide(signed_in(equipped.officer), asked, button)

    assert (answer.status_code, answer.headers["Location"]) == (303, f"{OVERRIDES}/{asked}")
    assert decision_of(asked) == decision


def test_what_was_decided_is_shown_with_who_and_why(equipped, asked, signed_in):
    client = signed_in(equipped.officer)
    decide(client, asked)

    page = client.page(f"{OVERRIDES}/{asked}")

    assert "Đã chấp nhận" in page.text and equipped.officer.name in page.text and "Đã gọi điện xác minh" in page.text
    assert f"{OVERRIDES}/{asked}/decision" not in page.actions


def test_the_password_given_again_makes_a_fresh_sign_in_and_the_old_one_dies(equipped, asked, signed_in, browser):
    client = signed_in(equipped.officer)
    before = client.get_cookie(SIGN_IN_COOKIE).value

    decide(client, asked)

    copied = browser()
    copied.set_cookie(SIGN_IN_COOKIE, before)
    assert client.get_cookie(SIGN_IN_COOKIE).value != before
    assert (client.get(OVERRIDES).status_code, copied.get(OVERRIDES, headers={"Accept": "application/json"}).status_code) == (200, 401)


@pytest.mark.parametrize("typed", [{"password": "không phải"}, {"password": ""}, {"reason": ""}, {"reason": "  "}, {"reason": "a\u202eb"},
                                   {"decision": ""}, {"decision": "maybe"}])
def test_without_the_right_password_and_a_reason_nothing_is_decided(equipped, asked, signed_in, typed):
    answer = decide(signed_in(equipped.officer), asked, **typed)

    assert (answer.status_code, decision_of(asked)) == (422, "asked")


def test_after_a_wrong_password_the_reason_is_still_there_and_the_password_is_not(equipped, asked, signed_in):
    html = decide(signed_in(equipped.officer), asked, reason="Đã gọi điện xác minh", password="sai rồi nhé").text

    assert "Đã gọi điện xác minh" in html and "sai rồi nhé" not in html


def test_five_wrong_passwords_close_the_door_for_a_while(equipped, asked, signed_in):
    client = signed_in(equipped.officer)
    for _ in range(5):
        decide(client, asked, password="sai rồi nhé")

    assert (decide(client, asked).status_code, decision_of(asked)) == (429, "asked")


def test_decided_by_another_meanwhile_the_officer_is_told_and_stays_signed_in(equipped, asked, signed_in):
    late = signed_in(a_person(equipped.centre, Role.AUDITOR))
    decide(signed_in(equipped.officer), asked, "refuse")

    answer = decide(late, asked)

    assert (answer.status_code, decision_of(asked)) == (409, "refused")
    assert late.get(OVERRIDES).status_code == 200


@pytest.mark.parametrize("who", ["chair", "clerk"])
def test_who_chairs_or_organizes_cannot_decide_even_as_an_officer(equipped, asked, signed_in, who):
    person = getattr(equipped, who)
    directory.grant_role(person, Role.AUDITOR, equipped.centre, by=None)
    client = signed_in(person)

    page = client.page(f"{OVERRIDES}/{asked}")

    assert f"{OVERRIDES}/{asked}/decision" not in page.actions and "Bạn là người xin" in page.text
    assert (decide(client, asked).status_code, decision_of(asked)) == (422, "asked")


def test_for_an_officer_of_another_unit_it_does_not_exist(equipped, asked, signed_in):
    client = signed_in(a_person(equipped.province, Role.AUDITOR))

    assert (client.get(f"{OVERRIDES}/{asked}").status_code, decide(client, asked).status_code) == (404, 404)
    assert equipped.room.name not in client.page(OVERRIDES).text


@pytest.mark.parametrize("who", ["technician", "administrator", "clerk", "chair", "centre_approver"])
def test_nobody_else_gets_in(equipped, asked, signed_in, who):
    assert signed_in(getattr(equipped, who)).get(OVERRIDES).status_code == 403


def test_the_session_page_names_the_override_and_who_decided(equipped, asked, signed_in):
    client = signed_in(equipped.officer)
    decide(client, asked)

    text = client.page(f"/auditor/sessions/{override_tables.override_by_id(asked).session_id}").text

    assert "Ngoại lệ" in text and "Họp khẩn" in text and equipped.officer.name in text


def test_the_first_screen_says_how_many_wait(equipped, asked, signed_in):
    client = signed_in(equipped.officer)
    before = client.page("/auditor/sessions").text
    decide(client, asked)

    assert "Có 1 yêu cầu chấp nhận ngoại lệ" in before
    assert "yêu cầu chấp nhận ngoại lệ" not in client.page("/auditor/sessions").text
