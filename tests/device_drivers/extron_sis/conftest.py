"""What the tests of Extron may ask for: a simulated switcher, and a driver connected to it."""

from typing import Any

import pytest

from device_drivers.extron_sis import driver as module
from device_drivers.extron_sis.driver import KEEP_ALIVE_S, ExtronSis
from device_drivers.simulators.extron_sis import ExtronBadDay, SimulatedExtron
from device_drivers.transports.ssh import Deadlines, Login, open_shell

IMPATIENT = Deadlines(silence_s=0.15, reply_s=2.0)


@pytest.fixture(autouse=True)
def short_pause(monkeypatch) -> None:
    monkeypatch.setattr(module, "BANNER_PAUSE_S", 0.1)


@pytest.fixture
def connected(office):
    """Return a function that makes a switcher with a bad day and returns simulator and driver."""
    made: list[ExtronSis] = []

    def make(*, keep_alive_s: float = KEEP_ALIVE_S, deadlines: Deadlines = IMPATIENT, **bad: Any) -> tuple[SimulatedExtron, ExtronSis]:
        simulator = office.hardware(kind=SimulatedExtron, bad=ExtronBadDay(**bad))
        shell = open_shell(simulator.host, simulator.port, Login(simulator.username, simulator.password), pinned=simulator.fingerprint,
                           deadlines=deadlines)
        try:
            made.append(ExtronSis(shell, keep_alive_s=keep_alive_s))
        except BaseException:
            shell.close()
            raise
        return simulator, made[-1]

    yield make
    for driver in made:
        driver.close()
