"""The simulator keeps its word, on good days and on bad ones: what the other tests rest on."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import device_drivers
from device_drivers.errors import ConnectionLost
from device_drivers.readings import CallState, Tri
from device_drivers.registry import connect
from device_drivers.simulators.network import Network, Timing
from device_drivers.simulators.server import BadDay, host_key
from device_drivers.transports.ssh import Login, fingerprint_of, look_at_host_key

ROOT = Path(device_drivers.__file__).parents[1]


class Phone:
    """Something on the network that is not a device."""

    def __init__(self, name: str, wish: str = "BestEffort") -> None:
        self.name, self.wish = name, wish

    def answers(self, address: str) -> bool:
        return address == self.name

    def wants_encryption(self) -> str:
        return self.wish


AT_ONCE = Timing(ring_s=0, media_s=0)
NEVER = Timing(ring_s=60, media_s=60)


def a_link(caller: str = "BestEffort", callee: str = "BestEffort", *, timing: Timing = AT_ONCE):
    network, one, other = Network(), Phone("one", caller), Phone("other", callee)
    network.join(one)
    network.join(other)
    return network.dial(one, "other", timing)


# Calls


def test_a_call_rings_before_it_is_connected():
    link = a_link(timing=NEVER)

    assert link.is_up and not link.is_connected and not link.has_media


def test_a_call_is_connected_before_it_has_media():
    link = a_link(timing=Timing(ring_s=0, media_s=60))

    assert link.is_connected and not link.has_media


def test_an_address_nobody_has_rings_and_then_vanishes():
    network, one = Network(), Phone("one")
    network.join(one)

    assert network.dial(one, "nobody", NEVER).is_up
    assert not network.dial(one, "nobody", AT_ONCE).is_up


def test_nobody_can_dial_oneself():
    network, one = Network(), Phone("one")
    network.join(one)

    assert network.dial(one, "one", AT_ONCE).callee is None


@pytest.mark.parametrize(("caller", "callee", "up", "encrypted"), [
    ("On", "On", True, True), ("On", "BestEffort", True, True), ("BestEffort", "BestEffort", True, True),
    ("BestEffort", "Off", True, False), ("Off", "Off", True, False), ("On", "Off", False, False), ("Off", "On", False, False),
])
def test_two_ends_agree_on_encryption_or_do_not_meet(caller, callee, up, encrypted):
    link = a_link(caller, callee)

    assert link.is_up is up
    assert (link.is_up and link.is_encrypted) is encrypted


def test_a_call_belongs_to_both_ends_until_it_ends():
    network, one, other = Network(), Phone("one"), Phone("other")
    network.join(one)
    network.join(other)
    link = network.dial(one, "other", AT_ONCE)
    assert network.links_of(one) == network.links_of(other) == [link]

    link.ended = True

    assert network.links_of(one) == network.links_of(other) == []


# Bad days


def test_a_codec_that_lies_says_on_and_negotiates_off(office):
    simulator = office.codec(encryption="On", bad=BadDay(lies=True))

    assert office.connect(simulator).encryption_setting() == "On"
    assert simulator.wants_encryption() == "Off"


def test_a_drift_takes_the_encryption_from_a_running_call(office, eventually):
    office.codec("room")
    hall = office.codec("hall", bad=BadDay(drifts_after_s=0.2))
    codec = office.connect(hall)

    call_id = codec.dial("room@vc.example")

    eventually(lambda: codec.read_encryption(call_id).encrypted is Tri.YES)
    eventually(lambda: codec.read_encryption(call_id).encrypted is Tri.NO)


def test_a_drift_is_seen_by_the_bridge_too(office, eventually):
    hall, bridge = office.codec("hall"), office.connect(office.bridge())
    office.connect(hall).dial("7001@bridge.example")
    eventually(lambda: [one.encrypted for one in bridge.conference("7001@bridge.example").participants] == [Tri.YES])

    hall.bad.drifts_after_s = 0.0

    assert [one.encrypted for one in bridge.conference("7001@bridge.example").participants] == [Tri.NO]


def test_a_dial_that_does_nothing_says_ok_and_places_no_call(office):
    simulator = office.codec(bad=BadDay(dial_does_nothing=True))
    codec = office.connect(simulator)

    assert codec.dial("room@vc.example")
    assert codec.calls() == ()
    assert simulator.dialled == ["room@vc.example"]


def test_a_codec_that_is_not_registered_says_so(office):
    status = office.connect(office.codec(bad=BadDay(not_registered=True))).status()

    assert (status.registered, status.registration) == (Tri.NO, "Failed")


def test_the_remote_control_adds_a_second_call(office, eventually):
    hall = office.codec("hall")
    office.codec("room")
    office.codec("other")
    codec = office.connect(hall)
    codec.dial("room@vc.example")

    hall.dial_from_remote_control("other@vc.example")

    eventually(lambda: [call.state for call in codec.calls()] == [CallState.CONNECTED] * 2)
    assert {call.remote for call in codec.calls()} == {"room@vc.example", "other@vc.example"}
    assert len({call.id for call in codec.calls()}) == 2
    assert hall.dialled == ["room@vc.example"]


def test_a_reboot_keeps_port_and_key_and_drops_calls_and_connections(office, eventually):
    hall = office.codec("hall")
    office.codec("room")
    before = office.connect(hall)
    before.dial("room@vc.example")
    port, fingerprint, booted = hall.port, hall.fingerprint, hall.booted

    hall.reboot(away_s=0)

    with pytest.raises(ConnectionLost):
        before.calls()
    after = office.connect(hall)
    assert (hall.port, hall.fingerprint) == (port, fingerprint)
    assert hall.booted > booted
    assert after.calls() == ()
    eventually(lambda: hall.open_sessions == 1)


def test_a_new_host_key_is_presented_from_then_on(office):
    simulator = office.codec()
    before = simulator.fingerprint

    simulator.new_host_key()

    assert look_at_host_key(simulator.host, simulator.port).fingerprint == simulator.fingerprint != before


def test_a_host_key_kept_in_a_folder_survives_a_restart_and_is_its_owners_alone(tmp_path):
    first = fingerprint_of(host_key(tmp_path / "keys", "hall"))

    assert fingerprint_of(host_key(tmp_path / "keys", "hall")) == first
    assert (tmp_path / "keys" / "hall.key").stat().st_mode & 0o077 == 0


# The bridge


def test_a_bridge_shows_who_is_in_a_conference(office, eventually):
    bridge = office.connect(office.bridge())
    for name in ("hall", "room"):
        office.connect(office.codec(name)).dial("7001@bridge.example")

    eventually(lambda: len(bridge.conference("7001@bridge.example").participants) == 2)

    seen = eventually(lambda: (found := bridge.conference("7001@bridge.example")).participants[1].suite and found)
    assert {one.remote for one in seen.participants} == {"hall@vc.example", "room@vc.example"}
    assert bridge.conference("7002@bridge.example").participants == ()


def test_a_participant_without_media_is_neither_encrypted_nor_clear(office):
    bridge = office.connect(office.bridge())
    hall = office.codec("hall", timing=Timing(ring_s=0, media_s=60))

    office.connect(hall).dial("7001@bridge.example")

    assert [one.encrypted for one in bridge.conference("7001@bridge.example").participants] == [Tri.UNKNOWN]


def test_a_locked_conference_lets_nobody_in(office, eventually):
    bridge, codec = office.connect(office.bridge()), office.connect(office.codec())

    bridge.lock("7001@bridge.example", True)
    codec.dial("7001@bridge.example")

    eventually(lambda: codec.calls() == ())
    assert bridge.conference("7001@bridge.example").locked is Tri.YES
    assert bridge.conference("7001@bridge.example").participants == ()


def test_a_dropped_participant_is_gone_at_both_ends(office, eventually):
    bridge, codec = office.connect(office.bridge()), office.connect(office.codec())
    codec.dial("7001@bridge.example")
    (one,) = eventually(lambda: bridge.conference("7001@bridge.example").participants)

    bridge.drop("7001@bridge.example", one.id)

    assert bridge.conference("7001@bridge.example").participants == ()
    assert codec.calls() == ()


# On its own


def test_a_set_of_devices_runs_from_a_file(tmp_path):
    wanted = {"keys": str(tmp_path / "keys"), "devices": [
        {"kind": "cisco_roomos", "name": "hall", "address": "hall@vc.example", "password": "geheim", "bad": {"not_registered": True},
         "timing": {"ring_s": 0.02, "media_s": 0.02}},
        {"kind": "simulated_bridge", "name": "bridge", "pool": ["7001@bridge.example"], "password": "geheim"}]}
    for device, port in zip(wanted["devices"], _free_ports(2), strict=True):
        device["port"] = port
    path = tmp_path / "devices.json"
    path.write_text(json.dumps(wanted))
    running = subprocess.Popen([sys.executable, "-m", "device_drivers.simulators", path], cwd=ROOT, stdout=subprocess.PIPE, text=True,
                               env={**os.environ, "PYTHONUNBUFFERED": "1"})
    try:
        assert running.stdout.readline() == "ready\n"
        for device in wanted["devices"]:
            seen = look_at_host_key("127.0.0.1", device["port"])
            driver = connect(device["kind"], "127.0.0.1", device["port"], Login("roomctl", "geheim"), pinned=seen.fingerprint)
            assert driver.identify().simulated
            driver.close()
        running.send_signal(signal.SIGTERM)
        assert running.wait(10) == 0
    finally:
        running.kill()
        running.stdout.close()
        running.wait(10)


def _free_ports(count: int) -> list[int]:
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports
