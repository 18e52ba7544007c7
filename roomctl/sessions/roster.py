"""What a screen says of a session's legs, in the words of today and never better than what was read.

A reading that is too old reads "unknown": a worker that has stopped must not leave a green screen behind.  So does a microphone.
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
from roomctl.organisation.unit_tables import units_by_ids
from roomctl.sessions import override_tables, tables, verdict
from roomctl.sessions.overridable import ASKABLE, Decision, may_be_asked
from roomctl.sessions.override_tables import Override
from roomctl.sessions.states import MAY_TAKE_PART, LegState, SessionState
from roomctl.sessions.tables import LegKind
from roomctl.text import vietnamese_order

MANY = 60  # More legs than this are told by province, and one by one only what is not proven.
_PROVINCE = 2  # How deep a province's unit lies in the path of units.
_QUIET = frozenset({"proven", "left_out", "ended"})  # What nobody has to look at one by one.


@dataclass(frozen=True, slots=True)
class Line:
    """One leg as shown.

    `shown` is one of waiting, dialling, checking, proven, not_proven, overridden, unknown, dropped, hung_up, left_out, ended;
    only "proven" may ever look secure.  `override` is how its last override stands ("asked", "granted", "refused"), or "".
    `microphones` is muted, open, still_open (it should be muted), still_muted (it should be open), unknown, or "" for what has none
    here or is not on the call; `mic_read_at` is when that was read.
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
    kind: LegKind = LegKind.ROOM
    microphones: str = ""
    mic_read_at: datetime | None = None
    has_floor: bool = False

    @property
    def disobeys(self) -> bool:
        """True of a room whose microphones were read open although the chair muted them."""
        return self.microphones == "still_open"


@dataclass(frozen=True, slots=True)
class Group:
    """The legs of one province, or of the central level, counted."""

    name: str
    proven: int
    expected: int
    asking: int  # Those that want a decision.


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
    groups: tuple[Group, ...] = ()  # Only of more legs than can be read one by one.

    @property
    def listed(self) -> tuple[Line, ...]:
        """The lines that a screen shows one by one: all, or of very many those that somebody should look at."""
        if len(self.lines) <= MANY:
            return self.lines
        return tuple(line for line in self.lines if line.shown not in _QUIET or line.disobeys)[:MANY]

    @property
    def unlisted(self) -> int:
        """How many that somebody should look at found no place among `listed`."""
        return sum(line.shown not in _QUIET or line.disobeys for line in self.lines) - len(self.listed) if len(self.lines) > MANY else 0

    @property
    def disobedient(self) -> list[str]:
        return [line.room for line in self.lines if line.disobeys]

    @property
    def microphones_unknown(self) -> int:
        """How many on the call do not tell whether their microphones are muted."""
        return sum(line.microphones == "unknown" for line in self.lines)

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


def roster_of(session: tables.ConferenceSession, *, now: datetime, beside: int | None = None) -> Roster:
    """Return a session as it may be shown at `now`, what needs a decision first, then the host, then in Vietnamese order.

    `beside` is a room that does not lead it: it is shown nothing but its own leg, and no other is read.
    """
    legs = session.legs if beside is None else tables.legs_of_room(session.id, beside)
    order = {leg.id: _order(leg) for leg in legs}
    overrides = {one.leg_id: one for one in override_tables.overrides_of(session.id)}  # The latest of each leg.
    lines = [_line(session, leg, overrides.get(leg.id), now) for leg in legs]
    lines.sort(key=lambda line: (not line.wants_decision, line.shown == "left_out", not line.is_host, order[line.leg_id]))
    return Roster(session_id=session.id, state=SessionState(session.state), lines=tuple(lines), verdict=verdict.Verdict(session.verdict),
                  stranger=session.stranger, live_at=session.live_at,
                  simulated=session.bridge.simulated or any(leg.device.simulated for leg in legs),
                  groups=_groups(session, lines) if len(lines) > MANY else ())


def not_joined_first(roster: Roster) -> tuple[Line, ...]:
    """Return the listed lines as a chair reads them.

    Who wants a decision, who is not on the call yet, who is not proven, whose microphones do not obey or are not known, the others.
    """
    ranks = {"waiting": 1, "dialling": 1, "dropped": 1, "hung_up": 1, "unknown": 2, "checking": 2, "not_proven": 2, "overridden": 2, "left_out": 5}

    def rank(line: Line) -> int:
        if line.wants_decision:
            return 0
        return 3 if line.shown == "proven" and line.microphones in ("still_open", "unknown") else ranks.get(line.shown, 4)

    return tuple(sorted(roster.listed, key=rank))  # Stable: else as it was.


def _order(leg: tables.Leg) -> tuple[bool, str, str]:
    """Rooms by unit and room in Vietnamese order, then what is no room's by its name."""
    return (False, leg.room.unit.order_key, leg.room.order_key) if leg.room is not None else (True, "", vietnamese_order(leg.name))


def _groups(session: tables.ConferenceSession, lines: list[Line]) -> tuple[Group, ...]:
    """Return one line a province, in Vietnamese order, the central level first; guests and links stand with the host's."""
    host = next((leg.room.unit.path for leg in session.legs if leg.room_id == session.host_room_id), "/")
    of_leg = {leg.id: _province(leg.room.unit.path if leg.room is not None else host) for leg in session.legs}
    found: dict[int, list[Line]] = {}
    for line in lines:
        found.setdefault(of_leg[line.leg_id], []).append(line)
    units = sorted(units_by_ids(found), key=lambda unit: (len(unit.path.strip("/").split("/")) >= _PROVINCE, unit.order_key))
    return tuple(_group(unit.name, found[unit.id]) for unit in units)


def _province(path: str) -> int:
    """Return the id of the province in a unit's path ("/1/7/99/" is 7), of the central unit itself for a path that ends before."""
    parts = [int(part) for part in path.strip("/").split("/") if part]
    return parts[min(len(parts), _PROVINCE) - 1] if parts else 0


def _group(name: str, lines: list[Line]) -> Group:
    return Group(name=name, proven=sum(line.shown == "proven" for line in lines), expected=sum(line.shown != "left_out" for line in lines),
                 asking=sum(line.wants_decision for line in lines))


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
    return Line(leg_id=leg.id, room=leg.shown_name, unit=leg.shown_unit, is_host=leg.room_id == session.host_room_id, shown=shown,
                finding=leg.finding, detail=leg.finding_detail, since=leg.since, checked_at=leg.checked_at, grade=leg.grade,
                suite=leg.suite, wants_decision=decidable, verdict=verdict.Verdict(leg.verdict),
                override=told.decision if told is not None else "", override_at=(told.decided_at or told.asked_at) if told is not None else None,
                override_reason=told.decision_reason if told is not None and told.decision == Decision.REFUSED else "",
                may_ask_override=askable and (override is None or override.ended_at is not None),
                kind=LegKind(leg.kind), microphones=_microphones(session, leg, now), mic_read_at=leg.mute_read_at,
                has_floor=leg.id == session.floor_leg_id)


def _microphones(session: tables.ConferenceSession, leg: tables.Leg, now: datetime) -> str:
    """Return what was read of a leg's microphones, beside what is wanted of them; an old reading is none."""
    if leg.kind != LegKind.ROOM or leg.state not in MAY_TAKE_PART or session.ended_at is not None:
        return ""
    if leg.muted not in ("yes", "no") or not verdict.still_fresh(leg.mute_read_at, now=now, interval=session.interval):
        return "unknown"
    if leg.muted == "yes":
        return "still_muted" if leg.mute_wanted is False else "muted"
    return "still_open" if leg.mute_wanted else "open"
