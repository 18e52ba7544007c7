"""The driver of Lifesize 220, on composed exchanges and on the simulator.

Second-hand: commands, columns, codes and events are from published driver code, not from a device; values are made up here.
"""

import contextlib
import json
from collections.abc import Callable, Iterable

import pytest

from device_drivers.errors import CommandRefused, ConnectionLost, DeviceError, Silent, UnexpectedReply, UnsafeValue
from device_drivers.lifesize_220.driver import Lifesize220
from device_drivers.readings import CallState, EncryptionSetting, Grade, Tri
from device_drivers.registry import CODECS
from device_drivers.simulators.lifesize_220 import LifesizeBadDay
from device_drivers.simulators.server import BadDay
from device_drivers.transports.line_shell import EVENTS_KEPT
from device_drivers.transports.transcript import TranscriptShell

OK = "\r\nok,00\r\n"
ENCRYPTED, CLEAR = f"CS,1,1,Call Encrypted,Video\r\n{OK}", f"CS,1,1,Call Not Encrypted,Video\r\n{OK}"
IN_CALL = f"1,1,Connected,No,Video,10.0.0.31,Hội trường B,,H323,,0:03:12\r\n{OK}"
NOT_IN_CALL = "\r\nerror,0e\r\n"
EVERYDAY = {
    "": "", "set help-mode off": OK, "get audio mute": f"off\r\n{OK}", "set audio mute on": OK, "set audio mute off": OK,
    "status call active": NOT_IN_CALL,
    "get system model": f"Team 220\r\n{OK}", "get system serial-number": f"0123\r\n{OK}", "get system version": f"5.0.0\r\n{OK}",
    "get system uptime": f"0,1,10,5\r\n{OK}", "get system phone-status": f"Ready\r\n{OK}", "control call hangup 1": OK, "control reboot 1": OK,
    "control call dial -p sip room@vc.example": f"1\r\n{OK}",
}

Said = str | Callable[[], str]


def a_shell(answers: dict[str, Said] | None = None, *, greeting: str = "$ ", cut: Callable[[bytes], Iterable[bytes]] | None = None,
            echo: bool = True) -> TranscriptShell:
    """Return a shell that repeats each command behind its prompt, and answers it as told or as on any day."""

    def answer(sent: bytes) -> bytes:
        command = sent.decode().strip()
        said = {**EVERYDAY, **(answers or {})}[command]
        return ((f"{command}\r\n" if echo else "") + (said() if callable(said) else said) + "$ ").encode()

    return TranscriptShell(greeting.encode(), answer, cut)


def a_codec(answers: dict[str, Said] | None = None, **facts) -> Lifesize220:
    return Lifesize220(a_shell(answers, **facts))


def in_turn(*said: str) -> Callable[[], str]:
    left = list(said)
    return lambda: left.pop(0)


def heard(codec: Lifesize220, *events: str) -> Lifesize220:
    """Let the codec's connection hear events while nothing is asked."""
    codec._shell._waiting.extend(event.encode() for event in events)
    return codec


# Habits


@pytest.mark.parametrize("bad", [{}, {"echoes": False}, {"answers_nothing_with_ok": True}, {"chunk": 1}, {"event_before_reply": "MS,true"},
                                 {"event_before_reply": "MS,true", "echoes": False}, {"tells_nothing": True}])
def test_a_device_of_any_habits_is_read_right(connected, bad):
    simulator, codec = connected(**bad)

    assert codec.status().calls == ()
    assert [codec.mute(True), codec.mute(False)] == [Tri.YES, Tri.NO]
    assert not simulator.microphones_muted


def test_an_event_without_an_end_of_its_own_hides_no_mute(connected):
    simulator, codec = connected()
    simulator.bad.event_before_reply, simulator.bad.event_ends_itself = "MS,true", False

    assert codec.mute(True) is Tri.YES


def test_a_long_help_is_turned_off_first(connected):
    simulator, codec = connected()
    with pytest.raises(CommandRefused, match="error 0e: not in call"):
        codec.hang_up("7")

    assert simulator.heard[0] == "set help-mode off"


@pytest.mark.parametrize("greeting", ["", "$ ", "Welcome\r\nto something\r\n$ ", f"old{OK}$ "])
def test_whatever_is_said_at_connect_answers_nothing(greeting):
    assert a_codec(greeting=greeting).identify().model == "Team 220"


