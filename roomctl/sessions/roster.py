"""What a screen says of a session's legs, in the words of today and never better than what was read.

A reading that is too old reads "unknown": a worker that has stopped must not leave a green screen behind.
"""

from dataclasses import dataclass
from datetime import datetime

from roomctl.booking.availability import viewer_of
from roomctl.booking.viewed import note_view
from roomctl.booking.visibility import Full, view
from roomctl.errors import NotVisible
from roomctl.organisation.access import can
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User
from roomctl.sessions import override_tables, tables, verdict
from roomctl.sessions.overridable import ASKABLE, Decision, may_be_asked
from roomctl.sessions.override_tables import Override
from roomctl.sessions.states import MAY_TAKE_PART, LegState, SessionState


@dataclass(frozen=True, slots=True)
class Line:
    """One leg as shown.

    `shown` is one of waiting, dialling, checking, proven, not_proven, overridden, unknown, dropped, hung_up, left_out, ended;
    only "proven" may ever look secure.  `override` is how its last override stands ("asked", "granted", "refused"), or "".
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
    override: str = ""
    override_at: datetime | None = None
    override_reason: str = ""  # Of a refusal.
    may_ask_override: bool = False


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
    def joined(self) -> int:
        """How many have a call up, as far as their device was read lately."""
        return sum(line.shown in ("checking", "proven", "not_proven", "overridden") for line in self.lines)

    @property
    def expected(self) -> int:
        return sum(line.shown != "left_out" for line in self.lines)

    @property
    def overridden_rooms(self) -> list[str]:
        """Return the rooms that take part by an override; they are among the unproven ones."""
        return [line.room for line in self.lines if line.shown == "overridden"]

    @property
    def unproven_rooms(self) -> list[str]:
        return [line.room for line in self.lines if line.shown not in ("proven", "left_out")]

    @property
    def secure_now(self) -> bool:
        return self.state == SessionState.LIVE and self.proven == self.expected >= 2 and not self.stranger


def roster_of(session: tables.ConferenceSession, *, now: datetime) -> Roster:
    """Return a session as it may be shown at `now`, what needs a decision first, then the host, then in Vietnamese order."""
    order = {leg.id: (leg.room.unit.order_key, leg.room.order_key) for leg in session.legs}
    overrides = {one.leg_id: one for one in override_tables.overrides_of(session.id)}  # The latest of each leg.
    lines = [_line(session, leg, overrides.get(leg.id), now) for leg in session.legs]
    lines.sort(key=lambda line: (not line.wants_decision, line.shown == "left_out", not line.is_host, order[line.leg_id]))
    return Roster(session_id=session.id, state=SessionState(session.state), lines=tuple(lines), verdict=verdict.Verdict(session.verdict),
                  stranger=session.stranger, live_at=session.live_at,
                  simulated=session.bridge.simulated or any(leg.device.simulated for leg in session.legs))


def session_seen_by(user: User, session_id: int) -> tables.ConferenceSession:
    """Return a session for who sees its conference in full, or reads evidence; raise NotVisible for anybody else."""
    session = tables.session_by_id(session_id)
    shown = view(session.occurrence.facts(), viewer_of(user)) if session is not None else None
    if session is None or not (can(user, Action.SEE_EVIDENCE) or isinstance(shown, Full)):
        raise NotVisible
    note_view(user.id, shown, where="session")
    return session


def _line(session: tables.ConferenceSession, leg: tables.Leg, override: Override | None, now: datetime) -> Line:
    state = LegState(leg.state)
    shown = "checking" if state is LegState.CONNECTED else state.value
    if state is LegState.HUNG_UP and session.ended_at is not None and not leg.finding:
        shown = "ended"
    if state in MAY_TAKE_PART and not verdict.still_fresh(leg.checked_at, now=now, interval=session.interval):
        shown = "unknown"
    decidable = state is LegState.HUNG_UP and session.ended_at is None and session.state != SessionState.ENDING
    running = session.ended_at is None and session.state != SessionState.ENDING
    askable = running and state in ASKABLE and session.profile.overridable and may_be_asked(leg.finding)
    told = override if override is not None and (override.ended_at is None or override.decision == Decision.REFUSED) else None
    return Line(leg_id=leg.id, room=leg.room.name, unit=leg.room.unit.name, is_host=leg.room_id == session.host_room_id, shown=shown,
                finding=leg.finding, detail=leg.finding_detail, since=leg.since, checked_at=leg.checked_at, grade=leg.grade,
                suite=leg.suite, wants_decision=decidable, verdict=verdict.Verdict(leg.verdict),
                override=told.decision if told is not None else "", override_at=(told.decided_at or told.asked_at) if told is not None else None,
                override_reason=told.decision_reason if told is not None and told.decision == Decision.REFUSED else "",
                may_ask_override=askable and (override is None or override.ended_at is not None))
