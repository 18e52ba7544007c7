"""Devices as a probe left them, for tests of what is made of that."""

import itertools
from datetime import timedelta

from roomctl import clock
from roomctl.booking import decide
from roomctl.booking.tables import conference_by_id
from roomctl.database import db, write_transaction
from roomctl.devices.card_tables import DeviceLink
from roomctl.devices.health import Status
from roomctl.devices.tables import Device
from roomctl.rooms.tables import Room
from roomctl.timespan import Span

_numbers = itertools.count(1)


def a_device(room: Room | None = None, *, unit=None, status: Status = Status.OK, fault: str = "", **facts) -> Device:
    """Add a device that was looked at this moment; without a room it is its unit's."""
    number, now = next(_numbers), clock.now()
    common = {"kind": "codec", "family": "cisco_roomos", "name": f"Thiết bị {number}", "host": "192.0.2.9", "port": 10_000 + number,
              "username": "roomctl", "probed_at": now, "changed_at": now, "created_at": now}
    with write_transaction() as session:
        place = {"unit_id": (unit or room.unit).id, "room_id": room.id if room else None}
        device = Device(**{**common, **place, "status": status, "fault": fault, **facts})
        session.add(device)
        session.flush()
    return device


def found(device: Device, fault: str = "", *, status: Status | None = None, **facts) -> None:
    """Let a probe have found a device so, this moment."""
    with write_transaction() as session:
        row = session.get_one(Device, device.id)
        row.status = status or (Status.CRITICAL if fault else Status.OK)
        row.fault, row.probed_at = fault, clock.now()
        for name, value in facts.items():
            setattr(row, name, value)


def hangs_behind(device: Device, upstream: Device) -> None:
    with write_transaction() as session:
        session.add(DeviceLink(device_id=device.id, upstream_id=upstream.id))


def booked(place, *rooms: Room, after: timedelta = timedelta(hours=2), length: timedelta = timedelta(hours=1), **facts) -> int:
    """Book a conference in some rooms, the first of them its host, granted by all; return its occurrence's id."""
    start = clock.now() + after
    conference_id = place.book(span=Span(start, start + length), room_ids=tuple(room.id for room in rooms), host_room_id=rooms[0].id, **facts)
    for approver in (place.province_approver, place.other_approver):
        for reservation in decide.queue_of(approver):
            decide.grant_reservation(reservation.id, by=approver)
    db.session.rollback()
    return conference_by_id(conference_id).occurrences[0].id
