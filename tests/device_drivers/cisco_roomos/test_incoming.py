"""Calls that come in, and several at once: who calls, what rings, what is answered, and whose encryption is whose.

Both modes are read alike.  Layouts: Cisco's guides for CE 9 and the schemas 9.15 and 11.14; a reply to `Call Accept` is laid out
as any other command's.
"""

import json
import re
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_drivers.cisco_roomos import protocol
from device_drivers.cisco_roomos.driver import CiscoRoomos
from device_drivers.errors import CommandRefused, Silent, UnexpectedReply, UnsafeValue
from device_drivers.readings import Call, CallState, Grade, Tri
from device_drivers.simulators.cisco_roomos import Firmware, SimulatedRoomOS
from device_drivers.simulators.server import BadDay
from device_drivers.transports.ssh import Deadlines
from device_drivers.transports.transcript import TranscriptShell

GREETING = b"\r\nWelcome to Phong hop 1\r\nCisco Codec Release ce9.15.3\r\n*r Login successful\r\n\r\nOK\r\n\r\n"
IMPATIENT = Deadlines(silence_s=0.2, reply_s=0.5)
CALLS = """*s Call 3 AnswerState: Answered
*s Call 3 Direction: Outgoing
*s Call 3 Encryption Type: "Aes-128"
*s Call 3 RemoteNumber: "hall-b@vc.example"
*s Call 3 Status: Connected
*s Call 4 AnswerState: Unanswered
*s Call 4 CallbackNumber: "sip:xã@vc.example"
*s Call 4 Direction: Incoming
*s Call 4 DisplayName: "Phòng họp OK"
*s Call 4 Encryption Type: "None"
*s Call 4 Status: Ringing
"""
CALLS_READ = (Call(id="3", state=CallState.CONNECTED, remote="hall-b@vc.example", suite="Aes-128", incoming=False),
              Call(id="4", state=CallState.RINGING, remote="xã@vc.example", suite="None", incoming=True))
ACCEPTED = "*r CallAcceptResult (status=OK):\n"


def in_terminal_mode(body: str, result_id: str) -> bytes:
    return f'{body}** resultId: "{result_id}"\n** end\n'.replace("\n", "\r\n").encode()


def in_json(reply: dict[str, Any], result_id: str) -> bytes:
    return json.dumps({**reply, "ResultId": result_id}, indent=2, ensure_ascii=False).replace("\n", "\r\n").encode() + b"\r\n"


def a_shell(answers: dict[str, str | dict[str, Any]], cut: Any = None) -> TranscriptShell:
    """Return a shell that answers each command with a body of terminal mode, or with a reply of JSON mode."""

    def answer(line: bytes) -> bytes:
        if line == b"echo off\n":
            return b"\r\nOK\r\n"
        if line.startswith(b"xPreferences"):
            return b""
        command, result_id = re.fullmatch(r'(.*) \| resultId="(\w+)"\n', line.decode()).groups()
        said = answers[command]
        return in_terminal_mode(said, result_id) if isinstance(said, str) else in_json(said, result_id)

    return TranscriptShell(GREETING, answer, cut)


def a_call(call_id: str = "4", **values: str) -> dict[str, Any]:
    return {"id": call_id, **{name: {"Value": value} for name, value in values.items()}}


def state_of(**values: str) -> tuple[CallState, bool | None]:
    (call,) = protocol.calls({"Status": {"Call": [a_call(**values)]}})
    return call.state, call.incoming


# What a call says of itself


