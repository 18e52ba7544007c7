"""The engine against simulated codecs over real SSH, good days and bad ones."""

import time
from datetime import timedelta

import pytest
from builders import a_room
from studio import leg_of

from device_drivers.readings import EncryptionSetting
from device_drivers.simulators.cisco_roomos import SimulatedRoomOS
from device_drivers.simulators.network import Timing
from roomctl import clock
from roomctl.booking import decide
from roomctl.booking.tables import conference_by_id
from roomctl.database import write_transaction
from roomctl.sessions import control, lease, plan, tables
from roomctl.sessions.states import LegState, SessionState
from roomctl.sessions.verdict import Verdict
from roomctl.timespan import Span


def test_a_session_goes_live_only_when_every_leg_was_read_back_encrypted(studio, run):
    studio.start()

    session = run.until(lambda one: one.state == SessionState.LIVE)

    assert [leg.state for leg in session.legs] == [LegState.PROVEN] * 3
    assert session.verdict == Verdict.SECURE
    assert all(leg.grade == "A" for leg in session.legs)
    assert all(codec.dialled == ["7001@bridge.example"] for codec in studio.codecs.values())


def test_the_end_hangs_up_and_restores_the_former_settings(studio, run):
    studio.codecs["room"].setting = "Off"
    session_id = studio.start()
    run.until(lambda one: one.state == SessionState.LIVE)

    control.end_session(session_id, lead=studio.lead)
    session = run.until(lambda one: one.state == SessionState.ENDED)

    assert all(leg.state == LegState.HUNG_UP and leg.restored_at for leg in session.legs)
    assert {name: codec.setting for name, codec in studio.codecs.items()} == {"hall": "BestEffort", "room": "Off", "other": "BestEffort"}
    assert not any(codec.calls_up() for codec in studio.codecs.values())
    assert tables.leased_device_ids() == set()


def test_a_lying_codec_is_hung_up_named_and_keeps_the_session_from_going_live(studio, run):
    studio.codecs["other"].bad.lies = True
    studio.start()

    session = run.until(lambda one: leg_of(one, "other").state == LegState.HUNG_UP)

    liar = leg_of(session, "other")
    assert (liar.verdict, liar.finding) == (Verdict.NOT_SECURE, "call_clear")
    assert studio.codecs["other"].setting == EncryptionSetting.ON
    assert session.state == SessionState.CHECKING
    assert not studio.codecs["other"].calls_up()


def test_the_others_begin_when_the_chair_goes_on_without_it(studio, run):
    studio.codecs["other"].bad.lies = True
    session_id = studio.start()
    session = run.until(lambda one: leg_of(one, "other").state == LegState.HUNG_UP)

    control.go_on_without(session_id, leg_of(session, "other").id, lead=studio.lead)
    session = run.until(lambda one: one.state == SessionState.LIVE)

    assert leg_of(session, "other").state == LegState.LEFT_OUT
    assert session.verdict == Verdict.SECURE


def test_a_worker_that_comes_back_long_after_the_end_was_asked_for_hangs_up_and_restores_all_the_same(studio, run, monkeypatch):
    session_id = studio.start()
    run.until(lambda one: one.state == SessionState.LIVE)
    control.end_session(session_id, lead=studio.lead)
    monkeypatch.setattr(plan, "END_WITHIN", timedelta(0))  # It is late from the first look on.

    session = run.until(lambda one: one.state == SessionState.ENDED)

    assert [(leg.finding, leg.restore_failed) for leg in session.legs] == [("", False)] * 3
    assert [codec.calls_up() for codec in studio.codecs.values()] == [{}] * 3
    assert [codec.setting for codec in studio.codecs.values()] == ["BestEffort"] * 3


def test_a_session_that_ends_while_a_codec_still_thinks_leaves_the_engine_at_rest(studio, run):
    for codec in studio.codecs.values():
        codec.bad.delay_s = 0.1
    session_id = studio.start()
    run.engine.tick()
    control.end_session(session_id, lead=studio.lead)
    run.until(lambda one: one.ended_at is not None)
    run.engine.tick()
    run.engine.wait(0.6)  # By now all of them have answered.
    begun = time.monotonic()

    run.engine.wait(0.2)

    assert time.monotonic() - begun >= 0.19  # It waits for nothing, instead of looking again at once and for ever.


@pytest.fixture
def two_sessions(studio) -> tuple[int, int]:
    """The ids of two running sessions; for the second there is one more room with a codec."""
    place, room = studio.place, a_room(studio.place.centre)
    spare = studio.codecs["spare"] = SimulatedRoomOS(name="spare", address="spare@vc.example", network=studio.network, password="geheim",
                                                     timing=Timing(ring_s=0.05, media_s=0.05))
    spare.start()
    studio._add(spare, kind="codec", family="cisco_roomos", unit=room.unit, room=room, dial_address=spare.address)
    first = studio.start(studio.book_now(rooms=("hall", "room")))
    start = clock.now() + timedelta(minutes=5)
    conference_id = place.book(room_ids=(room.id, place.other_room.id), host_room_id=room.id, span=Span(start, start + timedelta(hours=1)))
    for reservation in decide.queue_of(place.other_approver):
        decide.grant_reservation(reservation.id, by=place.other_approver)
    return first, studio.start(conference_by_id(conference_id).occurrences[0].id)


def test_a_session_that_cannot_be_worked_on_keeps_nobody_behind_it_from_going_live(studio, two_sessions, run, caplog):
    spoiled, behind = two_sessions
    with write_transaction():
        tables.session_for_update(spoiled).legs[0].state = "nonsense"

    run.until(lambda one: one.id == behind and one.state == SessionState.LIVE)

    assert f"session {spoiled}: a step failed" in caplog.text


def test_a_lost_lease_ends_the_work_whatever_else_is_wrong(studio, run):
    studio.start()
    with write_transaction():
        tables.worker_lease().fence += 1

    with pytest.raises(lease.LeaseLost):
        run.until(lambda one: one.state == SessionState.LIVE)


def test_a_device_in_a_session_is_known_to_be_alive_though_no_probe_goes_there(studio, run):
    studio.start()

    session = run.until(lambda session: session.state == SessionState.LIVE)

    assert {(leg.device.status, leg.device.probed_at is not None) for leg in session.legs} == {("ok", True)}
