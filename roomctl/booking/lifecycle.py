"""How a reservation moves, and what that makes of the occurrence.  Pure; only the table moves a state."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from roomctl.errors import Conflict


class ReservationState(StrEnum):
    REQUESTED = "requested"
    GRANTED = "granted"
    REFUSED = "refused"
    RELEASED = "released"
    DISPLACED = "displaced"
    LAPSED = "lapsed"
    WAITING = "waiting"  # Holds nothing: the room was taken, and is asked for as soon as its holder lets it go.


ACTIVE = frozenset({ReservationState.REQUESTED, ReservationState.GRANTED})  # A request holds the slot.
LOST = frozenset({ReservationState.REFUSED, ReservationState.DISPLACED, ReservationState.LAPSED})  # Asked for, and not to be had.


class Event(StrEnum):
    GRANT = "grant"
    REFUSE = "refuse"
    RELEASE = "release"
    LAPSE = "lapse"
    UNDO = "undo"  # The approver takes a fresh decision back.
    ASK_AGAIN = "ask_again"  # What was granted has changed: another time, a longer one, another profile.
    DISPLACE = "displace"
    CANNOT_SERVE = "cannot_serve"  # All that a unit can answer to a mandatory conference.
    COME_NEXT = "come_next"  # The holder has let go; the one who waited holds the room now.
    WAIT_AGAIN = "wait_again"  # The decision for another, which refused this one, was taken back.
    TAKE = "take"  # A mandatory conference takes the place of those it displaces.


class Change(StrEnum):
    """Why a reservation waits for a decision: it is new, or what changed of it."""

    NEW = "new"
    TIME = "time"
    LONGER = "longer"
    ROOM = "room"
    PROFILE = "profile"


class LeftOut(StrEnum):
    """Why a date of a series was never booked."""

    NO = ""
    CONFLICT = "conflict"
    DAY_OFF = "day_off"


class OnDayOff(StrEnum):
    """What a series does with a date that falls on a holiday or a weekend that is not worked."""

    KEEP = "keep"
    SKIP = "skip"
    MOVE = "move"  # To the next working day.


MOVES: dict[tuple[ReservationState, Event], ReservationState] = {
    (ReservationState.REQUESTED, Event.GRANT): ReservationState.GRANTED,
    (ReservationState.REQUESTED, Event.REFUSE): ReservationState.REFUSED,
    (ReservationState.REQUESTED, Event.RELEASE): ReservationState.RELEASED,
    (ReservationState.REQUESTED, Event.LAPSE): ReservationState.LAPSED,
    (ReservationState.REQUESTED, Event.ASK_AGAIN): ReservationState.REQUESTED,
    (ReservationState.REQUESTED, Event.DISPLACE): ReservationState.DISPLACED,
    (ReservationState.GRANTED, Event.RELEASE): ReservationState.RELEASED,
    (ReservationState.GRANTED, Event.UNDO): ReservationState.REQUESTED,
    (ReservationState.GRANTED, Event.ASK_AGAIN): ReservationState.REQUESTED,
    (ReservationState.GRANTED, Event.DISPLACE): ReservationState.DISPLACED,
    (ReservationState.GRANTED, Event.CANNOT_SERVE): ReservationState.REFUSED,
    (ReservationState.REFUSED, Event.UNDO): ReservationState.REQUESTED,
    (ReservationState.REFUSED, Event.ASK_AGAIN): ReservationState.REQUESTED,
    (ReservationState.RELEASED, Event.ASK_AGAIN): ReservationState.REQUESTED,
    (ReservationState.DISPLACED, Event.ASK_AGAIN): ReservationState.REQUESTED,
    (ReservationState.LAPSED, Event.ASK_AGAIN): ReservationState.REQUESTED,
    (ReservationState.WAITING, Event.COME_NEXT): ReservationState.REQUESTED,
    (ReservationState.WAITING, Event.RELEASE): ReservationState.RELEASED,
    (ReservationState.WAITING, Event.REFUSE): ReservationState.REFUSED,
    (ReservationState.WAITING, Event.LAPSE): ReservationState.LAPSED,
    (ReservationState.REFUSED, Event.WAIT_AGAIN): ReservationState.WAITING,
    (ReservationState.WAITING, Event.TAKE): ReservationState.GRANTED,
    (ReservationState.REFUSED, Event.TAKE): ReservationState.GRANTED,
    (ReservationState.DISPLACED, Event.TAKE): ReservationState.GRANTED,
}


def move(state: ReservationState, event: Event) -> ReservationState:
    """Return the next state; raise Conflict("already_decided") when the reservation is no longer where it was."""
    try:
        return MOVES[state, event]
    except KeyError:
        raise Conflict("already_decided", state=state) from None


class Asked(Protocol):
    """A reservation, as far as its occurrence's state depends on it; `replaces_id` names the one it stands in for."""

    id: int
    state: ReservationState
    required: bool
    replaces_id: int | None


def states_that_count(reservations: Iterable[Asked]) -> list[ReservationState]:
    """Return the states that make an occurrence's.

    A room that was refused, displaced or lapsed counts only while the conference needs it and no other room stands in for it.
    """
    reservations = list(reservations)
    replaced = {one.replaces_id for one in reservations if one.state != ReservationState.RELEASED}
    states = [(ReservationState(one.state), one.required and one.id not in replaced) for one in reservations]
    return [state for state, needed in states if needed or state not in LOST]


class OccurrenceState(StrEnum):
    """Derived, never stored."""

    REQUESTED = "requested"
    GRANTED = "granted"
    NEEDS_ATTENTION = "needs_attention"
    CANCELLED = "cancelled"
    RELEASED = "released"  # Nobody came, and the room was given back.
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
    if states == {ReservationState.RELEASED}:
        return OccurrenceState.RELEASED
    if states & {ReservationState.REFUSED, ReservationState.DISPLACED, ReservationState.LAPSED}:
        return OccurrenceState.NEEDS_ATTENTION
    if over:
        return OccurrenceState.PAST
    return OccurrenceState.REQUESTED if states & {ReservationState.REQUESTED, ReservationState.WAITING} else OccurrenceState.GRANTED


def decision_deadline(start_at: datetime, requested_at: datetime) -> datetime:
    """Return start - min(24 h, half of the time there was) (design, booking rule 5)."""
    return start_at - min(timedelta(hours=24), (start_at - requested_at) / 2)