@pytest.mark.parametrize(("values", "state", "incoming"), [
    ({"Status": "Ringing", "Direction": "Incoming", "AnswerState": "Unanswered"}, CallState.RINGING, True),
    ({"Status": "Ringing", "Direction": "Incoming", "AnswerState": "Ignored"}, CallState.RINGING, True),
    ({"Status": "ringing", "Direction": "incoming", "AnswerState": "unanswered"}, CallState.RINGING, True),
    ({"Status": "Ringing", "Direction": "Incoming"}, CallState.RINGING, True),
    ({"Status": "Connecting", "Direction": "Incoming", "AnswerState": "Unanswered"}, CallState.RINGING, True),
    ({"Status": "Connecting", "Direction": "Incoming", "AnswerState": "Answered"}, CallState.DIALLING, True),
    ({"Status": "Connecting", "Direction": "Incoming"}, CallState.DIALLING, True),
    ({"Status": "Ringing", "Direction": "Incoming", "AnswerState": "Autoanswered"}, CallState.DIALLING, True),
    ({"Status": "Ringing", "Direction": "Incoming", "AnswerState": "Flux"}, CallState.DIALLING, True),
    ({"Status": "Connected", "Direction": "Incoming", "AnswerState": "Answered"}, CallState.CONNECTED, True),
    ({"Status": "Connected", "Direction": "Incoming", "AnswerState": "Unanswered"}, CallState.CONNECTED, True),
    ({"Status": "Flux", "Direction": "Incoming", "AnswerState": "Unanswered"}, CallState.UNKNOWN, True),
    ({"Status": "Ringing", "Direction": "Outgoing", "AnswerState": "Unanswered"}, CallState.DIALLING, False),
    ({"Status": "Ringing"}, CallState.DIALLING, None),
    ({"Status": "Ringing", "Direction": "Sideways"}, CallState.DIALLING, None),
])
def test_a_call_rings_here_only_when_it_comes_in_and_nobody_has_answered(values, state, incoming):
    assert state_of(**values) == (state, incoming)


def test_two_calls_of_one_id_are_an_error_for_nobody_could_tell_whose_encryption_is_whose():
    with pytest.raises(UnexpectedReply):
        protocol.calls({"Status": {"Call": [a_call("3", Status="Connected"), a_call("3", Status="Ringing")]}})


@pytest.mark.parametrize("place", range(len(in_terminal_mode(CALLS, "r1")) + 1))
def test_several_calls_are_read_in_terminal_mode_wherever_the_reply_is_cut(place):
    codec = CiscoRoomos(a_shell({"xStatus Call": CALLS}, cut=lambda data: [data[:place], data[place:]]))

    assert codec.calls() == CALLS_READ


CALLS_AS_JSON = {"Status": {"Call": [
    a_call("3", AnswerState="Answered", Direction="Outgoing", RemoteNumber="hall-b@vc.example", Status="Connected")
    | {"Encryption": {"Type": {"Value": "Aes-128"}}},
    a_call("4", AnswerState="Unanswered", CallbackNumber="sip:xã@vc.example", Direction="Incoming", DisplayName="Phòng họp OK",
           Status="Ringing") | {"Encryption": {"Type": {"Value": "None"}}}]}}


@pytest.mark.parametrize("place", range(len(in_json(CALLS_AS_JSON, "r1")) + 1))
def test_several_calls_are_read_in_json_mode_wherever_the_reply_is_cut(place):
    codec = CiscoRoomos(a_shell({"xStatus Call": CALLS_AS_JSON}, cut=lambda data: [data[:place], data[place:]]))

    assert codec.calls() == CALLS_READ


@settings(deadline=None, database=None)
@given(*[st.sampled_from([None, "", "Ringing", "Connected", "Incoming", "Outgoing", "Unanswered", "Answered", "Flux"])] * 3)
def test_no_words_make_a_call_ring_that_does_not_say_it_comes_in(status, direction, answer):
    values = {name: word for name, word in (("Direction", direction), ("AnswerState", answer)) if word is not None}

    state, incoming = state_of(Status=status or "Connected", **values)

    assert state is not CallState.RINGING or (incoming is True and direction == "Incoming" and status == "Ringing")


# Answering


ANSWER = 'xCommand Call Accept CallId: "4"'


