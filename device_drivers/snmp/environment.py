"""Monitors of a room's air: by ENTITY-SENSOR-MIB (RFC 3433), Avtech Room Alert 4E, and HW group STE2.  Pure.

A sensor whose own state is not "ok" has no value.  °C of a monitor are the room's and are judged as such; °C of a device that was only
found to have sensors may be those of its inside, and are not judged.
"""

from device_drivers.readings import Health, Measured
from device_drivers.snmp import measuring, room_climate, uptime, values
from device_drivers.snmp.asking import Answers, Asked, Detected, Oid, Value, oid
from device_drivers.snmp.measuring import Quantity, State

NAME = "environment"

_ENTITY = oid("1.3.6.1.2.1.99.1.1.1")
_TYPE, _SCALE, _PRECISION, _VALUE, _STATUS = ((*_ENTITY, column) for column in range(1, 6))
_NAMES = oid("1.3.6.1.2.1.47.1.1.1.1.7")  # entPhysicalName
_CELSIUS, _TRUTH = 8, 12
_KINDS: dict[int, tuple[str, str]] = {
    3: ("sensor_voltage", "V"), 4: ("sensor_voltage", "V"), 5: ("sensor_current", "A"), 6: ("sensor_power", "W"),
    7: ("sensor_frequency", "Hz"), _CELSIUS: ("device_temperature", "°C"), 9: ("humidity", "%"), 10: ("sensor_fan_speed", "rpm"),
    _TRUTH: ("sensor_contact", "")}
_SENSOR_STATUS = State("sensor_status", {1: ("ok", Health.OK), 2: ("unavailable", Health.UNKNOWN), 3: ("not_operational", Health.WARNING)})

_AVTECH, _STE2 = oid("1.3.6.1.4.1.20916.1.6.1"), oid("1.3.6.1.4.1.21796.4.9")
# °C, °F and label; inside they stand the other way round than outside.
_AVTECH_PROBES: tuple[tuple[Oid, Oid, Oid], ...] = (
    ((*_AVTECH, 1, 1, 2, 0), (*_AVTECH, 1, 1, 1, 0), (*_AVTECH, 1, 2, 1, 0)),
    ((*_AVTECH, 2, 1, 1, 0), (*_AVTECH, 2, 1, 2, 0), (*_AVTECH, 2, 1, 8, 0)),
    ((*_AVTECH, 2, 2, 1, 0), (*_AVTECH, 2, 2, 2, 0), (*_AVTECH, 2, 2, 8, 0)),
)
_AVTECH_SWITCH, _AVTECH_SWITCH_NAME = (*_AVTECH, 3, 1, 0), (*_AVTECH, 3, 2, 0)
_CONTACT = State("sensor_contact", {0: ("off", Health.UNKNOWN)})

_STE2_INPUT_NAME, _STE2_INPUT_ALARM = (*_STE2, 1, 1, 3), (*_STE2, 1, 1, 4)
_STE2_NAME, _STE2_STATE, _STE2_VALUE, _STE2_UNIT = ((*_STE2, 3, 1, column) for column in (2, 3, 5, 7))
_STE2_CELSIUS = 1
_INPUT_ALARM = State("input_alarm", {0: ("normal", Health.OK)})
_STATE = State("sensor_status", {1: ("normal", Health.OK)})


def asked_of(identity: Detected) -> Asked:
    """Return the objects of the make, or the columns of ENTITY-SENSOR-MIB."""
    if identity.variant == "avtech_4e":
        return Asked(objects=(*uptime.ASKED, *(name for probe in _AVTECH_PROBES for name in probe), _AVTECH_SWITCH, _AVTECH_SWITCH_NAME))
    if identity.variant == "hwg_ste2":
        return Asked(objects=uptime.ASKED, columns=(
            _STE2_INPUT_NAME, _STE2_INPUT_ALARM, _STE2_NAME, _STE2_STATE, _STE2_VALUE, _STE2_UNIT))
    return Asked(objects=uptime.ASKED, columns=(_TYPE, _SCALE, _PRECISION, _VALUE, _STATUS, _NAMES))


def read(answers: Answers, earlier: Answers | None, identity: Detected) -> tuple[Measured, ...]:
    """Return what each sensor measures, and whether it says of itself that it works."""
    read = uptime.readings(answers, earlier)
    if identity.variant == "avtech_4e":
        read += _avtech(answers)
    elif identity.variant == "hwg_ste2":
        read += _ste2(answers)
    else:
        return (*read, *sensors(answers, of_the_room=identity.variant == "entity_sensor"))
    return (*read, *measuring.missing(read, "room_temperature"))


