"""How a reservation moves, and what that makes of the occurrence.  Pure; only the table moves a state."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from roomctl.errors import Conflict


class ReservationState(StrEnum):
    REQUESTED = "requested"
    GRANTED = "granted"
    REFUSED = "refused"
    RELEASED = "released"
    DISPLACED = "displaced"
    LAPSED = "lapsed"


ACTIVE = frozenset({ReservationState.REQUESTED, ReservationState.GRANTED})  # A request holds the slot.


class Event(StrEnum):
    GRANT = "grant"
    REFUSE = "refuse"
    RELEASE = "release"
    LAPSE = "lapse"


MOVES: dict[tuple[ReservationState, Event], ReservationState] = {
    (ReservationState.REQUESTED, Event.GRANT): ReservationState.GRANTED,
    (ReservationState.REQUESTED, Event.REFUSE): ReservationState.REFUSED,
    (ReservationState.REQUESTED, Event.RELEASE): ReservationState.RELEASED,
    (ReservationState.REQUESTED, Event.LAPSE): ReservationState.LAPSED,
    (ReservationState.GRANTED, Event.RELEASE): ReservationState.RELEASED,
}


def move(state: ReservationState, event: Event) -> ReservationState:
    """Return the next state; raise Conflict("already_decided") when the reservation is no longer where it was."""
    try:
        return MOVES[state, event]
    except KeyError:
        raise Conflict("already_decided", state=state) from None


class OccurrenceState(StrEnum):
    """Derived, never stored."""

    REQUESTED = "requested"
    GRANTED = "granted"
    NEEDS_ATTENTION = "needs_attention"
    CANCELLED = "cancelled"
    RUNNING = "running"
    HELD = "held"
    PAST = "past"


def occurrence_state(reservations: Iterable[ReservationState], *, cancelled: bool, running: bool, held: bool, over: bool) -> OccurrenceState:
    """Return what an occurrence is, from its reservations and its session.

    `running`: a session has started and not ended; `held`: one has ended; `over`: the planned end has passed.
    """
    states = set(reservations)
    if cancelled:
        return OccurrenceState.CANCELLED
    if running:
        return OccurrenceState.RUNNING
    if held:
        return OccurrenceState.HELD
    if states & {ReservationState.REFUSED, ReservationState.DISPLACED, ReservationState.LAPSED}:
        return OccurrenceState.NEEDS_ATTENTION
    if over:
        return OccurrenceState.PAST
    return OccurrenceState.REQUESTED if ReservationState.REQUESTED in states else OccurrenceState.GRANTED


def decision_deadline(start_at: datetime, requested_at: datetime) -> datetime:
    """Return start - min(24 h, half of the time there was) (design, booking rule 5)."""
    return start_at - min(timedelta(hours=24), (start_at - requested_at) / 2)
