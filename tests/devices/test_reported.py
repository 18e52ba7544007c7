"""What devices report is made fit to be stored, whatever it is."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_drivers.readings import Health, Measured
from roomctl.devices import reported

anything = st.text(st.characters(codec=None), max_size=300)


@pytest.mark.parametrize(("sent", "kept"), [
    ("Phòng họp", "Phòng họp"), ("a\x00b\r\nc", "a b c"), ("  x  ", "x"), ("\ud800y", "?y"), ("\u202eoff", "off"), ("", "")])
def test_text_becomes_one_printable_line(sent, kept):
    assert reported.clean(sent, 100) == kept


def test_text_that_does_not_fit_is_cut():
    assert reported.clean("ậ" * 300, 64) == "ậ" * 64


@given(st.lists(st.builds(Measured, name=st.just("x"), value=st.one_of(st.none(), st.floats(), st.integers(), anything), place=anything,
                          raw=anything, health=st.sampled_from(Health))))
def test_any_readings_can_be_written_as_json_and_read_again(readings):
    rows = reported.as_rows(readings)

    text = json.dumps(rows, allow_nan=False)

    text.encode()
    assert [one.health for one in reported.as_measured(json.loads(text))] == [one.health for one in readings]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**64, -(2**70)])
def test_a_number_that_is_none_is_unknown_and_marked(value):
    (row,) = reported.as_rows([Measured("power", value, "W")])

    assert (row[2], row[5]) == (None, "implausible")


def test_where_two_ways_of_asking_tell_the_same_the_first_stands():
    ssh, snmp = Measured("temperature", 40, "°C"), Measured("temperature", 41, "°C")

    assert [row[2] for row in reported.as_rows([ssh], [snmp, Measured("temperature", 30, "°C", place="room")])] == [40, 30]


def test_two_messages_of_one_kind_are_both_kept():
    messages = [Measured("diagnostics_message", text, place="SIPRegistration") for text in ("one", "two")]

    assert [row[2] for row in reported.as_rows(messages)] == ["one", "two"]


def test_a_very_large_switch_is_cut():
    ports = [Measured("port_state", "up", place=str(number)) for number in range(5000)]

    assert len(reported.as_rows(ports)) == reported.MOST_READINGS
