"""The driver of TC codecs, on transcripts laid out as in the C90, SX20 and C60 guides, and on the simulator."""

import json
import re
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from device_drivers.cisco_tc.driver import CiscoTc
from device_drivers.errors import CommandRefused, ConnectionLost, Silent, UnexpectedReply, UnsafeValue
from device_drivers.readings import CallState, EncryptionSetting, Grade, Health, Tri
from device_drivers.simulators.cisco_tc import Oddities, SimulatedTc
from device_drivers.simulators.server import BadDay
from device_drivers.simulators.xapi_configuration import SECRET
from device_drivers.transports.ssh import Deadlines
from device_drivers.transports.transcript import TranscriptShell
from device_drivers.xapi.conversation import EVENTS_KEPT

GREETING = ("\r\nWelcome to Hội trường OK *s\r\nTANDBERG Codec Release TC7.3.21\r\nSW Release Date: 2019-11-29\r\n"
            "*r Login successful\r\n\r\nOK\r\n\r\n").encode()
USAGE = "usage: xpreferences outputmode <terminal/xml>\n"
UNIT = '*s SystemUnit ProductId: "SX20"\n*s SystemUnit Uptime: 29038\n'
CALL = '*s Call 3 Status: Connected\n*s Call 3 RemoteNumber: "6001@vc.example"\n*s Call 3 Encryption Type: "Aes-128"\n'
NO_CALL = ""
NO_MATCH = '*s Status (status=Error):\n*s Status Reason: "No match on address expression."\n*s Status XPath: "Status/Wrong"\n'
DENIED = '*s Status (status=Error):\n*s Status Reason: "Access denied"\n'
EVENT = "*e PresentationPreviewStarted Cause: userRequested\r\n** end\r\n"
IMPATIENT = Deadlines(silence_s=0.2, reply_s=0.5)

Answer = Callable[[str], bytes]


def as_sent(body: str, result_id: str) -> bytes:
    """Return a status reply as TC sends it, with an OK after its end."""
    return f'{body}** resultId: "{result_id}"\n** end\n\nOK\n'.replace("\n", "\r\n").encode()


def a_shell(answers: dict[str, str | Answer], *, greeting: bytes = GREETING, mode: bytes = b"", cut=None) -> TranscriptShell:
    """Return a shell that greets, obeys `echo off`, and answers each command with a body, or with what a function makes of its id."""

    def answer(line: bytes) -> bytes:
        if line == b"echo off\n":
            return b"\r\nOK\r\n"
        if line.startswith(b"xPreferences"):
            return mode
        command, result_id = re.fullmatch(r'(.*) \| resultId="(\w+)"\n', line.decode()).groups()
        body = answers[command]
        return body(result_id) if callable(body) else as_sent(body, result_id)

    return TranscriptShell(greeting, answer, cut)


def a_codec(answers: dict[str, str | Answer], **facts: Any) -> CiscoTc:
    return CiscoTc(a_shell(answers, **facts))


@pytest.fixture
def tc(office):
    """Return a function that starts a simulated codec with its bad days and oddities, and returns it with its driver."""

    def make(name: str = "hall", *, deadlines: Deadlines | None = None, odd: dict[str, Any] | None = None,
             kind: type[SimulatedTc] = SimulatedTc, encryption: str = "BestEffort", **bad: Any) -> tuple[SimulatedTc, CiscoTc]:
        simulator = office.codec(name, kind=kind, bad=BadDay(**bad), oddities=Oddities(**odd or {}), encryption=encryption)
        return simulator, office.connect(simulator, deadlines=deadlines)

    return make


# The greeting


@pytest.mark.parametrize("place", range(len(GREETING) + 1))
def test_a_greeting_is_understood_wherever_it_is_cut(place):
    codec = a_codec({"xStatus SystemUnit": UNIT}, cut=lambda data: [data[:place], data[place:]])

    assert codec.identify().model == "SX20"


