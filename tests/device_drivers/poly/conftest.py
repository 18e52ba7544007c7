"""What the tests of Poly may ask for: a simulated codec, connected, that is not kept waiting between commands."""

from typing import Any

import pytest

from device_drivers.poly import driver
from device_drivers.simulators.poly import PolyBadDay, SimulatedPoly
from device_drivers.transports.ssh import Deadlines

IMPATIENT = Deadlines(silence_s=0.15, reply_s=2.0)


@pytest.fixture(autouse=True)
def no_pause(monkeypatch) -> None:
    monkeypatch.setattr(driver, "PAUSE_S", 0.0)


@pytest.fixture
def connected(office):
    """Return a function that makes a codec with a bad day and returns simulator and driver."""

    def make(name: str = "hall", *, deadlines: Deadlines = IMPATIENT, facts: dict[str, Any] | None = None, **bad: Any) -> tuple[SimulatedPoly, Any]:
        simulator = office.codec(name, kind=SimulatedPoly, bad=PolyBadDay(**bad), **(facts or {}))
        return simulator, office.connect(simulator, deadlines=deadlines)

    return make
