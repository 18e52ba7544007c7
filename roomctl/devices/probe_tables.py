"""Storage as probing needs it: which devices there are and how often they are looked at, what was known, what is now."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select, update
from sqlalchemy.orm import lazyload

from roomctl.database import db
from roomctl.devices.health import Status
from roomctl.devices.snmp_tables import SnmpAccess
from roomctl.devices.tables import Device, DeviceCredential, HostKeySeen


def with_credentials(device_ids: Collection[int]) -> list[tuple[Device, DeviceCredential | None]]:
    """Return devices in use with their sealed passwords."""
    found = db.session.execute(
        select(Device, DeviceCredential).outerjoin(DeviceCredential, DeviceCredential.device_id == Device.id)
        .where(Device.id.in_(device_ids), Device.retired_at.is_(None)).options(lazyload("*")))
    return [(device, row) for device, row in found]


@dataclass(frozen=True, slots=True)
class Probed:
    """What was known of a device before a look."""

    id: int
    status: Status
    fault: str
    fault_detail: str
    probed_at: datetime | None
    changed_at: datetime | None
    probe_every_s: int
    room_id: int | None
    model: str
    serial: str
    firmware: str
    simulated: bool


def probed(device_ids: Collection[int]) -> list[Probed]:
    """Return what is known of devices in use, locked on PostgreSQL in the order of their ids until the caller's transaction ends."""
    columns = [getattr(Device, name) for name in Probed.__dataclass_fields__]
    found = db.session.execute(select(*columns).where(Device.id.in_(device_ids), Device.retired_at.is_(None)).order_by(Device.id)
                               .with_for_update(key_share=True))
    return [Probed(*row) for row in found]


def keep_probes(unchanged: Mapping[datetime, Collection[int]], changed: list[dict[str, Any]]) -> None:
    """Store when devices were looked at, and what changed of those of which something did, inside the caller's transaction."""
    for probed_at, ids in unchanged.items():
        db.session.execute(update(Device).where(Device.id.in_(ids)).values(probed_at=probed_at),
                           execution_options={"synchronize_session": False})
    if changed:
        db.session.execute(update(Device), changed)


@dataclass(frozen=True, slots=True)
class InPlan:
    """A device as its next look is planned."""

    id: int
    kind: str
    room_id: int | None
    every_s: int
    probed_at: datetime | None
    fault: str
    speaks_snmp: bool


def probe_plan() -> list[InPlan]:
    """Return every device in use."""
    speaks = exists().where(SnmpAccess.device_id == Device.id)
    found = db.session.execute(select(Device.id, Device.kind, Device.room_id, Device.probe_every_s, Device.probed_at, Device.fault, speaks)
                               .where(Device.retired_at.is_(None)).order_by(Device.id))
    return [InPlan(*row) for row in found]


def host_keys_known(device_ids: Collection[int]) -> set[tuple[int, str]]:
    """Return (device, fingerprint) of the keys that wait for a person, and of those a person has rejected."""
    found = db.session.execute(select(HostKeySeen.device_id, HostKeySeen.fingerprint).where(
        HostKeySeen.device_id.in_(device_ids), HostKeySeen.state.in_(("waiting", "rejected"))))
    return {(device_id, fingerprint) for device_id, fingerprint in found}


def ids_in_use(device_ids: Collection[int]) -> list[int]:
    """Return those of the ids that are devices in use."""
    return list(db.session.scalars(select(Device.id).where(Device.id.in_(device_ids), Device.retired_at.is_(None)).order_by(Device.id)))
