"""Bringing in a calendar file: all of its conferences or none, and each of them once however often the file is sent."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, TypeVar

from sqlalchemy.exc import IntegrityError

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.booking import availability
from roomctl.booking.bridge_ports import settle_touched
from roomctl.booking.dates import DatesNotFree
from roomctl.booking.lifecycle import LeftOut
from roomctl.booking.recurrence import LONGEST_SERIES, MOST_DATES, Recurrence, rule_dates
from roomctl.booking.request import request_within
from roomctl.booking.tables import Conference, Occurrence
from roomctl.booking.wish import Wish
from roomctl.calendars import tables
from roomctl.calendars.lines import Problems
from roomctl.calendars.outcome import Brought, Choices, Done, Outcome
from roomctl.calendars.reading import ReadConference, ReadDate, ReadFile, Warned, read_calendar
from roomctl.calendars.renew import Renewal, add_date
from roomctl.database import db, lock_name, write_transaction
from roomctl.errors import Conflict, InvalidInput, NotAllowed, NotVisible, Problem, Refused
from roomctl.organisation import access
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User
from roomctl.rooms.tables import lock_rooms
from roomctl.security_profiles.profile import Classification
from roomctl.security_profiles.tables import profile_by_id
from roomctl.timespan import Span, from_local, to_local

MOST_CONFERENCES = 300
MOST_RESERVATIONS = 5_000  # What one transaction takes some seconds for, while others wait.
LONGEST_UID = 80  # As the store keeps it.
CHOSEN = {"rooms", "host_room", "chair", "profile"}  # Problems of these are of the form, not of one conference.

T = TypeVar("T")


class _OnlyTried(Exception):
    """Everything went well, and nothing is to stay."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


def bring_in(raw: bytes, choices: Choices, *, by: User | None, only_try: bool = False) -> Outcome:
    """Bring a calendar file in and say what was done with each conference; with `only_try`, what would be done.

    A UID that is known of the same organizer or unit is renewed when its SEQUENCE is higher, and left as it is otherwise.
    What has passed is left out with a warning.  Raises InvalidInput with everything that is wrong, each thing with its line
    and UID, and Conflict; nothing is stored then.
    """
    by = access.require(by, Action.REQUEST_CONFERENCE)
    profile = profile_by_id(choices.profile_id)
    if profile is not None and Classification(profile.classification).is_classified:
        raise InvalidInput([Problem("profile", "ics_profile_classified")])  # A file tells titles; from mật up none is taken.
    read = read_calendar(raw)
    try:
        with write_transaction():
            lock_name(f"calendar:{by.unit_id}")  # The same file sent twice at once finds what its twin made.
            lock_rooms(choices.room_ids)
            outcome = _Bringing(read, choices, by).carry_out()
            settle_touched()  # A try finds out too whether bridges have the ports.
            if only_try:
                raise _OnlyTried(outcome)
            trail.append(EventKind.CALENDAR_BROUGHT_IN, actor=by.id, subject=by.ref, unit=by.unit_id,
                         **{done.value: outcome.count(done) for done in Done})
    except _OnlyTried as tried:
        return tried.outcome
    except IntegrityError as error:
        raise Conflict("just_taken") from error
    return outcome


def stored_uids(uid: str, unit_id: int) -> tuple[str, str]:
    """Return the UIDs under which a conference from elsewhere may be kept: its own, or one made of it where that cannot be.

    One that is too long for the store, or is another unit's already, gets one of the importing unit's own.
    """
    made = f"{sha256(f'{unit_id}:{uid}'.encode()).hexdigest()[:40]}@roomctl"
    return (uid if len(uid) <= LONGEST_UID else made), made


