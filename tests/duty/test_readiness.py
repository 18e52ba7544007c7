"""When a device is ready for a conference: what must be known, what is only said."""

from dataclasses import replace
from datetime import timedelta

import pytest
from builders import NOW

from device_drivers.readings import CodecStatus, Grade, Identity, Tri
from roomctl.devices import codec_facts
from roomctl.duty import readiness
from roomctl.duty.readiness import Check, Finding, Seen
from roomctl.security_profiles.profile import Classification

GOOD = {codec_facts.REGISTERED: "yes", codec_facts.CAN_ENCRYPT: "yes", codec_facts.CALLS_UP: 0.0, codec_facts.MICROPHONE: "yes",
        codec_facts.CAMERA: "yes", codec_facts.CLOCK_AHEAD: 2.0}
CODEC = Seen(kind="codec", asked_at=NOW - timedelta(minutes=3), looked_at=NOW, read_at=NOW, fault="", readings=GOOD, is_approved=True,
             uses_old_ssh=False, is_in_session=False, best_proof=Grade.A, can_require=True, firmware="RoomOS 11", approved_firmware={"RoomOS 11"})
STALE = {"looked_at": NOW - timedelta(minutes=4), "read_at": NOW - timedelta(minutes=4)}
SILENT = {"looked_at": NOW, "read_at": NOW - timedelta(minutes=5), "fault": "silent"}


def found(classification=Classification.ORDINARY, ahead_minutes: int = 15, min_grade: str = "A", **facts) -> dict[Check, Finding]:
    answers = readiness.findings(replace(CODEC, **facts), classification=classification, min_grade=min_grade, ahead_minutes=ahead_minutes)
    return {one.check: one for one in answers}


def ready(**facts) -> Tri:
    return readiness.readiness(found(**facts).values())


def told(**facts) -> dict[str, object]:
    return {**GOOD, **facts}


def test_a_codec_of_which_all_is_known_and_good_is_ready():
    assert (ready(), {one.answer for one in found().values()}) == (Tri.YES, {Tri.YES})


@pytest.mark.parametrize(("check", "facts"), [
    (Check.REACHABLE, SILENT), (Check.HOST_KEY, {"is_approved": False}), (Check.HOST_KEY, {**SILENT, "fault": "host_key_changed"}),
    (Check.REGISTERED, {"readings": told(registered="no")}), (Check.ENCRYPTION, {"readings": told(can_encrypt="no")}),
    (Check.ENCRYPTION, {"best_proof": Grade.NONE}), (Check.ENCRYPTION, {"can_require": False}), (Check.NO_CALL, {"readings": told(calls_up=1.0)}),
    (Check.MICROPHONE, {"readings": told(microphone_connected="no")}), (Check.CAMERA, {"readings": told(camera_connected="no")}),
    (Check.FIRMWARE, {"firmware": "RoomOS 9"}), (Check.CLOCK, {"readings": told(clock_ahead=61.0)}),
    (Check.CLOCK, {"readings": told(clock_ahead=-61.0)})])
def test_what_says_no_makes_a_codec_not_ready(check, facts):
    assert (found(**facts)[check].answer, ready(**facts)) == (Tri.NO, Tri.NO)


@pytest.mark.parametrize("facts", [STALE, {"looked_at": None, "read_at": None}])
def test_what_was_not_looked_at_since_it_was_asked_for_is_unknown_whatever_it_said_before(facts):
    answers = found(**facts)

    assert ready(**facts) is Tri.UNKNOWN
    assert {answers[check].answer for check in (Check.REACHABLE, Check.REGISTERED, Check.NO_CALL, Check.MICROPHONE, Check.CLOCK)} == {Tri.UNKNOWN}


@pytest.mark.parametrize("name", ["microphone_connected", "camera_connected", "clock_ahead"])
def test_what_a_family_never_tells_is_said_and_is_no_fault(name):
    facts = {"readings": {key: value for key, value in GOOD.items() if key != name}}

    assert (ready(**facts), sum(one.answer is Tri.UNKNOWN for one in found(**facts).values())) == (Tri.YES, 1)


