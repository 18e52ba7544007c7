"""From the xAPI's words to readings: known words have a meaning, unknown ones are shown and mean unknown."""

import pytest

from device_drivers.readings import Health
from device_drivers.xapi import measures


@pytest.mark.parametrize(("lost", "received", "percent", "health"), [
    ("0", "250", 0.0, Health.OK), ("9", "991", 0.9, Health.OK), ("10", "990", 1.0, Health.WARNING), ("29", "971", 2.9, Health.WARNING),
    ("30", "970", 3.0, Health.CRITICAL), ("250", "0", 100.0, Health.CRITICAL),
])
def test_loss_is_the_share_of_the_last_interval(lost, received, percent, health):
    reading = measures.packet_loss(lost, received, place="3/2 audio incoming")

    assert (reading.name, reading.value, reading.unit, reading.health) == ("packet_loss", percent, "%", health)


@pytest.mark.parametrize(("lost", "received"), [("0", "0"), (None, "250"), ("0", None), ("-1", "250"), ("²", "250"), ("", ""), (3, 4)])
def test_loss_that_cannot_be_told_is_unknown_and_never_0(lost, received):
    reading = measures.packet_loss(lost, received, place="x")

    assert (reading.value, reading.health) == (None, Health.UNKNOWN)


@pytest.mark.parametrize(("word", "value", "health"), [
    ("0", 0, Health.OK), ("29", 29, Health.OK), ("30", 30, Health.WARNING), ("49", 49, Health.WARNING), ("50", 50, Health.CRITICAL),
    (None, None, Health.UNKNOWN), ("soon", None, Health.UNKNOWN),
])
def test_jitter_is_judged_by_its_limits(word, value, health):
    reading = measures.jitter(word, place="x")

    assert (reading.value, reading.unit, reading.health) == (value, "ms", health)


@pytest.mark.parametrize(("word", "value", "health"), [
    ("50", 50, Health.OK), ("0", 0, Health.OK), ("101", None, Health.UNKNOWN), ("loud", None, Health.UNKNOWN), (None, None, Health.UNKNOWN),
])
def test_a_volume_is_0_to_100_or_unknown(word, value, health):
    reading = measures.volume(word)

    assert (reading.value, reading.health) == (value, health)


@pytest.mark.parametrize(("read", "word", "health"), [
    (measures.standby_state, "Halfwake", Health.OK), (measures.standby_state, "Dreaming", Health.UNKNOWN),
    (measures.system_state, "InCall", Health.OK), (measures.system_state, "Melting", Health.UNKNOWN),
    (measures.sip_secure, "True", Health.OK), (measures.sip_secure, "False", Health.WARNING), (measures.sip_verified, "Perhaps", Health.UNKNOWN),
    (measures.microphones_muted, "On", Health.OK), (measures.microphones_muted, "Perhaps", Health.UNKNOWN),
])
def test_a_word_is_shown_as_the_device_says_it(read, word, health):
    reading = read(word)

    assert (reading.value, reading.health) == (word, health)


@pytest.mark.parametrize("read", [measures.standby_state, measures.system_state, measures.sip_secure, measures.microphones_muted])
@pytest.mark.parametrize("nothing", [None, "", 7, {"deep": "1"}])
def test_no_word_is_no_value(read, nothing):
    assert (read(nothing).value, read(nothing).health) == (None, Health.UNKNOWN)


@pytest.mark.parametrize(("word", "health"), [
    ("Active", Health.OK), ("Off", Health.OK), ("UnableTLS", Health.WARNING), ("AuthenticationFailed", Health.WARNING), ("Unknown", Health.UNKNOWN),
])
def test_a_proxy_bears_its_number(word, health):
    reading = measures.sip_proxy(word, "2")

    assert (reading.value, reading.health, reading.place) == (word, health, "2")


def test_messages_of_the_diagnostics_have_the_health_of_their_level():
    said = [("Critical", "A", "a"), ("Error", "B", "b"), ("Warning", "C", "c"), ("Info", "D", "d"), ("Odd", "E", "")]

    count, *messages = measures.diagnostics(said)

    assert [(one.place, one.value, one.health) for one in messages] == [
        ("A", "a", Health.CRITICAL), ("B", "b", Health.CRITICAL), ("C", "c", Health.WARNING), ("D", "d", Health.OK), ("E", "E", Health.UNKNOWN)]
    assert (count.name, count.value, count.health) == ("diagnostics_count", 5, Health.CRITICAL)


def test_no_message_is_not_the_same_as_not_told():
    (none,), (unknown,) = measures.diagnostics([]), measures.diagnostics(None)

    assert (none.value, none.health) == (0, Health.OK)
    assert (unknown.value, unknown.health) == (None, Health.UNKNOWN)


def test_a_message_nobody_can_read_is_not_a_good_sign():
    count, message = measures.diagnostics([(None, None, {"deep": "1"})])

    assert (message.value, message.health, count.health) == (None, Health.UNKNOWN, Health.UNKNOWN)
