"""The shell over SSH, through Debian's own OpenSSH server: started here on a loopback port, with keys of its own.

Where somebody signs in, the account is made for the test and removed after it, and what it reaches is the simulated codec's
conversation, so that only the SSH is another's: see conftest.py.
"""

import os
import re
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import paramiko
import pytest

import device_drivers
from device_drivers.errors import ConnectionLost, HostKeyChanged, HostKeyUnknown, LoginRefused, Silent, SshTooOld
from device_drivers.readings import CallState, Grade, Tri
from device_drivers.registry import connect
from device_drivers.simulators import server
from device_drivers.simulators.server import BadDay
from device_drivers.transports.ssh import Deadlines, Login, look_at_host_key, open_shell

ROOT = Path(device_drivers.__file__).parents[1]

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make an account to sign in with")


# What OpenSSH shows without a sign-in


def test_the_host_key_is_told_as_ssh_keygen_tells_it(sshd):
    running = sshd()

    seen = look_at_host_key("127.0.0.1", running.port)

    assert (seen.algorithm, seen.fingerprint) == ("ssh-ed25519", running.fingerprint)
    assert not running.was_asked_to_let_somebody_in


def test_a_wrong_password_is_a_refused_login(sshd):
    running = sshd()

    with pytest.raises(LoginRefused):
        open_shell("127.0.0.1", running.port, Login("nobody-here", "wrong"), pinned=running.fingerprint)

    assert running.was_asked_to_let_somebody_in
    assert len(re.findall("Failed password for", running.log)) == 1


def test_a_changed_host_key_is_told_before_openssh_hears_of_any_account(sshd, eventually):
    approved, running = sshd().fingerprint, sshd()

    with pytest.raises(HostKeyChanged) as refusal:
        open_shell("127.0.0.1", running.port, Login("roomctl", "geheim"), pinned=approved)

    assert (refusal.value.pinned, refusal.value.seen.fingerprint) == (approved, running.fingerprint)
    eventually(lambda: running.has_seen_somebody_leave)
    assert not running.was_asked_to_let_somebody_in


def test_an_unapproved_host_key_is_told_before_openssh_hears_of_any_account(sshd, eventually):
    running = sshd()

    with pytest.raises(HostKeyUnknown):
        open_shell("127.0.0.1", running.port, Login("roomctl", "geheim"), pinned=None)

    eventually(lambda: running.has_seen_somebody_leave)
    assert not running.was_asked_to_let_somebody_in


@pytest.mark.parametrize("option", ["KexAlgorithms diffie-hellman-group14-sha1", "HostKeyAlgorithms ssh-rsa"])
def test_an_ssh_with_nothing_but_sha1_is_too_old_and_what_it_offers_is_told(sshd, option):
    running = sshd(option, key_type="rsa")

    with pytest.raises(SshTooOld) as refusal:
        look_at_host_key("127.0.0.1", running.port)

    assert option.split()[1] in str(refusal.value)


# The whole way


@as_root
def test_a_codec_behind_openssh_is_driven_the_whole_way(sshd, account, conversation, relay, eventually):
    running = sshd(relay, f"AllowUsers {account.username}")
    codec = connect("cisco_roomos", "127.0.0.1", running.port, account, pinned=running.fingerprint)
    try:
        assert codec.identify().model == "Room Kit (simulated)"
        call_id = codec.dial("room@vc.example")
        eventually(lambda: [call for call in codec.calls() if call.state is CallState.CONNECTED])
        reading = eventually(lambda: (found := codec.read_encryption(call_id)).streams and found)
        assert (reading.grade, reading.encrypted) == (Grade.A, Tri.YES)
        codec.hang_up(call_id)
        assert codec.calls() == ()
        assert (codec.reached_by.account, codec.reached_by.host_key.fingerprint) == (account.username, running.fingerprint)
    finally:
        codec.close()

    eventually(lambda: conversation.open_sessions == 0)


@as_root
def test_a_codec_behind_openssh_is_shown_on_the_command_line(sshd, account, conversation, relay, eventually):
    running = sshd(relay, f"AllowUsers {account.username}")

    shown = subprocess.run(
        [sys.executable, "-m", "device_drivers", "cisco_roomos", "status", f"127.0.0.1:{running.port}", "--user", account.username,
         "--pin", running.fingerprint],
        cwd=ROOT, env={**os.environ, "DEVICE_PASSWORD": account.password}, capture_output=True, text=True, timeout=30)

    assert shown.returncode == 0, shown.stderr
    assert '"registration": "Registered"' in shown.stdout
    eventually(lambda: conversation.open_sessions == 0)


