"""The xAPI's terminal mode, read without a network.

Replies: laid out as in the C90 integrator guide and the SX20, SX80 and C60 API guides, values changed; the usage text and
the stray letter before `*s` are from recordings.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_drivers.cisco_tc import protocol
from device_drivers.errors import CommandRefused, UnexpectedReply
from device_drivers.readings import CallState
from device_drivers.xapi import terminal

WITHOUT_FILES = settings(deadline=None, database=None)

DIALLED = '''
OK
*r DialResult (status=OK):
   *r DialResult CallId: 3
   *r DialResult ConferenceId: 1
** resultId: "r1"
** end
'''
CALL = '''*s Call 3 Status: Connected
*s Call 3 Direction: Outgoing
*s Call 3 Protocol: "sip"
*s Call 3 CallType: Video
*s Call 3 RemoteNumber: "6001@vc.example"
*s Call 3 DisplayName: "Hội trường Ủy ban"
*s Call 3 TransmitCallRate: 512
*s Call 3 Encryption Type: "Aes-128"
*s Call 3 Duration: 12
** resultId: "r2"
** end

OK
'''
NO_CALL = '** resultId: "r3"\n** end\n\nOK\n'
REFUSED = '''OK
*r DialResult (status=Error):
   *r DialResult Cause: 17
   *r DialResult Description: "Number busy"
** resultId: "r4"
** end
'''
UNKNOWN_COMMAND = '*r Result (status=Error):\n*r Result Reason: Unknown command\n*r Result XPath: "/Dila"\n** resultId: "r5"\n** end\n'
NO_MATCH = ('*s Status (status=Error):\n*s Status Reason: "No match on address expression."\n*s Status XPath: "Status/Wrong"\n'
            '** resultId: "r6"\n** end\n')
SETTING = '*c xConfiguration Conference 1 Encryption Mode: BestEffort\n** resultId: "r7"\n** end\n'
EVENT = "*e PresentationPreviewStarted Cause: userRequested\n** end\n"
NOT_RECOGNIZED = "Command not recognized.\n"
USAGE = "usage: xpreferences outputmode <terminal/xml>\n"
ALL = [DIALLED, CALL, NO_CALL, REFUSED, UNKNOWN_COMMAND, NO_MATCH, SETTING, EVENT, NOT_RECOGNIZED, USAGE]


def as_sent(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


def read(*pieces: bytes) -> list[terminal.Reply]:
    reader = terminal.ReplyReader()
    return [reply for piece in pieces for reply in reader.feed(piece)]


def a_reply(text: str) -> terminal.Reply:
    """Return the one block of a text; its end may be left out."""
    whole = text if "** end" in text else text.rstrip("\n") + "\n** end\n"
    (block,) = [reply for reply in read(as_sent(whole)) if not reply.word]
    return block


# Replies, cut anywhere


@pytest.mark.parametrize("text", ALL)
def test_a_reply_is_read_the_same_wherever_it_is_cut_in_two(text):
    sent = as_sent(text)
    whole = read(sent)

    differing = [place for place in range(len(sent) + 1) if read(sent[:place], sent[place:]) != whole]

    assert differing == []


def test_all_replies_are_read_the_same_byte_by_byte():
    sent = b"".join(map(as_sent, ALL))

    assert read(*(sent[place : place + 1] for place in range(len(sent)))) == read(sent)
    assert [reply.result_id for reply in read(sent) if reply.result_id] == ["r1", "r2", "r3", "r4", "r5", "r6", "r7"]


@WITHOUT_FILES
@given(st.data())
def test_any_replies_are_read_the_same_for_any_cuts(data):
    sent = b"".join(map(as_sent, data.draw(st.lists(st.sampled_from(ALL), max_size=5))))
    places = sorted(data.draw(st.lists(st.integers(0, len(sent)), max_size=12)))

    pieces = [sent[start:end] for start, end in zip([0, *places], [*places, len(sent)], strict=True)]

    assert read(*pieces) == read(sent)


@WITHOUT_FILES
@given(st.binary(max_size=400), st.integers(1, 9))
def test_any_bytes_are_read_without_an_error_and_the_reader_finds_its_way_again(noise, size):
    reader = terminal.ReplyReader()
    for start in range(0, len(noise), size):
        reader.feed(noise[start : start + size])

    reader.feed(b"\r\nOK\r\n")

    assert [reply for reply in reader.feed(as_sent(CALL)) if reply.result_id] == [a_reply(CALL)]


def test_codec_case_11_a_vietnamese_name_is_read_the_same_for_every_cut():
    sent = as_sent(CALL)

    names = {leaf.value for place in range(len(sent) + 1) for reply in read(sent[:place], sent[place:])
             for leaf in reply.leaves if leaf.path[-1] == "DisplayName"}

    assert names == {"Hội trường Ủy ban"}


def test_codec_case_11_an_invalid_byte_is_replaced_and_ends_nothing():
    sent = as_sent(CALL).replace("Ủ".encode(), b"\xff")

    (reply, _) = read(sent)

    assert "Hội trường \ufffdy ban" in [leaf.value for leaf in reply.leaves]
    assert protocol.calls(reply)[0].state is CallState.CONNECTED


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n", "\n\r"])
def test_a_reply_is_read_whatever_its_lines_end_in(end):
    assert read(CALL.replace("\n", end).encode()) == read(as_sent(CALL))


def test_an_echoed_command_is_no_part_of_the_reply():
    echo = 'xCommand Dial Number: "*s Call 3 Status: Connected" Protocol: Sip | resultId="r1"\n'

    assert [reply for reply in read(as_sent(echo + DIALLED)) if reply.result_id] == [a_reply(DIALLED)]


def test_terminal_escapes_are_no_part_of_a_line():
    assert read(b"\x1b[?1034h\r\nOK\r\n") == [terminal.Reply(word="OK")]


def test_codec_case_27_a_stray_letter_before_a_line_does_not_hide_it():
    assert a_reply("]" + CALL).leaves == a_reply(CALL).leaves


def test_codec_case_27_two_blocks_that_share_an_end_are_still_found_by_the_result_id():
    shared = a_reply("*e PresentationPreviewStarted Cause: userRequested\n" + CALL)

    assert shared.result_id == "r2"
    assert protocol.calls(shared) == protocol.calls(a_reply(CALL))


def test_a_block_that_bears_two_result_ids_is_nobodys_answer():
    reader = terminal.ReplyReader()

    assert reader.feed(as_sent(CALL.split("** end")[0] + SETTING)) == []
    assert reader.unreadable == 1


@pytest.mark.parametrize("word", ["OK", "ERROR", "Command not recognized."])
def test_a_block_without_its_end_is_dropped_and_counted(word):
    reader = terminal.ReplyReader()

    replies = reader.feed(as_sent(f"*s Call 3 Status: Connected\n{word}\n** end\n"))

    assert replies == [terminal.Reply(word=word), terminal.Reply()]
    assert reader.unreadable == 1


def test_a_block_without_an_end_is_given_up_at_the_limit_and_the_next_is_read():
    reader = terminal.ReplyReader()
    for _ in range(terminal.LONGEST_REPLY // 50_000 + 1):
        reader.feed(b"*s Call 3 Name: " + b"x" * 50_000 + b"\r\n")

    assert reader.feed(as_sent(CALL)) == [terminal.Reply(word="OK")]
    assert reader.unreadable == 1
    assert reader.feed(as_sent(CALL))[0] == a_reply(CALL)


def test_a_line_without_an_end_is_given_up_at_the_limit_and_the_next_reply_is_read():
    reader = terminal.ReplyReader()
    for _ in range(terminal.LONGEST_REPLY // 50_000 + 1):
        reader.feed(b"x" * 50_000)

    reader.feed(b"\r\nOK\r\n")

    assert reader.feed(as_sent(CALL))[0] == a_reply(CALL)


def test_a_quoted_value_may_hold_quotes_colons_and_backslashes():
    (leaf,) = a_reply(r'*s SystemUnit Name: "Phòng: \"A\" \\ ** end"' + "\n** end\n").leaves

    assert leaf.value == r'Phòng: "A" \ ** end'


def test_codec_case_5_a_usage_text_is_no_reply():
    assert read(as_sent(USAGE)) == []


# Refusals


@pytest.mark.parametrize(("text", "reason"), [
    (REFUSED, "17: Number busy"), (UNKNOWN_COMMAND, "Unknown command"), (NO_MATCH, "No match on address expression."),
    ("*r DialResult (status=ParameterError):\n", "ParameterError"),
    ('*c xConfiguration Conference 1 Encryption Mode (error=True): "Illegal value"\n', "Illegal value"),
])
def test_a_refusal_says_why(text, reason):
    with pytest.raises(CommandRefused) as refusal:
        terminal.accepted(a_reply(text), asked="it")

    assert refusal.value.reason == reason


@pytest.mark.parametrize("word", ["ERROR", "Command not recognized."])
def test_a_bare_word_of_refusal_is_a_refusal(word):
    with pytest.raises(CommandRefused, match=word):
        terminal.accepted(terminal.Reply(word=word), asked="it")


@pytest.mark.parametrize("text", [DIALLED, CALL, NO_CALL, SETTING])
def test_a_good_reply_is_accepted_as_it_is(text):
    assert terminal.accepted(a_reply(text), asked="it") == a_reply(text)


@pytest.mark.parametrize("odd", ["*s Call 3 Status Connected\n", "*s ??: x\n", "*s Call 3 Status:Connected\n"])
def test_a_line_of_no_known_shape_makes_the_reply_unreadable(odd):
    with pytest.raises(UnexpectedReply):
        terminal.accepted(a_reply(odd + CALL), asked="it")


@pytest.mark.parametrize("value", ['"Hội trường', '"', '"A\\" và'])
def test_a_value_whose_quotes_are_not_closed_is_half_a_value_and_none(value):
    with pytest.raises(UnexpectedReply):
        terminal.accepted(a_reply(f"*c xConfiguration SystemUnit Name: {value}\n"), asked="it")


# Expressions of feedback


def test_a_list_of_expressions_is_read_line_by_line():
    reply = a_reply("/Status/Call\n/event/userinterface\n/Status/Video/Input/Source[1]\n** end\nOK\n")

    assert [(leaf.mark, leaf.value) for leaf in reply.leaves] == [
        (terminal.PATH, "/Status/Call"), (terminal.PATH, "/event/userinterface"), (terminal.PATH, "/Status/Video/Input/Source[1]")]


# The shape of JSON mode


def test_a_call_has_the_shape_of_json_mode():
    (call,) = terminal.tree(a_reply(CALL))["Status"]["Call"]

    assert (call["id"], call["Status"], call["Encryption"]) == ("3", {"Value": "Connected"}, {"Type": {"Value": "Aes-128"}})


def test_lists_within_lists_have_the_shape_of_json_mode():
    reply = a_reply("*s MediaChannels Call 3 Channel 5 Encryption: On\n*s MediaChannels Call 3 Channel 5 Netstat Jitter: 2\n"
                    "*s MediaChannels Call 3 Channel 6 Encryption: Off\n")

    assert terminal.tree(reply) == {"Status": {"MediaChannels": {"Call": [{"id": "3", "Channel": [
        {"id": "5", "Encryption": {"Value": "On"}, "Netstat": {"Jitter": {"Value": "2"}}}, {"id": "6", "Encryption": {"Value": "Off"}}]}]}}}


@pytest.mark.parametrize(("text", "shape"), [
    ("*s Call 2 (ghost=True):\n", {"Status": {"Call": [{"id": "2", "ghost": "True"}]}}),
    ("*c xConfiguration Conference Encryption Mode: On\n", {"Configuration": {"Conference": {"Encryption": {"Mode": {"Value": "On"}}}}}),
    ("*e PresentationPreviewStarted Cause: userRequested\n", {"Event": {"PresentationPreviewStarted": {"Cause": {"Value": "userRequested"}}}}),
    ("*r DialResult (status=OK):\n   *r DialResult CallId: 3\n",
     {"CommandResponse": {"DialResult": {"status": "OK", "CallId": {"Value": "3"}}}}),
    ("*s Audio (id=7): x\n", {"Status": {"Audio": {"Value": "x"}}}),
])
def test_a_line_has_the_shape_of_json_mode(text, shape):
    assert terminal.tree(a_reply(text)) == shape


def test_a_block_without_lines_is_an_empty_value_and_one_with_other_lines_never_is():
    assert terminal.tree(a_reply("** end\n"), empty="Status") == {"Status": {}}
    assert "Status" not in terminal.tree(a_reply("*r Result Reason: x\n"), empty="Status")
    assert terminal.tree(a_reply("** end\n")) == {}


PIECES = ["*s ", "*c xConfiguration ", "*r ", "Call ", "3 ", "4 ", "Status", "id", "Value", ": x", ": ", "\n", " (ghost=True):", " (error=True): y"]


@settings(deadline=None, database=None, max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_leaves_of_any_kind_have_some_shape(pieces):
    for reply in read("".join(pieces).encode() + b"\n** end\n"):
        assert isinstance(terminal.tree(reply), dict)
