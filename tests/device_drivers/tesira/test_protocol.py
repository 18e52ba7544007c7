"""The Tesira Text Protocol, read and written without a network.

Second-hand: from published driver code, not from a device.  Values, and what stands inside lists and braces, are made up here.
"""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_drivers.errors import UnexpectedReply, UnsafeValue
from device_drivers.lines import LineReader
from device_drivers.readings import Tri
from device_drivers.tesira import protocol
from device_drivers.tesira.protocol import MuteBlock, Publish, TelnetFilter

WITHOUT_FILES = settings(deadline=None, database=None)
OPTIONS = bytes([255, 253, 24, 255, 251, 1, 255, 250, 24, 1, 255, 255, 2, 255, 240, 255, 241])
TALK = ["Welcome to the Tesira Text Protocol Server...", '"Phòng họp Ủy ban" get mute 1', '! "publishToken":"mic1" "value":true', '+OK "value":true']


def as_sent(lines: list[str] = TALK, end: str = "\r\n") -> bytes:
    return "".join(text + end for text in lines).encode()


def read(*pieces: bytes) -> list[str]:
    options, lines = TelnetFilter(), LineReader(protocol.LONGEST_LINE)
    return [text for piece in pieces for text in lines.feed(options.feed(piece))]


# Bytes, cut anywhere


def test_codec_case_11_a_conversation_is_read_the_same_wherever_it_is_cut_in_two():
    sent = OPTIONS + as_sent()

    assert [place for place in range(len(sent) + 1) if read(sent[:place], sent[place:]) != TALK] == []


@WITHOUT_FILES
@given(st.lists(st.integers(0, 200), max_size=12), st.sampled_from(["\r\n", "\n"]))
def test_a_conversation_is_read_the_same_for_any_cuts(places, end):
    sent = OPTIONS + as_sent(end=end)
    places = sorted(min(place, len(sent)) for place in places)

    pieces = [sent[start:stop] for start, stop in zip([0, *places], [*places, len(sent)], strict=True)]

    assert read(*pieces) == TALK


@WITHOUT_FILES
@given(st.lists(st.binary(max_size=40), max_size=6))
def test_option_bytes_are_taken_away_the_same_in_pieces_and_whole(pieces):
    whole, parts = TelnetFilter(), TelnetFilter()

    assert b"".join(map(parts.feed, pieces)) == whole.feed(b"".join(pieces))


@WITHOUT_FILES
@given(st.text(max_size=200))
def test_text_is_never_taken_for_option_bytes(text):
    assert TelnetFilter().feed(text.encode()) == text.encode()


@WITHOUT_FILES
@given(st.binary(max_size=300))
def test_no_bytes_at_all_raise_in_the_readers(noise):
    for text in read(noise + b"\r\n"):
        found = protocol.reply(text)
        protocol.product_in(text), protocol.publish(text), protocol.is_publish(text)
        if found and found.value is not None:
            protocol.truth(found.value)
            with contextlib.suppress(UnexpectedReply):
                protocol.words(found.value, asked="x")


# Lines


def test_a_greeting_names_the_product():
    assert protocol.product_in(TALK[0]) == "Tesira"


@pytest.mark.parametrize("text", ["", "Welcome", "Welcome to the club", "Login:", '+OK "value":"Welcome to the Tesira Text Protocol Server"'])
def test_another_line_is_no_greeting(text):
    assert protocol.product_in(text) is None


@pytest.mark.parametrize(("text", "is_ok", "value", "reason"), [
    ("+OK", True, None, ""), ('+OK "value":true', True, "true", ""), ('+OK "value":"4.1"', True, '"4.1"', ""),
    ("-ERR address not found: {x}", False, None, "address not found: {x}"), ("-ERR ALREADY_SUBSCRIBED x", False, None, "ALREADY_SUBSCRIBED x"),
    ("-ERR", False, None, "")])
def test_a_reply_is_read(text, is_ok, value, reason):
    found = protocol.reply(text)

    assert found is not None
    assert (found.is_ok, found.value, found.reason, found.raw) == (is_ok, value, reason, text)


