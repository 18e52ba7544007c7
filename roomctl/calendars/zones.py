"""Which zone a TZID means: by its name, by an old or a Windows one, or as the file's own VTIMEZONE describes it.  Pure."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from roomctl.booking.recurrence import WEEKDAYS
from roomctl.calendars.lines import Component

_OFFSET = re.compile(r"([+-])(\d\d)(\d\d)(\d\d)?")
_PLACE = re.compile(r"([+-]?[1-5])(MO|TU|WE|TH|FR|SA|SU)")


class UnknownZone(ValueError):
    """A TZID that neither the tables nor the file explain."""


@lru_cache
def _names() -> dict[str, str]:
    """Return every zone by its name, and by Windows' name for it, in small letters."""
    known = {name.casefold(): name for name in available_timezones()}
    return {**{name.casefold(): zone for name, zone in WINDOWS_TO_OLSON.items()}, **known, "z": "UTC", "utc": "UTC"}


def zone_named(tzid: str) -> ZoneInfo | None:
    """Return the zone of a name; a prefix as in "/vendor.example/Asia/Ho_Chi_Minh" is looked through."""
    parts = tzid.strip().strip('"').casefold().split("/")
    candidates = ["/".join(parts), *("/".join(parts[-number:]) for number in (3, 2))]
    found = next((_names()[name] for name in candidates if name in _names()), None)
    return ZoneInfo(found) if found is not None else None


@dataclass(frozen=True, slots=True)
class _Change:
    """From when an offset holds: once, or each year on a certain weekday of a month."""

    first: datetime
    offset: timedelta
    month: int = 0
    place: int = 0
    weekday: int = 0
    until: datetime = datetime.max

    def latest_before(self, wall: datetime) -> datetime | None:
        """Return when the offset last came into force at or before a wall time."""
        if not self.month:
            return self.first if self.first <= wall else None
        onsets = (datetime.combine(self._day(year), self.first.time()) for year in (wall.year, wall.year - 1) if year >= 1)
        found = next((onset for onset in onsets if self.first <= onset <= min(wall, self.until)), None)
        return found or (self.first if self.first <= wall else None)

    def _day(self, year: int) -> date:
        first_weekday, length = monthrange(year, self.month)
        days = [day for day in range(1, length + 1) if (first_weekday + day - 1) % 7 == self.weekday]
        number = self.place - 1 if self.place > 0 else self.place
        return date(year, self.month, days[number] if -len(days) <= number < len(days) else days[-1])


class FilesZone(tzinfo):
    """A zone as a VTIMEZONE describes it."""

    def __init__(self, name: str, changes: list[_Change], before: timedelta) -> None:
        self._name, self._changes, self._before = name, changes, before

    def utcoffset(self, at: datetime | None) -> timedelta:
        if at is None:
            return self._before
        wall = at.replace(tzinfo=None)
        begun = [(onset, change.offset) for change in self._changes if (onset := change.latest_before(wall)) is not None]
        return max(begun)[1] if begun else self._before

    def dst(self, _at: datetime | None) -> timedelta:
        return timedelta(0)

    def tzname(self, _at: datetime | None) -> str:
        return self._name


def described_zone(component: Component) -> tzinfo:
    """Return the zone that a VTIMEZONE describes; raise UnknownZone for one that says nothing certain."""
    changes, before = [], None
    for part in component.parts:
        if part.name not in ("STANDARD", "DAYLIGHT"):
            continue
        offset = _offset(part.value("TZOFFSETTO"))
        before = before if before is not None else _offset(part.value("TZOFFSETFROM"))
        try:
            first = datetime.strptime(part.value("DTSTART").rstrip("Z"), "%Y%m%dT%H%M%S")
        except ValueError:
            raise UnknownZone(component.value("TZID")) from None
        changes.append(_yearly(part.value("RRULE"), first, offset))
    if not changes or before is None:
        raise UnknownZone(component.value("TZID"))
    return FilesZone(component.value("TZID"), changes, before)


def _offset(raw: str) -> timedelta:
    found = _OFFSET.fullmatch(raw)
    if found is None or int(found[2]) > 23 or int(found[3]) > 59:
        raise UnknownZone(raw)
    length = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return -length if found[1] == "-" else length


def _yearly(rule: str, first: datetime, offset: timedelta) -> _Change:
    """Read the one kind of rule that clocks are changed by: a weekday of a month, every year."""
    if not rule:
        return _Change(first, offset)
    parts = dict(piece.partition("=")[::2] for piece in rule.upper().split(";"))
    place = _PLACE.fullmatch(parts.get("BYDAY", ""))
    month = parts.get("BYMONTH", "")
    if parts.get("FREQ") != "YEARLY" or place is None or not re.fullmatch("0?[1-9]|1[0-2]", month):
        raise UnknownZone(rule)
    try:
        until = datetime.strptime(parts["UNTIL"][:15].rstrip("Z"), "%Y%m%dT%H%M%S") + timedelta(days=1) if "UNTIL" in parts else datetime.max
    except (ValueError, OverflowError):
        raise UnknownZone(rule) from None
    return _Change(first, offset, int(month), int(place[1]), WEEKDAYS.index(place[2]), until)
