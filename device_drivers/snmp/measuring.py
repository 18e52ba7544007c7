"""How a raw value becomes a reading with a unit, a health and a mark.  Pure.

A mark says why a value is not to be taken at its word; `Measured.value` is None whenever the device did not tell, told nonsense, or
told something this program cannot read.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import inf

from device_drivers.readings import Health, Measured
from device_drivers.snmp import values
from device_drivers.snmp.asking import Oid, Value

UNANSWERED = "unanswered"  # The agent said nothing, and the reading is one that should be there.
NOT_TOLD = "not_told"  # The agent answered with its own way of saying "unknown".
UNREADABLE = "unreadable"  # The agent answered something this program cannot read.
IMPLAUSIBLE = "implausible"  # A number no such device can have; it is kept in `raw` only.
RESCALED = "rescaled"  # The agent uses another unit than its MIB says; the value is put right, and is a guess.
CAPPED = "capped"  # The agent counts no further: the value is this or more.
SOME_LEFT = "some_left"  # There is some, and nobody knows how much.
AT_LEAST = "at_least"  # This or more.
AT_MOST = "at_most"  # This or less.
CONTRADICTED = "contradicted"  # Two of the agent's own answers say different things.
SEEN_ONCE = "seen_once"  # Past a limit in one poll only; judged when the next one says the same.
MARKS = frozenset({
    UNANSWERED, NOT_TOLD, UNREADABLE, IMPLAUSIBLE, RESCALED, CAPPED, SOME_LEFT, AT_LEAST, AT_MOST, CONTRADICTED, SEEN_ONCE})

DISABLED = "disabled"  # Somebody switched it off: not a fault, and no proof of health.
Words = Mapping[int, tuple[str, Health]]


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on a number is a warning, and from where on critical; None where there is no such side.

    `above` counts from the next number on (> 80), `from_` from itself on (>= 1); `below` counts from the next one down (< 15).
    """

    warning_above: float | None = None
    critical_above: float | None = None
    warning_from: float | None = None
    critical_from: float | None = None
    warning_below: float | None = None
    critical_below: float | None = None

    def judge(self, number: float) -> Health:
        """Return what a number means; OK is said only because there is a limit and it is kept."""
        def past(above: float | None, from_: float | None, below: float | None) -> bool:
            return (above is not None and number > above) or (from_ is not None and number >= from_) or (below is not None and number < below)

        if past(self.critical_above, self.critical_from, self.critical_below):
            return Health.CRITICAL
        return Health.WARNING if past(self.warning_above, self.warning_from, self.warning_below) else Health.OK


@dataclass(frozen=True, slots=True)
class Quantity:
    """One kind of number.  What is shown is raw x `times` / `over`, in `unit`, and lies in `low` to `high` or is implausible.

    `zero` allows 0 besides, as for the frequency of mains that are gone.  `otherwise` is a second divisor that some agents use against
    their MIB: it is tried when the first gives nonsense, and its result must be `otherwise_low` or more.
    """

    name: str
    unit: str = ""
    times: int = 1
    over: int = 1
    low: float = 0
    high: float = inf
    zero: bool = False
    otherwise: int | None = None
    otherwise_low: float = -inf
    limits: Limits | None = None
    not_told: frozenset[int] = field(default=values.NOT_TOLD)
    caps: frozenset[int] = frozenset()
    unsigned: bool = False

    def of(self, value: Value | None, place: str = "") -> Measured:
        """Return the reading of one raw value."""
        blank = Measured(self.name, None, self.unit, place=place, raw=values.as_sent(value))
        if value is None:
            return replace(blank, mark=UNANSWERED)
        number = values.unsigned_32(value) if self.unsigned else values.number(value)
        if number is None:
            return replace(blank, mark=UNREADABLE)
        if number in self.not_told:
            return replace(blank, mark=NOT_TOLD)
        shown, mark = self._shown(number)
        if shown is None or mark:
            return replace(blank, value=shown, mark=mark, health=self._judged(shown))
        if number in self.caps:
            return replace(blank, value=shown, mark=CAPPED)
        return replace(blank, value=shown, health=self._judged(shown))

    def _shown(self, number: float) -> tuple[float | None, str]:
        """Return the number in its unit, and the mark it needs; None when it is no number such a device can have."""
        if abs(number) < values.WRAP_64:  # A longer integer could not become a float, and is implausible anyway.
            shown = round(number * self.times / self.over, 3)
            if self.low <= shown <= self.high or (self.zero and shown == 0):
                return shown, ""
            if self.otherwise is not None:
                shown = round(number * self.times / self.otherwise, 3)
                if max(self.low, self.otherwise_low) <= shown <= self.high:
                    return shown, RESCALED
        return None, IMPLAUSIBLE

    def _judged(self, shown: float | None) -> Health:
        return Health.UNKNOWN if shown is None or self.limits is None else self.limits.judge(shown)


