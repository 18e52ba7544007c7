"""What a second person may accept, and that no path shows what they accepted as proven."""

import itertools

import pytest
from builders import NOW

from device_drivers.readings import Grade
from roomctl.sessions import overridable, roster, states
from roomctl.sessions.overridable import BEFORE_THE_CALL, LACKING, OF_THE_CALL, may_be_asked, may_decide, reaches, shown_verdict, verdict_to_accept
from roomctl.sessions.states import MOVES, LegEvent, LegState, SessionState, session_state
from roomctl.sessions.verdict import Judgement, Verdict, worst

CLEAR = Judgement(Verdict.NOT_SECURE, Grade.A, "call_clear")
WEAK = Judgement(Verdict.NOT_PROVEN, Grade.B, "suite_not_approved")
FINE = Judgement(Verdict.SECURE, Grade.A)


@pytest.mark.parametrize("finding", ["silent", "unreachable", "extra_call", "bridge_not_read", "host_key_changed", "ssh_legacy_barred",
                                     "not_answered", "already_in_call", ""])
def test_what_cannot_be_judged_or_is_somebody_unknown_nobody_may_accept(finding):
    assert not may_be_asked(finding)


@pytest.mark.parametrize("finding", sorted({*BEFORE_THE_CALL, *OF_THE_CALL, *LACKING}))
def test_what_a_reading_or_a_missing_attestation_says_may_be_asked_for(finding):
    assert may_be_asked(finding)


def test_an_override_of_what_was_not_proven_does_not_reach_a_call_in_the_clear():
    accepted = verdict_to_accept("suite_not_approved", Verdict.NOT_PROVEN)

    assert [reaches(accepted, judged) for judged in (FINE, WEAK, CLEAR)] == [True, True, False]


def test_an_override_of_a_call_in_the_clear_reaches_what_is_better_too():
    accepted = verdict_to_accept("call_clear", Verdict.NOT_SECURE)

    assert [reaches(accepted, judged) for judged in (FINE, WEAK, CLEAR)] == [True, True, True]


@pytest.mark.parametrize("finding", sorted(BEFORE_THE_CALL))
def test_who_accepts_a_device_that_cannot_encrypt_accepts_a_call_in_the_clear(finding):
    assert verdict_to_accept(finding, Verdict.NOT_PROVEN) is Verdict.NOT_SECURE


@pytest.mark.parametrize("accepted", [Verdict.NOT_PROVEN, Verdict.NOT_SECURE])
@pytest.mark.parametrize("finding", ["extra_call", "silent", "bridge_not_read"])
def test_no_override_reaches_a_call_that_nobody_knows_or_a_device_that_is_silent(accepted, finding):
    assert not reaches(accepted, Judgement(Verdict.NOT_SECURE if finding == "extra_call" else Verdict.NOT_PROVEN, Grade.NONE, finding))


@pytest.mark.parametrize("judged", [FINE, WEAK, CLEAR])
@pytest.mark.parametrize(("unknown_call", "bridge_read"), [("room@vc.example", True), ("", False)])
def test_what_was_accepted_does_not_hide_a_call_that_nobody_knows_or_a_bridge_that_is_not_read(judged, unknown_call, bridge_read):
    told = overridable.unmasked(judged, unknown_call=unknown_call, bridge_read=bridge_read)

    assert not reaches(Verdict.NOT_SECURE, told)


@pytest.mark.parametrize("judged", [FINE, WEAK, CLEAR])
def test_under_an_override_the_verdict_is_never_secure(judged):
    assert shown_verdict(judged) in (Verdict.NOT_PROVEN, Verdict.NOT_SECURE)


@pytest.mark.parametrize("found", Verdict)
def test_whatever_is_stored_of_an_overridden_leg_its_session_is_not_secure(found):
    assert worst([Verdict.SECURE, overridable.verdict_of(LegState.OVERRIDDEN, found)]) is not Verdict.SECURE


@pytest.mark.parametrize("role", ["asked_by", "organizer_id", "leader_id", "started_by"])
def test_nobody_decides_about_what_is_their_own(role):
    parties = {"asked_by": 1, "organizer_id": 2, "leader_id": 3, "started_by": 4}

    assert not may_decide(parties[role], **parties)
    assert may_decide(5, **parties)


def test_a_panel_that_asked_has_no_person_and_the_chair_may_still_not_decide():
    assert not may_decide(3, asked_by=None, organizer_id=2, leader_id=3, started_by=None)


def test_no_event_leads_from_overridden_to_proven():
    assert {state for (before, _), state in MOVES.items() if before is LegState.OVERRIDDEN} == {
        LegState.OVERRIDDEN, LegState.NOT_PROVEN, LegState.DROPPED, LegState.HUNG_UP}


def test_only_what_was_accepted_leads_to_overridden():
    assert {event for (_, event), state in MOVES.items() if state is LegState.OVERRIDDEN} == {LegEvent.ACCEPTED}


def test_an_overridden_leg_may_have_a_call_up_so_that_it_is_hung_up_at_the_end():
    assert LegState.OVERRIDDEN in states.CALL_MAY_BE_UP


@pytest.mark.parametrize(("legs", "live"), [
    ([LegState.PROVEN, LegState.OVERRIDDEN], True), ([LegState.OVERRIDDEN, LegState.OVERRIDDEN], True),
    ([LegState.PROVEN, LegState.OVERRIDDEN, LegState.HUNG_UP], False), ([LegState.OVERRIDDEN, LegState.LEFT_OUT], False),
    ([LegState.PROVEN, LegState.OVERRIDDEN, LegState.NOT_PROVEN], False)])
def test_a_session_goes_live_with_legs_that_are_proven_or_overridden(legs, live):
    assert (session_state(SessionState.CHECKING, legs, stranger_on_bridge=False) is SessionState.LIVE) == live


def test_a_stranger_keeps_overridden_legs_from_going_live_too():
    assert session_state(SessionState.CHECKING, [LegState.PROVEN, LegState.OVERRIDDEN], stranger_on_bridge=True) is SessionState.CHECKING


def line(shown: str) -> roster.Line:
    return roster.Line(leg_id=1, room="R", unit="U", is_host=False, shown=shown, finding="", detail="", since=NOW, checked_at=NOW, grade="A",
                       suite="", wants_decision=False, verdict=Verdict.SECURE)


def test_no_roster_with_an_overridden_leg_is_secure_now():
    others = ["proven", "left_out", "overridden", "unknown"]
    shown_secure = [
        (session, legs) for session in SessionState for length in (1, 2, 3) for legs in itertools.product(others, repeat=length)
        if "overridden" in legs and roster.Roster(session_id=1, state=session, lines=tuple(line(one) for one in legs), verdict=Verdict.SECURE,
                                                  stranger="", simulated=False, live_at=NOW).secure_now]

    assert shown_secure == []
