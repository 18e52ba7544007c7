"""What baresip 1.0.0 prints, read as values."""

import pytest

from device_drivers.baresip import protocol
from device_drivers.errors import CommandRefused, UnexpectedReply, UnsafeValue
from device_drivers.readings import CallState, EncryptionSetting, Tri


def plain(recorded, name: str, what: str) -> str:
    return protocol.accepted({"ok": True, "data": recorded[name][what]}, asked=what)


def test_the_recorded_room_pc_is_known_by_its_version_and_the_uuid_of_its_softphone(recorded):
    identity = protocol.identity(recorded["idle"]["sysinfo"], recorded["idle"]["uuid"])

    assert (identity.model, identity.firmware) == ("baresip (x86_64/linux)", "1.0.0 (libre v1.1.0)")
    assert len(identity.serial) == 36 and identity.serial in recorded["idle"]["uuid"]
    assert identity.uptime_s in range(1, 10) and not identity.simulated


def test_without_its_uuid_module_a_room_pc_has_no_serial_rather_than_an_invented_one(recorded):
    assert protocol.identity(recorded["idle"]["sysinfo"], None).serial == ""


@pytest.mark.parametrize(("text", "seconds"), [
    ("", 0), ("1 sec", 1), ("59 secs", 59), ("1 min", 60), ("1 hour", 3600), ("1 hour 1 min 1 sec", 3661), ("1 day", 86_400),
    ("2 days 5 secs", 172_805), ("100 days 59 secs", 8_640_059)])
def test_an_uptime_is_read_with_the_parts_that_are_nought_left_out(text, seconds):
    assert protocol.uptime_s(text) == seconds


@pytest.mark.parametrize("text", [None, "soon", "-1 secs", "1 fortnight", "9" * 60 + " secs"])
def test_an_uptime_that_cannot_be_read_is_unknown(text):
    assert protocol.uptime_s(text) is None


def test_a_room_pc_with_srtp_can_encrypt(recorded):
    assert protocol.can_encrypt(recorded["idle"]["modules"]) is Tri.YES


def test_a_room_pc_without_srtp_cannot(recorded):
    lines = [line for line in recorded["idle"]["modules"].splitlines() if " srtp " not in line]

    assert protocol.can_encrypt("\n".join(lines).replace("Modules (12)", "Modules (11)")) is Tri.NO


def test_a_list_of_modules_that_was_cut_short_says_nothing(recorded):
    lines = [line for line in recorded["idle"]["modules"].splitlines() if " srtp " not in line]

    assert protocol.can_encrypt("\n".join(lines)) is Tri.UNKNOWN


@pytest.mark.parametrize(("name", "registered", "word"), [
    ("idle", Tri.YES, "no registrar wanted (regint=0)"), ("registered", Tri.YES, "200"), ("registration refused", Tri.NO, "403"),
    ("registrar silent", Tri.NO, "no answer from the registrar")])
def test_a_registration_is_read_with_its_reason(recorded, name, registered, word):
    assert protocol.registration(recorded[name]["apistate"]) == (registered, word)


@pytest.mark.parametrize("apistate", ["{}", "[]", '{"a": {"selected_ua": true}}', '{"a": {"selected_ua": true, "registration": {"interval": 60}}}',
                                      '{"a": {"selected_ua": true, "registration": {"interval": "0"}}}'])
def test_a_registration_in_a_shape_nobody_knows_is_unknown(apistate):
    assert protocol.registration(apistate)[0] is Tri.UNKNOWN


def test_an_account_is_read_with_its_wish(recorded):
    account = protocol.account(recorded["idle"]["uastat"])

    assert (account.aor, account.setting) == ("sip:room1@10.0.0.1:15060", EncryptionSetting.ON)


def test_another_wish_changes_nothing_else_of_an_account(recorded):
    account = protocol.account(plain(recorded, "registered", "uastat"))

    changed = account.wishing(EncryptionSetting.OFF)

    assert changed.line == '"Phòng họp Ủy ban" <sip:good@10.0.0.50>;regint=60;auth_user=u;auth_pass=secret-of-the-account;mediaenc=none'
    assert changed.setting is EncryptionSetting.OFF


def test_the_password_of_an_account_is_in_no_words_for_it(recorded):
    account = protocol.account(plain(recorded, "registered", "uastat"))

    assert "secret-of-the-account" in account.line
    assert "secret-of-the-account" not in repr(account)


def test_a_wish_with_an_unknown_word_is_an_error_and_no_setting(recorded):
    account = protocol.account(recorded["idle"]["uastat"].replace("mediaenc:     srtp-mand", "mediaenc:     dtls_srtp"))

    with pytest.raises(UnexpectedReply):
        _ = account.setting


def test_a_room_pc_without_an_account_says_so(recorded):
    with pytest.raises(UnexpectedReply, match="no user-agent"):
        protocol.account(recorded["no account"]["uastat"])

    assert protocol.accounts(recorded["no account"]["reginfo"]) == []


