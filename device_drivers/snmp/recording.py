"""Recordings of agents: lines `OID|TAG|VALUE`, as snmpsim keeps them, read into values.  Pure: text in, values out.

TAG is the BER tag in decimal: 2 INTEGER, 4 OCTET STRING, 5 NULL, 6 OBJECT IDENTIFIER, 64 IpAddress, 65 Counter32, 66 Gauge32,
67 TimeTicks, 70 Counter64; with an `x` behind it the value is written in hexadecimal digits.
"""

import re
from collections.abc import Mapping

from device_drivers.snmp.asking import Oid, Unreadable, Value, oid

Recorded = tuple[int, int | bytes | Oid | None]  # The tag, and the value; None for NULL.

NUMBERS = frozenset({2, 65, 66, 67, 70})
TEXT, NULL, OBJECT, ADDRESS = 4, 5, 6, 64
_NAME = re.compile(r"\.?[0-9]+(\.[0-9]+)*")


class RecordingUnreadable(ValueError):
    """A line is no line of a recording; `line` counts from 1."""

    def __init__(self, *, line: int, text: str) -> None:
        super().__init__(f"line {line} cannot be read: {text[:80]!r}")
        self.line, self.text = line, text


def parse(text: str) -> dict[Oid, Recorded]:
    """Read a recording; empty lines and lines that begin with # are left out, and an OID said twice counts as said last.

    Raises RecordingUnreadable.
    """
    found = {}
    for count, line in enumerate(text.split("\n"), 1):  # Not splitlines(): a value may hold one of its other line ends.
        line = line.removesuffix("\r")
        if not line.strip() or line.startswith("#"):
            continue
        try:
            name, tag, value = line.split("|", 2)
            if not _NAME.fullmatch(name):
                raise ValueError(name)
            found[oid(name)] = _recorded(tag, value)
        except ValueError:
            raise RecordingUnreadable(line=count, text=line) from None
    return found


def _recorded(tag: str, value: str) -> Recorded:
    number = int(tag.removesuffix("x"))
    in_hex = tag.endswith("x")
    if number in NUMBERS:
        return number, int(value, 16 if in_hex else 10)
    if number == NULL:
        return number, None
    if number == OBJECT:
        return number, oid(value)
    if in_hex:
        return number, bytes.fromhex(value)
    if number == ADDRESS:
        return number, bytes(int(part) for part in value.split("."))
    return number, value.encode("utf-8", "surrogateescape")  # Octets that were no UTF-8 when the file was read stay what they were.


def answered(recorded: Mapping[Oid, Recorded]) -> dict[Oid, Value]:
    """Return what a poll of everything recorded would bring: NULL is absent, and an unknown type is unreadable."""
    return {name: value if tag in NUMBERS or tag in (TEXT, OBJECT, ADDRESS) else Unreadable(tag, bytes(value))  # type: ignore[arg-type]
            for name, (tag, value) in recorded.items() if value is not None}
