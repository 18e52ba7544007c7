"""Whether anybody came to a room that was booked alone: for which conferences that is asked, from when, and until when.  Pure.

A room is given back only where its own panel asked for long enough: a panel that is off, or that nobody has put up, is no sign
that nobody came.  Conferences of several rooms are never given back.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol

from roomctl.booking.lifecycle import ReservationState

CHECK_IN_EARLY = timedelta(minutes=10)  # From then on the panel counts down to the start and asks.
COME_WITHIN = timedelta(minutes=15)
NO_SHOW = "no_show"  # The rule under which a room is given back.


class Asked(Protocol):
    """A room that a conference was asked for with; `replaces_id` names the one it stands in for."""

    id: int
    state: ReservationState
    replaces_id: int | None


def in_one_room(reservations: Iterable[Asked]) -> bool:
    """True of a conference with one room only: those that were given up do not count, nor those that another stands in for.

    A room that was asked for and refused does: it was to be a conference of several rooms.
    """
    left = [one for one in reservations if one.state != ReservationState.RELEASED]
    replaced = {one.replaces_id for one in left}
    return sum(one.id not in replaced for one in left) == 1


def come_until(start_at: datetime, asked_at: datetime | None) -> datetime:
    """Return until when somebody must have said that they are there; a panel that began to ask late asks for as long all the same."""
    return max(start_at, asked_at or start_at) + COME_WITHIN
