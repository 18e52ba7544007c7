"""What an override that stands does to its leg, and when it ends; written inside the engine's or a person's transaction."""

from datetime import datetime

from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.sessions import override_tables, tables
from roomctl.sessions.overridable import BEFORE_THE_CALL, Decision, reaches
from roomctl.sessions.override_tables import Override
from roomctl.sessions.verdict import Judgement


def covering(leg: tables.Leg, judged: Judgement) -> Override | None:
    """Return the override that lets a leg take part although it was read back so; None where nobody accepted that."""
    found = override_tables.open_override(leg.id)
    stands = found is not None and found.decision == Decision.GRANTED
    return found if stands and reaches(found.accepts, judged) else None


def stands(leg: tables.Leg) -> bool:
    """True while an override of the leg that was granted has not ended."""
    found = override_tables.open_override(leg.id)
    return found is not None and found.decision == Decision.GRANTED


def prepares_in_the_clear(leg: tables.Leg, error: str) -> bool:
    """True when a leg may be dialled although its device would not encrypt, since somebody accepted exactly that."""
    if error not in {*BEFORE_THE_CALL, "command_refused"}:
        return False
    found = override_tables.open_override(leg.id)
    return found is not None and found.decision == Decision.GRANTED and found.finding in BEFORE_THE_CALL


def end(session: tables.ConferenceSession, leg: tables.Leg, why: str, now: datetime) -> None:
    """End what is asked for or stands for a leg, if anything."""
    found = override_tables.open_override(leg.id)
    if found is not None:
        _end(session, found, why, now)


def end_granted(session: tables.ConferenceSession, leg: tables.Leg, why: str, now: datetime) -> None:
    """End a leg's override that was granted; a request that waits for its decision stays."""
    found = override_tables.open_override(leg.id)
    if found is not None and found.decision == Decision.GRANTED:
        _end(session, found, why, now)


def end_all(session: tables.ConferenceSession, now: datetime) -> None:
    """End all of a session's: none outlives it."""
    for one in override_tables.open_overrides_of(session.id):
        _end(session, one, "session_ended", now)


def _end(session: tables.ConferenceSession, override: Override, why: str, now: datetime) -> None:
    override.ended_at, override.ended_why = now, why
    trail.append(EventKind.OVERRIDE_ENDED, subject=session.ref, override=override.id, leg=override.leg_id, decision=override.decision, why=why,
                 used=override.used_at is not None)
