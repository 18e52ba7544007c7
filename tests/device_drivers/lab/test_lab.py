"""Calls between real rooms: baresip with SRTP behind OpenSSH, snmpd, and a PJSIP bridge."""

import json
import os
import subprocess

import paramiko
import pytest

from device_drivers.baresip import media
from device_drivers.errors import CommandRefused, ConnectionLost, HostKeyChanged, HostKeyUnknown, LoginRefused, Unreachable
from device_drivers.lab.lab import SNMP_PORT, SSH_PORT
from device_drivers.readings import CallState, EncryptionSetting, Grade, Tri
from device_drivers.registry import connect
from device_drivers.snmp.asking import Asked, oid
from device_drivers.transports.forward import open_forward
from device_drivers.transports.private_key import private_key_in
from device_drivers.transports.snmp import Engine
from device_drivers.transports.snmp_login import SnmpLogin
from device_drivers.transports.snmp_quirks import Target
from device_drivers.transports.ssh import Login
from tests.device_drivers.lab.conftest import DTLS, NONE

pytestmark = pytest.mark.lab

SUITE = "AES_CM_128_HMAC_SHA1_80"
SYS_NAME = "1.3.6.1.2.1.1.5.0"


def both_ends_of_a_call(rooms, eventually, caller: int, called: int):
    """Return caller, called and the call's id, once sound flows."""
    call_id = rooms[caller].dial(rooms.address(called))
    eventually(lambda: rooms[caller].read_encryption(call_id).has_media_both_ways and rooms[called].read_encryption(call_id).has_media_both_ways)
    return rooms[caller], rooms[called], call_id


def test_a_real_room_pc_says_who_it_is_and_that_it_is_ready(rooms):
    status = rooms[1].status()

    assert status.identity.model.startswith("baresip (") and status.identity.model.endswith("/linux)") and not status.identity.simulated
    assert status.identity.firmware.startswith("1.") and len(status.identity.serial) == 36 and status.identity.uptime_s is not None
    assert (status.registered, status.can_encrypt, status.calls) == (Tri.YES, Tri.YES, ())


def test_an_encrypted_call_is_proven_stream_by_stream_at_both_ends(rooms, eventually):
    caller, called, call_id = both_ends_of_a_call(rooms, eventually, 1, 2)

    for end in (caller, called):
        reading = end.read_encryption(call_id)
        assert (reading.grade, reading.encrypted, reading.suite) == (Grade.A, Tri.YES, SUITE)
        assert {(one.media, one.direction) for one in reading.streams} >= {("audio", "incoming"), ("audio", "outgoing")}
        assert all(one.encrypted is Tri.YES for one in reading.streams)
        assert json.loads(reading.raw)["signalling"] == media.NOT_TLS
        assert "inline:(withheld)" in reading.raw and reading.raw.count("inline:") == reading.raw.count("inline:(withheld)")


def test_a_controller_that_comes_later_reads_the_same_without_having_heard_the_events(rooms, eventually):
    _, _, call_id = both_ends_of_a_call(rooms, eventually, 1, 2)

    reading = rooms.connect(1).read_encryption(call_id)

    assert (reading.grade, reading.encrypted, reading.suite, json.loads(reading.raw)["events"]) == (Grade.A, Tri.YES, SUITE, {})


def test_a_silent_downgrade_is_an_established_call_and_not_encrypted(rooms, eventually):
    rooms[1].set_encryption(EncryptionSetting.BEST_EFFORT)
    try:
        caller, called, call_id = both_ends_of_a_call(rooms, eventually, 1, NONE)

        for end in (caller, called):
            reading = end.read_encryption(call_id)
            assert (reading.encrypted, reading.suite) == (Tri.NO, None)
            assert [call.state for call in end.calls()] == [CallState.CONNECTED]
        assert caller.encryption_setting() is EncryptionSetting.BEST_EFFORT  # The wish still stands there.
        caller.hang_up(call_id)
    finally:
        rooms[1].set_encryption(EncryptionSetting.ON)


@pytest.mark.parametrize(("caller", "called"), [(1, NONE), (NONE, 1)])
def test_rooms_that_cannot_agree_on_encryption_have_no_call_and_the_reason(rooms, caller, called):
    with pytest.raises(CommandRefused) as refusal:
        rooms[caller].dial(rooms.address(called))

    assert refusal.value.reason == "488 Not Acceptable Here"
    assert rooms[caller].calls() == ()


def test_a_user_nobody_knows_is_not_found(rooms):
    with pytest.raises(CommandRefused) as refusal:
        rooms[1].dial(f"nobody@{rooms.room(2).pc.address}")

    assert refusal.value.reason == "404 Not Found"


