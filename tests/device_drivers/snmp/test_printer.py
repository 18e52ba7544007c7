"""Printers; the recording is composed from RFC 3805 and RFC 2790."""

import pytest

from device_drivers.readings import Health
from device_drivers.snmp.health import worst
from device_drivers.snmp.printer import level_of

from .replay import read, recorded, shown

ERRORS, STATUS = "_1_3_6_1_2_1_25_3_5_1_2_1", "_1_3_6_1_2_1_25_3_2_1_5_1"


def test_snmp_case_23_some_left_is_no_percentage():
    assert shown(read(recorded("printer")), "supply_level", "Xanh") == (None, "ok", "some_left")
    assert shown(read(recorded("printer")), "tray_level", "Khay 2") == (None, "ok", "some_left")


def test_snmp_case_23_more_than_the_capacity_is_implausible():
    assert shown(read(recorded("printer")), "supply_level", "Đỏ") == (None, "unknown", "implausible")


@pytest.mark.parametrize(("level", "most"), [(-2, 100), (-1, 100), (-2, -2), (50, -2), (50, 0), (50, None)])
def test_snmp_case_23_a_level_or_capacity_the_printer_does_not_know_is_unknown(level, most):
    measured = level_of("supply_level", level, most, "Đen")

    assert (measured.value, measured.health, measured.mark) == (None, Health.UNKNOWN, "not_told")


@pytest.mark.parametrize("level", [-4, -100, -2147483648, 101])
def test_snmp_case_23_other_numbers_outside_of_the_capacity_are_implausible(level):
    assert (level_of("supply_level", level, 100, "Đen").value, level_of("supply_level", level, 100, "Đen").mark) == (None, "implausible")


def test_a_level_in_per_cent_needs_no_capacity():
    assert shown(read(recorded("printer")), "supply_level", "Đen") == (63, "unknown", "")


def test_an_empty_supply_and_a_full_waste_box_are_warnings():
    measured = read(recorded("printer"))

    assert shown(measured, "supply_level", "Vàng") == (0, "warning", "")
    assert shown(measured, "waste_level", "Mực thải") == (100, "warning", "")


def test_every_error_bit_is_told_and_the_device_is_as_bad_as_the_worst():
    measured = read(recorded("printer"))

    assert [(one.value, one.health.value) for one in measured if one.name == "printer_error"] == [("low_paper", "warning"), ("low_toner", "warning")]
    assert shown(measured, "printer_status") == ("warning", "warning", "")
    assert worst(measured) is Health.WARNING


@pytest.mark.parametrize(("octets", "told", "health"), [
    (b"\0", ["no_error"], Health.OK), (b"\0\0", ["no_error"], Health.OK), (b"\x04", ["jammed"], Health.CRITICAL),
    (b"\x50", ["no_paper", "no_toner"], Health.CRITICAL), (b"\x00\x10", ["output_near_full"], Health.WARNING),
    (b"\x00\x01", ["other"], Health.WARNING), (b"", [None], Health.UNKNOWN)])
def test_the_error_state_is_a_bit_string_and_no_octet_is_not_no_error(octets, told, health):
    measured = read(recorded("printer", **{ERRORS: octets, STATUS: 2, "_1_3_6_1_2_1_43_11_1_1_9_1_4": 900, "_1_3_6_1_2_1_43_11_1_1_9_1_6": 3}))

    assert [one.value for one in measured if one.name == "printer_error"] == told
    assert worst(measured) is health


def test_the_state_of_its_network_card_is_not_the_printers():
    assert [one.place for one in read(recorded("printer")) if one.name == "printer_status"] == ["1"]


def test_a_printer_that_does_not_tell_its_state_is_unknown():
    measured = read({name: value for name, value in recorded("printer").items() if name[:7] == (1, 3, 6, 1, 2, 1, 1)})

    assert shown(measured, "printer_status") == (None, "unknown", "unanswered")
    assert worst(measured) is Health.UNKNOWN
