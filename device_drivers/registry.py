"""Which families there are, and how a connection to one is opened."""

from collections.abc import Callable
from typing import Any

from device_drivers.cisco_roomos.driver import CiscoRoomos
from device_drivers.cisco_tc.driver import CiscoTc
from device_drivers.poly.driver import Poly
from device_drivers.simulated_bridge.driver import SimulatedBridge
from device_drivers.transports.ssh import Deadlines, Login, open_shell

CODECS: dict[str, type[CiscoRoomos | CiscoTc | Poly]] = {driver.family: driver for driver in (CiscoRoomos, CiscoTc, Poly)}
BRIDGES: dict[str, Callable[[Any], SimulatedBridge]] = {SimulatedBridge.family: SimulatedBridge}
FAMILIES = {**CODECS, **BRIDGES}


def connect(family: str, host: str, port: int, login: Login, *, pinned: str | None, deadlines: Deadlines | None = None) -> Any:
    """Return a connected driver of `family`; raise KeyError for a family nobody wrote, DeviceError for the rest."""
    driver = FAMILIES[family]
    shell = open_shell(host, port, login, pinned=pinned, deadlines=deadlines)
    try:
        return driver(shell)
    except BaseException:
        shell.close()
        raise
