"""On which dates a series takes place.  Pure: days off are given.

A rule is an RFC 5545 RRULE of whole days: DAILY, WEEKLY, MONTHLY or YEARLY.  It is expanded in local wall time, so a
series at 08:00 stays at 08:00 whatever the zone's clock does; and within bounds that are checked before anything is
expanded, so that no rule that somebody sends can take the time of others.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from roomctl.booking.lifecycle import LeftOut, OnDayOff
from roomctl.errors import InvalidInput, Problem
from roomctl.timespan import HANOI

MOST_DATES = 400
LONGEST_SERIES = timedelta(days=731)
# dateutil looks for the next date of a rule up to the year 9999, seconds long where there is none (30 February).  Weekdays and
# leap years repeat every 400 years, so rules are expanded that much nearer to the end of its calendar.
_LATER_YEARS = 7600
MOST_DAYS_OFF = 31  # As far as a date is carried on to the next working day.
FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_PARTS = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST", "BYYEARDAY", "BYWEEKNO"}
_NUMBERS = {"BYMONTHDAY": (1, 31), "BYMONTH": (1, 12), "BYSETPOS": (1, 366), "BYYEARDAY": (1, 366), "BYWEEKNO": (1, 53)}
_NEGATIVE = {"BYMONTHDAY", "BYSETPOS", "BYYEARDAY", "BYWEEKNO"}


@dataclass(frozen=True, slots=True)
class Recurrence:
    """How a conference repeats: by a rule that ends, or on `days` picked by hand (the first date is always one of them)."""

    rule: str = ""
    days: tuple[date, ...] = ()
    on_day_off: OnDayOff = OnDayOff.KEEP


@dataclass(frozen=True, slots=True)
class Slot:
    """One date of a series: the wall time at which the rule puts it, and the one at which it takes place.

    `left_out` is set for a date that is skipped because nobody works on it.
    """

    at: datetime
    held: datetime
    left_out: LeftOut = LeftOut.NO


@dataclass(frozen=True, slots=True)
class DaysOff:
    """Which days are not worked: weekends and holidays, but for the days that are worked in their place."""

    holidays: Collection[date] = ()
    worked: Collection[date] = ()

    def is_off(self, day: date) -> bool:
        return day not in self.worked and (day.weekday() >= 5 or day in self.holidays)


def refuse(reason: str, **facts: object) -> InvalidInput:
    return InvalidInput([Problem("rule", reason, tuple(facts.items()))])


def parts_of(rule: str) -> dict[str, str]:
    """Return the parts of an RRULE by name, checked one by one.

    Raises InvalidInput for what no calendar of days needs (SECONDLY, BYHOUR …), for INTERVAL=0, for a count or an end
    beyond MOST_DATES and LONGEST_SERIES as far as that can be seen without expanding it, and for a rule without an end.
    """
    raw = rule.strip().upper().removeprefix("RRULE:")
    if len(raw) > 500:
        raise refuse("rule_too_long", limit=500)
    parts: dict[str, str] = {}
    for piece in filter(None, raw.split(";")):
        name, equals, value = piece.partition("=")
        if not equals or not value or name in parts:
            raise refuse("rule_malformed", part=piece[:40])
        if name not in _PARTS:
            raise refuse("rule_part_unknown", part=name[:20])
        parts[name] = value
    if parts.get("FREQ") not in FREQUENCIES:
        raise refuse("rule_frequency", part=parts.get("FREQ", "FREQ")[:20])
    for name in ("INTERVAL", "COUNT"):
        if name in parts and not 1 <= _whole(parts[name], name) <= (MOST_DATES if name == "COUNT" else 1000):
            raise refuse("too_many_dates", limit=MOST_DATES) if name == "COUNT" and parts[name].strip("0") else refuse("rule_malformed",
                                                                                                                    part=f"{name}={parts[name][:20]}")
    for name, (least, most) in _NUMBERS.items():
        for number in parts.get(name, "").split(",") if name in parts else ():
            value = _whole(number, name)
            if not least <= (abs(value) if name in _NEGATIVE else value) <= most:
                raise refuse("rule_malformed", part=f"{name}={number[:20]}")
    for day in parts.get("BYDAY", "").split(",") if "BYDAY" in parts else ():
        place = day[:-2]
        if day[-2:] not in WEEKDAYS or (place and not 1 <= abs(_whole(place, "BYDAY")) <= 53):
            raise refuse("rule_malformed", part=f"BYDAY={day[:20]}")
    if parts.get("WKST", "MO") not in WEEKDAYS:
        raise refuse("rule_malformed", part=f"WKST={parts['WKST'][:20]}")
    if "COUNT" in parts and "UNTIL" in parts:
        raise refuse("rule_two_ends")
    if "COUNT" not in parts and "UNTIL" not in parts:
        raise refuse("rule_without_end")
    return parts


def _whole(raw: str, name: str) -> int:
    digits = raw.removeprefix("-").removeprefix("+")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 12):
        raise refuse("rule_malformed", part=f"{name}={raw[:20]}")
    return -int(digits) if raw.startswith("-") else int(digits)


def until_of(value: str, zone: ZoneInfo = HANOI) -> datetime:
    """Return the wall time in `zone` of an UNTIL: UTC (…Z), a date (all of that day), or floating, which is wall time.

    RFC 5545, 3.3.10 wants UTC beside a DTSTART with a zone; a floating one is read as the people who wrote it meant it.
    """
    try:
        if len(value) == 8:
            return datetime.strptime(value, "%Y%m%d").replace(hour=23, minute=59, second=59)
        if value.endswith("Z"):
            return datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)
        return datetime.strptime(value, "%Y%m%dT%H%M%S")
    except OverflowError:  # The last hours of the year 9999 are in the next year here.
        raise refuse("series_too_long", limit=MOST_DATES) from None
    except ValueError:
        raise refuse("rule_malformed", part=f"UNTIL={value[:20]}") from None


def rule_dates(rule: str, first: datetime, zone: ZoneInfo = HANOI) -> list[datetime]:
    """Return the wall times of a rule from `first` on; `first` itself counts only where the rule gives it.

    Raises InvalidInput for a rule that gives more than MOST_DATES, reaches beyond LONGEST_SERIES, or gives no date.
    """
    parts = parts_of(rule)
    last = first + LONGEST_SERIES
    until = until_of(parts.pop("UNTIL"), zone) if "UNTIL" in parts else None
    count = int(parts.pop("COUNT", MOST_DATES + 1))
    if until is not None and until > last + timedelta(days=1):
        raise refuse("series_too_long", limit=MOST_DATES)
    bounded = ";".join(f"{name}={value}" for name, value in parts.items()) + f";UNTIL={_later(min(until or last, last)):%Y%m%dT%H%M%S}"
    try:
        expanded = islice(iter(rrulestr(bounded, dtstart=_later(first))), min(count, MOST_DATES + 1))
        found = [at.replace(year=at.year - _LATER_YEARS) for at in expanded]
    except (ValueError, IndexError, TypeError, OverflowError):
        raise refuse("rule_malformed", part=rule[:40]) from None
    if not found:
        raise refuse("rule_gives_no_date")
    if len(found) > MOST_DATES:
        raise refuse("too_many_dates", limit=MOST_DATES)
    if until is None and len(found) < count:
        raise refuse("series_too_long", limit=MOST_DATES)
    return found


def _later(at: datetime) -> datetime:
    return at.replace(year=at.year + _LATER_YEARS)


def slots(recurrence: Recurrence, first: datetime, days_off: DaysOff, zone: ZoneInfo = HANOI) -> list[Slot]:
    """Return the dates of a series whose first takes place at the wall time `first`, in order.

    A date on a day off is kept, left out, or carried on to the next working day, as the series says; two that would then
    meet on one day are one.  Raises InvalidInput as `rule_dates`.
    """
    dates = rule_dates(recurrence.rule, first, zone) if recurrence.rule else _picked(recurrence.days, first)
    if first not in dates:
        dates.insert(0, first)  # Whoever asks for Tuesdays from a Monday on means that Monday too: it is the date they typed.
    return list(_worked(dates, recurrence.on_day_off, days_off))


def _picked(days: Collection[date], first: datetime) -> list[datetime]:
    dates = sorted({first, *(datetime.combine(day, first.time()) for day in days)})
    if len(dates) > MOST_DATES:
        raise refuse("too_many_dates", limit=MOST_DATES)
    if dates[-1] - dates[0] > LONGEST_SERIES:
        raise refuse("series_too_long", limit=MOST_DATES)
    return dates


def _worked(dates: list[datetime], on_day_off: OnDayOff, days_off: DaysOff) -> Iterator[Slot]:
    taken = {at.date() for at in dates if not days_off.is_off(at.date())}
    for at in dates:
        if on_day_off == OnDayOff.KEEP or not days_off.is_off(at.date()):
            yield Slot(at, at)
            continue
        held = next((at + timedelta(days=number) for number in range(1, MOST_DAYS_OFF + 1)
                     if not days_off.is_off((at + timedelta(days=number)).date())), None)
        if on_day_off == OnDayOff.MOVE and held is not None and held.date() not in taken:
            taken.add(held.date())
            yield Slot(at, held)
        else:
            yield Slot(at, at, LeftOut.DAY_OFF)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the form offers, before it is a rule.  `monthly` is "date", "weekday", "last_weekday" or "last_day"."""

    every: str  # "day", "week", "month", "year"
    interval: int = 1
    weekdays: tuple[int, ...] = ()  # 0 is Monday.
    monthly: str = "date"
    until: date | None = None
    count: int = 0


