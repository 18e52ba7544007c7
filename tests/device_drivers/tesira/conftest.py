"""What the tests of Tesira may ask for: a simulated processor, and a driver connected to it."""

from typing import Any

import pytest

from device_drivers.simulators.tesira import SimulatedTesira, TesiraBadDay
from device_drivers.tesira.driver import KEEP_ALIVE_S, Tesira
from device_drivers.transports.ssh import Deadlines, Login, open_shell

IMPATIENT = Deadlines(silence_s=0.15, reply_s=2.0)


@pytest.fixture
def connect_to():
    """Return a function that connects a driver to a simulator, with a heart that beats as often as the test wants."""
    made: list[Tesira] = []

    def connect(simulator: SimulatedTesira, *, keep_alive_s: float = KEEP_ALIVE_S, deadlines: Deadlines = IMPATIENT) -> Tesira:
        shell = open_shell(simulator.host, simulator.port, Login(simulator.username, simulator.password), pinned=simulator.fingerprint,
                           deadlines=deadlines)
        made.append(Tesira(shell, keep_alive_s=keep_alive_s))
        return made[-1]

    yield connect
    for driver in made:
        driver.close()


@pytest.fixture
def connected(office, connect_to):
    """Return a function that makes a processor with a bad day and returns simulator and driver."""

    def make(*, keep_alive_s: float = KEEP_ALIVE_S, deadlines: Deadlines = IMPATIENT, facts: dict[str, Any] | None = None,
             **bad: Any) -> tuple[SimulatedTesira, Tesira]:
        simulator = office.hardware(kind=SimulatedTesira, bad=TesiraBadDay(**bad), **(facts or {}))
        return simulator, connect_to(simulator, keep_alive_s=keep_alive_s, deadlines=deadlines)

    return make
