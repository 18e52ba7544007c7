"""Restart or a count that went round, told from two polls."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_drivers.readings import Health, Tri
from device_drivers.snmp import uptime
from device_drivers.snmp.asking import Answers
from device_drivers.snmp.uptime import HOST_UPTIME, SYS_UPTIME

WITHOUT_FILES = settings(deadline=None, database=None)
DAY = 86_400
WRAP_S = 2**32 / 100


def poll(at_s: float, ticks: int | None = None, *, boots: int | None = None, engine_s: int | None = None, host: int | None = None) -> Answers:
    values = {name: value for name, value in ((SYS_UPTIME, ticks), (HOST_UPTIME, host)) if value is not None}
    return Answers(values, at_s, boots, engine_s)


@pytest.mark.parametrize("boots", [None, 5])
def test_snmp_case_1_a_count_that_went_round_is_no_restart(boots):
    before, now = poll(0, 4294966000, boots=boots), poll(60, 4704, boots=boots)

    found = uptime.judge(now, before)

    assert found.rebooted is Tri.NO
    assert found.seconds > 497 * DAY
    assert found.at_least


def test_snmp_case_1_the_days_before_the_count_went_round_are_not_forgotten_in_later_polls():
    polls = [poll(0, 4294966000), poll(60, 4704), poll(120, 10704), poll(180, 16704)]
    carried = list(itertools.accumulate(polls[1:], lambda earlier, now: uptime.carried(now, earlier), initial=polls[0]))

    found = [uptime.judge(now, earlier) for earlier, now in itertools.pairwise(carried)]

    assert [one.rebooted for one in found] == [Tri.NO] * 3
    assert [round(one.seconds - WRAP_S) for one in found] == [47, 107, 167]


def test_snmp_case_1_the_engines_own_time_is_taken_when_there_is_one():
    found = uptime.judge(poll(60, 4704, boots=5, engine_s=42_949_720), poll(0, 4294966000, boots=5, engine_s=42_949_660))

    assert (found.rebooted, found.seconds, found.at_least) == (Tri.NO, 42_949_720, False)


def test_snmp_case_3_an_agent_without_an_uptime_is_unknown_and_no_alert():
    readings = uptime.readings(poll(60), poll(0))

    assert [(one.name, one.value, one.health) for one in readings] == [("uptime", None, Health.UNKNOWN), ("rebooted", None, Health.UNKNOWN)]


def test_a_count_that_fell_from_the_middle_is_a_restart_and_then_exact():
    found = uptime.judge(poll(60, 3000), poll(0, 90 * DAY * 100))

    assert (found.rebooted, found.seconds, found.at_least) == (Tri.YES, 30.0, False)


def test_a_restart_forgets_what_was_carried():
    earlier = uptime.carried(poll(60, 4704), poll(0, 4294966000))

    restarted = uptime.carried(poll(120, 1000), uptime.carried(poll(90, 7704), earlier))

    assert uptime.judge(poll(120, 1000), earlier).wraps == 0
    assert restarted.flags == frozenset()


def test_flags_of_the_transport_are_carried_as_they_are():
    now = Answers({SYS_UPTIME: 4704}, 60, flags=frozenset({"walk_cut"}))

    assert "walk_cut" in uptime.carried(now, poll(0, 4294966000)).flags


@pytest.mark.parametrize(("before", "now", "rebooted"), [
    (poll(0, 500_000, boots=5), poll(60, 506_000, boots=6), Tri.YES),
    (poll(0, 500_000, boots=9), poll(60, 2_000, boots=1), Tri.YES),
    (poll(0, 500_000, boots=5), poll(60, 2_000, boots=5), Tri.NO),
    (poll(0, 500_000, boots=1, engine_s=5000), poll(60, 2_000, boots=1, engine_s=20), Tri.YES),
    (poll(0, 500_000, boots=1, engine_s=5000), poll(60, 506_000, boots=1, engine_s=4990), Tri.NO),
    (poll(0, 500_000, boots=1, engine_s=30), poll(60, 506_000, boots=1, engine_s=20), Tri.NO),
    (poll(0, boots=1, engine_s=5000), poll(60, boots=1, engine_s=4990), Tri.UNKNOWN),
], ids=["counted", "factory reset", "not counted", "an agent that never counts its starts", "an agent whose clock was set back",
        "a young agent whose clock was set back", "a time that fell by more than can be"])
def test_the_engines_count_of_starts_decides(before, now, rebooted):
    assert uptime.judge(now, before).rebooted is rebooted


def test_an_agent_that_was_restarted_on_a_host_that_was_not_is_no_restart():
    found = uptime.judge(poll(60, 1000, boots=6, host=9_006_000), poll(0, 500_000, boots=5, host=9_000_000))

    assert found.rebooted is Tri.NO


@pytest.mark.parametrize(("before", "now"), [
    (None, poll(60, 1000)),
    (poll(0, 500_000), poll(60)),
    (poll(0), poll(60, 500_000)),
    (poll(1000, 500_000), poll(60, 3000)),
    (poll(0, 500 * DAY * 50), poll(60, 400 * DAY * 50)),
    (poll(0, 10_000), poll(36_000, 20_000)),
], ids=["first poll", "not answered", "not answered before", "the clock was set back", "fell by more than can be", "went on by less than passed"])
def test_where_nothing_can_tell_nothing_is_claimed(before, now):
    assert uptime.judge(now, before).rebooted is Tri.UNKNOWN


def test_a_count_of_32_bits_alone_is_at_least_what_it_says():
    found = uptime.judge(poll(60, 360_000), None)

    assert (found.seconds, found.at_least) == (3600.0, True)


@WITHOUT_FILES
@given(st.integers(0, 2**34), st.integers(1, 3600), st.floats(0.7, 1.5))
def test_a_device_that_stays_up_never_restarted_however_the_polls_are_timed(age_ticks, apart_s, drift):
    later = age_ticks + round(apart_s * 100 * drift)

    found = uptime.judge(poll(1000 + apart_s, later % 2**32), poll(1000, age_ticks % 2**32))

    assert found.rebooted is not Tri.YES


@WITHOUT_FILES
@given(st.integers(60 * DAY * 100, 400 * DAY * 100), st.integers(10, 600), st.floats(0.01, 1))
def test_a_restart_between_two_polls_is_seen_far_from_the_end_of_the_count(age_ticks, apart_s, share):
    found = uptime.judge(poll(1000 + apart_s, round(apart_s * 100 * share)), poll(1000, age_ticks))

    assert found.rebooted is Tri.YES
