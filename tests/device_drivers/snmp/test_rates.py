"""Counters of two polls as a rate."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_drivers.snmp import rates
from device_drivers.snmp.asking import Answers
from device_drivers.snmp.uptime import HOST_UPTIME, SYS_UPTIME

WITHOUT_FILES = settings(deadline=None, database=None)
FAST = 12_500_000  # Octets a second: 100 Mbit/s.


def test_a_32_bit_counter_that_went_round_is_counted_on():
    assert rates.per_second_32(704, 2**32 - 296, 10, FAST) == 100


def test_a_32_bit_counter_sent_as_negative_is_the_same_count():
    assert rates.per_second_32(704, -296, 10, FAST) == 100


@pytest.mark.parametrize(("new", "old", "elapsed_s", "most"), [
    (None, 1, 10, FAST), (1, None, 10, FAST), (b"", 1, 10, FAST), (2, 1, 0, FAST), (2, 1, -5, FAST), (2, 1, 10, None), (2, 1, 10, 0),
    (2, 1, 400, FAST), (FAST * 20, 0, 10, FAST)],
    ids=["not answered", "not answered before", "no number", "no time", "the clock was set back", "speed unknown", "no speed",
         "may have gone round twice", "more than the link carries"])
def test_a_32_bit_rate_is_none_rather_than_wrong(new, old, elapsed_s, most):
    assert rates.per_second_32(new, old, elapsed_s, most) is None


def test_a_64_bit_counter_that_fell_was_set_anew():
    assert rates.per_second_64(10, 2**40, 60, FAST) is None


def test_a_64_bit_counter_past_32_bits_is_read_whole():
    assert rates.per_second_64(2**40 + 600, 2**40, 60, FAST) == 10


@pytest.mark.parametrize(("before", "now", "go_on"), [
    ({SYS_UPTIME: 1000}, {SYS_UPTIME: 7000}, True),
    ({SYS_UPTIME: 4294966000}, {SYS_UPTIME: 4704}, True),
    ({SYS_UPTIME: 900_000}, {SYS_UPTIME: 3000}, False),
    ({SYS_UPTIME: 900_000, HOST_UPTIME: 950_000}, {SYS_UPTIME: 3000, HOST_UPTIME: 956_000}, False),
    ({}, {}, False)], ids=["went on", "went round", "restarted", "the agent restarted, the host did not", "unknown"])
def test_counters_go_on_as_long_as_the_agent_does(before, now, go_on):
    assert rates.counters_go_on(Answers(now, 60), Answers(before, 0)) is go_on


@WITHOUT_FILES
@given(st.integers(0, 2**32 - 1), st.integers(0, 10**9), st.integers(1, 300))
def test_a_rate_is_never_negative_and_never_more_than_the_link(old, octets, elapsed_s):
    rate = rates.per_second_32((old + octets) % 2**32, old, elapsed_s, FAST)

    assert rate is None or 0 <= rate <= FAST * 1.05
