"""The chair asks at a browser for an override, and sees how it stands."""

import pytest
from builders import a_profile

from roomctl import clock
from roomctl.database import db
from roomctl.sessions import override, override_tables, tables
from roomctl.sessions.states import LegState, SessionState
from roomctl.sessions.verdict import Verdict


@pytest.fixture
def bad(start, put):
    """Start a session whose legs were all found in the clear, and return its id."""

    def begin(**profile) -> int:
        session_id = start(profile_id=a_profile(**profile).id)
        put(session_id, state=SessionState.CHECKING, legs={"state": LegState.HUNG_UP, "finding": "call_clear", "verdict": Verdict.NOT_SECURE,
                                                           "wanted": False})
        return session_id

    return begin


def asked_of(session_id: int) -> list[override_tables.Override]:
    db.session.rollback()
    return override_tables.overrides_of(session_id)


def page_of(session_id: int) -> str:
    return f"/staff/occurrences/{tables.session_by_id(session_id).occurrence_id}/session"


def test_the_session_page_leads_to_the_question(equipped, bad, signed_in):
    session_id = bad()

    assert f"/staff/sessions/{session_id}/overrides" in signed_in(equipped.chair).page(page_of(session_id)).links


def test_where_the_profile_allows_none_there_is_no_such_button(equipped, bad, signed_in):
    session_id = bad(overridable=False)

    assert f"/staff/sessions/{session_id}/overrides" not in signed_in(equipped.chair).page(page_of(session_id)).links


@pytest.mark.parametrize("language", ["vi", "en"])
def test_what_is_chosen_is_asked_for_with_the_reason(equipped, bad, signed_in, language):
    session_id = bad()
    client, leg = signed_in(equipped.chair, language), tables.session_by_id(session_id).legs[1]

    answer = client.send(f"/staff/sessions/{session_id}/overrides", {"leg": str(leg.id), "reason": "Họp khẩn"},
                         page=f"/staff/sessions/{session_id}/overrides")

    asked, = asked_of(session_id)
    assert (answer.status_code, asked.leg_id, asked.reason, asked.asked_by) == (303, leg.id, "Họp khẩn", equipped.chair.id)


def test_while_it_waits_the_roster_says_so_in_words(equipped, bad, signed_in):
    session_id = bad()
    leg = tables.session_by_id(session_id).legs[1]
    override.ask_override(session_id, leg.id, reason="Họp khẩn", lead=override.Lead(user=equipped.chair))

    html = signed_in(equipped.chair).get(f"{page_of(session_id)}/state").text

    assert "Đã xin chấp nhận ngoại lệ" in html


def test_an_overridden_leg_has_its_own_word_and_no_green(equipped, bad, signed_in, put):
    session_id = bad()
    put(session_id, state=SessionState.LIVE, live_at=clock.now(), verdict=Verdict.NOT_SECURE,
        legs={"state": LegState.OVERRIDDEN, "checked_at": clock.now()})

    page = signed_in(equipped.chair).page(f"{page_of(session_id)}/state")

    assert {found["data-state"] for found in page.named("li", class_="leg")} == {"overridden"}
    assert "Chấp nhận ngoại lệ" in page.text and "KHÔNG bảo mật" in page.text
    assert [found["data-secure"] for found in page.named("p", class_="encryption")] == ["no"]


@pytest.mark.parametrize(("typed", "field"), [({"reason": ""}, "reason"), ({"leg": []}, "leg")])
def test_without_a_leg_or_a_reason_nothing_is_asked(equipped, bad, signed_in, typed, field):
    session_id = bad()
    legs = [str(leg.id) for leg in tables.session_by_id(session_id).legs]

    answer = signed_in(equipped.chair).send(f"/staff/sessions/{session_id}/overrides", {"leg": legs, "reason": "Họp khẩn", **typed})

    assert (answer.status_code, asked_of(session_id)) == (422, [])
    assert f'id="{field}-error"' in answer.text


@pytest.mark.parametrize(("who", "status"), [("clerk", 403), ("stranger", 404), ("officer", 403)])
def test_only_the_chair_asks(equipped, bad, signed_in, who, status):
    session_id = bad()

    client = signed_in(getattr(equipped, who))

    assert client.get(f"/staff/sessions/{session_id}/overrides").status_code == status
    assert client.send(f"/staff/sessions/{session_id}/overrides", {"leg": "1", "reason": "x"}).status_code == status


def test_a_session_that_has_ended_has_no_such_page(equipped, bad, signed_in, put):
    session_id = bad()
    put(session_id, state=SessionState.ENDED, ended_at=clock.now())

    assert signed_in(equipped.chair).get(f"/staff/sessions/{session_id}/overrides").status_code == 404
