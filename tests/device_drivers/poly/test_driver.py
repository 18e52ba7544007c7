"""The driver of Poly codecs, on transcripts and on the simulator.

Transcripts: lines of a recorded conversation with a RealPresence Group 700 on 6.2.1, values changed.
"""

import contextlib
import json
import time
from collections.abc import Callable, Iterable

import pytest

from device_drivers.__main__ import main
from device_drivers.errors import CommandRefused, ConnectionLost, DeviceError, Silent, UnexpectedReply, UnsafeValue
from device_drivers.poly import driver as module
from device_drivers.poly.driver import EVENTS_KEPT, Poly
from device_drivers.readings import CallState, EncryptionSetting, Grade, Tri
from device_drivers.simulators.poly import PolyBadDay
from device_drivers.simulators.server import BadDay
from device_drivers.transports.transcript import TranscriptShell

INTRODUCTION = (
    "Hi, my name is : Hội trường Ủy ban\r\r\nHere is what I know about myself:\r\r\nModel:               RealPresence Group 700\r\r\n"
    "Serial Number:       82XXXXXXXXXX\r\r\nSoftware Version:    6.2.1\r\r\nBuild Information:   540239\r\r\nContact Number:\r\r\n"
    "Time In Last Call:   0:00:00\r\r\nTotal Time In Calls: 21 Days, 04:43:14\r\r\nTotal Calls:         666\r\r\nSNTP Time Service:   Auto\r\r\n"
    "Local Time is:        Fri, 31 Jul 2026 19:05:33 +0900\r\r\nIP Video Number:     10.0.0.21\r\r\nMP Enabled:          KEY\r\r\n"
    "H323 Enabled:        True\r\r\nHTTP Enabled:        True\r\r\nSNMP Enabled:        True\r\r\n")
IDLE = "system is not in a call\r\r\n"
IN_CALL = "callinfo begin\r\r\ncallinfo:45:Hoi truong B:10.0.0.22:384:connected:notmuted:outgoing:videocall\r\r\ncallinfo end\r\r\n"
EVERYDAY = {"whoami": INTRODUCTION, "uptime get": "1 Hour, 10 Minutes\r\r\n", "volume get": "volume 25\r\r\n",
            "notify callstatus": "notify callstatus success\r\r\n", "callinfo all": IDLE}

Said = str | Callable[[], str]


def a_shell(answers: dict[str, Said] | None = None, *, greeting: str = INTRODUCTION, cut: Callable[[bytes], Iterable[bytes]] | None = None,
            echo: bool = True) -> TranscriptShell:
    """Return a shell that introduces itself, repeats each command behind a prompt, and answers it as told or as on any day."""

    def answer(sent: bytes) -> bytes:
        command = sent.decode().strip()
        said = {**EVERYDAY, **(answers or {})}[command]
        return ((f"-> {command}\r\r\n" if echo else "") + (said() if callable(said) else said)).encode()

    return TranscriptShell(greeting.encode(), answer, cut)


def a_codec(answers: dict[str, Said] | None = None, **facts) -> Poly:
    return Poly(a_shell(answers, **facts))


def in_turn(*said: str) -> Callable[[], str]:
    left = list(said)
    return lambda: left.pop(0)


# The greeting


def test_a_greeting_is_understood_wherever_it_is_cut():
    size = len(INTRODUCTION.encode())

    for place in range(size + 1):
        codec = a_codec(cut=lambda data, place=place: [data[:place], data[place:]])
        assert codec.identify().model == "RealPresence Group 700"


def test_codec_case_11_a_conversation_is_understood_byte_by_byte():
    codec = a_codec({"callinfo all": IN_CALL}, cut=lambda data: [data[place : place + 1] for place in range(len(data))])

    assert codec.identify().uptime_s == 4200
    assert [call.remote for call in codec.calls()] == ["10.0.0.22"]


@pytest.mark.parametrize("greeting", ["", "Welcome\r\n", INTRODUCTION[:200], "-> "])
def test_a_device_that_introduces_itself_not_or_half_is_asked_all_the_same(greeting):
    assert a_codec(greeting=greeting).identify().model == "RealPresence Group 700"


@pytest.mark.parametrize("name", ["mute near on", "-> status", "error: x", "callinfo end", "SNMP Enabled: no", "system is not in a call"])
def test_a_device_of_any_name_is_understood_in_packets_of_one_byte(connected, name):
    _, codec = connected(chunk=1, facts={"display_name": name})

    assert codec.calls() == ()
    assert codec.mute(False) is Tri.NO


@pytest.mark.parametrize("bad", [
    {}, {"echoes": False}, {"prompts": False}, {"echo_comes_late": True}, {"line_end": "\r\n"}, {"line_end": "\r"}, {"line_end": "\r\n\r\n"},
    {"greets": False}, {"short_form": False}, {"introduces_itself_before": ""}, {"chunk": 1}])
