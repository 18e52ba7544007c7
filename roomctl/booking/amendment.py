"""What somebody wants to be different about a conference, and what is wrong with it.  Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime

from roomctl.booking.wish import clean_text
from roomctl.errors import InvalidInput, Problem
from roomctl.security_profiles.profile import Classification
from roomctl.text import TextRefused
from roomctl.timespan import Span, from_local, to_local

TEXTS = ("title", "code_name", "on_behalf_of", "attendees", "contact_name", "contact_phone")
OF_ONE_DATE = {"span", "title", "chair_id", "room_ids", "contacts"}  # The rest is the conference's, and the same on all its dates.


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """What is to be different; None leaves a thing as it is.  `span` is of the date that was named."""

    span: Span | None = None
    title: str | None = None
    code_name: str | None = None
    chair_id: int | None = None
    on_behalf_of: str | None = None
    attendees: str | None = None
    contact_name: str | None = None
    contact_phone: str | None = None
    profile_id: int | None = None
    room_ids: tuple[int, ...] | None = None
    host_room_id: int | None = None
    contacts: Mapping[int, tuple[str, str]] | None = None

    def named(self) -> set[str]:
        return {one.name for one in fields(self) if getattr(self, one.name) is not None}


def clean_texts(change: Amendment) -> dict[str, str]:
    """Return the texts that are to change, clean, by name; raise InvalidInput for what no screen should show."""
    texts, problems = {}, []
    for name in TEXTS:
        raw = getattr(change, name)
        try:
            if raw is not None:
                texts[name] = clean_text(name, raw)
        except TextRefused as error:
            problems.append(Problem(name, f"text_{error.reason}", (("limit", error.limit),)))
    if problems:
        raise InvalidInput(problems)
    return texts


def text_problems(texts: Mapping[str, str], classification: Classification, *, title: str, code_name: str) -> list[Problem]:
    """Return what is wrong with the texts at a classification; `title` and `code_name` are those the conference has now."""
    if not classification.is_classified:
        return [] if texts.get("title", title) else [Problem("title", "title_missing")]
    problems = [Problem(name, f"{name}_at_classified") for name in ("title", "attendees") if texts.get(name)]
    return problems if texts.get("code_name", code_name) else [*problems, Problem("code_name", "code_name_missing")]


def moved(moment: datetime, anchor: datetime, to: datetime) -> datetime:
    """Return where a date of a series goes when the one at `anchor` goes `to`: as many days on, at the same wall time as that one."""
    days = to_local(to).date() - to_local(anchor).date()
    return from_local(to_local(moment).date() + days, to_local(to).time())
