"""The values of iCalendar's properties: moments, lengths, alarms.  Pure; each raises Odd, which says what is wrong."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from roomctl.calendars.lines import Component, Line
from roomctl.calendars.zones import UnknownZone, described_zone, zone_named
from roomctl.timespan import HANOI, Span

EARLIEST, LATEST = 1900, 2100  # As forms have it: further out a moment with its buffers cannot be written any more.
_MOMENT = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?")
_LENGTH = re.compile(r"([+-]?)P(?:(\d{1,5})W|(?:(\d{1,5})D)?(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,9})S)?)?)")


class Odd(ValueError):
    """A value that cannot be taken: the reason's stable word, and what fills its sentence."""

    def __init__(self, reason: str, **facts: object) -> None:
        super().__init__(reason)
        self.reason, self.facts = reason, facts


@dataclass(frozen=True, slots=True)
class At:
    """A moment as a file gives it: wall time, its zone, and whether it is a whole day."""

    wall: datetime
    zone: tzinfo
    is_day: bool

    @property
    def moment(self) -> datetime:
        return self.wall.replace(tzinfo=self.zone).astimezone(UTC)


class Zones:
    """The zones that a calendar's moments name; what has none is wall time in Hà Nội."""

    def __init__(self, calendar: Component) -> None:
        self._own = {part.value("TZID").casefold(): part for part in calendar.parts if part.name == "VTIMEZONE"}
        self._read: dict[str, tzinfo] = {}

    def of(self, line: Line) -> tzinfo:
        """Return the zone of a property; raise Odd for a TZID that nothing explains."""
        tzid = line.parameters.get("TZID", "")
        if not tzid:
            return HANOI
        if tzid not in self._read:
            found = zone_named(tzid)
            if found is None:
                try:
                    found = described_zone(self._own[tzid.strip().casefold()])
                except (KeyError, UnknownZone):
                    raise Odd("ics_unknown_zone", zone=tzid[:80]) from None
            self._read[tzid] = found
        return self._read[tzid]


def moments(line: Line, zones: Zones) -> list[At]:
    """Return the moments of a property, of each period its start."""
    return [moment(raw.partition("/")[0], zones.of(line)) for raw in line.value.strip().split(",")]


def moment(raw: str, zone: tzinfo) -> At:
    """Read 20270302, 20270302T080000 (wall time in `zone`) or 20270302T010000Z."""
    found = _MOMENT.fullmatch(raw.strip().upper()) if raw.isascii() else None
    try:
        if found is None:
            raise ValueError
        day = datetime.strptime(found[1], "%Y%m%d").date()
        clock = datetime.strptime(found[2], "%H%M%S").time() if found[2] else time(0)
        clock = clock.replace(second=min(clock.second, 59))
    except ValueError:
        raise Odd("ics_bad_time", value=raw.strip()[:40]) from None
    if not EARLIEST <= day.year <= LATEST:
        raise Odd("ics_bad_time", value=raw.strip()[:40])
    # A whole day is one of the place where the rooms are, whatever zone is named beside it.
    return At(datetime.combine(day, clock), UTC if found[3] else zone if found[2] else HANOI, not found[2])


def length(raw: str) -> timedelta:
    """Read a DURATION such as PT1H30M, P2D or -PT15M."""
    found = _LENGTH.fullmatch(raw.strip().upper()) if raw.isascii() else None
    if found is None or not any(found.group(2, 3, 4, 5, 6)):
        raise Odd("ics_bad_length", value=raw.strip()[:40])
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.group(2, 3, 4, 5, 6))
    whole = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -whole if found[1] == "-" else whole


def span_of(component: Component, start: At, zones: Zones, *, usual: timedelta | None = None) -> Span:
    """Return when an event takes place: to its DTEND, for its DURATION, or for one day where only a day is given.

    DTEND is exclusive (RFC 5545, 3.6.1).  `usual` is the length where neither is given.
    """
    end, lasts = component.first("DTEND"), component.first("DURATION")
    if end is not None:
        until = moment(end.value, zones.of(end))
        if until.is_day != start.is_day:
            raise Odd("ics_end_of_another_kind")
        return Span(start.moment, until.moment)
    if lasts is not None:
        return Span(start.moment, start.moment + length(lasts.value))
    return Span(start.moment, start.moment + (usual if usual is not None else timedelta(days=int(start.is_day))))


def reminders_of(component: Component, span: Span, zones: Zones, warn: Callable[[str, int], None]) -> tuple[int, ...]:
    """Return for each alarm how many minutes before the start it rings, less than none for one behind it, each once.

    An alarm that cannot be read is left out with a warning: no conference is lost for it.
    """
    found = set()
    for alarm in (part for part in component.parts if part.name == "VALARM"):
        trigger = alarm.first("TRIGGER")
        try:
            if trigger is None:
                raise Odd("ics_alarm")
            if trigger.parameters.get("VALUE", "").upper() == "DATE-TIME":
                at = moment(trigger.value, zones.of(trigger)).moment
            else:
                at = (span.end if trigger.parameters.get("RELATED", "").upper() == "END" else span.start) + length(trigger.value)
        except (Odd, OverflowError):
            warn("ics_alarm", trigger.number if trigger is not None else alarm.number)
            continue
        found.add(round((span.start - at) / timedelta(minutes=1)))
    return tuple(sorted(found, reverse=True))
