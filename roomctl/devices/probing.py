"""Looking at a device: is it there, is it who we think it is, could it take part in a session."""

from dataclasses import dataclass
from datetime import timedelta

from device_drivers.errors import DeviceError
from device_drivers.readings import CodecStatus, Identity, Tri
from roomctl import clock
from roomctl.database import write_transaction
from roomctl.devices import connect
from roomctl.devices.health import FAULTS, Status
from roomctl.devices.tables import Device

PROBE_EVERY = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Look:
    """What a probe found, without the database: a reading, or the error that stood in its way."""

    device_id: int
    reading: CodecStatus | Identity | None = None
    error: DeviceError | None = None


def look(way: connect.Way, connections: connect.Connections) -> Look:
    """Look at one device and let go of it; safe in any thread."""
    try:
        driver = connections.to(way)
        found = Look(way.device_id, driver.status() if connect.is_codec_family(way.family) else driver.identify())
    except DeviceError as error:
        connections.drop(way.device_id)
        return Look(way.device_id, error=error)
    connections.let_go(way.device_id)
    return found


def store(found: Look) -> None:
    """Store what a probe found.  A failed probe stores the failure and keeps the last known identity."""
    fault, detail = "", ""
    if found.error is not None:
        connect.remember_key(found.device_id, found.error)
        fault, detail = found.error.kind, str(found.error)
    reading = found.reading
    if isinstance(reading, CodecStatus):
        if reading.registered is not Tri.YES:
            fault, detail = "not_registered", reading.registration
        elif reading.can_encrypt is Tri.NO:
            fault, detail = "cannot_encrypt", reading.can_encrypt
    with write_transaction() as session:
        device = session.get_one(Device, found.device_id)
        device.status = FAULTS.get(fault, Status.WARNING) if fault else Status.OK
        device.fault, device.fault_detail, device.probed_at = fault, detail[:500], clock.now()
        identity = reading.identity if isinstance(reading, CodecStatus) else reading
        if identity is not None:
            device.model, device.serial, device.firmware = identity.model, identity.serial, identity.firmware
            device.simulated = identity.simulated
