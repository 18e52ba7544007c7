"""The xAPI's text, read and written without a network.

Replies: jsxapi's and PlaceOS's test data (CE 9 and RoomOS 11, JSON mode).  MediaChannels: composed from Cisco's xAPI
schema 11.14, for there is no free recording of an encrypted call.
"""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_drivers.cisco_roomos import protocol
from device_drivers.errors import DeviceError, UnexpectedReply, UnsafeValue
from device_drivers.readings import Call, CallState, EncryptionSetting, Grade, Tri
from device_drivers.xapi import json_mode

WITHOUT_FILES = settings(deadline=None, database=None)

DIALLED = '{"CommandResponse":{"DialResult":{"status":"OK","CallId":{"Value":"2"},"ConferenceId":{"Value":"1"}}},"ResultId":"request-1"}'
STANDBY = '{"CommandResponse":{"StandbyDeactivateResult":{"status":"OK"}},"ResultId":"request-2"}'
UNKNOWN_COMMAND = (
    '{"CommandResponse":{"Result":{"status":"Error","Reason":{"Value":"Unknown command"},"XPath":{"Value":"/Dila"}}},'
    '"ResultId":"request-3"}'
)
PARAMETER_ERROR = '{"CommandResponse":{"DialResult":{"status":"ParameterError"}},"ResultId":"request-4"}'
NO_MATCH_WRAPPED = '{"CommandResponse":{"Status":{"status":"Error","Reason":{"Value":"No match on address expression."}}},"ResultId":"7"}'
NO_MATCH_BARE = (
    '{"Status":{"status":"Error","Reason":{"Value":"No match on address expression."},"XPath":{"Value":"Status/Wrong"}},"ResultId":"7"}'
)
UPTIME = '{"Status":{"SystemUnit":{"Uptime":{"Value":"29038"}}},"ResultId":"request-6"}'
SETTING_ACCEPTED = '{"ResultId":"request-7"}'
ILLEGAL_VALUE = '{"Configuration":{"Audio":{"DefaultVolume":{"error":"True","Value":"Illegal value"}}},"ResultId":"request-8"}'
FEEDBACK = '{"Status":{"Audio":{"id":"","Volume":{"Value":"75"}}}}'
GHOST = '{"Status":{"Call":[{"id":"2","ghost":"True"}]}}'
VIETNAMESE = '{"Status":{"Call":[{"id":"3","DisplayName":{"Value":"Hội trường Ủy ban"},"Status":{"Value":"Connected"}}]},"ResultId":"r3"}'
BRACES = '{"Status":{"SystemUnit":{"Name":{"Value":"}{ \\"{\\" \\\\"}}},"ResultId":"r4"}'
RECORDED = [DIALLED, STANDBY, UNKNOWN_COMMAND, PARAMETER_ERROR, NO_MATCH_WRAPPED, NO_MATCH_BARE, UPTIME, SETTING_ACCEPTED,
            ILLEGAL_VALUE, FEEDBACK, GHOST, VIETNAMESE, BRACES]


def a_channel(encrypted: Any = "On", *, kind: str = "Audio", direction: str = "Incoming", number: int = 2) -> dict[str, Any]:
    channel = {"id": str(number), "Type": {"Value": kind}, "Direction": {"Value": direction}}
    return channel if encrypted is None else {**channel, "Encryption": {"Value": encrypted}}


def media(*channels: Any) -> dict[str, Any]:
    return {"Status": {"MediaChannels": {"Call": [{"id": "3", "Channel": list(channels)}]}}}


BOTH_WAYS = (a_channel(), a_channel(direction="Outgoing", number=3))


def a_call(suite: str | None = "Aes-128") -> Call:
    return Call(id="3", state=CallState.CONNECTED, remote="room@vc.example", suite=suite)


# Calls


def test_a_call_is_read():
    reply = {"Status": {"Call": [{"id": "3", "Status": {"Value": "Connected"}, "RemoteNumber": {"Value": "sip:hall-b@vc.example"},
                                  "Protocol": {"Value": "SIP"}, "Encryption": {"Type": {"Value": "Aes-128"}}}]}}

    assert protocol.calls(reply) == (Call(id="3", state=CallState.CONNECTED, remote="hall-b@vc.example", protocol="sip", suite="Aes-128"),)


def test_a_call_that_stands_without_its_list_is_read():
    assert [call.id for call in protocol.calls({"Status": {"Call": {"id": "3", "Status": {"Value": "Ringing"}}}})] == ["3"]


