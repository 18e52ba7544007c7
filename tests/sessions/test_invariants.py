"""What must always be true of sessions: it is, and whatever breaks it is named."""

from datetime import timedelta

import pytest
from builders import Place, SetClock, a_room, hash_quickly
from sqlalchemy import text

from roomctl import clock
from roomctl.booking.tables import conference_by_id
from roomctl.database import db, write_transaction
from roomctl.devices import inventory
from roomctl.sessions import control, invariants, record, tables
from roomctl.sessions.observe import Outcome
from roomctl.sessions.plan import Step
from roomctl.sessions.states import LegState, SessionState
from roomctl.timespan import Span


def broken() -> list[str]:
    return [line for lines in invariants.checked().values() for line in lines]


@pytest.fixture
def by_hand(shared_app):
    """Do what no use case does, past every guarantee of the database that stands in the way; undone after the test."""

    def write(*statements: str) -> None:
        db.session.rollback()
        for statement in ("DROP INDEX uq_sessions_running", *statements):
            db.session.execute(text(statement))

    yield write
    db.session.rollback()


class Stage:
    """Four rooms of the centre with codecs, and a bridge; no device is there, and no worker: the legs stay as they are put."""

    def __init__(self) -> None:
        self.place = Place()
        self.rooms = [a_room(self.place.centre) for _ in range(4)]
        common = {"unit": self.place.centre, "username": "roomctl", "password": "geheim"}
        for room in self.rooms:
            inventory.add_device(kind="codec", family="cisco_roomos", room=room, name=room.code, host="192.0.2.1", port=room.id, **common)
        bridge = inventory.add_device(kind="bridge", family="simulated_bridge", room=None, name="bridge", host="192.0.2.2", port=22,
                                      pool=["7001@bridge.example", "7002@bridge.example"], ports=10, **common)
        inventory.note_host_key(bridge.id, fingerprint="SHA256:1", algorithm="ssh-ed25519")
        inventory.pin_host_key(bridge.id, "SHA256:1", by=None)
        self.bridge_id = bridge.id

    def start(self, first: int = 0) -> tables.ConferenceSession:
        """Start a session in two of the rooms."""
        start = clock.now() + timedelta(minutes=5)
        rooms = [room.id for room in self.rooms[first:first + 2]]
        conference_id = self.place.book(room_ids=tuple(rooms), host_room_id=rooms[0], span=Span(start, start + timedelta(hours=1)))
        return self.start_again(conference_by_id(conference_id).occurrences[0].id)

    def start_again(self, occurrence_id: int) -> tables.ConferenceSession:
        return tables.session_by_id(control.start_session(occurrence_id, lead=control.Lead(user=self.place.chair)))

    def end(self, session: tables.ConferenceSession) -> None:
        """End a session as the worker does: one former setting came back, the other did not."""
        control.end_session(session.id, lead=control.Lead(user=self.place.chair))
        with write_transaction():
            session = tables.session_for_update(session.id)
            for leg in session.legs:
                leg.state, leg.former_setting = LegState.HUNG_UP, "BestEffort"
            restored, lost = session.legs
            record.apply(session, restored, Outcome(restored.id, Step.RESTORE), session.profile.as_profile(), clock.now(), [])
            record.give_up(session, lost, clock.now())
            assert record.settle(session, clock.now())
            assert session.state == SessionState.FAILED  # It was never live.


@pytest.fixture(scope="module")
def names(shared_app) -> dict[str, object]:
    """A session that has ended and two that run, one of them in the same rooms; what their rows are called."""
    now = SetClock()
    clock.set_source(now)
    with pytest.MonkeyPatch.context() as patch:
        hash_quickly(patch)
        stage = Stage()
    ended = stage.start()
    now.forward(minutes=1)
    stage.end(ended)
    now.forward(minutes=1)
    running, beside = stage.start_again(ended.occurrence_id), stage.start(2)
    clock.set_source(None)
    return {
        "ended": ended.id, "lost": ended.legs[1].id, "restored": ended.legs[0].id, "occurrence": ended.occurrence_id,
        "running": running.id, "leg": running.legs[1].id, "device": running.legs[1].device_id, "room": running.legs[1].room_id,
        "beside": beside.id, "beside_occurrence": beside.occurrence_id, "bridge": stage.bridge_id,
        "false": "0" if db.engine.dialect.name == "sqlite" else "false",
    }


def test_whatever_use_cases_do_every_promise_holds(names):
    assert broken() == []


