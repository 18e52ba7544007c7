"""Uninterruptible power supplies: RFC 1628, APC PowerNet, Eaton XUPS and MGE.  Pure.

One idea, three units: the time that is left comes in minutes (RFC 1628), in 1/100 s (APC) or in seconds (Eaton).  The maker's own
objects are trusted before RFC 1628, reading by reading.  Some agents send voltages ten times too large, and some count no further
than 999 minutes: the first is put right and marked, the second is marked and not to be reckoned with.
"""

from dataclasses import replace

from device_drivers.readings import Health, Measured
from device_drivers.snmp import measuring, room_climate, uptime, values
from device_drivers.snmp.asking import Answers, Asked, Detected, Oid, Value, oid
from device_drivers.snmp.measuring import Kind, Limits, Quantity, State

NAME = "ups"

_RFC, _APC = oid("1.3.6.1.2.1.33.1"), oid("1.3.6.1.4.1.318.1.1.1")
_XUPS, _MGE = oid("1.3.6.1.4.1.534.1"), oid("1.3.6.1.4.1.705.1")


def _rfc(text: str) -> Oid:
    return (*_RFC, *oid(text))


def _apc(text: str) -> Oid:
    return (*_APC, *oid(text))


_LEFT = Limits(warning_below=15, critical_below=5)
_ON_BATTERY = Limits(warning_above=0, critical_above=300)
_CHARGE = Limits(warning_below=50, critical_below=20)
_HEAT = Limits(warning_above=35, critical_above=45)
_LOAD = Limits(warning_above=80, critical_above=95)
_LONGEST_MIN = 100 * 24 * 60  # A hundred days; no battery lasts longer.


def _volts(name: str, *, over: int = 1, otherwise: int | None = None) -> Quantity:
    """Mains or output voltage: none at all, or something a building can have."""
    return Quantity(name, "V", over=over, high=500, otherwise=otherwise, otherwise_low=80)


def _hertz(name: str) -> Quantity:
    return Quantity(name, "Hz", over=10, low=40, high=70, zero=True, otherwise=1)


def _left(*, times: int = 1, over: int = 1, cap: int = 999) -> Quantity:
    return Quantity("runtime_left", "min", times=times, over=over, high=_LONGEST_MIN, limits=_LEFT, caps=frozenset({cap}))


def _celsius(name: str, *, over: int = 1) -> Quantity:
    return Quantity(name, "°C", over=over, low=-40, high=120, limits=_HEAT)


_BATTERY_RFC = State("battery_status", {
    1: ("", Health.UNKNOWN), 2: ("normal", Health.OK), 3: ("low", Health.CRITICAL), 4: ("depleted", Health.CRITICAL)})
_BATTERY_APC = State("battery_status", {
    1: ("", Health.UNKNOWN), 2: ("normal", Health.OK), 3: ("low", Health.CRITICAL), 4: ("in_fault", Health.CRITICAL),
    5: ("no_battery", Health.CRITICAL)})
_OUTPUT_RFC = State("output_source", {
    1: ("other", Health.UNKNOWN), 2: ("no_output", Health.CRITICAL), 3: ("normal", Health.OK), 4: ("bypass", Health.WARNING),
    5: ("on_battery", Health.CRITICAL), 6: ("booster", Health.WARNING), 7: ("reducer", Health.WARNING)})
_OUTPUT_APC = State("output_source", {
    2: ("normal", Health.OK), 3: ("on_battery", Health.CRITICAL), 4: ("booster", Health.OK), 6: ("bypass", Health.WARNING),
    7: ("off", Health.CRITICAL), 9: ("bypass", Health.WARNING), 10: ("hardware_bypass", Health.CRITICAL), 12: ("reducer", Health.OK),
    13: ("eco", Health.OK), 16: ("static_bypass", Health.CRITICAL)})

