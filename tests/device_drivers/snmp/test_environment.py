"""Monitors of a room's air; recordings composed from RFC 3433 and from what is known of the makes."""

import pytest

from device_drivers.readings import Health
from device_drivers.snmp.asking import oid
from device_drivers.snmp.health import worst

from .replay import read, recorded, shown

VALUE = "_1_3_6_1_2_1_99_1_1_1_4_1"


def test_a_sensor_is_scaled_by_its_own_scale_and_precision():
    measured = read(recorded("environment_entity_sensor"))

    assert shown(measured, "room_temperature", "Trần nhà") == (31.2, "warning", "")
    assert shown(measured, "humidity", "Độ ẩm") == (61, "unknown", "")
    assert shown(measured, "sensor_voltage", "Nguồn") == (5.021, "unknown", "")
    assert shown(measured, "sensor_contact", "5") == ("on", "unknown", "")


def test_a_sensor_that_does_not_say_it_is_well_has_no_value():
    measured = read(recorded("environment_entity_sensor"))

    assert shown(measured, "room_temperature", "Cửa") == (None, "unknown", "not_told")
    assert shown(measured, "sensor_status", "Cửa") == ("unavailable", "unknown", "")
    assert worst(measured) is Health.WARNING


def test_a_sensor_whose_scale_is_nonsense_is_unreadable():
    measured = read(recorded("environment_entity_sensor"))

    assert shown(measured, "room_temperature", "6") == (None, "unknown", "unreadable")


@pytest.mark.parametrize(("tenths", "value", "health"), [
    (99, 9.9, "warning"), (100, 10, "ok"), (300, 30, "ok"), (301, 30.1, "warning"), (351, 35.1, "critical"), (-1, -0.1, "warning"),
    (-401, None, "unknown"), (1201, None, "unknown")])
def test_the_air_of_a_room_has_limits_and_a_range(tenths, value, health):
    assert shown(read(recorded("environment_entity_sensor", **{VALUE: tenths})), "room_temperature", "Trần nhà")[:2] == (value, health)


def test_sensors_of_a_device_that_is_no_room_monitor_are_not_judged_as_room_air():
    values = recorded("environment_entity_sensor", _1_3_6_1_2_1_1_2_0=None)

    assert shown(read(values), "device_temperature", "Trần nhà") == (31.2, "unknown", "")


def test_a_probe_of_avtech_is_read_in_celsius_inside_and_outside():
    measured = read(recorded("environment_avtech"))

    assert shown(measured, "room_temperature", "Trong máy") == (36, "critical", "")
    assert shown(measured, "room_temperature", "Cửa") == (24, "ok", "")
    assert shown(measured, "sensor_contact", "Khói") == ("off", "unknown", "")


def test_a_probe_whose_two_units_contradict_each_other_is_unknown():
    assert shown(read(recorded("environment_avtech")), "room_temperature", "Ngược") == (None, "unknown", "contradicted")


def test_only_a_sensor_of_ste2_that_measures_celsius_is_a_temperature():
    measured = read(recorded("environment_ste2"))

    assert [(one.place, one.value) for one in measured if one.name == "room_temperature"] == [("Tủ", -5.2)]
    assert shown(measured, "sensor_status", "Nước") == (None, "unknown", "unreadable")
    assert shown(measured, "input_alarm", "Cửa") == ("normal", "ok", "")


def test_a_monitor_that_tells_no_temperature_is_unknown():
    measured = read({oid("1.3.6.1.2.1.1.2.0"): oid("1.3.6.1.4.1.20916.1.6")})

    assert shown(measured, "room_temperature") == (None, "unknown", "unanswered")
    assert worst(measured) is Health.UNKNOWN