@pytest.mark.parametrize("said", [ACCEPTED, {"CommandResponse": {"CallAcceptResult": {"status": "OK"}}}])
def test_one_call_is_accepted_by_its_id(said):
    shell = a_shell({ANSWER: said})

    CiscoRoomos(shell).answer("4")

    assert shell.sent[-1] == f'{ANSWER} | resultId="r1"\n'.encode()


@pytest.mark.parametrize("call_id", ["0", "", "00", "4 ", "4\n", "-1", "²", "all", "4 CallId: 5", "1234567890"])
@pytest.mark.parametrize("command", ["answer", "hang_up"])
def test_nothing_but_one_call_is_answered_or_hung_up_for_0_means_every_call(command, call_id):
    shell = a_shell({})
    codec = CiscoRoomos(shell)

    with pytest.raises(UnsafeValue):
        getattr(codec, command)(call_id)

    assert len(shell.sent) == 2  # The handshake's two lines.


@pytest.mark.parametrize("said", ["", "*s Call 4 Status: Connected\n", {}, {"Status": {}}, {"CommandResponse": {"CallAcceptResult": {}}}])
def test_a_reply_without_an_ok_is_not_taken_for_one(said):
    with pytest.raises(UnexpectedReply):
        CiscoRoomos(a_shell({ANSWER: said})).answer("4")


@pytest.mark.parametrize("said", ['*r CallAcceptResult (status=Error):\n*r CallAcceptResult Reason: "No such call"\n',
                                  {"CommandResponse": {"CallAcceptResult": {"status": "Error", "Reason": {"Value": "No such call"}}}}])
def test_a_refusal_to_accept_says_why(said):
    with pytest.raises(CommandRefused, match="No such call"):
        CiscoRoomos(a_shell({ANSWER: said})).answer("4")


# Against the simulator, in both modes


@pytest.fixture(params=[True, False], ids=["json", "terminal"])
def room(request, office) -> Callable[..., tuple[SimulatedRoomOS, CiscoRoomos]]:
    """Return a function that starts a codec that speaks JSON, or does not, and returns it with its driver."""

    def make(name: str, *, deadlines: Deadlines | None = None, **facts: Any) -> tuple[SimulatedRoomOS, CiscoRoomos]:
        simulator = office.codec(name, firmware=Firmware(has_json=request.param), **facts)
        return simulator, office.connect(simulator, deadlines=deadlines)

    return make


def test_a_call_rings_until_it_is_answered_and_is_then_up_at_both_ends(room, eventually):
    _, hall = room("hall")
    _, other = room("other", autoanswer=False)
    placed = hall.dial("other@vc.example")
    (ringing,) = eventually(other.calls)
    assert (ringing.state, ringing.incoming, ringing.remote) == (CallState.RINGING, True, "hall@vc.example")
    assert [(call.state, call.incoming) for call in hall.calls()] == [(CallState.DIALLING, False)]
    assert other.read_encryption(ringing.id).encrypted is Tri.UNKNOWN

    other.answer(ringing.id)

    eventually(lambda: [call.state for call in (*hall.calls(), *other.calls())] == [CallState.CONNECTED] * 2)
    found = eventually(lambda: (seen := other.read_encryption(ringing.id)).streams and seen)
    assert (found.grade, found.encrypted, hall.read_encryption(placed).encrypted) == (Grade.A, Tri.YES, Tri.YES)


def test_a_codec_that_answers_by_itself_shows_a_call_as_coming_in_too(room, eventually):
    _, hall = room("hall")
    _, other = room("other")

    hall.dial("other@vc.example")

    (call,) = eventually(lambda: [one for one in other.calls() if one.state is CallState.CONNECTED])
    assert (call.incoming, call.remote) == (True, "hall@vc.example")


def test_a_codec_that_says_ok_to_accept_and_goes_on_ringing_is_seen(room, eventually):
    _, hall = room("hall")
    _, other = room("other", autoanswer=False, bad=BadDay(answer_does_nothing=True))
    hall.dial("other@vc.example")
    (ringing,) = eventually(other.calls)

    other.answer(ringing.id)

    assert [call.state for call in other.calls()] == [CallState.RINGING]
    assert [call.state for call in hall.calls()] == [CallState.DIALLING]


