"""One line about each of many addresses."""

import socket
import threading
import time

import pytest

from device_drivers import survey as surveying
from device_drivers.readings import Legacy, SshOffer, SshVerdict
from device_drivers.survey import address_in, survey, what_would_help
from device_drivers.transports.ssh import Deadlines


def an_offer(verdict: SshVerdict, *decided_by: str) -> SshOffer:
    return SshOffer("SSH-2.0-x", (), (), (), (), (), (), (), (), verdict, decided_by, ())


@pytest.mark.parametrize(("text", "expected"), [
    ("codec", ("codec", 22)), ("codec:2222", ("codec", 2222)), ("10.0.0.1:1", ("10.0.0.1", 1)), (" codec ", ("codec", 22)),
    ("[fe80::1]:65535", ("fe80::1", 65_535)), ("[::1]", ("::1", 22)), ("fe80::1", ("fe80::1", 22)), ("phòng-họp.vn", ("phòng-họp.vn", 22)),
    ("codec:", ("codec", 22)),
])
def test_an_address_is_a_host_with_or_without_a_port(text, expected):
    assert address_in(text) == expected


@pytest.mark.parametrize("text", ["", ":22", "codec:0", "codec:65536", "codec:ssh", "codec:-1", "codec:٢٢", "co dec", "[::1", "[::1]x", "[]:22",
                                  "codec\x1b[2J", "codec:999999999999"])
def test_anything_else_is_no_address(text):
    with pytest.raises(ValueError, match="is not HOST"):
        address_in(text)


@pytest.mark.parametrize(("offer", "told"), [
    (an_offer(SshVerdict.MODERN, "curve25519-sha256"), "connects as it is, with curve25519-sha256"),
    (an_offer(SshVerdict.NEEDS_HOST_KEY_SHIM, "ssh-rsa"), "allow hostkey for this device"),
    (an_offer(SshVerdict.NEEDS_BOTH, "diffie-hellman-group1-sha1"), "allow hostkey_kex for this device"),
    (an_offer(SshVerdict.IMPOSSIBLE, "ssh-dss"), "nothing can be allowed that helps: it offers only ssh-dss"),
    (an_offer(SshVerdict.IMPOSSIBLE), "no algorithm at all"),
])
def test_what_would_help_is_told_with_the_names_that_decided(offer, told):
    assert told in what_would_help(offer)


def test_each_verdict_but_the_impossible_names_what_has_to_be_allowed():
    needs = {verdict: an_offer(verdict).needs for verdict in SshVerdict}

    assert needs == {SshVerdict.MODERN: Legacy.NONE, SshVerdict.NEEDS_HOST_KEY_SHIM: Legacy.HOSTKEY,
                     SshVerdict.NEEDS_BOTH: Legacy.HOSTKEY_KEX, SshVerdict.IMPOSSIBLE: None}


def test_every_address_gets_a_line_in_its_order_whatever_becomes_of_it(office):
    first, second = office.codec("first"), office.codec("second")
    second.stop()
    addresses = [f"127.0.0.1:{first.port}", "", "# the second hall", f"127.0.0.1:{second.port}\n", "no address", f"127.0.0.1:{first.port}"]

    lines = [str(line) for line in survey(addresses)]

    assert [line.split("\t")[1] for line in lines] == ["modern", "unknown", "unknown", "modern"]
    assert lines[0].startswith(f"127.0.0.1:{first.port}\tmodern\tSSH-2.0-simulated\tconnects as it is")
    assert "unreachable: " in lines[1] and "no_address: " in lines[2]
    assert not any("\n" in line for line in lines)


def test_no_more_are_asked_at_once_than_was_said(monkeypatch):
    under_way, most, lock = 0, 0, threading.Lock()
    pause = threading.Event()

    def look(host, port, deadlines):
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        pause.wait(0.005)
        with lock:
            under_way -= 1
        return an_offer(SshVerdict.MODERN)

    monkeypatch.setattr(surveying, "look_at_offer", look)

    lines = list(survey((f"host{number}" for number in range(100)), at_once=4))

    assert [line.address for line in lines] == [f"host{number}" for number in range(100)]
    assert 1 < most <= 4


def test_addresses_are_read_no_faster_than_they_are_looked_at(monkeypatch):
    read = 0

    def endless():
        nonlocal read
        while True:
            read += 1
            yield f"host{read}"

    monkeypatch.setattr(surveying, "look_at_offer", lambda host, port, deadlines: an_offer(SshVerdict.MODERN))
    lines = survey(endless(), at_once=2)

    for _ in range(50):
        next(lines)

    assert read <= 50 + 4 * 2
    lines.close()


def test_one_silent_device_does_not_hold_up_the_others(office):
    codec = office.codec()
    with socket.create_server(("127.0.0.1", 0)) as mute:
        silent = f"127.0.0.1:{mute.getsockname()[1]}"
        started = time.monotonic()

        lines = list(survey([silent] * 4 + [f"127.0.0.1:{codec.port}"] * 4, at_once=4, deadlines=Deadlines(banner_s=0.5)))

    assert [line.offer is not None for line in lines] == [False] * 4 + [True] * 4
    assert all("silent: " in line.error for line in lines[:4])
    assert time.monotonic() - started < 4
