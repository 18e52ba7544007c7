"""Traps and informs as one kind of notification, whatever their version (RFC 3416, 4.2.6; RFC 3584, 3.1).  Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from device_drivers.snmp.asking import Oid, Value
from device_drivers.transports.snmp_ber import (
    IP_ADDRESS,
    OBJECT_ID,
    SEQUENCE,
    TIME_TICKS,
    Malformed,
    Nothing,
    Pdu,
    expect,
    head,
    read_bindings,
    read_oid,
    read_value,
    small_integer,
)

UPTIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)
TRAP_OID: Oid = (1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0)
TRAP_ADDRESS: Oid = (1, 3, 6, 1, 6, 3, 18, 1, 3, 0)  # snmpTrapAddress: where version 1 says the trap was born.
STANDARD_TRAPS: Oid = (1, 3, 6, 1, 6, 3, 1, 1, 5)
_ENTERPRISE_SPECIFIC = 6


@dataclass(frozen=True, slots=True)
class Notification:
    """What a device said of its own accord: `name` is the trap's OID, `uptime` its sysUpTime in 1/100 s, None when it did not say."""

    name: Oid
    uptime: int | None
    values: Mapping[Oid, Value]


def of_pdu(pdu: Pdu) -> Notification:
    """Read a trap of version 2 or an inform; raises Malformed when it does not say which it is."""
    values = {name: value for name, value in pdu.bindings if not isinstance(value, Nothing)}
    name, uptime = values.pop(TRAP_OID, None), values.pop(UPTIME, None)
    if not isinstance(name, tuple):
        raise Malformed("a notification without its name")
    return Notification(name, uptime if isinstance(uptime, int) else None, values)


def of_version_1(body: bytes) -> Notification:
    """Read the content of a version 1 Trap-PDU.

    Generic traps 0 to 5 become snmpTraps.1 to .6, a specific one becomes enterprise.0.specific (RFC 3584, 3.1).
    """
    end = len(body)
    start, at = expect(body, 0, end, OBJECT_ID)
    enterprise = read_oid(body[start:at])
    tag, start, at = head(body, at, end)
    if tag != IP_ADDRESS:
        raise Malformed("a trap without the agent's address")
    address = body[start:at]
    generic, at = small_integer(body, at, end)
    specific, at = small_integer(body, at, end)
    start, at = expect(body, at, end, TIME_TICKS)
    uptime = read_value(TIME_TICKS, body[start:at])
    start, stop = expect(body, at, end, SEQUENCE)
    if 0 <= generic < _ENTERPRISE_SPECIFIC:
        name: Oid = (*STANDARD_TRAPS, generic + 1)
    elif generic == _ENTERPRISE_SPECIFIC and enterprise is not None and specific >= 0:
        name = (*enterprise, 0, specific)
    else:
        raise Malformed(f"trap {generic} {specific} of nobody")
    values = {oid: value for oid, value in read_bindings(body, start, stop) if not isinstance(value, Nothing)}
    if len(address) == 4 and any(address):
        values.setdefault(TRAP_ADDRESS, address)
    return Notification(name, uptime if isinstance(uptime, int) else None, values)