class _Bringing:
    """One file under way, inside its transaction; what is wrong is gathered and raised at the end."""

    def __init__(self, read: ReadFile, choices: Choices, by: User) -> None:
        self.read, self.choices, self.by, self.now = read, choices, by, clock.now()
        self.problems, self.of_form = Problems(), list[Problem]()
        self.warnings = list(read.warnings)
        self._reservations = 0

    def carry_out(self) -> Outcome:
        brought = []
        for number, found in enumerate(self.read.conferences):
            if number >= MOST_CONFERENCES:
                self.problems.add("ics_too_many_conferences", found.line, found.uid, limit=MOST_CONFERENCES)
                break
            one = self._bring(found)
            if one is not None:
                brought.append(one)
            if self.of_form:
                break  # It would be wrong with every other one too.
        if self.of_form or self.problems.found:
            raise InvalidInput([*dict.fromkeys(self.of_form), *self.problems.found])
        return Outcome(tuple(brought), tuple(self.warnings))

    def _bring(self, found: ReadConference) -> Brought | None:
        ahead = tuple(one for one in found.dates if not one.cancelled and one.span.start >= self.now)
        line = Brought(Done.SKIPPED, found.title, found.line, tuple(one.span for one in ahead))
        uid, known = self._known(found.uid)
        if known is not None:
            renewal = Renewal(known, found, ahead, by=self.by, now=self.now, warn=lambda reason: self._warn(reason, found))
            done = self._tried(found, renewal.carry_out)
            return replace(line, done=done, conference_id=known.id, title=found.title or known.title) if done is not None else None
        if found.cancelled or not ahead:
            self._warn("ics_cancel_unknown" if found.cancelled else "ics_all_past", found)
            return line
        if any(not one.cancelled and one.span.start < self.now for one in found.dates):
            self._warn("ics_past_left_out", found)
        self._reservations += len(ahead) * len(self.choices.room_ids)
        if self._reservations > MOST_RESERVATIONS:
            self.problems.add("ics_too_much", found.line, found.uid, limit=MOST_RESERVATIONS)
            self.problems.refuse()
        conference = self._tried(found, lambda: self._created(found, ahead, uid))
        return replace(line, done=Done.CREATED, conference_id=conference.id) if conference is not None else None

    def _known(self, uid: str) -> tuple[str, Conference | None]:
        """Return the UID to keep a conference under, and the one that is kept already."""
        own, made = stored_uids(uid, self.by.unit_id)
        there = {one.uid: one for one in tables.conferences_for_update({own, made})}
        mine = [one for one in there.values() if one.organizer_id == self.by.id or one.unit_id == self.by.unit_id]
        return (made if own in there else own), (mine[0] if mine else None)

    def _warn(self, reason: str, found: ReadConference) -> None:
        self.warnings.append(Warned(reason, found.line, found.uid))

    def _tried(self, found: ReadConference, step: Callable[[], T]) -> T | None:
        """Return what a step returns; note what is wrong, so that everything is known before anybody mends the file."""
        try:
            return step()
        except InvalidInput as error:
            for problem in error.problems:
                if problem.field in CHOSEN:
                    self.of_form.append(problem)
                else:
                    self.problems.add(problem.reason, found.line, found.uid, **dict(problem.facts))
        except availability.RoomsNotFree as error:
            self._not_free(found, error.answers, found.dates[0].span if found.dates else None)
        except DatesNotFree as error:
            for one in error.dates:
                if one.taken:
                    self._not_free(found, one.taken, one.span)
        except Refused as error:
            self.problems.add(error.reason, found.line, found.uid, **error.facts)
        except (NotAllowed, NotVisible):
            self.problems.add("ics_of_a_colleague", found.line, found.uid)
        return None

    def _not_free(self, found: ReadConference, answers: Sequence[availability.RoomAnswer], span: Span | None) -> None:
        room = next((one.room.name for one in answers if not one.is_free), "")
        self.problems.add("ics_room_taken", found.line, found.uid, room=room, at=span.start if span is not None else self.now)

    def _created(self, found: ReadConference, ahead: tuple[ReadDate, ...], uid: str) -> Conference:
        if len(ahead) > MOST_DATES:
            raise InvalidInput([Problem("file", "too_many_dates", (("limit", MOST_DATES),))])
        if ahead[-1].slot_at - ahead[0].slot_at > LONGEST_SERIES:
            raise InvalidInput([Problem("file", "series_too_long", (("limit", MOST_DATES),))])
        usual = _usual(ahead)
        wish = Wish(span=usual[0].span, room_ids=self.choices.room_ids, host_room_id=self.choices.host_room_id, chair_id=self.choices.chair_id,
                    profile_id=self.choices.profile_id, title=found.title or usual[0].title, attendees=found.attendees)
        if found.is_series:
            # The dates as they stand, not the rule: a room is asked for on no date that the file takes off.
            wish = replace(wish, recurrence=Recurrence(days=tuple(to_local(one.span.start).date() for one in usual)))
        conference = request_within(wish, by=self.by, uid=uid)
        conference.sequence = found.sequence
        if found.is_series:
            self._dress(conference, found, usual)
            for one in ahead:
                if one not in usual:
                    add_date(conference, one, self.choices.room_ids, by=self.by)
            keep_rule(conference, found, ahead, now=self.now)
        db.session.flush()
        return conference

    def _dress(self, conference: Conference, found: ReadConference, usual: Sequence[ReadDate]) -> None:
        """Give the dates what is their own: where the series puts them, and their title."""
        by_start = {one.span.start: one for one in usual}
        for occurrence in conference.occurrences:
            own = by_start[occurrence.planned_start_at]
            occurrence.title = own.title if own.title != conference.title else ""
            if own.is_moved:
                occurrence.slot_at = own.slot_at
                trail.append(EventKind.DATE_ADDED, actor=self.by.id, subject=conference.ref, unit=conference.unit_id,
                             classification=conference.classification, occurrence=occurrence.id, rooms=sorted(self.choices.room_ids))


def keep_rule(conference: Conference, found: ReadConference, ahead: Sequence[ReadDate], *, now: datetime) -> None:
    """Let a series have the file's rule where that gives its dates; what the file takes off is kept as a date left out."""
    given = sorted(at for at in {*(one.slot_at for one in found.dates), *found.taken_off} if at >= now)
    if not found.rule or not given:
        return
    first = to_local(given[0]).replace(tzinfo=None)
    try:
        again = {from_local(at.date(), at.time()) for at in rule_dates(found.rule, first)}
    except InvalidInput:
        return
    if not again <= set(given) <= again | {given[0]}:
        return
    conference.rule, conference.wall_start = found.rule, f"{first:%Y-%m-%dT%H:%M}"
    there, length = {one.slot_at for one in ahead}, ahead[0].span.length
    for at in given:
        if at not in there:
            db.session.add(Occurrence(conference=conference, slot_at=at, planned_start_at=at, planned_end_at=at + length,
                                      left_out=LeftOut.DAY_OFF, cancelled_at=now))


def _usual(ahead: Sequence[ReadDate]) -> list[ReadDate]:
    """Return the dates that take place where the series puts them, at one hour and for one length: most of them."""

    def kind(one: ReadDate) -> tuple[Any, timedelta]:
        return to_local(one.span.start).time(), one.span.length

    at_place = [one for one in ahead if not one.is_moved] or list(ahead[:1])
    most, _ = Counter(kind(one) for one in at_place).most_common(1)[0]
    return [one for one in at_place if kind(one) == most]
