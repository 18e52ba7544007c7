"""Netstrings with JSON, cut anywhere and damaged anyhow."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_drivers.baresip.netstrings import LONGEST_MESSAGE, MessageReader, command, one_word
from device_drivers.baresip.protocol import accepted
from device_drivers.errors import UnexpectedReply, UnsafeValue
from tests.device_drivers.baresip.conftest import asked_in, framed

HALL = "Hội trường Ủy ban"
REPLY = {"response": True, "ok": True, "data": f"\n\x1b[32m{HALL}\x1b[;m\n", "token": "r1"}
EVENT = {"event": True, "type": "CALL_RINGING", "id": "1", "param": HALL}


def fed(*pieces: bytes) -> list[dict]:
    reader = MessageReader()
    return [message for piece in pieces for message in reader.feed(piece)]


def test_a_command_counts_its_bytes_and_not_its_letters():
    sent = command("dial", "sip:hội@10.0.0.2", token="d1")

    length, _, rest = sent.partition(b":")
    assert int(length) == len(rest) - 1 and rest.endswith(b",")
    assert asked_in(sent) == [{"command": "dial", "params": "sip:hội@10.0.0.2", "token": "d1"}]


def test_case_11_messages_are_read_the_same_wherever_they_are_cut():
    whole = framed(EVENT) + framed(REPLY)

    assert all(fed(whole[:place], whole[place:]) == [EVENT, REPLY] for place in range(len(whole) + 1))
    assert fed(*(whole[place : place + 1] for place in range(len(whole)))) == [EVENT, REPLY]


@given(st.lists(st.dictionaries(st.text(), st.text() | st.integers() | st.booleans()), max_size=5), st.data())
def test_any_messages_cut_anywhere_come_out_whole_and_in_order(messages, data):
    whole = b"".join(framed(message) for message in messages)
    places = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))

    pieces = [whole[start:end] for start, end in zip([0, *places], [*places, len(whole)], strict=True)]

    assert fed(*pieces) == messages


@given(st.binary(max_size=300))
def test_any_bytes_are_messages_or_an_unexpected_reply(data):
    try:
        messages = fed(data)
    except UnexpectedReply:
        return

    assert all(isinstance(message, dict) for message in messages)


def test_case_11_a_letter_with_an_escape_in_the_middle_of_its_bytes_costs_that_letter_only():
    body = json.dumps(REPLY, ensure_ascii=False).encode().replace("ộ".encode(), "ộ".encode()[:1] + b"\\u001b[31m" + "ộ".encode()[1:])

    (message,) = fed(b"%d:%s," % (len(body), body))

    assert accepted(message, asked="x").replace("\N{REPLACEMENT CHARACTER}", "") == "\nHi trường Ủy ban\n"


def test_escapes_around_a_letter_written_in_two_parts_leave_it_whole():
    split = "Ho\u0302\u0323i"  # NFD: the circumflex and the dot are letters of their own.

    printed = accepted({"ok": True, "data": f"\x1b[31m{split[:3]}\x1b[;m{split[3:]}"}, asked="x")

    assert printed == split


@pytest.mark.parametrize("broken", [b"x:{},", b":{},", b"-1:{},", b"2 :{},", b"2:{};", b"12345678901234567890", b"4294967296:{},"])
def test_lost_framing_is_an_error_and_never_a_guess(broken):
    with pytest.raises(UnexpectedReply):
        fed(framed(EVENT) + broken)


def test_a_giant_length_is_refused_before_anything_of_it_is_kept():
    with pytest.raises(UnexpectedReply):
        fed(b"%d:" % (LONGEST_MESSAGE + 1))


def test_the_longest_message_is_read():
    body = b'{"data":"' + b"a" * (LONGEST_MESSAGE - 11) + b'"}'

    assert len(body) == LONGEST_MESSAGE
    assert len(fed(b"%d:%s," % (len(body), body))[0]["data"]) == LONGEST_MESSAGE - 11


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"null", b'"text"', b"[" * 100_000])
def test_what_is_well_framed_and_no_object_is_counted_and_left_out(body):
    reader = MessageReader()

    messages = reader.feed(b"%d:%s," % (len(body), body) + framed(REPLY))

    assert (messages, reader.unreadable) == ([REPLY], 1)


@pytest.mark.parametrize("value", ["", "a b", "a\nb", "a;transport=tls", "<a>", 'a"b', "a,b", "a\tb", "á" * 256, "a\x00b", "a\u2028b"])
def test_a_value_that_could_be_more_than_one_word_is_refused(value):
    with pytest.raises(UnsafeValue):
        one_word(value)


@pytest.mark.parametrize(("name", "params"), [("dial\n", ""), ("", ""), ("DIAL", ""), ("dial", "a\r\nb"), ("dial", "a" * 1001)])
def test_no_command_is_built_from_control_characters_or_excess(name, params):
    with pytest.raises(UnsafeValue):
        command(name, params, token="1")
