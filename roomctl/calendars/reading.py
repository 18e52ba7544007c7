"""Calendar files that somebody sends, read as conferences.  Pure, and made for files nobody vouches for.

A file is bounded before it is taken apart, and each rule is checked before it is expanded; what is wrong is named with its
line and its UID, all of it at once.  A moment without a zone is one in Hà Nội.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from roomctl.booking.recurrence import rule_dates, with_end
from roomctl.booking.wish import LONGEST_TEXT, span_problems
from roomctl.calendars.lines import Component, Problems, calendars_in
from roomctl.calendars.values import At, Odd, Zones, moment, moments, reminders_of, span_of
from roomctl.errors import InvalidInput
from roomctl.text import TextRefused, clean_block, clean_line
from roomctl.timespan import HANOI, Span

MOST_SERIES = 100
MOST_DATES_OF_FILE = 4_000
MOST_IMPOSSIBLE = 2  # A rule that gives no date takes the longest to find out about, up to a quarter of a second.
LONGEST_UID = 255
METHODS = ("", "PUBLISH", "REQUEST", "CANCEL")
_UNDERSTOOD = {"VEVENT", "VTIMEZONE"}


@dataclass(frozen=True, slots=True)
class Warned:
    """Something that was left out, and where; the rest was read."""

    reason: str
    line: int
    uid: str = ""


@dataclass(frozen=True, slots=True)
class ReadDate:
    """One date: where the series puts it, when it takes place, and its own title where it has one."""

    slot_at: datetime
    span: Span
    title: str = ""
    cancelled: bool = False

    @property
    def is_moved(self) -> bool:
        return self.slot_at != self.span.start


@dataclass(frozen=True, slots=True)
class ReadConference:
    """A conference of a file: a single one, a series with all its dates, or (`is_part`) only some dates of a series.

    `rule` is the RRULE in Hà Nội's wall time, ended in UTC, where its dates can be told so; `taken_off` are dates it gives
    that do not take place.  `reminders` are minutes before the start.
    """

    uid: str
    sequence: int
    line: int
    title: str = ""
    attendees: str = ""
    dates: tuple[ReadDate, ...] = ()
    taken_off: tuple[datetime, ...] = ()
    rule: str = ""
    is_series: bool = False
    is_part: bool = False
    cancelled: bool = False
    reminders: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What a file holds, in its order."""

    method: str
    conferences: tuple[ReadConference, ...]
    warnings: tuple[Warned, ...] = ()


def read_calendar(raw: bytes) -> ReadFile:
    """Return the conferences of a calendar file; raise InvalidInput with everything that is wrong, each with `line` and `uid`."""
    reader = _Reader()
    calendars = calendars_in(raw, reader.problems)
    found = [conference for calendar in calendars for conference in reader.conferences_of(calendar)]
    seen: dict[str, ReadConference] = {}
    for one in found:
        if one.uid in seen:
            reader.problems.add("ics_uid_twice", one.line, one.uid)
        seen[one.uid] = one
    reader.problems.refuse()
    return ReadFile(next((_method(calendar) for calendar in calendars), ""), tuple(found), tuple(reader.warnings))


def _method(calendar: Component) -> str:
    return calendar.value("METHOD").upper()


