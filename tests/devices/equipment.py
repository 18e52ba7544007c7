"""Devices for the tests of probing, and looks at them as drivers would have brought them."""

import itertools
from datetime import datetime, timedelta
from typing import Any

from builders import NOW, a_unit, fresh

from device_drivers.errors import DeviceError, NoSnmpAnswer, Unreachable
from device_drivers.readings import CodecStatus, Health, Identity, Measured, Tri
from device_drivers.snmp.asking import Detected, oid
from device_drivers.transports.snmp_quirks import Quirks
from roomctl import clock
from roomctl.database import db, write_transaction
from roomctl.devices import credentials, reading_tables
from roomctl.devices.probing import Look
from roomctl.devices.snmp_lane import Polled
from roomctl.devices.snmp_look import Known
from roomctl.devices.snmp_tables import SnmpAccess
from roomctl.devices.storing import Found
from roomctl.devices.tables import Device
from roomctl.organisation.tables import Unit

_numbers = itertools.count(1)
IDENTITY = Identity("Room Kit", "FTT1", "ce11.5", 1000)
CHARGE = Measured("battery_charge", 98.0, "%", Health.OK)
SOURCE = Measured("output_source", "normal", health=Health.OK)
STATUS = Measured("battery_status", "normal", health=Health.OK)


def a_device(*, unit: Unit | None = None, **facts: Any) -> Device:
    """Add a codec, or what the facts say, with a password unless that is empty."""
    number, password = next(_numbers), facts.pop("password", "geheim")
    wanted = {"kind": "codec", "family": "cisco_roomos", "name": f"Thiết bị {number}", "host": f"10.9.{number // 250}.{number % 250}", "port": 22,
              "username": "roomctl", "created_at": clock.now(), **facts}
    unit = unit or a_unit()
    with write_transaction() as session:
        device = Device(unit_id=unit.id, **wanted)
        session.add(device)
        session.flush()
        if password:
            credentials.seal_password(device, password, by=None)
    return device


def equipment(**facts: Any) -> Device:
    """Add a device that speaks SNMP only, with an access of version 2c that is good for a month."""
    access = {name: facts.pop(name) for name in ("exception_until", "detected", "quirks", "snmp_port", "community") if name in facts}
    device = a_device(**{"kind": "equipment", "family": "snmp", "port": 161, "username": "", "password": "", **facts})
    give_access(device, **access)
    return device


def give_access(device: Device, *, exception_until: datetime | None = None, detected: dict | None = None, quirks: dict | None = None,
                snmp_port: int = 161, community: str = "public") -> None:
    nonce, sealed = credentials.seal(f'{{"auth": "", "priv": "", "community": "{community}"}}', row=f"snmp_access:{device.id}")
    with write_transaction() as session:
        session.add(SnmpAccess(device_id=device.id, port=snmp_port, version="2c", nonce=nonce, sealed=sealed, exception_reason="cũ",
                               exception_until=exception_until or clock.now() + timedelta(days=30), set_at=clock.now(), detected=detected or {},
                               quirks=quirks or {}))


def a_status(**facts: Any) -> CodecStatus:
    good = {"registered": Tri.YES, "registration": "Registered", "can_encrypt": Tri.YES, "microphone": Tri.YES, "camera": Tri.YES}
    return CodecStatus(identity=facts.pop("identity", IDENTITY), calls=(), **{**good, **facts})


def known(device_class: str = "ups", **facts: Any) -> Known:
    detected = Detected(device_class, "rfc1628", oid("1.3.6.1.4.1.2254.2.5"), "UPS", **facts)
    return Known(detected, NOW)


def looked(device: Device, error: DeviceError | None = None, *, measured: tuple[Measured, ...] = (), at: datetime | None = None,
           **facts: Any) -> Found:
    """Return a look over SSH."""
    status = None if error else a_status(measured=measured, **facts)
    now = at or clock.now()
    return Found(device.id, now, now, look=Look(device.id, status, error, measured))


def polled(device: Device, *measured: Measured, error: DeviceError | None = None, at: datetime | None = None, device_class: str = "ups",
           quirks: Quirks | None = None, **facts: Any) -> Found:
    """Return a look over SNMP."""
    now = at or clock.now()
    return Found(device.id, now, now, polled=Polled(device.id, known(device_class, **facts), measured, "80000000deadbeef" if not error else "",
                                                    quirks or Quirks(), error))


UNREACHABLE, NO_ANSWER = Unreachable("no route"), NoSnmpAnswer("no answer: down, blocked or wrong community")


def state(device: Device) -> tuple[str, str]:
    device = fresh(device)
    return str(device.status), device.fault


def readings_of(device: Device) -> list[list[Any]]:
    db.session.rollback()
    return reading_tables.latest_readings([device.id]).get(device.id, (None, []))[1]


def minutes_of(device: Device) -> list[dict[str, Any]]:
    db.session.rollback()
    return [numbers for _, numbers in reading_tables.history_of(device.id, "m", clock.now() - timedelta(days=400))]


def changes_of(device: Device) -> list[tuple[str, str]]:
    """Return the changes of a device's status, the first one first."""
    db.session.rollback()
    return [(str(one.status), one.fault) for one in reversed(reading_tables.changes_of(device.id, limit=100))]