def test_an_address_where_nobody_is_goes_on_dialling_and_proves_nothing(rooms):
    call_id = rooms[1].dial("room9@127.99.99.99")

    (call,) = rooms[1].calls()
    reading = rooms[1].read_encryption(call_id)
    assert (call.id, call.state) == (call_id, CallState.DIALLING)
    assert (reading.grade, reading.encrypted) == (Grade.NONE, Tri.UNKNOWN)


def test_case_21_a_dial_in_a_call_is_refused_and_opens_no_second_one(rooms, eventually):
    caller, _, call_id = both_ends_of_a_call(rooms, eventually, 1, 2)

    with pytest.raises(CommandRefused, match="a call is up already"):
        caller.dial(rooms.address(3))

    assert [call.id for call in caller.calls()] == [call_id]


def test_a_room_in_a_call_lets_no_third_one_in(rooms, eventually):
    _, called, call_id = both_ends_of_a_call(rooms, eventually, 1, 2)

    with pytest.raises(CommandRefused, match="486"):
        rooms[3].dial(rooms.address(2))

    assert [call.id for call in called.calls()] == [call_id]


def test_a_setting_is_not_changed_in_a_call_which_goes_on(rooms, eventually):
    caller, called, call_id = both_ends_of_a_call(rooms, eventually, 1, 2)

    with pytest.raises(CommandRefused, match="a call is up"):
        caller.set_encryption(EncryptionSetting.OFF)

    assert [end.read_encryption(call_id).encrypted for end in (caller, called)] == [Tri.YES, Tri.YES]


@pytest.mark.parametrize("setting", [EncryptionSetting.OFF, EncryptionSetting.BEST_EFFORT, EncryptionSetting.ON])
def test_every_setting_is_taken_and_read_back(rooms, setting):
    assert rooms[3].set_encryption(setting) is setting
    assert rooms.connect(3).encryption_setting() is setting


def test_a_hung_up_call_is_gone_at_both_ends_with_the_reason(rooms, eventually):
    caller, called, call_id = both_ends_of_a_call(rooms, eventually, 1, 2)

    caller.hang_up(call_id)

    eventually(lambda: caller.calls() == () and called.calls() == ())
    assert (caller.why_ended(call_id), called.why_ended(call_id)) == ("Connection reset by user", "Connection reset by peer")


def test_the_microphones_are_muted_and_unmuted_however_often_it_is_asked(rooms, eventually):
    caller, *_ = both_ends_of_a_call(rooms, eventually, 1, 2)

    assert [caller.mute(wanted) for wanted in (True, True, False, False, True)] == [Tri.YES, Tri.YES, Tri.NO, Tri.NO, Tri.YES]


def test_dtls_that_never_finishes_is_an_established_call_and_not_encrypted(rooms, eventually):
    first, second = DTLS
    call_id = rooms[first].dial(rooms.address(second))
    eventually(lambda: [call.state for call in rooms[first].calls()] == [CallState.CONNECTED])

    for number in DTLS:
        reading = rooms[number].read_encryption(call_id)
        assert (reading.grade, reading.encrypted, reading.suite) == (Grade.NONE, Tri.NO, None)


def test_three_rooms_meet_in_the_bridge_with_srtp_and_the_fourth_without_it_is_refused(rooms, lab, eventually):
    for number in (1, 2, 3):
        rooms[number].set_encryption(EncryptionSetting.ON)
    calls = {number: rooms[number].dial(lab.bridge.sip_address) for number in (1, 2, 3)}

    with pytest.raises(CommandRefused, match="488 Not Acceptable Here"):
        rooms[NONE].dial(lab.bridge.sip_address)

    readings = [eventually(lambda number=number: _proven(rooms[number], calls[number])) for number in (1, 2, 3)]
    assert {(one.grade, one.suite) for one in readings} == {(Grade.A, SUITE)}
    callers = eventually(lambda: _all_hear_each_other(lab))
    assert {(one["remote"], one["suite"]) for one in callers} == {(f"<sip:room{number}@{lab.network}.{number}>", SUITE) for number in (1, 2, 3)}


def _proven(driver, call_id):
    reading = driver.read_encryption(call_id)
    return reading if reading.encrypted is Tri.YES and reading.has_media_both_ways else None


def _all_hear_each_other(lab):
    callers = lab.bridge.callers()
    return callers if len(callers) == 3 and all(one["loudness_heard"] > 0 and one["received"] > 0 for one in callers) else None


def test_a_room_that_the_bridge_drops_is_out_and_the_others_stay(rooms, lab, eventually):
    calls = {number: rooms[number].dial(lab.bridge.sip_address) for number in (1, 2)}
    first = eventually(lambda: next((one for one in lab.bridge.callers() if "room1@" in one["remote"]), None))

    lab.bridge.ask(do="drop", id=first["id"])

    eventually(lambda: rooms[1].calls() == ())
    assert [call.id for call in rooms[2].calls()] == [calls[2]]


