"""The xAPI's JSON mode, read without a network.  Replies: jsxapi's and PlaceOS's test data (CE 9 and RoomOS 11)."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_drivers.errors import CommandRefused
from device_drivers.xapi import json_mode

WITHOUT_FILES = settings(deadline=None, database=None)

DIALLED = '{"CommandResponse":{"DialResult":{"status":"OK","CallId":{"Value":"2"},"ConferenceId":{"Value":"1"}}},"ResultId":"request-1"}'
STANDBY = '{"CommandResponse":{"StandbyDeactivateResult":{"status":"OK"}},"ResultId":"request-2"}'
UNKNOWN_COMMAND = (
    '{"CommandResponse":{"Result":{"status":"Error","Reason":{"Value":"Unknown command"},"XPath":{"Value":"/Dila"}}},'
    '"ResultId":"request-3"}'
)
PARAMETER_ERROR = '{"CommandResponse":{"DialResult":{"status":"ParameterError"}},"ResultId":"request-4"}'
NO_MATCH_WRAPPED = '{"CommandResponse":{"Status":{"status":"Error","Reason":{"Value":"No match on address expression."}}},"ResultId":"7"}'
NO_MATCH_BARE = (
    '{"Status":{"status":"Error","Reason":{"Value":"No match on address expression."},"XPath":{"Value":"Status/Wrong"}},"ResultId":"7"}'
)
UPTIME = '{"Status":{"SystemUnit":{"Uptime":{"Value":"29038"}}},"ResultId":"request-6"}'
SETTING_ACCEPTED = '{"ResultId":"request-7"}'
ILLEGAL_VALUE = '{"Configuration":{"Audio":{"DefaultVolume":{"error":"True","Value":"Illegal value"}}},"ResultId":"request-8"}'
FEEDBACK = '{"Status":{"Audio":{"id":"","Volume":{"Value":"75"}}}}'
GHOST = '{"Status":{"Call":[{"id":"2","ghost":"True"}]}}'
VIETNAMESE = '{"Status":{"Call":[{"id":"3","DisplayName":{"Value":"Hội trường Ủy ban"},"Status":{"Value":"Connected"}}]},"ResultId":"r3"}'
BRACES = '{"Status":{"SystemUnit":{"Name":{"Value":"}{ \\"{\\" \\\\"}}},"ResultId":"r4"}'
RECORDED = [DIALLED, STANDBY, UNKNOWN_COMMAND, PARAMETER_ERROR, NO_MATCH_WRAPPED, NO_MATCH_BARE, UPTIME, SETTING_ACCEPTED,
            ILLEGAL_VALUE, FEEDBACK, GHOST, VIETNAMESE, BRACES]


def as_sent(text: str) -> bytes:
    """Return a reply as a codec prints it: over many lines, each ended by CR LF."""
    return json.dumps(json.loads(text), indent=2, ensure_ascii=False).replace("\n", "\r\n").encode() + b"\r\n"


def read(*pieces: bytes) -> list[dict[str, Any]]:
    reader = json_mode.ReplyReader()
    return [reply for piece in pieces for reply in reader.feed(piece)]


# Replies, cut anywhere


@pytest.mark.parametrize("text", RECORDED)
def test_a_reply_is_read_the_same_wherever_it_is_cut_in_two(text):
    sent = as_sent(text)
    whole = [json.loads(text)]

    differing = [place for place in range(len(sent) + 1) if read(sent[:place], sent[place:]) != whole]

    assert differing == []


def test_a_vietnamese_name_is_read_the_same_for_every_cut():
    sent = as_sent(VIETNAMESE)

    names = {read(sent[:place], sent[place:])[0]["Status"]["Call"][0]["DisplayName"]["Value"] for place in range(len(sent))}

    assert names == {"Hội trường Ủy ban"}


def test_a_reply_is_read_the_same_byte_by_byte():
    sent = b"".join(map(as_sent, RECORDED))

    assert read(*(sent[place : place + 1] for place in range(len(sent)))) == [json.loads(text) for text in RECORDED]


@WITHOUT_FILES
@given(st.data())
def test_any_replies_are_read_the_same_for_any_cuts(data):
    texts = data.draw(st.lists(st.sampled_from(RECORDED), max_size=4))
    sent = b"** end\r\n\r\nOK\r\n".join(map(as_sent, texts))
    places = sorted(data.draw(st.lists(st.integers(0, len(sent)), max_size=12)))

    pieces = [sent[start:end] for start, end in zip([0, *places], [*places, len(sent)], strict=True)]

    assert read(*pieces) == [json.loads(text) for text in texts]


@WITHOUT_FILES
@given(st.text(), st.integers(1, 40))
def test_any_text_inside_a_string_comes_back_as_it_was(text, size):
    reply = {"Status": {"SystemUnit": {"Name": {"Value": text}}}, "ResultId": "r1"}
    sent = json.dumps(reply, ensure_ascii=True, indent=1).encode()

    assert read(*(sent[start : start + size] for start in range(0, len(sent), size))) == [reply]


@WITHOUT_FILES
@given(st.binary(max_size=300))
def test_no_bytes_at_all_raise_in_the_reader(noise):
    reader = json_mode.ReplyReader()

    for reply in reader.feed(noise):
        assert isinstance(reply, dict)


def test_invalid_bytes_become_a_replacement_letter_and_the_next_reply_is_read():
    spoiled = b'{"Status":{"SystemUnit":{"Name":{"Value":"Ph\xc3\x28ng \xff"}}},"ResultId":"r1"}\r\n'

    replies = read(spoiled, as_sent(UPTIME))

    assert replies[0]["Status"]["SystemUnit"]["Name"]["Value"] == "Ph\ufffd(ng \ufffd"
    assert replies[1] == json.loads(UPTIME)


def test_a_letter_that_is_never_finished_does_not_swallow_the_quote_behind_it():
    (reply,) = read(b'{"ResultId":"r\xe1\xbb', b'"}')

    assert reply == {"ResultId": "r\ufffd"}


def test_braces_inside_strings_are_not_counted():
    (reply,) = read(as_sent(BRACES))

    assert reply["Status"]["SystemUnit"]["Name"]["Value"] == '}{ "{" \\'


def test_a_reply_of_300_kb_in_pieces_of_1_kb_is_one_reply():
    notes = [{"id": str(number), "Value": "Ủy ban " * 20} for number in range(1700)]
    reply = {"Status": {"SystemUnit": {"Notes": notes}}, "ResultId": "r1"}
    sent = as_sent(json.dumps(reply))
    assert len(sent) > 300_000

    replies = read(*(sent[start : start + 1024] for start in range(0, len(sent), 1024)))

    assert replies == [reply]


def test_two_replies_in_one_packet_are_two_replies():
    assert read(as_sent(DIALLED) + as_sent(STANDBY)) == [json.loads(DIALLED), json.loads(STANDBY)]


def test_terminal_lines_between_replies_are_skipped():
    noise = b"\r\n*s Audio Volume: 50\r\n]*s SystemUnit State System: InCall\r\n** end\r\nOK\r\n"

    assert read(noise + as_sent(DIALLED) + noise + as_sent(UPTIME) + noise) == [json.loads(DIALLED), json.loads(UPTIME)]


def test_what_only_looks_like_a_reply_is_counted_and_skipped():
    reader = json_mode.ReplyReader()

    replies = reader.feed(b"{not json}\r\n" + as_sent(UPTIME))

    assert replies == [json.loads(UPTIME)]
    assert reader.unreadable == 1


def test_a_reply_nested_without_end_is_counted_and_skipped():
    reader = json_mode.ReplyReader()

    replies = reader.feed(b'{"a":' * 200_000 + b"1" + b"}" * 200_000 + as_sent(UPTIME))

    assert replies == [json.loads(UPTIME)]
    assert reader.unreadable == 1


def test_a_reply_longer_than_the_limit_is_given_up():
    reader = json_mode.ReplyReader()

    reader.feed(b'{"a":"')
    for _ in range(json_mode.LONGEST_REPLY // 100_000 + 1):
        assert reader.feed(b"x" * 100_000) == []

    assert reader.unreadable == 1
    assert reader.feed(b'"}\r\n' + as_sent(UPTIME)) == [json.loads(UPTIME)]


@pytest.mark.parametrize("line", [
    '*s Call 4 DisplayName: "{"Status":{},"ResultId":"r1"}"', 'Welcome to {"ResultId":"r1"}', 'x{"ResultId":"r1"}', '\t. {"ResultId":"r1"}',
])
def test_what_looks_like_a_reply_inside_a_line_is_a_name_that_somebody_chose(line):
    sent = f"{line}\r\n".encode()

    for place in range(len(sent) + 1):
        assert read(sent[:place], sent[place:], as_sent(UPTIME)) == [json.loads(UPTIME)]


# Errors in both shapes


@pytest.mark.parametrize("text", [NO_MATCH_WRAPPED, NO_MATCH_BARE])
def test_case_3_both_shapes_of_an_error_are_the_same_refusal(text):
    with pytest.raises(CommandRefused) as refusal:
        json_mode.accepted(json.loads(text), asked="xStatus Wrong")

    assert refusal.value.asked == "xStatus Wrong"
    assert refusal.value.reason == "No match on address expression."


@pytest.mark.parametrize(("text", "reason"), [
    (UNKNOWN_COMMAND, "Unknown command"),
    (PARAMETER_ERROR, "ParameterError"),
    (ILLEGAL_VALUE, "illegal value"),
])
def test_a_refused_command_says_why(text, reason):
    with pytest.raises(CommandRefused) as refusal:
        json_mode.accepted(json.loads(text), asked="it")

    assert refusal.value.reason == reason


@pytest.mark.parametrize("text", [DIALLED, STANDBY, UPTIME, SETTING_ACCEPTED, FEEDBACK, GHOST, VIETNAMESE])
def test_a_good_reply_is_accepted_as_it_is(text):
    reply = json.loads(text)

    assert json_mode.accepted(reply, asked="it") is reply


def test_a_value_that_speaks_of_an_error_is_not_an_error():
    reply = {"Configuration": {"SystemUnit": {"Name": {"Value": '"error": "True"'}}}}

    assert json_mode.accepted(reply, asked="it") is reply
