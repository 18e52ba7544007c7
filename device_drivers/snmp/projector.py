"""Projectors: Epson, the PWG projector MIB, and older ones of Dell.  Pure.

The age of a lamp means something only beside its rated life, which the device does not tell: without it, hours are shown and not
judged.  A projector in standby often does not answer at all; that is standby, not a fault, and is not decided here.
"""

from device_drivers.readings import Health, Measured
from device_drivers.snmp import measuring, uptime, values
from device_drivers.snmp.asking import Answers, Asked, Detected, Oid, oid
from device_drivers.snmp.measuring import Limits, Quantity, State

NAME = "projector"

_PWG, _DELL = oid("1.3.6.1.4.1.2699.2.4.1"), oid("1.3.6.1.4.1.674.10899.100.1")
_HOURS = Quantity("lamp_hours", "h", high=200_000)
_LAMP_USED = Limits(warning_from=80, critical_from=100)  # Per cent of the rated life.

_SCALARS: dict[str, dict[Oid, measuring.Kind]] = {
    "epson": {oid("1.3.6.1.4.1.1248.4.1.1.1.1.0"): _HOURS},
    "pwg": {(*_PWG, 4, 2, 0): State("power_state", {
        7: ("off", Health.UNKNOWN), 8: ("saving", Health.UNKNOWN), 9: ("cooling", Health.UNKNOWN), 10: ("warming", Health.UNKNOWN),
        11: ("on", Health.OK)})},
    "dell": {
        (*_DELL, 1, 0): State("power_state", {}),  # 0, 1 and 3 were seen; what they mean is not known, so they are shown as sent.
        (*_DELL, 3, 0): _HOURS,
        (*_DELL, 5, 0): Quantity("device_temperature", "°C", low=-40, high=150),
    },
}
_ALWAYS = {"epson": frozenset({"lamp_hours"}), "pwg": frozenset({"power_state"})}
_ALERT = (*_PWG, 18, 1, 1)
_ALERT_TEXT, _ALERT_SEVERITY = (*_ALERT, 5), (*_ALERT, 6)
_SEVERITIES = {1: Health.UNKNOWN, 3: Health.CRITICAL, 4: Health.WARNING}


def asked_of(identity: Detected) -> Asked:
    """Return the few objects of the make."""
    columns = (_ALERT_TEXT, _ALERT_SEVERITY) if identity.variant == "pwg" else ()
    return Asked(objects=(*uptime.ASKED, *_SCALARS.get(identity.variant, {})), columns=columns)


def read(answers: Answers, earlier: Answers | None, identity: Detected, *, rated_lamp_hours: float | None = None) -> tuple[Measured, ...]:
    """Return power, lamp and alerts.  `rated_lamp_hours` is the lamp's life by the maker's sheet of this model, when somebody entered it."""
    kinds = _SCALARS.get(identity.variant, {})
    read = [*uptime.readings(answers, earlier), *measuring.scalars(answers.values, kinds, always=_ALWAYS.get(identity.variant, frozenset()))]
    read += [_lamp_used(hours, rated_lamp_hours) for hours in read if hours.name == _HOURS.name and rated_lamp_hours and rated_lamp_hours > 0]
    return (*read, *_alerts(answers))


def _lamp_used(hours: Measured, rated: float) -> Measured:
    if not isinstance(hours.value, int | float):
        return Measured("lamp_used", None, "%", raw=hours.raw, mark=hours.mark)
    used = round(hours.value * 100 / rated, 1)
    return Measured("lamp_used", used, "%", _LAMP_USED.judge(used), raw=hours.raw)


def _alerts(answers: Answers) -> list[Measured]:
    """Return the projector's own alerts in its own words; a table without rows proves nothing and gives nothing."""
    texts, severities = answers.column(_ALERT_TEXT), answers.column(_ALERT_SEVERITY)
    read = []
    for index in sorted({*texts, *severities}):
        severity = values.whole(severities.get(index))
        health = Health.UNKNOWN if severity is None else _SEVERITIES.get(severity, Health.UNKNOWN)
        sent = f"{values.as_sent(severities.get(index)) or '?'} / {values.as_sent(texts.get(index)) or '?'}"
        read.append(Measured("projector_alert", values.text(texts.get(index)) or None, health=health, place=measuring.dotted(index), raw=sent))
    return read
