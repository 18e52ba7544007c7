"""Another password for a RoomOS codec: what is sent, what is believed, and that no error, event or log shows one.

The command is the vendor's (schemas 9.15, 11.24 and 26.2); the words of refusals are made up.
"""

import json
import logging
import re
from collections.abc import Callable
from typing import Any

import pytest

from device_drivers.cisco_roomos.driver import CiscoRoomos
from device_drivers.errors import CommandRefused, ConnectionLost, DeviceError, LoginRefused, Silent, UnexpectedReply, UnsafeValue
from device_drivers.readings import Tri
from device_drivers.simulators.cisco_roomos import Firmware
from device_drivers.simulators.server import BadDay
from device_drivers.transports.ssh import Deadlines
from device_drivers.transports.transcript import TranscriptShell

OLD, NEW = "Cu0x4kqzw7", "M9vtGx2hRw5b"
IMPATIENT = Deadlines(silence_s=0.2, reply_s=0.5)
SET = "UserManagement User Passphrase Set"


def a_codec(answer: Callable[[str], bytes]) -> tuple[CiscoRoomos, TranscriptShell]:
    """Return a codec that answers every question with what a function makes of its id, after a first answer in JSON."""

    def said(line: bytes) -> bytes:
        if line.startswith((b"echo", b"xPreferences")):
            return b"\r\nOK\r\n" if line.startswith(b"echo") else b""
        result_id = re.search(rb'resultId="(\w+)"', line)[1].decode()
        if b"SystemUnit" in line:
            unit = {"Status": {"SystemUnit": {"ProductPlatform": {"Value": "Codec Pro"}}}, "ResultId": result_id}
            return json.dumps(unit).encode() + b"\r\n"
        return answer(result_id)

    shell = TranscriptShell(b"\r\nOK\r\n", said)
    codec = CiscoRoomos(shell)
    codec.identify()
    return codec, shell


def as_sent(body: dict[str, Any], result_id: str) -> bytes:
    return json.dumps({**body, "ResultId": result_id}).encode() + b"\r\n"


def obeyed(result_id: str) -> bytes:
    return as_sent({"CommandResponse": {"PassphraseSetResult": {"status": "OK"}}}, result_id)


def shows_no_password(error: BaseException | None, *secrets: str) -> bool:
    """True when neither the words of an error nor anything it carries, nor the errors it came from, hold a secret."""
    seen = []
    while error is not None:
        seen += [str(error), repr(error), str(error.args), str(vars(error)), *(str(value) for value in vars(error).values())]
        error = error.__cause__ or error.__context__
    return not any(secret in words for secret in secrets for words in seen)


# What is sent


def test_both_passwords_are_sent_quoted_for_the_account_that_is_signed_in():
    codec, shell = a_codec(obeyed)

    codec.set_password(NEW, current=OLD)

    assert shell.sent[-1] == f'xCommand {SET} NewPassphrase: "{NEW}" Username: "replay" YourPassphrase: "{OLD}" | resultId="r2"\n'.encode()


@pytest.mark.parametrize("unsafe", ["", 'a" Username: "root', "a\nxCommand SystemUnit Boot", "a\rb", "a\\", "a|b", "x" * 256, "a\u0000b", "a\u2028b"])
@pytest.mark.parametrize("which", ["new", "current"])
def test_a_password_that_could_break_out_of_its_quotes_is_never_sent_and_not_shown(unsafe, which):
    codec, shell = a_codec(obeyed)
    before = len(shell.sent)

    with pytest.raises(UnsafeValue) as refusal:
        codec.set_password(*((unsafe,) if which == "new" else (NEW,)), current=OLD if which == "new" else unsafe)

    assert len(shell.sent) == before
    assert shows_no_password(refusal.value, NEW, OLD, *([unsafe] if unsafe else []))


