"""Nothing that looks like a secret is kept of a configuration, and what changed is told, what security depends on first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_drivers.xapi import configuration
from roomctl.devices.config_text import Change, differences, settings_of, sifted

HARMLESS = ["Audio DefaultVolume: 50", "Conference Encryption Mode: On", "H323 Encryption KeySize: Min1024bit", "NetworkServices SSH Mode: On",
            "SIP Authentication UserName: room", "SystemUnit Name: Hội trường", "Video PassThrough Mode: On", "UserInterface Keyboard Layout: Vn"]
SECRET = ["H323 Authentication Password: x", "SIP Authentication Passphrase: x", "NetworkServices SNMP CommunityName: x", "Wifi PSK: x",
          "UserInterface SettingsMenu Pin: 1234", "Network 1 WPA PreSharedKey: x", "Provisioning SharedSecret: x", "Security PrivateKey: x",
          "Service ApiToken: x", "Service APIKey: x", "Directory BindCredentials: x", "Tms Address: https://u:p@tms.example/",
          "Banner Text: -----BEGIN PRIVATE KEY-----", "Sip PassCode: 1", "Encryption Keys 1: x"]


@pytest.mark.parametrize("line", HARMLESS)
def test_a_harmless_setting_is_kept(line):
    assert sifted(f"{line}\n") == f"{line}\n"


@pytest.mark.parametrize("line", SECRET)
def test_what_looks_like_a_secret_is_left_out(line):
    assert sifted(f"{HARMLESS[0]}\n{line}\n{HARMLESS[1]}\n") == f"{HARMLESS[0]}\n{HARMLESS[1]}\n"


def test_a_line_with_a_password_that_is_known_is_left_out_whatever_it_is_called():
    assert sifted("Audio Name: geheim-und-lang\nBanner: abc geheim-und-lang xyz\nVolume: 5\n", ["geheim-und-lang", "", "5"]) == "Volume: 5\n"


@pytest.mark.parametrize("name", ["Password", "AdminPassword", "Passphrase", "PSK", "SharedSecret", "PreSharedKey", "PrivateKey", "Pin"])
def test_both_sieves_know_the_usual_names(name):
    assert configuration.is_secret(("SIP", name), "x") and sifted(f"SIP {name}: x\n") == ""


def test_what_was_added_removed_and_changed_is_told_what_security_depends_on_first():
    before = "Audio DefaultVolume: 50\nConference Encryption Mode: On\nSystemUnit Name: A\n"
    after = "Audio DefaultVolume: 60\nConference Encryption Mode: Off\nSIP TlsVerify: On\n"

    found = differences(before, after)

    assert [(one.path, one.before, one.after, one.change, one.matters) for one in found] == [
        ("Conference Encryption Mode", "On", "Off", Change.CHANGED, True), ("SIP TlsVerify", None, "On", Change.ADDED, True),
        ("Audio DefaultVolume", "50", "60", Change.CHANGED, False), ("SystemUnit Name", "A", None, Change.REMOVED, False)]


@pytest.mark.parametrize(("path", "matters"), [
    ("Conference 1 Encryption Mode", True), ("NetworkServices SSH Mode", True), ("Security Session MaxFailedLogins", True),
    ("networkservices Telnet Mode", True), ("SIP DefaultTransport", True), ("SIP DisplayName", False), ("SecurityCamera Mode", False)])
def test_what_security_depends_on_is_known_by_the_beginning_of_its_path(path, matters):
    assert differences(f"{path}: a\n", f"{path}: b\n")[0].matters == matters


LINES = st.lists(st.tuples(st.text("abc ", min_size=1, max_size=6).map(str.strip).filter(bool), st.text("xyz:", max_size=4)), max_size=8)


@given(LINES, LINES)
def test_the_differences_lead_from_the_one_to_the_other(one, other):
    before, after = ("".join(f"{path}: {value}\n" for path, value in lines) for lines in (one, other))
    settings = settings_of(before)

    for change in differences(before, after):
        if change.after is None:
            settings.pop(change.path)
        else:
            settings[change.path] = change.after

    assert settings == settings_of(after)
