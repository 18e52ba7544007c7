"""Conferences as iCalendar text (RFC 5545), as much of each as the viewer may know.

A single conference is written in UTC.  A series is one event with its rule in the wall time of its zone, and beside it one
event for each date that differs; expanded again it gives exactly the dates that stand.  What a viewer may only know as
busy says when and nothing else, under a UID that leads nowhere.
"""

import hmac
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from flask import current_app
from icalendar import Calendar, Event, Timezone, vCalAddress, vDuration, vRecur

from roomctl import clock
from roomctl.booking import tables
from roomctl.booking.recurrence import rule_dates, with_end
from roomctl.booking.visibility import Busy, CodeName, Full, Viewer, view
from roomctl.config import Settings
from roomctl.errors import InvalidInput
from roomctl.timespan import Span

PRODUCT = "-//roomctl//roomctl//VI"
BUSY = "Bận"
ASK_AGAIN = timedelta(minutes=15)  # How soon a calendar program should look whether a feed has changed.

Person = tuple[str, str, str]  # Name, mail address, and what they answered: "", accepted, declined, tentative.


@dataclass(frozen=True, slots=True)
class _Told:
    """What is written of one date beside its times; equal for all dates of a series that need no event of their own."""

    summary: str
    location: str = ""
    description: str = ""
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class _Date:
    """One date of a conference: where the series puts it, when it takes place, and what is told of it."""

    slot_at: datetime
    span: Span
    told: _Told


@dataclass(frozen=True, slots=True)
class _Head:
    """What all events of one conference share."""

    uid: str
    sequence: int
    stamp: datetime
    people: tuple[Person, ...] = ()
    organizer: tuple[str, str] | None = None


def as_calendar(conference: tables.Conference, viewer: Viewer, *, occurrence: tables.Occurrence | None = None, method: str = "",
                people: Iterable[Person] = (), organizer: tuple[str, str] | None = None) -> bytes:
    """Return a conference, or one date of it, as the file of a calendar program.

    `method` (REQUEST, CANCEL) makes it a message to `people`, each (name, mail address, answer), from `organizer` (name,
    mail address); a CANCEL says of every event that it is cancelled.  One date of a series is told by its RECURRENCE-ID.
    """
    calendar = _calendar(method)
    dates = [occurrence] if occurrence is not None else list(conference.occurrences)
    known, busy, uid = _seen(conference, dates, viewer, cancelled=method == "CANCEL")
    head = _Head(uid, conference.sequence, clock.now() if method else _last_change(dates), tuple(people), organizer)
    if known and not conference.is_series:
        calendar.add_component(_single(head, known[0]))
    elif known and occurrence is not None:
        _add_zone(calendar, conference.timezone)
        calendar.add_component(_one_of_series(head, known[0], ZoneInfo(conference.timezone)))
    elif known:
        _add_zone(calendar, conference.timezone)
        for event in _series(head, conference, known, None):
            calendar.add_component(event)
    for one in () if method else busy:  # A message is about one UID (RFC 5546, 3.2).
        calendar.add_component(_busy(one, head.stamp))
    return calendar.to_ical()


def as_feed(occurrences: Sequence[tables.Occurrence], viewer: Viewer, *, name: str, window: Span) -> bytes:
    """Return the occurrences of a window, which all stand, as the calendar of a feed.

    A series is written from its first date within the window to the last, so that nothing outside is told or missed.
    """
    calendar = _calendar("")
    for label in ("name", "x-wr-calname"):
        calendar.add(label, name)
    calendar.add("refresh-interval", vDuration(ASK_AGAIN), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(ASK_AGAIN))
    events, zones, today = [], set(), clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    by_conference: dict[int, list[tables.Occurrence]] = {}
    for occurrence in occurrences:
        by_conference.setdefault(occurrence.conference_id, []).append(occurrence)
    for dates in by_conference.values():
        conference = dates[0].conference
        known, busy, uid = _seen(conference, dates, viewer, cancelled=False)
        head = _Head(uid, conference.sequence, _last_change(dates))
        if known and conference.is_series:
            zones.add(conference.timezone)
            events += _series(head, conference, known, window)
        else:
            events += [_single(head, one) for one in known]
        events += [_busy(one, today) for one in busy]
    for zone in sorted(zones):
        _add_zone(calendar, zone)
    for event in events:
        calendar.add_component(event)
    return calendar.to_ical()


def stands(occurrence: tables.Occurrence) -> bool:
    return occurrence.cancelled_at is None and not occurrence.left_out


def hidden_uid(what: str) -> str:
    """Return a UID that is always the same for a thing and says nothing of it."""
    settings: Settings = current_app.config["SETTINGS"]
    return f"{hmac.new(settings.secret('calendar-key'), what.encode(), 'sha256').hexdigest()[:32]}@roomctl"


