"""What must always be true of overrides.  `roomctl check` asks.

Sentences name ids and nothing of what a conference is about.
"""

from collections import Counter

from roomctl.audit.event_kinds import EventKind
from roomctl.audit.tables import payloads_of
from roomctl.sessions import override_tables
from roomctl.sessions.overridable import Decision
from roomctl.sessions.override_tables import Standing
from roomctl.sessions.states import LegState
from roomctl.sessions.verdict import Verdict

SAID = {Decision.GRANTED: EventKind.OVERRIDE_GRANTED, Decision.REFUSED: EventKind.OVERRIDE_REFUSED}


def checked() -> dict[str, list[str]]:
    """Return each promise with a sentence for everything that breaks it."""
    found = override_tables.all_standing()
    return {
        "A leg takes part without proof only under an override that stands, and a proven leg has none.": legs_astray(found),
        "An override was decided by a second person, in the trail, and none outlives its session.": decided_astray(found),
        "A session in which an override was used is not called secure.": [
            f"session:{one.session_id} is secure, and override:{one.id} was used in it."
            for one in found if one.used_at is not None and one.session_verdict == Verdict.SECURE and one.live_at is not None],
    }


def legs_astray(found: list[Standing]) -> list[str]:
    standing = {one.leg_id: one for one in found if one.decision == Decision.GRANTED and one.ended_at is None}
    states = override_tables.states_of_legs([LegState.OVERRIDDEN, LegState.PROVEN])
    lines = [f"leg:{leg_id} is overridden, and no override of it stands." for leg_id, state in states.items()
             if state == LegState.OVERRIDDEN and leg_id not in standing]
    return lines + [f"leg:{leg_id} is proven, and override:{standing[leg_id].id} of it stands." for leg_id, state in states.items()
                    if state == LegState.PROVEN and leg_id in standing]


def decided_astray(found: list[Standing]) -> list[str]:
    said = Counter((kind, (payload or {}).get("override")) for kind, _, payload in payloads_of(*SAID.values()))
    unread = any(payload is None for _, _, payload in payloads_of(*SAID.values()))  # Of what is not kept any more nothing is guessed.
    lines = []
    for one in found:
        if one.decision != Decision.ASKED and one.decided_by in (None, one.asked_by, one.started_by, one.organizer_id, one.leader_id):
            lines.append(f"override:{one.id} was decided by nobody, or by whom it concerns.")
        if one.decision != Decision.ASKED and not said[SAID[Decision(one.decision)], one.id] and not unread:
            lines.append(f"override:{one.id} was decided, and the trail does not say so.")
        if one.session_ended_at is not None and one.ended_at is None:
            lines.append(f"override:{one.id} stands, and its session:{one.session_id} has ended.")
    return lines
