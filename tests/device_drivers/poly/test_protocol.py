"""Poly's text, read and written without a network.

Lines: a recorded conversation with a RealPresence Group 700 on 6.2.1, values changed, and the examples of the vendor's
command guides.
"""

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_drivers.errors import CommandRefused, DeviceError, UnexpectedReply, UnsafeValue
from device_drivers.lines import LONGEST_LINE, LineReader
from device_drivers.poly import protocol
from device_drivers.readings import CallState, EncryptionSetting, Tri

WITHOUT_FILES = settings(deadline=None, database=None)

INTRODUCTION = [
    "Hi, my name is : Hội trường Ủy ban", "Here is what I know about myself:", "Model:               RealPresence Group 700",
    "Serial Number:       82XXXXXXXXXX", "Software Version:    6.2.1", "Build Information:   540239", "Contact Number:",
    "Time In Last Call:   0:00:00", "Total Time In Calls: 21 Days, 04:43:14", "Total Calls:         666", "SNTP Time Service:   Auto",
    "Local Time is:        Fri, 31 Jul 2026 19:05:33 +0900", "IP Video Number:     10.0.0.21", "MP Enabled:          KEY",
    "H323 Enabled:        True", "HTTP Enabled:        True", "SNMP Enabled:        True"]
ONE_CALL = ["callinfo begin", "callinfo:45:Hoi truong B:10.0.0.22:384:connected:notmuted:outgoing:videocall", "callinfo end"]
STATUS = ["inacall offline", "autoanswerp2p online", "ipnetwork online", "gatekeeper offline", "sipserver online", "status end"]
TALK = [*INTRODUCTION, "-> callinfo all", *ONE_CALL, "-> mute near get", "mute near off", "-> status", *STATUS]


def as_sent(lines: list[str], end: str = "\r\r\n") -> bytes:
    return "".join(text + end for text in lines).encode()


def read(*pieces: bytes) -> list[str]:
    reader = LineReader()
    return [text for piece in pieces for text in reader.feed(piece)]


def answer_to(question: protocol.Question, lines: list[str]) -> list[str] | None:
    """Return the answer found in the lines, or None when it is not complete."""
    answer = protocol.Answer(question)
    for text in lines:
        if not answer.done:
            answer.take(text)
    return answer.lines if answer.done else None


def a_call(middle: str = "Hoi truong B:10.0.0.22", *, number: str = "45", tail: str = "384:connected:notmuted:outgoing:videocall") -> list[str]:
    return ["callinfo begin", f"callinfo:{number}:{middle}:{tail}", "callinfo end"]


# Lines, cut anywhere


@pytest.mark.parametrize("end", ["\r\n", "\r\r\n", "\n", "\r"])
def test_a_conversation_is_read_the_same_wherever_it_is_cut_in_two_and_however_lines_end(end):
    sent = as_sent(TALK, end)

    differing = [place for place in range(len(sent) + 1) if read(sent[:place], sent[place:]) != TALK]

    assert differing == []


def test_codec_case_11_a_vietnamese_name_is_read_the_same_for_every_cut():
    sent = as_sent(INTRODUCTION)

    names = {read(sent[:place], sent[place:])[0] for place in range(len(sent) + 1)}

    assert names == {"Hi, my name is : Hội trường Ủy ban"}


def test_codec_case_11_bytes_that_are_no_letter_do_not_end_the_reading():
    assert read(b"Hi, my name is : H\xe1\xbb\r\nvolume 25\r\n") == ["Hi, my name is : H�", "volume 25"]


@WITHOUT_FILES
@given(st.data())
def test_a_conversation_is_read_the_same_for_any_cuts(data):
    sent = as_sent(TALK, data.draw(st.sampled_from(["\r\n", "\r\r\n", "\n", "\r"])))
    places = sorted(data.draw(st.lists(st.integers(0, len(sent)), max_size=12)))

    pieces = [sent[start:end] for start, end in zip([0, *places], [*places, len(sent)], strict=True)]

    assert read(*pieces) == TALK


