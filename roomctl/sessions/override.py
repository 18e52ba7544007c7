"""Letting a leg take part that is not proven: the chair asks, a second person grants or refuses, each with a reason.

It is bound to one session and one leg and ends with them; the leg is never shown as proven (`states`, `roster`).
"""

from dataclasses import dataclass

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.booking.tables import occurrence_by_id
from roomctl.database import db, write_transaction
from roomctl.errors import Conflict, InvalidInput, NotVisible, Problem, Refused
from roomctl.notices.wording import NoticeKind
from roomctl.organisation import access
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User
from roomctl.rooms.tables import Room
from roomctl.sessions import override_tables, states, tables
from roomctl.sessions.control import Lead, led_session, require_lead
from roomctl.sessions.overridable import ASKABLE, Decision, may_be_asked, may_decide, verdict_to_accept
from roomctl.sessions.override_tables import Override
from roomctl.sessions.roster import Line, roster_of
from roomctl.sessions.states import LegEvent, LegState, SessionState
from roomctl.sessions.tell_officers import tell_officers
from roomctl.text import TextRefused, clean_block

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Seen:
    """An override as an officer may see it; `mine_to_decide` is False for who asked, organizes, leads or started."""

    override: Override
    host: Room
    mine_to_decide: bool


def ask_override(session_id: int, leg_id: int, *, reason: str, lead: Lead) -> int:
    """Ask the security officers to accept a leg as it was found, and return the request's id; asked twice, the first one's.

    Raises NotVisible, NotAllowed, InvalidInput (reason), Conflict("leg_moved_on"), and Refused: override_not_allowed (by the
    profile), override_not_possible (nobody can accept such a finding).
    """
    reason = _clean(reason)
    with write_transaction() as database:
        session = led_session(session_id, lead)
        leg = next((one for one in session.legs if one.id == leg_id), None)
        if leg is None or session.state not in states.RUNNING or session.state == SessionState.ENDING:
            raise NotVisible
        known = override_tables.open_override(leg_id)
        if known is not None:
            return known.id
        if leg.state not in ASKABLE:
            raise Conflict("leg_moved_on", state=leg.state)
        if not session.profile.overridable:
            raise Refused("override_not_allowed")
        if not may_be_asked(leg.finding):
            raise Refused("override_not_possible")
        accepts = verdict_to_accept(leg.finding, leg.verdict)
        asked = Override(session_id=session.id, leg_id=leg.id, finding=leg.finding, detail=leg.finding_detail, accepts=accepts, reason=reason,
                         asked_by=lead.actor, asked_from_room_id=lead.panel_room_id, asked_at=clock.now())
        database.add(asked)
        database.flush()
        session.version += 1
        trail.append(EventKind.OVERRIDE_ASKED, actor=lead.actor, origin=lead.origin, subject=session.ref, unit=_host(session).unit_id,
                     classification=session.profile.classification, override=asked.id, leg=leg.id, room=leg.room_id, finding=leg.finding,
                     detail=leg.finding_detail, accepts=accepts, reason=reason)
        tell_officers(NoticeKind.OVERRIDE_ASKED, session, room_id=leg.room_id, but_not=_parties(asked, session))
        return asked.id


def askable_lines(session_id: int, *, lead: Lead) -> tuple[tables.ConferenceSession, list[Line]]:
    """Return a running session and those of its legs that an override may be asked for now; raise NotVisible or NotAllowed."""
    session = tables.session_by_id(session_id)
    if session is None or session.ended_at is not None:
        raise NotVisible
    require_lead(session.occurrence, lead, Action.LEAD_SESSION)
    return session, [line for line in roster_of(session, now=clock.now()).lines if line.may_ask_override]


