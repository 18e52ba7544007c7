"""Calls that come in to a TC codec, several at once, its microphones, and texts on its screen.

Layouts: the C90, SX20 and C60 guides; the reply to `Call Accept` is laid out as any other command's.
"""

import re
from typing import Any

import pytest

from device_drivers.cisco_tc.driver import CiscoTc
from device_drivers.errors import CommandRefused, Silent, UnexpectedReply, UnsafeValue
from device_drivers.readings import CallState, Tri
from device_drivers.simulators.cisco_tc import Oddities, SimulatedTc
from device_drivers.simulators.server import BadDay
from device_drivers.transports.ssh import Deadlines
from device_drivers.transports.transcript import TranscriptShell

GREETING = b"\r\nWelcome to Phong hop\r\nTANDBERG Codec Release TC7.3.21\r\n*r Login successful\r\n\r\nOK\r\n\r\n"
CALLS = """*s Call 3 Status: Connected
*s Call 3 Direction: Outgoing
*s Call 3 RemoteNumber: "6001@vc.example"
*s Call 3 Encryption Type: "Aes-128"
*s Call 4 Status: Ringing
*s Call 4 AnswerState: Unanswered
*s Call 4 Direction: Incoming
*s Call 4 RemoteNumber: "xã@vc.example"
*s Call 4 Encryption Type: "None"
"""
ANSWER, MESSAGE = "xCommand Call Accept CallId: 4", 'xCommand Message Alert Display Text: "Mời phát biểu" Duration: 10'
IMPATIENT = Deadlines(silence_s=0.2, reply_s=0.5)


def as_sent(body: str, result_id: str) -> bytes:
    return f'{body}** resultId: "{result_id}"\n** end\n\nOK\n'.replace("\n", "\r\n").encode()


def a_shell(answers: dict[str, str], cut: Any = None) -> TranscriptShell:
    def answer(line: bytes) -> bytes:
        if line == b"echo off\n":
            return b"\r\nOK\r\n"
        if line.startswith(b"xPreferences"):
            return b""
        command, result_id = re.fullmatch(r'(.*) \| resultId="(\w+)"\n', line.decode()).groups()
        return as_sent(answers[command], result_id)

    return TranscriptShell(GREETING, answer, cut)


@pytest.mark.parametrize("place", range(len(as_sent(CALLS, "r1")) + 1))
def test_a_call_that_rings_is_told_from_one_that_is_up_wherever_the_reply_is_cut(place):
    codec = CiscoTc(a_shell({"xStatus Call": CALLS}, cut=lambda data: [data[:place], data[place:]]))

    assert [(call.id, call.state, call.remote, call.incoming) for call in codec.calls()] == [
        ("3", CallState.CONNECTED, "6001@vc.example", False), ("4", CallState.RINGING, "xã@vc.example", True)]


@pytest.mark.parametrize(("direction", "answer", "state", "incoming"), [
    ("Incoming", "Unanswered", CallState.RINGING, True), ("Incoming", None, CallState.RINGING, True),
    ("Incoming", "Answered", CallState.DIALLING, True), ("Outgoing", "Unanswered", CallState.DIALLING, False),
    (None, "Unanswered", CallState.DIALLING, None), ("Sideways", None, CallState.DIALLING, None)])
def test_a_call_rings_here_only_when_it_comes_in_and_nobody_has_answered(direction, answer, state, incoming):
    said = "*s Call 4 Status: Ringing\n" + (f"*s Call 4 Direction: {direction}\n" if direction else "")
    said += f"*s Call 4 AnswerState: {answer}\n" if answer else ""

    (call,) = CiscoTc(a_shell({"xStatus Call": said})).calls()

    assert (call.state, call.incoming) == (state, incoming)


def test_one_call_is_accepted_by_its_id():
    shell = a_shell({ANSWER: "*r CallAcceptResult (status=OK):\n"})

    CiscoTc(shell).answer("4")

    assert shell.sent[-1] == f'{ANSWER} | resultId="r1"\n'.encode()


@pytest.mark.parametrize("command", ["answer", "hang_up"])
@pytest.mark.parametrize("call_id", ["0", "", "4 ", "all", "-1", "²"])
def test_nothing_but_one_call_is_answered_or_hung_up_for_0_means_every_call(command, call_id):
    shell = a_shell({})
    codec = CiscoTc(shell)

    with pytest.raises(UnsafeValue):
        getattr(codec, command)(call_id)

    assert len(shell.sent) == 2  # The handshake's two lines.