def sensors(answers: Answers, *, of_the_room: bool) -> list[Measured]:
    """Return the sensors of ENTITY-SENSOR-MIB: value x 1000^(scale - 9) / 10^precision, and none unless the status is ok."""
    types, status = answers.column(_TYPE), answers.column(_STATUS)
    places = measuring.named_places(answers.column(_NAMES), sorted({*types, *status}))
    read = []
    for index, place in places.items():
        working = _SENSOR_STATUS.of(status.get(index), place)
        read.append(working)
        kind = _KINDS.get(values.whole(types.get(index)) or 0)
        if kind is not None:
            name = "room_temperature" if of_the_room and kind[0] == "device_temperature" else kind[0]
            read.append(_sensor(answers, index, name, kind[1], place, works=working.health is Health.OK))
    return read


def _sensor(answers: Answers, index: Oid, name: str, unit: str, place: str, *, works: bool) -> Measured:
    sent = answers.values.get((*_VALUE, *index))
    if sent is None or not works:
        mark = measuring.UNANSWERED if sent is None else measuring.NOT_TOLD
        return Measured(name, None, unit, place=place, raw=values.as_sent(sent), mark=mark)
    if name == "sensor_contact":
        return State(name, {1: ("on", Health.UNKNOWN), 2: ("off", Health.UNKNOWN)}).of(sent, place)
    scale, precision = values.whole(answers.values.get((*_SCALE, *index))), values.whole(answers.values.get((*_PRECISION, *index)))
    if scale is None or precision is None or not 1 <= scale <= 17 or not -8 <= precision <= 9:  # RFC 3433
        return Measured(name, None, unit, place=place, raw=values.as_sent(sent), mark=measuring.UNREADABLE)
    power = 3 * (scale - 9) - precision
    times, over = (10**power, 1) if power >= 0 else (1, 10**-power)
    return _quantity(name, unit, times, over).of(sent, place)


def _quantity(name: str, unit: str, times: int, over: int) -> Quantity:
    """Return how a number of this name is read; -1 and the like are true values of a sensor that says it is well."""
    if unit == "°C":
        limits = room_climate.TEMPERATURE_LIMITS if name == "room_temperature" else None
        hottest = room_climate.HOTTEST if name == "room_temperature" else 150
        return Quantity(name, unit, times, over, room_climate.COLDEST, hottest, limits=limits, not_told=frozenset({2147483647}))
    low, high = {"%": (0, 100), "rpm": (0, 100_000), "Hz": (0, 10**12)}.get(unit, (-(10**9), 10**9))
    return Quantity(name, unit, times, over, low, high, not_told=frozenset({2147483647}))


def _avtech(answers: Answers) -> list[Measured]:
    """Return the three probes in °C, checked against the °F beside them, and the contact."""
    read = []
    for number, (celsius, fahrenheit, label) in enumerate(_AVTECH_PROBES):
        if celsius in answers.values:
            place = values.text(answers.values.get(label)) or str(number)
            read.append(_agreeing(room_climate.temperature().of(answers.values[celsius], place), answers.values.get(fahrenheit)))
    if _AVTECH_SWITCH in answers.values:
        read.append(_CONTACT.of(answers.values[_AVTECH_SWITCH], values.text(answers.values.get(_AVTECH_SWITCH_NAME)) or "1"))
    return read


def _agreeing(celsius: Measured, fahrenheit: Value | None) -> Measured:
    """Return the temperature, or unknown when the same probe's °F say something else: then one of the units is not what it seems."""
    other = values.number(fahrenheit)
    if other is None or not isinstance(celsius.value, int | float) or abs(celsius.value * 1.8 + 32 - other) <= 3:
        return celsius
    return Measured(celsius.name, None, celsius.unit, place=celsius.place, raw=f"{celsius.raw} / {other}"[:80], mark=measuring.CONTRADICTED)


def _ste2(answers: Answers) -> list[Measured]:
    """Return inputs and sensors; only a sensor whose unit is °C is read as a number, in tenths."""
    alarms, states = answers.column(_STE2_INPUT_ALARM), answers.column(_STE2_STATE)
    read = measuring.cells(alarms, _INPUT_ALARM, measuring.named_places(answers.column(_STE2_INPUT_NAME), list(alarms)))
    places = measuring.named_places(answers.column(_STE2_NAME), list(states))
    read += measuring.cells(states, _STATE, places)
    warm = {index: value for index, value in answers.column(_STE2_VALUE).items()
            if values.whole(answers.values.get((*_STE2_UNIT, *index))) == _STE2_CELSIUS}
    return read + measuring.cells(warm, room_climate.temperature(over=10), places)
