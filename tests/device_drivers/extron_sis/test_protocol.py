"""Extron's SIS, read without a network.

Second-hand: what a banner holds and the codes are from published driver code, not from a device; its layout is made up here.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_drivers.extron_sis import protocol
from device_drivers.extron_sis.protocol import Banner
from device_drivers.lines import LineReader

WITHOUT_FILES = settings(deadline=None, database=None)
COPYRIGHT = "(c) Copyright, Extron Electronics, Switcher A, 1.02, 60-0000-01"
DATE = "Sat, 28 Nov 2026 08:00:00"


def read(*pieces: bytes) -> list[str]:
    reader = LineReader()
    return [text for piece in pieces for text in reader.feed(piece)]


def test_a_banner_tells_model_firmware_part_number_and_date():
    assert protocol.banner([COPYRIGHT, DATE]) == Banner("Switcher A", "1.02", "60-0000-01", DATE, f"{COPYRIGHT}\n{DATE}")


@pytest.mark.parametrize(("line", "expected"), [
    ("Copyright X, Switcher A, V1.02, 60-1", ("Switcher A", "1.02", "60-1")), ("Copyright X, Switcher A, 1.02.0003", ("Switcher A", "1.02.0003", "")),
    ("Copyright X, 1.02, 60-1", ("", "1.02", "60-1")), ("Copyright X 1.02, Switcher A", ("", "", "")), ("Copyright", ("", "", "")),
    ("Copyright X, Switcher A, unknown, 60-1", ("", "", "")), (f"Copyright X, {'x' * 61}, 1.02, {'y' * 61}", ("", "1.02", ""))])
def test_what_a_banner_does_not_tell_is_unknown(line, expected):
    found = protocol.banner([line])

    assert (found.model, found.firmware, found.part_number) == expected
    assert found.date_line == ""


@pytest.mark.parametrize("lines", [[], ["Welcome"], ["1.02, 60-1"], ["flux", "capacitor, 1.02"]])
def test_without_a_copyright_line_nothing_is_known_but_the_text(lines):
    assert protocol.banner(lines) == Banner(raw="\n".join(lines))


def test_codec_case_11_a_banner_is_read_the_same_wherever_it_is_cut():
    sent = f"(c) Copyright, X, Phòng họp Ủy ban, 1.02, 60-1\r\n{DATE}\r\n".encode()

    models = {protocol.banner(read(sent[:place], sent[place:])).model for place in range(len(sent) + 1)}

    assert models == {"Phòng họp Ủy ban"}


@WITHOUT_FILES
@given(st.lists(st.text(max_size=80), max_size=5))
def test_no_text_at_all_raises_and_nothing_is_invented(lines):
    found = protocol.banner(lines)

    for field in (found.model, found.firmware, found.part_number, found.date_line):
        assert field in found.raw
    for text in lines:
        protocol.version(text), protocol.error(text), protocol.access(text), protocol.is_password_prompt(text)


@pytest.mark.parametrize(("text", "version"), [("1.02", "1.02"), ("V1.02", "1.02"), ("1.02.0003", "1.02.0003"), ("1", None), ("", None), ("1.", None),
                                               ("In1 All", None),
                                               ("E10", None), ("1.02 beta", None), ("1,02", None), ("1.2.3.4.5.6", None), ("١.٢", None)])
def test_a_version_looks_like_one(text, version):
    assert protocol.version(text) == version


@pytest.mark.parametrize(("code", "meaning"), [("E10", "invalid command"), ("E22", "busy"), ("E24", "privilege violation"), ("E99", "in no list")])
def test_a_code_is_told_with_its_meaning(code, meaning):
    assert protocol.error(code) == code
    assert protocol.meaning(code).startswith(f"{code}: ") and meaning in protocol.meaning(code)


@pytest.mark.parametrize("text", ["", "E1", "E100", "e10", "E10 ", "1.02", "Ex", "E١٠"])
def test_another_line_is_no_code(text):
    assert protocol.error(text) is None


@pytest.mark.parametrize(("text", "access"), [
    ("Login Administrator", "Administrator"), ("Login User", "User"), ("Login", None), ("Login Guest", None)])
def test_a_login_tells_who_we_are_taken_for(text, access):
    assert protocol.access(text) == access
