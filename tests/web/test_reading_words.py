"""Every reading that a driver can bring, every mark and every word it can be, is said in both languages."""

import ast
from pathlib import Path

import pytest

from device_drivers.snmp.classes import CLASSES
from device_drivers.snmp.measuring import MARKS, State
from device_drivers.snmp.names import READINGS
from roomctl.devices import codec_facts
from roomctl.devices.storing import LONGEST_FAULT
from roomctl.web import reading_words
from web.browser import read_in

ROOT = Path(__file__).parents[2]
MAKERS = {"Measured", "_known", "_measured"}  # What drivers with a text control make readings with; the name comes first.


def names_in_sources() -> set[str]:
    """Return the name of every reading that is made with a literal name, in drivers and in roomctl."""
    found = set()
    for path in (*(ROOT / "device_drivers").rglob("*.py"), *(ROOT / "roomctl" / "devices").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in MAKERS and node.args:
                name = node.args[0]
                if isinstance(name, ast.Constant) and isinstance(name.value, str):
                    found.add(name.value)
    return found


def facts_of_codecs() -> set[str]:
    return {codec_facts.REGISTERED, codec_facts.CAN_ENCRYPT, codec_facts.CALLS_UP, codec_facts.MICROPHONE, codec_facts.CAMERA,
            codec_facts.CLOCK_AHEAD}


def every_name() -> set[str]:
    return set(READINGS) | names_in_sources() | facts_of_codecs()


def words_of_states() -> set[str]:
    """Return every word that a state of an SNMP class can be."""
    found: set[str] = set()
    for module in CLASSES.values():
        for thing in vars(module).values():
            for one in thing.values() if isinstance(thing, dict) else [thing]:
                if isinstance(one, State):
                    found |= {word for word, _ in one.words.values() if word}
    return found


def test_the_search_for_names_finds_some_of_every_kind_of_driver():
    assert {"battery_charge", "packet_loss", "sip_secure", "active_faults", "part_number", "ssh_algorithms", "microphone_mute"} <= every_name()


def test_the_search_for_words_finds_some():
    assert {"on", "off", "overload", "normal"} <= words_of_states()


def test_every_reading_has_a_name():
    assert every_name() - set(reading_words.NAME) == set()


def test_every_mark_says_why():
    assert MARKS - set(reading_words.MARK) == set()


def test_every_word_of_a_state_is_said():
    assert words_of_states() - set(reading_words.WORD) == set()


def test_every_class_of_devices_has_a_name():
    assert set(CLASSES) - set(reading_words.DEVICE_CLASS) == set()


def test_every_name_may_be_a_fault_in_the_database():
    assert [name for name in every_name() if len(name) > LONGEST_FAULT] == []


@pytest.mark.parametrize("dictionary", ["NAME", "MARK", "WORD", "PLACE", "DEVICE_CLASS"])
def test_the_words_are_others_in_english(app, dictionary):
    vietnamese, english = (read_in(app, language, lambda: {name: str(word) for name, word in getattr(reading_words, dictionary).items()})
                           for language in ("vi", "en"))

    assert {name: word for name, word in english.items() if word == vietnamese[name] and not word.isascii()} == {}  # SIP is SIP.


@pytest.mark.parametrize(("value", "vietnamese", "english"), [
    (12.5, "12,5", "12.5"), (1234567, "1\u202f234\u202f567", "1\u202f234\u202f567"), (0, "0", "0"), (None, "", ""), ("off", "tắt", "off"),
    ("Aes-128", "Aes-128", "Aes-128"), (0.001, "0,001", "0.001")])
def test_values_are_written_as_the_language_writes_them(app, value, vietnamese, english):
    assert [read_in(app, language, lambda: reading_words.reading_value(value)) for language in ("vi", "en")] == [vietnamese, english]
