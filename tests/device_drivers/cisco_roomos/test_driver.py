"""The driver of RoomOS codecs, on transcripts and on the simulator.

Transcripts: greeting of RoomOS 11.23.1.8 with a changed system name; replies of jsxapi's test data.
"""

import json
import re
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from device_drivers.cisco_roomos.driver import CiscoRoomos
from device_drivers.errors import CommandRefused, ConnectionLost, DeviceError, Silent, UnexpectedReply, UnsafeValue
from device_drivers.readings import CallState, EncryptionSetting, Grade, Health, Measured, Tri
from device_drivers.simulators.cisco_roomos import Firmware, SimulatedRoomOS
from device_drivers.simulators.server import BadDay
from device_drivers.simulators.xapi_configuration import SECRET
from device_drivers.transports.ssh import Deadlines
from device_drivers.transports.transcript import TranscriptShell
from device_drivers.xapi.conversation import EVENTS_KEPT

GREETING = ("\r\nWelcome to Hội trường OK {\r\nCisco Codec Release RoomOS 11.23.1.8 3963b07b5c5\r\nSW Release Date: 2024-12-12\r\n"
            "*r Login successful\r\n\r\nOK\r\n\r\nLast login from 10.0.0.9 at 2025-03-12 11:27:11\r\n").encode()
SYSTEM_UNIT = {"Status": {"SystemUnit": {"ProductPlatform": {"Value": "Room Kit"}, "Uptime": {"Value": "29038"}}}}
NO_CALL = {"Status": {}}
VOLUME = {"Status": {"Audio": {"id": "", "Volume": {"Value": "75"}}}}
NO_MATCH = {"Status": {"status": "Error", "Reason": {"Value": "No match on address expression."}, "XPath": {"Value": "Status/Wrong"}}}

Answer = Callable[[str], bytes]


def as_sent(reply: dict[str, Any], result_id: str | None = None) -> bytes:
    whole = reply if result_id is None else {**reply, "ResultId": result_id}
    return json.dumps(whole, indent=2, ensure_ascii=False).replace("\n", "\r\n").encode() + b"\r\n"


def a_shell(answers: dict[str, dict[str, Any] | Answer], *, greeting: bytes = GREETING, cut=None) -> TranscriptShell:
    """Return a shell that greets, obeys `echo off`, and answers each command with a reply, or with what a function makes of its id."""

    def answer(line: bytes) -> bytes:
        if line == b"echo off\n":
            return b"\r\nOK\r\n"
        if line.startswith(b"xPreferences"):
            return b""
        command, result_id = re.fullmatch(r'(.*) \| resultId="(\w+)"\n', line.decode()).groups()
        reply = answers[command]
        return reply(result_id) if callable(reply) else as_sent(reply, result_id)

    return TranscriptShell(greeting, answer, cut)


def a_codec(answers: dict[str, dict[str, Any] | Answer], **facts: Any) -> CiscoRoomos:
    return CiscoRoomos(a_shell(answers, **facts))


# The greeting


@pytest.mark.parametrize("place", range(len(GREETING) + 1))
def test_a_greeting_is_understood_wherever_it_is_cut(place):
    codec = a_codec({"xStatus SystemUnit": SYSTEM_UNIT}, cut=lambda data: [data[:place], data[place:]])

    assert codec.identify().model == "Room Kit"


def test_a_conversation_is_understood_byte_by_byte():
    codec = a_codec({"xStatus SystemUnit": SYSTEM_UNIT}, cut=lambda data: [data[place : place + 1] for place in range(len(data))])

    assert codec.identify().model == "Room Kit"


def test_an_ok_inside_the_system_name_is_not_the_greetings_end():
    unfinished = GREETING[: GREETING.index(b"\r\nOK\r\n")]

    with pytest.raises(Silent):
        a_codec({}, greeting=unfinished)


def test_the_echo_is_turned_off_before_json_is_asked_for():
    shell = a_shell({})

    CiscoRoomos(shell)

    assert shell.sent == [b"echo off\n", b"xPreferences outputmode json\n"]


@pytest.mark.parametrize("name", ["OK", "Hội trường Ủy ban", "{", '{"Status":{}}', "Phòng } OK"])
def test_a_simulated_codec_of_any_name_is_understood_in_packets_of_one_byte(office, name):
    codec = office.connect(office.codec(display_name=name, bad=BadDay(chunk=1)))

    assert codec.calls() == ()


# Replies and events


