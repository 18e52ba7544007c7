"""What a leg needs next."""

from dataclasses import replace
from datetime import timedelta

import pytest
from builders import NOW

from roomctl.sessions import plan
from roomctl.sessions.plan import LegFacts, Step, next_step
from roomctl.sessions.states import LegState

FRESH = LegFacts(state=LegState.WAITING, wanted=True, session_ending=False, former_setting=None, prepared=False, call_id=None, dials=0, since=NOW,
                 troubled=False, check_due_at=None, restored=False, ending_since=None)


def after(**length) -> object:
    return NOW + timedelta(**length)


@pytest.mark.parametrize(("facts", "step"), [
    ({}, Step.LOOK),
    ({"former_setting": "Off"}, Step.SECURE),
    ({"former_setting": "Off", "prepared": True}, Step.DIAL),
    ({"state": LegState.DIALLING}, Step.FIND),
    ({"state": LegState.DIALLING, "call_id": "3"}, Step.FOLLOW),
    ({"state": LegState.CONNECTED}, Step.CHECK),
    ({"state": LegState.PROVEN, "check_due_at": NOW}, Step.CHECK),
    ({"state": LegState.PROVEN, "check_due_at": NOW + timedelta(seconds=1)}, Step.REST),
    ({"state": LegState.DROPPED, "dials": plan.REDIALS}, Step.REDIAL),
    ({"state": LegState.DROPPED, "dials": plan.REDIALS + 1}, Step.GIVE_UP),
    ({"state": LegState.HUNG_UP}, Step.REST),
    ({"state": LegState.LEFT_OUT, "wanted": False}, Step.REST),
])
def test_a_leg_goes_from_looking_to_proven_one_step_at_a_time(facts, step):
    assert next_step(replace(FRESH, **facts), NOW) is step


@pytest.mark.parametrize("state", [LegState.DIALLING, LegState.CONNECTED, LegState.PROVEN, LegState.NOT_PROVEN, LegState.DROPPED])
def test_a_leg_that_is_not_wanted_is_hung_up_wherever_a_call_may_be_up(state):
    assert next_step(replace(FRESH, state=state, wanted=False), NOW) is Step.HANG_UP


def test_a_worker_that_was_away_for_an_hour_looks_before_it_gives_up():
    for facts in ({}, {"state": LegState.DIALLING}, {"state": LegState.DIALLING, "call_id": "3"}):
        assert next_step(replace(FRESH, **facts), after(hours=1)) is not Step.GIVE_UP


def test_a_leg_that_meets_errors_for_too_long_is_given_up():
    assert next_step(replace(FRESH, troubled=True), NOW + plan.PREPARE_WITHIN + timedelta(seconds=1)) is Step.GIVE_UP
    assert next_step(replace(FRESH, troubled=True), NOW + plan.PREPARE_WITHIN) is Step.LOOK


def test_at_the_end_a_changed_setting_is_restored_and_an_unchanged_one_left_alone():
    ending = replace(FRESH, state=LegState.HUNG_UP, session_ending=True, ending_since=NOW)

    assert next_step(replace(ending, former_setting="Off"), NOW) is Step.RESTORE
    assert next_step(replace(ending, former_setting="Off", restored=True), NOW) is Step.REST
    assert next_step(ending, NOW) is Step.REST


@pytest.mark.parametrize(("facts", "step"), [
    ({"state": LegState.PROVEN}, Step.HANG_UP), ({"state": LegState.HUNG_UP, "former_setting": "Off"}, Step.RESTORE)])
def test_a_silent_device_is_given_up_thirty_seconds_after_the_end_was_asked_for(facts, step):
    ending = replace(FRESH, session_ending=True, ending_since=NOW, tried={step}, **facts)

    assert next_step(ending, after(seconds=30)) is step
    assert next_step(ending, after(seconds=31)) is Step.GIVE_UP


@pytest.mark.parametrize(("facts", "step"), [
    ({"state": LegState.PROVEN, "tried": {Step.CHECK, Step.RESTORE}}, Step.HANG_UP),
    ({"state": LegState.HUNG_UP, "former_setting": "Off", "tried": {Step.HANG_UP}}, Step.RESTORE)])
def test_a_worker_that_comes_back_an_hour_after_the_end_was_asked_for_tries_before_it_gives_up(facts, step):
    assert next_step(replace(FRESH, session_ending=True, ending_since=NOW, **facts), after(hours=1)) is step