def test_codec_case_11_a_conversation_is_understood_byte_by_byte():
    codec = a_codec({"status call active": IN_CALL}, cut=lambda data: [data[place : place + 1] for place in range(len(data))])

    assert [call.remote for call in codec.calls()] == ["10.0.0.31"]


def test_codec_case_11_a_list_is_understood_wherever_it_is_cut():
    for place in range(len(IN_CALL.encode()) + 25):
        codec = a_codec({"status call active": IN_CALL}, cut=lambda data, place=place: [data[:place], data[place:]])
        assert [call.remote for call in codec.calls()] == ["10.0.0.31"]


def test_codec_case_9_a_pause_in_a_list_of_300_kb_is_not_its_end():
    lines = "".join(f"{number},1,Connected,No,Video,10.0.0.31,{'Hội trường ' * 8},,SIP,,0:03:12\r\n" for number in range(1, 2400))
    codec = a_codec({"status call active": lines + OK}, cut=lambda data: [*(data[start : start + 1024] for start in range(0, len(data), 1024)), b""])

    assert len(lines.encode()) > 300_000
    assert len(codec.calls()) == 2399


def test_a_list_without_end_is_an_error_and_fills_no_memory():
    with pytest.raises(UnexpectedReply):
        a_codec({"status call active": "x\r\n" * 20_000 + OK}).calls()


def test_a_flood_of_events_is_bounded_counted_and_hides_no_answer():
    codec = a_codec({"get audio mute": f"MS,true\r\n{OK}" * (EVENTS_KEPT + 7) + f"off\r\n{OK}"})

    assert codec.mute(False) is Tri.NO
    assert (len(codec.events), codec.events_dropped) == (EVENTS_KEPT, 7)


# Case 17: idle and in call are said, never guessed


@pytest.mark.parametrize("said", [OK, f"Local Time is: x\r\n{OK}", f"flux capacitor\r\n{OK}", f"usage: status call active\r\n{OK}",
                                  "\r\nerror,0d\r\n",
                                  "\r\nerror,0c\r\n", f"MS,true\r\n{OK}", "", f"off\r\n{OK}", f"{IN_CALL[:20]}\r\n{OK}", "ok\r\n"])
def test_codec_case_17_an_answer_nobody_knows_is_neither_idle_nor_in_call(said):
    codec = a_codec({"status call active": said})

    with pytest.raises(DeviceError):
        codec.calls()
    with pytest.raises(DeviceError):
        codec.read_encryption("1")


def test_codec_case_17_a_device_that_speaks_nonsense_gives_no_status(connected):
    _, codec = connected(says_nonsense=True)

    with pytest.raises(UnexpectedReply, match="flux capacitor"):
        codec.status()


def test_only_the_codecs_own_word_means_that_no_call_is_up():
    assert a_codec({"status call active": NOT_IN_CALL}).calls() == ()


def test_an_events_own_ok_does_not_make_a_codec_idle():
    codec = a_codec({"status call active": in_turn(f"MS,true\r\n{OK}{IN_CALL}", IN_CALL)})

    assert [call.id for call in codec.calls()] == ["1"]


def test_an_event_that_breaks_into_a_list_does_not_shorten_it(connected, eventually):
    simulator, codec = connected()
    for name in ("b", "c"):
        connected(name)
        simulator.dial_from_remote_control(f"{name}@vc.example")
    eventually(lambda: len(simulator.calls_up()) == 2)
    simulator.bad.event_in_list = "MS,true"

    with pytest.raises(UnexpectedReply, match="broke in"):
        codec.calls()

    simulator.bad.event_in_list = ""
    assert len(codec.calls()) == 2


# Order without request ids


def test_an_answer_left_behind_is_read_away():
    codec = a_codec({"get audio mute": f"on\r\n{OK}"})

    heard(codec, f"off\r\n{OK}")

    assert codec.mute(True) is Tri.YES


def test_what_stands_before_the_echo_is_no_answer():
    def answer(sent: bytes) -> bytes:
        before = f"off\r\n{OK}" if b"get audio" in sent else ""
        return (before + sent.decode().strip() + "\r\n" + {b"get audio mute\n": f"on\r\n{OK}", b"\n": ""}.get(sent, OK) + "$ ").encode()

    assert Lifesize220(TranscriptShell(b"$ ", answer)).mute(True) is Tri.YES


