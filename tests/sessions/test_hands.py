"""Steps at devices carried out in processes of their own: the same session, and a killed process costs a step."""

import os
import signal

import pytest
from studio import Run

from roomctl.sessions import control, lease, reconcile, tables
from roomctl.sessions.hands import Processes
from roomctl.sessions.reconcile import Engine
from roomctl.sessions.states import SessionState
from roomctl.sessions.verdict import Verdict


@pytest.fixture
def hands():
    made = Processes(2)
    yield made
    made.close()


@pytest.fixture
def spread(studio, hands):
    engine = Engine(lease.acquire(), hands=hands)
    made = Run(engine)
    yield made
    assert made.oracle.false == []


def pids(hands: Processes) -> list[int]:
    return [hand._process.pid for hand in hands._hands]


@pytest.mark.slow
def test_a_session_whose_devices_are_spread_over_processes_goes_live_and_ends(studio, spread, hands):
    session_id = studio.start()

    session = spread.until(lambda one: one.state == SessionState.LIVE, within_s=60)

    assert session.verdict == Verdict.SECURE
    control.end_session(session_id, lead=studio.lead)
    session = spread.until(lambda one: one.ended_at is not None, within_s=30)
    assert all(leg.restored_at is not None for leg in session.legs)


@pytest.mark.slow
def test_processes_that_are_killed_in_a_live_session_are_started_anew_and_the_session_is_watched_on(studio, spread, hands):
    session_id = studio.start()
    spread.until(lambda one: one.state == SessionState.LIVE, within_s=60)
    former = pids(hands)
    checked = {leg.id: leg.checked_at for leg in tables.session_by_id(session_id).legs}

    for pid in former:
        os.kill(pid, signal.SIGKILL)

    session = spread.until(lambda one: all(leg.checked_at > checked[leg.id] for leg in one.legs), within_s=60)
    assert session.state == SessionState.LIVE
    assert not set(former) & set(pids(hands))


def test_more_legs_than_connections_begin_in_waves(studio, run, monkeypatch):
    monkeypatch.setattr(reconcile, "MOST_KEPT", 2)
    monkeypatch.setattr(reconcile, "WAVE", 1)
    studio.start()
    most = []

    def look(one) -> bool:
        most.append(sum(leg.former_setting is not None and leg.state in reconcile._SETTING_UP for leg in one.legs))
        return one.state == SessionState.LIVE

    session = run.until(look)

    assert max(most) <= 1
    assert session.verdict == Verdict.SECURE
    assert run.engine._hands.connections.device_ids == {studio.devices["bridge"].id}  # The others' are opened again for each reading.