def test_a_late_reply_is_not_taken_for_the_next_ones():
    late: list[bytes] = []

    def too_late(result_id: str) -> bytes:
        late.append(as_sent(NO_CALL, result_id))
        return b""

    codec = a_codec({"xStatus Call": too_late, "xStatus SystemUnit": lambda result_id: late.pop() + as_sent(SYSTEM_UNIT, result_id)})
    with pytest.raises(Silent):
        codec.calls()

    assert codec.identify().model == "Room Kit"


def test_a_reply_that_comes_before_an_older_one_is_found_by_its_result_id():
    codec = a_codec({"xStatus SystemUnit": lambda result_id: as_sent(SYSTEM_UNIT, result_id) + as_sent(NO_MATCH, "r0"),
                     "xStatus Call": NO_CALL})

    assert codec.identify().model == "Room Kit"
    assert codec.calls() == ()


def test_a_reply_without_our_result_id_is_never_an_answer():
    codec = a_codec({"xStatus SystemUnit": lambda result_id: as_sent(SYSTEM_UNIT)})

    with pytest.raises(Silent):
        codec.identify()


def test_every_command_carries_a_result_id_of_its_own():
    shell = a_shell({"xStatus Call": NO_CALL})
    codec = CiscoRoomos(shell)

    for _ in range(3):
        codec.calls()

    ids = [re.search(rb'resultId="(\w+)"', line)[1] for line in shell.sent[2:]]
    assert len(set(ids)) == 3


def test_events_around_a_reply_are_kept_in_order():
    def answer(result_id: str) -> bytes:
        return as_sent({"Event": {"n": 1}}) + as_sent({"Event": {"n": 2}}) + as_sent(SYSTEM_UNIT, result_id) + as_sent({"Event": {"n": 3}})

    codec = a_codec({"xStatus SystemUnit": answer})

    assert codec.identify().model == "Room Kit"
    assert [event["Event"]["n"] for event in codec.events()] == [1, 2, 3]
    assert codec.events_dropped == 0


def test_events_of_terminal_mode_between_the_replies_do_no_harm():
    noise = (b"*s Audio Volume: 50\r\n]*s SystemUnit State System: InCall\r\n"
             b"*e PresentationPreviewStarted Cause: userRequested\r\n** end\r\n")
    codec = a_codec({"xStatus SystemUnit": lambda result_id: noise + as_sent(SYSTEM_UNIT, result_id) + noise, "xStatus Call": NO_CALL})

    assert codec.identify().model == "Room Kit"
    assert codec.calls() == ()


def test_case_27_a_flood_of_events_is_counted_and_its_newest_are_kept():
    flood = [as_sent({"Event": {"n": number}}) for number in range(5000)]
    codec = a_codec({"xStatus SystemUnit": lambda result_id: b"".join([*flood[:3000], as_sent(SYSTEM_UNIT, result_id), *flood[3000:]])})

    assert codec.identify().model == "Room Kit"
    kept = codec.events()
    assert (len(kept), codec.events_dropped) == (EVENTS_KEPT, 5000 - EVENTS_KEPT)
    assert kept[-1] == {"Event": {"n": 4999}}


