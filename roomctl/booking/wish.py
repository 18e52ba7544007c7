"""What somebody asks for, and what is wrong with it.  Pure: the present moment is given."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from roomctl.booking.recurrence import Recurrence
from roomctl.errors import Problem
from roomctl.security_profiles.profile import Classification
from roomctl.text import TextRefused, clean_block, clean_line
from roomctl.timespan import LONGEST, Span

LONGEST_TEXT = {"title": 300, "code_name": 40, "on_behalf_of": 200, "attendees": 4000, "contact_name": 200, "contact_phone": 40}
MOST_ROOMS = 4000  # All communes, provinces and the centre may meet at once.
MOST_ROOMS_OF_SERIES = 400  # On each of its dates, of which there may be as many.


class Take(StrEnum):
    """Which dates of a series are booked when rooms are taken on some of them."""

    NONE = "none"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class Wish:
    """One conference as asked for; text is cleaned by `checked`."""

    span: Span
    room_ids: tuple[int, ...]
    host_room_id: int
    chair_id: int
    profile_id: int
    title: str = ""
    code_name: str = ""
    on_behalf_of: str = ""
    attendees: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    recurrence: Recurrence | None = None  # A series, of which `span` is the first date.
    take: Take = Take.NONE
    wait_for: frozenset[int] = frozenset()  # Of the rooms, those to wait for where they are taken.
    optional: frozenset[int] = frozenset()  # Of the rooms, those without which the conference takes place too.
    invited_ids: frozenset[int] = frozenset()
    contacts: Mapping[int, tuple[str, str]] = field(default_factory=dict)  # Name and phone of who is there, by room.


def checked(wish: Wish, *, classification: Classification, now: datetime) -> tuple[Wish, list[Problem]]:
    """Return the wish with its text cleaned, and everything that is wrong with it.

    From mật up a title is refused and only a code name is taken: nothing of the title may be kept anywhere.
    """
    problems = [*_time_problems(wish.span, now), *_room_problems(wish)]
    cleaned: dict[str, str] = {}
    for name, longest in LONGEST_TEXT.items():
        try:
            cleaned[name] = clean_text(name, getattr(wish, name))
        except TextRefused as error:
            problems.append(Problem(name, f"text_{error.reason}", (("limit", longest),)))
            cleaned[name] = ""
    refused = {problem.field for problem in problems}
    if classification.is_classified:
        if wish.title.strip():
            problems.append(Problem("title", "title_at_classified"))
        if wish.attendees.strip():
            problems.append(Problem("attendees", "attendees_at_classified"))
        if not cleaned["code_name"] and "code_name" not in refused:
            problems.append(Problem("code_name", "code_name_missing"))
        cleaned["title"] = cleaned["attendees"] = ""
    elif not cleaned["title"] and "title" not in refused:
        problems.append(Problem("title", "title_missing"))
    contacts = {}
    for room_id, (name, phone) in wish.contacts.items():
        try:
            contacts[room_id] = (clean_line(name, longest=200), clean_line(phone, longest=40))
        except TextRefused as error:
            problems.append(Problem("contacts", f"text_{error.reason}", (("limit", error.limit or 200),)))
    return replace(wish, **cleaned, contacts=contacts), problems


def clean_text(name: str, raw: str) -> str:
    """Return one of the texts of a conference, clean; raise TextRefused."""
    clean = clean_block if name == "attendees" else clean_line
    return clean(raw, longest=LONGEST_TEXT[name])


def span_problems(span: Span) -> list[Problem]:
    """Return what keeps a span from being held by a room, whenever it is."""
    if span.end <= span.start:
        return [Problem("end", "end_not_after_start")]
    return [Problem("end", "longer_than_seven_days")] if span.length > LONGEST else []


def _time_problems(span: Span, now: datetime) -> list[Problem]:
    return span_problems(span) or ([Problem("start", "start_in_the_past")] if span.start < now else [])


def _room_problems(wish: Wish) -> list[Problem]:
    problems = room_problems(wish.room_ids, wish.host_room_id, is_series=wish.recurrence is not None)
    if not problems and not (wish.wait_for | wish.optional | set(wish.contacts)) <= set(wish.room_ids):
        return [Problem("rooms", "unknown_room")]
    return problems


def room_problems(room_ids: tuple[int, ...], host_room_id: int, *, is_series: bool = False) -> list[Problem]:
    """Return what keeps rooms from being those of one conference, or of each date of a series."""
    if not room_ids:
        return [Problem("rooms", "no_rooms")]
    if len(set(room_ids)) != len(room_ids):
        return [Problem("rooms", "room_twice")]
    if len(room_ids) > MOST_ROOMS:
        return [Problem("rooms", "too_many_rooms", (("limit", MOST_ROOMS),))]
    if is_series and len(room_ids) > MOST_ROOMS_OF_SERIES:
        return [Problem("rooms", "too_many_rooms_of_series", (("limit", MOST_ROOMS_OF_SERIES),))]
    return [] if host_room_id in room_ids else [Problem("host_room", "host_room_not_among_rooms")]
