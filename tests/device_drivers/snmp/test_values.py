"""Raw values of agents, read one by one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_drivers.readings import Health
from device_drivers.snmp import measuring, values
from device_drivers.snmp.asking import Unreadable
from device_drivers.snmp.measuring import Limits, Quantity, State

WITHOUT_FILES = settings(deadline=None, database=None)
VALUES = st.one_of(
    st.integers(), st.integers(-(2**70), 2**70), st.binary(max_size=80), st.text(max_size=40).map(lambda text: text.encode("utf-8", "replace")),
    st.lists(st.integers(0, 2**32), max_size=12).map(tuple), st.builds(Unreadable, st.integers(0, 255), st.binary(max_size=20)), st.none())


@pytest.mark.parametrize(("sent", "read"), [
    (7, 7), (-3, -3), (b"7", 7), (b"23.5 C", 23.5), (b" 23.5\xc2\xb0C", 23.5), (b"55.652\0", 55.652), (b"-4", -4), (b"42%", 42), (b"0.42", 0.42)])
def test_a_number_is_read_also_from_the_beginning_of_a_text(sent, read):
    assert values.number(sent) == read


@pytest.mark.parametrize("sent", [
    None, b"", b"\0", b"C 23", b"0,42", b"23,5 C", b"1.10.3", b"2022-03-04", b"10:20", b"4.2.1-100001", b"9" * 40, b"nan", b"1/2", (1, 3, 6),
    Unreadable(0x47, b"\1"), "٣".encode()])
def test_what_is_no_number_is_none_and_never_a_part_of_it(sent):
    assert values.number(sent) is None


def test_counts_sent_as_negative_are_read_modulo_their_width():
    assert [values.unsigned_32(sent) for sent in (-2, 2**32 - 2, None)] == [2**32 - 2, 2**32 - 2, None]
    assert values.unsigned_64(-1) == 2**64 - 1


@pytest.mark.parametrize(("sent", "read"), [
    ("Hội trường".encode(), "Hội trường"), ("Ho\u0323\u0302i".encode(), "Hội"), ("Hội".encode()[:-2], "H"), (b"Caf\xe9 1", "Café 1"),
    (b"one\r\n two\t three", "one two three"), (b"told\0rest", "told"), (b"a\x1b[31mb", "a [31mb"), (None, ""), (5, ""), ((1, 3), "")])
def test_text_is_one_clean_line_whatever_its_letters_were_sent_as(sent, read):
    assert values.text(sent) == read


@pytest.mark.parametrize(("sent", "read"), [
    ((1, 3, 6, 1), (1, 3, 6, 1)), (b"1.3.6.1.4.1.8072", (1, 3, 6, 1, 4, 1, 8072)), (b".1.3.6", (1, 3, 6)), (b"0.0", None), (b"v1.3.6", None),
    (17, None), (None, None), (Unreadable(6, b"\x80"), None)])
def test_an_object_identifier_is_read_also_when_it_was_sent_as_text(sent, read):
    assert values.object_id(sent) == read


def test_bits_are_counted_from_the_first_of_the_first_octet():
    assert [values.bits(b"\xa0\x01"), values.bits(b"\0"), values.bits(b""), values.bits(None)] == [frozenset({0, 2, 15}), frozenset(), None, None]


@pytest.mark.parametrize(("sent", "read"), [(0x7fffffff, "not_told"), (-1, "not_told"), (65535, "not_told"), (None, "unanswered"),
                                            (b"", "unreadable"), (Unreadable(70, b""), "unreadable"), (501, "implausible"), (10**400, "implausible")])
def test_what_is_no_value_says_why(sent, read):
    measured = Quantity("input_voltage", "V", high=500).of(sent)

    assert (measured.value, measured.health, measured.mark) == (None, Health.UNKNOWN, read)


def test_a_number_within_its_limits_is_ok_and_one_without_limits_is_not_judged():
    judged = Quantity("a", limits=Limits(warning_above=80, critical_above=95))

    assert [judged.of(number).health.value for number in (80, 81, 95, 96)] == ["ok", "warning", "warning", "critical"]
    assert Quantity("a").of(5).health is Health.UNKNOWN


def test_an_empty_text_was_sent_too():
    assert (values.as_sent(b""), values.as_sent(None)) == ('""', "")


def test_a_state_without_a_word_is_unknown_and_kept_as_sent():
    measured = State("a", {1: ("on", Health.OK)}).of(9)

    assert (measured.value, measured.health, measured.raw, measured.mark) == (None, Health.UNKNOWN, "9", "unreadable")


def test_what_bears_a_mark_is_not_reckoned_with():
    capped = Quantity("runtime_left", "min", caps=frozenset({999})).of(999)

    assert (capped.value, capped.mark, measuring.certain(capped)) == (999, "capped", None)
    assert measuring.certain(Quantity("runtime_left", "min").of(12)) == 12


def test_places_of_the_same_name_are_told_apart():
    places = measuring.named_places({(1,): b"eth", (2,): b"eth", (3,): b"", (4,): b"3"}, [(1,), (2,), (3,), (4,)])

    assert places == {(1,): "eth #1", (2,): "eth #2", (3,): "3 #3", (4,): "3 #4"}


@WITHOUT_FILES
@given(VALUES)
def test_no_value_whatever_makes_a_reader_raise(value):
    read = [values.number(value), values.whole(value), values.unsigned_32(value), values.unsigned_64(value), values.seconds(value),
            values.object_id(value), values.bits(value)]

    assert value is not None or read == [None] * 7
    assert values.text(value) == values.text(values.text(value).encode())
    assert len(values.as_sent(value)) <= 260
    assert values.as_sent(value).isprintable()
    assert bool(values.as_sent(value)) == (value is not None and value != ())


@WITHOUT_FILES
@given(VALUES, st.integers(1, 10**6), st.integers(1, 10**6), st.integers(-100, 0), st.integers(1, 10**6))
def test_a_quantity_that_is_shown_lies_in_its_range(value, times, over, low, high):
    measured = Quantity("a", "V", times, over, low, high, otherwise=10).of(value)

    assert measured.value is None or low <= measured.value <= high
    assert (measured.value is None) <= (measured.mark in measuring.MARKS and measured.health is Health.UNKNOWN)
