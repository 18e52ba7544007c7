"""Poly endpoints; the recording is composed from the objects and states of their MIB."""

import pytest

from device_drivers.readings import Health
from device_drivers.snmp.health import worst

from .replay import one_of, read, recorded, shown

BASE = "_1_3_6_1_4_1_13885_101_1_"


def endpoint(**changed):
    return recorded("poly_endpoint", **{f"{BASE}{name.strip('_')}": value for name, value in changed.items()})


def test_a_camera_that_failed_makes_the_endpoint_critical():
    measured = read(endpoint())

    assert shown(measured, "camera_status") == ("failed", "critical", "")
    assert worst(measured) is Health.CRITICAL


def test_what_is_disabled_is_no_fault():
    measured = read(endpoint(_3_6_1_0=1))

    assert shown(measured, "camera_status") == ("disabled", "unknown", "")
    assert shown(measured, "h323_registration") == ("disabled", "unknown", "")
    assert worst(measured) is Health.OK


def test_a_service_that_failed_is_told_and_does_not_make_the_endpoint_ill():
    measured = read(endpoint(_3_6_1_0=2))

    assert shown(measured, "service_status", "syslog") == ("failed", "critical", "")
    assert worst(measured) is Health.OK


@pytest.mark.parametrize("state", [None, 0, 4, -1, b"", b"ok"])
def test_a_camera_without_a_known_state_makes_the_endpoint_unknown(state):
    measured = read(endpoint(_3_6_1_0=state))

    assert (one_of(measured, "camera_status").value, one_of(measured, "camera_status").health) == (None, Health.UNKNOWN)
    assert worst(measured) is Health.UNKNOWN


def test_quality_past_a_limit_is_judged_only_when_two_polls_say_so():
    once, twice = read(endpoint()), read(endpoint(), endpoint())

    assert [shown(once, name, "1") for name in ("loss_in", "jitter_in", "latency_in")] == [
        (2, "unknown", "seen_once"), (55, "unknown", "seen_once"), (40, "ok", "")]
    assert [shown(twice, name, "1") for name in ("loss_in", "jitter_in")] == [(2, "warning", ""), (55, "critical", "")]


def test_quality_is_as_bad_as_the_better_of_two_polls():
    assert shown(read(endpoint(), endpoint(_4_1_1_20_1=31)), "jitter_in", "1") == (55, "warning", "")
    assert shown(read(endpoint(), endpoint(_4_1_1_20_1=29)), "jitter_in", "1") == (55, "unknown", "seen_once")


@pytest.mark.parametrize(("loss", "jitter", "latency", "health"), [(0, 29, 149, "ok"), (1, 30, 150, "warning"), (3, 50, 300, "critical")])
def test_each_limit_counts_from_its_own_number_on(loss, jitter, latency, health):
    values = endpoint(_4_1_1_16_1=loss, _4_1_1_20_1=jitter, _4_1_1_18_1=latency)

    measured = read(values, values)

    assert [shown(measured, name, "1")[1] for name in ("loss_in", "jitter_in", "latency_in")] == [health] * 3


def test_a_call_that_is_over_has_no_quality():
    over = {name: value for name, value in endpoint().items() if name[:11] != (1, 3, 6, 1, 4, 1, 13885, 101, 1, 4, 1)}

    assert [one for one in read(over, endpoint()) if one.name.startswith(("loss", "jitter", "latency", "lost"))] == []