def test_only_a_call_that_rings_can_be_answered(room, eventually):
    _, hall = room("hall")
    _, other = room("other", autoanswer=False)
    placed = hall.dial("other@vc.example")
    (ringing,) = eventually(other.calls)
    other.answer(ringing.id)

    for codec, call_id in ((hall, placed), (hall, "77"), (other, ringing.id)):
        with pytest.raises(CommandRefused):
            codec.answer(call_id)


def test_a_codec_that_is_silent_to_accept_has_answered_nothing(room, eventually):
    _, hall = room("hall")
    simulator, other = room("other", autoanswer=False, deadlines=IMPATIENT)
    hall.dial("other@vc.example")
    (ringing,) = eventually(other.calls)
    simulator.bad.silent_to = "xCommand Call Accept"

    with pytest.raises(Silent):
        other.answer(ringing.id)

    assert [call.state for call in other.calls()] == [CallState.RINGING]


def test_a_host_holds_several_calls_and_each_is_read_by_its_own_id(room, eventually):
    _, hall = room("hall", encryption="BestEffort")
    sites = {name: room(name, encryption=wish)[1] for name, wish in (("one", "On"), ("two", "Off"), ("three", "BestEffort"))}
    placed = {name: hall.dial(f"{name}@vc.example") for name in sites}

    eventually(lambda: all(hall.read_encryption(call_id).streams for call_id in placed.values()))

    assert {name: hall.read_encryption(call_id).encrypted for name, call_id in placed.items()} == {
        "one": Tri.YES, "two": Tri.NO, "three": Tri.YES}
    assert {call.id: call.remote for call in hall.calls()} == {call_id: f"{name}@vc.example" for name, call_id in placed.items()}
    for name, site in sites.items():  # The other end of each link says the same of it.
        (call,) = site.calls()
        assert (call.remote, call.incoming) == ("hall@vc.example", True)
        assert site.read_encryption(call.id).encrypted is (Tri.NO if name == "two" else Tri.YES)


def test_a_hang_up_ends_one_call_of_several(room, eventually):
    _, hall = room("hall")
    placed = {}
    for name in ("one", "two"):
        room(name)
        placed[name] = hall.dial(f"{name}@vc.example")
    eventually(lambda: len(hall.calls()) == 2)

    hall.hang_up(placed["one"])

    assert [call.id for call in hall.calls()] == [placed["two"]]


def test_one_of_several_calls_can_lose_its_encryption_alone(room, eventually):
    _, hall = room("hall")
    drifter, _ = room("one")
    room("two")
    placed = {name: hall.dial(f"{name}@vc.example") for name in ("one", "two")}
    eventually(lambda: [hall.read_encryption(call_id).encrypted for call_id in placed.values()] == [Tri.YES, Tri.YES])

    drifter.bad.drifts_after_s = 0.0

    assert [hall.read_encryption(call_id).encrypted for call_id in placed.values()] == [Tri.NO, Tri.YES]


# Channels of several calls


def channel(number: str, word: str, direction: str) -> dict[str, Any]:
    return {"id": number, "Type": {"Value": "Audio"}, "Direction": {"Value": direction}, "Encryption": {"Value": word}}


def both_ways(word: str) -> list[dict[str, Any]]:
    return [channel("2", word, "Incoming"), channel("3", word, "Outgoing")]


def read(*parts: dict[str, Any]) -> Tri:
    call = Call(id="3", state=CallState.CONNECTED, remote="hall@vc.example", suite="Aes-128")
    return protocol.encryption({"Status": {"MediaChannels": {"Call": list(parts)}}}, call, raw="").encrypted


def test_the_channels_of_another_call_say_nothing_of_this_one():
    assert read({"id": "3", "Channel": both_ways("On")}, {"id": "4", "Channel": both_ways("Off")}) is Tri.YES
    assert read({"id": "3", "Channel": both_ways("Off")}, {"id": "4", "Channel": both_ways("On")}) is Tri.NO
    assert read({"id": "4", "Channel": both_ways("On")}) is Tri.UNKNOWN