def rule_of(wanted: Wanted, first: datetime, zone: ZoneInfo = HANOI) -> str:
    """Return the RRULE for what the form offers, its end in UTC as RFC 5545 asks beside a zone."""
    frequency = {"day": "DAILY", "week": "WEEKLY", "month": "MONTHLY", "year": "YEARLY"}.get(wanted.every)
    if frequency is None:
        raise refuse("rule_frequency", part=wanted.every[:20])
    if not 1 <= wanted.interval <= 99:
        raise refuse("number_out_of_range", least=1, most=99)
    parts = [f"FREQ={frequency}"] + ([f"INTERVAL={wanted.interval}"] if wanted.interval > 1 else [])
    weekday = WEEKDAYS[first.weekday()]
    if frequency == "WEEKLY":
        parts.append("BYDAY=" + ",".join(WEEKDAYS[day] for day in sorted({*wanted.weekdays, first.weekday()}) if 0 <= day <= 6))
    if frequency == "MONTHLY":
        parts.append({"weekday": f"BYDAY={(first.day - 1) // 7 + 1}{weekday}", "last_weekday": f"BYDAY=-1{weekday}",
                      "last_day": "BYMONTHDAY=-1"}.get(wanted.monthly, f"BYMONTHDAY={first.day}"))
    if wanted.count:
        parts.append(f"COUNT={wanted.count}")
    elif wanted.until is not None:
        end = datetime.combine(wanted.until, first.time()).replace(tzinfo=zone).astimezone(UTC)
        parts.append(f"UNTIL={end:%Y%m%dT%H%M%SZ}")
    else:
        raise refuse("rule_without_end")
    return ";".join(parts)


