"""TC's xAPI text, read and written without a network.

Replies: laid out as in the C90 integrator guide and the SX20, SX80 and C60 API guides, values changed; the usage text and
the stray letter before `*s` are from recordings.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_drivers.cisco_tc import protocol
from device_drivers.errors import DeviceError, UnexpectedReply, UnsafeValue
from device_drivers.readings import Call, CallState, EncryptionSetting, Grade, Tri
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


def a_call(suite: str | None = "Aes-128", state: CallState = CallState.CONNECTED) -> Call:
    return Call(id="3", state=state, remote="room@vc.example", suite=suite)


def media(*words: tuple[str, str | None]) -> terminal.Reply:
    """Return a reply about the channels of call 3, each a name and its word for encryption, or None for no such line."""
    lines = []
    for number, (name, word) in enumerate(words, start=1):
        lines.append(f"*s MediaChannels Call 3 {name} {number} Protocol: AACLD")
        if word is not None:
            lines.append(f'*s MediaChannels Call 3 {name} {number} Encryption Status: "{word}"')
    return a_reply("\n".join(lines) + "\n")


BOTH_WAYS = (("IncomingAudioChannel", "On"), ("OutgoingAudioChannel", "On"))


# Calls


def test_a_call_is_read():
    assert protocol.calls(a_reply(CALL)) == (
        Call(id="3", state=CallState.CONNECTED, remote="6001@vc.example", protocol="sip", suite="Aes-128", incoming=False),)


def test_two_calls_are_read():
    text = '*s Call 3 Status: Connected\n*s Call 4 Status: Dialling\n*s Call 4 CallbackNumber: "sip:hall@vc.example"\n'

    assert [(call.id, call.state, call.remote) for call in protocol.calls(a_reply(text))] == [
        ("3", CallState.CONNECTED, ""), ("4", CallState.DIALLING, "hall@vc.example")]


def test_a_block_without_lines_is_no_call():
    assert protocol.calls(a_reply(NO_CALL)) == ()


def test_a_ghost_is_a_call_that_is_gone():
    assert protocol.calls(a_reply("*s Call 2 (ghost=True):\n")) == ()


@pytest.mark.parametrize(("word", "state"), [
    ("Dialling", CallState.DIALLING), ("Ringing", CallState.DIALLING), ("Connecting", CallState.DIALLING),
    ("EarlyMedia", CallState.DIALLING), ('"Connected"', CallState.CONNECTED), ("OnHold", CallState.ON_HOLD),
    ("Disconnecting", CallState.DISCONNECTING), ("Preserved", CallState.UNKNOWN), ("Teleported", CallState.UNKNOWN),
])
def test_a_call_state_is_one_we_know_or_unknown(word, state):
    assert protocol.calls(a_reply(f"*s Call 3 Status: {word}\n"))[0].state is state


@pytest.mark.parametrize("text", [
    "*s Flux: Capacitor\n", "*s Call 3 Flux: Capacitor\n", "*s Call: 0\n", "*s Call Three Status: Connected\n",
    "*s Call 3 Status:\n", "*r Call 3 Status: Connected\n", "*s Call 3 Status: Connected\n*s Call 4 Flux: Capacitor\n",
])
def test_codec_case_17_a_call_block_nobody_knows_is_an_error_and_never_idle_nor_in_call(text):
    with pytest.raises(UnexpectedReply):
        protocol.calls(a_reply(text))


# Encryption


def test_all_channels_on_is_encrypted_and_the_best_grade():
    found = protocol.encryption(media(*BOTH_WAYS, ("IncomingVideoChannel", "on")), a_call(), raw="kept")

    assert (found.grade, found.encrypted, found.suite, found.raw) == (Grade.A, Tri.YES, "Aes-128", "kept")
    assert found.has_media_both_ways
    assert [(stream.id, stream.media, stream.direction) for stream in found.streams] == [
        ("1", "audio", "incoming"), ("2", "audio", "outgoing"), ("3", "video", "incoming")]


def test_one_content_channel_off_makes_the_call_clear():
    assert protocol.encryption(media(*BOTH_WAYS, ("OutgoingVideoChannel", "Off")), a_call(), raw="").encrypted is Tri.NO


@pytest.mark.parametrize("channel", [
    ("OutgoingVideoChannel", None), ("OutgoingVideoChannel", "Active"), ("OutgoingVideoChannel", ""), ("OutgoingVideoChannel", "True"),
    ("OutgoingDataChannel", "Aes-128"), ("SidewaysSmellChannel", "On"), ("Channel", "On"),
])
def test_a_channel_that_cannot_be_read_makes_the_call_unknown(channel):
    found = protocol.encryption(media(*BOTH_WAYS, channel), a_call(), raw="")

    assert (found.grade, found.encrypted) == (Grade.A, Tri.UNKNOWN)


def test_a_clear_channel_outweighs_one_that_cannot_be_read():
    found = protocol.encryption(media(("IncomingAudioChannel", "Off"), ("OutgoingAudioChannel", "?")), a_call(), raw="")

    assert found.encrypted is Tri.NO


@pytest.mark.parametrize("word", ["None", "none", "NONE"])
def test_a_call_that_says_none_contradicts_channels_that_say_on(word):
    assert protocol.encryption(media(*BOTH_WAYS), a_call(word), raw="").encrypted is Tri.NO


def test_channels_of_another_call_prove_nothing_about_this_one():
    found = protocol.encryption(media(*BOTH_WAYS), Call(id="4", state=CallState.CONNECTED, remote="", suite="Aes-128"), raw="")

    assert (found.grade, found.encrypted, found.streams) == (Grade.NONE, Tri.UNKNOWN, ())


@pytest.mark.parametrize("channels", [a_reply(NO_CALL), a_reply("*s Flux: Capacitor\n")])
def test_without_media_nothing_is_known_whatever_the_call_says(channels):
    found = protocol.encryption(channels, a_call("Aes-128"), raw="")

    assert (found.grade, found.encrypted, found.streams) == (Grade.NONE, Tri.UNKNOWN, ())


@pytest.mark.parametrize(("suite", "encrypted"), [
    ("Aes-128", Tri.YES), ("AES-128", Tri.YES), ("None", Tri.NO), ("Aes-256", Tri.UNKNOWN), ("Des", Tri.UNKNOWN), ("On", Tri.UNKNOWN),
])
def test_without_channels_only_a_documented_suite_of_the_call_is_believed(suite, encrypted):
    found = protocol.encryption(None, a_call(suite), raw="")

    assert (found.grade, found.encrypted, found.suite) == (Grade.B, encrypted, suite)


@pytest.mark.parametrize("call", [None, a_call(None), a_call(""), a_call(state=CallState.DIALLING), a_call(state=CallState.UNKNOWN),
                                  a_call(state=CallState.ON_HOLD)])
def test_without_channels_and_without_a_connected_calls_word_nothing_is_proven(call):
    found = protocol.encryption(None, call, raw="")

    assert (found.grade, found.encrypted) == (Grade.NONE, Tri.UNKNOWN)


@WITHOUT_FILES
@given(st.lists(st.tuples(st.sampled_from(["IncomingAudioChannel", "OutgoingVideoChannel", "OddChannel"]),
                          st.sampled_from(["On", "Off", "Maybe", None])), min_size=1), st.sampled_from([None, "None", "Aes-128", "Aes-256"]))
def test_a_call_is_encrypted_only_when_every_channel_says_on(words, suite):
    found = protocol.encryption(media(*words), a_call(suite), raw="")

    if found.encrypted is Tri.YES:
        assert {word for _, word in words} == {"On"} and "OddChannel" not in dict(words) and suite != "None"


# Other values


UNIT = ('*s SystemUnit ProductId: "Cisco TelePresence SX20"\n*s SystemUnit Uptime: 29038\n*s SystemUnit Software Version: "TC7.3.21"\n'
        '*s SystemUnit Hardware Module SerialNumber: "FTT1"\n*s SystemUnit Software OptionKeys Encryption: "true"\n')


def test_an_identity_is_read():
    identity = protocol.identity(a_reply(UNIT))

    assert (identity.model, identity.serial, identity.firmware, identity.uptime_s, identity.simulated) == (
        "Cisco TelePresence SX20", "FTT1", "TC7.3.21", 29038, False)


@pytest.mark.parametrize("word", ["", "soon", "-1", "1.5", "²", "9" * 5000])
def test_an_uptime_that_is_no_number_is_unknown(word):
    assert protocol.identity(a_reply(f'*s SystemUnit Uptime: "{word}"\n')).uptime_s is None


@pytest.mark.parametrize("text", [NO_CALL, CALL, "*c SystemUnit Uptime: 3\n"])
def test_a_device_that_does_not_say_who_it_is_is_an_error(text):
    with pytest.raises(UnexpectedReply):
        protocol.identity(a_reply(text))


@pytest.mark.parametrize(("word", "able"), [("True", Tri.YES), ("false", Tri.NO), ("Perhaps", Tri.UNKNOWN)])
def test_the_option_key_for_encryption_is_yes_no_or_unknown(word, able):
    assert protocol.can_encrypt(a_reply(f"*s SystemUnit Software OptionKeys Encryption: {word}\n")) is able


def test_an_option_key_that_is_not_there_is_unknown():
    assert protocol.can_encrypt(a_reply("*s SystemUnit Uptime: 3\n")) is Tri.UNKNOWN


@pytest.mark.parametrize(("word", "registered"), [
    ("Registered", Tri.YES), ("Failed", Tri.NO), ("Inactive", Tri.NO), ("Deregister", Tri.NO), ("Perhaps", Tri.UNKNOWN),
])
def test_a_registration_is_yes_no_or_unknown_with_the_devices_own_word(word, registered):
    text = f'*s SIP Registration 1 Status: {word}\n*s SIP Registration 1 URI: "hall@vc.example"\n'

    assert protocol.registration(a_reply(text)) == (registered, word)


@pytest.mark.parametrize("text", [NO_CALL, "*s SIP Proxy 1 Status: Active\n", "*s H323 Registration 1 Status: Registered\n"])
def test_a_registration_that_is_not_there_is_unknown(text):
    assert protocol.registration(a_reply(text)) == (Tri.UNKNOWN, "")


def test_registrations_that_differ_are_unknown():
    text = "*s SIP Registration 1 Status: Registered\n*s SIP Registration 2 Status: Failed\n"

    assert protocol.registration(a_reply(text)) == (Tri.UNKNOWN, "Registered, Failed")


@pytest.mark.parametrize("path", ["Conference Encryption Mode", "Conference 1 Encryption Mode"])
@pytest.mark.parametrize("setting", list(EncryptionSetting))
def test_the_encryption_setting_is_read_with_and_without_the_index(path, setting):
    assert protocol.encryption_setting(a_reply(f"*c xConfiguration {path}: {setting.value}\n")) is setting


@pytest.mark.parametrize("text", [
    NO_CALL, CALL, "*c xConfiguration Conference 1 Encryption Mode: Perhaps\n", "*s Conference 1 Encryption Mode: On\n",
    "*c xConfiguration Conference 1 Encryption Mode: On\n*c xConfiguration Conference 2 Encryption Mode: Off\n",
])
def test_an_encryption_setting_nobody_knows_is_an_error(text):
    with pytest.raises(UnexpectedReply):
        protocol.encryption_setting(a_reply(text))


def test_the_id_of_a_dialled_call_is_read():
    assert protocol.dialled(a_reply(DIALLED)) == "3"


@pytest.mark.parametrize("text", [NO_CALL, CALL, "*r DialResult (status=OK):\n", "*r DialResult CallId: soon\n"])
def test_a_dialled_call_without_an_id_is_an_error(text):
    with pytest.raises(UnexpectedReply):
        protocol.dialled(a_reply(text))


@pytest.mark.parametrize(("word", "muted"), [("On", Tri.YES), ("Off", Tri.NO), ("Perhaps", Tri.UNKNOWN)])
def test_the_microphones_are_muted_or_not_or_unknown(word, muted):
    assert protocol.muted(a_reply(f"*s Audio Microphones Mute: {word}\n")) is muted


WORDS = ["*s ", "*c xConfiguration ", "*r ", "Call ", "3 ", "Status", "MediaChannels ", "SIP ", "Registration ", "1 ", "SystemUnit ", "Uptime",
         ": ", "On", '"', "\n", "(status=Error)", "(ghost=True)", "DialResult ", "CallId", "Encryption ", "Type", "²", "\\", ":", "** end\n"]


@settings(deadline=None, database=None, max_examples=300)
@given(st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=3)), max_size=40))
def test_a_reply_of_any_shape_is_a_reading_or_a_device_error(pieces):
    for reply in read("".join(pieces).encode("utf-8", "replace") + b"\n** end\n"):
        for reading in (
            lambda reply=reply: terminal.accepted(reply, asked="it"), lambda reply=reply: protocol.identity(reply),
            lambda reply=reply: protocol.can_encrypt(reply), lambda reply=reply: protocol.registration(reply),
            lambda reply=reply: protocol.calls(reply), lambda reply=reply: protocol.encryption(reply, a_call(), raw=""),
            lambda reply=reply: protocol.encryption_setting(reply), lambda reply=reply: protocol.dialled(reply),
            lambda reply=reply: protocol.muted(reply),
        ):
            try:
                reading()
            except DeviceError as error:
                assert str(error)


# Lines to send


def test_a_command_line_quotes_text_and_leaves_numbers_and_words_bare():
    line = protocol.line("xCommand", "Dial", result_id="r1", Number="6001@vc.example", Protocol=protocol.Signalling.SIP, CallId=3)

    assert line == b'xCommand Dial Number: "6001@vc.example" Protocol: Sip CallId: 3 | resultId="r1"\n'


def test_a_setting_line_carries_its_value_and_its_result_id():
    line = protocol.setting_line("Conference 1 Encryption Mode", EncryptionSetting.ON, result_id="r2")

    assert line == b'xConfiguration Conference 1 Encryption Mode: On | resultId="r2"\n'


UNSAFE = ["", 'a"b', "a\nb", "a\r\nxCommand Boot Action: Restart", "a\tb", "a\x00b", "a\x1b[2Jb", "a\x7fb", "a\\", "a\u2028b", "a\u202eb",
          "a|b", "x" * 256]


@pytest.mark.parametrize("value", UNSAFE)
def test_an_unsafe_value_never_reaches_a_line(value):
    with pytest.raises(UnsafeValue):
        protocol.line("xCommand", "Dial", result_id="r1", Number=value)


@pytest.mark.parametrize("path", ["", "Call\n", 'Call "', "Call | x", "Call: 3", " Call"])
def test_an_unsafe_path_never_reaches_a_line(path):
    with pytest.raises(UnsafeValue):
        protocol.line("xStatus", path, result_id="r1")
    with pytest.raises(UnsafeValue):
        protocol.setting_line(path, EncryptionSetting.ON, result_id="r1")


@pytest.mark.parametrize("call_id", ["", "3 Channel", "3\n", "-1", "²", "٣", "1" * 10])
def test_a_call_id_that_is_no_number_is_unsafe(call_id):
    with pytest.raises(UnsafeValue):
        protocol.call_number(call_id)


@WITHOUT_FILES
@given(st.text(max_size=300))
def test_any_value_is_refused_or_stays_within_its_quotes(value):
    try:
        line = protocol.line("xCommand", "Dial", result_id="r1", Number=value).decode()
    except UnsafeValue:
        return

    assert line == f'xCommand Dial Number: "{value}" | resultId="r1"\n'
    assert line.count('"') == 4 and line.count("|") == 1 and len(line.splitlines()) == 1