def test_errors_do_not_quote_keys_and_passwords(recorded):
    with pytest.raises(UnexpectedReply) as error:
        protocol.account(plain(recorded, "registered", "uastat").replace(" aor: ", " rao: "))
    with pytest.raises(CommandRefused) as refusal:
        protocol.accepted({"ok": False, "data": 'Creating UA for <sip:a@b>;auth_pass="my secret";x ...'}, asked="uanew")

    assert "secret-of-the-account" not in error.value.got
    assert refusal.value.reason == "Creating UA for <sip:a@b>;auth_pass=(withheld);x ..."


@pytest.mark.parametrize("name", ["encrypted, caller", "over TLS, called", "ringing", "dtls unfinished"])
def test_no_key_of_a_recorded_call_survives(recorded, name):
    text = protocol.without_secrets(recorded[name]["callstat"])

    assert "SRTPkey" not in text
    assert ("SRTPkey" in recorded[name]["callstat"]) == ("inline:(withheld)" in text)


@pytest.mark.parametrize(("name", "state", "remote"), [
    ("encrypted, caller", CallState.CONNECTED, "room2@10.0.0.2:15060"), ("encrypted, held", CallState.ON_HOLD, "room2@10.0.0.2:15060"),
    ("ringing", CallState.DIALLING, "room2@10.0.0.2:15060"), ("being called", CallState.RINGING, "room1@10.0.0.1:15060"),
    ("unreachable", CallState.DIALLING, "room9@10.0.9.9:15060"), ("over TLS, caller", CallState.CONNECTED, "room2@10.0.0.2:15061")])
def test_a_call_is_listed_with_its_state_and_the_address_that_was_dialled(recorded, name, state, remote):
    (line,) = protocol.lines(recorded[name]["listcalls"])

    assert (line.state, line.remote, line.is_current) == (state, remote, True)


def test_two_calls_are_two_lines_and_one_is_current(recorded):
    assert [(line.number, line.is_current) for line in protocol.lines(recorded["two calls"]["listcalls"])] == [(1, False), (2, True)]


@pytest.mark.parametrize("name", ["idle", "no account"])
def test_no_call_is_said_in_words(recorded, name):
    assert protocol.lines(recorded[name]["listcalls"]) == []


@pytest.mark.parametrize("text", ["", "\n--- Active calls (1) ---\n\n", "\n--- Active calls (0) ---\n> [line 1]  0:00:01  ESTABLISHED   sip:a@b\n",
                                  "Local Time is: 12:00", "\n--- Calls ---\n"])
def test_case_17_a_list_nobody_can_read_is_never_no_call(text):
    with pytest.raises(UnexpectedReply):
        protocol.lines(text)


def test_case_17_a_state_nobody_knows_is_unknown(recorded):
    (line,) = protocol.lines(recorded["ringing"]["listcalls"].replace("RINGING", "LEVITATING"))

    assert line.state is CallState.UNKNOWN


def test_the_id_of_the_current_call_is_read(recorded):
    assert protocol.call_id_in(recorded["encrypted, caller"]["callstat"]) == protocol.call_id_in(recorded["encrypted, called"]["callstat"])
    assert protocol.call_id_in(recorded["idle"]["callstat"]) is None


@pytest.mark.parametrize(("name", "incoming"), [
    ("ringing", False), ("being called", True), ("encrypted, caller", False), ("encrypted, called", True), ("unreachable", False), ("idle", None)])
def test_whether_a_call_came_in_is_read(recorded, name, incoming):
    assert protocol.incoming_in(recorded[name]["callstat"]) is incoming


def test_of_two_calls_the_one_that_rings_is_told_from_the_one_that_is_up(recorded):
    assert [(line.state, line.remote) for line in protocol.lines(recorded["two calls, one rings"]["listcalls"])] == [
        (CallState.CONNECTED, "room1@10.0.0.1:15060"), (CallState.RINGING, "room3@10.0.0.3:15060")]


def test_a_call_without_an_id_is_an_error():
    with pytest.raises(UnexpectedReply):
        protocol.call_id_in("\n--- Flux (1) ---\n")


def test_both_words_of_mute_are_read_and_no_others(recorded):
    assert [protocol.now_muted(text) for text in recorded["mute"]] == [True, False]
    with pytest.raises(UnexpectedReply):
        protocol.now_muted("call deaf\n")


@pytest.mark.parametrize(("address", "dialled"), [("room2@10.0.0.2", "sip:room2@10.0.0.2"),
                                                  ("sip:7001@bridge.example:5070", "sip:7001@bridge.example:5070")])
def test_an_address_is_dialled_with_its_scheme(address, dialled):
    assert protocol.address_to_dial(address) == dialled


@pytest.mark.parametrize("address", ["", "7001", "a@b c", "a@b;transport=tls", "a@b\nhangup", "sip:"])
def test_an_address_that_baresip_would_take_for_another_is_refused(address):
    with pytest.raises(UnsafeValue):
        protocol.address_to_dial(address)


@pytest.mark.parametrize("reply", [{}, {"ok": True}, {"ok": "yes", "data": ""}, {"ok": True, "data": 7}])
def test_a_reply_without_its_parts_is_an_error(reply):
    with pytest.raises(UnexpectedReply):
        protocol.accepted(reply, asked="x")


def test_a_command_that_baresip_does_not_know_is_refused_with_its_words(recorded):
    with pytest.raises(CommandRefused, match=r"command not found \(nosuch\)"):
        protocol.accepted(recorded["refusals"]["nosuch"], asked="nosuch")