def test_an_ok_inside_the_system_name_is_not_the_greetings_end():
    with pytest.raises(Silent):
        a_codec({}, greeting=GREETING[: GREETING.index(b"\r\nOK\r\n")])


def test_codec_case_5_terminal_mode_is_asked_for_and_json_never_is():
    shell = a_shell({"xStatus SystemUnit": UNIT})

    CiscoTc(shell).identify()

    assert shell.sent[:2] == [b"echo off\n", b"xPreferences outputmode terminal\n"]
    assert not any(b"json" in line for line in shell.sent)


def test_codec_case_5_a_usage_text_instead_of_a_mode_does_no_harm():
    codec = a_codec({"xStatus SystemUnit": UNIT, "xStatus Call": CALL}, mode=USAGE.encode())

    assert codec.identify().model == "SX20"
    assert [call.id for call in codec.calls()] == ["3"]


# Replies and events


def test_a_late_reply_is_not_taken_for_the_next_ones():
    late: list[bytes] = []

    def too_late(result_id: str) -> bytes:
        late.append(as_sent(CALL, result_id))
        return b""

    codec = a_codec({"xStatus Call": too_late, "xStatus SystemUnit": lambda result_id: late.pop() + as_sent(UNIT, result_id)})
    with pytest.raises(Silent):
        codec.calls()

    assert codec.identify().model == "SX20"


def test_a_late_word_of_refusal_does_not_make_a_dial_look_refused():
    dialled = "*r DialResult (status=OK):\n   *r DialResult CallId: 3\n"
    codec = a_codec({"xStatus SystemUnit": lambda result_id: b"",
                     'xCommand Dial Number: "room@vc.example" Protocol: Sip':
                         lambda result_id: b"Command not recognized.\r\nOK\r\n" + as_sent(dialled, result_id)})
    with pytest.raises(Silent):
        codec.identify()

    assert codec.dial("room@vc.example") == "3"


def test_a_word_after_a_late_one_is_our_own_refusal():
    codec = a_codec({"xStatus SystemUnit": lambda result_id: b"", "xStatus Call": lambda result_id: b"ERROR\r\nCommand not recognized.\r\n"})
    with pytest.raises(Silent):
        codec.identify()

    with pytest.raises(CommandRefused, match="not recognized"):
        codec.calls()


@pytest.mark.parametrize("word", ["ERROR", "Command not recognized."])
def test_a_word_of_refusal_is_a_refusal_and_the_next_answer_is_read(word):
    codec = a_codec({"xStatus Call": lambda result_id: f"{word}\r\n".encode(), "xStatus SystemUnit": UNIT})

    with pytest.raises(CommandRefused, match=word):
        codec.calls()
    assert codec.identify().model == "SX20"


@pytest.mark.parametrize("body", [UNIT, NO_CALL])
def test_a_reply_without_our_result_id_is_never_an_answer(body):
    codec = a_codec({"xStatus Call": lambda result_id: f"{body}** end\n\nOK\n".encode()})

    with pytest.raises(Silent):
        codec.calls()


def test_codec_case_27_a_flood_of_events_is_counted_and_the_reply_is_found():
    codec = a_codec({"xStatus SystemUnit": lambda result_id: EVENT.encode() * 3000 + as_sent(UNIT, result_id) + EVENT.encode() * 2000})

    assert codec.identify().model == "SX20"
    assert len(codec.events()) == EVENTS_KEPT
    assert codec.events_dropped == 5000 - EVENTS_KEPT


