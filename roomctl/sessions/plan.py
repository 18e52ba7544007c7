"""What a leg needs next.  Pure: the leg's facts and the present moment in, one step out."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from roomctl.sessions.states import CALL_MAY_BE_UP, LegState

LOOK_FOR_CALL = timedelta(seconds=5)  # After a crash: a dial that was intended may have been sent.
PREPARE_WITHIN = timedelta(seconds=15)
FIND_WITHIN = timedelta(seconds=20)
ANSWER_WITHIN = timedelta(seconds=60)  # Ringing for 30 to 60 s is normal.
MEDIA_WITHIN = timedelta(seconds=10)
END_WITHIN = timedelta(seconds=30)  # A device that has gone silent must not keep the session from ending.
REDIALS = 3


class Step(StrEnum):
    REST = "rest"
    LOOK = "look"  # Fresh status, and the former setting.
    SECURE = "secure"  # Set the mode, and read it back.
    DIAL = "dial"
    AWAIT = "await"  # The host's own codec, which the others call.
    ANSWER = "answer"  # Take the calls that ring there.
    FIND = "find"  # Dialling was intended, and nobody knows whether it was sent.
    FOLLOW = "follow"  # Ringing.
    CHECK = "check"
    MUTE = "mute"
    MESSAGE = "message"
    LOCK = "lock"
    HANG_UP = "hang_up"
    RESTORE = "restore"
    GIVE_UP = "give_up"
    REDIAL = "redial"


@dataclass(frozen=True, slots=True)
class LegFacts:
    """A leg as stored."""

    state: LegState
    wanted: bool  # False: it is to be gone.
    session_ending: bool
    former_setting: str | None
    prepared: bool
    call_id: str | None
    dials: int
    since: datetime  # When it entered its state.
    troubled: bool  # The last try met an error.
    check_due_at: datetime | None
    restored: bool
    ending_since: datetime | None
    interval: timedelta = timedelta(days=1)  # Between checks.
    tried: Collection[Step] = ()  # Steps that this worker has carried out since the end was asked for.
    restores: bool = True  # False of a link or a guest: a bridge has no setting of its own to change and to give back.
    is_called: bool = False  # The host's own codec mixes: it is called by the others.
    may_dial: bool = True  # False while the codec that is to be called is not ready: encryption is negotiated when the call is set up.
    is_awaited: bool = False  # Somebody calls it, or is about to.
    wishes: Collection[Step] = ()  # What the chair wants of it beside the call, and has not been seen done.


def next_step(leg: LegFacts, now: datetime) -> Step:
    """Return what the leg needs next.

    A step is safe to repeat: after a kill the same facts lead to the same step, and a dial is only repeated when the
    call was looked for and not found.  Time alone fails nothing: a worker that was away for an hour looks first, and
    hangs up and restores at least once.
    """
    if not leg.wanted or leg.session_ending:
        owed = (Step.HANG_UP if leg.state in CALL_MAY_BE_UP else
                Step.RESTORE if leg.session_ending and leg.restores and leg.former_setting is not None and not leg.restored else Step.REST)
        late = leg.ending_since is not None and now - leg.ending_since > END_WITHIN
        return Step.GIVE_UP if late and owed in leg.tried else owed
    match leg.state:
        case LegState.WAITING:
            if (leg.troubled and now - leg.since > PREPARE_WITHIN) or leg.dials > REDIALS:
                return Step.GIVE_UP
            if leg.prepared:
                return Step.AWAIT if leg.is_called else Step.DIAL if leg.may_dial else Step.REST
            return Step.LOOK if leg.former_setting is None else Step.SECURE
        case LegState.DIALLING:
            if leg.troubled and now - leg.since > (FIND_WITHIN if leg.call_id is None else ANSWER_WITHIN):
                return Step.GIVE_UP
            return Step.ANSWER if leg.is_called else Step.FIND if leg.call_id is None else Step.FOLLOW
        case LegState.CONNECTED:
            return Step.CHECK
        case LegState.PROVEN | LegState.NOT_PROVEN | LegState.OVERRIDDEN:
            due = leg.check_due_at
            # Due later than any interval from now: it was written under a clock that has stepped back since.
            if due is None or now >= due or due - now > leg.interval + timedelta(seconds=1):
                return Step.CHECK
            if leg.is_called and leg.is_awaited:
                return Step.ANSWER
            return next((step for step in (Step.MUTE, Step.LOCK, Step.MESSAGE) if step in leg.wishes), Step.REST)
        case LegState.DROPPED:
            return Step.REDIAL if leg.dials <= REDIALS else Step.GIVE_UP
    return Step.REST
