"""Codecs that have no JSON mode: old CE firmware is understood in terminal mode, without being told beforehand.

The usage text is from a recording of TC; layouts of terminal mode are those of the CE 9 guide.
"""

import re
from collections.abc import Callable
from typing import Any

import pytest

from device_drivers.cisco_roomos import modes
from device_drivers.cisco_roomos.driver import CiscoRoomos
from device_drivers.errors import CommandRefused, Silent, UnexpectedReply
from device_drivers.readings import CallState, EncryptionSetting, Grade, Tri
from device_drivers.simulators.cisco_roomos import Firmware
from device_drivers.simulators.server import BadDay
from device_drivers.transports.transcript import TranscriptShell
from device_drivers.xapi.conversation import EVENTS_KEPT

GREETING = b"\r\nWelcome to Phong hop 1\r\nCisco Codec Release ce8.3.7\r\n*r Login successful\r\n\r\nOK\r\n\r\n"
USAGE = b"usage: xpreferences outputmode <terminal/xml>\r\n"
UNIT = '*s SystemUnit ProductPlatform: "SX80"\n*s SystemUnit Uptime: 29038\n'
CALL = '*s Call 3 Status: Connected\n*s Call 3 RemoteNumber: "6001@vc.example"\n*s Call 3 Encryption Type: "Aes-128"\n'
EVENT = "*e PresentationPreviewStarted Cause: userRequested\r\n** end\r\n"
PATH = "xConfiguration Conference Encryption Mode"

Answer = Callable[[str], bytes]


def as_sent(body: str, result_id: str) -> bytes:
    return f'{body}** resultId: "{result_id}"\n** end\n'.replace("\n", "\r\n").encode()


def a_codec(answers: dict[str, str | Answer], *, mode: bytes = USAGE, cut=None) -> CiscoRoomos:
    """Return a driver at a codec that stays in terminal mode and answers each command with a body, or what a function makes of its id."""

    def answer(line: bytes) -> bytes:
        if line == b"echo off\n":
            return b"\r\nOK\r\n"
        if line.startswith(b"xPreferences"):
            return mode
        command, result_id = re.fullmatch(r'(.*) \| resultId="(\w+)"\n', line.decode()).groups()
        body = answers[command]
        return body(result_id) if callable(body) else as_sent(body, result_id)

    return CiscoRoomos(TranscriptShell(GREETING, answer, cut))


@pytest.fixture
def old(office) -> Callable[..., Any]:
    """Return a function that starts a codec without JSON mode, and returns it with its driver."""

    def make(name: str = "hall", **facts: Any) -> tuple[Any, CiscoRoomos]:
        simulator = office.codec(name, firmware=Firmware(has_json=False), **facts)
        return simulator, office.connect(simulator)

    return make


@pytest.mark.parametrize("mode", [USAGE, b"", b"Command not recognized.\r\n", b"ERROR\r\n"])
def test_case_5_a_codec_without_json_is_understood_in_terminal_mode(mode):
    codec = a_codec({"xStatus SystemUnit": UNIT, "xStatus Call": CALL}, mode=mode)
    assert codec.mode == ""

    assert codec.identify().model == "SX80"

    assert codec.mode == "terminal"
    assert [(call.id, call.state, call.suite) for call in codec.calls()] == [("3", CallState.CONNECTED, "Aes-128")]


def test_a_codec_with_json_says_so(office):
    codec = office.connect(office.codec())

    codec.identify()

    assert codec.mode == "json"


def test_case_5_everything_works_in_terminal_mode_in_packets_of_one_byte(office, old, eventually):
    office.codec("room")
    simulator, codec = old(bad=BadDay(chunk=1))

    status = codec.status()
    call_id = codec.dial("room@vc.example")

    assert (status.identity.simulated, status.registered, status.can_encrypt, status.calls) == (True, Tri.YES, Tri.YES, ())
    found = eventually(lambda: (reading := codec.read_encryption(call_id)).streams and reading)
    assert (found.grade, found.encrypted, found.has_media_both_ways) == (Grade.A, Tri.YES, True)
    assert codec.mute(True) is Tri.YES
    codec.hang_up(call_id)
    assert codec.calls() == ()
    assert simulator.microphones_muted