def test_a_device_of_any_habits_is_read_right(connected, bad):
    simulator, codec = connected(**bad)

    assert codec.status().registered is Tri.YES
    assert [codec.mute(True), codec.mute(False)] == [Tri.YES, Tri.NO]
    assert codec.set_encryption(EncryptionSetting.ON) is EncryptionSetting.ON
    assert (simulator.setting, simulator.microphones_muted) == ("requiredallcalls", False)


def test_answers_behind_a_prompt_are_read_where_there_is_no_echo():
    codec = a_codec({"mute near on": "-> mute near on\r\n", "mute near get": "-> mute near on\r\n", "volume get": "-> volume 25\r\n"}, echo=False)

    assert codec.mute(True) is Tri.YES


def test_a_device_that_refuses_to_tell_about_calls_is_used_all_the_same():
    assert a_codec({"notify callstatus": "error: command not found\r\n"}).calls() == ()


# Order without request ids


def test_codec_case_17_an_unrelated_line_makes_the_calls_unknown():
    codec = a_codec({"callinfo all": "Local Time is: Fri, 31 Jul 2026 19:05:33 +0900\r\r\n"})

    with pytest.raises(Silent):
        codec.calls()
    with pytest.raises(DeviceError):
        codec.read_encryption("45")


def test_codec_case_17_a_device_that_speaks_nonsense_is_never_idle(connected):
    _, codec = connected(says_nonsense=True)

    with pytest.raises(UnexpectedReply, match="flux capacitor"):
        codec.calls()
    with pytest.raises(DeviceError):
        codec.status()


def test_codec_case_19_an_introduction_in_mid_session_does_not_shift_the_answers():
    codec = a_codec({"mute near off": "mute near off\r\r\n", "callinfo all": IN_CALL,
                     "mute near get": INTRODUCTION + "-> mute near get\r\r\nmute near off\r\r\n"})

    assert codec.mute(False) is Tri.NO
    assert [call.id for call in codec.calls()] == ["45"]


def test_an_acknowledgement_is_not_a_read_back(connected):
    _, codec = connected(setting_does_nothing=True)

    assert codec.mute(True) is Tri.NO
    assert codec.set_encryption(EncryptionSetting.ON) is EncryptionSetting.BEST_EFFORT


def test_an_echo_that_comes_after_the_fence_is_not_a_read_back():
    codec = a_codec({"encryption requiredallcalls": "", "encryption get": "-> encryption requiredallcalls\r\nencryption yes\r\n"})

    assert codec.set_encryption(EncryptionSetting.ON) is EncryptionSetting.BEST_EFFORT


def test_a_setting_that_is_refused_is_refused_although_it_was_echoed(connected):
    simulator, codec = connected(is_provisioned=True)

    with pytest.raises(CommandRefused, match=r"encryption requiredallcalls.*provisioning service"):
        codec.set_encryption(EncryptionSetting.ON)

    assert codec.encryption_setting() is EncryptionSetting.BEST_EFFORT
    assert simulator.setting == "yes"


def test_a_late_answer_is_not_taken_for_the_next_ones():
    late = "encryption requiredallcalls\r\n"
    codec = a_codec({"encryption get": in_turn("", "encryption yes\r\n"), "volume get": late + "volume 25\r\n"})
    with pytest.raises(Silent):
        codec.encryption_setting()

    assert codec.encryption_setting() is EncryptionSetting.BEST_EFFORT


def test_a_device_that_answers_one_exchange_late_is_given_up_and_never_misread(connected):
    simulator, codec = connected()
    simulator.bad.lags = True

    for _ in range(4):
        with pytest.raises(DeviceError):
            codec.calls()

    assert not codec.is_open


def test_commands_keep_the_pause_the_device_asks_for(connected, monkeypatch):
    _, codec = connected()
    codec.calls()
    monkeypatch.setattr(module, "PAUSE_S", 0.1)
    started = time.monotonic()

    for _ in range(3):
        codec.calls()

    assert time.monotonic() - started >= 0.2


def test_a_device_that_rings_may_be_silent_for_more_than_one_silence(connected):
    simulator, codec = connected()
    simulator.bad.delay_s = 0.25

    assert codec.calls() == ()


def test_codec_case_9_a_pause_in_a_long_list_is_not_its_end():
    lines = "".join(f"callinfo:{number}:{'Hội trường ' * 20}:10.0.0.22:384:connected:notmuted:outgoing:videocall\r\n" for number in range(1, 301))
    sent = f"callinfo begin\r\n{lines}callinfo end\r\n"
    codec = a_codec({"callinfo all": sent}, cut=lambda data: [*(data[start : start + 1024] for start in range(0, len(data), 1024)), b""])

    assert len(codec.calls()) == 300


