"""What a room asks of a conference besides being free: its hours, its days, how far ahead, no maintenance.  Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from roomctl.timespan import Span, days_of, to_local

EQUIPMENT = ("projector", "display", "interactive_board", "recording", "ceiling_microphones", "interpretation", "hearing_loop", "wheelchair")
MIDNIGHT = 1440  # The last minute of a day, counted from its first.
EVERY_DAY = "1234567"  # ISO weekdays, from Monday.
LONGEST_AHEAD_DAYS = 740  # As far ahead as a series reaches (design, booking rule 9), and some days.


class Kind(StrEnum):
    """What of a room's terms a conference does not meet."""

    CLOSED_HOURS = "closed_hours"
    CLOSED_DAY = "closed_day"
    TOO_FAR_AHEAD = "too_far_ahead"
    MAINTENANCE = "maintenance"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a room cannot be used, though nobody holds it; `facts` fill the sentence.

    closed_hours: opens_min, closes_min · closed_day: day · too_far_ahead: days, until · maintenance: span, why.
    """

    kind: Kind
    facts: tuple[tuple[str, Any], ...]


class Terms(Protocol):
    """What a room asks; `rooms.tables.Room` has it as columns."""

    opens_min: int
    closes_min: int
    open_days: str
    ahead_days: int
    timezone: str


@dataclass(frozen=True, slots=True)
class Maintenance:
    """A time in which a room cannot be used, and why."""

    span: Span
    why: str = ""


def has_hours(terms: Terms) -> bool:
    """True of a room that is not open around the clock on every day."""
    return (terms.opens_min, terms.closes_min, terms.open_days) != (0, MIDNIGHT, EVERY_DAY)


def reasons_against(terms: Terms, span: Span, *, occupied: Span, maintenance: Iterable[Maintenance], now: datetime) -> tuple[Reason, ...]:
    """Return why a room cannot be used for `span`; nothing when it can.

    Hours and days are asked of the times that are shown, since setup may well begin before the room opens; maintenance
    of the occupied span.  A conference over midnight is outside of any hours but the whole day.
    """
    zone = ZoneInfo(terms.timezone)
    reasons = _hours(terms, span, zone) if has_hours(terms) else []
    last_day = to_local(now, zone).date() + timedelta(days=terms.ahead_days)
    if to_local(span.start, zone).date() > last_day:
        reasons.append(Reason(Kind.TOO_FAR_AHEAD, (("days", terms.ahead_days), ("until", last_day))))
    reasons += [Reason(Kind.MAINTENANCE, (("span", one.span), ("why", one.why))) for one in maintenance if one.span.overlaps(occupied)]
    return tuple(reasons)


def _hours(terms: Terms, span: Span, zone: ZoneInfo) -> list[Reason]:
    reasons, days = [], days_of(span, zone)
    if (terms.opens_min, terms.closes_min) != (0, MIDNIGHT):
        start, end = to_local(span.start, zone), to_local(span.end, zone)
        closes = timedelta(days=(end.date() - days[0]).days, hours=end.hour, minutes=end.minute, seconds=end.second, microseconds=end.microsecond)
        if start.hour * 60 + start.minute < terms.opens_min or closes > timedelta(minutes=terms.closes_min):
            reasons.append(Reason(Kind.CLOSED_HOURS, (("opens_min", terms.opens_min), ("closes_min", terms.closes_min))))
    closed = next((day for day in days if str(day.isoweekday()) not in terms.open_days), None)
    if closed is not None:
        reasons.append(Reason(Kind.CLOSED_DAY, (("day", closed),)))
    return reasons


def in_order(equipment: Iterable[str]) -> str:
    """Return pieces of equipment as a room keeps them: each once, in the order of EQUIPMENT, blanks between."""
    wanted = set(equipment)
    return " ".join(piece for piece in EQUIPMENT if piece in wanted)