def decide_override(override_id: int, *, grant: bool, reason: str, by: User) -> None:
    """Grant or refuse, as a second person; a leg that was hung up is then dialled again.

    Raises NotVisible (for who is no officer of the host's unit), InvalidInput (reason), Refused("own_override"), and
    Conflict: already_decided, override_over (its session has ended, or its leg was left out or proven meanwhile).
    """
    reason = _clean(reason)
    with write_transaction():
        found = override_tables.override_by_id(override_id)
        session = tables.session_for_update(found.session_id) if found is not None else None
        if session is None or not access.can(by, Action.DECIDE_OVERRIDE, _host(session)):
            raise NotVisible
        override = override_tables.override_for_update(override_id)  # Behind the session's lock, as the engine takes them.
        if override.decision != Decision.ASKED:
            raise Conflict("already_decided")
        if override.ended_at is not None:
            raise Conflict("override_over")
        if not _is_second_person(by, override, session):
            raise Refused("own_override")
        leg, now = next(one for one in session.legs if one.id == override.leg_id), clock.now()
        override.decision, override.decided_by, override.decided_at, override.decision_reason = (
            Decision.GRANTED if grant else Decision.REFUSED, by.id, now, reason)
        if grant:
            _let_in(leg)
        else:
            override.ended_at, override.ended_why = now, "refused"
        session.version += 1
        trail.append(EventKind.OVERRIDE_GRANTED if grant else EventKind.OVERRIDE_REFUSED, actor=by.id, subject=session.ref,
                     unit=_host(session).unit_id, classification=session.profile.classification, outcome="done" if grant else "refused",
                     override=override.id, leg=leg.id, room=leg.room_id, finding=override.finding, accepts=override.accepts, reason=reason,
                     asked_by=override.asked_by, asked_from=override.asked_from_room_id)
        tell_officers(NoticeKind.OVERRIDE_GRANTED if grant else NoticeKind.OVERRIDE_REFUSED, session, room_id=leg.room_id,
                      also=[session.occurrence.leader_id], but_not=[by.id])


def _let_in(leg: tables.Leg) -> None:
    """Let the engine take the leg on: one that was hung up is dialled anew, one that is on the call is checked at once."""
    if leg.state == LegState.HUNG_UP:
        leg.state, leg.since = states.move(LegState.HUNG_UP, LegEvent.RETRIED), clock.now()
        leg.wanted, leg.dials, leg.prepared_at, leg.call_id = True, 0, None, None
        leg.finding = leg.finding_detail = ""
    leg.check_due_at = None


def overrides_seen_by(officer: User, *, limit: int = 100) -> tuple[list[Seen], list[Seen]]:
    """Return what waits for a decision, and what was decided lately, of the units that `officer` is an officer of."""
    seen = [[_seen(one, officer) for one in found] for found in (override_tables.waiting_overrides(), override_tables.latest_overrides(limit))]
    waiting, past = ([one for one in side if access.can(officer, Action.DECIDE_OVERRIDE, one.host)] for side in seen)
    return waiting, past


def override_seen_by(officer: User, override_id: int) -> Seen:
    """Return one override; raise NotVisible for who is no officer of the host's unit."""
    found = override_tables.override_by_id(override_id)
    seen = _seen(found, officer) if found is not None else None
    if seen is None or not access.can(officer, Action.DECIDE_OVERRIDE, seen.host):
        raise NotVisible
    return seen


def _seen(override: Override, officer: User) -> Seen:
    session = override.session
    return Seen(override, _host(session), _is_second_person(officer, override, session))


def _parties(override: Override, session: tables.ConferenceSession) -> set[int]:
    """Return who may not decide, since it is theirs."""
    occurrence = occurrence_by_id(session.occurrence_id)
    return {one for one in (override.asked_by, occurrence.conference.organizer_id, occurrence.leader_id, session.started_by) if one is not None}


def _is_second_person(person: User, override: Override, session: tables.ConferenceSession) -> bool:
    occurrence = occurrence_by_id(session.occurrence_id)
    return may_decide(person.id, asked_by=override.asked_by, organizer_id=occurrence.conference.organizer_id,
                      leader_id=occurrence.leader_id, started_by=session.started_by)


def _host(session: tables.ConferenceSession) -> Room:
    """Return the room that hosts a session: its unit's officers, and those above, decide."""
    return db.session.get_one(Room, session.host_room_id)


def _clean(reason: str) -> str:
    """Return a reason as it is kept: in the trail and in the evidence, where everybody who may read those will read it."""
    try:
        text = clean_block(reason, longest=LONGEST_REASON)
    except TextRefused as error:
        raise InvalidInput([Problem("reason", f"text_{error.reason}", (("limit", LONGEST_REASON),))]) from error
    if not text:
        raise InvalidInput([Problem("reason", "reason_missing")])
    return text
