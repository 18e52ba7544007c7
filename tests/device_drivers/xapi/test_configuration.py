"""A codec's configuration as text that can be kept: sorted, whole, and without secrets."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_drivers.xapi import configuration


def test_settings_are_lines_in_the_order_of_their_paths_and_numbers():
    found = [(("Network", "10", "Speed"), "Auto"), (("Network", "2", "Speed"), "Auto"), (("Audio", "DefaultVolume"), "50")]

    assert configuration.text(found) == "Audio DefaultVolume: 50\nNetwork 2 Speed: Auto\nNetwork 10 Speed: Auto\n"


@pytest.mark.parametrize("name", [
    "Password", "AdminPassword", "Passphrase", "PSK", "Psk", "SharedSecret", "Key", "PreSharedKey", "EncryptionKeys", "PrivateKey", "Pin",
    "PIN", "AdminPin", "PinCode", "CommunityName", "AccessToken", "Credentials", "passwd",
])
def test_a_setting_that_sounds_secret_is_left_out_wherever_the_name_stands(name):
    assert configuration.text([(("A", name), "geheim"), ((name, "B"), "geheim")]) == ""


@pytest.mark.parametrize("name", ["KeySize", "Mapping", "Spinner", "PingInterval", "TlsVerify", "Mode"])
def test_a_setting_that_only_looks_like_a_secret_is_kept(name):
    assert configuration.text([(("A", name), "On")]) == f"A {name}: On\n"


@pytest.mark.parametrize("value", ["https://admin:geheim@tms.example/", "ftp://geheim@host"])
def test_an_address_that_carries_a_login_is_left_out(value):
    assert configuration.text([(("A", "Address"), value)]) == ""


def test_an_address_without_a_login_is_kept():
    assert configuration.text([(("A", "Address"), "https://tms.example/@room")]) == "A Address: https://tms.example/@room\n"


@pytest.mark.parametrize(("value", "line"), [
    ("", 'A: ""'), ("Hội trường Ủy ban", "A: Hội trường Ủy ban"), ("a\nB: c", r'A: "a\nB: c"'), (" x", 'A: " x"'), ('"x"', r'A: "\"x\""'),
    ("a\u2028b", r'A: "a\u2028b"'),
])
def test_a_value_stays_on_its_line(value, line):
    assert configuration.text([(("A",), value)]) == f"{line}\n"


def test_settings_are_found_in_objects_and_in_lists():
    tree = {"Conference": {"Encryption": {"Mode": {"Value": "On"}}},
            "Network": [{"id": "1", "Speed": {"id": "7", "Value": "Auto"}}, {"id": "2", "Speed": {"Value": "Auto"}}], "id": ""}

    assert sorted(configuration.settings_in(tree)) == [
        (("Conference", "Encryption", "Mode"), "On"), (("Network", "1", "Speed"), "Auto"), (("Network", "2", "Speed"), "Auto")]


@settings(deadline=None, database=None)
@given(st.dictionaries(st.tuples(st.sampled_from(["A", "B", "2", "10"]), st.sampled_from(["C", "D"])), st.text(max_size=8), max_size=8))
def test_the_same_settings_are_the_same_text_in_whatever_order_they_came(found):
    pairs = list(found.items())

    text = configuration.text(pairs)

    assert text == configuration.text(reversed(pairs))
    assert len(text.splitlines()) == sum(not configuration.is_secret(path, value) for path, value in pairs)
