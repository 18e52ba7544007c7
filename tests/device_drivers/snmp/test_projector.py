"""Projectors, and wireless presentation beside them."""

import pytest

from device_drivers.readings import Health
from device_drivers.snmp import projector
from device_drivers.snmp.health import worst

from .replay import detected, one_of, polled, read, recorded, shown

LAMP = "_1_3_6_1_4_1_1248_4_1_1_1_1_0"


def lamp(hours, rated):
    values = recorded("projector_epson", **{LAMP: hours})
    identity = detected(values)
    return projector.read(polled(values, projector.asked_of(identity)), None, identity, rated_lamp_hours=rated)


def test_hours_of_a_lamp_are_not_judged_without_its_rated_life():
    measured = read(recorded("projector_epson"))

    assert shown(measured, "lamp_hours") == (2100, "unknown", "")
    assert [one for one in measured if one.name == "lamp_used"] == []
    assert worst(measured) is Health.UNKNOWN


@pytest.mark.parametrize(("hours", "used", "health"), [(3196, 79.9, "ok"), (3200, 80, "warning"), (4000, 100, "critical"), (5000, 125, "critical")])
def test_hours_of_a_lamp_are_judged_by_its_rated_life(hours, used, health):
    assert shown(lamp(hours, 4000), "lamp_used") == (used, health, "")


@pytest.mark.parametrize("hours", [-1, 65535, 2147483647, 900_000, b"", b"new"])
def test_hours_that_are_none_use_up_no_lamp(hours):
    assert (one_of(lamp(hours, 4000), "lamp_hours").value, one_of(lamp(hours, 4000), "lamp_used").value) == (None, None)


@pytest.mark.parametrize("rated", [0, -5, None])
def test_a_rated_life_of_nothing_judges_nothing(rated):
    assert [one for one in lamp(2100, rated) if one.name == "lamp_used"] == []


def test_a_projectors_own_alerts_are_told_in_its_own_words():
    measured = read(recorded("projector_pwg"))

    assert shown(measured, "power_state") == ("on", "ok", "")
    assert [(one.value, one.health.value) for one in measured if one.name == "projector_alert"] == [
        ("Lọc bụi bẩn", "warning"), ("Quạt hỏng", "critical")]
    assert worst(measured) is Health.CRITICAL


@pytest.mark.parametrize("state", [7, 8, 9, 10, 6, None])
def test_a_projector_that_is_not_on_is_neither_ill_nor_well(state):
    values = {name: value for name, value in recorded("projector_pwg", _1_3_6_1_4_1_2699_2_4_1_4_2_0=state).items()
              if name[:11] != (1, 3, 6, 1, 4, 1, 2699, 2, 4, 1, 18)}

    assert worst(read(values)) is Health.UNKNOWN


def test_an_older_dell_tells_lamp_and_heat_and_its_state_is_shown_as_sent():
    measured = read(recorded("projector_dell"))

    assert (one_of(measured, "lamp_hours").value, one_of(measured, "device_temperature").value) == (812, 51)
    assert (one_of(measured, "power_state").value, one_of(measured, "power_state").raw) == (None, "1")


def test_wireless_presentation_sends_numbers_as_text_and_an_empty_text_is_no_number():
    measured = read(recorded("wireless_presentation"))

    assert shown(measured, "case_fan_speed") == (None, "unknown", "unreadable")
    assert shown(measured, "processor_fan_speed") == (2800, "unknown", "")
    assert shown(measured, "device_temperature") == (48.75, "unknown", "")
