"""The booking form: what was typed, turned into a wish, and a conference turned back into what one would type."""

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from werkzeug.datastructures import MultiDict

from roomctl.booking import tables
from roomctl.booking.dates import Dated
from roomctl.booking.lifecycle import ACTIVE, OnDayOff, ReservationState
from roomctl.booking.recurrence import Recurrence, Wanted, rule_of
from roomctl.booking.wish import Take, Wish
from roomctl.errors import InvalidInput, Problem
from roomctl.security_profiles.profile import Classification
from roomctl.security_profiles.tables import profile_by_id
from roomctl.timespan import Span, from_local, to_local
from roomctl.web.forms import Form, parse_day, parse_time
from roomctl.web.staff.chooser import chosen_in

# What the form offers: the frequency, and what of a month is meant.
REPEATS = {"day": ("day", "date"), "week": ("week", "date"), "month_date": ("month", "date"), "month_weekday": ("month", "weekday"),
           "month_last_weekday": ("month", "last_weekday"), "month_last_day": ("month", "last_day"), "year": ("year", "date")}
DATES = "dates"  # Days picked by hand.
PROPOSED_WEEKS = 12  # How long a series goes on when nobody said until when.
MOST_DAYS_TYPED = 400


def span_of(form: Form) -> Span | None:
    """Read day, start and end; an end before the start is left for the rules to refuse."""
    day, start, end = form.read("day", parse_day, "bad_date"), form.read("start", parse_time, "bad_time"), form.read("end", parse_time, "bad_time")
    if day is None or start is None or end is None:
        return None
    last = form.read("last_day", parse_day, "bad_date") if form.text("last_day").strip() else day
    return Span(from_local(day, start), from_local(last, end)) if last is not None else None


def recurrence_of(form: Form, span: Span) -> Recurrence | None:
    """Return how the conference repeats, or None when it does not; what is wrong is noted beside its field."""
    repeat = form.text("repeat")
    if repeat in ("", "no"):
        return None
    on_day_off = form.text("on_day_off")
    kept = OnDayOff(on_day_off) if on_day_off in set(OnDayOff) else OnDayOff.KEEP
    first = to_local(span.start).replace(tzinfo=None)
    if repeat == DATES:
        return Recurrence(days=_days_typed(form), on_day_off=kept)
    if repeat not in REPEATS:
        form.problems.append(Problem("repeat", "unknown_choice"))
        return None
    every, monthly = REPEATS[repeat]
    until = form.read("until", parse_day, "bad_date") if form.text("until").strip() else None
    count, interval = form.count("count"), form.count("interval") or 1
    if until is None and not count and not form.error("until"):
        until = first.date() + timedelta(weeks=PROPOSED_WEEKS)
        form.typed = MultiDict(form.typed)
        form.typed.setlist("until", [until.strftime("%d/%m/%Y")])
    try:
        return Recurrence(rule=rule_of(Wanted(every, interval, form.numbers("weekdays"), monthly, None if count else until, count), first),
                          on_day_off=kept)
    except InvalidInput as error:
        form.problems += error.problems
        return None


def _days_typed(form: Form) -> tuple[date, ...]:
    """Read days that stand between blanks, commas, semicolons or on lines of their own."""
    found, words = [], form.text("dates").replace(",", " ").replace(";", " ").split()
    for word in words[:MOST_DAYS_TYPED + 1]:
        try:
            found.append(parse_day(word))
        except ValueError:
            form.problems.append(Problem("dates", "bad_day_among_others", (("day", word[:20]),)))
            break
    return tuple(found)


def wish_of(form: Form, span: Span, recurrence: Recurrence | None) -> Wish:
    """Return the wish that the form says; the rules judge it."""
    room_ids = chosen_in(form)
    take = form.text("take")
    return Wish(span=span, room_ids=room_ids, host_room_id=form.number("host_room") or next(iter(room_ids), 0), chair_id=form.number("chair"),
                profile_id=form.number("profile"), title=form.text("title"), code_name=form.text("code_name"),
                on_behalf_of=form.text("on_behalf_of"), attendees=form.text("attendees"), contact_name=form.text("contact_name"),
                contact_phone=form.text("contact_phone"), recurrence=recurrence, take=Take(take) if take in set(Take) else Take.NONE,
                wait_for=frozenset(form.numbers("wait")) & frozenset(room_ids))


def seen_of(dates: Sequence[Dated]) -> str:
    """Return a digest of a list of dates and of what is taken on them: whoever sends it back has had just this list before their eyes."""
    told = [(one.slot_at.isoformat(), one.span.start.isoformat(), one.left_out, sorted(answer.room.id for answer in one.taken)) for one in dates]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:32]


def forget_classified_text(form: Form) -> None:
    """Blank a title or attendees typed at mật or above: they go nowhere, not even back onto the screen."""
    profile = profile_by_id(form.number("profile"))
    if profile is None or not Classification(profile.classification).is_classified:
        return
    form.typed = MultiDict(form.typed)
    for name in ("title", "attendees"):
        if form.text(name).strip():
            form.typed.setlist(name, [""])
            if not form.error(name):
                form.problems.append(Problem(name, f"{name}_at_classified"))


def as_typed(occurrence: tables.Occurrence) -> MultiDict[str, str]:
    """Return a date of a conference as its organizer would type it."""
    conference, start, end = occurrence.conference, to_local(occurrence.planned_start_at), to_local(occurrence.planned_end_at)
    fields: dict[str, Any] = {
        "day": start.strftime("%d/%m/%Y"), "start": start.strftime("%H:%M"), "end": end.strftime("%H:%M"),
        "last_day": end.strftime("%d/%m/%Y") if end.date() != start.date() else "", "title": occurrence.title or conference.title,
        "code_name": conference.code_name, "chair": occurrence.leader_id, "profile": conference.profile_id, "host_room": conference.host_room_id,
        "on_behalf_of": conference.on_behalf_of, "attendees": conference.attendees, "contact_name": conference.contact_name,
        "contact_phone": conference.contact_phone,
    }
    typed: MultiDict[str, str] = MultiDict({name: str(value) for name, value in fields.items()})
    typed.setlist("rooms", [str(held.room_id) for held in occurrence.reservations if held.state in (*ACTIVE, ReservationState.WAITING)])
    return typed
