"""Codecs on their bad days: never shown secure, always named, the others not held up."""

import time
from datetime import timedelta

import pytest
from studio import leg_of

from device_drivers.simulators.cisco_roomos import SimulatedRoomOS
from roomctl import clock
from roomctl.booking import pins
from roomctl.booking import tables as booking
from roomctl.database import write_transaction
from roomctl.devices import inventory
from roomctl.devices.tables import DeviceCredential, host_keys_waiting
from roomctl.errors import Conflict, NotAllowed, NotVisible, Refused, Throttled
from roomctl.sessions import control, observe, plan, tables
from roomctl.sessions.states import LegState, SessionState
from roomctl.sessions.verdict import Verdict
from roomctl.timespan import Span


@pytest.fixture(autouse=True)
def short_limits(monkeypatch):
    """The limits of real rooms are minutes; the simulated ones need tenths of a second."""
    for name, seconds in {"PREPARE_WITHIN": 2, "FIND_WITHIN": 2, "ANSWER_WITHIN": 2, "MEDIA_WITHIN": 1.5, "LOOK_FOR_CALL": 0.5,
                          "END_WITHIN": 3}.items():
        monkeypatch.setattr(plan, name, timedelta(seconds=seconds))


def failed(run, name: str):
    session = run.until(lambda one: leg_of(one, name).state == LegState.HUNG_UP and not leg_of(one, name).wanted)
    others = run.until(lambda one: all(leg.state == LegState.PROVEN for leg in one.legs if leg.device.name != name))
    assert others.state == SessionState.CHECKING
    return leg_of(session, name)


def test_a_silent_codec_is_named_and_the_others_are_proven(studio, run):
    studio.codecs["other"].bad.silent_to = ""
    studio.start()

    assert failed(run, "other").finding == "silent"


def test_a_codec_that_goes_silent_at_the_dial_is_never_called_secure(studio, run):
    studio.codecs["other"].bad.silent_to = "xCommand Dial"
    studio.start()

    leg = failed(run, "other")

    assert (leg.finding, leg.verdict) == ("silent", Verdict.NOT_PROVEN)


def test_a_slow_codec_is_waited_for(studio, run):
    studio.codecs["other"].bad.delay_s = 0.15
    studio.start()

    session = run.until(lambda one: one.state == SessionState.LIVE, within_s=30)

    assert leg_of(session, "other").state == LegState.PROVEN


def test_a_codec_whose_answers_come_byte_by_byte_is_proven(studio, run):
    studio.codecs["other"].bad.chunk = 1
    studio.start()

    run.until(lambda one: one.state == SessionState.LIVE, within_s=30)


def test_a_changed_host_key_waits_for_a_person_and_gets_no_password(studio, run):
    studio.codecs["other"].new_host_key()
    studio.start()

    leg = failed(run, "other")

    assert leg.finding == "host_key_changed"
    assert [key.fingerprint for key in host_keys_waiting(leg.device_id)] == [studio.codecs["other"].fingerprint]
    assert studio.codecs["other"].heard == []


def test_an_approved_new_host_key_lets_the_leg_be_tried_again(studio, run):
    studio.codecs["other"].new_host_key()
    session_id = studio.start()
    leg = failed(run, "other")

    inventory.pin_host_key(leg.device_id, studio.codecs["other"].fingerprint, by=studio.place.technician)
    control.retry_leg(session_id, leg.id, lead=studio.lead)

    run.until(lambda one: one.state == SessionState.LIVE)


def test_a_full_session_table_is_named(studio, run):
    studio.codecs["other"].bad.max_sessions = 0
    studio.start()

    assert failed(run, "other").finding == "session_table_full"


def test_a_codec_that_says_ok_and_does_not_dial_is_not_proven(studio, run):
    studio.codecs["other"].bad.dial_does_nothing = True
    studio.start()

    assert failed(run, "other").finding == "call_vanished"