@as_root
def test_a_wrong_password_for_an_account_that_exists_is_a_refused_login_after_one_try(sshd, account):
    running = sshd(f"AllowUsers {account.username}")

    with pytest.raises(LoginRefused):
        open_shell("127.0.0.1", running.port, Login(account.username, "wrong"), pinned=running.fingerprint)

    assert len(re.findall(f"Failed password for {account.username}", running.log)) == 1


@as_root
def test_a_shell_that_ends_by_itself_is_a_lost_connection(sshd, account):
    running = sshd("ForceCommand exit 0", f"AllowUsers {account.username}")

    with pytest.raises(ConnectionLost):
        connect("cisco_roomos", "127.0.0.1", running.port, account, pinned=running.fingerprint)


# What a server may do while somebody signs in


def test_a_server_that_never_answers_a_sign_in_is_silent_and_has_refused_nobody(office, monkeypatch):
    simulator, answer_now = office.codec(), threading.Event()

    def think(gate, username, password) -> int:
        answer_now.wait(10)
        return paramiko.AUTH_FAILED

    monkeypatch.setattr(server._Gate, "check_auth_password", think)
    try:
        with pytest.raises(Silent):
            office.connect(simulator, deadlines=Deadlines(login_s=0.3))
    finally:
        answer_now.set()


def test_a_server_that_wants_more_than_the_password_refuses_the_login(office, monkeypatch):
    simulator = office.codec()
    monkeypatch.setattr(server._Gate, "check_auth_password", lambda gate, username, password: paramiko.AUTH_PARTIALLY_SUCCESSFUL)

    with pytest.raises(LoginRefused, match="more than the password"):
        office.connect(simulator)


def test_a_second_round_of_questions_is_not_answered(office, monkeypatch, sign_ins):
    simulator = office.codec(bad=BadDay(interactive_prompts=1))
    once = server._Gate.check_auth_interactive_response

    def ask_again(gate, responses):
        once(gate, responses)
        return paramiko.InteractiveQuery("", "", ("Token: ", False))

    monkeypatch.setattr(server._Gate, "check_auth_interactive_response", ask_again)

    with pytest.raises(LoginRefused, match="Token"):
        office.connect(simulator)

    assert [given for way, given in sign_ins if way == "answers"] == [[simulator.password]]


def test_a_question_that_is_no_utf8_is_a_device_error(office, monkeypatch):
    simulator = office.codec(bad=BadDay(interactive_prompts=1))
    monkeypatch.setattr(server._Gate, "check_auth_interactive", lambda gate, username, submethods: paramiko.InteractiveQuery(
        "", "", (b"M\xeat kh\xe8u: ", False)))

    with pytest.raises(ConnectionLost, match="signing in"):
        office.connect(simulator)


# A server that hangs up


def test_a_server_that_hangs_up_at_once_is_a_lost_connection():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        hanging_up = threading.Thread(target=lambda: listener.accept()[0].close())
        hanging_up.start()

        with pytest.raises(ConnectionLost):
            look_at_host_key("127.0.0.1", listener.getsockname()[1], Deadlines(banner_s=2))

        hanging_up.join()


@pytest.mark.parametrize("before", [b"", b"SSH-2.0-x\r\n"])
@pytest.mark.parametrize("piece", [b"no line end", b"line\r\n", b"\xff" * 1_000])
def test_a_server_that_never_stops_talking_is_told_at_once(answering, before, piece):
    def behave(connection, stopped) -> None:
        connection.sendall(before)
        while not stopped.is_set():
            connection.sendall(piece)

    started = time.monotonic()

    with pytest.raises(ConnectionLost):
        look_at_host_key("127.0.0.1", answering(behave), Deadlines(banner_s=30))

    assert time.monotonic() - started < 15


def test_a_shell_says_whether_it_is_open(office):
    simulator = office.codec()
    shell = open_shell(simulator.host, simulator.port, Login(simulator.username, simulator.password), pinned=simulator.fingerprint)
    assert shell.is_open

    shell.close()

    assert not shell.is_open
