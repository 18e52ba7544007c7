"""When a device's warranty ends, when its maintenance and its inspection are due, and whether its label says what it says.  Pure.

A month that has no such day ends on its last one: a month after 31 January is 28 February.  What nobody wrote down is unknown, and never
"in time".
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from roomctl.text import folded

WARRANTY_AHEAD = timedelta(days=90)  # A warranty that ends so soon is pointed out.
INSPECT_EVERY_MONTHS = 12  # Assets are inspected once a year.


class Due(StrEnum):
    """Whether something is to be done: nobody plans it, not yet, now or late, or nobody knows since when."""

    NO_PLAN = "no_plan"
    LATER = "later"
    NOW = "now"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Word:
    """Whether something is due, and on which day it was or will be."""

    due: Due
    on: date | None = None


def months_after(day: date, months: int) -> date:
    """Return the day so many months after another."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def latest_before(day: date, months: int) -> date:
    """Return the latest day of which `months_after` is not past `day`."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = monthrange(year, month + 1)[1]
    is_end = day.day == monthrange(day.year, day.month)[1]
    return date(year, month + 1, last if is_end else min(day.day, last))


def maintenance(maintained_on: date | None, bought_on: date | None, every_months: int, today: date) -> Word:
    """Return whether maintenance is due; a device that was never maintained counts from the day it was bought."""
    if every_months <= 0:
        return Word(Due.NO_PLAN)
    begun = maintained_on or bought_on
    if begun is None:
        return Word(Due.UNKNOWN)
    on = months_after(begun, every_months)
    return Word(Due.NOW if on <= today else Due.LATER, on)


def inspection(inspected_on: date | None, today: date) -> Word:
    """Return whether the yearly inspection is due."""
    if inspected_on is None:
        return Word(Due.UNKNOWN)
    on = months_after(inspected_on, INSPECT_EVERY_MONTHS)
    return Word(Due.NOW if on <= today else Due.LATER, on)


def warranty(until: date | None, today: date) -> Word:
    """Return whether a warranty has ended, or will within 90 days (NOW); its last day still counts."""
    if until is None:
        return Word(Due.UNKNOWN)
    return Word(Due.NOW if until <= today + WARRANTY_AHEAD else Due.LATER, until)


def differs(label: str, told: str) -> bool:
    """True when what stands on a label is not what the device says; where either is silent nothing can be said.

    Accents, case, blanks and signs do not count: labels are copied by hand.
    """
    plain = ["".join(letter for letter in folded(text) if letter.isalnum()) for text in (label, told)]
    return bool(plain[0] and plain[1]) and plain[0] != plain[1]
