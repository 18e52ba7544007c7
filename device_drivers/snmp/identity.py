"""Who a device says it is, and the class of those of which only that is known.  Pure.

Codecs of Cisco tell nothing else over SNMP: calls, temperature and registration come over SSH.  Lifesize, Sony, Huawei, Yealink,
displays, and power strips whose objects are not known here are read no further than this: name, uptime, network ports.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from device_drivers.readings import Measured
from device_drivers.snmp import switch_ports, uptime, values
from device_drivers.snmp.asking import Answers, Asked, Detected, Oid, oid

NAME = "identity_only"

DESCRIPTION = oid("1.3.6.1.2.1.1.1.0")
OBJECT_ID = oid("1.3.6.1.2.1.1.2.0")
SYSTEM_NAME = oid("1.3.6.1.2.1.1.5.0")

APC_UPS = oid("1.3.6.1.4.1.318.1.1.1.1")
APC_PDU = oid("1.3.6.1.4.1.318.1.1.12.1")
POLY = oid("1.3.6.1.4.1.13885.101.1.1")
CLICKSHARE = oid("1.3.6.1.4.1.7312.2468.1.1")
GUDE_1202 = oid("1.3.6.1.4.1.28507.43.1.1.2")

# By (class, variant): where model, serial number and firmware stand.  None where no object is known.
_OBJECTS: dict[tuple[str, str], tuple[Oid | None, Oid | None, Oid | None]] = {
    ("poly_endpoint", "poly"): ((*POLY, 4, 0), (*POLY, 5, 0), (*POLY, 1, 0)),
    ("ups", "apc"): ((*APC_UPS, 1, 1, 0), (*APC_UPS, 2, 3, 0), (*APC_UPS, 2, 1, 0)),
    ("pdu", "apc"): ((*APC_PDU, 5, 0), (*APC_PDU, 6, 0), None),
    ("pdu", "gude_1202"): ((*GUDE_1202, 1, 0), None, (*GUDE_1202, 2, 0)),
    ("wireless_presentation", "clickshare"): ((*CLICKSHARE, 4, 0), (*CLICKSHARE, 5, 0), None),
}

# By what a description looks like: model, serial number, firmware as named groups, each where it stands.
_DESCRIPTIONS = tuple(re.compile(pattern) for pattern in (
    r"(?=.*\bSoftW: *(?P<firmware>\S+))(?=.*\bMCU: *(?P<model>.+?) *(?:\bDate:|$))(?=.*\bS/N: *(?P<serial>\S+))?",
    r"(?P<model>Room Alert \S+) v(?P<firmware>\S+)$",
    r"(?P<model>STE2 \S+), fw:(?P<firmware>\S+)$",
    r"HP ETHERNET MULTI-ENVIRONMENT,.*\bPID:(?P<model>[^,]+)$",
    r"(?=APC Web/SNMP Management Card ).*\bPF:(?P<firmware>[^ )]+)",
    r"(?P<model>SG[0-9][0-9A-Z]*-[0-9]+\S*) ",
))


def asked_to_identify(device_class: str, variant: str) -> Asked:
    """Return the objects that name model, serial number and firmware of a class, if any are known."""
    return Asked(objects=tuple(name for name in _OBJECTS.get((device_class, variant), ()) if name is not None))


def named(detected: Detected, answers: Answers) -> Detected:
    """Return what was detected with its name, model, serial number and firmware, as far as the device told."""
    said = _described(detected.description)
    for word, name in zip(("model", "serial", "firmware"), _OBJECTS.get((detected.device_class, detected.variant), ()), strict=False):
        if name is not None and (told := values.text(answers.values.get(name))):
            said[word] = told
    return replace(detected, name=values.text(answers.values.get(SYSTEM_NAME)), model=said.get("model", ""), serial=said.get("serial", ""),
                   firmware=said.get("firmware", ""))


def _described(description: str) -> dict[str, str]:
    for pattern in _DESCRIPTIONS:
        if found := pattern.match(description):
            return {word: text.strip() for word, text in found.groupdict().items() if text}
    return {}


def asked_of(identity: Detected) -> Asked:
    """Return the uptime and the network ports: every agent may have them."""
    return Asked(objects=uptime.ASKED, columns=switch_ports.STATES)


def read(answers: Answers, earlier: Answers | None, identity: Detected) -> tuple[Measured, ...]:
    """Return uptime and network ports; nothing here says whether the device does its work."""
    return (*uptime.readings(answers, earlier), *switch_ports.states(answers.values))


def joined(asked: Iterable[Asked]) -> Asked:
    """Return several askings as one, each object and column once, in order."""
    all_of = list(asked)
    return Asked(objects=tuple(dict.fromkeys(name for one in all_of for name in one.objects)),
                 columns=tuple(dict.fromkeys(name for one in all_of for name in one.columns)))
