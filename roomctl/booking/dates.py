"""The dates of a wish, and for each whether its rooms are free: what the form lists before anything is saved."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from roomctl.booking import availability
from roomctl.booking.availability import RoomAnswer
from roomctl.booking.days_off import days_off_between
from roomctl.booking.lifecycle import LeftOut
from roomctl.booking.recurrence import LONGEST_SERIES, MOST_DAYS_OFF, slots
from roomctl.booking.visibility import Viewer
from roomctl.booking.wish import Take, Wish
from roomctl.errors import Conflict, InvalidInput, Problem
from roomctl.organisation.tables import User
from roomctl.rooms.tables import Room
from roomctl.timespan import Span, from_local, to_local


@dataclass(frozen=True, slots=True)
class Dated:
    """One date of a wish: where the series puts it, when it takes place, why it is left out, and what its rooms say.

    `taken` holds the answers of the rooms that are not free; `waits` is true where all of those are to be waited for.
    """

    slot_at: datetime
    span: Span
    left_out: LeftOut = LeftOut.NO
    taken: tuple[RoomAnswer, ...] = ()
    waits: bool = False

    @property
    def is_held(self) -> bool:
        return not self.left_out and (not self.taken or self.waits)

    @property
    def is_moved(self) -> bool:
        return self.slot_at != self.span.start


class DatesNotFree(Conflict):
    """Rooms are taken on some dates of a series; nothing was reserved."""

    def __init__(self, dates: Sequence[Dated]) -> None:
        super().__init__("dates_not_free", taken=sum(bool(one.taken) for one in dates), dates=len(dates))
        self.dates = list(dates)


def dates_of(wish: Wish) -> list[Dated]:
    """Return the dates of a wish, a single conference's being one; nothing is asked of the rooms yet.

    Raises InvalidInput for a rule that cannot be, and for dates of the series that would meet each other.
    """
    if wish.recurrence is None:
        return [Dated(wish.span.start, wish.span)]
    first = to_local(wish.span.start).replace(tzinfo=None)
    last = first + LONGEST_SERIES + timedelta(days=MOST_DAYS_OFF)
    found = slots(wish.recurrence, first, days_off_between(first.date(), last.date()))
    dated = [Dated(from_local(one.at.date(), one.at.time()), Span(start := from_local(one.held.date(), one.held.time()), start + wish.span.length),
                   one.left_out) for one in found]
    held = sorted((one.span for one in dated if not one.left_out), key=lambda span: span.start)
    if any(before.end > after.start for before, after in pairwise(held)):
        raise InvalidInput([Problem("rule", "dates_meet")])
    return dated


def with_answers(dates: Sequence[Dated], rooms: Sequence[Room], viewer: Viewer, *, wait_for: Collection[int] = (),
                 ignoring: Collection[int] = ()) -> list[Dated]:
    """Return the dates with what their rooms say; a date that was left out is not asked about."""
    asked = [one for one in dates if not one.left_out]
    free = availability.all_free_on(rooms, [one.span for one in asked], ignoring=ignoring)
    taken = [one for one, is_free in zip(asked, free, strict=True) if not is_free]
    answers = availability.answers_for_dates(rooms, [one.span for one in taken], viewer, ignoring=ignoring) if taken else []
    told = {}
    for one, of_date in zip(taken, answers, strict=True):
        not_free = tuple(answer for answer in of_date if not answer.is_free)
        waits = all(answer.room.id in wait_for and not answer.reasons for answer in not_free)
        told[one.slot_at] = replace(one, taken=not_free, waits=waits)
    return [told.get(one.slot_at, one) for one in dates]


def dates_answered(wish: Wish, rooms: Sequence[Room], *, by: User) -> list[Dated]:
    """Return the dates of a wish with what their rooms say to this person."""
    return with_answers(dates_of(wish), rooms, availability.viewer_of(by), wait_for=wish.wait_for)


def to_be_held(dates: Sequence[Dated], take: Take) -> list[Dated]:
    """Return the dates as they are to be stored: with Take.FREE those that are not free are left out.

    Raises DatesNotFree when nothing may be left out, or nothing would be left.
    """
    if take == Take.NONE and any(not one.is_held and not one.left_out for one in dates):
        raise DatesNotFree(dates)
    kept = [one if one.is_held or one.left_out else replace(one, left_out=LeftOut.CONFLICT) for one in dates]
    if not any(one.is_held for one in kept):
        raise DatesNotFree(dates)
    return kept
