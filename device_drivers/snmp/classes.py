"""The classes of devices by name."""

from device_drivers.snmp import (
    environment,
    identity,
    linux_host,
    pdu,
    poly_endpoint,
    printer,
    projector,
    switch_ports,
    ups,
    wireless_presentation,
)
from device_drivers.snmp.asking import DeviceClass

CLASSES: dict[str, DeviceClass] = {one.NAME: one for one in (
    environment, identity, linux_host, pdu, poly_endpoint, printer, projector, switch_ports, ups, wireless_presentation)}
