"""What a screen says of a session's legs, in the words of today and never better than what was read.

A reading that is too old reads "unknown": a worker that has stopped must not leave a green screen behind.
"""

from dataclasses import dataclass
from datetime import datetime

from roomctl.booking.availability import viewer_of
from roomctl.booking.visibility import Full, view
from roomctl.errors import NotVisible
from roomctl.organisation.access import can
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User
from roomctl.sessions import tables, verdict
from roomctl.sessions.states import LegState, SessionState


@dataclass(frozen=True, slots=True)
class Line:
    """One leg as shown.

    `shown` is one of waiting, dialling, checking, proven, not_proven, unknown, dropped, hung_up, left_out, ended; only
    "proven" may ever look secure.
    """

    leg_id: int
    room: str
    unit: str
    is_host: bool
    shown: str
    finding: str
    detail: str
    since: datetime
    checked_at: datetime | None
    grade: str
    suite: str
    wants_decision: bool
    verdict: verdict.Verdict


@dataclass(frozen=True, slots=True)
class Roster:
    """A session as shown.  `secure_now` is True only while it is live and every leg in it is proven and fresh."""

    session_id: int
    state: SessionState
    lines: tuple[Line, ...]
    verdict: verdict.Verdict
    stranger: str
    simulated: bool
    live_at: datetime | None

    @property
    def proven(self) -> int:
        return sum(line.shown == "proven" for line in self.lines)

    @property
    def expected(self) -> int:
        return sum(line.shown != "left_out" for line in self.lines)

    @property
    def unproven_rooms(self) -> list[str]:
        return [line.room for line in self.lines if line.shown not in ("proven", "left_out")]

    @property
    def secure_now(self) -> bool:
        return self.state == SessionState.LIVE and self.proven == self.expected >= 2 and not self.stranger


def roster_of(session: tables.ConferenceSession, *, now: datetime) -> Roster:
    """Return a session as it may be shown at `now`, what needs a decision first, then the host, then in Vietnamese order."""
    order = {leg.id: (leg.room.unit.order_key, leg.room.order_key) for leg in session.legs}
    lines = [_line(session, leg, now) for leg in session.legs]
    lines.sort(key=lambda line: (not line.wants_decision, line.shown == "left_out", not line.is_host, order[line.leg_id]))
    return Roster(session_id=session.id, state=SessionState(session.state), lines=tuple(lines), verdict=verdict.Verdict(session.verdict),
                  stranger=session.stranger, live_at=session.live_at,
                  simulated=session.bridge.simulated or any(leg.device.simulated for leg in session.legs))


def session_seen_by(user: User, session_id: int) -> tables.ConferenceSession:
    """Return a session for who sees its conference in full, or reads evidence; raise NotVisible for anybody else."""
    session = tables.session_by_id(session_id)
    if session is None or not (can(user, Action.SEE_EVIDENCE) or isinstance(view(session.occurrence.facts(), viewer_of(user)), Full)):
        raise NotVisible
    return session


def _line(session: tables.ConferenceSession, leg: tables.Leg, now: datetime) -> Line:
    state = LegState(leg.state)
    shown = "checking" if state is LegState.CONNECTED else state.value
    if state is LegState.HUNG_UP and session.ended_at is not None and not leg.finding:
        shown = "ended"
    if state is LegState.PROVEN and not verdict.still_fresh(leg.checked_at, now=now, interval=session.interval):
        shown = "unknown"
    decidable = state is LegState.HUNG_UP and session.ended_at is None and session.state != SessionState.ENDING
    return Line(leg_id=leg.id, room=leg.room.name, unit=leg.room.unit.name, is_host=leg.room_id == session.host_room_id, shown=shown,
                finding=leg.finding, detail=leg.finding_detail, since=leg.since, checked_at=leg.checked_at, grade=leg.grade,
                suite=leg.suite, wants_decision=decidable, verdict=verdict.Verdict(leg.verdict))
