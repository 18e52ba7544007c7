"""Asking for an override at the host room's panel, by one touch."""

import pytest
from builders import a_profile

from roomctl.database import db
from roomctl.sessions import override_tables, tables
from roomctl.sessions.states import LegState, SessionState
from roomctl.sessions.verdict import Verdict


@pytest.fixture
def bad(equipped, start, put) -> int:
    """A session led in the hall whose other leg was found in the clear; returns its id."""
    session_id = start(profile_id=a_profile().id)
    put(session_id, state=SessionState.CHECKING, legs={"state": LegState.HUNG_UP, "finding": "call_clear", "verdict": Verdict.NOT_SECURE,
                                                       "wanted": False})
    return session_id


def asked_of(session_id: int) -> list[override_tables.Override]:
    db.session.rollback()
    return override_tables.overrides_of(session_id)


def path(session_id: int) -> str:
    return f"/panel/sessions/{session_id}/overrides"


def test_the_panel_leads_to_the_question_and_back(equipped, bad, paired_panel):
    panel = paired_panel(equipped.hall)

    assert path(bad) in panel.page("/panel").links
    assert "/panel" in panel.page(path(bad)).links


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_reason_is_one_touch_and_the_panel_then_says_that_it_waits(equipped, bad, paired_panel, language):
    panel, leg = paired_panel(equipped.hall).speak(language), tables.session_by_id(bad).legs[1]

    answer = panel.send(path(bad), {"leg": str(leg.id), "why": "urgent"}, page=path(bad))

    asked, = asked_of(bad)
    assert (answer.status_code, asked.leg_id, asked.asked_by, asked.asked_from_room_id) == (303, leg.id, None, equipped.hall.id)
    assert asked.reason
    assert [found["data-override"] for found in panel.page("/panel/state").named("span", class_="leg-override")] == ["asked"]


def test_asked_for_everything_the_question_is_over(equipped, bad, paired_panel):
    panel = paired_panel(equipped.hall)
    panel.send(path(bad), {"leg": [str(leg.id) for leg in tables.session_by_id(bad).legs], "why": "needed"}, page=path(bad))

    answer = panel.get(path(bad))

    assert (answer.status_code, answer.headers["Location"]) == (303, "/panel")
    assert path(bad) not in panel.page("/panel").links


def test_a_reason_that_no_button_has_is_none(equipped, bad, paired_panel):
    answer = paired_panel(equipped.hall).send(path(bad), {"leg": "1", "why": "because"}, page=path(bad))

    assert (answer.status_code, asked_of(bad)) == (404, [])


def test_a_sites_panel_only_looks_on(equipped, bad, paired_panel):
    panel = paired_panel(equipped.room)

    assert path(bad) not in panel.page("/panel").links
    assert panel.get(path(bad)).status_code == 403
