"""What devices report, made fit to be stored.  Pure.

A device may send anything: control characters, half a letter, a number that is none, a thousand ports.  None of it may keep the
readings of the others from being stored.
"""

import math
from collections.abc import Iterable
from typing import Any

from device_drivers.readings import Health, Measured

MOST_READINGS = 400  # Of one device; the last ports of a very large switch are left out.
LONGEST_TEXT = 200
LARGEST = 2**63  # More than any counter counts, and than a browser reckons with.
IMPLAUSIBLE = "implausible"


def clean(text: str, longest: int) -> str:
    """Return one line of printable text; what cannot be written becomes a question mark, what does not fit is cut."""
    whole = text.encode("utf-8", "replace").decode()
    return " ".join("".join(letter if letter.isprintable() else " " for letter in whole).split())[:longest]


def as_rows(*parts: Iterable[Measured]) -> list[list[Any]]:
    """Return readings as they are stored: name, place, value, unit, health, mark, raw.

    Where two ways of asking tell the same of the same place, the first stands.
    """
    rows: list[list[Any]] = []
    for part in parts:
        told = {(row[0], row[1]) for row in rows}
        rows += [row for row in map(_row, part) if (row[0], row[1]) not in told]
    return rows[:MOST_READINGS]


def _row(one: Measured) -> list[Any]:
    value, mark = one.value, one.mark
    if (isinstance(value, float) and not math.isfinite(value)) or (isinstance(value, int) and abs(value) >= LARGEST):
        value, mark = None, mark or IMPLAUSIBLE
    elif isinstance(value, str):
        value = clean(value, LONGEST_TEXT)
    return [one.name, clean(one.place, LONGEST_TEXT), value, one.unit, one.health.value, mark, clean(one.raw, LONGEST_TEXT)]


def as_measured(rows: Iterable[list[Any]]) -> tuple[Measured, ...]:
    """Return stored rows as readings again."""
    return tuple(Measured(name, value, unit, Health(health), place, raw, mark) for name, place, value, unit, health, mark, raw in rows)
