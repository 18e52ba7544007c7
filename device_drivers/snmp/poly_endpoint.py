"""Poly endpoints (RealPresence Group, Studio X, G): state of their parts, registrations, and the quality of running calls.  Pure.

A part that is disabled is no fault and no proof of health.  Quality is judged only when two polls in a row say the same.
"""

from device_drivers.readings import Health, Measured
from device_drivers.snmp import measuring, uptime
from device_drivers.snmp.asking import Answers, Asked, Detected, Oid, oid
from device_drivers.snmp.measuring import Limits, Quantity, State

NAME = "poly_endpoint"

_BASE = oid("1.3.6.1.4.1.13885.101.1")
_WORDS = {1: (measuring.DISABLED, Health.UNKNOWN), 2: ("ok", Health.OK), 3: ("failed", Health.CRITICAL)}


def _at(text: str) -> Oid:
    return (*_BASE, *oid(text))


_STATES: dict[Oid, measuring.Kind] = {
    _at("1.6.0"): State("system_status", _WORDS),
    _at("2.7.1.0"): State("h323_status", _WORDS),
    _at("2.7.2.0"): State("h323_registration", _WORDS),
    _at("2.8.1.0"): State("sip_status", _WORDS),
    _at("3.1.0"): State("hardware_status", _WORDS),
    _at("3.5.1.0"): State("microphone_status", _WORDS),
    _at("3.6.1.0"): State("camera_status", _WORDS),
    _at("3.10.1.0"): State("network_card_status", _WORDS),
    _at("5.1.0"): Quantity("active_calls", high=100, unsigned=True),
}
_ALWAYS = frozenset({"system_status", "hardware_status", "microphone_status", "camera_status"})
_SERVICES = {
    _at("3.11.1.0"): "touch_controller", _at("3.12.1.0"): "uc_board", _at("6.7.1.0"): "presence", _at("6.8.1.0"): "call_records",
    _at("6.9.1.0"): "syslog", _at("6.10.1.0"): "software_update", _at("6.11.1.0"): "provisioning", _at("6.12.1.0"): "calendar",
    _at("6.13.1.0"): "directory",
}
_SERVICE = State("service_status", _WORDS)
_TABLES = {_at("2.8.2.1.2"): State("sip_proxy", _WORDS), _at("2.8.3.1.2"): State("sip_registration", _WORDS)}

_LOSS = Limits(warning_from=1, critical_from=3)
_JITTER = Limits(warning_from=30, critical_from=50)
_LATENCY = Limits(warning_from=150, critical_from=300)
_CALLS: dict[Oid, Quantity] = {
    _at("4.1.1.16"): Quantity("loss_in", "%", high=100, limits=_LOSS),
    _at("4.1.1.17"): Quantity("loss_out", "%", high=100, limits=_LOSS),
    _at("4.1.1.18"): Quantity("latency_in", "ms", high=60_000, limits=_LATENCY),
    _at("4.1.1.19"): Quantity("latency_out", "ms", high=60_000, limits=_LATENCY),
    _at("4.1.1.20"): Quantity("jitter_in", "ms", high=60_000, limits=_JITTER),
    _at("4.1.1.21"): Quantity("jitter_out", "ms", high=60_000, limits=_JITTER),
    _at("4.1.1.14"): Quantity("lost_packets_in", unsigned=True, not_told=frozenset()),
    _at("4.1.1.15"): Quantity("lost_packets_out", unsigned=True, not_told=frozenset()),
}


def asked_of(identity: Detected) -> Asked:
    """Return the states and the tables of registrations and calls."""
    return Asked(objects=(*uptime.ASKED, *_STATES, *_SERVICES), columns=(*_TABLES, *_CALLS))


def read(answers: Answers, earlier: Answers | None, identity: Detected) -> tuple[Measured, ...]:
    """Return the state of each part, each registration line, and loss, latency and jitter of each call."""
    read = [*uptime.readings(answers, earlier), *measuring.scalars(answers.values, _STATES, always=_ALWAYS)]
    read += [_SERVICE.of(answers.values[name], service) for name, service in _SERVICES.items() if name in answers.values]
    for base, state in _TABLES.items():
        read += measuring.cells(answers.column(base), state)
    for base, quantity in _CALLS.items():
        before = {} if earlier is None else {one.place: one for one in measuring.cells(earlier.column(base), quantity)}
        read += [measuring.twice(now, before.get(now.place)) for now in measuring.cells(answers.column(base), quantity)]
    return tuple(read)
