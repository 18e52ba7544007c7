"""The line of one number of one device: by the minute for two days, by the hour for a year."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from roomctl.devices import history, reading_tables
from roomctl.devices.history import LATEST_ROW
from roomctl.devices.reading_tables import HOUR, MINUTE

SPANS = {"day": timedelta(days=1), "days": timedelta(days=2), "month": timedelta(days=31), "year": timedelta(days=366)}
BY_MINUTE = frozenset({"day", "days"})


@dataclass(frozen=True, slots=True)
class Point:
    """A moment and the number from then on, or that hour's mean with its least and most; None where nothing is known."""

    at: datetime
    value: float | None
    least: float | None = None
    most: float | None = None


def trend_of(device_id: int, key: str, span: str, *, now: datetime) -> list[Point]:
    """Return the points of a number ("name" or "name/place") over one of SPANS, in order of time.

    A number that has not changed since before the span begins has a point at its beginning; hours that are missing leave a gap.
    """
    since = now - SPANS[span]
    if span in BY_MINUTE:
        line = history.line_of(reading_tables.history_of(device_id, MINUTE, since - LATEST_ROW), key, now)
        before = [value for at, value in line if at < since]
        points = [Point(at, value) for at, value in line if at >= since]
        return [Point(since, before[-1]), *points] if before and before[-1] is not None else points
    points = []
    for at, numbers in reading_tables.history_of(device_id, HOUR, since):
        if key not in numbers:
            continue
        if points and at - points[-1].at > history.HOUR:
            points.append(Point(points[-1].at + history.HOUR, None))
        least, mean, most = numbers[key]
        points.append(Point(at, mean, least, most))
    return points