@dataclass(frozen=True, slots=True)
class State:
    """One kind of state: a number for which a MIB has a word.  A number without a word is unknown, and is shown as it was sent."""

    name: str
    words: Words

    def of(self, value: Value | None, place: str = "") -> Measured:
        """Return the reading of one raw value."""
        blank = Measured(self.name, None, place=place, raw=values.as_sent(value))
        if value is None:
            return replace(blank, mark=UNANSWERED)
        number = values.whole(value)
        if number is None or number not in self.words:
            return replace(blank, mark=UNREADABLE)
        word, health = self.words[number]
        return replace(blank, value=word or None, health=health, mark="" if word else NOT_TOLD)


Kind = Quantity | State


def scalars(found: Mapping[Oid, Value], kinds: Mapping[Oid, Kind], *, always: frozenset[str] = frozenset()) -> list[Measured]:
    """Return the readings of single objects.  What was not answered is left out, unless its name is in `always`.

    Where several objects carry one reading, they stand in the order of trust, and the first that was read counts.
    """
    read: dict[str, Measured] = {}
    for name, kind in kinds.items():
        if name not in found and kind.name not in always:
            continue
        now, before = kind.of(found.get(name)), read.get(kind.name)
        if before is None or (before.value is None and (now.value is not None or before.mark == UNANSWERED)):
            read[kind.name] = now
    return list(read.values())


def cells(column: Mapping[Oid, Value], kind: Kind, places: Mapping[Oid, str] | None = None) -> list[Measured]:
    """Return the readings of a column, each with its place: a name where the table has one, else its index."""
    named = places or {}
    return [kind.of(value, named.get(index) or dotted(index)) for index, value in sorted(column.items())]


_WORSE = {Health.OK: 0, Health.WARNING: 1, Health.CRITICAL: 2}


def twice(now: Measured, before: Measured | None) -> Measured:
    """Return a reading judged by two polls in a row: as bad as the better of them, and not judged while only one is bad."""
    if now.health not in (Health.WARNING, Health.CRITICAL):
        return now
    if before is None or before.health not in (Health.WARNING, Health.CRITICAL):
        return replace(now, health=Health.UNKNOWN, mark=SEEN_ONCE)
    return replace(now, health=min(now.health, before.health, key=_WORSE.__getitem__))


def dotted(index: Oid) -> str:
    return ".".join(map(str, index))


def named_places(names: Mapping[Oid, Value], indexes: list[Oid]) -> dict[Oid, str]:
    """Return a place for each index: its name, or the index; where two would be the same, with the index behind it."""
    said = {index: values.text(names.get(index))[:60] or dotted(index) for index in indexes}
    often = Counter(said.values())
    return {index: f"{name} #{dotted(index)}" if often[name] > 1 else name for index, name in said.items()}


def missing(read: list[Measured], *names: str) -> list[Measured]:
    """Return a blank for each reading that should be there and is not."""
    there = {one.name for one in read}
    return [Measured(name, None, mark=UNANSWERED) for name in names if name not in there]


def certain(measured: Measured) -> float | None:
    """Return a number that may be reckoned with; None for whatever bears a mark, such as a run time that is capped."""
    return measured.value if isinstance(measured.value, int | float) and not measured.mark else None