def test_events_are_kept_and_the_oldest_is_dropped_and_counted():
    flood = "notification:mutestatus:near:0:near:near:near:muted\r\n" * (EVENTS_KEPT + 7)
    codec = a_codec({"callinfo all": flood + IDLE})

    assert codec.calls() == ()
    assert (len(codec.events), codec.events_dropped) == (EVENTS_KEPT, 7)


# Calls


def test_an_empty_list_of_calls_is_not_an_idle_codec(connected):
    _, codec = connected(empty_call_list=True)

    with pytest.raises(UnexpectedReply):
        codec.calls()


def test_a_dialled_room_is_connected_after_a_while(connected, eventually):
    room, _ = connected("room")
    _, hall = connected()

    call_id = hall.dial("room@vc.example")

    (call,) = eventually(lambda: [call for call in hall.calls() if call.state is CallState.CONNECTED])
    assert (call.id, call.remote) == (call_id, "room@vc.example")
    assert [link.address for link in room.calls_up().values()] == ["room@vc.example"]


@pytest.mark.parametrize("bad", [{"tells_nothing": True}, {"echoes": False}, {"chunk": 1}])
def test_a_dialled_calls_id_is_found_without_a_notification_too(connected, bad):
    connected("room")
    simulator, hall = connected(**bad)

    call_id = hall.dial("room@vc.example")

    assert list(simulator.calls_up()) == [call_id]


def test_a_device_that_says_dialing_and_does_nothing_has_no_call(connected):
    _, hall = connected(dial_does_nothing=True)

    with pytest.raises(UnexpectedReply, match="0 new calls"):
        hall.dial("room@vc.example")


def test_codec_case_21_a_call_somebody_else_dialled_is_not_taken_for_ours(office, connected):
    connected("room")
    connected("other")
    simulator, hall = connected()
    theirs = simulator.dial_from_remote_control("other@vc.example")

    ours = hall.dial("room@vc.example")

    assert ours != theirs
    assert {call.id: call.remote for call in hall.calls()} == {ours: "room@vc.example", theirs: "other@vc.example"}


def test_codec_case_21_a_call_dialled_while_only_ours_was_asked_for_is_not_ours():
    said = "dialing manual\r\nnotification:callstatus:outgoing:46::other@vc.example:ringing:384:0:videocall\r\n"
    codec = a_codec({'dial manual auto "room@vc.example" sip': said, "callinfo all": in_turn(IDLE, IN_CALL)})

    with pytest.raises(UnexpectedReply):
        codec.dial("room@vc.example")


def test_nothing_is_dialled_when_it_is_unknown_whether_a_call_is_up(connected):
    simulator, hall = connected(empty_call_list=True)

    with pytest.raises(UnexpectedReply):
        hall.dial("room@vc.example")

    assert simulator.dialled == []


def test_a_refused_dial_says_why():
    with pytest.raises(CommandRefused, match=r"IP line \(SIP\) not enabled"):
        a_codec({'dial manual auto "room@vc.example" sip': "info: IP line (SIP) not enabled.\r\n"}).dial("room@vc.example")


@pytest.mark.parametrize("address", ['a" h323', "a\rreboot now", "a\nreboot now", "a\\", "x" * 256, ""])
def test_an_unsafe_address_is_never_sent(address):
    shell = a_shell()
    codec = Poly(shell)

    with pytest.raises(UnsafeValue):
        codec.dial(address)

    assert shell.sent == [b"notify callstatus\r\n"]


@pytest.mark.parametrize("call_id", ["", "45 46", "45\n", "-1", "²"])
def test_a_call_id_that_is_no_number_is_never_sent(call_id):
    shell = a_shell()
    codec = Poly(shell)

    for ask in (codec.hang_up, codec.read_encryption):
        with pytest.raises(UnsafeValue):
            ask(call_id)

    assert shell.sent == [b"notify callstatus\r\n"]


def test_a_call_that_is_hung_up_is_gone_at_both_ends(connected, eventually):
    _, room = connected("room")
    _, hall = connected()
    call_id = hall.dial("room@vc.example")
    eventually(lambda: room.calls())

    hall.hang_up(call_id)

    assert hall.calls() == room.calls() == ()


def test_hanging_up_a_call_that_is_not_there_is_refused(connected):
    _, codec = connected()

    with pytest.raises(CommandRefused, match="connection 77 is not active"):
        codec.hang_up("77")


def test_a_call_that_stays_although_hung_up_is_still_reported(connected, eventually):
    connected("room")
    _, hall = connected(hang_up_does_nothing=True)
    call_id = hall.dial("room@vc.example")

    hall.hang_up(call_id)

    assert [call.id for call in hall.calls()] == [call_id]


# Status


