"""The lab's real PJSIP bridge, reached as roomctl reaches it: OpenSSH, a pinned key, the family pjsip_bridge."""

import paramiko
import pytest

from device_drivers.errors import CommandRefused, ConnectionLost, HostKeyChanged, HostKeyUnknown, LoginRefused
from device_drivers.lab import door
from device_drivers.lab.lab import SSH_PORT, Lab, free_network
from device_drivers.readings import EncryptionSetting, Tri
from device_drivers.registry import connect
from device_drivers.transports.private_key import private_key_in
from device_drivers.transports.ssh import Login
from tests.device_drivers.lab.conftest import NONE

pytestmark = pytest.mark.lab

SUITE = "AES_CM_128_HMAC_SHA1_80"


@pytest.fixture(scope="module")
def lab(installed, tmp_path_factory):
    """Rooms and a bridge that lets the unencrypted in too, so that it has something to tell apart."""
    made = Lab(tmp_path_factory.mktemp("lab"), NONE, network=free_network(), encryption={NONE: "none"}, bridge_mode="optional")
    made.up()
    yield made
    made.down()


def reached(lab: Lab, **changed):
    way = {"host": lab.bridge.address, "port": SSH_PORT, "login": lab.bridge.login, "pinned": lab.bridge.fingerprint, **changed}
    return connect("pjsip_bridge", **way)


@pytest.fixture
def bridge(lab):
    driver = reached(lab)
    yield driver
    driver.lock(lab.bridge.sip_address, False)
    driver.close()


def answered(bridge, lab, count: int):
    """Return who is in the conference, once all of them are up and their media are set."""
    found = bridge.conference(lab.bridge.sip_address).participants
    return found if len(found) == count and all(one.encrypted is not Tri.UNKNOWN for one in found) else None


def test_a_real_bridge_says_who_it_is(bridge, lab):
    identity = bridge.identify()

    assert (identity.model, identity.simulated) == ("PJSIP conference bridge", False)
    assert identity.firmware.startswith("2.") and len(identity.serial) == 36 and identity.uptime_s is not None
    assert bridge.reached_by.host_key.fingerprint == lab.bridge.fingerprint and bridge.reached_by.account == lab.bridge.account


def test_each_caller_is_seen_as_roomctl_knows_it_with_the_suite_that_its_own_end_reads(bridge, lab, rooms, eventually):
    calls = {number: rooms[number].dial(lab.bridge.sip_address) for number in (1, 2)}

    found = eventually(lambda: answered(bridge, lab, 2))

    assert {(one.id, one.remote, one.encrypted, one.suite) for one in found} == {
        (calls[number], rooms.address(number), Tri.YES, SUITE) for number in (1, 2)}
    for number, call_id in calls.items():
        reading = eventually(lambda number=number, call_id=call_id: _proven(rooms[number], call_id))
        assert reading.suite == SUITE


def _proven(driver, call_id):
    reading = driver.read_encryption(call_id)
    return reading if reading.encrypted is Tri.YES and reading.has_media_both_ways else None


def test_a_caller_without_srtp_is_told_apart_from_one_with_it(bridge, lab, rooms, eventually):
    rooms[1].dial(lab.bridge.sip_address)
    rooms[NONE].dial(lab.bridge.sip_address)

    found = eventually(lambda: answered(bridge, lab, 2))

    assert {(one.remote, one.encrypted, one.suite) for one in found} == {(rooms.address(1), Tri.YES, SUITE), (rooms.address(NONE), Tri.NO, None)}


def test_what_was_negotiated_counts_and_not_how_the_room_was_installed(bridge, lab, rooms, eventually):
    rooms[NONE].set_encryption(EncryptionSetting.ON)
    try:
        rooms[NONE].dial(lab.bridge.sip_address)

        (found,) = eventually(lambda: answered(bridge, lab, 1))
    finally:
        rooms.quiet()
        rooms[NONE].set_encryption(EncryptionSetting.OFF)

    assert (found.remote, found.encrypted, found.suite) == (rooms.address(NONE), Tri.YES, SUITE)


