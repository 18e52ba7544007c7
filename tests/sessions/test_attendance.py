"""When each site was in, and the worst it was found to be meanwhile."""

from datetime import datetime, timedelta

from builders import NOW

from roomctl.audit.trail import iso
from roomctl.sessions.attendance import Stay, stays_of, verdicts_of
from roomctl.sessions.verdict import Verdict

LIVE = NOW + timedelta(minutes=1)
END = NOW + timedelta(minutes=60)


def at(minute: float) -> datetime:
    return NOW + timedelta(minutes=minute)


def entry(minute: float, kind: str, leg: int = 1, **facts) -> tuple[dict, dict]:
    return {"kind": kind, "at": iso(at(minute))}, {"leg": leg, **facts}


def stays(*entries, live_at=LIVE, ended_at=END) -> dict[int, list[tuple]]:
    found = stays_of(entries, live_at=live_at, ended_at=ended_at)
    return {leg: [(one.begun_at, one.ended_at) for one in of_leg] for leg, of_leg in found.items()}


def verdict(*entries) -> Verdict:
    return verdicts_of(entries, stays_of(entries, live_at=LIVE, ended_at=END), live_at=LIVE)[1]


def test_a_site_is_in_from_its_call_to_its_hanging_up():
    assert stays(entry(0, "leg_connected"), entry(40, "leg_hung_up")) == {1: [(at(0), at(40))]}


def test_a_site_that_drops_and_comes_back_was_in_twice():
    assert stays(entry(0, "leg_connected"), entry(10, "leg_dropped"), entry(12, "leg_connected"), entry(60, "leg_hung_up")) == {
        1: [(at(0), at(10)), (at(12), at(60))]}


def test_what_was_never_seen_to_end_ended_with_the_session():
    assert stays(entry(0, "leg_connected")) == {1: [(at(0), END)]}


def test_while_the_session_runs_a_site_is_still_in():
    assert stays(entry(0, "leg_connected"), ended_at=None) == {1: [(at(0), None)]}


def test_a_call_that_was_gone_before_the_session_went_live_is_no_attendance():
    assert stays(entry(0, "leg_connected"), entry(0.5, "leg_hung_up")) == {}


def test_nobody_attends_a_session_that_never_went_live():
    assert stays(entry(0, "leg_connected"), live_at=None) == {}


def test_a_clock_that_was_set_back_makes_no_stay_of_less_than_nothing():
    [(begun, ended)] = stays(entry(20, "leg_connected"), entry(10, "leg_hung_up"))[1]

    assert (begun, ended) == (at(20), at(20))


def test_a_stay_that_lasts_is_as_long_as_it_lasted_until_now():
    assert Stay(at(0), None).length(at(5)) == timedelta(minutes=5)
    assert Stay(at(5), None).length(at(0)) == timedelta(0)


def test_a_site_that_was_proven_and_nothing_else_is_secure():
    assert verdict(entry(0, "leg_connected"), entry(0.5, "leg_proven")) is Verdict.SECURE


def test_a_site_that_was_never_proven_is_not_proven():
    assert verdict(entry(0, "leg_connected")) is Verdict.NOT_PROVEN


def test_a_site_that_was_once_read_in_the_clear_is_not_secure_however_it_ended():
    assert verdict(entry(0, "leg_connected"), entry(0.5, "leg_proven"), entry(5, "leg_not_proven", finding="call_clear"),
                   entry(6, "leg_proven")) is Verdict.NOT_SECURE


def test_a_gap_or_an_override_leaves_a_site_not_proven():
    begun = (entry(0, "leg_connected"), entry(0.5, "leg_proven"))

    assert verdict(*begun, entry(5, "gap", reason="silent")) is Verdict.NOT_PROVEN
    assert verdict(entry(0, "leg_connected"), entry(0.5, "leg_overridden", verdict="not_proven")) is Verdict.NOT_PROVEN
    assert verdict(entry(0, "leg_connected"), entry(0.5, "leg_overridden", verdict="not_secure")) is Verdict.NOT_SECURE


def test_what_failed_before_the_session_went_live_was_made_good_by_being_proven():
    assert verdict(entry(0, "leg_connected"), entry(0.3, "leg_not_proven", finding="encryption_unknown"),
                   entry(0.6, "leg_proven")) is Verdict.SECURE


def test_a_failed_try_to_call_somebody_back_says_nothing_of_the_time_they_were_in():
    assert verdict(entry(0, "leg_connected"), entry(0.5, "leg_proven"), entry(10, "leg_dropped"),
                   entry(11, "leg_not_proven", finding="not_answered")) is Verdict.SECURE
