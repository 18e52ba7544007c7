"""Calendar feeds: an address that shows a calendar program what one person may see, as it is when it is asked.

The address is the credential: long, shown once, and only its SHA-256 is kept.  Whether anything has changed is found from
the marks of the occurrences concerned, without building the calendar.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.booking.availability import viewer_of
from roomctl.booking.tables import occurrences_by_ids
from roomctl.booking.viewed import note_views
from roomctl.booking.visibility import Viewer, view
from roomctl.calendars import tables
from roomctl.calendars.writing import as_feed
from roomctl.database import write_transaction
from roomctl.errors import InvalidInput, NotSignedIn, NotVisible, Problem, Refused
from roomctl.organisation.access import can
from roomctl.organisation.roles import Action
from roomctl.organisation.signin import token_hash
from roomctl.organisation.tables import User, unit_by_id
from roomctl.organisation.unit_tables import unit_of_today
from roomctl.rooms.tables import room_by_id
from roomctl.security_profiles.profile import Classification
from roomctl.timespan import Span, day_span, to_local

BEHIND, AHEAD = timedelta(days=31), timedelta(days=366)
MOST_FEEDS = 50
ME = "me"
_FORM = "1"  # Raised when the same occurrences are written differently.


@dataclass(frozen=True, slots=True)
class Feed:
    """An open feed: what it is called, which state it is in, and the calendar itself when it is wanted."""

    name: str
    etag: str
    marks: tables.Marks
    viewer: Viewer
    window: Span

    def calendar(self) -> bytes:
        found = occurrences_by_ids(self.marks).values()
        classified = [view(one.facts(), self.viewer) for one in found if Classification(one.conference.classification).is_classified]
        if note_views(self.viewer.user_id, classified, where="feed"):
            found = occurrences_by_ids(self.marks).values()  # All at once, since writing has let go of what was read.
        return as_feed(sorted(found, key=lambda one: (one.planned_start_at, one.id)), self.viewer, name=self.name, window=self.window)


def make_feed(subject: str, *, by: User | None) -> str:
    """Make an address for "me", "room:7" or "unit:3" and return its token, this once.

    Raises NotSignedIn, InvalidInput for what `by` may not see or what does not exist, and Refused("too_many_feeds").
    """
    if by is None or not by.active:
        raise NotSignedIn
    if not name_of(subject, by):
        raise InvalidInput([Problem("subject", "unknown_choice")])
    token = secrets.token_urlsafe(32)
    with write_transaction() as session:
        if tables.feeds_count(by.id) >= MOST_FEEDS:
            raise Refused("too_many_feeds", limit=MOST_FEEDS)
        feed = tables.CalendarFeed(user_id=by.id, subject=subject, token_hash=token_hash(token), created_at=clock.now())
        session.add(feed)
        session.flush()
        trail.append(EventKind.CALENDAR_FEED_MADE, actor=by.id, subject=by.ref, unit=by.unit_id, feed=feed.id, of=subject)
    return token


def revoke_feed(feed_id: int, *, by: User | None) -> None:
    """Revoke one of one's own addresses; it is dead at once.  Raises NotVisible for any other."""
    with write_transaction():
        feed = tables.feed_for_update(feed_id)
        if feed is None or by is None or feed.user_id != by.id:
            raise NotVisible
        if feed.revoked_at is None:
            feed.revoked_at = clock.now()
            trail.append(EventKind.CALENDAR_FEED_REVOKED, actor=by.id, subject=by.ref, unit=by.unit_id, feed=feed.id, of=feed.subject)


def feeds_of(user: User) -> list[tuple[tables.CalendarFeed, str]]:
    """Return a person's feeds, each with the name of what it shows; empty for what they may not see any more."""
    return [(feed, name_of(feed.subject, user)) for feed in tables.feeds_of(user.id)]


def name_of(subject: str, user: User) -> str:
    """Return what a feed is called, or an empty string for what does not exist or `user` may not see."""
    kind, _, number = subject.partition(":")
    if subject == ME:
        return user.name
    if not (number.isascii() and number.isdigit() and len(number) < 10 and can(user, Action.SEE_WEEK)):
        return ""
    if kind == "room":
        room = room_by_id(int(number))
        return f"{room.name} – {room.unit.name}" if room is not None and room.retired_at is None else ""
    unit = unit_by_id(int(number)) if kind == "unit" else None
    return unit_of_today(unit).name if unit is not None else ""


def open_feed(token: str) -> Feed:
    """Return the feed of an address; raise NotVisible when it is unknown or revoked, or its person may not see this (any more)."""
    row = tables.feed_by_hash(token_hash(token))
    if row is None or not row.user.active:
        raise NotVisible
    name = name_of(row.subject, row.user)
    if not name:
        raise NotVisible
    viewer, today = viewer_of(row.user), day_span(to_local(clock.now()).date()).start
    window = Span(today - BEHIND, today + AHEAD)
    marks = _marks(row, window)
    seen_by = (viewer.user_id, viewer.unit_id, sorted(viewer.decides_for), viewer.audits, sorted(viewer.took_over))
    state = repr((_FORM, row.id, name, seen_by, today, sorted(marks.items())))
    return Feed(name, sha256(state.encode()).hexdigest()[:32], marks, viewer, window)


def _marks(feed: tables.CalendarFeed, window: Span) -> tables.Marks:
    kind, _, number = feed.subject.partition(":")
    if kind == "room":
        return tables.marks_of_rooms([int(number)], window)
    if kind == "unit":
        return tables.marks_of_unit(unit_of_today(unit_by_id(int(number))).id, window)
    return tables.marks_of_person(feed.user_id, window)