def test_a_dropped_caller_is_out_at_both_ends_and_the_others_stay(bridge, lab, rooms, eventually):
    calls = {number: rooms[number].dial(lab.bridge.sip_address) for number in (1, 2)}
    eventually(lambda: answered(bridge, lab, 2))

    bridge.drop(lab.bridge.sip_address, calls[1])

    eventually(lambda: rooms[1].calls() == ())
    assert [one.id for one in bridge.conference(lab.bridge.sip_address).participants] == [calls[2]]
    with pytest.raises(CommandRefused, match="no such call"):
        bridge.drop(lab.bridge.sip_address, calls[1])


def test_a_locked_bridge_lets_nobody_in_and_keeps_who_is_there(bridge, lab, rooms, eventually):
    call_id = rooms[1].dial(lab.bridge.sip_address)
    eventually(lambda: answered(bridge, lab, 1))

    bridge.lock(lab.bridge.sip_address, True)

    with pytest.raises(CommandRefused, match="403"):
        rooms[2].dial(lab.bridge.sip_address)
    assert [one.id for one in bridge.conference(lab.bridge.sip_address).participants] == [call_id]
    bridge.lock(lab.bridge.sip_address, False)
    rooms[2].dial(lab.bridge.sip_address)
    eventually(lambda: answered(bridge, lab, 2))


def test_two_controllers_ask_at_once_and_each_has_its_own_answers(bridge, lab):
    other = reached(lab)

    try:
        assert other.conference(lab.bridge.sip_address).address == bridge.conference(lab.bridge.sip_address).address == lab.bridge.sip_address
        assert other.identify().serial == bridge.identify().serial
    finally:
        other.close()


def test_the_host_key_is_compared_before_anything_else(lab, rooms):
    with pytest.raises(HostKeyUnknown):
        reached(lab, pinned=None)
    with pytest.raises(HostKeyChanged):
        reached(lab, pinned=rooms.room(1).fingerprint)


def test_another_key_and_a_password_are_refused(lab):
    for secret in ((lab.bridge.folder / "host_key").read_text(), "mật khẩu"):
        with pytest.raises(LoginRefused):
            reached(lab, login=Login(lab.bridge.account, secret))


def test_the_account_reaches_the_bridge_and_nothing_else(lab):
    with paramiko.Transport((lab.bridge.address, SSH_PORT)) as transport:
        transport.connect(username=lab.bridge.account, pkey=private_key_in(lab.bridge.login.password))
        channel = transport.open_session()
        channel.exec_command("id")
        channel.sendall(b'{"number": 1, "do": "identify"}\n')
        said = channel.makefile().readline()
        assert "PJSIP" in said and "uid=" not in said
        with pytest.raises(paramiko.ChannelException):
            transport.open_channel("direct-tcpip", (lab.bridge.address, SSH_PORT), ("127.0.0.1", 0))


@pytest.mark.parametrize("said", [b"id; ls\n", b"[1, 2]\n", b'"quit"\n', b"{" * (door.LONGEST_LINE + 1) + b"\n", b'{"do"\n'])
def test_whoever_does_not_speak_its_words_is_shown_out_and_the_bridge_goes_on(bridge, lab, said):
    stranger = reached(lab)
    stranger._shell.send(said)

    with pytest.raises(ConnectionLost):
        while True:
            stranger.identify()

    assert bridge.identify().serial


@pytest.mark.parametrize("asked", [{"do": "quit"}, {"do": "sing"}, {}, {"do": ["list"]}, {"do": "drop", "id": "x"}, {"do": "drop", "call": None},
                                   {"do": "lock"}])
def test_a_question_that_makes_no_sense_is_refused_and_ends_nothing(bridge, asked):
    with pytest.raises(CommandRefused):
        bridge._ask(asked.get("do", ""), **{name: value for name, value in asked.items() if name != "do"})

    assert bridge.identify().serial


def test_a_bridge_that_dies_is_a_lost_connection_and_never_an_empty_conference(installed, tmp_path):
    doomed = Lab(tmp_path, 1, network=free_network())
    doomed.up()
    try:
        driver = reached(doomed)
        assert driver.conference(doomed.bridge.sip_address).participants == ()

        doomed.kill_bridge()

        for way in (lambda: driver, lambda: reached(doomed)):  # Its SSH still lets in whoever has the key.
            with pytest.raises(ConnectionLost):
                way().conference(doomed.bridge.sip_address)
    finally:
        doomed.down()