def test_the_callback_number_stands_in_for_a_remote_number_that_is_missing():
    reply = {"Status": {"Call": [{"id": "3", "Status": {"Value": "Connected"}, "CallbackNumber": {"Value": "sips:room@vc.example"}}]}}

    assert protocol.calls(reply)[0].remote == "room@vc.example"


def test_no_call_is_an_empty_status():
    assert protocol.calls({"Status": {}, "ResultId": "r1"}) == ()


def test_a_ghost_is_a_call_that_is_gone():
    assert protocol.calls(json.loads(GHOST)) == ()


@pytest.mark.parametrize(("word", "state"), [
    ("Dialling", CallState.DIALLING), ("Ringing", CallState.DIALLING), ("Connecting", CallState.DIALLING),
    ("EarlyMedia", CallState.DIALLING), ("Connected", CallState.CONNECTED), ("OnHold", CallState.ON_HOLD),
    ("Disconnecting", CallState.DISCONNECTING), ("connected", CallState.CONNECTED), ("Preserved", CallState.UNKNOWN),
    ("Teleported", CallState.UNKNOWN),
])
def test_a_call_state_is_one_we_know_or_unknown(word, state):
    assert protocol.calls({"Status": {"Call": [{"id": "1", "Status": {"Value": word}}]}})[0].state is state


@pytest.mark.parametrize("reply", [
    {"Status": {"Flux": {"Value": "Capacitor"}}},
    {"Status": {"Call": [{"id": "3", "Flux": {"Value": "Capacitor"}}]}},
    {"Status": {"Call": [{"Status": {"Value": "Connected"}}]}},
    {"Status": {"Call": ["3"]}},
    {"Status": {"Call": "3"}},
    {"Status": {"Call": None}},
    {"Status": {"Call": {}}},
    {"Status": "none"},
    {"ResultId": "r1"},
    {},
])
def test_a_call_block_nobody_knows_is_an_error_and_never_idle(reply):
    with pytest.raises(UnexpectedReply):
        protocol.calls(reply)


# Encryption


def test_all_channels_on_is_encrypted_and_the_best_grade():
    found = protocol.encryption(media(*BOTH_WAYS, a_channel(kind="Video", number=4)), a_call(), raw="kept")

    assert (found.grade, found.encrypted) == (Grade.A, Tri.YES)
    assert found.suite == "Aes-128" and found.raw == "kept"
    assert found.has_media_both_ways
    assert [(stream.id, stream.media, stream.direction) for stream in found.streams] == [
        ("2", "audio", "incoming"), ("3", "audio", "outgoing"), ("4", "video", "incoming")]


def test_one_content_channel_off_makes_the_call_clear():
    content = a_channel("Off", kind="Video", direction="Outgoing", number=9)

    found = protocol.encryption(media(*BOTH_WAYS, content), a_call(), raw="")

    assert (found.grade, found.encrypted) == (Grade.A, Tri.NO)
    assert [stream.id for stream in found.streams if stream.encrypted is Tri.NO] == ["9"]


@pytest.mark.parametrize("channel", [
    a_channel(None, number=9), a_channel("Maybe", number=9), a_channel("", number=9), a_channel({"deep": "On"}, number=9), {"id": "9"}, "9",
    None,
])
def test_a_channel_that_cannot_be_read_makes_the_call_unknown(channel):
    found = protocol.encryption(media(*BOTH_WAYS, channel), a_call(), raw="")

    assert found.encrypted is Tri.UNKNOWN


def test_a_clear_channel_outweighs_one_that_cannot_be_read():
    assert protocol.encryption(media(a_channel(None), a_channel("Off", number=3)), a_call(), raw="").encrypted is Tri.NO


@pytest.mark.parametrize("word", ["None", "none", "NONE"])
def test_a_call_that_says_none_contradicts_channels_that_say_on(word):
    assert protocol.encryption(media(*BOTH_WAYS), a_call(word), raw="").encrypted is Tri.NO


def test_a_call_that_says_nothing_leaves_the_channels_their_word():
    found = protocol.encryption(media(*BOTH_WAYS), a_call(None), raw="")

    assert (found.grade, found.encrypted, found.suite) == (Grade.A, Tri.YES, None)


@pytest.mark.parametrize("channels", [media(), {"Status": {"MediaChannels": {"Call": [{"id": "3"}]}}}, {"Status": {}},
                                      {"Status": {"Flux": {"Value": "Capacitor"}}}])
def test_without_media_nothing_is_known_whatever_the_call_says(channels):
    found = protocol.encryption(channels, a_call("Aes-128"), raw="")

    assert (found.grade, found.encrypted, found.streams) == (Grade.NONE, Tri.UNKNOWN, ())