def test_a_codec_that_says_ok_and_keeps_its_setting_is_not_dialled(studio, run):
    studio.codecs["other"].bad.setting_does_nothing = True
    studio.start()

    assert failed(run, "other").finding == "setting_not_taken"
    assert studio.codecs["other"].dialled == []


def test_a_codec_in_another_call_is_not_dialled(studio, run):
    studio.codecs["other"].dial_from_remote_control("7001@bridge.example")
    studio.start()

    assert failed(run, "other").finding == "already_in_call"


def test_an_unregistered_codec_is_not_dialled(studio, run):
    studio.codecs["other"].bad.not_registered = True
    studio.start()

    assert failed(run, "other").finding == "not_registered"


def test_nonsense_is_an_error_and_never_no_call(studio, run):
    studio.codecs["other"].bad.says_nonsense = True
    studio.start()

    assert failed(run, "other").finding == "unexpected_reply"


def test_a_clear_content_channel_alone_makes_the_leg_not_secure(studio, run):
    studio.codecs["other"].bad.clear_content = True
    studio.start()

    leg = failed(run, "other")

    assert (leg.verdict, leg.finding) == (Verdict.NOT_SECURE, "call_clear")


def test_a_codec_that_does_not_hang_up_is_dropped_at_the_bridge(studio, run):
    studio.codecs["other"].bad.lies = studio.codecs["other"].bad.hang_up_does_nothing = True
    studio.start()

    run.until(lambda one: leg_of(one, "other").state == LegState.HUNG_UP, within_s=20)

    assert not studio.codecs["other"].calls_up()


def test_encryption_lost_while_live_drops_the_leg_and_spoils_the_verdict_for_good(studio, run):
    session_id = studio.start()
    run.until(lambda one: one.state == SessionState.LIVE)
    studio.codecs["other"].bad.drifts_after_s = 0.0

    session = run.until(lambda one: leg_of(one, "other").state == LegState.HUNG_UP)
    control.end_session(session_id, lead=studio.lead)
    session = run.until(lambda one: one.state == SessionState.ENDED)

    assert session.verdict == Verdict.NOT_SECURE


def test_a_call_added_from_the_remote_control_is_seen(studio, run):
    studio.start()
    run.until(lambda one: one.state == SessionState.LIVE)
    studio.codecs["other"].dial_from_remote_control("room@vc.example")

    session = run.until(lambda one: leg_of(one, "other").finding == "extra_call")

    assert session.verdict == Verdict.NOT_SECURE


def test_a_codec_that_goes_silent_while_live_leaves_a_gap_and_is_not_proven(studio, run):
    session_id = studio.start()
    run.until(lambda one: one.state == SessionState.LIVE)
    studio.codecs["other"].bad.silent_to = ""

    session = run.until(lambda one: leg_of(one, "other").state == LegState.NOT_PROVEN)

    assert session.verdict == Verdict.NOT_PROVEN
    assert [gap.reason for gap in tables.gaps_of(session_id)] == ["silent"]


def test_a_dropped_call_is_dialled_again_and_checked_anew(studio, run):
    studio.start()
    run.until(lambda one: one.state == SessionState.LIVE)
    for link in studio.codecs["other"].calls_up().values():
        link.ended = True

    session = run.until(lambda one: leg_of(one, "other").dials == 2 and leg_of(one, "other").state == LegState.PROVEN)

    assert session.state == SessionState.LIVE


@pytest.mark.parametrize("gone", ["it ends with the session", "it drops"])
def test_a_call_that_came_back_in_a_live_session_and_was_never_read_leaves_the_session_not_proven(studio, run, monkeypatch, gone):
    monkeypatch.setattr(plan, "MEDIA_WITHIN", timedelta(seconds=30))  # Nobody gives the call up for its missing media.
    session_id = studio.start()
    run.until(lambda one: one.state == SessionState.LIVE)
    codec = studio.codecs["other"]
    codec.timing.media_s = 60.0
    for link in codec.calls_up().values():
        link.ended = True
    session = run.until(lambda one: leg_of(one, "other").dials == 2 and leg_of(one, "other").state == LegState.CONNECTED)
    assert session.verdict == Verdict.SECURE  # It may yet be read, and encryption is negotiated when a call is set up.

    if gone == "it drops":
        for link in codec.calls_up().values():
            link.ended = True
        session = run.until(lambda one: leg_of(one, "other").dials == 3)
    else:
        control.end_session(session_id, lead=studio.lead)
        session = run.until(lambda one: one.state == SessionState.ENDED)

    assert (session.verdict, leg_of(session, "other").verdict) == (Verdict.NOT_PROVEN, Verdict.NOT_PROVEN)


