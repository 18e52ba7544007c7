"""Calling the roll: what each leg's screen line said at that moment, and what the people there answered."""

from collections.abc import Mapping
from datetime import timedelta

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import db, write_transaction
from roomctl.errors import InvalidInput, NotVisible, Problem
from roomctl.security_profiles.profile import Classification
from roomctl.sessions import chair_tables, tables
from roomctl.sessions.chair import led_running, leg_in
from roomctl.sessions.chair_tables import RollCall, RollMark
from roomctl.sessions.control import Lead
from roomctl.sessions.roster import roster_of
from roomctl.text import TextRefused, clean_line

ANSWERS = ("", "present", "absent")  # Nobody noted it; somebody answered; nobody answered.
LONGEST_NOTE = 200
SAME_WITHIN = timedelta(seconds=10)


def call_roll(session_id: int, *, lead: Lead) -> int:
    """Begin a roll call and return its number in the session; pressed twice within ten seconds, the first one's.

    Raises what `chair.led_running` raises.
    """
    with write_transaction():
        session, now = led_running(session_id, lead), clock.now()
        latest = chair_tables.latest_roll_call_of(session_id)
        if latest is not None and timedelta(0) <= now - latest.called_at < SAME_WITHIN:
            return latest.number
        call = RollCall(session_id=session.id, number=latest.number + 1 if latest is not None else 1, called_at=now, called_by=lead.actor)
        db.session.add(call)
        db.session.flush()
        lines = roster_of(session, now=now).lines
        db.session.add_all(RollMark(roll_call_id=call.id, leg_id=line.leg_id, shown=line.shown, answer="", note="")
                           for line in lines if line.kind != tables.LegKind.LINK)
        session.version += 1
        trail.append(EventKind.ROLL_CALLED, actor=lead.actor, origin=lead.origin, subject=session.ref, number=call.number, legs=len(lines))
        return call.number


def mark_roll(session_id: int, number: int, answers: Mapping[int, str], *, notes: Mapping[int, str] | None = None, lead: Lead) -> None:
    """Note the answers of some legs, and words beside them; the legs that are not named stay as they are.

    Raises what `chair.led_running` raises, NotVisible for a roll call or a leg that is not there, and InvalidInput (answer,
    note): from mật up no words are kept.
    """
    with write_transaction():
        session = led_running(session_id, lead)
        found = chair_tables.roll_call_of(session_id, number)
        if found is None:
            raise NotVisible
        marks = {mark.leg_id: mark for mark in found[1]}
        classified, changed = Classification(session.profile.classification).is_classified, {}
        for leg_id in {**answers, **(notes or {})}:
            mark = marks.get(leg_in(session, leg_id).id)
            if mark is None:
                raise NotVisible  # It was added after the roll was called.
            answer = answers.get(leg_id, mark.answer)
            if answer not in ANSWERS:
                raise InvalidInput([Problem("answer", "unknown_choice")])
            note = _clean(notes[leg_id], classified) if notes and leg_id in notes else mark.note
            if (answer, note) != (mark.answer, mark.note):
                changed[leg_id] = mark.answer, mark.note = answer, note
        if not changed:
            return
        session.version += 1
        trail.append(EventKind.ROLL_MARKED, actor=lead.actor, origin=lead.origin, subject=session.ref, number=number,
                     answers={str(leg_id): changed[leg_id][0] for leg_id in sorted(changed)})


def _clean(note: str, classified: bool) -> str:
    try:
        words = clean_line(note, longest=LONGEST_NOTE)
    except TextRefused as error:
        raise InvalidInput([Problem("note", f"text_{error.reason}", (("limit", LONGEST_NOTE),))]) from error
    if words and classified:
        raise InvalidInput([Problem("note", "note_at_classified")])
    return words
