"""What a second person may accept of a leg that is not proven, and how far their word reaches.  Pure.

An override never makes a leg proven: it lets one that is not take part, under a name of its own.  What nobody may accept is
what cannot be judged at all: a device that is silent, a bridge that cannot be read, a call that nobody knows of.
"""

from enum import StrEnum

from roomctl.sessions.states import LegState
from roomctl.sessions.verdict import Judgement, Verdict, worst

# Found before dialling: the call, when it is made, will be in the clear.
BEFORE_THE_CALL = frozenset({"cannot_encrypt", "setting_not_taken"})
# An attestation that the room has not, or not any more.
LACKING = frozenset({"no_line_protection", "no_wired_microphones", "no_room_inspection"})
# Read back of a call that is up.
OF_THE_CALL = frozenset({"call_clear", "encryption_unknown", "no_reading", "media_one_way", "grade_too_low", "suite_not_approved",
                         "bridge_does_not_see_leg", "bridge_end_clear", "bridge_end_unknown", "guest_end_unseen"})
ASKABLE = frozenset({LegState.HUNG_UP, LegState.NOT_PROVEN})  # Where a leg stands when somebody may ask.


class Decision(StrEnum):
    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"


def may_be_asked(finding: str) -> bool:
    """True when somebody may ask for an override of a leg with this finding."""
    return finding in BEFORE_THE_CALL or finding in OF_THE_CALL or finding in LACKING


def verdict_to_accept(finding: str, found: Verdict) -> Verdict:
    """Return how bad a leg may be read back to be under an override that is asked for now: as bad as it was found, and no worse."""
    return Verdict.NOT_SECURE if finding in BEFORE_THE_CALL else worst([found, Verdict.NOT_PROVEN])


def reaches(accepted: Verdict, judged: Judgement) -> bool:
    """True when an override that accepts `accepted` covers what a leg was read back as now."""
    if judged.verdict is Verdict.SECURE:
        return True
    return (judged.finding in OF_THE_CALL or judged.finding in LACKING) and worst([accepted, judged.verdict]) is accepted


def unmasked(judged: Judgement, *, unknown_call: str, bridge_read: bool) -> Judgement:
    """Return what stands in the way of any override, where a worse finding that was accepted would hide it; otherwise what was judged."""
    if unknown_call:
        return Judgement(Verdict.NOT_SECURE, judged.grade, "extra_call", unknown_call)
    return judged if bridge_read else Judgement(worst([judged.verdict, Verdict.NOT_PROVEN]), judged.grade, "bridge_not_read")


def shown_verdict(judged: Judgement) -> Verdict:
    """Return the verdict of a leg that takes part under an override: not proven at best, whatever was read back."""
    return worst([judged.verdict, Verdict.NOT_PROVEN])


def verdict_of(state: LegState, found: Verdict) -> Verdict:
    """Return what a leg on the call counts for in its session's verdict: under an override never secure, whatever is stored of it."""
    return worst([found, Verdict.NOT_PROVEN]) if state is LegState.OVERRIDDEN else found


def may_decide(person_id: int, *, asked_by: int | None, organizer_id: int, leader_id: int, started_by: int | None) -> bool:
    """True when a person is a second one: neither who asked (a panel asks for the chair), nor who organizes, leads or started."""
    return person_id not in (asked_by, organizer_id, leader_id, started_by)
