"""Half-open spans of time, [start, end), and the local calendar around them.  Pure.

Moments are UTC; a person's wall time is turned into one here and nowhere else.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
LONGEST = timedelta(days=7)  # Bounds every search for overlaps; see design, booking rule 10.


@dataclass(frozen=True, slots=True)
class Span:
    """[start, end) in UTC: 08:00-09:00 and 09:00-10:00 do not meet (RFC 5545, 3.6.1: DTEND is exclusive)."""

    start: datetime
    end: datetime

    def overlaps(self, other: "Span") -> bool:
        return self.start < other.end and other.start < self.end

    def widened(self, before: timedelta, after: timedelta) -> "Span":
        """Return the span with `before` added in front and `after` behind."""
        return Span(self.start - before, self.end + after)

    def within(self, other: "Span") -> "Span":
        """Return the part of the span that lies within `other`, which it overlaps."""
        return Span(max(self.start, other.start), min(self.end, other.end))

    @property
    def length(self) -> timedelta:
        return self.end - self.start


def from_local(day: date, at: time, zone: ZoneInfo = HANOI) -> datetime:
    """Return the UTC moment at which a wall clock in `zone` shows `at` on `day`."""
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def to_local(moment: datetime, zone: ZoneInfo = HANOI) -> datetime:
    """Return `moment` as the wall clock in `zone` shows it."""
    return moment.astimezone(zone)


def day_span(day: date, zone: ZoneInfo = HANOI) -> Span:
    """Return [00:00, next 00:00) of a day, local midnights, in UTC."""
    return Span(from_local(day, time(0), zone), from_local(day + timedelta(days=1), time(0), zone))


def days_of(span: Span, zone: ZoneInfo = HANOI) -> list[date]:
    """Return the local days that a span takes something of; what ends at midnight takes nothing of the next day."""
    first = to_local(span.start, zone).date()
    last = to_local(span.end - timedelta(microseconds=1), zone).date()
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def iso_week(day: date) -> tuple[int, int]:
    """Return (ISO year, ISO week) of a day: weeks start on Monday, and 1 January 2027 is week 53 of 2026."""
    year, week, _ = day.isocalendar()
    return year, week


def week_span(year: int, week: int, zone: ZoneInfo = HANOI) -> Span:
    """Return [Monday 00:00, next Monday 00:00) of an ISO week, local midnights, in UTC.

    Raises ValueError for a week the year does not have.
    """
    monday = date.fromisocalendar(year, week, 1)
    return Span(from_local(monday, time(0), zone), from_local(monday + timedelta(days=7), time(0), zone))