@WITHOUT_FILES
@given(st.binary(max_size=300))
def test_no_bytes_at_all_raise_in_the_reader_or_in_a_question(noise):
    for question in (protocol.WHO, protocol.CALLS, protocol.STATUS, protocol.MUTED, protocol.ENCRYPTION):
        with contextlib.suppress(DeviceError):
            answer_to(question, read(noise + b"\r\n"))


def test_a_line_without_end_does_not_fill_the_memory():
    reader = LineReader()
    for _ in range(100):
        assert reader.feed(b"x" * 10_000) == []

    assert len(reader.unfinished) <= LONGEST_LINE
    assert reader.feed(b"\r\nvolume 25\r\n") == ["volume 25"]
    assert reader.unreadable == 1


def test_terminal_escapes_are_left_out():
    assert read(b"\x1b[2K\x1b[1;32mvolume 25\x1b[0m\r\n") == ["volume 25"]


@pytest.mark.parametrize(("text", "expected"), [
    ("-> mute near on", (True, "mute near on")), ("->", (True, "")), ("mute near on", (False, "mute near on")),
    ("-> -> status", (True, "status")), ("->status", (False, "->status"))])
def test_a_prompt_is_taken_off(text, expected):
    assert protocol.without_prompt(text) == expected


# Which lines answer


def test_codec_case_17_an_unrelated_line_is_no_answer_about_calls():
    assert answer_to(protocol.CALLS, ["Local Time is: Fri, 31 Jul 2026 19:05:33 +0900"]) is None


def test_codec_case_19_the_introduction_in_mid_session_answers_nothing_else():
    lines = [*INTRODUCTION, "mute near off"]

    assert answer_to(protocol.MUTED, lines) == ["mute near off"]
    assert answer_to(protocol.ENCRYPTION, lines) is None
    assert answer_to(protocol.STATUS, lines) is None


def test_an_introduction_inside_a_block_is_left_out():
    assert answer_to(protocol.CALLS, [ONE_CALL[0], *INTRODUCTION, *ONE_CALL[1:]]) == ONE_CALL


def test_an_introduction_that_starts_again_is_read_from_its_second_start():
    assert answer_to(protocol.WHO, [*INTRODUCTION[:5], *INTRODUCTION]) == INTRODUCTION


@pytest.mark.parametrize("strange", ["callinf:46:x:10.0.0.9:384:connected:notmuted:outgoing:videocall", "volume 25", "46:B"])
def test_a_list_of_calls_with_a_line_nobody_knows_is_unreadable(strange):
    with pytest.raises(UnexpectedReply):
        answer_to(protocol.CALLS, [*ONE_CALL[:2], strange, ONE_CALL[2]])


@pytest.mark.parametrize(("text", "reason"), [
    ("error: command not found", "command not found"), ("error:command not found", "command not found"),
    ("info: AUDIO call not enabled", "AUDIO call not enabled"), ("info: IP line (SIP) not enabled.", "IP line (SIP) not enabled."),
    ("command is not available in current system configuration", "command is not available in current system configuration"),
    ("error: this setting is controlled by a provisioning service and cannot be changed",
     "this setting is controlled by a provisioning service and cannot be changed")])
def test_a_refusal_is_a_refusal_with_its_reason(text, reason):
    with pytest.raises(CommandRefused) as refusal:
        answer_to(protocol.dialling("6001@vc.example"), [text])

    assert refusal.value.reason == reason


def test_a_registration_that_is_already_active_is_no_refusal():
    text = "info: event/notification already active:callstatus"

    assert answer_to(protocol.TELL_ABOUT_CALLS, [text]) == [text]
    assert answer_to(protocol.MUTED, [text, "mute near on"]) == ["mute near on"]


@pytest.mark.parametrize("text", ["encryption get", "encryption get get", "encryption", "encryption  yes", "Encryption yes"])
def test_an_echo_of_the_question_is_no_setting(text):
    assert answer_to(protocol.ENCRYPTION, [text]) is None