class _Reader:
    """Reads one file; keeps count of what it has cost so far."""

    def __init__(self) -> None:
        self.problems = Problems()
        self.warnings: list[Warned] = []
        self._series = self._dates = self._impossible = 0

    def conferences_of(self, calendar: Component) -> list[ReadConference]:
        if calendar.value("VERSION") not in ("", "2.0"):
            self.problems.add("ics_version", calendar.number, version=calendar.value("VERSION")[:20])
        if _method(calendar) not in METHODS:
            self.problems.add("ics_method", calendar.number, method=_method(calendar)[:20])
        self.problems.refuse()
        zones, by_uid = Zones(calendar), dict[str, list[Component]]()
        for part in calendar.parts:
            if part.name == "VEVENT":
                by_uid.setdefault(self._uid(part), []).append(part)
            elif part.name not in _UNDERSTOOD:
                self.warnings.append(Warned("ics_left_out_component", part.number))
        by_uid.pop("", None)  # Named already.
        found = []
        for uid, events in by_uid.items():
            try:
                found.append(self._conference(uid, events, zones, cancelling=_method(calendar) == "CANCEL"))
            except _Named:
                continue
        return found

    def _uid(self, event: Component) -> str:
        line = event.first("UID")
        uid = line.text.strip() if line is not None else ""
        if not uid:
            self.problems.add("ics_uid_missing", event.number)
        elif len(uid) > LONGEST_UID or not uid.isprintable():
            self.problems.add("ics_uid_odd", event.number, uid, limit=LONGEST_UID)
            return ""
        return uid

    def _conference(self, uid: str, events: list[Component], zones: Zones, *, cancelling: bool) -> ReadConference:
        """Put the events of one UID together: the conference, and the dates of it that differ."""
        own = self._newest(uid, [event for event in events if event.first("RECURRENCE-ID") is None])
        differing = [event for event in events if event.first("RECURRENCE-ID") is not None]
        sequence = max(self._sequence(event, uid) for event in events)
        if own is None:
            dates = self._put_over({}, differing, zones, uid, usual=timedelta(0), zone=HANOI, cancelling=cancelling)
            return ReadConference(uid, sequence, events[0].number, title=next((one.title for one in dates if one.title), ""), dates=tuple(dates),
                                  is_series=True, is_part=True)
        cancelled = cancelling or own.value("STATUS").upper() == "CANCELLED"
        head = ReadConference(uid, sequence, own.number, title=self._title(own, uid), attendees=self._attendees(own, uid), cancelled=cancelled)
        if own.first("DTSTART") is None and cancelled:
            return head
        start = self._tried(own, uid, lambda: self._start(own, zones))
        span = self._tried(own, uid, lambda: span_of(own, start, zones))
        self._check_span(span, own, uid)
        self._warn_of_the_rest(own, uid)
        head = replace(head, reminders=reminders_of(own, span, zones, lambda reason, line: self.warnings.append(Warned(reason, line, uid))))
        if not differing and own.first("RRULE") is None and own.first("RDATE") is None:
            return replace(head, dates=(ReadDate(span.start, span),))
        given, rule = self._given(own, start, zones, uid)
        off, zone = self._listed(own, "EXDATE", zones, uid), HANOI if start.is_day else start.zone
        moments_off, days_off = {one.moment for one in off if not one.is_day}, {one.wall.date() for one in off if one.is_day}
        slots = {at: ReadDate(at, Span(at, at + span.length)) for at in given if at not in moments_off and at.astimezone(zone).date() not in days_off}
        dates = self._put_over(slots, differing, zones, uid, usual=span.length, zone=zone, cancelling=cancelling, title=head.title)
        self._count(dates, own, uid)
        taken_off = tuple(at for at in given if at not in {one.slot_at for one in dates})
        return replace(head, dates=tuple(dates), taken_off=taken_off, rule=rule, is_series=True)

    def _newest(self, uid: str, events: list[Component]) -> Component | None:
        """Return the event itself; of several that say they are it, the one changed last."""
        if not events:
            return None
        ordered = sorted(events, key=lambda event: self._sequence(event, uid))
        if len(ordered) > 1:
            if self._sequence(ordered[-1], uid) == self._sequence(ordered[-2], uid):
                self.problems.add("ics_uid_twice", ordered[-1].number, uid)
            else:
                self.warnings.append(Warned("ics_older_left_out", ordered[0].number, uid))
        return ordered[-1]

    def _sequence(self, event: Component, uid: str) -> int:
        raw = event.value("SEQUENCE") or "0"
        if not (raw.isascii() and raw.isdigit() and len(raw) < 10):
            self.problems.add("ics_bad_sequence", event.number, uid, value=raw[:20])
            return 0
        return int(raw)

    def _title(self, event: Component, uid: str) -> str:
        line = event.first("SUMMARY")
        return self._cleaned(lambda raw: clean_line(raw, longest=LONGEST_TEXT["title"]), line.text, line.number, uid,
                             LONGEST_TEXT["title"]) if line is not None else ""

    def _attendees(self, event: Component, uid: str) -> str:
        names = [line.parameters.get("CN", "") or line.value.removeprefix("mailto:") for line in event.all("ATTENDEE")]
        return self._cleaned(lambda raw: clean_block(raw, longest=LONGEST_TEXT["attendees"]), "\n".join(map(_one_line, names)), event.number, uid,
                             LONGEST_TEXT["attendees"])

    def _cleaned(self, clean: Any, raw: str, line: int, uid: str, limit: int) -> str:
        try:
            return clean(raw)
        except TextRefused as error:
            self.problems.add(f"text_{error.reason}", line, uid, limit=limit)
            return ""

    def _warn_of_the_rest(self, event: Component, uid: str) -> None:
        for name in ("ATTACH", "DESCRIPTION", "LOCATION"):
            line = event.first(name)
            if line is not None and line.value.strip():
                self.warnings.append(Warned(f"ics_left_out_{name.lower()}", line.number, uid))

    def _tried(self, event: Component, uid: str, read: Any) -> Any:
        """Return what `read` reads; note what is odd about it, and give this conference up."""
        try:
            return read()
        except Odd as odd:
            self.problems.add(odd.reason, event.number, uid, **odd.facts)
        except OverflowError:
            self.problems.add("ics_bad_time", event.number, uid, value="")
        raise _Named

    def _start(self, event: Component, zones: Zones) -> At:
        line = event.first("DTSTART")
        if line is None:
            raise Odd("ics_no_start")
        return moment(line.value, zones.of(line))

    def _check_span(self, span: Span, event: Component, uid: str) -> None:
        for problem in span_problems(span):
            self.problems.add(problem.reason, event.number, uid)
            raise _Named

    def _listed(self, event: Component, name: str, zones: Zones, uid: str) -> list[At]:
        lines = event.all(name)
        if sum(line.value.count(",") + 1 for line in lines) > MOST_DATES_OF_FILE:
            self.problems.add("ics_too_many_dates", event.number, uid, limit=MOST_DATES_OF_FILE)
            self.problems.refuse()
        return [at for line in lines for at in self._tried(event, uid, lambda line=line: moments(line, zones))]

    def _given(self, event: Component, start: At, zones: Zones, uid: str) -> tuple[list[datetime], str]:
        """Return the moments that rule and hand-picked dates give, and the rule as it is kept.

        The rule is kept where it gives the same dates in Hà Nội's wall time, and no date but the first stands beside it.
        """
        rules = event.all("RRULE")
        if len(rules) > 1 or event.first("EXRULE") is not None:
            self.problems.add("ics_two_rules", event.number, uid)
            raise _Named
        picked = {at.moment for at in self._listed(event, "RDATE", zones, uid)} | {start.moment}
        if not rules:
            return sorted(picked), ""
        self._series += 1
        if self._series > MOST_SERIES:
            self.problems.add("ics_too_many_series", event.number, uid, limit=MOST_SERIES)
            self.problems.refuse()
        zone = HANOI if start.is_day else start.zone
        walls = self._expanded(rules[0].value, start.wall, zone, rules[0].number, uid)
        given = {at.replace(tzinfo=zone).astimezone(UTC) for at in walls}
        beside = picked - given - {start.moment}
        return sorted(given | picked), "" if beside else self._in_hanoi(rules[0].value, start.moment, sorted(given))

    def _expanded(self, rule: str, first: datetime, zone: tzinfo, line: int, uid: str) -> list[datetime]:
        try:
            return rule_dates(rule, first, zone)  # type: ignore[arg-type]  # Any tzinfo will do.
        except InvalidInput as error:
            for problem in error.problems:
                self._impossible += problem.reason == "rule_gives_no_date"
                self.problems.add(problem.reason, line, uid, **dict(problem.facts))
            if self._impossible >= MOST_IMPOSSIBLE:
                self.problems.refuse()
            raise _Named from None

    def _in_hanoi(self, rule: str, start: datetime, given: list[datetime]) -> str:
        first, last = (at.astimezone(HANOI).replace(tzinfo=None) for at in (start, given[-1]))
        try:
            kept = with_end(rule, last)
            again = rule_dates(kept, first)
        except InvalidInput:
            return ""
        return kept if [at.replace(tzinfo=HANOI).astimezone(UTC) for at in again] == given else ""

    def _put_over(self, slots: dict[datetime, ReadDate], differing: Iterable[Component], zones: Zones, uid: str, *, usual: timedelta,
                  zone: tzinfo, cancelling: bool, title: str = "") -> list[ReadDate]:
        """Put the dates that differ over those of the rule, by their RECURRENCE-ID; the newest of each."""
        for event in sorted(differing, key=lambda event: self._sequence(event, uid)):
            named = event.first("RECURRENCE-ID")
            if named is None or "RANGE" in named.parameters:
                self.problems.add("ics_range", event.number, uid)
                continue
            try:
                slot = self._tried(event, uid, lambda named=named: moments(named, zones))[0]
                at = slot.moment if not slot.is_day else next((one for one in slots if one.astimezone(zone).date() == slot.wall.date()), slot.moment)
                cancelled = cancelling or event.value("STATUS").upper() == "CANCELLED"
                if event.first("DTSTART") is None and cancelled:
                    span = Span(at, at + usual)
                else:
                    start = self._tried(event, uid, lambda event=event: self._start(event, zones))
                    span = self._tried(event, uid, lambda event=event, start=start: span_of(event, start, zones, usual=usual or None))
                    self._check_span(span, event, uid)
            except _Named:
                continue
            own = self._title(event, uid)
            slots[at] = ReadDate(at, span, own if own != title else "", cancelled)
        return sorted(slots.values(), key=lambda one: one.slot_at)

    def _count(self, dates: list[ReadDate], event: Component, uid: str) -> None:
        self._dates += len(dates)
        if self._dates > MOST_DATES_OF_FILE:
            self.problems.add("ics_too_many_dates", event.number, uid, limit=MOST_DATES_OF_FILE)
            self.problems.refuse()


class _Named(Exception):
    """This conference cannot be read; why has been noted."""


def _one_line(raw: str) -> str:
    return " ".join(raw.split())