def test_a_softphone_that_dies_in_a_call_is_a_lost_connection_and_ends_the_call_of_the_other_end(rooms, lab, eventually):
    caller, called, call_id = both_ends_of_a_call(rooms, eventually, 1, 2)

    lab.kill_softphone(rooms.room(1))

    with pytest.raises(ConnectionLost):
        caller.read_encryption(call_id)
    eventually(lambda: called.calls() == (), within_s=15)
    assert called.read_encryption(call_id).encrypted is Tri.UNKNOWN
    eventually(lambda: _answers(rooms, 1), within_s=15)
    assert rooms.connect(1).calls() == ()


def test_case_25_a_restarted_softphone_is_away_says_so_and_comes_back_with_a_small_uptime(rooms, eventually):
    before = rooms[3].identify()

    restarted = rooms[3]
    restarted.restart()

    with pytest.raises(ConnectionLost):
        restarted.identify()
    eventually(lambda: _answers(rooms, 3), within_s=15)
    after = rooms.connect(3).identify()
    assert after.serial == before.serial and after.uptime_s is not None and after.uptime_s < 15


def _answers(rooms, number: int) -> bool:
    try:
        rooms.connect(number).close()
    except Unreachable as error:
        assert "softphone is not running" in str(error)
        return False
    return True


def test_the_newest_controller_has_the_softphone_and_the_earlier_one_is_told(rooms):
    earlier = rooms[2]
    earlier.identify()

    later = rooms.connect(2)

    assert later.identify().serial
    with pytest.raises(ConnectionLost):
        earlier.identify()


def test_the_host_key_is_compared_before_anything_else(rooms):
    room = rooms.room(1)

    with pytest.raises(HostKeyUnknown) as unknown:
        connect("baresip", room.pc.address, SSH_PORT, room.login, pinned=None)
    with pytest.raises(HostKeyChanged):
        connect("baresip", room.pc.address, SSH_PORT, room.login, pinned=rooms.room(2).fingerprint)

    assert unknown.value.seen.fingerprint == room.fingerprint


def test_openssh_refuses_another_key_and_a_password(rooms):
    room, other = rooms.room(1), rooms.room(2)

    for secret in ((other.folder / "host_key").read_text(), "mật khẩu"):
        with pytest.raises(LoginRefused):
            connect("baresip", room.pc.address, SSH_PORT, Login(room.pc.account, secret), pinned=room.fingerprint)


def test_the_account_reaches_the_softphone_and_nothing_else(rooms):
    room = rooms.room(1)

    with pytest.raises(LoginRefused, match="may not be forwarded"):
        open_forward(room.pc.address, SSH_PORT, room.login, pinned=room.fingerprint, remote=(room.pc.address, SSH_PORT))
    with paramiko.Transport((room.pc.address, SSH_PORT)) as transport:
        transport.connect(username=room.pc.account, pkey=private_key_in(room.login.password))
        channel = transport.open_session()
        channel.exec_command("id")
        said = channel.makefile().read()
        assert channel.recv_exit_status() != 0 and b"uid=" not in said


def test_a_rooms_name_is_read_over_snmpv3_with_privacy_and_not_without(rooms, tmp_path):
    room = rooms.room(1)
    where = f"{room.pc.address}:{SNMP_PORT}"
    quiet = {**os.environ, "SNMP_PERSISTENT_DIR": str(tmp_path), "SNMPCONFPATH": str(tmp_path)}

    def get(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["snmpget", "-v3", "-u", room.pc.snmp_user, "-Oqv", *words, where, SYS_NAME], env=quiet, capture_output=True, text=True)

    right = get("-l", "authPriv", "-a", "SHA-256", "-A", room.auth_key, "-x", "AES", "-X", room.priv_key)
    wrong = get("-l", "authPriv", "-a", "SHA-256", "-A", room.auth_key + "x", "-x", "AES", "-X", room.priv_key, "-r", "0", "-t", "1")
    open_to_all = get("-l", "authNoPriv", "-a", "SHA-256", "-A", room.auth_key, "-r", "0", "-t", "1")

    assert (right.returncode, right.stdout.strip().strip('"')) == (0, "room1")
    assert wrong.returncode != 0 and open_to_all.returncode != 0


def test_roomctls_own_snmp_reads_every_rooms_name(lab):
    engine = Engine().start()
    try:
        polls = [engine.poll(Target(room.pc.name, room.pc.address, SnmpLogin("3", username=room.pc.snmp_user, auth_protocol="SHA-256",
                 auth_password=room.auth_key, priv_protocol="AES-128", priv_password=room.priv_key), port=SNMP_PORT),
                 Asked(objects=(oid(SYS_NAME),))) for room in lab.rooms]

        names = [poll.result(10).answers.values[oid(SYS_NAME)] for poll in polls]
    finally:
        engine.close()

    assert names == [room.pc.name.encode() for room in lab.rooms]
