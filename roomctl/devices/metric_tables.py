"""Storage as monitoring asks it: every device and its latest numbers, in two questions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from roomctl.database import db
from roomctl.devices.reading_tables import DeviceReadings
from roomctl.devices.tables import Device
from roomctl.organisation.tables import Unit
from roomctl.rooms.tables import Room


@dataclass(frozen=True, slots=True)
class Metered:
    """A device as monitoring sees it: by codes, without a name anybody typed."""

    id: int
    kind: str
    family: str
    unit_code: str
    room_code: str | None
    status: str
    fault: str
    probed_at: datetime | None
    probe_every_s: int
    read_at: datetime | None
    readings: list[list[Any]] | None


def metered(unit_path: str = "", *, with_readings: bool = True) -> Iterator[Metered]:
    """Return every device in use at or below a unit, or everywhere."""
    readings = (DeviceReadings.read_at, DeviceReadings.readings) if with_readings else (DeviceReadings.read_at,)
    query = (select(Device.id, Device.kind, Device.family, Unit.code, Room.code, Device.status, Device.fault, Device.probed_at,
                    Device.probe_every_s, *readings)
             .join(Unit, Unit.id == Device.unit_id).outerjoin(Room, Room.id == Device.room_id)
             .outerjoin(DeviceReadings, DeviceReadings.device_id == Device.id).where(Device.retired_at.is_(None)).order_by(Device.id))
    if unit_path:
        query = query.where(Unit.path.startswith(unit_path))
    for row in db.session.execute(query):
        yield Metered(*row) if with_readings else Metered(*row, readings=None)