BREAKS = {
    "two running sessions of an occurrence": (
        ["UPDATE sessions SET occurrence_id = {occurrence}, number = 3 WHERE id = {beside}"], "occurrence:{occurrence} has 2 running sessions."),
    "a running session that has ended": (
        ["UPDATE sessions SET state = 'live' WHERE id = {ended}"], "session:{ended} is live, and has ended."),
    "an ended session that has not": (
        ["UPDATE sessions SET state = 'ended' WHERE id = {running}"], "session:{running} is ended, and has not ended."),
    "a session of a cancelled occurrence": (
        ["UPDATE occurrences SET cancelled_at = planned_start_at WHERE id = {occurrence}"],
        "session:{running} runs, and its occurrence:{occurrence} is cancelled."),
    "a leg in a room that was released": (
        ["UPDATE reservations SET state = 'released' WHERE room_id = {room}"],
        "leg:{leg} of session:{running} is in room:{room}, which is not granted to its occurrence."),
    "a leg without its device": (
        ["DELETE FROM device_leases WHERE device_id = {device}"], "leg:{leg} of session:{running} does not hold its device:{device}."),
    "a device held for nobody": (
        ["UPDATE device_leases SET session_id = {ended} WHERE device_id = {device}"],
        "device:{device} is held by session:{ended}, which does not run."),
    "a device held for another": (
        ["UPDATE device_leases SET session_id = {beside} WHERE device_id = {device}"],
        "device:{device} is held by session:{beside}, and belongs to none of its legs."),
    "one address for two sessions": (
        ["UPDATE sessions SET bridge_address = '7001@bridge.example'"], "2 running sessions share one address of bridge device:{bridge}."),
    "more legs than ports": (
        ["UPDATE devices SET ports = 3 WHERE id = {bridge}"], "Bridge device:{bridge} has 3 ports and carries 4 legs."),
    "evidence that was never sealed": (
        ["DELETE FROM sealed_evidence"], "session:{ended} has ended without sealed evidence."),
    "evidence that was rewritten": (
        ["UPDATE sealed_evidence SET document = '{{}}'"], "session:{ended} has sealed evidence that the trail does not know."),
    "evidence sealed too early": (
        ["UPDATE sealed_evidence SET session_id = {running}"], "session:{running} has not ended, and its evidence is sealed."),
    "a call left up": (
        ["UPDATE legs SET state = 'proven' WHERE id = {lost}"],
        "leg:{lost} of session:{ended}, which has ended, may still have a call up: it is proven."),
    "a setting that was forgotten": (
        ["UPDATE legs SET restore_failed = {false} WHERE id = {lost}"],
        "leg:{lost} of session:{ended}, which has ended, does not have its former setting back, and nothing says why."),
    "a restored setting nobody recorded": (
        ["UPDATE trail_entries SET kind = 'signed_in' WHERE kind = 'settings_restored'"],
        "leg:{restored} of session:{ended}, which has ended, has no entry in the trail about its former setting."),
    "a lost setting nobody recorded": (
        ["UPDATE trail_entries SET kind = 'signed_in' WHERE kind = 'settings_not_restored'"],
        "leg:{lost} of session:{ended}, which has ended, has no entry in the trail about its former setting."),
    "a beginning other than the first session's": (
        ["UPDATE occurrences SET actual_start_at = planned_start_at WHERE id = {occurrence}"],
        "occurrence:{occurrence} did not begin when its first session did."),
    "an end while a session runs": (
        ["UPDATE occurrences SET actual_end_at = planned_end_at WHERE id = {occurrence}"],
        "occurrence:{occurrence} did not end when its last session did."),
    "a session nobody started": (
        ["UPDATE trail_entries SET kind = 'signed_in' WHERE kind = 'session_started' AND subject = 'session:{beside}'"],
        "session:{beside} exists, and the trail says 0 times that it was started."),
    "an end nobody recorded": (
        ["UPDATE trail_entries SET kind = 'signed_in' WHERE kind = 'session_ended'"],
        "session:{ended} has ended, and the trail says 0 times that it has."),
    "an entry without its session": (
        ["UPDATE trail_entries SET subject = 'session:987' WHERE kind = 'session_ended'"],
        "The trail speaks of session:987, which does not exist."),
}


@pytest.mark.parametrize("what", BREAKS)
def test_what_is_broken_by_hand_is_named(names, by_hand, what):
    statements, sentence = BREAKS[what]

    by_hand(*(statement.format(**names) for statement in statements))

    assert sentence.format(**names) in broken()


def test_what_the_trail_no_longer_tells_is_not_guessed_at(names, by_hand):
    by_hand("DELETE FROM trail_payloads")

    assert broken() == []
