"""The health of a device out of its readings.  Pure."""

from collections.abc import Iterable

from device_drivers.readings import Health, Measured
from device_drivers.snmp.measuring import DISABLED
from device_drivers.snmp.names import READINGS, Weight


def worst(measured: Iterable[Measured]) -> Health:
    """Return the worst that the readings say: critical, warning, unknown, ok, in this order.

    A known fault is told even beside something unknown.  Ok is said only when something that counts is ok and everything that decides
    is known; what is disabled is no fault and no proof.  With nothing that can be judged, the health is unknown: the device answers
    and says nothing about itself.
    """
    weighed = [(one, _weight(one)) for one in measured]
    counted = [one for one, weight in weighed if weight is not Weight.OWN]
    for health in (Health.CRITICAL, Health.WARNING):
        if any(one.health is health for one in counted):
            return health
    undecided = any(weight is Weight.DECIDES and one.health is Health.UNKNOWN and one.value != DISABLED for one, weight in weighed)
    return Health.OK if not undecided and any(one.health is Health.OK for one in counted) else Health.UNKNOWN


def _weight(one: Measured) -> Weight:
    """Return what a reading is to its device; a name that is not of SNMP counts."""
    return READINGS[one.name].weight if one.name in READINGS else Weight.COUNTS