@pytest.mark.parametrize("text", ["", "+OKAY", "+ok", "+OK true", '+OK "values":1', '+OK "value":', "-ERROR", "OK", '"MicBlock" get mute 1', "flux",
                                  '! "publishToken":"mic1" "value":true', ' +OK "value":true'])
def test_another_line_is_no_reply(text):
    assert protocol.reply(text) is None


def test_a_publish_is_read():
    assert protocol.publish('! "publishToken":"mic1" "value":true') == Publish("mic1", "true")


@pytest.mark.parametrize("text", ["!", "! flux", '! "publishToken":"mic1"', '! "publishToken":"mic1" "value":', '+OK "value":true'])
def test_a_publish_that_cannot_be_read_is_none(text):
    assert protocol.publish(text) is None


@pytest.mark.parametrize(("text", "question", "answers"), [
    ("+OK", protocol.VERBOSE, True), ("+OK", protocol.VERSION, False), ('+OK "value":true', protocol.VERBOSE, False),
    ('+OK "value":true', protocol.VERSION, True), ("-ERR x", protocol.VERBOSE, False), ("-ERR x", protocol.VERSION, False)])
def test_a_reply_answers_only_a_question_of_its_shape(text, question, answers):
    assert protocol.reply(text).answers(question) is answers


def test_only_already_subscribed_is_a_refusal_that_means_success():
    assert protocol.is_already_subscribed("ALREADY_SUBSCRIBED to mic1")
    assert not protocol.is_already_subscribed("address not found: {ALREADY_SUBSCRIBED}")


# Values


@pytest.mark.parametrize(("value", "truth"), [("true", Tri.YES), ("false", Tri.NO), ("True", Tri.UNKNOWN), ("1", Tri.UNKNOWN), ("0", Tri.UNKNOWN),
                                              ('"true"', Tri.UNKNOWN), ("", Tri.UNKNOWN), ("truefalse", Tri.UNKNOWN)])
def test_a_mute_is_true_false_or_unknown(value, truth):
    assert protocol.truth(value) is truth


@pytest.mark.parametrize(("value", "text"), [('"4.1.0.1"', "4.1.0.1"), ("01234", "01234"), ('"Phòng Ủy ban"', "Phòng Ủy ban")])
def test_words_are_read_without_their_quotes(value, text):
    assert protocol.words(value, asked="x") == text


@pytest.mark.parametrize("value", ["", '""', '"  "', '"a"b"', '"', "x" * 101])
def test_words_that_are_none_are_an_error(value):
    with pytest.raises(UnexpectedReply):
        protocol.words(value, asked="x")


# Lines to send


def test_command_lines_are_built_from_values():
    block = MuteBlock("MicBlock", 1)

    assert protocol.mute_of(block).line == b'"MicBlock" get mute 1\n'
    assert protocol.subscribing(block, "mic1").line == b'"MicBlock" subscribe mute 1 "mic1" 500\n'


@pytest.mark.parametrize("name", ['a" set mute 1 false', "a\nDEVICE recallPreset 1001", "a\r", "a\\", "", " ", "a\x00", "a\x85", "a\u2028b",
                                  "x" * 101])
def test_a_block_name_that_could_break_out_is_refused(name):
    with pytest.raises(UnsafeValue):
        MuteBlock(name, 1)


@pytest.mark.parametrize("channel", [0, -1, 10_000, True, 1.5, "1", None])
def test_a_channel_that_is_no_small_number_is_refused(channel):
    with pytest.raises(UnsafeValue):
        MuteBlock("MicBlock", channel)


@WITHOUT_FILES
@given(st.text(max_size=120), st.integers(-5, 20_000))
def test_a_command_is_one_line_with_one_quoted_name_or_refused(name, channel):
    try:
        sent = protocol.mute_of(MuteBlock(name, channel)).line.decode()
    except UnsafeValue:
        return

    assert sent == f'"{name}" get mute {channel}\n'
    assert sent.count('"') == 2 and len(sent.splitlines()) == 1
