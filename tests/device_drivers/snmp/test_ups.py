"""Uninterruptible power supplies; recordings composed from the MIBs' units and states."""

import pytest

from device_drivers.readings import Health
from device_drivers.snmp import measuring
from device_drivers.snmp.asking import oid
from device_drivers.snmp.health import worst

from .replay import one_of, read, recorded, shown

RFC, APC = "1_3_6_1_2_1_33_1", "1_3_6_1_4_1_318_1_1_1"


def rfc(**changed):
    return read(recorded("ups_rfc1628", **{f"_{RFC}_{name.strip('_')}": value for name, value in changed.items()}))


def test_a_healthy_supply_is_ok():
    measured = read(recorded("ups_rfc1628"))

    assert worst(measured) is Health.OK
    assert {one.name: one.value for one in measured if one.value is not None} == {
        "uptime": 1234.56, "battery_status": "normal", "time_on_battery": 0, "runtime_left": 22, "battery_charge": 88, "battery_voltage": 27.3,
        "battery_temperature": 27, "output_source": "normal", "output_frequency": 50, "input_frequency": 50.1, "input_voltage": 229,
        "output_voltage": 230, "output_current": 1.4, "output_power": 310, "output_load": 31, "alarms_present": 0}


def test_a_supply_on_its_battery_is_critical_and_says_why():
    measured = read(recorded("ups_on_battery"))

    assert worst(measured) is Health.CRITICAL
    assert {one.name: (one.value, one.health.value) for one in measured if one.health is not Health.UNKNOWN and one.name != "ups_alarm"} == {
        "battery_status": ("low", "critical"), "time_on_battery": (310, "critical"), "runtime_left": (4, "critical"),
        "battery_charge": (18, "critical"), "battery_temperature": (36, "warning"), "output_source": ("on_battery", "critical"),
        "alarms_present": (3, "warning"), "output_load": (97, "critical")}
    assert shown(measured, "input_frequency") == (0, "unknown", "")


def test_alarms_bear_their_word_and_one_without_a_word_is_an_alarm_all_the_same():
    alarms = [(one.place, one.value, one.health.value) for one in read(recorded("ups_on_battery")) if one.name == "ups_alarm"]

    assert alarms == [("4", "on_battery", "critical"), ("9", "overload", "warning"), ("11", "other", "warning")]


def test_snmp_case_5_the_run_time_of_apc_comes_in_hundredths_of_a_second():
    measured = read(recorded("ups_apc"))

    assert shown(measured, "runtime_left") == (90, "ok", "")
    assert one_of(measured, "runtime_left").unit == "min"


@pytest.mark.parametrize(("object_id", "left"), [("1.3.6.1.4.1.534.1.2.1.0", 5400), ("1.3.6.1.4.1.705.1.5.1.0", 5400)])
def test_snmp_case_5_the_run_time_of_eaton_comes_in_seconds_and_wins_over_minutes(object_id, left):
    values = {**recorded("ups_rfc1628"), oid("1.3.6.1.2.1.1.2.0"): oid(object_id)[:9], oid(object_id): left}

    assert shown(read(values), "runtime_left") == (90, "ok", "")


def test_snmp_case_7_999_minutes_are_shown_as_capped_raise_no_alarm_and_are_not_reckoned_with():
    measured = read(recorded("ups_bad_agent"))

    assert shown(measured, "runtime_left") == (999, "unknown", "capped")
    assert measuring.certain(one_of(measured, "runtime_left")) is None
    assert worst(measured) is Health.OK


@pytest.mark.parametrize("minutes", [998, 1000])
def test_snmp_case_7_other_run_times_are_taken_at_their_word(minutes):
    assert shown(rfc(_2_3_0=minutes), "runtime_left") == (minutes, "ok", "")


def test_snmp_case_25_voltages_ten_times_too_large_are_put_right_and_marked():
    measured = read(recorded("ups_bad_agent"))

    assert shown(measured, "input_voltage", "1") == (236.0, "unknown", "rescaled")
    assert measuring.certain(one_of(measured, "input_voltage", "1")) is None


