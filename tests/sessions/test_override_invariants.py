"""What must always be true of overrides: it is, and whatever breaks it is named."""

from datetime import timedelta

import pytest
from builders import Place, a_room, hash_quickly
from sqlalchemy import text

from roomctl import clock
from roomctl.booking.tables import conference_by_id
from roomctl.database import db, write_transaction
from roomctl.devices import inventory
from roomctl.sessions import control, override, override_invariants, tables
from roomctl.sessions.states import LegState
from roomctl.sessions.verdict import Verdict
from roomctl.timespan import Span


def broken() -> list[str]:
    db.session.rollback()
    return [line for lines in override_invariants.checked().values() for line in lines]


@pytest.fixture
def names(app_on, set_clock, monkeypatch) -> dict[str, object]:
    """A session with an override that was granted; what its rows are called.  No device is there, and no worker."""
    hash_quickly(monkeypatch)
    place = Place()
    rooms = [a_room(place.centre) for _ in range(2)]
    common = {"unit": place.centre, "username": "roomctl", "password": "geheim"}
    for room in rooms:
        inventory.add_device(kind="codec", family="cisco_roomos", room=room, name=room.code, host="192.0.2.1", port=room.id, **common)
    bridge = inventory.add_device(kind="bridge", family="simulated_bridge", room=None, name="bridge", host="192.0.2.2", port=22,
                                  pool=["7001@bridge.example"], ports=10, **common)
    inventory.note_host_key(bridge.id, fingerprint="SHA256:1", algorithm="ssh-ed25519")
    inventory.pin_host_key(bridge.id, "SHA256:1", by=None)
    start = clock.now() + timedelta(minutes=5)
    conference_id = place.book(room_ids=tuple(room.id for room in rooms), host_room_id=rooms[0].id, span=Span(start, start + timedelta(hours=1)))
    lead = control.Lead(user=place.chair)
    session_id = control.start_session(conference_by_id(conference_id).occurrences[0].id, lead=lead)
    with write_transaction():
        leg = tables.session_for_update(session_id).legs[1]
        leg.state, leg.finding, leg.verdict = LegState.HUNG_UP, "call_clear", Verdict.NOT_SECURE
    override_id = override.ask_override(session_id, leg.id, reason="Họp khẩn", lead=lead)
    override.decide_override(override_id, grant=True, reason="Đã xác minh", by=place.officer)
    return {"session": session_id, "leg": leg.id, "override": override_id, "chair": place.chair.id, "clerk": place.clerk.id}


def test_whatever_use_cases_do_every_promise_holds(names):
    assert broken() == []


@pytest.mark.parametrize(("statement", "sentence"), [
    ("UPDATE legs SET state = 'proven' WHERE id = {leg}", "leg:{leg} is proven, and override:{override} of it stands."),
    ("UPDATE overrides SET decision = 'asked'; UPDATE legs SET state = 'overridden' WHERE id = {leg}",
     "leg:{leg} is overridden, and no override of it stands."),
    ("UPDATE overrides SET decided_by = {chair}", "override:{override} was decided by nobody, or by whom it concerns."),
    ("UPDATE overrides SET decided_by = {clerk}", "override:{override} was decided by nobody, or by whom it concerns."),
    ("UPDATE overrides SET decided_by = NULL", "override:{override} was decided by nobody, or by whom it concerns."),
    ("UPDATE sessions SET ended_at = started_at", "override:{override} stands, and its session:{session} has ended."),
    ("UPDATE trail_entries SET kind = 'signed_in' WHERE kind = 'override_granted'",
     "override:{override} was decided, and the trail does not say so."),
    ("UPDATE overrides SET used_at = asked_at; UPDATE sessions SET live_at = started_at, verdict = 'secure'",
     "session:{session} is secure, and override:{override} was used in it."),
])
def test_what_is_broken_by_hand_is_named(names, statement, sentence):
    with write_transaction():
        for one in statement.format(**names).split(";"):
            db.session.execute(text(one))

    assert sentence.format(**names) in broken()


def test_what_the_trail_no_longer_tells_is_not_guessed_at(names):
    with write_transaction():
        db.session.execute(text("DELETE FROM trail_payloads"))

    assert broken() == []