def explicit(rule: str, first: datetime) -> str:
    """Return the rule with the days that RFC 5545 takes from the first date said in it, so that it means the same from any date on."""
    parts = parts_of(rule)
    if parts["FREQ"] == "WEEKLY" and "BYDAY" not in parts:
        parts["BYDAY"] = WEEKDAYS[first.weekday()]
    if parts["FREQ"] in ("MONTHLY", "YEARLY") and not parts.keys() & {"BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO"}:
        parts["BYMONTHDAY"] = str(first.day)
        if parts["FREQ"] == "YEARLY":
            parts.setdefault("BYMONTH", str(first.month))
    return ";".join(f"{name}={value}" for name, value in parts.items())


def rule_for(rule: str, slots: Collection[datetime], zone: ZoneInfo = HANOI) -> str:
    """Return the rule ended at the last of some wall times, or nothing where it would give a date that is none of them.

    The series is then its dates, without a rule.
    """
    if not rule:
        return ""
    ended = with_end(rule, max(slots), zone)
    try:
        return ended if set(rule_dates(ended, min(slots), zone)) <= set(slots) else ""
    except InvalidInput:
        return ""


def with_end(rule: str, last: datetime, zone: ZoneInfo = HANOI) -> str:
    """Return the rule ended at a wall time, in UTC: so it is stored, and so strict calendars read it (RFC 5545, 3.3.10)."""
    parts = {name: value for name, value in parts_of(rule).items() if name not in ("COUNT", "UNTIL")}
    parts["UNTIL"] = f"{last.replace(tzinfo=zone).astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return ";".join(f"{name}={value}" for name, value in parts.items())
