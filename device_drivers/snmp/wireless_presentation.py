"""Wireless presentation: Barco ClickShare, which sends its numbers as text with a NUL behind.  Pure."""

from device_drivers.readings import Measured
from device_drivers.snmp import measuring, uptime
from device_drivers.snmp.asking import Answers, Asked, Detected, Oid, oid
from device_drivers.snmp.measuring import Quantity

NAME = "wireless_presentation"

_CLICKSHARE = oid("1.3.6.1.4.1.7312.2468.1.2")
_SCALARS: dict[Oid, measuring.Kind] = {
    (*_CLICKSHARE, 1, 0): Quantity("case_fan_speed", "rpm", high=30_000),
    (*_CLICKSHARE, 2, 0): Quantity("processor_fan_speed", "rpm", high=30_000),
    # Inside the case; no limit is known for it, and a room's would be the wrong one.
    (*_CLICKSHARE, 3, 0): Quantity("device_temperature", "°C", low=-40, high=150),
}


def asked_of(identity: Detected) -> Asked:
    """Return the two fans and the temperature."""
    return Asked(objects=(*uptime.ASKED, *_SCALARS))


def read(answers: Answers, earlier: Answers | None, identity: Detected) -> tuple[Measured, ...]:
    """Return fans and temperature; a fan that sends no text has no speed, which is not 0."""
    return (*uptime.readings(answers, earlier), *measuring.scalars(answers.values, _SCALARS))
