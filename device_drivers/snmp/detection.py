"""Which class of device an agent belongs to.  Pure.

First the longest known prefix of sysObjectID, then the words of sysDescr, then objects that only one class answers.  A prefix that
many makers use says nothing by itself.  What fits nothing is "identity_only": it is reached, named, and nothing more is claimed.
"""

import re
from dataclasses import dataclass

from device_drivers.snmp import identity, uptime, values
from device_drivers.snmp.asking import Answers, Asked, Detected, Oid, Value, oid

ENTERPRISES = oid("1.3.6.1.4.1")
first_questions = Asked(objects=(identity.DESCRIPTION, identity.OBJECT_ID, identity.SYSTEM_NAME, uptime.SYS_UPTIME))


@dataclass(frozen=True, slots=True)
class Further:
    """More must be asked before it can be said; give the answers to `detect` as `further`."""

    asked: Asked


Kind = tuple[str, str]  # Class and variant.
_ONLY_NAMED: Kind = (identity.NAME, "")

# Below 1.3.6.1.4.1.  None: many makers use it, or one maker for many things, so it decides nothing.
_PREFIXES: dict[Oid, Kind | None] = {oid(text): kind for text, kind in {
    "5596.150.6.4.1": (identity.NAME, "cisco_codec"),
    "5596.130.6.4.1": (identity.NAME, "cisco_expressway"),
    "5596.180.6.4.1": (identity.NAME, "cisco_conductor"),
    "5596.110.6.1": (identity.NAME, "cisco_tms"),
    "2684": ("poly_endpoint", "poly"),
    "13885.101": ("poly_endpoint", "poly"),
    "13885.9.1.10": (identity.NAME, "poly_bridge"),
    "13885.110": (identity.NAME, "poly_bridge"),
    "13885.102": (identity.NAME, "poly_management"),
    "13885.13": (identity.NAME, "poly_dma"),
    "903.31": (identity.NAME, "scopia"),
    "3212.100": (identity.NAME, "airmedia"),
    "7312.2468": ("wireless_presentation", "clickshare"),
    "8072.3.2.10": None,
    "8072.3.2.255": None,
    "311.1.1.3.1.1": ("linux_host", "windows"),
    "311.1.1.3.1.2": ("linux_host", "windows"),
    "311.1.1.3.1.3": ("linux_host", "windows"),
    "1248.1": ("printer", ""),
    "1248.4.1": ("projector", "epson"),
    "25766.1.12": (identity.NAME, "christie_projector"),
    "2699.2.4.1": ("projector", "pwg"),
    "674.10899.100": ("projector", "dell"),
    "318.1.3.2": ("ups", "apc"),
    "318.1.3.5": ("ups", "apc"),
    "318.1.3.27": ("ups", "apc"),
    "318.1.3.33": ("ups", "apc"),
    "318.1.3.4": ("pdu", "apc"),
    "705.1": ("ups", "eaton_mge"),
    "534.1": ("ups", "eaton_xups"),
    "534.6.6": (identity.NAME, "eaton_epdu"),
    "2254.2.5": ("ups", "rfc1628"),
    "674.10902.2": ("ups", "rfc1628"),
    "4555.1.1.7": ("ups", "rfc1628"),
    "2011.6.174": None,  # A UPS of Huawei; what it answers is not known here, so it is asked.
    "28507.43": ("pdu", "gude_1202"),
    "13742.6": (identity.NAME, "raritan_pdu"),
    "3808.1.1.6": (identity.NAME, "cyberpower_pdu"),
    "21239.42": (identity.NAME, "vertiv_pdu"),
    "20916.1.6": ("environment", "avtech_4e"),
    "20916.1": ("environment", "entity_sensor"),
    "3854": ("environment", "entity_sensor"),
    "21796.4.9": ("environment", "hwg_ste2"),
    "52674.500": ("environment", "entity_sensor"),
    "5528.100.20.10": ("environment", "entity_sensor"),
    "39052": ("environment", "entity_sensor"),
    "9.6.1": ("switch", ""),
    "9.1": ("switch", ""),
    "11.2.3.9.1": ("printer", ""),
    "236.11.5": ("printer", ""),
    "1602.4": ("printer", ""),
}.items()}

# Before the probes: words that leave no doubt.
_DESCRIPTIONS: tuple[tuple[re.Pattern[str], Kind], ...] = tuple((re.compile(pattern, re.IGNORECASE), kind) for pattern, kind in (
    (r".*\bSoftW: .*\bMCU: ", (identity.NAME, "cisco_codec")),
    (r".*\bAcano\b", (identity.NAME, "cisco_meeting_server")),
    (r"Barco ClickShare$", ("wireless_presentation", "clickshare")),
    (r"EPSON Network Projector$", ("projector", "epson")),
    (r"Room Alert 4E v", ("environment", "avtech_4e")),
    (r"STE2 r", ("environment", "hwg_ste2")),
    (r"HP ETHERNET MULTI-ENVIRONMENT,", ("printer", "")),
))

