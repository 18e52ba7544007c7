"""The engine against simulated codecs over real SSH, good days and bad ones."""

from studio import leg_of

from device_drivers.readings import EncryptionSetting
from roomctl.sessions import control, tables
from roomctl.sessions.states import LegState, SessionState
from roomctl.sessions.verdict import Verdict


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


def test_a_device_in_a_session_is_known_to_be_alive_though_no_probe_goes_there(studio, run):
    studio.start()

    session = run.until(lambda session: session.state == SessionState.LIVE)

    assert {(leg.device.status, leg.device.probed_at is not None) for leg in session.legs} == {("ok", True)}