# The maker's objects, then those of RFC 1628; for one name the first that can be read counts.
_SCALARS_APC: dict[Oid, Kind] = {
    _apc("2.1.1.0"): _BATTERY_APC,
    _apc("2.1.2.0"): Quantity("time_on_battery", "s", over=100, limits=_ON_BATTERY, unsigned=True, not_told=frozenset()),
    _apc("2.3.1.0"): Quantity("battery_charge", "%", over=10, high=100, limits=_CHARGE),
    _apc("2.2.1.0"): Quantity("battery_charge", "%", high=100, limits=_CHARGE),
    _apc("2.3.2.0"): _celsius("battery_temperature", over=10),
    _apc("2.2.2.0"): _celsius("battery_temperature"),
    _apc("2.2.3.0"): replace(_left(over=6000, cap=999 * 6000), unsigned=True, not_told=frozenset()),
    _apc("2.2.4.0"): State("battery_replacement", {1: ("not_needed", Health.OK), 2: ("needed", Health.WARNING)}),
    _apc("2.3.4.0"): Quantity("battery_voltage", "V", over=10, high=1000),
    _apc("4.1.1.0"): _OUTPUT_APC,
    _apc("3.3.1.0"): _volts("input_voltage", over=10),
    _apc("3.2.1.0"): _volts("input_voltage"),
    _apc("3.3.4.0"): _hertz("input_frequency"),
    _apc("4.3.1.0"): _volts("output_voltage", over=10),
    _apc("4.2.1.0"): _volts("output_voltage"),
    _apc("4.3.2.0"): _hertz("output_frequency"),
    _apc("4.3.3.0"): Quantity("output_load", "%", over=10, high=200, limits=_LOAD),
    _apc("4.2.3.0"): Quantity("output_load", "%", high=200, limits=_LOAD),
    _apc("4.3.4.0"): Quantity("output_current", "A", over=10, high=2000),
    _apc("7.2.3.0"): State("self_test", {1: ("passed", Health.OK), 2: ("failed", Health.WARNING), 3: ("invalid", Health.UNKNOWN),
                                         4: ("in_progress", Health.UNKNOWN)}),
}
_SCALARS_RFC: dict[Oid, Kind] = {
    _rfc("2.1.0"): _BATTERY_RFC,
    _rfc("2.2.0"): Quantity("time_on_battery", "s", limits=_ON_BATTERY),
    _rfc("2.3.0"): _left(),
    _rfc("2.4.0"): Quantity("battery_charge", "%", high=100, limits=_CHARGE),
    _rfc("2.5.0"): Quantity("battery_voltage", "V", over=10, high=1000),
    _rfc("2.7.0"): _celsius("battery_temperature"),
    _rfc("4.1.0"): _OUTPUT_RFC,
    _rfc("4.2.0"): _hertz("output_frequency"),
    _rfc("5.1.0"): _hertz("bypass_frequency"),
    _rfc("6.1.0"): Quantity("alarms_present", high=1000, limits=Limits(warning_above=0)),
}
_SCALARS: dict[str, dict[Oid, Kind]] = {
    "apc": {**_SCALARS_APC, **_SCALARS_RFC},
    "eaton_xups": {(*_XUPS, 2, 1, 0): _left(over=60, cap=999 * 60), **_SCALARS_RFC},
    "eaton_mge": {(*_MGE, 5, 1, 0): _left(over=60, cap=999 * 60), **_SCALARS_RFC},
    "rfc1628": _SCALARS_RFC,
}
_ALWAYS = frozenset({"output_source", "battery_status", "battery_charge", "runtime_left"})

# The phases; volts are whole in the MIB, and some agents send tenths.
_PHASES: dict[Oid, Quantity] = {
    _rfc("3.3.1.3"): _volts("input_voltage", otherwise=10),
    _rfc("3.3.1.2"): _hertz("input_frequency"),
    _rfc("4.4.1.2"): _volts("output_voltage", otherwise=10),
    _rfc("4.4.1.3"): Quantity("output_current", "A", over=10, high=2000),
    _rfc("4.4.1.4"): Quantity("output_power", "W", high=1_000_000),
    _rfc("4.4.1.5"): Quantity("output_load", "%", high=200, limits=_LOAD),
    _rfc("5.3.1.2"): _volts("bypass_voltage", otherwise=10),
    _rfc("5.3.1.3"): Quantity("bypass_current", "A", over=10, high=2000),
    _rfc("5.3.1.4"): Quantity("bypass_power", "W", high=1_000_000),
}
_ALARM_TABLE, _ALARMS = _rfc("6.2.1.2"), _rfc("6.3")
_ALARM_WORDS = {
    1: ("battery_bad", Health.WARNING), 2: ("on_battery", Health.CRITICAL), 3: ("battery_low", Health.CRITICAL),
    4: ("battery_depleted", Health.CRITICAL), 5: ("temperature_bad", Health.WARNING), 8: ("overload", Health.WARNING),
    13: ("charger_failed", Health.WARNING), 16: ("fan_failed", Health.WARNING), 20: ("communication_lost", Health.WARNING)}


def asked_of(identity: Detected) -> Asked:
    """Return the maker's objects and those of RFC 1628, which stand in where the maker's are missing."""
    columns = (*_PHASES, _ALARM_TABLE, *(room_climate.APC_COLUMNS if identity.variant == "apc" else ()))
    return Asked(objects=(*uptime.ASKED, *_scalars_of(identity)), columns=columns)


def read(answers: Answers, earlier: Answers | None, identity: Detected) -> tuple[Measured, ...]:
    """Return battery, output, phases and alarms; what the maker's objects told of a phase-less quantity is not told again."""
    read = [*uptime.readings(answers, earlier), *measuring.scalars(answers.values, _scalars_of(identity), always=_ALWAYS)]
    told = {one.name for one in read if one.value is not None}
    for base, quantity in _PHASES.items():
        if quantity.name not in told:
            read += measuring.cells(answers.column(base), quantity)
    read += [_alarm(value, measuring.dotted(index)) for index, value in sorted(answers.column(_ALARM_TABLE).items())]
    return (*read, *room_climate.apc_probes(answers))


def _scalars_of(identity: Detected) -> dict[Oid, Kind]:
    return _SCALARS.get(identity.variant, _SCALARS_RFC)


def _alarm(value: Value, place: str) -> Measured:
    """Return one row of the alarm table; an alarm without a word here is an alarm all the same."""
    named = values.object_id(value)
    number = named[len(_ALARMS)] if named is not None and named[:len(_ALARMS)] == _ALARMS and len(named) > len(_ALARMS) else 0
    word, health = _ALARM_WORDS.get(number, ("other", Health.WARNING))
    return Measured("ups_alarm", word, health=health, place=place, raw=values.as_sent(value))