def test_a_device_that_refuses_again_and_again_is_tried_less_and_less_often(studio, run, monkeypatch):
    tried: list[int] = []
    submit = run.engine._hands.submit
    monkeypatch.setattr(run.engine._hands, "submit", lambda task: (tried.append(task.device_id), submit(task))[1])
    studio.codecs["other"].stop()

    studio.start()
    run.until(lambda one: leg_of(one, "other").state == LegState.HUNG_UP)

    assert 3 <= tried.count(studio.devices["other"].id) <= 10


def test_a_device_whose_password_cannot_be_opened_fails_its_own_leg_only(studio, run):
    with write_transaction() as session:
        session.delete(session.get(DeviceCredential, studio.devices["other"].id))

    studio.start()
    failed(run, "other")

    assert leg_of(tables.latest_sessions(1)[0], "other").finding == "credentials_unreadable"


def test_a_leg_that_waited_long_for_its_turn_is_tried_again_after_its_first_failure(studio, run):
    studio.codecs["other"].bad.silent_to = ""
    session_id = studio.start()
    with write_transaction():
        leg_of(tables.session_for_update(session_id), "other").since -= timedelta(minutes=1)
    run.until(lambda one: leg_of(one, "other").finding)
    studio.codecs["other"].bad.silent_to = None

    session = run.until(lambda one: one.state == SessionState.LIVE)

    assert session.verdict == Verdict.SECURE


def test_a_call_that_was_answered_unseen_while_the_session_ended_leaves_it_not_proven(studio, run):
    session_id = studio.start()
    run.until(lambda one: one.state == SessionState.LIVE)
    codec = studio.codecs["other"]
    codec.timing.ring_s = 60.0
    for link in codec.calls_up().values():
        link.ended = True
    run.until(lambda one: leg_of(one, "other").dials == 2 and leg_of(one, "other").state == LegState.DIALLING and leg_of(one, "other").call_id)
    time.sleep(observe.PATIENCE_S + 0.5)  # The last look at the ringing call is over, and it rang.

    control.end_session(session_id, lead=studio.lead)
    codec.timing.ring_s = 0.0
    session = run.until(lambda one: one.state == SessionState.ENDED)

    assert (session.verdict, leg_of(session, "other").verdict) == (Verdict.NOT_PROVEN, Verdict.NOT_PROVEN)


@pytest.mark.parametrize("elsewhere", ["room@vc.example", "7002@bridge.example"])
def test_a_codec_that_restarts_in_mid_call_and_gives_the_calls_id_to_another_is_never_shown_secure(studio, run, elsewhere):
    studio.start()
    session = run.until(lambda one: one.state == SessionState.LIVE)
    codec, ours, proven_at = studio.codecs["other"], leg_of(session, "other").call_id, leg_of(session, "other").checked_at
    codec.reboot(away_s=0.0)
    codec.dial_from_remote_control(elsewhere)

    session = run.until(lambda one: leg_of(one, "other").state == LegState.HUNG_UP)

    leg = leg_of(session, "other")
    assert list(codec.calls_up()) == [ours]  # Another call has the id that ours had, and is encrypted.
    assert (leg.finding, leg.verdict, leg.checked_at) == ("already_in_call", Verdict.NOT_PROVEN, proven_at)
    assert session.verdict != Verdict.SECURE


