"""The look at what SSH a device offers: against OpenSSH, and against servers that behave badly."""

import socket
import time

import pytest

from device_drivers.errors import ConnectionLost, Silent, UnexpectedReply, Unreachable
from device_drivers.readings import SshVerdict
from device_drivers.transports.offer import GreetingReader
from device_drivers.transports.probe import look_at_offer
from device_drivers.transports.ssh import Deadlines

QUICK = Deadlines(connect_s=2, banner_s=0.4)


def wait_until_gone(connection: socket.socket) -> None:
    while connection.recv(4_096):
        pass


# OpenSSH


def test_what_openssh_was_told_to_offer_is_what_is_read(sshd):
    running = sshd("KexAlgorithms diffie-hellman-group14-sha1,diffie-hellman-group14-sha256", "HostKeyAlgorithms rsa-sha2-256,ssh-rsa",
                   "Ciphers aes128-cbc,3des-cbc", "MACs hmac-sha1,hmac-md5", "Compression no", key_type="rsa")

    found = look_at_offer("127.0.0.1", running.port)

    assert found.banner.startswith("SSH-2.0-OpenSSH_")
    assert found.key_exchange == ("diffie-hellman-group14-sha1", "diffie-hellman-group14-sha256")
    assert found.host_keys == ("rsa-sha2-256", "ssh-rsa")
    assert found.ciphers_to_device == found.ciphers_from_device == ("aes128-cbc", "3des-cbc")
    assert found.macs_to_device == found.macs_from_device == ("hmac-sha1", "hmac-md5")
    assert found.compressions_to_device == found.compressions_from_device == ("none",)
    assert found.verdict is SshVerdict.MODERN


def test_openssh_is_left_with_a_goodbye_and_hears_of_no_account(sshd, eventually):
    running = sshd()

    look_at_offer("127.0.0.1", running.port)

    eventually(lambda: "Received disconnect from 127.0.0.1" in running.log)
    assert not running.was_asked_to_let_somebody_in
    assert "error:" not in running.log and "fatal:" not in running.log


def test_openssh_greeting_reads_the_same_wherever_it_is_cut(sshd):
    running = sshd()
    with socket.create_connection(("127.0.0.1", running.port), timeout=5) as connection:
        connection.sendall(b"SSH-2.0-test\r\n")
        whole, expected, reader = b"", None, GreetingReader()
        while expected is None:
            piece = connection.recv(4_096)
            whole += piece
            expected = reader.feed(piece)

    for cut in range(len(whole)):
        reader = GreetingReader()
        assert reader.feed(whole[:cut]) is None
        assert reader.feed(whole[cut:]) == expected


def test_a_full_openssh_that_hangs_up_is_a_lost_connection(sshd):
    running = sshd("MaxStartups 1:100:1", "LoginGraceTime 30")
    with socket.create_connection(("127.0.0.1", running.port), timeout=5) as first:
        first.recv(100)

        with pytest.raises(ConnectionLost):
            look_at_offer("127.0.0.1", running.port)


# Servers that behave badly


def test_a_silent_port_is_silent_when_its_time_is_up(answering):
    port = answering(lambda connection, stopped: stopped.wait(10))
    started = time.monotonic()

    with pytest.raises(Silent):
        look_at_offer("127.0.0.1", port, QUICK)

    assert time.monotonic() - started < 2


@pytest.mark.parametrize("said", [b"SSH-2.0-slow", b"SSH-2.0-slow\r\n", b"SSH-2.0-slow\r\n\x00\x00\x04\x00\x08\x14"])
def test_a_server_that_stops_half_way_is_silent(answering, said):
    def behave(connection, stopped) -> None:
        connection.sendall(said)
        stopped.wait(10)

    with pytest.raises(Silent):
        look_at_offer("127.0.0.1", answering(behave), QUICK)


def test_a_server_that_says_a_little_for_ever_is_silent_when_the_whole_time_is_up(answering):
    def behave(connection, stopped) -> None:
        connection.sendall(b"SSH-2.0-drip\r\n\x00\x00\x40\x00\x08\x14")
        while not stopped.wait(0.02):
            connection.sendall(b"a")

    started = time.monotonic()

    with pytest.raises(Silent):
        look_at_offer("127.0.0.1", answering(behave), QUICK)

    assert time.monotonic() - started < 2


@pytest.mark.parametrize("piece", [b"no line end", b"line\r\n", b"\x00" * 1_000, b"HTTP/1.1 400 Bad Request\r\n"])
def test_a_server_that_never_stops_talking_is_refused(answering, piece):
    def behave(connection, stopped) -> None:
        while not stopped.is_set():
            connection.sendall(piece)

    with pytest.raises(UnexpectedReply):
        look_at_offer("127.0.0.1", answering(behave), Deadlines(banner_s=10))


def test_a_server_that_promises_a_packet_of_four_gigabytes_is_refused(answering):
    def behave(connection, stopped) -> None:
        connection.sendall(b"SSH-2.0-huge\r\n\xff\xff\xff\xff\x04\x14")
        stopped.wait(10)

    with pytest.raises(UnexpectedReply):
        look_at_offer("127.0.0.1", answering(behave), Deadlines(banner_s=5))


def test_what_a_server_says_before_it_hangs_up_is_told(answering):
    def behave(connection, stopped) -> None:
        connection.sendall(b"Too many sessions\r\n")
        connection.shutdown(socket.SHUT_WR)
        wait_until_gone(connection)

    with pytest.raises(ConnectionLost, match="Too many sessions"):
        look_at_offer("127.0.0.1", answering(behave), QUICK)


@pytest.mark.parametrize("said", [b"", b"SSH-2.0-gone\r\n", b"SSH-2.0-gone\r\n\x00\x00\x04"])
def test_a_server_that_hangs_up_at_any_point_is_a_lost_connection(answering, said):
    def behave(connection, stopped) -> None:
        connection.sendall(said)
        connection.shutdown(socket.SHUT_WR)
        wait_until_gone(connection)

    with pytest.raises(ConnectionLost):
        look_at_offer("127.0.0.1", answering(behave), QUICK)


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70_000), ("a..b", 22), ("x" * 300, 22), ("nobody.invalid", 22)])
def test_an_address_that_cannot_be_is_unreachable(host, port):
    with pytest.raises(Unreachable):
        look_at_offer(host, port, QUICK)


def test_a_closed_port_is_unreachable():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(Unreachable):
        look_at_offer("127.0.0.1", port, QUICK)
