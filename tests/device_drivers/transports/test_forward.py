"""Channels to a socket that only the device itself can reach."""

import pytest

from device_drivers.errors import LoginRefused, SessionTableFull, Silent
from device_drivers.simulators.baresip import SimulatedBaresip
from device_drivers.transports.forward import control_socket_of, open_forward
from device_drivers.transports.ssh import Deadlines, Login


@pytest.mark.parametrize(("host", "place"), [
    ("10.4.5.6", ("127.0.0.1", 4444)), ("xa-tan-my.example", ("127.0.0.1", 4444)), ("2001:db8::1", ("127.0.0.1", 4444)),
    ("127.0.0.1", ("127.0.0.1", 4444)), ("127.0.1.7", ("127.0.1.7", 4444))])
def test_the_control_socket_is_on_the_device_s_own_loopback_address(host, place):
    assert control_socket_of(host) == place


def reach(simulator: SimulatedBaresip, **facts):
    return open_forward(simulator.host, simulator.port, Login(simulator.username, simulator.password), pinned=simulator.fingerprint, **facts)


def test_what_is_sent_arrives_as_it_is_and_what_comes_back_too(office):
    channel = reach(office.codec(kind=SimulatedBaresip))

    channel.send(b'44:{"command":"nosuch","params":"","token":"1"},')

    assert b"command not found (nosuch)" in channel.receive(asked="nosuch", until=float("inf"))
    assert channel.is_open
    channel.close()
    assert not channel.is_open


def test_a_socket_that_the_device_does_not_forward_to_is_a_refused_account(office, eventually):
    simulator = office.codec(kind=SimulatedBaresip)

    with pytest.raises(LoginRefused, match=r"127\.0\.0\.1:22"):
        reach(simulator, remote=("127.0.0.1", 22))

    eventually(lambda: not any(transport.is_active() for transport in list(simulator._transports)))


def test_a_codec_with_a_shell_forwards_nowhere(office):
    codec = office.codec()

    with pytest.raises(LoginRefused):
        open_forward(codec.host, codec.port, Login(codec.username, codec.password), pinned=codec.fingerprint)


def test_a_device_without_a_free_channel_says_so(office):
    simulator = office.codec(kind=SimulatedBaresip)
    simulator.bad.max_sessions = 0

    with pytest.raises(SessionTableFull):
        reach(simulator)


def test_a_socket_that_says_nothing_is_silent(office):
    channel = reach(office.codec(kind=SimulatedBaresip), deadlines=Deadlines(silence_s=0.1))

    with pytest.raises(Silent):
        channel.receive(asked="nothing", until=float("inf"))
    channel.close()
