"""Is the time that the evidence carries to be trusted: looked at again and again by the worker, and kept.

Three things are compared: what the kernel says of its own clock, how far the database's clock is from this machine's, and
whether the clock was set (it then runs away from the monotonic one).  What cannot be found out is unknown, never trusted.
"""

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import db, is_postgresql, write_transaction
from roomctl.notices import outbox
from roomctl.notices.wording import NoticeKind
from roomctl.organisation.roles import Role
from roomctl.organisation.tables import people_with_role_over
from roomctl.organisation.unit_tables import root_unit
from roomctl.sessions import clock_tables, tables
from roomctl.sessions.clock_tables import ClockSpan
from roomctl.sessions.kernel_clock import KernelClock, ask_kernel

EVERY_S = 10.0
MOST_OFFSET = timedelta(seconds=2)  # Between this machine and the database.
LEAST_STEP = timedelta(seconds=1)  # A time service steers by less than a thousandth; more than this is a clock that was set.
KEPT_ALIVE = timedelta(minutes=1)  # How often a look that finds nothing new is written down.
SLACK = KEPT_ALIVE + timedelta(seconds=3 * EVERY_S)
TOLD_AGAIN_AFTER = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Found:
    """One look at the clocks; `step` is by how much this machine's clock was set since the look before."""

    trusted: str
    reason: str
    offset: timedelta | None = None
    error_ms: int | None = None
    step: timedelta | None = None


def judge(kernel: KernelClock, offset: timedelta | None, step: timedelta | None) -> Found:
    """Return whether a clock is to be trusted: "no" when anything speaks against it, "yes" only when the kernel says so."""
    if offset is not None and abs(offset) > MOST_OFFSET:
        return Found("no", "far_from_database", offset, kernel.error_ms, step)
    if kernel.synchronised is False:
        return Found("no", "not_synchronised", offset, kernel.error_ms, step)
    if kernel.synchronised is None:
        return Found("unknown", "kernel_not_asked", offset, kernel.error_ms, step)
    return Found("yes", "", offset, kernel.error_ms, step)


class Timekeeper:
    """Looks at the clocks; remembers only how far the wall clock was from the monotonic one at the look before."""

    def __init__(self, kernel: Callable[[], KernelClock] = ask_kernel, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._kernel, self._monotonic = kernel, monotonic
        self._apart: timedelta | None = None

    def look(self) -> Found:
        """Look once and write down what is new; the officers of the whole organisation are told when a clock loses its trust."""
        found = judge(self._kernel(), _offset_of_database(), self._step())
        db.session.rollback()
        write_down(found, host=socket.gethostname()[:64])
        return found

    def _step(self) -> timedelta | None:
        """Return by how much the wall clock was set since the look before; None for none."""
        apart = (clock.now() - datetime.fromtimestamp(0, clock.now().tzinfo)) - timedelta(seconds=self._monotonic())
        before, self._apart = self._apart, apart
        step = apart - before if before is not None else timedelta(0)
        return step if abs(step) >= LEAST_STEP else None


def _offset_of_database() -> timedelta | None:
    """Return how far the database's clock is ahead of this machine's; None on SQLite, which has none of its own."""
    if not is_postgresql():
        return None
    before = clock.now()
    theirs = tables.database_now()
    return theirs - (before + (clock.now() - before) / 2)


def write_down(found: Found, *, host: str) -> None:
    """Keep one look: prolong the stretch that it belongs to, or begin another, in the trail too."""
    last, now = clock_tables.last_span(host), clock.now()
    gone_on = last is not None and found.step is None and (last.trusted, last.reason) == (found.trusted, found.reason)
    if gone_on and timedelta(0) <= now - last.until_at < KEPT_ALIVE:
        return
    offset_ms, step_ms = _ms(found.offset), _ms(found.step)
    with write_transaction() as session:
        last = clock_tables.last_span(host)
        if last is not None and gone_on and timedelta(0) <= now - last.until_at <= SLACK:
            last.until_at, last.offset_ms, last.error_ms = now, offset_ms, found.error_ms
            return
        mistrusted = clock_tables.last_mistrusted(host)
        session.add(ClockSpan(host=host, trusted=found.trusted, reason=found.reason, offset_ms=offset_ms, error_ms=found.error_ms,
                              step_ms=step_ms, begun_at=now, until_at=now))
        facts = {"host": host, "trusted": found.trusted, "reason": found.reason, "offset_ms": offset_ms, "error_ms": found.error_ms}
        if found.step is not None:
            trail.append(EventKind.CLOCK_STEPPED, subject="clock", outcome="failed", step_ms=step_ms, **facts)
        elif last is None or (last.trusted, last.reason) != (found.trusted, found.reason):
            trail.append(EventKind.CLOCK_CHANGED, subject="clock", outcome="done" if found.trusted == "yes" else "failed", **facts)
        is_news = found.trusted == "no" and (mistrusted is None or now - mistrusted.until_at > TOLD_AGAIN_AFTER)
        if is_news or found.step is not None:
            _tell(found, host)


def _tell(found: Found, host: str) -> None:
    root = root_unit()
    officers = people_with_role_over(Role.AUDITOR, root.path) if root is not None else []
    step_s = int(found.step.total_seconds()) if found.step is not None else 0
    outbox.enqueue(NoticeKind.CLOCK_NOT_TRUSTED, to=[one.id for one in officers], reason=f"{host}\n{found.reason}\n{step_s}")


def _ms(length: timedelta | None) -> int | None:
    return None if length is None else round(length / timedelta(milliseconds=1))


def clock_of(session: tables.ConferenceSession) -> dict[str, object]:
    """Return what is known of the clocks while a session ran, as JSON values for its evidence: the worst of every look.

    A stretch in which nobody looked is unknown.
    """
    start, end = session.started_at, session.ended_at or clock.now()
    spans = clock_tables.spans_between(min(start, end), max(start, end), slack=SLACK)
    found = {one.trusted for one in spans}
    steps = [{"host": one.host, "at": trail.iso(one.begun_at), "step_ms": one.step_ms} for one in clock_tables.steps_known()
             if _is_within(one, start, end)]
    back = end < start or any(gap.reason == "clock_stepped" for gap in tables.gaps_of(session.id))
    trusted = "no" if "no" in found or steps or back else "yes" if found == {"yes"} and _is_covered(spans, start, end) else "unknown"
    offsets = [one.offset_ms for one in spans if one.offset_ms is not None]
    return {"trusted": trusted, "reasons": sorted({one.reason for one in spans if one.reason}),
            "offset_ms": max(offsets, key=abs) if offsets else None,
            "error_ms": max((one.error_ms for one in spans if one.error_ms is not None), default=None), "steps": steps}


def _is_within(step: ClockSpan, start: datetime, end: datetime) -> bool:
    """True when a clock may have been set during a session: what it showed before lies behind the beginning, and after it before the end.

    Of a clock that was set back, times are ambiguous, and a step beside the session may count too.
    """
    before = step.begun_at - timedelta(milliseconds=step.step_ms or 0)
    return before >= start - SLACK and step.begun_at <= end + SLACK


def _is_covered(spans: list[ClockSpan], start: datetime, end: datetime) -> bool:
    """True when from `start` to `end` somebody looked often enough."""
    reached = start
    for one in sorted(spans, key=lambda span: span.begun_at):
        if one.begun_at > reached + SLACK:
            return False
        reached = max(reached, one.until_at)
    return reached >= end - SLACK