# After the probes: words that many appliances share with the plain thing.
_PLAIN: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(r"Linux (?!SNMP-System)"), ("linux_host", "net_snmp")),
    (re.compile(r".*\bWindows\b"), ("linux_host", "windows")),
)

# Objects that only one class answers, the surest first.
_PROBES: dict[Oid, Kind] = {oid(text): kind for text, kind in {
    "1.3.6.1.4.1.13885.101.1.1.6.0": ("poly_endpoint", "poly"),
    "1.3.6.1.4.1.318.1.1.1.4.1.1.0": ("ups", "apc"),
    "1.3.6.1.4.1.534.1.2.1.0": ("ups", "eaton_xups"),
    "1.3.6.1.4.1.705.1.5.1.0": ("ups", "eaton_mge"),
    "1.3.6.1.2.1.33.1.2.1.0": ("ups", "rfc1628"),
    "1.3.6.1.2.1.33.1.4.1.0": ("ups", "rfc1628"),
    "1.3.6.1.4.1.318.1.1.26.4.3.1.4.1": ("pdu", "apc"),
    "1.3.6.1.4.1.318.1.1.12.3.5.1.1.4.1": ("pdu", "apc"),
    "1.3.6.1.4.1.1248.4.1.1.1.1.0": ("projector", "epson"),
    "1.3.6.1.4.1.2699.2.4.1.4.2.0": ("projector", "pwg"),
    "1.3.6.1.4.1.7312.2468.1.2.3.0": ("wireless_presentation", "clickshare"),
    "1.3.6.1.2.1.43.11.1.1.9.1.1": ("printer", ""),
    "1.3.6.1.2.1.25.3.5.1.2.1": ("printer", ""),
    "1.3.6.1.4.1.2021.4.5.0": ("linux_host", "net_snmp"),
    "1.3.6.1.2.1.25.2.2.0": ("linux_host", ""),  # hrMemorySize
}.items()}
_PROBED_TO_BE_PLAIN = frozenset({"linux_host"})
_SENSOR_TYPE = oid("1.3.6.1.2.1.99.1.1.1.1")
_BRIDGE_PORTS = oid("1.3.6.1.2.1.17.1.2.0")  # dot1dBaseNumPorts, RFC 4188
_FEWEST_PORTS = 3  # A host that bridges for its own sake has fewer.

_ALL_PROBES = identity.joined([
    Asked(objects=(*_PROBES, _BRIDGE_PORTS), columns=(_SENSOR_TYPE,)),
    *(identity.asked_to_identify(*kind) for kind in dict.fromkeys(_PROBES.values()))])


def detect(answers: Answers, further: Answers | None = None) -> Detected | Further:
    """Say what answered `first_questions`, or what else to ask.  With the answers to that as `further` it is always Detected."""
    object_id = values.object_id(answers.values.get(identity.OBJECT_ID))
    description = values.text(answers.values.get(identity.DESCRIPTION))
    kind, how = _by_object_id(object_id), "object_id"
    if kind is None:
        kind, how = _by_words(description, _DESCRIPTIONS), "description"
    if further is None:
        asked = _ALL_PROBES if kind is None else identity.asked_to_identify(*kind)
        if asked.objects or asked.columns:
            return Further(asked)
        further = Answers({}, answers.at_s)
    if kind is None:
        kind, how = _by_probes(further, description)
    found = Detected(device_class=kind[0], variant=kind[1], object_id=object_id, description=description, how=how)
    return identity.named(found, Answers({**further.values, **answers.values}, answers.at_s))


def _by_object_id(object_id: Oid | None) -> Kind | None:
    """Return what the longest known prefix says; None outside the enterprises, for an unknown one, and for one that decides nothing."""
    if object_id is None or object_id[:len(ENTERPRISES)] != ENTERPRISES:
        return None
    rest = object_id[len(ENTERPRISES):]
    longest = next((rest[:length] for length in range(min(len(rest), 12), 0, -1) if rest[:length] in _PREFIXES), None)
    return None if longest is None else _PREFIXES[longest]


def _by_words(description: str, rules: tuple[tuple[re.Pattern[str], Kind], ...]) -> Kind | None:
    return next((kind for pattern, kind in rules if pattern.match(description)), None)


def _by_probes(further: Answers, description: str) -> tuple[Kind, str]:
    answered = [kind for name, kind in _PROBES.items() if _is_there(further.values.get(name))]
    for kind in answered:
        if kind[0] not in _PROBED_TO_BE_PLAIN:
            return kind, "probe"
    if plain := _by_words(description, _PLAIN):
        return plain, "description"
    if (values.whole(further.values.get(_BRIDGE_PORTS)) or 0) >= _FEWEST_PORTS:
        return ("switch", ""), "probe"
    if answered:
        return answered[0], "probe"
    if further.column(_SENSOR_TYPE):
        return ("environment", ""), "probe"
    return _ONLY_NAMED, ""


def _is_there(value: Value | None) -> bool:
    """True when an object holds anything at all: a number, or octets."""
    return values.whole(value) is not None or (isinstance(value, bytes) and value != b"")