def test_firmware_without_media_channels_is_read_by_the_call_at_the_second_grade():
    found = protocol.encryption(None, a_call("Aes-128"), raw="")

    assert (found.grade, found.encrypted, found.suite) == (Grade.B, Tri.YES, "Aes-128")


def test_firmware_without_media_channels_whose_call_says_none_is_clear():
    found = protocol.encryption(None, a_call("None"), raw="")

    assert (found.grade, found.encrypted) == (Grade.B, Tri.NO)


@pytest.mark.parametrize("call", [None, a_call(None), a_call("")])
def test_firmware_without_media_channels_and_without_a_word_proves_nothing(call):
    found = protocol.encryption(None, call, raw="")

    assert (found.grade, found.encrypted) == (Grade.NONE, Tri.UNKNOWN)


def test_audio_one_way_is_not_media_both_ways():
    assert not protocol.encryption(media(a_channel(), a_channel(kind="Video", direction="Outgoing", number=3)), a_call(),
                                   raw="").has_media_both_ways


@WITHOUT_FILES
@given(st.lists(st.sampled_from(["On", "Off", "Maybe", None])), st.sampled_from([None, "None", "Aes-128", "", "Aes-256"]))
def test_a_call_is_encrypted_only_when_every_channel_says_on(words, suite):
    found = protocol.encryption(media(*(a_channel(word, number=number) for number, word in enumerate(words))), a_call(suite), raw="")

    if found.encrypted is Tri.YES:
        assert words and set(words) == {"On"} and suite != "None"


# Other values


def test_an_identity_is_read():
    unit = {"ProductPlatform": {"Value": "Room Kit"}, "Uptime": {"Value": "29038"}, "Software": {"Version": {"Value": "RoomOS 11.23.1.8"}},
            "Hardware": {"Module": {"SerialNumber": {"Value": "FOC1"}}}}

    identity = protocol.identity({"Status": {"SystemUnit": unit}})

    assert (identity.model, identity.serial, identity.firmware, identity.uptime_s) == ("Room Kit", "FOC1", "RoomOS 11.23.1.8", 29038)
    assert not identity.simulated


@pytest.mark.parametrize("word", ["", "soon", "-1", "1.5", "²", "9" * 5000, {"deep": "1"}])
def test_an_uptime_that_is_no_number_is_unknown(word):
    assert protocol.identity({"Status": {"SystemUnit": {"Uptime": {"Value": word}}}}).uptime_s is None


@pytest.mark.parametrize("reply", [{}, {"Status": {}}, {"Status": {"SystemUnit": "x"}}, {"Status": {"Flux": {"Value": "x"}}}])
def test_a_device_that_does_not_say_who_it_is_is_an_error(reply):
    with pytest.raises(UnexpectedReply):
        protocol.identity(reply)


@pytest.mark.parametrize(("word", "registered"), [
    ("Registered", Tri.YES), ("Failed", Tri.NO), ("Inactive", Tri.NO), ("Deregister", Tri.NO), ("Registering", Tri.NO),
    ("registered", Tri.YES), ("Perhaps", Tri.UNKNOWN),
])
def test_a_registration_is_yes_no_or_unknown_with_the_devices_own_word(word, registered):
    reply = {"Status": {"SIP": {"Registration": [{"id": "1", "Status": {"Value": word}}]}}}

    assert protocol.registration(reply) == (registered, word)


@pytest.mark.parametrize("reply", [
    {}, {"Status": {}}, {"Status": {"SIP": {"Registration": []}}}, {"Status": {"SIP": {"Registration": "x"}}},
])
def test_a_registration_that_is_not_there_is_unknown(reply):
    assert protocol.registration(reply) == (Tri.UNKNOWN, "")


@pytest.mark.parametrize(("word", "able"), [("True", Tri.YES), ("False", Tri.NO), ("Perhaps", Tri.UNKNOWN), (None, Tri.UNKNOWN)])
def test_the_option_key_for_encryption_is_yes_no_or_unknown(word, able):
    assert protocol.can_encrypt({"Status": {"SystemUnit": {"Software": {"OptionKeys": {"Encryption": {"Value": word}}}}}}) is able


@pytest.mark.parametrize("setting", list(EncryptionSetting))
def test_the_encryption_setting_is_read(setting):
    reply = {"Configuration": {"Conference": {"Encryption": {"Mode": {"Value": setting.value}}}}}

    assert protocol.encryption_setting(reply) is setting