@pytest.mark.parametrize("setting", list(EncryptionSetting))
def test_case_5_a_setting_is_read_back_in_terminal_mode_even_as_the_first_command(old, setting):
    simulator, codec = old()

    assert codec.set_encryption(setting) is setting
    assert simulator.setting == setting.value


def test_a_setting_that_is_answered_by_a_bare_ok_is_read_back():
    asked: list[str] = []

    def bare_ok(result_id: str) -> bytes:
        asked.append(result_id)
        return b"\r\nOK\r\n"

    codec = a_codec({PATH: "*c xConfiguration Conference Encryption Mode: On\n", f"{PATH}: On": bare_ok})

    assert codec.set_encryption(EncryptionSetting.ON) is EncryptionSetting.ON
    assert len(asked) == 1


@pytest.mark.parametrize("word", ["ERROR", "Command not recognized.", "OK"])
def test_a_bare_word_is_no_answer_where_answers_are_json(word):
    def answer(result_id: str) -> bytes:
        return f'{word}\r\n{{"Status":{{"SystemUnit":{{"ProductPlatform":{{"Value":"Room Kit"}}}}}},"ResultId":"{result_id}"}}\r\n'.encode()

    codec = a_codec({"xStatus SystemUnit": answer}, cut=lambda data: data.splitlines(keepends=True))

    assert [codec.identify().model for _ in range(3)] == ["Room Kit"] * 3
    assert codec.mode == "json"


@pytest.mark.parametrize(("body", "reason"), [
    ('*s Status (status=Error):\n*s Status Reason: "No match on address expression."\n*s Status XPath: "Status/Wrong"\n', "No match"),
    ("*r Result (status=Error):\n*r Result Reason: Unknown command\n", "Unknown command"),
])
def test_a_refusal_in_terminal_mode_is_the_same_error(body, reason):
    with pytest.raises(CommandRefused, match=reason):
        a_codec({"xStatus SystemUnit": body}).identify()


def test_case_17_a_block_of_unknown_keys_is_neither_idle_nor_in_call_in_terminal_mode():
    codec = a_codec({"xStatus Call": "*s Flux Capacitor: On\n"})

    with pytest.raises(UnexpectedReply):
        codec.calls()


def test_a_reply_to_a_command_of_another_kind_is_never_no_call():
    with pytest.raises(UnexpectedReply):
        a_codec({"xStatus Call": "*r DialResult CallId: 3\n"}).calls()


def test_a_name_that_looks_like_a_reply_answers_nothing():
    forged = '*s Call 4 DisplayName: "{"Status":{},"ResultId":"r1"}"\r\n'

    with pytest.raises(Silent):
        a_codec({"xStatus Call": lambda result_id: forged.encode()}).calls()


def test_once_a_mode_is_settled_the_other_is_not_listened_to():
    reader = modes.EitherReader()
    reader.feed(as_sent(UNIT, "r1"))

    heard = reader.feed(b'{"Status":{},"ResultId":"r2"}\r\n')

    assert (reader.mode, heard) == ("terminal", [])


def test_case_27_a_flood_in_terminal_mode_is_counted_and_the_reply_is_found():
    codec = a_codec({"xStatus SystemUnit": lambda result_id: EVENT.encode() * 3000 + as_sent(UNIT, result_id) + EVENT.encode() * 2000})

    assert codec.identify().model == "SX80"
    kept = codec.events()
    assert (len(kept), codec.events_dropped) == (EVENTS_KEPT, 5000 - EVENTS_KEPT)
    assert kept[-1] == {"Event": {"PresentationPreviewStarted": {"Cause": {"Value": "userRequested"}}}}


def test_case_27_two_blocks_that_share_an_end_and_a_stray_letter_do_not_hide_the_reply():
    shared = "]*s SystemUnit State System: InCall\n" + UNIT
    codec = a_codec({"xStatus SystemUnit": shared, "xStatus Call": CALL})

    assert codec.identify().model == "SX80"
    assert len(codec.calls()) == 1


def test_case_27_an_event_that_shares_the_end_of_a_list_of_calls_is_no_idle_codec():
    with pytest.raises(UnexpectedReply):
        a_codec({"xStatus Call": "*s Audio Volume: 50\n"}).calls()
