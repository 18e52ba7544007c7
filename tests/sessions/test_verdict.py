"""How secure a leg was read back to be: the worst of both ends, and nothing unknown is ever secure."""

from datetime import timedelta

import pytest
from builders import NOW

from device_drivers.readings import Call, CallState, ConferenceOnBridge, Encryption, Grade, Participant, Stream, Tri
from roomctl.security_profiles.profile import Classification, OnDrift, Profile
from roomctl.sessions import verdict
from roomctl.sessions.verdict import Verdict, judge

PROFILE = Profile(key="p", version=1, classification=Classification.INTERNAL, min_grade="A", suites=("Aes-128",), check_interval_s=5,
                  on_drift=OnDrift.DROP)
BOTH_WAYS = (Stream("1", "audio", "incoming", Tri.YES), Stream("2", "audio", "outgoing", Tri.YES))


def reading(encrypted: Tri = Tri.YES, *, grade: Grade = Grade.A, suite: str | None = "Aes-128", streams=BOTH_WAYS) -> Encryption:
    return Encryption(grade=grade, encrypted=encrypted, streams=streams, suite=suite, raw="{}")


def on_bridge(encrypted: Tri = Tri.YES, *, remote: str = "a@vc.example") -> ConferenceOnBridge:
    return ConferenceOnBridge("7001", (Participant("1", remote, encrypted, None),), Tri.NO, "{}")


def judged(codec=None, bridge=None, *, profile: Profile = PROFILE, extra=()) -> tuple[Verdict, str]:
    found = judge(profile, codec, extra_calls=extra, bridge=bridge, own_address="a@vc.example")
    return found.verdict, found.finding


def test_both_ends_encrypted_is_secure():
    assert judged(reading(), on_bridge()) == (Verdict.SECURE, "")


@pytest.mark.parametrize(("codec", "bridge", "expected"), [
    (None, on_bridge(), (Verdict.NOT_PROVEN, "no_reading")),
    (reading(Tri.NO), on_bridge(), (Verdict.NOT_SECURE, "call_clear")),
    (reading(Tri.UNKNOWN), on_bridge(), (Verdict.NOT_PROVEN, "encryption_unknown")),
    (reading(streams=BOTH_WAYS[:1]), on_bridge(), (Verdict.NOT_PROVEN, "media_one_way")),
    (reading(grade=Grade.B, streams=()), on_bridge(), (Verdict.NOT_PROVEN, "grade_too_low")),
    (reading(grade=Grade.C, streams=()), on_bridge(), (Verdict.NOT_PROVEN, "grade_too_low")),
    (reading(suite="Aes-256"), on_bridge(), (Verdict.NOT_PROVEN, "suite_not_approved")),
    (reading(), None, (Verdict.NOT_PROVEN, "bridge_not_read")),
    (reading(), on_bridge(remote="b@vc.example"), (Verdict.NOT_PROVEN, "bridge_does_not_see_leg")),
    (reading(), on_bridge(Tri.NO), (Verdict.NOT_SECURE, "bridge_end_clear")),
    (reading(), on_bridge(Tri.UNKNOWN), (Verdict.NOT_PROVEN, "bridge_end_unknown")),
    (reading(Tri.UNKNOWN), on_bridge(Tri.NO), (Verdict.NOT_SECURE, "bridge_end_clear")),
])
def test_anything_less_at_either_end_is_named_and_not_secure(codec, bridge, expected):
    assert judged(codec, bridge) == expected


def test_a_second_call_on_the_codec_is_not_secure_however_well_the_first_is_encrypted():
    extra = Call(id="4", state=CallState.CONNECTED, remote="x@elsewhere.example")

    assert judged(reading(), on_bridge(), extra=[extra]) == (Verdict.NOT_SECURE, "extra_call")


def test_the_worst_verdict_counts_and_nothing_at_all_is_not_proven():
    assert verdict.worst([Verdict.SECURE, Verdict.NOT_SECURE, Verdict.NOT_PROVEN]) is Verdict.NOT_SECURE
    assert verdict.worst([]) is Verdict.NOT_PROVEN


def test_a_reading_is_fresh_for_two_intervals_and_never_from_the_future():
    interval = timedelta(seconds=10)

    assert verdict.still_fresh(NOW, now=NOW + 2 * interval, interval=interval)
    assert not verdict.still_fresh(NOW, now=NOW + 2 * interval + timedelta(seconds=1), interval=interval)
    assert not verdict.still_fresh(NOW, now=NOW - timedelta(minutes=10), interval=interval)
    assert not verdict.still_fresh(None, now=NOW, interval=interval)
