"""Power strips; recordings composed from what is known of their tables."""

import pytest

from device_drivers.readings import Health
from device_drivers.snmp.asking import oid
from device_drivers.snmp.health import worst

from .replay import read, recorded, shown

OLD, NEWEST = oid("1.3.6.1.4.1.318.1.1.12.3.5.1.1.4"), oid("1.3.6.1.4.1.318.1.1.26.9.2.3.1.5")


def outlets(name: str, without=()):
    values = {key: value for key, value in recorded(name).items() if not any(key[:len(base)] == base for base in without)}
    return {one.place: one.value for one in read(values) if one.name == "outlet_state"}


def test_the_newer_table_of_apc_says_1_for_off_and_the_older_1_for_on():
    assert outlets("pdu_rpdu2", without=[OLD]) == {"1": "on", "2": "off", "3": "on"}
    assert outlets("pdu_rpdu") == {"1": "on", "2": "off"}


def test_an_outlet_of_which_two_tables_say_different_things_is_unknown():
    measured = read(recorded("pdu_rpdu2"))

    assert outlets("pdu_rpdu2") == {"1": "on", "2": "off", "3": None}
    assert shown(measured, "outlet_state", "3") == (None, "unknown", "contradicted")


def test_a_newer_table_that_cannot_be_read_leaves_it_to_the_older():
    values = recorded("pdu_rpdu2") | {(*NEWEST, number): 0 for number in (1, 2, 3)}

    assert {one.place: one.value for one in read(values) if one.name == "outlet_state"} == {"1": "on", "2": "off", "3": "off"}


def test_numbers_of_apc_are_scaled_as_its_tables_are():
    measured = read(recorded("pdu_rpdu2"))

    assert {one.name: one.value for one in measured if one.name in {"power", "energy", "phase_current", "phase_voltage"}} == {
        "power": 1130, "energy": 402.1, "phase_current": 5.1, "phase_voltage": 228}


@pytest.mark.parametrize(("state", "expected", "health"), [
    (1, ("low", "ok", ""), Health.OK), (2, ("normal", "ok", ""), Health.OK), (3, ("near_overload", "warning", ""), Health.WARNING),
    (4, ("overload", "critical", ""), Health.CRITICAL), (5, (None, "unknown", "not_told"), Health.UNKNOWN)])
def test_the_load_decides_how_a_strip_is(state, expected, health):
    measured = read(recorded("pdu_rpdu2", _1_3_6_1_4_1_318_1_1_26_4_3_1_4_1=state))

    assert shown(measured, "load_state", "1") == expected
    assert worst(measured) is health


def test_a_strip_that_tells_no_load_is_unknown_though_its_outlets_are_on():
    measured = read(recorded("pdu_rpdu"))

    assert shown(measured, "load_state") == (None, "unknown", "unanswered")
    assert worst(measured) is Health.UNKNOWN


def test_an_outlet_that_is_off_is_no_fault():
    assert shown(read(recorded("pdu_rpdu")), "outlet_state", "2") == ("off", "unknown", "")


def test_gude_says_0_for_off_and_has_scales_of_its_own():
    measured = read(recorded("pdu_gude"))

    assert outlets("pdu_gude") == {"1": "off", "2": "on"}
    assert {one.name: one.value for one in measured if one.name not in {"outlet_state", "outlet_switched", "uptime", "rebooted"}} == {
        "meter_state": "valid", "energy": 500.25, "power": 61, "phase_current": 0.402, "phase_voltage": 224, "phase_frequency": 50.02,
        "power_factor": -0.713, "apparent_power": 90, "surge_protection": None, "clock_state": "valid"}
