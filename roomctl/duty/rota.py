"""The rota: who is on duty for which unit and when, and what one turn tells the next."""

from collections.abc import Sequence
from datetime import timedelta

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import write_transaction
from roomctl.duty import rota_tables
from roomctl.duty.rota_tables import DutyTurn
from roomctl.errors import Conflict, InvalidInput, NotAllowed, NotVisible, Problem
from roomctl.organisation import access
from roomctl.organisation.directory import standing_unit
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User, unit_by_id, user_for_update
from roomctl.organisation.unit_tables import lock_units
from roomctl.text import TextRefused, clean_block
from roomctl.timespan import Span
from roomctl.typed import Typed

LONGEST_TURN = timedelta(days=7)
LONGEST_NOTE = 2000
HANDED_OVER_FOR = timedelta(days=3)  # How long what a turn told the next is shown.
WRITTEN_UNTIL = timedelta(hours=12)  # How long after a turn its person may still write it.


class TurnMeetsTurns(Conflict):
    """Others are on duty for the unit for some of that time; nothing was stored."""

    def __init__(self, met: Sequence[DutyTurn]) -> None:
        super().__init__("duty_turns_overlap", count=len(met))
        self.met = tuple(met)


def plan_turn(unit_id: int, user_id: int, span: Span, *, phone: str, by: User, known: int = 0) -> int:
    """Put a technician on duty for a unit and return the turn's id; the same turn again is the one that is there.

    `known` is of how many overlapping turns the person knows: with any other number TurnMeetsTurns is raised.  Raises NotVisible,
    NotAllowed and InvalidInput (person, phone, end) too.
    """
    typed = Typed()
    phone = typed.line("phone", phone, longest=40)
    if span.end <= span.start:
        typed.refuse("end", "end_not_after_start")
    elif span.length > LONGEST_TURN:
        typed.refuse("end", "duty_turn_too_long", limit=LONGEST_TURN.days)
    elif span.end <= clock.now():
        typed.refuse("end", "duty_turn_over")
    with write_transaction() as session:
        if unit_by_id(unit_id) is None:
            raise NotVisible
        lock_units([unit_id])  # Two turns for a unit are planned one after the other.
        unit = standing_unit(unit_id)
        by = access.require(by, Action.KEEP_ROTA, unit)
        user = user_for_update(user_id)
        if user is None or not access.can(user, Action.HANDLE_ALERTS, unit):
            typed.refuse("person", "no_technician_of_unit")
        typed.insist()
        met = rota_tables.turns_of(unit_id, span)
        twin = next((turn for turn in met if (turn.user_id, turn.span) == (user_id, span)), None)
        if twin is not None:
            return twin.id
        if len(met) != known:
            raise TurnMeetsTurns(met)
        turn = DutyTurn(unit_id=unit_id, user_id=user_id, start_at=span.start, end_at=span.end, phone=phone, made_by=by.id)
        session.add(turn)
        session.flush()
        trail.append(EventKind.DUTY_TURN_PLANNED, actor=by.id, subject=turn.ref, unit=unit_id, person=user_id, start=trail.iso(span.start),
                     end=trail.iso(span.end))
        return turn.id


def cancel_turn(turn_id: int, *, by: User) -> None:
    """Take somebody off duty; cancelled twice it is cancelled once.  Raises NotVisible and NotAllowed."""
    with write_transaction():
        turn = _visible_turn(turn_id, by)
        access.require(by, Action.KEEP_ROTA, turn)
        if turn.cancelled_at is None:
            turn.cancelled_at = clock.now()
            trail.append(EventKind.DUTY_TURN_CANCELLED, actor=by.id, subject=turn.ref, unit=turn.unit_id, person=turn.user_id)


def hand_over(turn_id: int, note: str, *, by: User) -> None:
    """Write what whoever is on duty next must know; only the person of the turn does, from its start until some hours after its end.

    Raises NotVisible, NotAllowed, InvalidInput (handover) and Conflict("duty_turn_not_now").
    """
    problems = []
    try:
        note = clean_block(note, longest=LONGEST_NOTE)
        if not note:
            problems.append(Problem("handover", "handover_missing"))
    except TextRefused as error:
        problems.append(Problem("handover", f"text_{error.reason}", (("limit", LONGEST_NOTE),)))
    with write_transaction():
        turn, now = _visible_turn(turn_id, by), clock.now()
        access.require(by, Action.KEEP_ROTA, turn)
        if turn.user_id != by.id:
            raise NotAllowed(action=Action.KEEP_ROTA, subject=turn.ref)
        if problems:
            raise InvalidInput(problems)
        if turn.cancelled_at is not None or not turn.start_at <= now < turn.end_at + WRITTEN_UNTIL:
            raise Conflict("duty_turn_not_now")
        if turn.handover == note:
            return
        turn.handover, turn.handed_over_at = note, now
        # What is written may name anything: officers read who handed over and when, not what.
        trail.append(EventKind.DUTY_HANDED_OVER, actor=by.id, subject=turn.ref, unit=turn.unit_id)


def _visible_turn(turn_id: int, by: User) -> DutyTurn:
    turn = rota_tables.turn_for_update(turn_id)
    if turn is None or not access.can(by, Action.SEE_DEVICES, turn):
        raise NotVisible
    return turn


def my_turns(user: User) -> list[DutyTurn]:
    """Return the turns in which a person is on duty now."""
    return rota_tables.turns_of_person(user.id, Span(clock.now(), clock.now()))


def turns_to_hand_over(user: User) -> list[DutyTurn]:
    """Return the turns whose handover a person may write now."""
    now = clock.now()
    return rota_tables.turns_of_person(user.id, Span(now - WRITTEN_UNTIL, now))


def handed_over(user: User, *, limit: int = 3) -> list[DutyTurn]:
    """Return what others lately handed over for the units whose rota or turn is the reader's, the latest first."""
    now = clock.now()
    unit_ids = {turn.unit_id for turn in rota_tables.turns_of_person(user.id, Span(now, now))}
    unit_ids |= {grant.unit_id for grant in user.standing_grants() if access.can(user, Action.KEEP_ROTA, grant.unit)}
    found = rota_tables.turns_handed_over(unit_ids, now - HANDED_OVER_FOR, limit=limit + 1) if unit_ids else []
    return [turn for turn in found if turn.user_id != user.id][:limit]