def test_case_9_a_reply_of_300_kb_that_pauses_in_the_middle_is_read_whole():
    unit = {"Status": {"SystemUnit": {**SYSTEM_UNIT["Status"]["SystemUnit"], "Notes": {"Value": "Ủy ban " * 40_000}}}}

    def in_pieces(data: bytes) -> list[bytes]:
        pieces = [data[start : start + 1024] for start in range(0, len(data), 1024)]
        return [*pieces[: len(pieces) // 2], b"", *pieces[len(pieces) // 2 :]]

    codec = a_codec({"xStatus SystemUnit": unit}, cut=in_pieces)

    assert codec.identify().model == "Room Kit"


class PausingRoomOS(SimulatedRoomOS):
    """Sends 300 kB of unit status in 1 kB pieces, with pauses that are longer together than the silence one is allowed."""

    def converse(self, talk) -> None:
        say, pause = talk.say, threading.Event()

        def slowly(text: str) -> None:
            if "SystemUnit" not in text:
                say(text)
                return
            whole = text.replace('"Room Kit (simulated)"', '"Room Kit (simulated)", "Notes": "' + "x" * 300_000 + '"')
            pieces = [whole[start : start + 1024] for start in range(0, len(whole), 1024)]
            for number, piece in enumerate(pieces):
                if number % 100 == 50:
                    pause.wait(0.2)
                say(piece)

        talk.say = slowly
        super().converse(talk)


def test_a_pause_is_not_the_end_for_the_silence_is_counted_from_the_last_byte(office):
    codec = office.connect(office.codec(kind=PausingRoomOS), deadlines=Deadlines(silence_s=0.45, reply_s=10))

    assert codec.identify().serial.startswith("SIM")


class FloodingRoomOS(SimulatedRoomOS):
    """Answers a question about calls with events without end, and never with a reply."""

    def converse(self, talk) -> None:
        say, pause = talk.say, threading.Event()

        def flood(text: str) -> None:
            if '"Status": {}' not in text:
                say(text)
                return
            while not pause.wait(0.005):  # Ends when the controller is gone, for saying anything fails then.
                say(json.dumps(VOLUME) + "\n")

        talk.say = flood
        super().converse(talk)


def test_events_do_not_put_off_a_replys_deadline(office):
    codec = office.connect(office.codec(kind=FloodingRoomOS), deadlines=Deadlines(silence_s=5, reply_s=0.4))
    started = time.monotonic()

    with pytest.raises(Silent):
        codec.calls()

    assert time.monotonic() - started < 3
    assert codec.events()


# Calls


def test_firmware_that_says_no_match_instead_of_an_empty_status_has_no_call():
    assert a_codec({"xStatus Call": NO_MATCH}).calls() == ()


def test_any_other_refusal_is_not_an_idle_codec():
    refusal = {"Status": {"status": "Error", "Reason": {"Value": "Access denied"}}}

    with pytest.raises(CommandRefused, match="Access denied"):
        a_codec({"xStatus Call": refusal}).calls()


def test_a_codec_that_speaks_nonsense_is_never_idle(office):
    codec = office.connect(office.codec(bad=BadDay(says_nonsense=True)))

    with pytest.raises(UnexpectedReply):
        codec.calls()
    with pytest.raises(UnexpectedReply):
        codec.status()


def test_a_dialled_room_is_connected_after_a_while(office, eventually):
    hall, room = office.connect(office.codec("hall")), office.codec("room")

    call_id = hall.dial("room@vc.example")

    (call,) = eventually(lambda: [call for call in hall.calls() if call.state is CallState.CONNECTED])
    assert (call.id, call.remote, call.protocol) == (call_id, "room@vc.example", "sip")
    assert [link.address for link in room.calls_up().values()] == ["room@vc.example"]


def test_a_call_that_is_hung_up_is_gone_at_both_ends(office, eventually):
    hall, room = office.connect(office.codec("hall")), office.connect(office.codec("room"))
    call_id = hall.dial("room@vc.example")
    eventually(lambda: room.calls())

    hall.hang_up(call_id)

    assert hall.calls() == ()
    assert room.calls() == ()


def test_hanging_up_a_call_that_is_not_there_is_refused(office):
    with pytest.raises(CommandRefused, match="Call not found"):
        office.connect(office.codec()).hang_up("77")


def test_a_call_that_stays_although_hung_up_is_still_reported(office):
    office.codec("room")
    hall = office.connect(office.codec("hall", bad=BadDay(hang_up_does_nothing=True)))
    call_id = hall.dial("room@vc.example")

    hall.hang_up(call_id)

    assert [call.id for call in hall.calls()] == [call_id]


@pytest.mark.parametrize("address", ['a" Protocol: "H323', "a\nxCommand SystemUnit Boot", "a\\", "a|b", "x" * 256])
def test_an_unsafe_address_is_never_sent(address):
    shell = a_shell({})
    codec = CiscoRoomos(shell)

    with pytest.raises(UnsafeValue):
        codec.dial(address)

    assert len(shell.sent) == 2  # The handshake's two lines.


def test_a_refused_dial_says_why():
    refusal = {"CommandResponse": {"DialResult": {"status": "ParameterError"}}}

    with pytest.raises(CommandRefused, match="ParameterError"):
        a_codec({'xCommand Dial Number: "room@vc.example" Protocol: "Sip"': refusal}).dial("room@vc.example")


# Status and microphones


def test_a_status_is_a_fresh_look_at_everything(office):
    simulator = office.codec(bad=BadDay(not_registered=True))
    codec = office.connect(simulator)

    status = codec.status()

    assert (status.registered, status.registration, status.can_encrypt, status.calls) == (Tri.NO, "Failed", Tri.YES, ())
    simulator.bad.not_registered = False
    assert codec.status().registered is Tri.YES


def by_name(measured: tuple[Measured, ...]) -> dict[str, Measured]:
    return {one.name: one for one in measured}


def test_a_status_brings_what_else_the_codec_tells(office):
    simulator = office.codec(firmware=Firmware(volume="40", standby="Halfwake", messages=[("Error", "Registration", "Not registered")]))
    simulator.microphones_muted = True

    found = by_name(office.connect(simulator).status().measured)

    assert {name: one.value for name, one in found.items()} == {
        "system_state": "Initialized", "sip_secure": "True", "sip_verified": "True", "sip_proxy": "Active", "microphones_muted": "On",
        "volume": 40, "standby_state": "Halfwake", "diagnostics_count": 1, "diagnostics_message": "Not registered"}
    assert found["diagnostics_message"].health is found["diagnostics_count"].health is Health.CRITICAL


def test_a_codec_without_messages_says_that_there_are_none(office):
    codec = office.connect(office.codec())

    none = by_name(codec.status().measured)["diagnostics_count"]

    assert (none.value, none.health) == (0, Health.OK)


@pytest.mark.parametrize("answer", [NO_MATCH, {"Status": {"Flux": {"Value": "x"}}}, {"Status": "x"}, {"Status": {"Diagnostics": {"Mess": []}}}])
def test_a_status_beside_that_is_refused_or_unreadable_is_unknown_and_costs_nothing_else(answer):
    beside = ["xStatus Audio Microphones Mute", "xStatus Audio Volume", "xStatus Standby State", "xStatus Diagnostics",
              "xStatus Audio Input Connectors Microphone", "xStatus Cameras Camera", "xStatus Time SystemTime"]
    sip = {"Status": {"SIP": {"Registration": [{"id": "1", "Status": {"Value": "Registered"}}]}}}
    codec = a_codec({"xStatus SystemUnit": SYSTEM_UNIT, "xStatus SIP": sip, "xStatus Call": NO_CALL, **dict.fromkeys(beside, answer)})

    status = codec.status()

    assert (status.registered, status.microphone, status.camera, status.clock_at) == (Tri.YES, Tri.UNKNOWN, Tri.UNKNOWN, None)
    assert {one.name: (one.value, one.health) for one in status.measured} == dict.fromkeys(
        ("microphones_muted", "volume", "standby_state", "diagnostics_count"), (None, Health.UNKNOWN))


def test_muting_is_read_back(office):
    codec = office.connect(office.codec())

    assert codec.mute(True) is Tri.YES
    assert codec.mute(False) is Tri.NO


def test_a_mute_that_did_nothing_is_seen():
    said = {"CommandResponse": {"MicrophonesMuteResult": {"status": "OK"}}}
    off = {"Status": {"Audio": {"Microphones": {"Mute": {"Value": "Off"}}}}}

    codec = a_codec({"xCommand Audio Microphones Mute": said, "xStatus Audio Microphones Mute": off})

    assert codec.mute(True) is Tri.NO


# Refusals in both shapes


@pytest.mark.parametrize("wraps_errors", [True, False])
def test_case_3_both_shapes_of_a_refusal_are_the_same_error_and_never_a_value(office, wraps_errors):
    codec = office.connect(office.codec(firmware=Firmware(wraps_errors=wraps_errors)))

    with pytest.raises(CommandRefused) as refusal:
        codec._ask("xStatus", "Wrong")

    assert (refusal.value.asked, refusal.value.reason) == ("xStatus Wrong", "No match on address expression.")
    assert codec.read_encryption("77").encrypted is Tri.UNKNOWN  # The same refusal, where it has a meaning of its own.
    assert codec.identify().simulated  # Nothing waits for ever behind it.


# Two controllers


def test_case_21_a_call_from_the_remote_control_beside_ours_is_seen(office):
    simulator = office.codec("hall")
    office.codec("room")
    office.codec("other")
    codec = office.connect(simulator)
    simulator.dial_from_remote_control("other@vc.example")

    ours = codec.dial("room@vc.example")

    assert len(codec.calls()) == 2 and ours in {call.id for call in codec.calls()}


# Encryption


@pytest.mark.parametrize("setting", list(EncryptionSetting))
def test_a_setting_is_what_was_read_back(office, setting):
    simulator = office.codec()

    assert office.connect(simulator).set_encryption(setting) is setting
    assert simulator.setting == setting.value


def test_a_setting_that_did_nothing_is_seen(office):
    codec = office.connect(office.codec(encryption="BestEffort", bad=BadDay(setting_does_nothing=True)))

    assert codec.set_encryption(EncryptionSetting.ON) is EncryptionSetting.BEST_EFFORT


@pytest.fixture
def in_call(office, eventually):
    """Return a function that makes a call with media from a codec with a bad day, and returns simulator, driver and call id."""

    def make(**bad: Any) -> tuple[SimulatedRoomOS, CiscoRoomos, str]:
        office.codec("room")
        simulator = office.codec("hall", bad=BadDay(**bad))
        codec = office.connect(simulator)
        call_id = codec.dial("room@vc.example")
        eventually(lambda: codec.read_encryption(call_id).streams)
        return simulator, codec, call_id

    return make


def test_an_encrypted_call_is_proven_stream_by_stream(in_call):
    _, codec, call_id = in_call()

    found = codec.read_encryption(call_id)

    assert (found.grade, found.encrypted, found.suite) == (Grade.A, Tri.YES, "Aes-128")
    assert found.has_media_both_ways


def test_the_raw_reading_holds_what_was_read(in_call):
    _, codec, call_id = in_call()

    raw = json.loads(codec.read_encryption(call_id).raw)

    assert len(raw["MediaChannels"]["Status"]["MediaChannels"]["Call"][0]["Channel"]) == 4
    assert raw["Call"] == [{"id": call_id, "state": "connected", "remote": "room@vc.example", "protocol": "sip", "suite": "Aes-128"}]


def test_a_codec_that_lies_about_its_setting_is_read_as_clear(in_call):
    _, codec, call_id = in_call(lies=True)

    found = codec.read_encryption(call_id)

    assert codec.set_encryption(EncryptionSetting.ON) is EncryptionSetting.ON
    assert (found.grade, found.encrypted) == (Grade.A, Tri.NO)


def test_a_clear_content_channel_is_read_as_clear(in_call):
    _, codec, call_id = in_call(clear_content=True)

    found = codec.read_encryption(call_id)

    assert found.encrypted is Tri.NO
    assert [stream.id for stream in found.streams if stream.encrypted is Tri.NO] == ["9"]


def test_a_call_that_loses_its_encryption_is_read_as_clear(in_call):
    simulator, codec, call_id = in_call()
    assert codec.read_encryption(call_id).encrypted is Tri.YES

    simulator.bad.drifts_after_s = 0.0

    found = codec.read_encryption(call_id)
    assert (found.grade, found.encrypted, found.suite) == (Grade.A, Tri.NO, "None")


def test_before_there_is_media_nothing_is_known(office):
    office.codec("room")
    simulator = office.codec("hall")
    simulator.timing.media_s = 60
    codec = office.connect(simulator)

    found = codec.read_encryption(codec.dial("room@vc.example"))

    assert (found.grade, found.encrypted) == (Grade.NONE, Tri.UNKNOWN)


def test_a_call_that_is_not_there_proves_nothing(office):
    found = office.connect(office.codec()).read_encryption("77")

    assert (found.grade, found.encrypted) == (Grade.NONE, Tri.UNKNOWN)


@pytest.mark.parametrize("call_id", ["", "3 Channel", "3\n", "-1", "²"])
def test_a_call_id_that_is_no_number_is_never_asked_about(call_id):
    shell = a_shell({})
    codec = CiscoRoomos(shell)

    with pytest.raises(DeviceError):
        codec.read_encryption(call_id)

    assert len(shell.sent) == 2


CALL = {"Status": {"Call": [{"id": "3", "Status": {"Value": "Connected"}, "Encryption": {"Type": {"Value": "Aes-128"}}}]}}


def test_firmware_without_media_channels_is_graded_by_the_call():
    found = a_codec({"xStatus MediaChannels Call 3": NO_MATCH, "xStatus Call": CALL}).read_encryption("3")

    assert (found.grade, found.encrypted) == (Grade.B, Tri.YES)


def test_a_refusal_to_show_the_channels_is_not_old_firmware():
    refusal = {"Status": {"status": "Error", "Reason": {"Value": "Access denied"}}}

    with pytest.raises(CommandRefused):
        a_codec({"xStatus MediaChannels Call 3": refusal, "xStatus Call": CALL}).read_encryption("3")


def test_a_silent_codec_gives_no_reading():
    with pytest.raises(Silent):
        a_codec({"xStatus MediaChannels Call 3": lambda result_id: b"", "xStatus Call": CALL}).read_encryption("3")


# The quality of calls


def test_loss_and_jitter_are_read_for_every_channel_of_a_call(in_call):
    simulator, codec, call_id = in_call()
    simulator.firmware.lost, simulator.firmware.received, simulator.firmware.jitter = 5, 245, 55

    measured = codec.measure_calls()

    assert [(one.name, one.value, one.unit, one.health) for one in measured[:2]] == [
        ("packet_loss", 2.0, "%", Health.WARNING), ("jitter", 55, "ms", Health.CRITICAL)]
    assert [one.place for one in measured[::2]] == [
        f"{call_id}/2 audio incoming", f"{call_id}/3 audio outgoing", f"{call_id}/4 video incoming", f"{call_id}/5 video outgoing"]
    assert set(measured) <= set(codec.status().measured)


def test_channels_without_figures_are_unknown_and_never_0(in_call):
    simulator, codec, _ = in_call()
    simulator.firmware.has_netstat = False

    measured = codec.measure_calls()

    assert len(measured) == 8
    assert {(one.value, one.health) for one in measured} == {(None, Health.UNKNOWN)}


def test_a_codec_without_a_call_has_nothing_to_measure(office):
    assert office.connect(office.codec()).measure_calls() == ()


# The configuration


@pytest.mark.parametrize("has_json", [True, False])
def test_a_backup_is_the_sorted_configuration_without_a_secret(office, has_json):
    codec = office.connect(office.codec(firmware=Firmware(has_json=has_json), encryption="On"))

    lines = codec.backup().splitlines()

    assert {"Conference Encryption Mode: On", "SystemUnit Name: Hội trường Ủy ban", "H323 Encryption KeySize: Min1024bit"} <= set(lines)
    assert [line for line in lines if line.startswith("Network ")] == ["Network 2 IPv4 Address: 10.0.0.21", "Network 10 IPv4 Address: 10.0.0.22"]
    assert not any(SECRET in line or SECRET.replace(" ", "-") in line for line in lines)
    assert len(lines) == 11


def test_two_backups_of_the_same_codec_are_the_same(office):
    simulator = office.codec()

    assert office.connect(simulator).backup() == office.connect(simulator).backup()


@pytest.mark.parametrize("answer", [{}, {"Configuration": {}}, {"Configuration": "x"},
                                    {"Configuration": {"SIP": {"Authentication": {"Password": {"Value": "geheim"}}}}}])
def test_a_backup_with_nothing_in_it_is_no_backup(answer):
    with pytest.raises(UnexpectedReply):
        a_codec({"xConfiguration": answer}).backup()


def test_a_refused_backup_says_why():
    refusal = {"Configuration": {"status": "Error", "Reason": {"Value": "Access denied"}}}

    with pytest.raises(CommandRefused, match="Access denied"):
        a_codec({"xConfiguration": refusal}).backup()


# Restarting


def test_case_25_a_codec_that_says_ok_and_restarts_comes_back_with_a_small_uptime(office, eventually):
    simulator = office.codec(firmware=Firmware(away_s=0.2))
    simulator.booted -= 5000
    codec = office.connect(simulator)

    codec.restart()

    eventually(lambda: not codec.is_open)
    eventually(lambda: simulator._listener is not None and simulator.booted > time.monotonic() - 60)
    assert office.connect(simulator).identify().uptime_s < 60


def test_case_25_a_codec_that_hangs_up_to_restart_at_once_has_not_failed(office):
    office.connect(office.codec(firmware=Firmware(boot="close"))).restart()


def test_case_25_a_codec_that_answers_nothing_to_a_restart_is_silent(office):
    codec = office.connect(office.codec(firmware=Firmware(boot="nothing")), deadlines=Deadlines(silence_s=0.2, reply_s=0.5))

    with pytest.raises(Silent):
        codec.restart()


BOOT = 'xCommand SystemUnit Boot Action: "Restart"'


def test_a_restart_that_is_answered_is_a_restart():
    shell = a_shell({BOOT: {"CommandResponse": {"BootResult": {"status": "OK"}}}})

    CiscoRoomos(shell).restart()

    assert shell.sent[-1].startswith(BOOT.encode())


def test_a_codec_that_hangs_up_to_restart_has_not_failed():
    def hang_up(result_id: str) -> bytes:
        raise ConnectionLost("closed")

    codec = a_codec({BOOT: hang_up})

    codec.restart()


def test_a_restart_that_is_refused_says_why():
    refusal = {"CommandResponse": {"Result": {"status": "Error", "Reason": {"Value": "Unknown command"}}}}

    with pytest.raises(CommandRefused, match="Unknown command"):
        a_codec({BOOT: refusal}).restart()