def test_channels_that_do_not_say_whose_they_are_prove_nothing_beside_those_of_a_call():
    assert read({"Channel": both_ways("On")}) is Tri.YES  # The only ones there are, in the answer about this call.
    assert read({"id": "3", "Channel": both_ways("On")}, {"Channel": both_ways("On")}) is Tri.UNKNOWN
    assert read({"id": "4", "Channel": both_ways("On")}, {"Channel": both_ways("On")}) is Tri.UNKNOWN


# Microphones and messages


def test_reading_the_microphones_changes_nothing(room):
    simulator, codec = room("hall")

    assert codec.muted() is Tri.NO
    simulator.microphones_muted = True
    assert codec.muted() is Tri.YES

    assert not any(line.startswith("xCommand") for line in simulator.heard)


@pytest.mark.parametrize("said", ["", "*s Audio Microphones Mute: Perhaps\n", "*s Audio Volume: 50\n"])
def test_microphones_that_say_nothing_known_are_unknown(said):
    assert CiscoRoomos(a_shell({"xStatus Audio Microphones Mute": said})).muted() is Tri.UNKNOWN


def test_a_codec_that_says_ok_to_muting_and_stays_open_is_seen(room):
    simulator, codec = room("hall", bad=BadDay(mute_does_nothing=True))

    assert codec.mute(True) is Tri.NO
    assert codec.muted() is Tri.NO and not simulator.microphones_muted


def test_a_codec_that_is_silent_to_muting_is_never_muted(room):
    _, codec = room("hall", deadlines=IMPATIENT, bad=BadDay(silent_to="xCommand Audio Microphones"))

    with pytest.raises(Silent):
        codec.mute(True)

    assert codec.muted() is Tri.NO


def test_a_message_is_shown_for_its_time(room):
    simulator, codec = room("hall")

    codec.message('Mời xã Đất Mũi "phát biểu": 2 phút', 15)

    assert simulator.shown == [("Mời xã Đất Mũi ”phát biểu”: 2 phút", 15)]


def test_a_decomposed_text_is_shown_with_composed_letters(room):
    simulator, codec = room("hall")

    codec.message(unicodedata.normalize("NFD", "Mời xã Đất Mũi phát biểu"), 15)

    assert simulator.shown == [("Mời xã Đất Mũi phát biểu", 15)]


@pytest.mark.parametrize(("text", "seconds"), [
    ("", 10), ("  ", 10), ("a\nb", 10), ("a\tb", 10), ("a\x00b", 10), ("a|b", 10), ("a\\", 10), ("a\u202eb", 10), ("x" * 256, 10), ("a", 0),
    ("a", -1)])
def test_a_message_that_could_break_out_of_its_line_is_never_sent(text, seconds):
    shell = a_shell({})
    codec = CiscoRoomos(shell)

    with pytest.raises(UnsafeValue):
        codec.message(text, seconds)

    assert len(shell.sent) == 2


@pytest.mark.parametrize("said", ["", "*s Call 4 Status: Connected\n"])
def test_a_message_without_an_ok_was_not_taken(said):
    command = 'xCommand UserInterface Message Alert Display Text: "Mời phát biểu" Duration: "10"'

    with pytest.raises(UnexpectedReply):
        CiscoRoomos(a_shell({command: said})).message("Mời phát biểu", 10)


def test_a_refused_message_says_why():
    command = 'xCommand UserInterface Message Alert Display Text: "Mời phát biểu" Duration: "10"'
    unknown = {"CommandResponse": {"Result": {"status": "Error", "Reason": {"Value": "Unknown command"}}}}

    with pytest.raises(CommandRefused, match="Unknown command"):
        CiscoRoomos(a_shell({command: unknown})).message("Mời phát biểu", 10)
