"""Only the table moves a reservation, and what an occurrence is follows from its reservations."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from roomctl.booking.lifecycle import (
    ACTIVE,
    MOVES,
    Event,
    OccurrenceState,
    ReservationState,
    decision_deadline,
    move,
    occurrence_state,
    states_that_count,
)
from roomctl.errors import Conflict

GRANTED, REQUESTED, REFUSED, RELEASED = (ReservationState(one) for one in ("granted", "requested", "refused", "released"))


@pytest.mark.parametrize(("state", "event"), [(state, event) for state in ReservationState for event in Event])
def test_a_move_is_in_the_table_or_it_is_too_late(state, event):
    if (state, event) in MOVES:
        assert move(state, event) == MOVES[state, event]
    else:
        with pytest.raises(Conflict) as refused:
            move(state, event)
        assert (refused.value.reason, refused.value.facts) == ("already_decided", {"state": state})


def test_only_requested_and_granted_hold_a_room():
    assert {REQUESTED, GRANTED} == ACTIVE


def test_only_who_is_asked_again_taken_back_or_comes_next_holds_a_room_that_was_not_held():
    back = {(state, event) for (state, event), reached in MOVES.items() if state not in ACTIVE and reached in ACTIVE}

    assert {event for _, event in back} == {Event.ASK_AGAIN, Event.UNDO, Event.COME_NEXT, Event.TAKE}
    assert {MOVES[pair] for pair in back if pair[1] != Event.TAKE} == {REQUESTED}


@pytest.mark.parametrize(("states", "told", "expected"), [
    ([GRANTED, GRANTED], {}, OccurrenceState.GRANTED),
    ([GRANTED, REQUESTED], {}, OccurrenceState.REQUESTED),
    ([GRANTED, REFUSED], {}, OccurrenceState.NEEDS_ATTENTION),
    ([REQUESTED, REFUSED], {}, OccurrenceState.NEEDS_ATTENTION),
    ([ReservationState.LAPSED, GRANTED], {}, OccurrenceState.NEEDS_ATTENTION),
    ([ReservationState.DISPLACED, GRANTED], {}, OccurrenceState.NEEDS_ATTENTION),
    ([GRANTED], {"over": True}, OccurrenceState.PAST),
    ([GRANTED, REFUSED], {"running": True}, OccurrenceState.RUNNING),
    ([GRANTED], {"held": True, "over": True}, OccurrenceState.HELD),
    ([RELEASED], {"cancelled": True, "over": True}, OccurrenceState.CANCELLED),
])
def test_an_occurrence_is_what_its_reservations_and_its_session_make_it(states, told, expected):
    nothing = {"cancelled": False, "running": False, "held": False, "over": False}

    assert occurrence_state(states, **{**nothing, **told}) == expected


@pytest.mark.parametrize(("ahead", "left"), [(timedelta(days=10), timedelta(hours=24)), (timedelta(hours=48), timedelta(hours=24)),
                                             (timedelta(hours=10), timedelta(hours=5)), (timedelta(minutes=1), timedelta(seconds=30))])
def test_a_decision_is_due_a_day_before_or_at_half_time_when_there_is_less(ahead, left):
    start = datetime(2027, 3, 2, 1, 0, tzinfo=UTC)

    assert start - decision_deadline(start, start - ahead) == left


@dataclass(frozen=True)
class Asked:
    id: int
    state: ReservationState
    required: bool = True
    replaces_id: int | None = None


@pytest.mark.parametrize(("reservations", "expected"), [
    ([Asked(1, GRANTED), Asked(2, REFUSED)], [GRANTED, REFUSED]),
    ([Asked(1, GRANTED), Asked(2, REFUSED, required=False)], [GRANTED]),
    ([Asked(1, GRANTED), Asked(2, REFUSED), Asked(3, REQUESTED, replaces_id=2)], [GRANTED, REQUESTED]),
    ([Asked(1, GRANTED), Asked(2, REFUSED), Asked(3, RELEASED, replaces_id=2)], [GRANTED, REFUSED, RELEASED]),
    ([Asked(1, GRANTED), Asked(2, REFUSED), Asked(3, REFUSED, replaces_id=2)], [GRANTED, REFUSED]),
    ([Asked(1, GRANTED), Asked(2, REQUESTED, required=False)], [GRANTED, REQUESTED]),
    ([Asked(1, ReservationState.DISPLACED, required=False), Asked(2, ReservationState.LAPSED, required=False)], []),
])
def test_a_lost_room_counts_only_while_it_is_needed_and_nothing_stands_in_for_it(reservations, expected):
    assert states_that_count(reservations) == expected
