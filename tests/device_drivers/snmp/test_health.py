"""The health of a device out of its readings."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_drivers.readings import Health, Measured
from device_drivers.snmp.health import worst
from device_drivers.snmp.names import READINGS

WITHOUT_FILES = settings(deadline=None, database=None)
OK, WARNING, CRITICAL, UNKNOWN = Health


def a_reading(name: str, health: Health = UNKNOWN, value: str | None = "said") -> Measured:
    return Measured(name, value, health=health)


@pytest.mark.parametrize(("readings", "expected"), [
    ([], UNKNOWN),
    ([a_reading("output_source", OK), a_reading("battery_charge", OK)], OK),
    ([a_reading("output_source", OK), a_reading("battery_charge", WARNING)], WARNING),
    ([a_reading("output_source", CRITICAL), a_reading("battery_charge", WARNING)], CRITICAL),
    ([a_reading("output_source", UNKNOWN, None), a_reading("battery_charge", OK)], UNKNOWN),
    ([a_reading("output_source", UNKNOWN, None), a_reading("battery_charge", WARNING)], WARNING),
    ([a_reading("output_source", OK), a_reading("battery_charge", UNKNOWN, None)], OK),
    ([a_reading("output_source", UNKNOWN)], UNKNOWN),
    ([a_reading("uptime"), a_reading("input_voltage")], UNKNOWN),
    ([a_reading("system_status", OK), a_reading("port_state", WARNING), a_reading("service_status", CRITICAL)], OK),
    ([a_reading("port_state", OK)], UNKNOWN),
], ids=["nothing", "all well", "a warning", "the worst", "what decides is unknown", "a fault beside something unknown", "what only counts is unknown",
        "a state that is no health", "nothing that judges", "faults that are their own", "an own health proves nothing"])
def test_the_worst_is_told_and_unknown_never_counts_as_ok(readings, expected):
    assert worst(readings) is expected


def test_what_is_disabled_is_no_fault_and_no_proof():
    disabled = a_reading("microphone_status", UNKNOWN, "disabled")

    assert worst([a_reading("system_status", OK), disabled]) is OK
    assert worst([disabled]) is UNKNOWN


def test_a_reading_of_another_kind_of_device_counts():
    assert worst([a_reading("output_source", OK), a_reading("a name of a text-controlled device", CRITICAL)]) is CRITICAL


@WITHOUT_FILES
@given(st.lists(st.builds(a_reading, st.sampled_from(sorted(READINGS)), st.sampled_from(Health))))
def test_one_reading_more_that_is_unknown_never_makes_a_device_better(readings):
    order = [CRITICAL, WARNING, UNKNOWN, OK]

    assert order.index(worst([*readings, a_reading("output_source", UNKNOWN, None)])) <= order.index(worst(readings))
