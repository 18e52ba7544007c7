"""How a leg moves, and what that makes of its session."""

import pytest

from roomctl.sessions.states import MOVES, IllegalMove, LegEvent, LegState, SessionState, move, session_state

P, H, L = LegState.PROVEN, LegState.HUNG_UP, LegState.LEFT_OUT


@pytest.mark.parametrize(("legs", "stranger", "state"), [
    ([P, P, P], False, SessionState.LIVE),
    ([P, P, L], False, SessionState.LIVE),
    ([P, P, H], False, SessionState.CHECKING),
    ([P, P, LegState.CONNECTED], False, SessionState.CHECKING),
    ([P, P, P], True, SessionState.CHECKING),
    ([P, L, L], False, SessionState.CHECKING),
    ([LegState.DIALLING, LegState.WAITING], False, SessionState.CONNECTING),
    ([LegState.WAITING, LegState.WAITING], False, SessionState.PREPARING),
])
def test_a_session_is_live_only_when_every_leg_is_proven_or_was_left_out(legs, stranger, state):
    assert session_state(SessionState.CHECKING, legs, stranger_on_bridge=stranger) is state


def test_a_live_session_stays_live_until_it_is_ended():
    assert session_state(SessionState.LIVE, [P, H], stranger_on_bridge=True) is SessionState.LIVE


def test_only_the_table_moves_a_leg():
    assert move(LegState.CONNECTED, LegEvent.CHECK_PASSED) is LegState.PROVEN
    with pytest.raises(IllegalMove):
        move(LegState.WAITING, LegEvent.CHECK_PASSED)


def test_no_leg_becomes_proven_but_by_a_check_that_passed():
    assert {event for (_, event), state in MOVES.items() if state is P} == {LegEvent.CHECK_PASSED}