def test_somebody_unexpected_on_the_bridge_keeps_the_session_from_going_live(studio, run):
    outsider = SimulatedRoomOS(name="outsider", address="outsider@vc.example", network=studio.network, password="fremd")
    outsider.dial_from_remote_control("7001@bridge.example")
    studio.start()

    session = run.until(lambda one: bool(one.stranger) and all(leg.state == LegState.PROVEN for leg in one.legs))

    assert (session.state, session.stranger) == (SessionState.CHECKING, "outsider@vc.example")


def test_a_device_that_stays_silent_does_not_keep_the_session_from_ending(studio, run):
    session_id = studio.start()
    run.until(lambda one: one.state == SessionState.LIVE)
    studio.codecs["other"].stop()
    control.end_session(session_id, lead=studio.lead)

    session = run.until(lambda one: one.state == SessionState.ENDED, within_s=30)

    assert leg_of(session, "other").restore_failed


def test_start_pressed_twice_makes_one_session(studio):
    occurrence_id = studio.book_now()

    assert studio.start(occurrence_id) == studio.start(occurrence_id)


def test_only_the_chair_or_the_host_rooms_panel_may_start(studio):
    occurrence_id = studio.book_now(rooms=("hall", "room"))

    with pytest.raises(NotAllowed):
        control.start_session(occurrence_id, lead=control.Lead(user=studio.place.clerk))
    with pytest.raises(NotAllowed):
        control.start_session(occurrence_id, lead=control.Lead(panel_room_id=studio.place.room.id), pin="000000")
    with pytest.raises(NotVisible):
        control.start_session(occurrence_id, lead=control.Lead(user=studio.place.stranger))


def test_a_panel_needs_the_right_pin_and_is_throttled(studio):
    occurrence_id = studio.book_now()
    pin = pins.make_pin(occurrence_id, by=studio.place.clerk)
    lead = control.Lead(panel_room_id=studio.place.hall.id)
    wrong = "000000" if pin != "000000" else "111111"

    for _ in range(5):
        with pytest.raises(Refused, match="wrong_pin"):
            control.start_session(occurrence_id, lead=lead, pin=wrong)
    with pytest.raises(Throttled):
        control.start_session(occurrence_id, lead=lead, pin=pin)


def test_a_session_starts_neither_too_early_nor_after_the_end_nor_when_cancelled(studio, set_clock):
    occurrence = booking.occurrence_by_id(studio.book_now())
    start, end = occurrence.planned_start_at, occurrence.planned_end_at

    set_clock.at = start - control.START_EARLY - control.START_EARLY
    with pytest.raises(Refused, match="not_yet"):
        studio.start(occurrence.id)
    set_clock.at = end
    with pytest.raises(Refused, match="conference_over"):
        studio.start(occurrence.id)


def test_one_codec_serves_one_session_at_a_time(studio):
    first, second = (
        studio.book_now(span=Span(clock.now() + timedelta(minutes=begin), clock.now() + timedelta(minutes=begin + 5))) for begin in (2, 8)
    )
    studio.start(first)

    with pytest.raises(Conflict, match="device_in_use"):
        studio.start(second)


def test_many_legs_share_one_connection_to_the_bridge(studio, run):
    studio.bridge.bad.delay_s = 0.1
    studio.start()

    run.until(lambda one: one.state == SessionState.LIVE)

    assert studio.bridge.sessions_served == 1


def test_a_live_session_that_nobody_watched_for_a_while_has_a_gap_and_is_not_proven(studio, run):
    session_id = studio.start()
    run.until(lambda one: one.state == SessionState.LIVE)
    with write_transaction():
        for leg in tables.session_for_update(session_id).legs:
            leg.checked_at = leg.check_due_at = leg.checked_at - timedelta(minutes=1)  # As after a minute without a worker.

    session = run.until(lambda one: len(tables.gaps_of(session_id)) == 3)

    assert {gap.reason for gap in tables.gaps_of(session_id)} == {"not_watched"}
    assert [leg.state for leg in session.legs] == [LegState.PROVEN] * 3
    assert session.verdict == Verdict.NOT_PROVEN
