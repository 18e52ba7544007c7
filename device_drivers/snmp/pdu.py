"""Power strips: APC rPDU2 and the two older ways of APC, and Gude's Expert Power Control 1202.  Pure.

rPDU2 says 1 for off and 2 for on; the older APC tables say 1 for on and 2 for off; Gude says 0 and 1.  Each table is read with its
own words, and never with another's.  An outlet that is off is no fault: somebody may want it so.
Strips of Raritan, CyberPower, Vertiv and Eaton are known by name only.
"""

from dataclasses import replace

from device_drivers.readings import Health, Measured
from device_drivers.snmp import measuring, room_climate, uptime
from device_drivers.snmp.asking import Answers, Asked, Detected, Oid, oid
from device_drivers.snmp.measuring import Quantity, State

NAME = "pdu"

_OFF, _ON = ("off", Health.UNKNOWN), ("on", Health.OK)
_RPDU2, _GUDE = oid("1.3.6.1.4.1.318.1.1.26"), oid("1.3.6.1.4.1.28507.43.1")

# Newest first; the first table that answers is the one that is read.
_APC_OUTLETS: tuple[tuple[Oid, State], ...] = (
    ((*_RPDU2, 9, 2, 3, 1, 5), State("outlet_state", {1: _OFF, 2: _ON})),
    (oid("1.3.6.1.4.1.318.1.1.12.3.5.1.1.4"), State("outlet_state", {1: _ON, 2: _OFF})),
    (oid("1.3.6.1.4.1.318.1.1.4.4.2.1.3"), State("outlet_state", {1: _ON, 2: _OFF})),
)
_LOAD = {1: ("low", Health.OK), 2: ("normal", Health.OK), 3: ("near_overload", Health.WARNING), 4: ("overload", Health.CRITICAL),
         5: ("", Health.UNKNOWN)}
_APC_COLUMNS: dict[Oid, measuring.Kind] = {
    (*_RPDU2, 4, 3, 1, 4): State("load_state", _LOAD),
    (*_RPDU2, 4, 3, 1, 5): Quantity("power", "W", times=10, high=100_000),
    (*_RPDU2, 4, 3, 1, 9): Quantity("energy", "kWh", over=10, unsigned=True, not_told=frozenset({2**32 - 1})),
    (*_RPDU2, 4, 3, 1, 12): State("power_supply", {1: ("normal", Health.OK)}),
    (*_RPDU2, 6, 3, 1, 4): State("phase_load_state", _LOAD),
    (*_RPDU2, 6, 3, 1, 5): Quantity("phase_current", "A", over=10, high=1000),
    (*_RPDU2, 6, 3, 1, 6): Quantity("phase_voltage", "V", high=500, otherwise=10, otherwise_low=80),
}

_GUDE_METER = (*_GUDE, 5, 1, 2, 1)
_GUDE_COLUMNS: dict[Oid, measuring.Kind] = {
    (*_GUDE, 3, 1, 2, 1, 3): State("outlet_state", {0: _OFF, 1: _ON}),
    (*_GUDE, 3, 1, 2, 1, 4): Quantity("outlet_switched", unsigned=True, not_told=frozenset()),
    (*_GUDE_METER, 2): State("meter_state", {1: ("valid", Health.OK)}),
    (*_GUDE_METER, 3): Quantity("energy", "kWh", over=1000, unsigned=True, not_told=frozenset({2**32 - 1})),
    (*_GUDE_METER, 4): Quantity("power", "W", high=100_000),
    (*_GUDE_METER, 5): Quantity("phase_current", "A", over=1000, high=1000),
    (*_GUDE_METER, 6): Quantity("phase_voltage", "V", high=500),
    (*_GUDE_METER, 7): Quantity("phase_frequency", "Hz", over=100, low=40, high=70),
    (*_GUDE_METER, 8): Quantity("power_factor", over=1000, low=-1, high=1, not_told=frozenset()),
    (*_GUDE_METER, 10): Quantity("apparent_power", "VA", high=100_000),
    (*_GUDE, 5, 2, 1, 2): State("surge_protection", {1: ("ok", Health.OK)}),
}
_GUDE_CLOCK = (*_GUDE, 5, 15, 1, 0)
_CLOCK = State("clock_state", {1: ("valid", Health.OK)})


def asked_of(identity: Detected) -> Asked:
    """Return the columns of the strip's own tables."""
    if identity.variant == "gude_1202":
        return Asked(objects=(*uptime.ASKED, _GUDE_CLOCK), columns=tuple(_GUDE_COLUMNS))
    if identity.variant == "apc":
        outlets = tuple(base for base, _state in _APC_OUTLETS)
        return Asked(objects=uptime.ASKED, columns=(*_APC_COLUMNS, *outlets, *room_climate.APC_COLUMNS))
    return Asked(objects=uptime.ASKED)


def read(answers: Answers, earlier: Answers | None, identity: Detected) -> tuple[Measured, ...]:
    """Return load, power, energy, phases and outlets."""
    read = uptime.readings(answers, earlier)
    if identity.variant == "gude_1202":
        for base, kind in _GUDE_COLUMNS.items():
            read += measuring.cells(answers.column(base), kind)
        if _GUDE_CLOCK in answers.values:
            read.append(_CLOCK.of(answers.values[_GUDE_CLOCK]))
        return (*read, *measuring.missing(read, "outlet_state", "meter_state"))
    if identity.variant == "apc":
        for base, kind in _APC_COLUMNS.items():
            read += measuring.cells(answers.column(base), kind)
        read += _apc_outlets(answers)
        read += room_climate.apc_probes(answers)
    return (*read, *measuring.missing(read, "load_state"))


def _apc_outlets(answers: Answers) -> list[Measured]:
    """Return the outlets by the newest table that answers; one that another table contradicts is unknown."""
    tables = [{one.place: one for one in measuring.cells(answers.column(base), state)} for base, state in _APC_OUTLETS]
    answering = [table for table in tables if any(one.value is not None for one in table.values())]
    if not answering:
        return [one for table in tables for one in table.values()]
    newest, *older = answering
    return [replace(one, value=None, health=Health.UNKNOWN, mark=measuring.CONTRADICTED) if _is_contradicted(one, older) else one
            for one in newest.values()]


def _is_contradicted(one: Measured, older: list[dict[str, Measured]]) -> bool:
    others = [table[one.place].value for table in older if one.place in table]
    return one.value is not None and any(other is not None and other != one.value for other in others)