def _calendar(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    if method:
        calendar.add("method", method)
    return calendar


def _seen(conference: tables.Conference, dates: Iterable[tables.Occurrence], viewer: Viewer, *,
          cancelled: bool) -> tuple[list[_Date], list[tuple[int, Span]], str]:
    """Divide dates into those of which something may be told and the (id, span) of those that are only busy; name the former's UID."""
    known, busy, is_full = [], [], False
    for one in dates:
        shown, off = view(one.facts(), viewer), cancelled or not stands(one)
        match shown:
            case Full():
                is_full = True
                told = _Told(shown.title, ", ".join(shown.sites), _description(shown), off)
                known.append(_Date(one.slot_at or one.planned_start_at, shown.span, told))
            case CodeName():
                known.append(_Date(one.slot_at or one.planned_start_at, shown.span, _Told(shown.code_name, cancelled=off)))
            case Busy() if not off:
                busy.append((one.id, shown.span))
    # A UID that came from elsewhere may be made of the title.
    return known, busy, conference.uid if is_full else hidden_uid(conference.ref)


def _description(shown: Full) -> str:
    lines = [("Chủ trì", shown.chair), ("Đăng ký thay cho", shown.on_behalf_of), ("Thành phần", shown.attendees), ("Đầu mối", shown.contact)]
    return "\n".join(f"{label}: {words}" for label, words in lines if words)


def _last_change(dates: Sequence[tables.Occurrence]) -> datetime:
    """Return when a file's content last changed, which is its stamp (RFC 5545, 3.8.7.2)."""
    return max(one.changed_at or one.conference.created_at for one in dates)


def _single(head: _Head, one: _Date) -> Event:
    event = _event(head, one.told)
    event.add("dtstart", one.span.start.astimezone(UTC))
    event.add("dtend", one.span.end.astimezone(UTC))
    return event


def _one_of_series(head: _Head, one: _Date, zone: ZoneInfo) -> Event:
    event = _event(head, one.told)
    event.add("recurrence-id", one.slot_at.astimezone(zone))
    event.add("dtstart", one.span.start.astimezone(zone))
    event.add("dtend", one.span.end.astimezone(zone))
    return event


def _busy(one: tuple[int, Span], stamp: datetime) -> Event:
    occurrence_id, span = one
    return _single(_Head(hidden_uid(f"occurrence:{occurrence_id}"), 0, stamp), _Date(span.start, span, _Told(BUSY)))


def _event(head: _Head, told: _Told) -> Event:
    event = Event()
    event.add("uid", head.uid)
    event.add("sequence", head.sequence)
    event.add("dtstamp", head.stamp.astimezone(UTC))
    event.add("status", "CANCELLED" if told.cancelled else "CONFIRMED")
    event.add("summary", told.summary)
    for name, words in (("location", told.location), ("description", told.description)):
        if words:
            event.add(name, words)
    if head.organizer is not None and _is_address(head.organizer[1]):
        event.add("organizer", _address(*head.organizer))
    for name, mail, answer in head.people:
        if _is_address(mail):
            person = _address(name, mail)
            person.params["ROLE"] = "REQ-PARTICIPANT"
            person.params["PARTSTAT"] = (answer or "needs-action").upper()
            if not answer and not told.cancelled:
                person.params["RSVP"] = "TRUE"
            event.add("attendee", person)
    return event


def _is_address(mail: str) -> bool:
    """True of what may stand behind "mailto:", where nothing is escaped."""
    return "@" in mail and mail.isprintable() and not set(mail) & set(' ",;:<>')


def _address(name: str, mail: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{mail}")
    if name:
        address.params["CN"] = name
    return address


def _series(head: _Head, conference: tables.Conference, dates: Sequence[_Date], window: Span | None) -> list[Event]:
    """Return the event of the whole series, and one for each date that differs from it."""
    zone = ZoneInfo(conference.timezone)
    standing = {one.slot_at: one for one in dates if not one.told.cancelled}
    is_over = not standing  # All of it is cancelled: the series says so as a whole.
    kept = standing or {one.slot_at: one for one in dates}
    given = _given(conference, zone, window)
    usual = [one for one in kept.values() if one.span.start == one.slot_at] or list(kept.values())
    (told, length), _ = Counter((one.told, one.span.length) for one in usual).most_common(1)[0]
    start = _start(conference, zone, given, kept, window)
    event = _event(head, told)
    event.add("dtstart", start.astimezone(zone))
    event.add("dtend", (start + length).astimezone(zone))
    if given:
        rule = with_end(conference.rule, given[-1].astimezone(zone).replace(tzinfo=None), zone)
        event.add("rrule", vRecur.from_ical(rule))
    added = sorted(set(kept) - set(given) - (set() if given else {start}))
    taken_off = [] if is_over else sorted(set(given) - set(standing))
    for name, moments in (("rdate", added), ("exdate", taken_off)):
        if moments:
            event.add(name, [at.astimezone(zone) for at in moments])
    differing = [] if is_over else [one for one in standing.values() if one.span != Span(one.slot_at, one.slot_at + length) or one.told != told]
    return [event, *(_one_of_series(head, one, zone) for one in sorted(differing, key=lambda one: one.slot_at))]


def _given(conference: tables.Conference, zone: ZoneInfo, window: Span | None) -> list[datetime]:
    """Return the moments that the rule gives, within the window; none for dates picked by hand."""
    if not conference.rule:
        return []
    try:
        dates = rule_dates(conference.rule, datetime.fromisoformat(conference.wall_start), zone)
    except InvalidInput:
        return []  # A rule that nobody can expand any more: the dates themselves are what counts.
    moments = [at.replace(tzinfo=zone).astimezone(UTC) for at in dates]
    return [at for at in moments if window is None or window.start <= at < window.end]


def _start(conference: tables.Conference, zone: ZoneInfo, given: Sequence[datetime], kept: Collection[datetime],
           window: Span | None) -> datetime:
    """Return where the series begins: on a date of its rule, so that "every second week" counts from the right one."""
    if not given:
        return min(kept)
    first = datetime.fromisoformat(conference.wall_start).replace(tzinfo=zone).astimezone(UTC)
    return first if window is None and first in kept else given[0]


@lru_cache
def _zone_table(name: str) -> bytes:
    return Timezone.from_tzid(name, first_date=date(2020, 1, 1), last_date=date(2038, 1, 1)).to_ical()


def _add_zone(calendar: Calendar, name: str) -> None:
    zone = Timezone.from_ical(_zone_table(name))
    zone.pop("COMMENT", None)
    calendar.add_component(zone)