@pytest.mark.parametrize("said", ["", "*s Call 4 Status: Connected\n", "*r CallAcceptResult CallId: 4\n"])
def test_a_reply_without_an_ok_is_not_taken_for_one(said):
    with pytest.raises(UnexpectedReply):
        CiscoTc(a_shell({ANSWER: said})).answer("4")
    with pytest.raises(UnexpectedReply):
        CiscoTc(a_shell({MESSAGE: said})).message("Mời phát biểu", 10)


@pytest.mark.parametrize("command", ["answer", "message"])
def test_a_refusal_says_why(command):
    said = '*r Result (status=Error):\n*r Result Reason: "Unknown command"\n'
    codec = CiscoTc(a_shell({ANSWER: said, MESSAGE: said}))

    with pytest.raises(CommandRefused, match="Unknown command"):
        codec.answer("4") if command == "answer" else codec.message("Mời phát biểu", 10)


@pytest.mark.parametrize(("text", "seconds"), [("", 10), (" ", 10), ("a\nb", 10), ("a|b", 10), ("a\\", 10), ("x" * 256, 10), ("a", 0)])
def test_a_message_that_could_break_out_of_its_line_is_never_sent(text, seconds):
    shell = a_shell({})
    codec = CiscoTc(shell)

    with pytest.raises(UnsafeValue):
        codec.message(text, seconds)

    assert len(shell.sent) == 2


# Against the simulator


@pytest.fixture
def tc(office):
    """Return a function that starts a simulated codec, and returns it with its driver."""

    def make(name: str, *, deadlines: Deadlines | None = None, autoanswer: bool = True, odd: dict[str, Any] | None = None,
             encryption: str = "BestEffort", **bad: Any) -> tuple[SimulatedTc, CiscoTc]:
        simulator = office.codec(name, kind=SimulatedTc, autoanswer=autoanswer, encryption=encryption, bad=BadDay(**bad),
                                 oddities=Oddities(**odd or {}))
        return simulator, office.connect(simulator, deadlines=deadlines)

    return make


@pytest.mark.parametrize("odd", [{}, {"echo_stays_on": True}, {"line_end": "\r\r\n"}])
def test_a_call_rings_until_it_is_answered_and_is_then_up_at_both_ends(tc, eventually, odd):
    _, hall = tc("hall")
    _, other = tc("other", autoanswer=False, odd=odd)
    hall.dial("other@vc.example")
    (ringing,) = eventually(other.calls)
    assert (ringing.state, ringing.remote, ringing.incoming) == (CallState.RINGING, "hall@vc.example", True)

    other.answer(ringing.id)

    eventually(lambda: [call.state for call in (*hall.calls(), *other.calls())] == [CallState.CONNECTED] * 2)
    eventually(lambda: other.read_encryption(ringing.id).encrypted is Tri.YES)


def test_a_codec_that_says_ok_to_accept_and_goes_on_ringing_is_seen(tc, eventually):
    _, hall = tc("hall")
    _, other = tc("other", autoanswer=False, answer_does_nothing=True)
    hall.dial("other@vc.example")
    (ringing,) = eventually(other.calls)

    other.answer(ringing.id)

    assert [call.state for call in other.calls()] == [CallState.RINGING]


@pytest.mark.parametrize("shows_channels", [True, False])
def test_a_host_holds_several_calls_and_each_is_read_by_its_own_id(tc, eventually, shows_channels):
    _, hall = tc("hall", odd={"shows_channels": shows_channels})
    for name, wish in (("one", "On"), ("two", "Off")):
        tc(name, encryption=wish)
    placed = {name: hall.dial(f"{name}@vc.example") for name in ("one", "two")}

    eventually(lambda: {name: hall.read_encryption(call_id).encrypted for name, call_id in placed.items()} == {
        "one": Tri.YES, "two": Tri.NO})

    assert {call.id: call.remote for call in hall.calls()} == {call_id: f"{name}@vc.example" for name, call_id in placed.items()}


def test_reading_the_microphones_changes_nothing(tc):
    simulator, codec = tc("hall")
    assert codec.muted() is Tri.NO
    simulator.microphones_muted = True

    assert codec.muted() is Tri.YES

    assert not any(line.startswith("xCommand") for line in simulator.heard)


def test_a_codec_that_is_silent_to_muting_is_never_muted(tc):
    _, codec = tc("hall", deadlines=IMPATIENT, silent_to="xCommand Audio Microphones")

    with pytest.raises(Silent):
        codec.mute(True)

    assert codec.muted() is Tri.NO


def test_a_message_is_shown_for_its_time(tc):
    simulator, codec = tc("hall")

    codec.message("Mời xã Đất Mũi phát biểu: 2 phút", 15)

    assert simulator.shown == [("Mời xã Đất Mũi phát biểu: 2 phút", 15)]
