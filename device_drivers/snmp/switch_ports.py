"""Switches: their network ports, by IF-MIB (RFC 2863).  Pure.

A port is known by its ifName: its index may be another one after a restart.  A port that somebody switched off is no fault, and a
port that is down is told as a warning of its own, which does not make the switch ill: nothing may be plugged in.
"""

from collections.abc import Mapping

from device_drivers.readings import Health, Measured
from device_drivers.snmp import measuring, rates, uptime, values
from device_drivers.snmp.asking import Answers, Asked, Detected, Oid, Value, oid

NAME = "switch"

_ENTRY, _EXTENDED = oid("1.3.6.1.2.1.2.2.1"), oid("1.3.6.1.2.1.31.1.1.1")
DESCRIPTION, SPEED, ADMIN, OPERATIONAL = (*_ENTRY, 2), (*_ENTRY, 5), (*_ENTRY, 7), (*_ENTRY, 8)
IN_32, OUT_32 = (*_ENTRY, 10), (*_ENTRY, 16)
PORT_NAME, IN_64, OUT_64, HIGH_SPEED = (*_EXTENDED, 1), (*_EXTENDED, 6), (*_EXTENDED, 10), (*_EXTENDED, 15)
DISCONTINUITY = (*_EXTENDED, 19)

# ifSpecific (22) is left alone: some agents answer it with object identifiers of absurd length.
STATES: tuple[Oid, ...] = (DESCRIPTION, SPEED, ADMIN, OPERATIONAL, PORT_NAME, HIGH_SPEED)
TRAFFIC: tuple[Oid, ...] = (IN_32, OUT_32, IN_64, OUT_64, DISCONTINUITY)

_UP, _ADMIN_UP, _ADMIN_DOWN = 1, 1, 2
_SPEED_UNTOLD = 4294967295  # ifSpeed: more than 32 bits hold.
_STATE = measuring.State("port_state", {
    1: ("up", Health.OK), 2: ("down", Health.WARNING), 3: ("testing", Health.UNKNOWN), 4: ("", Health.UNKNOWN), 5: ("dormant", Health.UNKNOWN),
    6: ("not_present", Health.UNKNOWN), 7: ("lower_layer_down", Health.WARNING)})
_FAST = measuring.Quantity("port_speed", "Mbit/s", low=0.009, not_told=frozenset({0}), unsigned=True)
_PLAIN = measuring.Quantity("port_speed", "Mbit/s", over=1_000_000, low=0.009, not_told=frozenset({0, _SPEED_UNTOLD}), unsigned=True)


def asked_of(identity: Detected) -> Asked:
    """Return the uptime and the columns of the interfaces."""
    return Asked(objects=uptime.ASKED, columns=(*STATES, *TRAFFIC))


def read(answers: Answers, earlier: Answers | None, identity: Detected) -> tuple[Measured, ...]:
    """Return state and speed of every port, and its traffic when the poll before allows it to be told."""
    return (*uptime.readings(answers, earlier), *states(answers.values), *_traffic(answers, earlier))


def states(found: Mapping[Oid, Value]) -> list[Measured]:
    """Return what is known of each port without a poll before."""
    operational, admin = _column(found, OPERATIONAL), _column(found, ADMIN)
    places = ports(found)
    read = [_state(operational.get(index), admin.get(index), place) for index, place in places.items() if index in operational or index in admin]
    return [*read, *(speed for index, place in places.items() if (speed := _speed(found, index, place)) is not None)]


def ports(found: Mapping[Oid, Value]) -> dict[Oid, str]:
    """Return the name of each port by its index: ifName, else ifDescr, else the index itself."""
    descriptions, names = _column(found, DESCRIPTION), _column(found, PORT_NAME)
    indexes = sorted({*descriptions, *names, *_column(found, OPERATIONAL), *_column(found, ADMIN)})
    said = {index: names[index] if values.text(names.get(index)) else descriptions.get(index, b"") for index in indexes}
    return measuring.named_places(said, indexes)


def _state(operational: Value | None, admin: Value | None, place: str) -> Measured:
    """Return what a port is; `raw` is ifOperStatus and, where it matters, ifAdminStatus."""
    wanted = values.whole(admin)
    read = _STATE.of(operational, place)
    both = f"{values.as_sent(operational) or '?'} / {values.as_sent(admin) or '?'}"
    if wanted == _ADMIN_DOWN:
        return Measured(_STATE.name, measuring.DISABLED, place=place, raw=both)
    if wanted != _ADMIN_UP and read.health is Health.WARNING:  # Nobody knows whether it is meant to be up.
        return Measured(_STATE.name, read.value, place=place, raw=both)
    return read


def _speed(found: Mapping[Oid, Value], index: Oid, place: str) -> Measured | None:
    """Return the speed; None when the agent has none, as for a port that is no wire."""
    read = [kind.of(found[(*column, *index)], place) for column, kind in ((HIGH_SPEED, _FAST), (SPEED, _PLAIN)) if (*column, *index) in found]
    told = [one for one in read if one.mark != measuring.NOT_TOLD]
    return next((one for one in told if one.value is not None), told[0] if told else None)


def _traffic(answers: Answers, earlier: Answers | None) -> list[Measured]:
    """Return the traffic in Mbit/s of the ports that both polls know by name; what cannot be told is None."""
    if earlier is None:
        return []
    before = {name: index for index, name in ports(earlier.values).items()}
    go_on, elapsed_s = rates.counters_go_on(answers, earlier), answers.at_s - earlier.at_s
    read = []
    for index, place in ports(answers.values).items():
        if place not in before:
            continue
        speed = _speed(answers.values, index, place)
        most = speed.value * 125_000 if speed is not None and isinstance(speed.value, int | float) else None  # Octets a second.
        moved = answers.values.get((*DISCONTINUITY, *index)) != earlier.values.get((*DISCONTINUITY, *before[place]))
        for name, wide, narrow in (("port_traffic_in", IN_64, IN_32), ("port_traffic_out", OUT_64, OUT_32)):
            new = [answers.values.get((*column, *index)) for column in (wide, narrow)]
            old = [earlier.values.get((*column, *before[place])) for column in (wide, narrow)]
            if new == [None, None]:
                continue
            rate = None if moved or not go_on else _rate(new, old, elapsed_s, most)
            read.append(Measured(name, None if rate is None else round(rate * 8 / 1_000_000, 3), "Mbit/s", place=place,
                                 raw=values.as_sent(new[0] if new[0] is not None else new[1])))
    return read


def _rate(new: list[Value | None], old: list[Value | None], elapsed_s: float, most: float | None) -> float | None:
    """Return octets a second, from the wide counter where both polls have it: the narrow one goes round in 34 s at 1 Gbit/s."""
    if new[0] is not None and old[0] is not None:
        return rates.per_second_64(new[0], old[0], elapsed_s, most)
    return rates.per_second_32(new[1], old[1], elapsed_s, most)


def _column(found: Mapping[Oid, Value], base: Oid) -> dict[Oid, Value]:
    return Answers(found, 0).column(base)