@pytest.mark.parametrize("name", ["registered", "can_encrypt"])
def test_what_a_session_cannot_begin_without_must_be_known(name):
    facts = {"readings": {key: value for key, value in GOOD.items() if key != name}}

    assert ready(**facts) is Tri.UNKNOWN


@pytest.mark.parametrize("firmware", [("RoomOS 11", ()), ("", {"RoomOS 11"})])
def test_a_model_without_approved_firmware_is_unknown_there_and_ready(firmware):
    facts = dict(zip(("firmware", "approved_firmware"), firmware, strict=True))

    assert (found(**facts)[Check.FIRMWARE].answer, ready(**facts)) == (Tri.UNKNOWN, Tri.YES)


@pytest.mark.parametrize(("classification", "answer"), [
    (Classification.ORDINARY, Tri.YES), (Classification.INTERNAL, Tri.YES), (Classification.CONFIDENTIAL, Tri.NO),
    (Classification.TOP_SECRET, Tri.NO)])
def test_old_ssh_bars_a_device_from_what_is_classified(classification, answer):
    assert found(classification, uses_old_ssh=True)[Check.SSH_ALLOWED].answer is answer


def test_a_call_says_nothing_an_hour_ahead():
    assert Check.NO_CALL not in found(ahead_minutes=60, readings=told(calls_up=1.0))


def test_a_family_whose_best_proof_is_below_the_profiles_is_not_known_to_suffice():
    assert found(best_proof=Grade.B)[Check.ENCRYPTION] == Finding(Check.ENCRYPTION, Tri.UNKNOWN, "grade_too_low")
    assert found(best_proof=Grade.B, min_grade="B")[Check.ENCRYPTION].answer is Tri.YES


def test_of_a_device_in_a_session_nothing_is_known_here():
    assert ready(is_in_session=True) is Tri.UNKNOWN
    assert found(is_in_session=True)[Check.REACHABLE] == Finding(Check.REACHABLE, Tri.UNKNOWN, readiness.IN_SESSION)


def test_a_look_that_only_a_session_noted_brought_no_reading():
    assert found(looked_at=NOW, read_at=NOW - timedelta(hours=1))[Check.REACHABLE].answer is Tri.UNKNOWN


def test_a_bridge_is_asked_only_what_concerns_a_bridge():
    assert set(found(kind="bridge", readings={})) == {Check.REACHABLE, Check.HOST_KEY, Check.SSH_ALLOWED, Check.FIRMWARE}
    assert ready(kind="bridge", readings={}, best_proof=Grade.NONE) is Tri.YES


def test_where_the_look_is_missing_only_that_is_what_fails():
    missing = readiness.failing(found(**STALE).values())
    silent = readiness.failing(found(**SILENT, best_proof=Grade.NONE).values())

    assert ([one.check for one in missing], [one.check for one in silent]) == ([Check.REACHABLE], [Check.REACHABLE, Check.ENCRYPTION])


def test_nothing_checked_is_not_ready():
    assert readiness.readiness([]) is Tri.UNKNOWN


# What a look leaves


def status(**facts) -> CodecStatus:
    wanted = {"registered": Tri.YES, "registration": "Registered", "can_encrypt": Tri.YES, "calls": (), **facts}
    return CodecStatus(identity=Identity("Room Kit", "1", "11", 1), **wanted)


def test_what_a_codec_does_not_tell_is_no_reading():
    assert [one.name for one in codec_facts.told_by(status(can_encrypt=Tri.UNKNOWN), NOW)] == ["registered", "calls_up"]


@pytest.mark.parametrize(("ahead_s", "health"), [(60, "ok"), (-60, "ok"), (61, "warning"), (-3600, "warning")])
def test_a_clock_is_in_time_within_a_minute(ahead_s, health):
    clock = codec_facts.told_by(status(clock_at=NOW + timedelta(seconds=ahead_s)), NOW)[-1]

    assert (clock.name, clock.value, clock.health.value) == ("clock_ahead", ahead_s, health)