def test_a_late_answer_is_not_taken_for_the_next_ones():
    codec = a_codec({"get system serial-number": in_turn("", f"0123\r\n{OK}"), "get audio mute": f"late\r\n{OK}off\r\n{OK}"})
    with pytest.raises(Silent):
        codec.identify()

    assert codec.identify().serial == "0123"


def test_a_late_mute_is_not_taken_for_the_next_mute():
    codec = a_codec({"get audio mute": in_turn("", f"off\r\n{OK}"), "get system uptime": f"on\r\n{OK}0,1,10,5\r\n{OK}"})
    with pytest.raises(Silent):
        codec.mute(False)

    assert codec.mute(False) is Tri.NO


def test_a_device_that_lost_its_order_is_given_up_and_never_misread():
    codec = a_codec({"get system serial-number": "", "get audio mute": f"flux\r\n{OK}"})
    with pytest.raises(Silent):
        codec.identify()

    with pytest.raises(UnexpectedReply):
        codec.identify()

    assert not codec.is_open


def test_an_acknowledgement_is_not_a_read_back(connected):
    _, codec = connected(setting_does_nothing=True)

    assert codec.mute(True) is Tri.NO


def test_a_mute_that_is_not_answered_at_all_is_silent():
    with pytest.raises(Silent):
        a_codec({"set audio mute on": ""}).mute(True)


# Calls


def test_a_dialled_room_is_connected_after_a_while(connected, eventually):
    room, _ = connected("room")
    _, hall = connected()

    call_id = hall.dial("room@vc.example")

    (call,) = eventually(lambda: [call for call in hall.calls() if call.state is CallState.CONNECTED])
    assert (call.id, call.remote, call.protocol) == (call_id, "room@vc.example", "SIP")
    assert [link.address for link in room.calls_up().values()] == ["room@vc.example"]


def test_a_dial_that_does_nothing_leaves_no_call(connected):
    _, hall = connected(dial_does_nothing=True)

    hall.dial("room@vc.example")

    assert hall.calls() == ()


@pytest.mark.parametrize("said", [OK, f"dialing\r\n{OK}", f"1,1\r\n{OK}", f"1\r\n2\r\n{OK}"])
def test_a_dial_without_an_id_is_unreadable(said):
    with pytest.raises(DeviceError):
        a_codec({"control call dial -p sip room@vc.example": said}).dial("room@vc.example")


def test_a_refused_dial_says_why():
    with pytest.raises(CommandRefused, match="error 0b: conflicting"):
        a_codec({"control call dial -p sip room@vc.example": "\r\nerror,0b\r\n"}).dial("room@vc.example")


@pytest.mark.parametrize("address", ["-a", "a b", "a\rcontrol reboot 1", "a\ncontrol reboot 1", 'a"', "", "Phòng"])
def test_an_unsafe_address_is_never_sent(address):
    shell = a_shell()
    codec = Lifesize220(shell)

    with pytest.raises(UnsafeValue):
        codec.dial(address)

    assert shell.sent == [b"\n", b"set help-mode off\n"]


def test_a_call_that_is_hung_up_is_gone_at_both_ends(connected, eventually):
    _, room = connected("room")
    _, hall = connected()
    call_id = hall.dial("room@vc.example")
    eventually(lambda: room.calls())

    hall.hang_up(call_id)

    assert hall.calls() == room.calls() == ()


def test_an_event_that_swallows_the_answer_to_a_hang_up_leaves_the_list_to_decide():
    swallowed = f"CS,1,1,Terminated,Video\r\n{OK}"
    gone = a_codec({"control call hangup 1": swallowed, "status call active": NOT_IN_CALL})
    stays = a_codec({"control call hangup 1": swallowed, "status call active": IN_CALL})

    gone.hang_up("1")

    with pytest.raises(Silent):
        stays.hang_up("1")


def test_a_call_that_stays_although_hung_up_is_still_reported(connected):
    connected("room")
    _, hall = connected(hang_up_does_nothing=True)
    call_id = hall.dial("room@vc.example")

    hall.hang_up(call_id)

    assert [call.id for call in hall.calls()] == [call_id]


# Status


