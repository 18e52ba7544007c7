"""At the host room's panel a reason is one touch."""

import pytest
from builders import a_profile

from roomctl.sessions import tables as sessions
from roomctl.sessions.states import LegState
from roomctl.sessions.verdict import Verdict
from roomctl.web.officer_words import ASK_REASON


@pytest.fixture
def faulty(equipped, start, put):
    """A running session whose second leg was found clear; returns its id and the leg's."""
    session_id = start(profile_id=a_profile(overridable=True).id)
    put(session_id, legs={"state": LegState.HUNG_UP, "finding": "call_clear", "verdict": Verdict.NOT_SECURE, "wanted": False})
    return session_id, sessions.session_by_id(session_id).legs[1].id


def test_a_touch_asks_the_officer(place, faulty, paired_panel, counted):
    session_id, leg_id = faulty
    page = f"/panel/sessions/{session_id}/overrides"

    answer = paired_panel(place.hall).send(page, {"leg": str(leg_id), "why": next(iter(ASK_REASON))}, page=page)

    assert (answer.status_code, answer.headers["Location"], counted("overrides")) == (303, "/panel", 1)


def test_a_reason_nobody_offered_asks_nothing(place, faulty, paired_panel, counted):
    session_id, leg_id = faulty
    page = f"/panel/sessions/{session_id}/overrides"

    answer = paired_panel(place.hall).send(page, {"leg": str(leg_id), "why": "because"}, page=page)

    assert (answer.status_code, counted("overrides")) == (404, 0)


def test_a_sites_panel_may_not_ask(place, faulty, paired_panel):
    assert paired_panel(place.room).get(f"/panel/sessions/{faulty[0]}/overrides").status_code in (403, 404)
