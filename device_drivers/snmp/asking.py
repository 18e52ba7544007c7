"""The words between the SNMP transport and the classes of devices: what is asked, and what came back.  Pure.

An OID is a tuple of integers, compared as such and never as text.  What an agent did not answer is absent from the answers:
nothing here is ever 0 because it was not read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from device_drivers.readings import Measured

Oid = tuple[int, ...]


def oid(text: str) -> Oid:
    """Return "1.3.6.1" as a tuple; a leading dot is allowed."""
    return tuple(int(number) for number in text.strip(".").split("."))


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A value whose type this program cannot read; the rest of the answer stands."""

    tag: int
    octets: bytes


Value = int | bytes | Oid | Unreadable


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of one device in one poll: single objects, and columns that are walked."""

    objects: tuple[Oid, ...] = ()
    columns: tuple[Oid, ...] = ()


@dataclass(frozen=True, slots=True)
class Answers:
    """What one poll brought.

    `values` holds scalars and table cells by their full OID; absent means not answered.  `at_s` is a steady clock, to tell how
    long ago an earlier poll was.  `engine_boots` and `engine_time_s` are the agent's own (SNMPv3), None when unknown.
    """

    values: Mapping[Oid, Value]
    at_s: float
    engine_boots: int | None = None
    engine_time_s: int | None = None
    flags: frozenset[str] = field(default_factory=frozenset)  # "agent_loops", "walk_cut", "asked_singly", ...

    def column(self, base: Oid) -> dict[Oid, Value]:
        """Return the cells of a column by their index (the rest of the OID)."""
        return {name[len(base):]: value for name, value in self.values.items() if name[:len(base)] == base and len(name) > len(base)}


class DeviceClass(Protocol):
    """One class of devices: "ups", "pdu", ...  Modules of this package keep this promise."""

    NAME: str

    def asked_of(self, identity: "Detected") -> Asked:
        """Return what to ask a device that was detected so."""
        ...

    def read(self, answers: Answers, earlier: Answers | None, identity: "Detected") -> tuple[Measured, ...]:
        """Turn answers into readings; `earlier` is the poll before, for rates and uptime, or None."""
        ...


@dataclass(frozen=True, slots=True)
class Detected:
    """What a device was found to be.  `how` says by what: "object_id", "description", "probe", or "" when only its identity is known."""

    device_class: str
    variant: str  # The MIB that is spoken: "rfc1628", "apc", "eaton_xups", ...; empty where a class has one.
    object_id: Oid | None
    description: str
    name: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""
    how: str = ""
