"""Which families there are, and how a connection to one is opened."""

from typing import Any

from device_drivers.baresip.driver import Baresip
from device_drivers.cisco_roomos.driver import CiscoRoomos
from device_drivers.cisco_tc.driver import CiscoTc
from device_drivers.extron_sis.driver import ExtronSis
from device_drivers.lifesize_220.driver import Lifesize220
from device_drivers.pjsip_bridge.driver import PjsipBridge
from device_drivers.poly.driver import Poly
from device_drivers.readings import Legacy
from device_drivers.simulated_bridge.driver import SimulatedBridge
from device_drivers.tesira.driver import Tesira
from device_drivers.transports.forward import open_forward
from device_drivers.transports.ssh import Deadlines, Login, SshShell, open_shell

CODECS: dict[str, type[Baresip | CiscoRoomos | CiscoTc | Lifesize220 | Poly]] = {
    driver.family: driver for driver in (Baresip, CiscoRoomos, CiscoTc, Lifesize220, Poly)}
BRIDGES: dict[str, type[PjsipBridge | SimulatedBridge]] = {driver.family: driver for driver in (PjsipBridge, SimulatedBridge)}
HARDWARE: dict[str, type[ExtronSis | Tesira]] = {driver.family: driver for driver in (ExtronSis, Tesira)}
FAMILIES = {**CODECS, **BRIDGES, **HARDWARE}
_FORWARDED = {Baresip.family}  # Reached through a socket behind SSH; the others through the shell.


def connect(family: str, host: str, port: int, login: Login, *, pinned: str | None, deadlines: Deadlines | None = None,
            legacy: Legacy = Legacy.NONE) -> Any:
    """Return a connected driver of `family`; raise KeyError for a family nobody wrote, DeviceError for the rest.

    `legacy` is how much of SHA-1 this one connection may use.
    """
    driver = FAMILIES[family]
    shell = _opened(family, host, port, login, pinned, deadlines, legacy)
    try:
        return driver(shell)
    except BaseException:
        shell.close()
        raise


def try_login(family: str, host: str, port: int, login: Login, *, pinned: str | None, deadlines: Deadlines | None = None,
              legacy: Legacy = Legacy.NONE) -> None:
    """Sign in with one try and hang up at once; raise as `connect` does."""
    _opened(family, host, port, login, pinned, deadlines, legacy).close()


def _opened(family: str, host: str, port: int, login: Login, pinned: str | None, deadlines: Deadlines | None, legacy: Legacy) -> SshShell:
    opened = open_forward if family in _FORWARDED else open_shell
    return opened(host, port, login, pinned=pinned, deadlines=deadlines, legacy=legacy)
