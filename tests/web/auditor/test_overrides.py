"""An officer decides about overrides, with their own password given again and a reason."""

import pytest
from builders import PASSWORD, a_profile

from roomctl.database import db
from roomctl.sessions import override, override_tables
from roomctl.sessions import tables as sessions
from roomctl.sessions.control import Lead
from roomctl.sessions.states import LegState
from roomctl.sessions.verdict import Verdict

OVERRIDES = "/auditor/overrides"


@pytest.fixture
def asked(equipped, start, put):
    """A request for the second leg of a running session, which was found to be clear; returns its id."""
    session_id = start(profile_id=a_profile(overridable=True).id)
    put(session_id, legs={"state": LegState.HUNG_UP, "finding": "call_clear", "verdict": Verdict.NOT_SECURE, "wanted": False})
    leg_id = sessions.session_by_id(session_id).legs[1].id
    return override.ask_override(session_id, leg_id, reason="Họp khẩn", lead=Lead(user=equipped.chair))


def decision(client, override_id: int, **typed):
    page = f"{OVERRIDES}/{override_id}"
    return client.send(f"{page}/decision", {"decision": "grant", "reason": "Đã kiểm tra", "password": PASSWORD, **typed}, page=page)


def outcome(override_id: int):
    db.session.rollback()
    db.session.expire_all()
    return override_tables.override_by_id(override_id)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_what_waits_is_listed_and_can_be_looked_at(equipped, asked, signed_in, language):
    client = signed_in(equipped.officer, language)

    assert f"{OVERRIDES}/{asked}" in client.get(OVERRIDES).text
    assert "Họp khẩn" in client.page(f"{OVERRIDES}/{asked}").text


def test_an_officer_grants_with_password_and_reason(equipped, asked, signed_in):
    answer = decision(signed_in(equipped.officer), asked)

    assert answer.status_code == 303
    assert outcome(asked).decided_by == equipped.officer.id


@pytest.mark.parametrize("typed", [{"password": "wrong"}, {"reason": "  "}, {"decision": "maybe"}])
def test_what_was_not_given_rightly_decides_nothing(equipped, asked, signed_in, typed):
    answer = decision(signed_in(equipped.officer), asked, **typed)

    assert answer.status_code == 422
    assert outcome(asked).decided_by is None


def test_nobody_but_an_officer_sees_requests(equipped, asked, signed_in):
    for person in (equipped.clerk, equipped.chair, equipped.technician, equipped.administrator):
        assert signed_in(person).get(f"{OVERRIDES}/{asked}").status_code in (403, 404)