def test_a_status_is_a_fresh_look_and_does_not_claim_to_know_what_it_cannot(connected):
    simulator, codec = connected(not_registered=True)

    status = codec.status()

    assert (status.registered, status.registration, status.can_encrypt, status.calls) == (Tri.NO, "offline", Tri.UNKNOWN, ())
    simulator.bad.not_registered = False
    assert codec.status().registered is Tri.YES


def test_a_model_without_a_status_command_has_an_unknown_registration():
    status = a_codec({"status": "error: this command is not supported on this model\r\n"}).status()

    assert (status.registered, status.registration) == (Tri.UNKNOWN, "this command is not supported on this model")


def test_a_model_that_does_not_tell_its_uptime_has_none():
    assert a_codec({"uptime get": "error: command not found\r\n"}).identify().uptime_s is None


# Encryption: this API tells the wish and never the call


def test_the_family_does_not_claim_to_read_encryption():
    assert not any(word.startswith("read_encryption") for word in Poly.supports)


@pytest.mark.parametrize("setting", list(EncryptionSetting))
def test_a_setting_is_what_was_read_back(connected, setting):
    simulator, codec = connected()

    assert codec.set_encryption(setting) is setting
    assert simulator.setting == {"On": "requiredallcalls", "BestEffort": "yes", "Off": "no"}[setting.value]


def test_required_for_video_only_is_not_read_as_required(connected):
    _, codec = connected(facts={"encryption": "requiredvideocallsonly"})

    assert codec.encryption_setting() is EncryptionSetting.BEST_EFFORT


@pytest.mark.parametrize("wish", ["requiredallcalls", "requiredvideocallsonly", "yes", "no"])
@pytest.mark.parametrize("lies", [False, True])
def test_whatever_is_configured_the_call_is_never_known_to_be_encrypted(connected, eventually, wish, lies):
    connected("room")
    _, codec = connected(lies=lies, facts={"encryption": wish})
    call_id = codec.dial("room@vc.example")
    eventually(lambda: [call for call in codec.calls() if call.state is CallState.CONNECTED])

    found = codec.read_encryption(call_id)

    assert (found.grade, found.encrypted, found.streams, found.suite) == (Grade.C, Tri.UNKNOWN, (), None)
    assert not found.has_media_both_ways


def test_the_raw_reading_holds_what_was_said():
    raw = json.loads(a_codec({"callinfo all": IN_CALL, "encryption get": "encryption requiredallcalls\r\n"}).read_encryption("45").raw)

    assert raw == {"callinfo all": ["callinfo begin", "callinfo:45:Hoi truong B:10.0.0.22:384:connected:notmuted:outgoing:videocall", "callinfo end"],
                   "encryption get": ["encryption requiredallcalls"]}


@pytest.mark.parametrize("listed", [IDLE, IN_CALL.replace(":45:", ":46:"), IN_CALL.replace("connected", "ringing")])
def test_a_call_that_is_not_connected_proves_nothing(listed):
    found = a_codec({"callinfo all": listed, "encryption get": "encryption requiredallcalls\r\n"}).read_encryption("45")

    assert (found.grade, found.encrypted) == (Grade.NONE, Tri.UNKNOWN)


@pytest.mark.parametrize("said", ["encryption perhaps\r\n", "encryption get\r\n", "flux\r\n", "", "error: command not found\r\n", INTRODUCTION])
def test_a_setting_that_cannot_be_read_is_an_error(said):
    codec = a_codec({"callinfo all": IN_CALL, "encryption get": said})

    with pytest.raises(DeviceError):
        codec.encryption_setting()
    with pytest.raises(DeviceError):
        codec.read_encryption("45")


def test_a_silent_codec_gives_no_reading(connected):
    _, codec = connected(silent_to="encryption")

    with pytest.raises(Silent):
        codec.read_encryption("45")


def test_the_list_of_families_promises_no_proof_of_encryption(capsys):
    assert main([]) == 0

    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("poly ")]
    assert line.startswith("poly (codec): answer, dial, hang_up, mute, require_encryption, restart; proves no encryption;")


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

    assert eventually(back).identify().uptime_s < 60
    eventually(lambda: not codec.is_open)


def test_a_codec_that_answers_nothing_to_a_restart_has_not_failed():
    shell = a_shell({"reboot now": ""})

    Poly(shell).restart()

    assert shell.sent[-1] == b"reboot now\r\n"


def test_a_restart_that_is_refused_says_why():
    with pytest.raises(CommandRefused, match="not supported"):
        a_codec({"reboot now": "error: command not supported in current configuration\r\n"}).restart()


def test_a_restart_that_could_not_be_sent_is_a_lost_connection(connected):
    _, codec = connected()
    codec.close()

    with pytest.raises(ConnectionLost):
        codec.restart()


def test_a_poly_has_all_the_bad_days_of_any_device():
    assert set(vars(BadDay())) < set(vars(PolyBadDay()))
