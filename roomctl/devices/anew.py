"""Another apparatus in a device's place: what was known of the former one is forgotten, its history stays.

Nothing that was approved for the one is good for the other: its key is approved anew, and what was allowed to it as an exception ends.
"""

from roomctl import clock
from roomctl.database import db
from roomctl.devices import reading_tables, snmp_tables
from roomctl.devices.health import Status
from roomctl.devices.reading_tables import DeviceReadings
from roomctl.devices.tables import Device


def forget_apparatus(device: Device) -> None:
    """Let a device stand as one that nobody has met yet, inside the caller's transaction."""
    device.pinned_fingerprint = None
    device.ssh_legacy, device.ssh_legacy_reason = "none", ""
    device.model = device.serial = device.firmware = ""
    device.simulated = False
    access = snmp_tables.snmp_access(device.id)
    if access is not None:
        access.detected, access.engine_id, access.quirks = {}, "", {}
    readings = db.session.get(DeviceReadings, device.id)
    if readings is not None:
        db.session.delete(readings)
    await_look(device)


def await_look(device: Device) -> None:
    """Let nobody know how a device is until it is looked at, and have it looked at soon, inside the caller's transaction."""
    now = clock.now()
    if device.status != Status.UNKNOWN or device.fault:
        device.changed_at = now
        reading_tables.keep_changes([{"device_id": device.id, "at": now, "status": Status.UNKNOWN, "fault": "", "detail": ""}])
    device.status, device.fault, device.fault_detail, device.probed_at = Status.UNKNOWN, "", "", None
    reading_tables.add_wishes([device.id], now)
