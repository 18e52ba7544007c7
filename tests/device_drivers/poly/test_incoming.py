"""Calls that come in to a Poly codec: seen, told apart, and answered by a command that bears no id."""

import pytest

from device_drivers.errors import CommandRefused, Silent, UnsafeValue
from device_drivers.poly import protocol
from device_drivers.poly.driver import Poly
from device_drivers.readings import CallState, Tri
from device_drivers.transports.transcript import TranscriptShell

RINGS = "callinfo:45:Hội trường B:room@vc.example:384:ringing:notmuted:incoming:videocall"
UP = "callinfo:46::7001@bridge.example:384:connected:notmuted:outgoing:videocall"


def a_shell(*calls: str, answered: str = "answer video", cut=None) -> TranscriptShell:
    listed = ["callinfo begin", *calls, "callinfo end"] if calls else ["system is not in a call"]
    answers = {"callinfo all": listed, "notify callstatus": ["notify callstatus success"], "answer video": [answered], "volume get": ["volume 25"]}

    def answer(sent: bytes) -> bytes:
        command = sent.decode().strip()
        return "".join(f"{line}\r\r\n" for line in [f"-> {command}", *answers[command]]).encode()

    return TranscriptShell(b"", answer, cut)


@pytest.mark.parametrize(("state", "direction", "read", "incoming"), [
    ("ringing", "incoming", CallState.RINGING, True), ("ringing", "outgoing", CallState.DIALLING, False),
    ("RINGING", "incoming", CallState.RINGING, True), ("opened", "incoming", CallState.DIALLING, True),
    ("connecting", "incoming", CallState.DIALLING, True), ("connected", "incoming", CallState.CONNECTED, True),
    ("flux", "incoming", CallState.UNKNOWN, True)])
def test_a_call_rings_here_only_when_it_comes_in_and_rings(state, direction, read, incoming):
    line = f"callinfo:45::room@vc.example:384:{state}:notmuted:{direction}:videocall"

    (call,) = protocol.calls(["callinfo begin", line, "callinfo end"])

    assert (call.state, call.incoming) == (read, incoming)


def test_a_conversation_about_a_call_that_rings_is_understood_wherever_it_is_cut():
    listed = "".join(f"{line}\r\r\n" for line in ["-> callinfo all", "callinfo begin", RINGS, UP, "callinfo end"]).encode()

    for place in range(len(listed) + 1):
        codec = Poly(a_shell(RINGS, UP, cut=lambda data, place=place: [data[:place], data[place:]]))
        assert [(call.id, call.state, call.remote, call.incoming) for call in codec.calls()] == [
            ("45", CallState.RINGING, "room@vc.example", True), ("46", CallState.CONNECTED, "7001@bridge.example", False)]


def test_a_call_that_rings_is_answered_and_a_fence_follows():
    shell = a_shell(RINGS, UP)

    Poly(shell).answer("45")

    assert shell.sent[-2:] == [b"answer video\r\n", b"volume get\r\n"]


@pytest.mark.parametrize("calls", [(), (UP,), (RINGS.replace(":45:", ":44:"),), (RINGS, RINGS.replace(":45:", ":44:")),
                                   (RINGS.replace("ringing", "connected"),), (RINGS.replace("incoming", "outgoing"),)])
def test_nothing_is_answered_unless_this_call_is_the_only_one_that_rings(calls):
    shell = a_shell(*calls)

    with pytest.raises(CommandRefused):
        Poly(shell).answer("45")

    assert b"answer video\r\n" not in shell.sent


@pytest.mark.parametrize("call_id", ["", "all", "45\r\nhangup all", "-1", "²"])
def test_a_call_id_that_is_no_number_is_never_asked_about(call_id):
    shell = a_shell(RINGS)
    codec = Poly(shell)
    before = len(shell.sent)

    with pytest.raises(UnsafeValue):
        codec.answer(call_id)

    assert len(shell.sent) == before


@pytest.mark.parametrize("said", ["error: command not found", "command is not available in current system configuration"])
def test_a_refusal_to_answer_is_told(said):
    with pytest.raises(CommandRefused):
        Poly(a_shell(RINGS, answered=said)).answer("45")


def test_a_call_rings_until_it_is_answered_and_is_then_up_at_both_ends(connected, eventually):
    _, hall = connected("hall")
    _, other = connected("other", facts={"autoanswer": False})
    hall.dial("other@vc.example")
    (ringing,) = eventually(other.calls)
    assert (ringing.state, ringing.remote, ringing.incoming) == (CallState.RINGING, "hall@vc.example", True)

    other.answer(ringing.id)

    eventually(lambda: [call.state for call in (*hall.calls(), *other.calls())] == [CallState.CONNECTED] * 2)
    assert [call.incoming for call in hall.calls()] == [False]


def test_a_codec_that_says_it_answers_and_goes_on_ringing_is_seen(connected, eventually):
    _, hall = connected("hall")
    _, other = connected("other", facts={"autoanswer": False}, answer_does_nothing=True)
    hall.dial("other@vc.example")
    (ringing,) = eventually(other.calls)

    other.answer(ringing.id)

    assert [call.state for call in other.calls()] == [CallState.RINGING]


def test_a_codec_that_is_silent_to_the_answer_has_answered_nothing(connected, eventually):
    _, hall = connected("hall")
    simulator, other = connected("other", facts={"autoanswer": False})
    hall.dial("other@vc.example")
    (ringing,) = eventually(other.calls)
    simulator.bad.silent_to = ""

    with pytest.raises(Silent):
        other.answer(ringing.id)

    assert not any(link.is_connected for link in simulator.calls_up().values())


def test_reading_the_microphones_changes_nothing(connected):
    simulator, codec = connected()
    assert codec.muted() is Tri.NO
    simulator.microphones_muted = True

    assert codec.muted() is Tri.YES

    assert not any(command in ("mute near on", "mute near off", "mute near toggle") for command in simulator.heard)


def test_a_codec_that_repeats_the_mute_and_stays_open_is_seen(connected):
    _, codec = connected(mute_does_nothing=True)

    assert codec.mute(True) is Tri.NO
    assert codec.muted() is Tri.NO
