"""Looking at a device: is it there, is it who we think it is, could it take part in a session.

`look` is for devices with a text control over SSH; what speaks SNMP is asked by `snmp_lane`.  What a look means is decided by
`judging`, and `storing` writes it down.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass

from device_drivers.errors import DeviceError
from device_drivers.readings import CodecStatus, Identity, Measured, SshFacts
from roomctl import clock
from roomctl.database import write_transaction
from roomctl.devices import codec_facts, connect, reading_tables
from roomctl.devices.faults import DriverFault

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Look:
    """What a probe found, without the database: a reading, or the error that stood in its way."""

    device_id: int
    reading: CodecStatus | Identity | None = None
    error: DeviceError | None = None
    measured: tuple[Measured, ...] = ()


def look(way: connect.Way, connections: connect.Connections) -> Look:
    """Look at one device and let go of it; safe in any thread."""
    try:
        driver = connections.to(way)
        if connect.is_codec_family(way.family):
            status = driver.status()
            told = codec_facts.told_by(status, clock.now())
            found = Look(way.device_id, status, measured=(*told, *status.measured, _algorithms(driver.reached_by)))
        elif hasattr(driver, "measure"):  # Room hardware.
            found = Look(way.device_id, driver.identify(), measured=(*driver.measure(), _algorithms(driver.reached_by)))
        else:
            found = Look(way.device_id, driver.identify(), measured=(_algorithms(driver.reached_by),))
    except DeviceError as error:
        connections.drop(way.device_id)
        return Look(way.device_id, error=error)
    except Exception as error:  # Whatever a device answers, the others are looked at.
        _log.exception("looking at device %s failed", way.device_id)
        connections.drop(way.device_id)
        return Look(way.device_id, error=DriverFault(f"{type(error).__name__}"))
    connections.let_go(way.device_id)
    return found


def _algorithms(facts: SshFacts) -> Measured:
    """Return how the device was reached, for people to read: key exchange, signature of the host key, cipher, MAC."""
    names = (facts.key_exchange, facts.signature or facts.host_key.algorithm, facts.cipher, facts.mac)
    return Measured("ssh_algorithms", ", ".join(name for name in names if name) or None)


def wish(device_ids: Collection[int]) -> None:
    """Have devices looked at as soon as may be; whoever calls has asked whether the person may see them."""
    if device_ids:
        with write_transaction():
            reading_tables.add_wishes(device_ids, clock.now())
