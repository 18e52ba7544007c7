"""Printers: supplies and trays (RFC 3805), state and errors (RFC 2790).  Pure.

A level of -3 says that some is left, -2 that the printer does not know, -1 that there is no measure: none of them is a percentage, and
a level above the capacity is not one either.  How low is low, the printer says itself by its error bits.
"""

from device_drivers.readings import Health, Measured
from device_drivers.snmp import measuring, uptime, values
from device_drivers.snmp.asking import Answers, Asked, Detected, Value, oid
from device_drivers.snmp.measuring import State

NAME = "printer"

_SUPPLY, _INPUT = oid("1.3.6.1.2.1.43.11.1.1"), oid("1.3.6.1.2.1.43.8.2.1")
_CLASS, _DESCRIPTION, _UNIT, _MOST, _LEVEL = ((*_SUPPLY, column) for column in (4, 6, 7, 8, 9))
_TRAY_MOST, _TRAY_LEVEL, _TRAY_DESCRIPTION = ((*_INPUT, column) for column in (9, 10, 18))
_DEVICE_STATUS, _ERRORS = oid("1.3.6.1.2.1.25.3.2.1.5"), oid("1.3.6.1.2.1.25.3.5.1.2")

_FILLS_UP, _PERCENT = 4, 19  # A receptacle for waste; the unit "percent".
_SOME_LEFT, _NOT_KNOWN, _NO_MEASURE = -3, -2, -1
_STATUS = State("printer_status", {
    1: ("", Health.UNKNOWN), 2: ("running", Health.OK), 3: ("warning", Health.WARNING), 4: ("testing", Health.UNKNOWN),
    5: ("down", Health.CRITICAL)})
# hrPrinterDetectedErrorState; those the printer can still print with are warnings.
_ERROR_WORDS: dict[int, tuple[str, Health]] = {
    0: ("low_paper", Health.WARNING), 1: ("no_paper", Health.CRITICAL), 2: ("low_toner", Health.WARNING), 3: ("no_toner", Health.CRITICAL),
    4: ("door_open", Health.CRITICAL), 5: ("jammed", Health.CRITICAL), 6: ("offline", Health.CRITICAL),
    7: ("service_requested", Health.WARNING), 8: ("input_tray_missing", Health.WARNING), 9: ("output_tray_missing", Health.WARNING),
    10: ("supply_missing", Health.WARNING), 11: ("output_near_full", Health.WARNING), 12: ("output_full", Health.WARNING),
    13: ("input_tray_empty", Health.WARNING), 14: ("maintenance_overdue", Health.WARNING)}
_WORST_FIRST = {Health.CRITICAL: 0, Health.WARNING: 1}


def asked_of(identity: Detected) -> Asked:
    """Return the columns of supplies, trays, state and errors."""
    return Asked(objects=uptime.ASKED, columns=(
        _CLASS, _DESCRIPTION, _UNIT, _MOST, _LEVEL, _TRAY_MOST, _TRAY_LEVEL, _TRAY_DESCRIPTION, _DEVICE_STATUS, _ERRORS))


def read(answers: Answers, earlier: Answers | None, identity: Detected) -> tuple[Measured, ...]:
    """Return the state, the errors, and how full each supply and each tray is."""
    errors = answers.column(_ERRORS)
    read = [*uptime.readings(answers, earlier)]
    # hrDevice lists processors and networks too; the printer is the row that has an error state.
    read += measuring.cells({index: value for index, value in answers.column(_DEVICE_STATUS).items() if index in errors}, _STATUS)
    for index, value in sorted(errors.items()):
        read += _errors(value, measuring.dotted(index))
    read += measuring.missing(read, "printer_status", "printer_error")
    supplies, trays = answers.column(_LEVEL), answers.column(_TRAY_LEVEL)
    places = measuring.named_places(answers.column(_DESCRIPTION), list(supplies))
    for index, level in sorted(supplies.items()):
        most, unit, kind = (values.whole(answers.values.get((*base, *index))) for base in (_MOST, _UNIT, _CLASS))
        if kind == _FILLS_UP:
            read.append(level_of("waste_level", level, most, places[index], percent=unit == _PERCENT, bad_at=100))
        else:  # Without its class nobody knows whether empty is bad.
            read.append(level_of("supply_level", level, most, places[index], percent=unit == _PERCENT, bad_at=None if kind is None else 0))
    places = measuring.named_places(answers.column(_TRAY_DESCRIPTION), list(trays))
    read += [level_of("tray_level", level, values.whole(answers.values.get((*_TRAY_MOST, *index))), places[index])
             for index, level in sorted(trays.items())]
    return tuple(read)


def level_of(name: str, level: Value, most: int | None, place: str, *, percent: bool = False, bad_at: int | None = None) -> Measured:
    """Return a level in per cent of its capacity; empty (or full, for waste) is a warning, and what lies between is not judged here."""
    sent = f"{values.as_sent(level)} / {most if most is not None else '?'}"
    number = values.whole(level)
    if number is None:
        return Measured(name, None, "%", place=place, raw=sent, mark=measuring.UNREADABLE)
    if number == _SOME_LEFT:
        return Measured(name, None, "%", Health.OK, place, sent, measuring.SOME_LEFT)
    capacity = 100 if percent and (most is None or most <= 0) else most
    if number in (_NOT_KNOWN, _NO_MEASURE) or capacity is None or capacity <= 0:
        return Measured(name, None, "%", place=place, raw=sent, mark=measuring.NOT_TOLD)
    if not 0 <= number <= capacity:
        return Measured(name, None, "%", place=place, raw=sent, mark=measuring.IMPLAUSIBLE)
    shown = round(number * 100 / capacity, 1)
    return Measured(name, shown, "%", Health.WARNING if shown == bad_at else Health.UNKNOWN, place, sent)


def _errors(value: Value, place: str) -> list[Measured]:
    """Return one reading for each error bit, the worst first; no bit at all is "no_error", and no octet at all is unknown."""
    found, sent = values.bits(value), values.as_sent(value)
    if found is None:
        return [Measured("printer_error", None, place=place, raw=sent, mark=measuring.UNREADABLE)]
    told = [_ERROR_WORDS.get(bit, ("other", Health.WARNING)) for bit in sorted(found)]
    read = [Measured("printer_error", word, health=health, place=f"{place} {word}", raw=sent)
            for word, health in sorted(told, key=lambda one: _WORST_FIRST[one[1]])]
    return read or [Measured("printer_error", "no_error", health=Health.OK, place=place, raw=sent)]
