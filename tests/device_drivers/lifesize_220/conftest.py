"""What the tests of Lifesize may ask for: a simulated codec, connected, that is not kept waiting before each command."""

from typing import Any

import pytest

from device_drivers.lifesize_220 import driver
from device_drivers.simulators.lifesize_220 import LifesizeBadDay, SimulatedLifesize
from device_drivers.transports.ssh import Deadlines

IMPATIENT = Deadlines(silence_s=0.25, reply_s=2.0)


@pytest.fixture(autouse=True)
def short_flush(monkeypatch) -> None:
    monkeypatch.setattr(driver, "FLUSH_S", 0.03)


@pytest.fixture
def connected(office):
    """Return a function that makes a codec with a bad day and returns simulator and driver."""

    def make(name: str = "hall", *, deadlines: Deadlines = IMPATIENT, facts: dict[str, Any] | None = None,
             **bad: Any) -> tuple[SimulatedLifesize, Any]:
        simulator = office.codec(name, kind=SimulatedLifesize, bad=LifesizeBadDay(**bad), **(facts or {}))
        return simulator, office.connect(simulator, deadlines=deadlines)

    return make