def test_a_private_key_in_the_place_of_a_password_is_never_sent_and_not_shown():
    codec, shell = a_codec(obeyed)
    before, key = len(shell.sent), "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n-----END OPENSSH PRIVATE KEY-----\n"

    with pytest.raises(UnsafeValue) as refusal:
        codec.set_password(NEW, current=key)

    assert len(shell.sent) == before
    assert shows_no_password(refusal.value, "b3BlbnNzaC1rZXk", NEW)


# What is believed, and what an error shows


UNREADABLE = {
    "an empty answer": {}, "no status": {"CommandResponse": {"PassphraseSetResult": {}}},
    "the command again": {"CommandResponse": {"PassphraseSetResult": {"NewPassphrase": {"Value": NEW}, "YourPassphrase": {"Value": OLD}}}},
    "text": {"CommandResponse": f"{NEW} {OLD}"}, "two answers": {"CommandResponse": {"A": {"status": "OK"}, "B": {}}},
    "a status of something": {"Status": {"Echo": {"Value": NEW}}}, "a status that is no word": {"CommandResponse": {"A": {"status": [NEW]}}},
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_only_a_plain_ok_is_believed_and_nothing_that_was_said_instead_is_shown(body):
    codec, _ = a_codec(lambda result_id: as_sent(body, result_id))

    with pytest.raises((UnexpectedReply, CommandRefused)) as unread:
        codec.set_password(NEW, current=OLD)

    assert unread.value.asked == f"xCommand {SET}"
    assert shows_no_password(unread.value, NEW, OLD)


@pytest.mark.parametrize("reason", [f"{NEW} is too weak", f"Illegal value: {NEW[:6]}...", f"{OLD} is not your passphrase", NEW.upper()])
def test_a_refusal_that_repeats_a_password_is_told_without_it(reason):
    refusal = {"CommandResponse": {"PassphraseSetResult": {"status": "Error", "Reason": {"Value": reason}}}}
    codec, _ = a_codec(lambda result_id: as_sent(refusal, result_id))

    with pytest.raises(CommandRefused) as refused:
        codec.set_password(NEW, current=OLD)

    assert shows_no_password(refused.value, NEW, OLD, NEW[:6], NEW.upper())


def test_a_refusal_in_the_devices_own_words_says_why():
    refusal = {"CommandResponse": {"PassphraseSetResult": {"status": "Error", "Reason": {"Value": "Too weak"}}}}
    codec, _ = a_codec(lambda result_id: as_sent(refusal, result_id))

    with pytest.raises(CommandRefused) as refused:
        codec.set_password(NEW, current=OLD)

    assert (refused.value.asked, refused.value.reason) == (f"xCommand {SET}", "Too weak")


def test_silence_shows_no_password():
    codec, _ = a_codec(lambda result_id: b"")

    with pytest.raises(Silent) as silent:
        codec.set_password(NEW, current=OLD)

    assert silent.value.asked == f"xCommand {SET}"
    assert shows_no_password(silent.value, NEW, OLD)


def test_a_line_that_cannot_be_sent_in_time_is_not_shown():
    codec, shell = a_codec(obeyed)

    def stuck(data: bytes) -> None:
        raise Silent(asked=repr(data), waited_s=1)

    shell.send = stuck

    with pytest.raises(Silent) as silent:
        codec.set_password(NEW, current=OLD)

    assert silent.value.asked == f"xCommand {SET}"
    assert shows_no_password(silent.value, NEW, OLD)


def test_a_lost_connection_shows_no_password():
    def hang_up(result_id: str) -> bytes:
        raise ConnectionLost("closed")

    codec, _ = a_codec(hang_up)

    with pytest.raises(ConnectionLost) as lost:
        codec.set_password(NEW, current=OLD)

    assert shows_no_password(lost.value, NEW, OLD)


@pytest.mark.parametrize("has_json", [True, False])
def test_the_command_repeated_without_its_id_is_neither_an_answer_nor_an_event(has_json):
    echo = (json.dumps({"CommandResponse": {"PassphraseSetResult": {"status": "OK", "NewPassphrase": {"Value": NEW}}}}) if has_json
            else f'*r PassphraseSetResult NewPassphrase: "{NEW}"\r\n** end')
    codec, _ = a_codec(lambda result_id: echo.encode() + b"\r\n")

    with pytest.raises(Silent):
        codec.set_password(NEW, current=OLD)

    assert codec.events() == []


def test_an_echo_of_the_line_is_neither_an_answer_nor_an_event():
    codec, shell = a_codec(lambda result_id: shell.sent[-1])

    with pytest.raises(Silent):
        codec.set_password(NEW, current=OLD)

    assert codec.events() == []


def test_a_bare_ok_is_not_believed():
    codec, _ = a_codec(lambda result_id: b"\r\nOK\r\n")

    with pytest.raises(Silent):
        codec.set_password(NEW, current=OLD)


# On the simulator


@pytest.fixture
def signs_in(office) -> Callable[..., bool]:
    def try_it(simulator, password: str) -> bool:
        try:
            office.connect(simulator, password=password).close()
        except LoginRefused:
            return False
        return True

    return try_it


@pytest.mark.parametrize("has_json", [True, False])
def test_after_the_change_the_new_password_lets_in_and_the_old_one_does_not(office, signs_in, has_json):
    simulator = office.codec(firmware=Firmware(has_json=has_json))
    old = simulator.password
    codec = office.connect(simulator)

    codec.set_password(NEW, current=old)

    assert (signs_in(simulator, NEW), signs_in(simulator, old)) == (True, False)
    assert codec.status().registered is Tri.YES  # The connection stays what it was.


@pytest.mark.parametrize("has_json", [True, False])
@pytest.mark.parametrize("said", ["ok", "cut"])
def test_what_became_of_it_is_seen_by_signing_in(office, signs_in, has_json, said):
    simulator = office.codec(firmware=Firmware(has_json=has_json), bad=BadDay(keeps_password=said == "ok", cuts_at_password=said == "cut"))
    old = simulator.password
    codec = office.connect(simulator)

    if said == "ok":
        codec.set_password(NEW, current=old)
    else:
        with pytest.raises(ConnectionLost):
            codec.set_password(NEW, current=old)

    assert (signs_in(simulator, NEW), signs_in(simulator, old)) == (said == "cut", said == "ok")


@pytest.mark.parametrize("has_json", [True, False])
@pytest.mark.parametrize(("new", "current"), [("kurz", None), (NEW, "nicht das alte")])
def test_a_refused_password_leaves_the_old_one(office, signs_in, has_json, new, current):
    simulator = office.codec(firmware=Firmware(has_json=has_json))
    old = simulator.password

    with pytest.raises(CommandRefused) as refused:
        office.connect(simulator).set_password(new, current=current or old)

    assert shows_no_password(refused.value, new, old, "nicht das alte")
    assert signs_in(simulator, old)


@pytest.mark.parametrize("bad", [{}, {"silent_to": f"xCommand {SET}"}, {"cuts_at_password": True}])
@pytest.mark.parametrize("has_json", [True, False])
def test_no_log_holds_a_password(office, caplog, has_json, bad):
    caplog.set_level(logging.DEBUG)
    simulator = office.codec(firmware=Firmware(has_json=has_json, shortest_password=50 if not bad else 8))
    old = simulator.password
    codec = office.connect(simulator, deadlines=IMPATIENT)
    for name, value in bad.items():
        setattr(simulator.bad, name, value)

    with pytest.raises(DeviceError) as failed:
        codec.set_password(NEW, current=old)
    logging.getLogger("a caller").error("it failed", exc_info=failed.value)

    assert not any(secret in caplog.text for secret in (NEW, old))
    assert shows_no_password(failed.value, NEW, old)


def test_what_the_family_takes_is_what_the_driver_sends():
    codec, _ = a_codec(obeyed)

    codec.set_password(CiscoRoomos.password_letters[:CiscoRoomos.password_length], current=OLD)

    assert {"set_password"} <= CiscoRoomos.supports
    assert 12 <= CiscoRoomos.password_length <= 255
    assert set(CiscoRoomos.password_letters) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
