"""How a leg moves, and what that makes of its session.  Pure; only the tables move a state."""

from collections.abc import Iterable
from enum import StrEnum

from roomctl.errors import RoomctlError


class LegState(StrEnum):
    WAITING = "waiting"
    DIALLING = "dialling"
    CONNECTED = "connected"  # The call is up; nothing is proven yet.
    PROVEN = "proven"
    NOT_PROVEN = "not_proven"
    OVERRIDDEN = "overridden"  # Not proven, and accepted so by a second person; never shown as proven.
    DROPPED = "dropped"
    HUNG_UP = "hung_up"
    LEFT_OUT = "left_out"


class LegEvent(StrEnum):
    DIAL_INTENDED = "dial_intended"
    NEVER_DIALLED = "never_dialled"  # The intent was found to have had no result.
    ANSWERED = "answered"
    CHECK_PASSED = "check_passed"
    CHECK_FAILED = "check_failed"
    ACCEPTED = "accepted"  # What was read back is covered by an override that stands.
    CALL_GONE = "call_gone"
    REDIAL = "redial"
    FAILED = "failed"  # Nothing is up, and nothing will be without a person's decision.
    SEEN_GONE = "seen_gone"  # We hung up, and the device no longer reports the call.
    ABANDONED = "abandoned"  # The session ends, and the device would not confirm that the call is gone.
    RETRIED = "retried"
    LEFT_OUT = "left_out"


S, E = LegState, LegEvent
MOVES: dict[tuple[LegState, LegEvent], LegState] = {
    (S.WAITING, E.DIAL_INTENDED): S.DIALLING,
    (S.WAITING, E.FAILED): S.HUNG_UP,
    (S.DIALLING, E.NEVER_DIALLED): S.WAITING,
    (S.DIALLING, E.ANSWERED): S.CONNECTED,
    (S.DIALLING, E.CALL_GONE): S.DROPPED,
    (S.DIALLING, E.CHECK_FAILED): S.NOT_PROVEN,
    (S.DIALLING, E.SEEN_GONE): S.HUNG_UP,
    (S.CONNECTED, E.CHECK_PASSED): S.PROVEN,
    (S.CONNECTED, E.CHECK_FAILED): S.NOT_PROVEN,
    (S.CONNECTED, E.CALL_GONE): S.DROPPED,
    (S.CONNECTED, E.SEEN_GONE): S.HUNG_UP,
    (S.PROVEN, E.CHECK_PASSED): S.PROVEN,
    (S.PROVEN, E.CHECK_FAILED): S.NOT_PROVEN,
    (S.PROVEN, E.CALL_GONE): S.DROPPED,
    (S.PROVEN, E.SEEN_GONE): S.HUNG_UP,
    (S.NOT_PROVEN, E.CHECK_PASSED): S.PROVEN,  # Only where the profile keeps the call up (alarm), or after a gap.
    (S.NOT_PROVEN, E.CHECK_FAILED): S.NOT_PROVEN,
    (S.NOT_PROVEN, E.CALL_GONE): S.DROPPED,
    (S.NOT_PROVEN, E.SEEN_GONE): S.HUNG_UP,
    # Out of an override no check leads to proven: its leg stays what it is until it leaves the call.
    (S.CONNECTED, E.ACCEPTED): S.OVERRIDDEN,
    (S.PROVEN, E.ACCEPTED): S.OVERRIDDEN,
    (S.NOT_PROVEN, E.ACCEPTED): S.OVERRIDDEN,
    (S.OVERRIDDEN, E.ACCEPTED): S.OVERRIDDEN,
    (S.OVERRIDDEN, E.CHECK_FAILED): S.NOT_PROVEN,
    (S.OVERRIDDEN, E.CALL_GONE): S.DROPPED,
    (S.OVERRIDDEN, E.SEEN_GONE): S.HUNG_UP,
    (S.OVERRIDDEN, E.ABANDONED): S.HUNG_UP,
    (S.DROPPED, E.REDIAL): S.WAITING,  # At most three times.
    (S.DROPPED, E.FAILED): S.HUNG_UP,
    (S.DROPPED, E.SEEN_GONE): S.HUNG_UP,
    (S.DIALLING, E.ABANDONED): S.HUNG_UP,
    (S.CONNECTED, E.ABANDONED): S.HUNG_UP,
    (S.PROVEN, E.ABANDONED): S.HUNG_UP,
    (S.NOT_PROVEN, E.ABANDONED): S.HUNG_UP,
    (S.DROPPED, E.ABANDONED): S.HUNG_UP,
    (S.HUNG_UP, E.RETRIED): S.WAITING,
    (S.HUNG_UP, E.LEFT_OUT): S.LEFT_OUT,
    (S.LEFT_OUT, E.RETRIED): S.WAITING,
}


class IllegalMove(RoomctlError):
    def __init__(self, *, state: LegState, event: LegEvent) -> None:
        super().__init__(f"{event} in state {state}")
        self.state, self.event = state, event


def move(state: LegState, event: LegEvent) -> LegState:
    try:
        return MOVES[state, event]
    except KeyError:
        raise IllegalMove(state=state, event=event) from None


class SessionState(StrEnum):
    PREPARING = "preparing"
    CONNECTING = "connecting"
    CHECKING = "checking"
    LIVE = "live"
    ENDING = "ending"
    ENDED = "ended"
    FAILED = "failed"  # Ended without ever having been live.


RUNNING = frozenset({SessionState.PREPARING, SessionState.CONNECTING, SessionState.CHECKING, SessionState.LIVE, SessionState.ENDING})
CALL_MAY_BE_UP = frozenset({S.DIALLING, S.CONNECTED, S.PROVEN, S.NOT_PROVEN, S.OVERRIDDEN, S.DROPPED})
MAY_TAKE_PART = frozenset({S.PROVEN, S.OVERRIDDEN})


def session_state(current: SessionState, legs: Iterable[LegState], *, stranger_on_bridge: bool) -> SessionState:
    """Return a running session's state, from its legs.

    It goes live only when every leg is proven, is accepted by an override, or was left out by a decision, at least two
    take part, and nobody unexpected is on the bridge; from then on it stays live until it is ended.
    """
    if current in (SessionState.LIVE, SessionState.ENDING, SessionState.ENDED, SessionState.FAILED):
        return current
    legs = list(legs)
    wanted = [state for state in legs if state is not S.LEFT_OUT]
    if len(wanted) >= 2 and all(state in MAY_TAKE_PART for state in wanted) and not stranger_on_bridge:
        return SessionState.LIVE
    if any(state in (S.CONNECTED, S.PROVEN, S.NOT_PROVEN, S.OVERRIDDEN, S.HUNG_UP) for state in wanted):
        return SessionState.CHECKING
    return SessionState.CONNECTING if any(state in CALL_MAY_BE_UP for state in wanted) else SessionState.PREPARING
