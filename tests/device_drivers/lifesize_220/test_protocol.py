"""The Lifesize 220 shell, read and written without a network.

Second-hand: commands, columns, codes and events are from published driver code, not from a device; values are made up here.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_drivers.errors import UnexpectedReply, UnsafeValue
from device_drivers.lifesize_220 import protocol
from device_drivers.lifesize_220.protocol import Told
from device_drivers.lines import LineReader
from device_drivers.readings import Call, CallState, Grade, Tri

WITHOUT_FILES = settings(deadline=None, database=None)
ONE_CALL = "1,1,Connected,No,Video,10.0.0.31,Hội trường B,,H323,,0:03:12"
TALK = ["$ status call active", ONE_CALL, "ok,00", "$ CS,1,1,Call Encrypted,Video", "ok,00", "$"]
ENCRYPTED, CLEAR = "CS,1,1,Call Encrypted,Video", "CS,1,1,Call Not Encrypted,Video"
CALL = Call(id="1", state=CallState.CONNECTED, remote="10.0.0.31")


def as_sent(end: str) -> bytes:
    return "".join(text + end for text in TALK).replace("ok,00", f"{end}ok,00").encode()


def read(*pieces: bytes) -> list[str]:
    reader = LineReader()
    return [text for piece in pieces for text in reader.feed(piece)]


def after(*events: str) -> dict[str, Told]:
    told: dict[str, Told] = {}
    for event in events:
        told = protocol.after_event(told, event)
    return told


# Lines, cut anywhere


@pytest.mark.parametrize("end", ["\r\n", "\r\r\n", "\n"])
def test_codec_case_11_a_conversation_is_read_the_same_wherever_it_is_cut_in_two(end):
    sent = as_sent(end)

    assert [place for place in range(len(sent) + 1) if read(sent[:place], sent[place:]) != TALK] == []


@WITHOUT_FILES
@given(st.lists(st.integers(0, 200), max_size=12), st.sampled_from(["\r\n", "\r\r\n", "\n"]))
def test_a_conversation_is_read_the_same_for_any_cuts(places, end):
    sent = as_sent(end)
    places = sorted(min(place, len(sent)) for place in places)

    pieces = [sent[start:stop] for start, stop in zip([0, *places], [*places, len(sent)], strict=True)]

    assert read(*pieces) == TALK


@WITHOUT_FILES
@given(st.text(max_size=200))
def test_no_line_at_all_raises_where_lines_are_sorted(text):
    plain = protocol.without_prompt(text)
    protocol.end(plain), protocol.is_event(plain), protocol.after_event({"1": Told(Tri.YES, ENCRYPTED)}, plain)
    for question in (protocol.CALLS, protocol.MUTED, protocol.UPTIME):
        question.is_answered_by([plain])


@pytest.mark.parametrize(("text", "plain"), [("$ get audio mute", "get audio mute"), ("$", ""), ("$ $ off", "off"), ("off", "off"), ("$off", "$off")])
def test_prompts_are_taken_off(text, plain):
    assert protocol.without_prompt(text) == plain


@pytest.mark.parametrize(("text", "code"), [("ok,00", "00"), ("error,0e", "0e"), ("error,0E", "0e"), ("error,12", "12"), ("ok,01", None),
                                            ("ok", None),
                                            ("error,", None), ("error,0e0", None), ("off", None), ("ok,00,", None)])
def test_a_reply_ends_with_a_code(text, code):
    assert protocol.end(text) == code


@pytest.mark.parametrize(("code", "meaning"), [("0e", "not in call"), ("09", "invalid command"), ("12", "not supported"), ("7f", "in no list")])
def test_a_code_is_told_with_its_meaning(code, meaning):
    assert protocol.reason(code).startswith(f"error {code}: ") and meaning in protocol.reason(code)


@pytest.mark.parametrize("text", [ENCRYPTED, "IC,1,x", "PS,Initiated", "PS,Terminated", "PS,Relinquished", "FC,x", "MS,true", "VC,x", "SS,true"])
def test_a_notification_is_an_event(text):
    assert protocol.is_event(text)


@pytest.mark.parametrize("text", [ONE_CALL, "on", "off", "ok,00", "error,0e", "0,1,10,5", "CS", "XS,1", "cs,1,1,Connected"])
def test_an_answer_is_no_event(text):
    assert not protocol.is_event(text)


# Which lines answer


@pytest.mark.parametrize(("question", "lines", "answers"), [
    (protocol.MUTED, ["off"], True), (protocol.MUTED, ["on"], True), (protocol.MUTED, [], False), (protocol.MUTED, ["off", "on"], False),
    (protocol.MUTED, ["0"], False), (protocol.MUTED, ["On"], False), (protocol.RESTART, [], True), (protocol.RESTART, ["x"], False),
    (protocol.CALLS, [ONE_CALL], True), (protocol.CALLS, [ONE_CALL, ONE_CALL], True), (protocol.CALLS, [], False),
    (protocol.CALLS, [ONE_CALL, "off"], False), (protocol.UPTIME, ["0,1,10,5"], True), (protocol.UPTIME, ["1 hour"], False),
    (protocol.dialling("a@b"), ["7"], True), (protocol.dialling("a@b"), [], False), (protocol.dialling("a@b"), ["7,1"], False)])
def test_only_lines_of_the_right_shape_are_an_answer(question, lines, answers):
    assert question.is_answered_by(lines) is answers


# Calls


def test_a_call_is_read():
    ((call, word),) = protocol.calls([ONE_CALL]).values()

    assert (call.id, call.state, call.remote, call.protocol, call.suite, word) == ("1", CallState.CONNECTED, "10.0.0.31", "H323", None, "Connected")


@pytest.mark.parametrize(("word", "state"), [
    ("Dialing", CallState.DIALLING), ("Proceeding", CallState.DIALLING), ("Ringing", CallState.DIALLING), ("Connected", CallState.CONNECTED),
    ("Call Encrypted", CallState.CONNECTED), ("Call Not Encrypted", CallState.CONNECTED), ("Terminated", CallState.DISCONNECTING),
    ("Far End Mute", CallState.UNKNOWN), ("Bewitched", CallState.UNKNOWN)])
def test_a_calls_state_is_known_or_unknown(word, state):
    ((call, said),) = protocol.calls([ONE_CALL.replace("Connected", word)]).values()

    assert (call.state, said) == (state, word)


@pytest.mark.parametrize("line", ["", "1", "1,1,Connected,No,Video,10.0.0.31", "x,1,Connected,No,Video,10.0.0.31,B", "1,1,Conn3cted,No,Video,a,B",
                                  "1,1,,No,Video,a,B", "Local Time is: x", "off", "²,1,Connected,No,Video,a,B"])
def test_codec_case_17_a_line_that_is_no_call_is_an_error(line):
    with pytest.raises(UnexpectedReply):
        protocol.calls([line])


def test_a_call_that_is_listed_twice_is_an_error():
    with pytest.raises(UnexpectedReply):
        protocol.calls([ONE_CALL, ONE_CALL])


def test_a_name_that_is_a_protocol_names_none():
    ((call, _),) = protocol.calls(["1,1,Connected,No,Video,10.0.0.31,SIP,,,,"]).values()

    assert call.protocol == ""


# Encryption, as the events tell it


@pytest.mark.parametrize(("events", "expected"), [
    ([ENCRYPTED], Tri.YES), ([CLEAR], Tri.NO), ([ENCRYPTED, CLEAR], Tri.NO), ([CLEAR, ENCRYPTED], Tri.YES), ([ENCRYPTED, ENCRYPTED], Tri.YES),
    ([ENCRYPTED, "CS,1,1,Connected,Video"], Tri.YES), ([ENCRYPTED, "CS,1,1,Far End Mute"], Tri.YES), ([ENCRYPTED, "MS,true"], Tri.YES),
    ([ENCRYPTED, "CS,2,1,Terminated,Video"], Tri.YES), ([ENCRYPTED, "CS,2,1,Call Not Encrypted"], Tri.YES)])
def test_the_last_event_about_a_calls_encryption_counts(events, expected):
    assert after(*events)["1"].encrypted is expected


@pytest.mark.parametrize("event", [
    "CS,1,1,Terminated,Video", "CS,1,1,Dialing,Video", "CS,1,1,Proceeding", "CS,1,1,Ringing", "CS,1,1,Call Encryption Failed", "CS,1,1,Bewitched",
    "CS,1,1,Call Enc�ypted", "CS,x,1,Call Encrypted", "CS,1", "CS,,,", "CS,1,1,"])
def test_after_an_end_a_beginning_or_words_nobody_knows_nothing_is_known(event):
    assert after(ENCRYPTED, event) == {}


@pytest.mark.parametrize(("told", "expected"), [(Told(Tri.YES, ENCRYPTED), Tri.YES), (Told(Tri.NO, CLEAR), Tri.NO)])
def test_an_event_about_a_connected_call_is_of_grade_b(told, expected):
    found = protocol.encryption(CALL, "Connected", told, raw="x")

    assert (found.grade, found.encrypted, found.streams, found.suite, found.raw) == (Grade.B, expected, (), None, "x")


@pytest.mark.parametrize(("call", "word", "told"), [
    (CALL, "Connected", None), (None, "", Told(Tri.YES, ENCRYPTED)), (CALL, "Call Not Encrypted", Told(Tri.YES, ENCRYPTED)),
    (CALL, "Call Encrypted", Told(Tri.NO, CLEAR)), (CALL, "Call Encrypted", None), (CALL, "Call Not Encrypted", None),
    (Call(id="1", state=CallState.DIALLING, remote="x"), "Ringing", Told(Tri.YES, ENCRYPTED)),
    (Call(id="1", state=CallState.UNKNOWN, remote="x"), "Bewitched", Told(Tri.YES, ENCRYPTED))])
def test_anything_less_proves_nothing(call, word, told):
    found = protocol.encryption(call, word, told, raw="x")

    assert (found.grade, found.encrypted) == (Grade.NONE, Tri.UNKNOWN)


# Other values


@pytest.mark.parametrize(("text", "seconds"), [("0,1,10,5", 4205), ("2,0,0,0", 172_800)])
def test_an_uptime_is_read(text, seconds):
    assert protocol.uptime_s(text) == seconds


@pytest.mark.parametrize("text", ["", "1,10,5", "0,1,10,5,0", "a,b,c,d", "-1,0,0,0", "1 day"])
def test_an_uptime_that_cannot_be_read_is_an_error(text):
    with pytest.raises(UnexpectedReply):
        protocol.uptime_s(text)


@pytest.mark.parametrize(("text", "muted"), [("on", Tri.YES), ("off", Tri.NO), ("", Tri.UNKNOWN), ("ON", Tri.UNKNOWN), ("1", Tri.UNKNOWN)])
def test_a_mute_is_on_off_or_unknown(text, muted):
    assert protocol.muted(text) is muted


# Lines to send


def test_command_lines_are_built_from_values():
    assert protocol.dialling("6001@vc.example").line == b"control call dial -p sip 6001@vc.example\n"
    assert protocol.hanging_up("45").line == b"control call hangup 45\n"
    assert [protocol.muting(wish).line for wish in (True, False)] == [b"set audio mute on\n", b"set audio mute off\n"]


@pytest.mark.parametrize("address", ["-a", "a b", "a\ncontrol reboot 1", "a;b", "a|b", "a`b`", "a$b", 'a"b', "a'b", "a\\", "", " ", "a\x00",
                                     "x" * 256,
                                     "Phòng", "a\n", ".a"])
def test_an_address_that_could_break_out_is_refused(address):
    with pytest.raises(UnsafeValue):
        protocol.dialling(address)


@pytest.mark.parametrize("call_id", ["", "45 46", "45\n", "-1", "-a", "²", "٣", "1" * 10])
def test_a_call_id_that_is_no_number_is_refused(call_id):
    with pytest.raises(UnsafeValue):
        protocol.hanging_up(call_id)


@WITHOUT_FILES
@given(st.text(max_size=260))
def test_a_dial_line_is_one_line_of_six_words_or_refused(address):
    try:
        sent = protocol.dialling(address).line.decode()
    except UnsafeValue:
        return

    assert sent == f"control call dial -p sip {address}\n"
    assert len(sent.split()) == 6 and len(sent.splitlines()) == 1 and sent.split()[-1][0] != "-"
