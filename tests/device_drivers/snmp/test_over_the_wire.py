"""Detection and reading through the real transport, from a simulated agent on loopback that answers a recording."""

import pytest

from device_drivers.simulators.snmp_agent import SimulatedAgent, read_recording
from device_drivers.snmp.asking import Detected
from device_drivers.snmp.classes import CLASSES
from device_drivers.snmp.detection import Further, detect, first_questions
from device_drivers.transports.snmp import Engine
from device_drivers.transports.snmp_login import SnmpLogin
from device_drivers.transports.snmp_quirks import Target

from .replay import NAMES, RECORDINGS, detected, read, recorded

ANSWER_S = 30


@pytest.fixture(scope="module")
def engine():
    started = Engine().start()
    yield started
    started.close()


@pytest.mark.parametrize("version", ["1", "2c"])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_read_over_the_wire_is_what_the_recording_says(engine, name, version):
    agent = SimulatedAgent(read_recording(RECORDINGS[name].read_text("utf-8"))).start()
    try:
        target = Target(f"{name} {version}", "127.0.0.1", SnmpLogin(version=version, community="public"), agent.port)
        first = engine.poll(target, first_questions).result(ANSWER_S).answers
        found = detect(first)
        if isinstance(found, Further):
            found = detect(first, engine.poll(target, found.asked).result(ANSWER_S).answers)
        assert isinstance(found, Detected)
        one = CLASSES[found.device_class]
        answers = engine.poll(target, one.asked_of(found)).result(ANSWER_S).answers
    finally:
        agent.stop()

    assert found == detected(recorded(name))
    assert set(one.read(answers, None, found)) == set(read(recorded(name)))