@pytest.mark.parametrize("text", [
    "notification:callstatus:outgoing:45:Hoi truong B:10.0.0.22:connecting:384:0:videocall", "cs: call[44] chan[0] dialstr[10.0.0.22] state[RINGING]",
    "active: call[44] speed [384]", "cleared: call[44]", "ended: call[44]", "listen going to sleep", "provider:Poly lockState:unlocked",
    "notification:mutestatus:near:0:near:near:near:muted", "dialstr[IP:10.0.0.22 NAME:x]"])
def test_a_notification_is_an_event(text):
    assert protocol.is_event(text)


@pytest.mark.parametrize("text", [*ONE_CALL, *STATUS, *INTRODUCTION, "mute near on", "dialing manual", "encryption yes", "volume 25"])
def test_an_answer_is_not_an_event(text):
    assert not protocol.is_event(text)


# Calls


def test_a_call_is_read():
    (call,) = protocol.calls(ONE_CALL)

    assert (call.id, call.state, call.remote, call.suite) == ("45", CallState.CONNECTED, "10.0.0.22", None)


@pytest.mark.parametrize(("middle", "remote"), [
    (":6001@vc.example", "6001@vc.example"), ("Phòng: B:10.0.0.22", "10.0.0.22"), (":sip:6001@vc.example", "6001@vc.example"),
    ("B:sip:6001@vc.example:5061", "6001@vc.example:5061"), ("B:2001:db8::1", "2001:db8::1"), (":[2001:db8::1]", "[2001:db8::1]")])
def test_colons_in_name_or_number_do_not_shift_the_fields(middle, remote):
    (call,) = protocol.calls(a_call(middle))

    assert (call.id, call.state, call.remote) == ("45", CallState.CONNECTED, remote)


def test_only_the_devices_own_sentence_means_idle():
    assert protocol.calls(["system is not in a call"]) == ()


@pytest.mark.parametrize("lines", [
    ["callinfo begin", "callinfo end"], [], ["callinfo begin"], ONE_CALL[:2], ONE_CALL[1:], ["callinfo begin", "callinfo:", "callinfo end"],
    a_call(number="x"), a_call(number=""), a_call(number="²"), a_call(tail="384:connected:notmuted:outgoing"),
    a_call(tail="fast:connected:notmuted:outgoing:videocall"),
    a_call(tail="384:connected:perhaps:outgoing:videocall"), a_call(tail="384:connected:muted:sideways:videocall"),
    [ONE_CALL[0], ONE_CALL[1], ONE_CALL[1], ONE_CALL[2]]])
def test_a_list_that_cannot_be_read_is_an_error_and_never_idle(lines):
    with pytest.raises(UnexpectedReply):
        protocol.calls(lines)


@pytest.mark.parametrize(("word", "state"), [("ringing", CallState.DIALLING), ("connecting", CallState.DIALLING), ("connected", CallState.CONNECTED),
                                             ("disconnecting", CallState.DISCONNECTING), ("bewitched", CallState.UNKNOWN), ("", CallState.UNKNOWN)])
def test_a_calls_state_is_known_or_unknown(word, state):
    assert protocol.calls(a_call(tail=f"384:{word}:notmuted:outgoing:videocall"))[0].state is state


@pytest.mark.parametrize(("event", "expected"), [
    ("notification:callstatus:outgoing:45:Hoi truong B:10.0.0.22:connecting:384:0:videocall", ("45", "10.0.0.22")),
    ("notification:callstatus:outgoing:45::sip:6001@vc.example:opened:384:0:videocall", ("45", "6001@vc.example")),
    ("notification:callstatus:outgoing:45:B:10.0.0.22:disconnected:384:17:videocall", None),
    ("notification:callstatus:incoming:45:B:10.0.0.22:ringing:384:0:videocall", None),
    ("notification:callstatus:outgoing:x:B:10.0.0.22:ringing:384:0:videocall", None),
    ("notification:linestatus:outgoing:32:0:0:disconnected", None), ("cleared: call[45]", None)])
def test_a_notification_tells_of_a_call_that_comes_up(event, expected):
    assert protocol.outgoing_call(event) == expected