def test_codec_case_9_a_reply_of_300_kb_that_pauses_in_the_middle_is_read_whole():
    notes = "".join(f'*s SystemUnit Notes {number}: "Ủy ban"\n' for number in range(10_000))

    def in_pieces(data: bytes) -> list[bytes]:
        pieces = [data[start : start + 1024] for start in range(0, len(data), 1024)]
        return [*pieces[: len(pieces) // 2], b"", *pieces[len(pieces) // 2 :]]

    codec = a_codec({"xStatus SystemUnit": notes + UNIT}, cut=in_pieces)

    assert codec.identify().model == "SX20"


class PausingTc(SimulatedTc):
    """Pauses three times within its unit status, which is longer together than the silence one is allowed."""

    def _say(self, talk, text: str) -> None:
        if "SystemUnit" not in text:
            super()._say(talk, text)
            return
        for number, piece in enumerate(re.findall(r"(?s).{1,100}", text)):
            if 0 < number < 4:
                threading.Event().wait(0.2)
            super()._say(talk, piece)


def test_codec_case_9_the_silence_is_counted_from_the_last_byte(tc):
    _, codec = tc(kind=PausingTc, deadlines=Deadlines(silence_s=0.45, reply_s=10))

    assert codec.identify().serial.startswith("SIM")


class FloodingTc(SimulatedTc):
    """Answers a question about calls with events without end, and never with a reply."""

    def _say(self, talk, text: str) -> None:
        if not text.startswith("** resultId"):
            super()._say(talk, text)
            return
        while not threading.Event().wait(0.005):  # Ends when the controller is gone, for saying anything fails then.
            super()._say(talk, EVENT.replace("\r\n", "\n"))


def test_codec_case_9_events_do_not_put_off_a_replys_deadline(tc):
    _, codec = tc(kind=FloodingTc, deadlines=Deadlines(silence_s=5, reply_s=0.4))
    started = time.monotonic()

    with pytest.raises(Silent):
        codec.calls()

    assert time.monotonic() - started < 3
    assert codec.events()


@pytest.mark.parametrize("odd", [{"echo_stays_on": True}, {"line_end": "\r\r\n"}, {"line_end": "\r"}, {"talks_between": EVENT},
                                 {"talks_between": "]*s Audio Volume: 50\n** end\n"}, {"talks_between": USAGE}])
def test_an_odd_codec_is_understood_in_packets_of_one_byte(tc, odd):
    simulator, codec = tc(odd=odd, chunk=1)

    assert (codec.identify().model, codec.calls()) == ("SX20 (simulated)", ())
    assert codec.set_encryption(EncryptionSetting.ON) is EncryptionSetting.ON
    assert simulator.setting == "On"


def test_a_block_that_is_cut_short_is_no_answer(tc):
    _, codec = tc(odd={"cuts_blocks_short": True}, deadlines=IMPATIENT)

    with pytest.raises(Silent):
        codec.identify()


# Calls


@pytest.mark.parametrize("body", [NO_CALL, NO_MATCH])
def test_a_codec_with_nothing_to_show_has_no_call(body):
    assert a_codec({"xStatus Call": body}).calls() == ()


def test_any_other_refusal_is_not_an_idle_codec():
    with pytest.raises(CommandRefused, match="Access denied"):
        a_codec({"xStatus Call": DENIED}).calls()


def test_codec_case_17_a_codec_that_speaks_nonsense_is_never_idle_nor_in_call(tc):
    _, codec = tc(says_nonsense=True)

    with pytest.raises(UnexpectedReply):
        codec.calls()
    with pytest.raises(UnexpectedReply):
        codec.status()
    with pytest.raises(UnexpectedReply):
        codec.read_encryption("1")


def test_a_dialled_room_is_connected_after_a_while(office, tc, eventually):
    _, hall = tc()
    office.codec("room")

    call_id = hall.dial("room@vc.example")

    (call,) = eventually(lambda: [call for call in hall.calls() if call.state is CallState.CONNECTED])
    assert (call.id, call.remote, call.protocol) == (call_id, "room@vc.example", "sip")


def test_codec_case_21_a_call_from_the_remote_control_beside_ours_is_seen(office, tc):
    simulator, codec = tc()
    office.codec("room")
    office.codec("other")
    simulator.dial_from_remote_control("other@vc.example")

    ours = codec.dial("room@vc.example")

    assert len(codec.calls()) == 2 and ours in {call.id for call in codec.calls()}


def test_a_call_that_is_hung_up_is_gone(office, tc):
    _, codec = tc()
    office.codec("room")
    call_id = codec.dial("room@vc.example")

    codec.hang_up(call_id)

    assert codec.calls() == ()


def test_hanging_up_a_call_that_is_not_there_is_refused(tc):
    with pytest.raises(CommandRefused, match="Call not found"):
        tc()[1].hang_up("77")


def test_a_call_that_stays_although_hung_up_is_still_reported(office, tc):
    _, codec = tc(hang_up_does_nothing=True)
    office.codec("room")
    call_id = codec.dial("room@vc.example")

    codec.hang_up(call_id)

    assert [call.id for call in codec.calls()] == [call_id]


def test_a_dial_that_did_nothing_shows_no_call(office, tc):
    _, codec = tc(dial_does_nothing=True)
    office.codec("room")

    codec.dial("room@vc.example")

    assert codec.calls() == ()


@pytest.mark.parametrize("address", ["", 'a" Protocol: "H323', "a\nxCommand Boot Action: Restart", "a\\", "a|b", "x" * 256])
def test_an_unsafe_address_is_never_sent(address):
    shell = a_shell({})
    codec = CiscoTc(shell)

    with pytest.raises(UnsafeValue):
        codec.dial(address)

    assert len(shell.sent) == 2  # The handshake's two lines.


@pytest.mark.parametrize("call_id", ["", "3 Channel", "3\n", "-1", "²"])
def test_a_call_id_that_is_no_number_is_never_sent(call_id):
    shell = a_shell({})
    codec = CiscoTc(shell)

    with pytest.raises(UnsafeValue):
        codec.read_encryption(call_id)
    with pytest.raises(UnsafeValue):
        codec.hang_up(call_id)

    assert len(shell.sent) == 2


def test_a_refused_dial_says_why():
    refusal = '*r DialResult (status=Error):\n   *r DialResult Cause: 17\n   *r DialResult Description: "Number busy"\n'

    with pytest.raises(CommandRefused, match="17: Number busy"):
        a_codec({'xCommand Dial Number: "room@vc.example" Protocol: Sip': refusal}).dial("room@vc.example")


# Status and microphones


def test_a_status_is_a_fresh_look_at_everything(tc):
    simulator, codec = tc(not_registered=True)

    status = codec.status()

    assert (status.registered, status.registration, status.can_encrypt, status.calls) == (Tri.NO, "Failed", Tri.YES, ())
    simulator.bad.not_registered = False
    assert codec.status().registered is Tri.YES


def test_a_status_brings_what_else_the_codec_tells(tc):
    simulator, codec = tc()
    simulator.microphones_muted, simulator.firmware.volume, simulator.firmware.standby = True, "40", "Standby"

    found = codec.status()

    assert {one.name: one.value for one in found.measured} == {
        "system_state": "Initialized", "sip_secure": "True", "sip_verified": "True", "sip_proxy": "Active", "microphones_muted": "On",
        "volume": 40, "standby_state": "Standby"}
    assert (found.microphone, found.camera, found.clock_at) == (Tri.UNKNOWN, Tri.UNKNOWN, None)


def test_a_status_beside_that_meets_silence_is_waited_for_once_on_a_connection(tc):
    simulator, codec = tc(deadlines=Deadlines(silence_s=0.2, reply_s=0.5))
    simulator.bad.silent_to = "xStatus Audio Volume"

    looks = [codec.status(), codec.status()]

    found = [{one.name: one.value for one in look.measured} for look in looks]
    assert [(one["volume"], one["standby_state"], one["microphones_muted"]) for one in found] == [(None, "Off", "Off")] * 2
    assert [line.partition(" |")[0] for line in simulator.heard].count("xStatus Audio Volume") == 1


def test_a_status_beside_that_is_refused_is_unknown_and_costs_nothing_else():
    beside = dict.fromkeys(["xStatus Audio Microphones Mute", "xStatus Audio Volume", "xStatus Standby State"], NO_MATCH)
    codec = a_codec({"xStatus SystemUnit": UNIT, "xStatus SIP": "*s SIP Registration 1 Status: Registered\n", "xStatus Call": NO_CALL, **beside})

    status = codec.status()

    assert status.registered is Tri.YES
    assert [(one.name, one.value, one.health) for one in status.measured] == [
        ("microphones_muted", None, Health.UNKNOWN), ("volume", None, Health.UNKNOWN), ("standby_state", None, Health.UNKNOWN)]


def test_a_backup_is_the_sorted_configuration_without_a_secret(tc):
    _, codec = tc(encryption="On")

    lines = codec.backup().splitlines()

    assert {"Conference 1 Encryption Mode: On", "SystemUnit Name: Hội trường Ủy ban", "H323 Encryption KeySize: Min1024bit"} <= set(lines)
    assert not any(SECRET in line or SECRET.replace(" ", "-") in line for line in lines)
    assert len(lines) == 11


@pytest.mark.parametrize("body", ["", UNIT, '*c xConfiguration SystemUnit Name: "Hội trường\n',
                                  "*c xConfiguration SIP Authentication Password: geheim\n"])
def test_half_a_backup_and_one_with_nothing_in_it_are_none(body):
    with pytest.raises(UnexpectedReply):
        a_codec({"xConfiguration": body}).backup()


def test_muting_is_read_back(tc):
    _, codec = tc()

    assert codec.mute(True) is Tri.YES
    assert codec.mute(False) is Tri.NO


def test_a_mute_that_did_nothing_is_seen(tc):
    assert tc(mute_does_nothing=True)[1].mute(True) is Tri.NO


# Encryption


@pytest.mark.parametrize("odd", [{}, {"setting_has_index": False}, {"setting_answered_by": "OK"}])
@pytest.mark.parametrize("setting", list(EncryptionSetting))
def test_a_setting_is_what_was_read_back(tc, odd, setting):
    simulator, codec = tc(odd=odd)

    assert codec.set_encryption(setting) is setting
    assert simulator.setting == setting.value


@pytest.mark.parametrize("odd", [{}, {"setting_answered_by": "OK"}])
def test_a_setting_that_did_nothing_is_seen(tc, odd):
    _, codec = tc(odd=odd, setting_does_nothing=True)

    assert codec.set_encryption(EncryptionSetting.ON) is EncryptionSetting.BEST_EFFORT


def test_a_setting_the_codec_refuses_says_why():
    path = "xConfiguration Conference Encryption Mode"
    codec = a_codec({path: "*c xConfiguration Conference Encryption Mode: Off\n",
                     f"{path}: On": '*c xConfiguration Conference Encryption Mode (error=True): "No option key"\n'})

    with pytest.raises(CommandRefused, match="No option key"):
        codec.set_encryption(EncryptionSetting.ON)


def test_a_setting_that_may_not_be_read_is_an_error_and_never_a_default():
    codec = a_codec({"xConfiguration Conference Encryption Mode": DENIED, "xConfiguration Conference 1 Encryption Mode": DENIED})

    with pytest.raises(CommandRefused, match="Access denied"):
        codec.encryption_setting()


@pytest.fixture
def in_call(office, tc, eventually):
    """Return a function that makes a call with media from a codec with a bad day, and returns simulator, driver and call id."""

    def make(**facts: Any) -> tuple[SimulatedTc, CiscoTc, str]:
        office.codec("room")
        simulator, codec = tc(**facts)
        call_id = codec.dial("room@vc.example")
        eventually(lambda: simulator.calls_up()[call_id].has_media)
        return simulator, codec, call_id

    return make


def test_a_call_whose_channels_all_say_on_is_proven_stream_by_stream(in_call):
    _, codec, call_id = in_call()

    found = codec.read_encryption(call_id)

    assert (found.grade, found.encrypted, found.suite) == (Grade.A, Tri.YES, "Aes-128")
    assert found.has_media_both_ways


def test_the_raw_reading_holds_what_was_read(in_call):
    _, codec, call_id = in_call()

    raw = json.loads(codec.read_encryption(call_id).raw)

    assert f'*s MediaChannels Call {call_id} OutgoingAudioChannel 2 Encryption Status: On' in raw["MediaChannels"]
    assert raw["Call"] == [{"id": call_id, "state": "connected", "remote": "room@vc.example", "protocol": "sip", "suite": "Aes-128"}]


@pytest.mark.parametrize("word", ["Active", "True", "Aes-128", "", "Unknown"])
def test_a_channel_word_nobody_documented_is_never_taken_for_encrypted(in_call, word):
    _, codec, call_id = in_call(odd={"channel_word": word})

    assert codec.read_encryption(call_id).encrypted is Tri.UNKNOWN


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


@pytest.mark.parametrize(("lies", "encrypted"), [(False, Tri.YES), (True, Tri.NO)])
def test_firmware_without_channels_is_graded_by_the_call(in_call, lies, encrypted):
    _, codec, call_id = in_call(odd={"shows_channels": False}, lies=lies)

    found = codec.read_encryption(call_id)

    assert (found.grade, found.encrypted, found.streams) == (Grade.B, encrypted, ())


def test_before_there_is_media_nothing_is_known(office, tc):
    office.codec("room")
    simulator, codec = tc()
    simulator.timing.media_s = 60

    found = codec.read_encryption(codec.dial("room@vc.example"))

    assert (found.grade, found.encrypted) == (Grade.NONE, Tri.UNKNOWN)


@pytest.mark.parametrize("shows_channels", [True, False])
def test_a_call_that_is_not_there_proves_nothing(tc, shows_channels):
    found = tc(odd={"shows_channels": shows_channels})[1].read_encryption("77")

    assert (found.grade, found.encrypted) == (Grade.NONE, Tri.UNKNOWN)


def test_a_refusal_to_show_the_channels_is_not_old_firmware():
    with pytest.raises(CommandRefused):
        a_codec({"xStatus MediaChannels Call 3": DENIED, "xStatus Call": CALL}).read_encryption("3")


def test_a_silent_codec_gives_no_reading():
    with pytest.raises(Silent):
        a_codec({"xStatus MediaChannels Call 3": lambda result_id: b"", "xStatus Call": CALL}).read_encryption("3")


# Restarting


def test_codec_case_25_a_codec_that_says_ok_and_restarts_comes_back_with_a_small_uptime(office, tc, eventually):
    simulator, codec = tc()
    simulator.booted -= 5000

    codec.restart()

    eventually(lambda: not codec.is_open)
    eventually(lambda: simulator._listener is not None and simulator.booted > time.monotonic() - 60)
    assert office.connect(simulator).identify().uptime_s < 60


def test_codec_case_25_a_codec_that_hangs_up_to_restart_has_not_failed(tc):
    tc(odd={"boot": "close"})[1].restart()


def test_codec_case_25_a_codec_that_answers_nothing_to_a_restart_is_silent(tc):
    _, codec = tc(odd={"boot": "nothing"}, deadlines=IMPATIENT)

    with pytest.raises(Silent):
        codec.restart()


def test_a_restart_that_is_refused_says_why():
    refusal = '*r Result (status=Error):\n*r Result Reason: Unknown command\n*r Result XPath: "/Boot"\n'

    with pytest.raises(CommandRefused, match="Unknown command"):
        a_codec({"xCommand Boot Action: Restart": refusal}).restart()


def test_a_connection_that_ends_in_the_middle_of_a_reply_is_lost():
    def hang_up(result_id: str) -> bytes:
        raise ConnectionLost("closed")

    with pytest.raises(ConnectionLost):
        a_codec({"xStatus SystemUnit": hang_up}).identify()
