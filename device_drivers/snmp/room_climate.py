"""What the air of a room may be, and the probes that hang on other devices.  Pure."""

from device_drivers.readings import Measured
from device_drivers.snmp import measuring
from device_drivers.snmp.asking import Answers, Oid, oid
from device_drivers.snmp.measuring import Limits, Quantity

TEMPERATURE_LIMITS = Limits(warning_above=30, critical_above=35, warning_below=10)
COLDEST, HOTTEST = -40, 120  # °C; outside of it a probe is lying, or its unit is another.

_APC_PROBE = oid("1.3.6.1.4.1.318.1.1.25.1.2.1")
_APC_NAME, _APC_CELSIUS = (*_APC_PROBE, 3), (*_APC_PROBE, 6)
APC_COLUMNS: tuple[Oid, ...] = (_APC_NAME, _APC_CELSIUS)


def temperature(name: str = "room_temperature", *, over: int = 1) -> Quantity:
    """Return how a room's temperature is read from a probe that sends °C, or a fraction of it."""
    return Quantity(name, "°C", over=over, low=COLDEST, high=HOTTEST, limits=TEMPERATURE_LIMITS)


def apc_probes(answers: Answers) -> list[Measured]:
    """Return the temperature probes on the sensor ports of an APC device, which does its work without them."""
    column = answers.column(_APC_CELSIUS)
    return measuring.cells(column, temperature("probe_temperature"), measuring.named_places(answers.column(_APC_NAME), list(column)))