def test_a_status_does_not_claim_to_know_what_it_cannot():
    status = a_codec().status()

    assert (status.registered, status.registration, status.can_encrypt, status.calls) == (Tri.UNKNOWN, "Ready", Tri.UNKNOWN, ())


def test_a_model_that_does_not_tell_its_line_has_an_unknown_registration():
    refused = a_codec({"get system phone-status": "\r\nerror,12\r\n"}).status()
    strange = a_codec({"get system phone-status": f"one\r\ntwo\r\n{OK}"}).status()

    assert [(status.registered, status.registration) for status in (refused, strange)] == [
        (Tri.UNKNOWN, "error 12: not supported"), (Tri.UNKNOWN, "")]


@pytest.mark.parametrize("said", ["\r\nerror,12\r\n", f"an hour\r\n{OK}"])
def test_an_uptime_that_is_not_told_is_unknown(said):
    assert a_codec({"get system uptime": said}).identify().uptime_s is None


# Encryption: only what this connection was told


def test_a_call_that_was_told_to_be_encrypted_is_proven_of_grade_b(connected, eventually):
    connected("room")
    _, hall = connected()
    call_id = hall.dial("room@vc.example")

    found = eventually(lambda: (read := hall.read_encryption(call_id)).grade is Grade.B and read)

    assert (found.encrypted, found.suite, found.streams) == (Tri.YES, None, ())
    assert json.loads(found.raw)["last event on encryption"] == f"CS,{call_id},1,Call Encrypted,Video"


def test_a_clear_call_is_known_to_be_clear(connected, eventually):
    connected("room", facts={"encryption": "Off"})
    _, hall = connected()
    call_id = hall.dial("room@vc.example")

    assert eventually(lambda: (read := hall.read_encryption(call_id)).grade is Grade.B and read).encrypted is Tri.NO


def test_a_call_that_loses_its_encryption_is_no_longer_proven(connected, eventually):
    connected("room")
    simulator, hall = connected()
    call_id = hall.dial("room@vc.example")
    eventually(lambda: hall.read_encryption(call_id).encrypted is Tri.YES)

    simulator.bad.drifts_after_s = 0.0

    eventually(lambda: hall.read_encryption(call_id).encrypted is Tri.NO)


def test_a_fresh_connection_proves_nothing(connected, office, eventually):
    connected("room")
    simulator, hall = connected()
    call_id = hall.dial("room@vc.example")
    eventually(lambda: hall.read_encryption(call_id).encrypted is Tri.YES)

    fresh = office.connect(simulator)

    found = fresh.read_encryption(call_id)
    assert [call.id for call in fresh.calls()] == [call_id]
    assert (found.grade, found.encrypted) == (Grade.NONE, Tri.UNKNOWN)


def test_a_codec_that_tells_nothing_proves_nothing(connected, eventually):
    connected("room")
    _, hall = connected(tells_nothing=True)
    call_id = hall.dial("room@vc.example")
    eventually(lambda: [call for call in hall.calls() if call.state is CallState.CONNECTED])

    found = hall.read_encryption(call_id)

    assert (found.grade, found.encrypted) == (Grade.NONE, Tri.UNKNOWN)


@pytest.mark.parametrize(("events", "encrypted"), [((ENCRYPTED,), Tri.YES), ((CLEAR,), Tri.NO), ((ENCRYPTED, CLEAR), Tri.NO)])
def test_events_heard_while_nothing_was_asked_count(events, encrypted):
    codec = heard(a_codec({"status call active": IN_CALL}), *events)

    assert codec.read_encryption("1").encrypted is encrypted


@pytest.mark.parametrize("later", ["CS,1,1,Terminated,Video", "CS,1,1,Dialing,Video", "CS,1,1,Bewitched", "CS,?", "x" * 30_000])
def test_what_was_told_is_forgotten_when_it_may_be_about_another_call(later):
    codec = heard(a_codec({"status call active": IN_CALL}), ENCRYPTED, f"{later}\r\n{OK}")

    assert (codec.read_encryption("1").grade, codec.read_encryption("1").encrypted) == (Grade.NONE, Tri.UNKNOWN)


def test_a_call_that_is_dialled_does_not_inherit_what_was_told_of_its_id():
    codec = heard(a_codec({"status call active": IN_CALL}), ENCRYPTED)

    assert codec.dial("room@vc.example") == "1"

    assert codec.read_encryption("1").encrypted is Tri.UNKNOWN


