"""Numbers over time: what a minute's row holds, what an hour was, and the line they draw.  Pure.

A minute row holds what changed since the row before; the first row of each hour holds everything; a row without numbers says that
from there on nothing is known.  So a device that was silent leaves a gap, and never a straight line.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

HOUR = timedelta(hours=1)
# What only grows, or says nothing as a line.
NOT_KEPT = frozenset({"uptime"})
LATEST_ROW = HOUR + timedelta(minutes=10)  # No later than this follows the next row while a device answers.

Numbers = Mapping[str, float | None]
Row = tuple[datetime, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Before:
    """The readings that were stored last, and whether the look after them failed."""

    at: datetime
    numbers: Numbers
    then_failed: bool


def key_of(name: str, place: str) -> str:
    return f"{name}/{place}" if place else name


def numbers_of(rows: Iterable[Sequence[Any]]) -> dict[str, float]:
    """Return the numbers among stored readings by "name" or "name/place"."""
    return {key_of(name, place): value for name, place, value, *_ in rows
            if isinstance(value, int | float) and not isinstance(value, bool) and name not in NOT_KEPT}


def rows_for(numbers: Numbers, before: Before | None, at: datetime, interval: timedelta) -> list[Row]:
    """Return the minute rows of a look that brought these numbers."""
    if before is None:
        return [(at, numbers)] if numbers else []
    if not before.then_failed and at - before.at > 3 * interval and before.numbers:  # Nobody looked meanwhile.
        return [(before.at + 2 * interval, {}), (at, numbers)]
    if before.then_failed or hour_of(before.at) != hour_of(at):
        return [(at, numbers)] if numbers or before.numbers else []
    changed = {key: value for key, value in numbers.items() if before.numbers.get(key) != value}
    changed |= {key: None for key in before.numbers if key not in numbers}
    return [(at, changed)] if changed else []


def row_of_failure(before: Before | None, at: datetime, *, failing: bool) -> list[Row]:
    """Return the row of a look that failed: the first one after numbers says that nothing is known any more; `failing`: it is not the first."""
    return [(at, {})] if before is not None and before.numbers and not (failing and before.then_failed) else []


def hour_of(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def folded(rows: Iterable[Row], end: datetime) -> dict[str, list[float]]:
    """Return least, mean and most of each number over the minute rows of one hour, in order of time; the mean is weighed by time."""
    lasting: dict[str, tuple[float, datetime]] = {}
    seen: dict[str, list[float]] = {}  # least, most, sum of value x seconds, seconds

    def let_last(key: str, until: datetime) -> None:
        value, since = lasting.pop(key)
        seconds = max((until - since).total_seconds(), 0.001)
        least, most, total, length = seen.get(key, [value, value, 0.0, 0.0])
        seen[key] = [min(least, value), max(most, value), total + value * seconds, length + seconds]

    for at, numbers in rows:
        for key in list(lasting) if not numbers else [key for key in numbers if key in lasting]:
            let_last(key, at)
        lasting |= {key: (value, at) for key, value in numbers.items() if value is not None}
    for key in list(lasting):
        let_last(key, end)
    return {key: [least, round(total / length, 3), most] for key, (least, most, total, length) in seen.items()}


def line_of(rows: Iterable[Row], key: str, until: datetime | None = None) -> list[tuple[datetime, float | None]]:
    """Return the points of one number from minute rows in order of time; None where it is not known from there on.

    `until`: the moment up to which rows could have come.
    """
    points: list[tuple[datetime, float | None]] = []
    last_row: datetime | None = None
    for at, numbers in rows:
        known = bool(points) and points[-1][1] is not None
        if known and last_row is not None and at - last_row > LATEST_ROW:
            points.append((last_row + LATEST_ROW, None))
            known = False
        if key in numbers:
            points.append((at, numbers[key]))
        elif not numbers and known:
            points.append((at, None))
        last_row = at
    if until is not None and last_row is not None and points and points[-1][1] is not None and until - last_row > LATEST_ROW:
        points.append((last_row + LATEST_ROW, None))
    return points
