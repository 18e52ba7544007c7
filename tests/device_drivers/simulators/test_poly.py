"""The simulated Poly codec: what it does on the network is the truth, whatever its text says."""

import pytest

from device_drivers.readings import Tri
from device_drivers.simulators.__main__ import build
from device_drivers.simulators.network import Network
from device_drivers.simulators.poly import SETTINGS, PolyBadDay, SimulatedPoly


def test_a_file_describes_a_codec_with_bad_days():
    codec = build({"kind": "poly", "name": "hall", "address": "hall@vc.example", "password": "x", "bad": {"lags": True},
                   "timing": {"ring_s": 0.5}}, Network(), None)

    assert isinstance(codec, SimulatedPoly)
    assert (codec.bad, codec.timing.ring_s) == (PolyBadDay(lags=True), 0.5)


@pytest.mark.parametrize(("word", "wish"), SETTINGS.items())
def test_a_codec_negotiates_what_it_is_set_to_unless_it_lies(word, wish):
    codec = SimulatedPoly(name="hall", address="hall@vc.example", network=Network(), password="x", encryption=word)
    assert codec.wants_encryption() == wish

    codec.bad.lies = True

    assert codec.wants_encryption() == "Off"


def test_a_call_the_codec_tells_nothing_about_is_seen_by_the_bridge(office, eventually):
    bridge = office.connect(office.bridge())
    simulator = office.codec(kind=SimulatedPoly, encryption="requiredallcalls")
    office.connect(simulator).dial("7001@bridge.example")
    (seen,) = eventually(lambda: [one for one in bridge.conference("7001@bridge.example").participants if one.encrypted is not Tri.UNKNOWN])
    assert (seen.remote, seen.encrypted) == ("hall@vc.example", Tri.YES)

    simulator.bad.drifts_after_s = 0.0

    assert [one.encrypted for one in bridge.conference("7001@bridge.example").participants] == [Tri.NO]
