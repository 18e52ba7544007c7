"""When an alert opens, when it is over, and when people are told.  Pure.

A device that was not looked at opens nothing and mends nothing: what is not known leaves an alert as it is.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from roomctl.devices.health import WORSE, Status
from roomctl.devices.judging import NO_ANSWER

LINE_DOWN = "line_down"
STANDBY = "standby"  # A projector or display that sleeps while nobody needs it.
SAME_AGAIN = timedelta(minutes=10)  # A fault that comes back sooner is the same one.
SETTLES = timedelta(minutes=2)  # Nobody is told before: a device may be restarting, and a line's devices fall silent one by one.
LINE_SETTLES = timedelta(minutes=10)  # Where half a unit is silent, the devices wait this long for the line to be named instead.
LOOKED_AT_AFTER = timedelta(seconds=30)  # A look that ended sooner after the cause did may have begun before.
AHEAD = timedelta(hours=24)  # A fault calls people when its room has a conference within this.


@dataclass(frozen=True, slots=True)
class Look:
    """A device as it was last looked at.  `status` is what may be shown now: unknown when that is too long ago."""

    device_id: int
    name: str
    unit_id: int
    unit_path: str
    room_id: int | None
    status: Status
    fault: str
    detail: str
    looked_at: datetime | None
    fresh: bool
    retired: bool = False


def opens(look: Look) -> bool:
    """True when a device's state is an alert: it is known, and it is bad."""
    return look.fresh and not look.retired and look.status in (Status.WARNING, Status.CRITICAL) and bool(look.fault)


def is_same(kind: str, fault: str) -> bool:
    """True when a standing alert of this kind is the one of this fault; not answering is one thing, whichever way it shows."""
    return kind == fault or (kind in NO_ANSWER and fault in NO_ANSWER)


def is_over(kind: str, status: Status, look: Look) -> bool:
    """True when a look proves that an alert's fault is gone.

    A device tells only the worst of its faults: another one that is as bad or worse may hide this one, and silence hides everything.
    """
    if look.retired:
        return True
    if not look.fresh or is_same(kind, look.fault):
        return False
    if look.status is Status.OK or look.fault == STANDBY:
        return True
    if look.fault in NO_ANSWER:
        return False
    if look.status is Status.UNKNOWN:
        return kind in NO_ANSWER  # It did answer, and nothing else is known of it.
    return kind in NO_ANSWER or WORSE.index(look.status) < WORSE.index(status)


def may_leave(cause_over_at: datetime | None, looked_at: datetime | None) -> bool:
    """True when a device that failed for a shared cause fails for itself: it was looked at after the cause had ended.

    Without this a line that is mended would bring a call for each device that was not looked at yet.
    """
    return cause_over_at is None or (looked_at is not None and looked_at > cause_over_at + LOOKED_AT_AFTER)


def is_settled(opened_at: datetime, now: datetime, *, half_of_unit_silent: bool) -> bool:
    """True when an alert has stood long enough for people to be told."""
    return now - opened_at >= (LINE_SETTLES if half_of_unit_silent else SETTLES)
