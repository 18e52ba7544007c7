"""What is known of one agent before it is polled: where it is, how it is entered, and the faults it showed earlier.  Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from device_drivers.snmp.asking import Oid, oid
from device_drivers.transports.snmp_login import SnmpLogin

REPETITIONS, MOST_REPETITIONS = 10, 25  # Rows asked for in one GETBULK: larger numbers silence some agents.
AT_ONCE, MOST_AT_ONCE = 24, 60  # Objects asked for in one GET; 24 short answers fit into 1,472 octets.


@dataclass(frozen=True, slots=True)
class Quirks:
    """Faults of one agent, learned while polling.

    They come back with every poll, for the caller to keep and to hand in again.  Forget them when the device is exchanged, and once a day:
    an object in `broken` is not asked for any more, and may work again after an upgrade.
    """

    no_bulk: bool = False
    repetitions: int = REPETITIONS
    at_once: int = AT_ONCE
    broken: frozenset[Oid] = field(default_factory=frozenset)  # Objects whose presence spoils the whole answer.
    loops: bool = False  # A walk met names that did not increase.

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, fit for JSON; only what differs from an agent without faults."""
        plain = {"no_bulk": self.no_bulk, "repetitions": self.repetitions, "at_once": self.at_once, "loops": self.loops,
                 "broken": sorted(".".join(map(str, name)) for name in self.broken)}
        return {name: value for name, value in plain.items() if value != _PLAIN[name]}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Quirks":
        """Return what `to_dict` gave; names it does not know are ignored and numbers kept within bounds."""
        wanted = {**_PLAIN, **plain}
        return cls(no_bulk=bool(wanted["no_bulk"]), repetitions=min(max(int(wanted["repetitions"]), 1), MOST_REPETITIONS),
                   at_once=min(max(int(wanted["at_once"]), 1), MOST_AT_ONCE), loops=bool(wanted["loops"]),
                   broken=frozenset(oid(name) for name in wanted["broken"]))


_PLAIN: dict[str, Any] = {"no_bulk": False, "repetitions": REPETITIONS, "at_once": AT_ONCE, "loops": False, "broken": []}


@dataclass(frozen=True, slots=True)
class Target:
    """One agent to poll.

    `key` is the caller's own name of the device.  `timeout_s` is waited for an answer each time, `retries` times more after the first.
    `any_source` accepts answers from another address or port than the one that was asked, as devices with several addresses give them.
    """

    key: str
    host: str
    login: SnmpLogin
    port: int = 161
    quirks: Quirks = Quirks()
    timeout_s: float = 2.0
    retries: int = 1
    any_source: bool = False