def test_what_is_told_while_a_call_is_dialled_is_about_that_call():
    codec = heard(a_codec({"status call active": IN_CALL, "control call dial -p sip room@vc.example": f"{CLEAR}1\r\n{OK}"}), ENCRYPTED)

    codec.dial("room@vc.example")

    assert codec.read_encryption("1").encrypted is Tri.NO


def test_a_call_that_left_the_list_is_not_proven_when_its_id_comes_back():
    codec = heard(a_codec({"status call active": in_turn(NOT_IN_CALL, IN_CALL)}), ENCRYPTED)

    assert [codec.read_encryption("1").encrypted for _ in range(2)] == [Tri.UNKNOWN, Tri.UNKNOWN]


@pytest.mark.parametrize("listed", [IN_CALL.replace("1,1,", "2,1,"), IN_CALL.replace("Connected", "Ringing"),
                                    IN_CALL.replace("Connected", "Far End Mute"),
                                    IN_CALL.replace("Connected", "Call Not Encrypted")])
def test_a_call_that_is_not_listed_as_connected_proves_nothing(listed):
    found = heard(a_codec({"status call active": listed}), ENCRYPTED).read_encryption("1")

    assert (found.grade, found.encrypted) == (Grade.NONE, Tri.UNKNOWN)


def test_the_raw_reading_holds_what_was_said():
    raw = json.loads(heard(a_codec({"status call active": IN_CALL}), ENCRYPTED).read_encryption("1").raw)

    assert raw == {"status call active": ["1,1,Connected,No,Video,10.0.0.31,Hội trường B,,H323,,0:03:12"],
                   "last event on encryption": "CS,1,1,Call Encrypted,Video"}


def test_a_setting_that_no_command_reads_is_refused_and_nothing_is_sent():
    shell = a_shell()
    codec = Lifesize220(shell)
    sent = list(shell.sent)

    for ask in (codec.encryption_setting, lambda: codec.set_encryption(EncryptionSetting.ON)):
        with pytest.raises(CommandRefused, match="knows no command"):
            ask()

    assert shell.sent == sent


@pytest.mark.parametrize("call_id", ["", "45 46", "45\n", "-1", "²"])
def test_a_call_id_that_is_no_number_is_never_sent(call_id):
    shell = a_shell()
    codec = Lifesize220(shell)

    for ask in (codec.hang_up, codec.read_encryption):
        with pytest.raises(UnsafeValue):
            ask(call_id)

    assert shell.sent == [b"\n", b"set help-mode off\n"]


# Restarting


def test_a_codec_that_restarts_is_back_with_a_small_uptime(connected, office, eventually):
    simulator, codec = connected(facts={"away_s": 0.05})
    simulator.booted -= 3600
    assert codec.identify().uptime_s >= 3600

    codec.restart()

    def back():
        with contextlib.suppress(DeviceError):
            return office.connect(simulator)
        return None

    eventually(lambda: not codec.is_open)
    assert eventually(back).identify().uptime_s < 60


def test_a_codec_that_answers_nothing_to_a_restart_has_not_failed():
    shell = a_shell({"control reboot 1": ""})

    Lifesize220(shell).restart()

    assert shell.sent[-1] == b"control reboot 1\n"


def test_a_restart_that_is_refused_says_why():
    with pytest.raises(CommandRefused, match="error 0b: conflicting"):
        a_codec({"control reboot 1": "\r\nerror,0b\r\n"}).restart()


def test_a_closed_connection_is_a_lost_one(connected):
    _, codec = connected()
    codec.close()

    for ask in (codec.identify, codec.calls, codec.status, lambda: codec.mute(True), lambda: codec.read_encryption("1")):
        with pytest.raises(ConnectionLost):
            ask()


# What it promises


def test_the_family_promises_grade_b_and_says_what_it_cannot():
    assert CODECS["lifesize_220"] is Lifesize220
    assert Lifesize220.best_proof is Grade.B
    assert "require_encryption" not in Lifesize220.supports and "cannot require encryption" in Lifesize220.cannot


def test_a_lifesize_has_all_the_bad_days_of_any_device():
    assert set(vars(BadDay())) < set(vars(LifesizeBadDay()))
