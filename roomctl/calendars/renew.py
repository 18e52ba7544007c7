"""A conference that is here already, renewed from a newer file; inside the transaction of whoever brings the file in."""

from collections.abc import Callable, Sequence
from datetime import datetime

from roomctl.booking import availability
from roomctl.booking.amend import Amendment, amend_within
from roomctl.booking.cancel import cancel_within
from roomctl.booking.dates import Dated, DatesNotFree
from roomctl.booking.scope import Scope, concerned, place_of
from roomctl.booking.series import put_date
from roomctl.booking.tables import Conference, Occurrence
from roomctl.calendars.outcome import Done
from roomctl.calendars.reading import ReadConference, ReadDate
from roomctl.database import db
from roomctl.errors import InvalidInput, Problem
from roomctl.organisation import access
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User
from roomctl.rooms.tables import lock_rooms


class Renewal:
    """One conference and what the file says of it now.  `ahead` are the file's standing dates that have not begun."""

    def __init__(self, conference: Conference, found: ReadConference, ahead: Sequence[ReadDate], *, by: User, now: datetime,
                 warn: Callable[[str], None]) -> None:
        self.conference, self.found, self.ahead, self.by, self.now, self.warn = conference, found, ahead, by, now, warn
        self._changed = False

    def carry_out(self) -> Done:
        """Renew the conference where the file is newer; an equal or lower SEQUENCE changes nothing (RFC 5546, 2.1.5)."""
        conference, found = self.conference, self.found
        if found.cancelled:
            return self._cancel_all()
        if found.sequence <= conference.sequence:
            return Done.UNCHANGED
        if conference.cancelled_at is not None:
            self.warn("ics_stays_cancelled")
            return Done.UNCHANGED
        if found.is_series and not found.is_part and not conference.is_series:
            raise InvalidInput([Problem("file", "ics_became_series")])
        if not self.ahead and not any(one.cancelled for one in found.dates):
            self.warn("ics_all_past")
            return Done.UNCHANGED
        self._rename()
        if conference.is_series:
            self._renew_dates()
        elif self.ahead:
            self._amend(conference.occurrences[0], Amendment(span=self.ahead[0].span), Scope.ALL)
        # The file's number, not one for each step: its next one must not look older than this.
        conference.sequence = found.sequence
        db.session.flush()
        return Done.CHANGED if self._changed else Done.UNCHANGED

    def _standing(self) -> dict[datetime, Occurrence]:
        """Return the dates that stand and have not begun, by where the series puts them."""
        return {place_of(one): one for one in self.conference.occurrences
                if one.cancelled_at is None and one.planned_start_at > self.now and one.actual_start_at is None}

    def _is_all_ahead(self) -> bool:
        return all(one.planned_start_at > self.now for one in self.conference.occurrences if one.cancelled_at is None)

    def _rename(self) -> None:
        """Take over title and attendees; where dates lie behind, which never change, on each date ahead by itself."""
        conference, found, standing = self.conference, self.found, self._standing()
        if found.is_part or not standing:
            return
        texts = {name: text for name, text in (("title", found.title), ("attendees", found.attendees)) if text and text != getattr(conference, name)}
        if texts and self._is_all_ahead():
            self._amend(next(iter(standing.values())), Amendment(**texts), Scope.ALL)
        elif "title" in texts:
            for one in standing.values():
                if one.title != found.title:
                    self._amend(one, Amendment(title=found.title), Scope.THIS)

    def _renew_dates(self) -> None:
        wanted, standing = {one.slot_at: one for one in self.ahead}, self._standing()
        if wanted and standing and not self.found.is_part and not set(wanted) & set(standing) and self._is_all_ahead():
            first = min(standing)
            self._amend(standing[first], Amendment(span=wanted[min(wanted)].span), Scope.ALL)  # All of it takes place at another time.
            standing = self._standing()
        gone = {one.slot_at for one in self.found.dates if one.cancelled} if self.found.is_part else set(standing) - set(wanted)
        self._cancel([standing[at] for at in sorted(gone & set(standing))], others_follow=bool(wanted))
        for at, date in sorted(wanted.items()):
            if at in standing:
                one, title = standing[at], date.title or (self.found.title if not self.found.is_part else "")
                if one.span != date.span:
                    self._amend(one, Amendment(span=date.span), Scope.THIS)
                if title and title != (one.title or self.conference.title):
                    self._amend(one, Amendment(title=title), Scope.THIS)
            elif any(place_of(one) == at for one in self.conference.occurrences):
                self.warn("ics_stays_cancelled")  # Somebody here cancelled that date, or left it out.
            else:
                pattern = next(iter(standing.values()), None) or self.conference.occurrences[0]
                add_date(self.conference, date, [held.room_id for held in pattern.standing] or [self.conference.host_room_id], by=self.by,
                         like=pattern)
                self._changed = True

    def _amend(self, one: Occurrence, change: Amendment, scope: Scope) -> None:
        before = self.conference.sequence
        by = access.require(self.by, Action.AMEND_CONFERENCE, one)
        amend_within(self.conference, one, change, scope=scope, by=by)
        self._changed |= self.conference.sequence != before

    def _cancel_all(self) -> Done:
        if self.conference.cancelled_at is not None or self.found.sequence < self.conference.sequence:
            return Done.UNCHANGED
        self._cancel(concerned(self.conference.occurrences, self.conference.occurrences[0], Scope.ALL, now=self.now))
        self.conference.sequence = max(self.found.sequence, self.conference.sequence)
        return Done.CANCELLED

    def _cancel(self, gone: Sequence[Occurrence], *, others_follow: bool = False) -> None:
        if gone:
            cancel_within(self.conference, gone, by=self.by, reason="", others_follow=others_follow)
            self._changed = True


def add_date(conference: Conference, one: ReadDate, room_ids: Sequence[int], *, by: User, like: Occurrence | None = None) -> None:
    """Add a date to a series where it takes place, inside the caller's transaction; raise DatesNotFree where a room is taken then."""
    found = lock_rooms(room_ids)
    rooms = [found[room_id] for room_id in room_ids if room_id in found]
    if not availability.all_free(rooms, one.span):
        answers = availability.answers_for(rooms, one.span, availability.viewer_of(by))
        raise DatesNotFree([Dated(one.slot_at, one.span, taken=tuple(answer for answer in answers if not answer.is_free))])
    occurrence = Occurrence(conference=conference, slot_at=one.slot_at, planned_start_at=one.span.start, planned_end_at=one.span.end,
                            title=one.title if one.title != conference.title else "")
    put_date(conference, occurrence, rooms, by=by, like=like)