@pytest.mark.parametrize("reply", [
    {}, {"Configuration": "x"},
    {"Configuration": {"Conference": {"Encryption": {"Mode": {"Value": "Perhaps"}}}}},
    {"Configuration": {"Conference": {"Encryption": {"Mode": {"Value": ["On"]}}}}},
])
def test_an_encryption_setting_nobody_knows_is_an_error(reply):
    with pytest.raises(UnexpectedReply):
        protocol.encryption_setting(reply)


def test_the_id_of_a_dialled_call_is_read():
    assert protocol.dialled(json.loads(DIALLED)) == "2"


@pytest.mark.parametrize("reply", [
    json.loads(STANDBY), {"ResultId": "r1"}, {"CommandResponse": "OK"}, {"CommandResponse": {"DialResult": "OK"}},
    {"CommandResponse": {"DialResult": {"status": "OK"}}}, {"CommandResponse": {"DialResult": {"CallId": {"Value": ""}}}},
])
def test_a_dialled_call_without_an_id_is_an_error(reply):
    with pytest.raises(UnexpectedReply):
        protocol.dialled(reply)


WORDS = st.sampled_from([
    "Status", "Call", "MediaChannels", "Channel", "CommandResponse", "DialResult", "CallId", "Configuration", "Conference", "Encryption",
    "Mode", "Type", "SystemUnit", "Uptime", "Value", "id", "ghost", "status", "Reason", "SIP", "Registration", "Audio", "Microphones",
    "Mute", "Software",
])
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3),
                    st.sampled_from(["OK", "Error", "On", "Off", "True", "3", "²"]))
SHAPES = st.recursive(SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=4)),
                      max_leaves=20)


@settings(deadline=None, database=None, max_examples=200)
@given(st.dictionaries(WORDS, SHAPES, max_size=4))
def test_a_reply_of_any_shape_is_a_reading_or_a_device_error(reply):
    for reading in (
        lambda: json_mode.accepted(reply, asked="it"), lambda: protocol.identity(reply), lambda: protocol.can_encrypt(reply),
        lambda: protocol.registration(reply), lambda: protocol.calls(reply), lambda: protocol.encryption(reply, a_call(), raw=""),
        lambda: protocol.encryption_setting(reply), lambda: protocol.dialled(reply), lambda: protocol.muted(reply),
    ):
        try:
            reading()
        except DeviceError as error:
            assert str(error)


# Lines to send


def test_a_command_line_carries_its_quoted_values_and_its_result_id():
    line = protocol.line("xCommand", "Dial", result_id="r1", Number="room2@vc.example", Protocol="Sip")

    assert line == b'xCommand Dial Number: "room2@vc.example" Protocol: "Sip" | resultId="r1"\n'


def test_a_setting_line_carries_its_value_and_its_result_id():
    line = protocol.setting_line("Conference Encryption Mode", "On", result_id="r2")

    assert line == b'xConfiguration Conference Encryption Mode: On | resultId="r2"\n'


def test_a_vietnamese_value_reaches_the_line_as_it_is():
    assert "Hội trường Ủy ban".encode() in protocol.line("xCommand", "Dial", result_id="r1", DisplayName="Hội trường Ủy ban")


UNSAFE = ['a"b', "a\nb", "a\r\nxCommand SystemUnit Boot", "a\tb", "a\x00b", "a\x1b[2Jb", "a\x7fb", "a\\", "a\u2028b", "a\u202eb", "a|b",
          "x" * 256]


@pytest.mark.parametrize("value", UNSAFE)
def test_an_unsafe_value_never_reaches_a_line(value):
    with pytest.raises(UnsafeValue):
        protocol.line("xCommand", "Dial", result_id="r1", Number=value)


@pytest.mark.parametrize("value", [*UNSAFE[:-1], "", "On | x", "On: Off", "On "])
def test_an_unsafe_setting_never_reaches_a_line(value):
    with pytest.raises(UnsafeValue):
        protocol.setting_line("Conference Encryption Mode", value, result_id="r1")


@pytest.mark.parametrize("path", ["", "Call\n", 'Call "', "Call | x", "Call: 3", " Call"])
def test_an_unsafe_path_never_reaches_a_line(path):
    with pytest.raises(UnsafeValue):
        protocol.line("xStatus", path, result_id="r1")


@WITHOUT_FILES
@given(st.text(max_size=300))
def test_any_value_is_refused_or_stays_within_its_quotes(value):
    try:
        line = protocol.line("xCommand", "Dial", result_id="r1", Number=value).decode()
    except UnsafeValue:
        return

    assert line == f'xCommand Dial Number: "{value}" | resultId="r1"\n'
    assert line.count('"') == 4 and line.count("\n") == 1 and line.count("|") == 1
    assert len(line.splitlines()) == 1
