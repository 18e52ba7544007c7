"""Looking at a device: is it there, is it who we think it is, could it take part in a session."""

from device_drivers.errors import DeviceError
from device_drivers.readings import CodecStatus, Identity, Tri
from roomctl import clock
from roomctl.database import write_transaction
from roomctl.devices import connect
from roomctl.devices.health import FAULTS, Status
from roomctl.devices.tables import Device


def probe(device: Device, connections: connect.Connections) -> None:
    """Probe one device and store what was found.  A failed probe stores the failure, never zeroes."""
    way = connect.way_to(device)
    reading: CodecStatus | Identity | None = None
    fault, detail = "", ""
    try:
        driver = connections.to(way)
        reading = driver.status() if device.kind == "codec" else driver.identify()
    except DeviceError as error:
        connections.drop(device.id)
        connect.remember_key(device.id, error)
        fault, detail = error.kind, str(error)
    if isinstance(reading, CodecStatus):
        if reading.registered is not Tri.YES:
            fault, detail = "not_registered", reading.registration
        elif reading.can_encrypt is not Tri.YES:
            fault, detail = "cannot_encrypt", reading.can_encrypt
    store(device.id, reading.identity if isinstance(reading, CodecStatus) else reading, fault=fault, detail=detail)


def store(device_id: int, identity: Identity | None, *, fault: str = "", detail: str = "") -> None:
    """Store the outcome of a probe."""
    with write_transaction() as session:
        device = session.get_one(Device, device_id)
        device.status = FAULTS.get(fault, Status.WARNING) if fault else Status.OK
        device.fault, device.fault_detail, device.probed_at = fault, detail[:500], clock.now()
        if identity is not None:
            device.model, device.serial, device.firmware = identity.model, identity.serial, identity.firmware
            device.simulated = identity.simulated
