"""The simulated room hardware and the simulated Lifesize codec: described in a file, and true to what they say of themselves."""

import sys

import pytest

from device_drivers.readings import Tri
from device_drivers.simulators.__main__ import build
from device_drivers.simulators.extron_sis import ExtronBadDay, SimulatedExtron
from device_drivers.simulators.lifesize_220 import LifesizeBadDay, SimulatedLifesize
from device_drivers.simulators.network import Network
from device_drivers.simulators.tesira import SimulatedTesira, TesiraBadDay
from device_drivers.tesira.protocol import MuteBlock


def test_a_file_describes_a_processor_with_blocks_and_bad_days():
    made = build({"kind": "tesira", "name": "rack", "password": "x", "blocks": {"Phòng A": 2}, "bad": {"idle_limit_s": 1.0}}, Network(), None)

    assert isinstance(made, SimulatedTesira)
    assert (made.bad, made.mutes) == (TesiraBadDay(idle_limit_s=1.0), {("Phòng A", 1): False, ("Phòng A", 2): False})


def test_a_file_describes_a_switcher_with_bad_days():
    made = build({"kind": "extron_sis", "name": "rack", "password": "x", "bad": {"echoes": True}}, Network(), None)

    assert isinstance(made, SimulatedExtron)
    assert made.bad == ExtronBadDay(echoes=True)


def test_a_file_describes_a_lifesize_codec_with_bad_days():
    made = build({"kind": "lifesize_220", "name": "hall", "address": "hall@vc.example", "password": "x", "bad": {"tells_nothing": True},
                  "timing": {"ring_s": 0.5}}, Network(), None)

    assert isinstance(made, SimulatedLifesize)
    assert (made.bad, made.timing.ring_s) == (LifesizeBadDay(tells_nothing=True), 0.5)


@pytest.mark.parametrize("simulator", [SimulatedTesira, SimulatedExtron, SimulatedLifesize])
def test_a_simulator_says_what_its_words_rest_on_and_which_are_its_own(simulator):
    said = " ".join((sys.modules[simulator.__module__].__doc__ or "").split())

    assert "second-hand, from published driver code, not from a device" in said
    assert "this simulator's own making" in said


def test_a_lying_lifesize_says_encrypted_and_the_bridge_sees_the_truth(office, eventually):
    bridge = office.connect(office.bridge())
    codec = office.connect(office.codec(kind=SimulatedLifesize, bad=LifesizeBadDay(lies=True, tells_wrong=True)))
    call_id = codec.dial("7001@bridge.example")
    eventually(lambda: codec.read_encryption(call_id).encrypted is Tri.YES)

    (seen,) = bridge.conference("7001@bridge.example").participants

    assert (seen.remote, seen.encrypted) == ("hall@vc.example", Tri.NO)


def test_a_tesira_publishes_to_those_who_subscribed_and_to_no_others(office, eventually):
    simulator = office.hardware(kind=SimulatedTesira)
    one, other = office.connect(simulator), office.connect(simulator)
    one.watch([MuteBlock("MicBlock", 1)])
    simulator.press("MicBlock", 1, muted=True)

    eventually(lambda: one.told() == {MuteBlock("MicBlock", 1): Tri.YES})
    assert (other.told(), other.events) == ({}, ())