def test_snmp_case_25_a_voltage_that_fits_neither_way_is_implausible():
    assert shown(read(recorded("ups_bad_agent")), "input_voltage", "3") == (None, "unknown", "implausible")


def test_snmp_case_25_a_frequency_in_whole_hertz_is_put_right_and_marked():
    assert shown(read(recorded("ups_bad_agent")), "input_frequency", "1") == (50, "unknown", "rescaled")


@pytest.mark.parametrize("charge", [101, 880, -1, 65535, b"", b"full"])
def test_a_charge_that_no_battery_has_is_unknown_and_never_0(charge):
    value, health, mark = shown(rfc(_2_4_0=charge), "battery_charge")

    assert (value, health) == (None, "unknown")
    assert mark in {"implausible", "not_told", "unreadable"}


def test_phases_the_agent_answers_with_null_are_absent():
    places = [one.place for one in read(recorded("ups_bad_agent")) if one.name == "input_frequency"]

    assert places == ["1"]


def test_a_temperature_sent_as_text_is_read():
    assert shown(read(recorded("ups_bad_agent")), "battery_temperature") == (23.5, "ok", "")


def test_the_makers_objects_win_over_rfc_1628_and_the_finer_over_the_coarser():
    measured = read(recorded("ups_apc"))

    assert {name: one_of(measured, name).value for name in (
        "output_source", "battery_status", "battery_charge", "battery_temperature", "input_voltage", "output_voltage", "output_load")} == {
        "output_source": "normal", "battery_status": "normal", "battery_charge": 97.4, "battery_temperature": 29.1, "input_voltage": 231.4,
        "output_voltage": 230.2, "output_load": 42.3}
    assert shown(measured, "battery_replacement") == ("needed", "warning", "")
    assert shown(measured, "self_test") == ("passed", "ok", "")


def test_rfc_1628_stands_in_where_the_makers_objects_are_missing():
    values = recorded("ups_apc", **{f"_{APC}_4_1_1_0": None, f"_{APC}_3_3_1_0": None, f"_{APC}_3_2_1_0": None})

    measured = read(values)

    assert shown(measured, "output_source") == ("on_battery", "critical", "")
    assert shown(measured, "input_voltage", "1") == (220, "unknown", "")


@pytest.mark.parametrize(("state", "word", "health"), [
    (1, None, "unknown"), (2, "normal", "ok"), (3, "on_battery", "critical"), (6, "bypass", "warning"), (7, "off", "critical"),
    (10, "hardware_bypass", "critical"), (16, "static_bypass", "critical"), (99, None, "unknown")])
def test_each_output_state_of_apc_has_its_health(state, word, health):
    values = recorded("ups_apc", **{f"_{APC}_4_1_1_0": state, f"_{RFC}_4_1_0": None})

    assert shown(read(values), "output_source")[:2] == (word, health)


@pytest.mark.parametrize(("state", "health"), [(1, "unknown"), (2, "critical"), (4, "warning"), (6, "warning"), (7, "warning"), (8, "unknown")])
def test_each_output_source_of_rfc_1628_has_its_health(state, health):
    assert shown(rfc(_4_1_0=state), "output_source")[1] == health


def test_what_a_supply_should_tell_and_does_not_is_unknown_and_so_is_the_device():
    measured = rfc(_4_1_0=None, _2_1_0=None)

    assert shown(measured, "output_source") == (None, "unknown", "unanswered")
    assert worst(measured) is Health.UNKNOWN


def test_a_probe_beside_the_supply_is_judged_as_room_air_and_one_that_is_not_plugged_in_is_unknown():
    measured = read(recorded("ups_apc"))

    assert shown(measured, "probe_temperature", "Tủ mạng") == (33, "warning", "")
    assert shown(measured, "probe_temperature", "Cửa sổ") == (None, "unknown", "not_told")