# Other values


def test_an_identity_is_read():
    identity = protocol.identity(INTRODUCTION, uptime_s=4200)

    assert (identity.model, identity.serial, identity.firmware) == ("RealPresence Group 700", "82XXXXXXXXXX", "6.2.1")
    assert (identity.uptime_s, identity.simulated) == (4200, False)


def test_an_introduction_without_a_model_is_an_error():
    with pytest.raises(UnexpectedReply):
        protocol.identity([INTRODUCTION[0], INTRODUCTION[-1]], uptime_s=None)


@pytest.mark.parametrize(("text", "seconds"), [("1 Hour, 10 Minutes", 4200), ("10 Minutes", 600), ("2 Days, 1 Hour, 1 Minute, 3 Seconds", 176_463)])
def test_an_uptime_is_read(text, seconds):
    assert protocol.uptime_s(text) == seconds


@pytest.mark.parametrize("text", ["", "long", "10 Fortnights", "1 Hour, and a bit"])
def test_an_uptime_that_cannot_be_read_is_an_error(text):
    with pytest.raises(UnexpectedReply):
        protocol.uptime_s(text)


@pytest.mark.parametrize(("lines", "expected"), [
    (STATUS, (Tri.YES, "online")), (["inacall offline", "sipserver offline", "status end"], (Tri.NO, "offline")),
    (["inacall offline", "status end"], (Tri.UNKNOWN, "")), (["inacall offline", "sipserver limbo", "status end"], (Tri.UNKNOWN, "limbo"))])
def test_a_registration_is_what_the_sip_servers_line_says(lines, expected):
    assert answer_to(protocol.STATUS, lines) == lines
    assert protocol.registration(lines) == expected


@pytest.mark.parametrize(("word", "setting"), [
    ("requiredallcalls", EncryptionSetting.ON), ("yes", EncryptionSetting.BEST_EFFORT), ("no", EncryptionSetting.OFF),
    ("requiredvideocallsonly", EncryptionSetting.BEST_EFFORT)])
@pytest.mark.parametrize("form", ["encryption {}", "encryption get {}"])
def test_only_required_for_all_calls_is_a_requirement(word, setting, form):
    assert protocol.encryption_setting(form.format(word)) is setting


@pytest.mark.parametrize("text", ["encryption on", "encryption requireallcalls", "encryption", "", "encryption get get"])
def test_a_setting_nobody_knows_is_an_error(text):
    with pytest.raises(UnexpectedReply):
        protocol.encryption_setting(text)


# Lines to send


def test_command_lines_are_built_from_values():
    assert protocol.dial_line("6001@vc.example") == b'dial manual auto "6001@vc.example" sip\r\n'
    assert protocol.hang_up_line("45") == b"hangup video 45\r\n"
    assert [protocol.setting_line(setting) for setting in EncryptionSetting] == [
        b"encryption requiredallcalls\r\n", b"encryption yes\r\n", b"encryption no\r\n"]


@pytest.mark.parametrize("value", ['a" sip', "a\rreboot now", "a\nreboot now", "a'b", "a\\", "", " ", "a\x00", "a\x85",
                                   "a\u2028b", "\x1b[A", "x" * 256])
def test_a_value_that_could_break_out_is_refused(value):
    with pytest.raises(UnsafeValue):
        protocol.dial_line(value)


@pytest.mark.parametrize("call_id", ["", "45 46", "45\n", "-1", "²", "٣", "1" * 10, "video"])
def test_a_call_id_that_is_no_number_is_refused(call_id):
    with pytest.raises(UnsafeValue):
        protocol.hang_up_line(call_id)


@WITHOUT_FILES
@given(st.text(max_size=300))
def test_a_dial_line_is_one_line_with_one_quoted_value_or_refused(address: Any):
    try:
        sent = protocol.dial_line(address).decode()
    except UnsafeValue:
        return

    assert sent == f'dial manual auto "{address}" sip\r\n'
    assert sent.count('"') == 2 and len(sent.splitlines()) == 1
