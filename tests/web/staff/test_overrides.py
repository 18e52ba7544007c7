"""The chair asks at a browser for a leg to take part that is not proven."""

import pytest
from builders import a_profile

from roomctl.sessions import tables as sessions
from roomctl.sessions.states import LegState
from roomctl.sessions.verdict import Verdict


@pytest.fixture
def faulty(equipped, start, put):
    """A running session whose second leg was found clear; returns its page's address and the leg's id."""
    session_id = start(profile_id=a_profile(overridable=True).id)
    put(session_id, legs={"state": LegState.HUNG_UP, "finding": "call_clear", "verdict": Verdict.NOT_SECURE, "wanted": False})
    return f"/staff/sessions/{session_id}/overrides", sessions.session_by_id(session_id).legs[1].id


def test_the_chair_asks_with_a_reason(equipped, faulty, signed_in, counted):
    page, leg_id = faulty

    answer = signed_in(equipped.chair).send(page, {"leg": str(leg_id), "reason": "Họp khẩn"}, page=page)

    assert (answer.status_code, counted("overrides")) == (303, 1)


def test_without_a_reason_nothing_is_asked_and_the_page_says_so(equipped, faulty, signed_in, counted):
    page, leg_id = faulty

    answer = signed_in(equipped.chair).send(page, {"leg": str(leg_id), "reason": " "}, page=page)

    assert (answer.status_code, counted("overrides")) == (422, 0)


def test_nobody_but_who_leads_may_ask(equipped, faulty, signed_in):
    assert signed_in(equipped.clerk).get(faulty[0]).status_code in (403, 404)
    assert signed_in(equipped.stranger).get(faulty[0]).status_code == 404
