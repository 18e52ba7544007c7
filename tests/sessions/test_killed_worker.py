"""SIGKILL at every step: the next worker ends it right, without a second dial."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from studio import QUICK, Run, leg_of

from device_drivers.cisco_roomos.driver import CiscoRoomos
from roomctl.database import db
from roomctl.devices import connect
from roomctl.sessions import control, lease, override_tables, plan
from roomctl.sessions.override import ask_override, decide_override
from roomctl.sessions.reconcile import Engine
from roomctl.sessions.states import LegState, SessionState
from roomctl.sessions.verdict import Verdict

LOOK_FOR_CALL_S = 0.4  # The simulated call is there at once; five seconds each would only make the test long.
MOST_STEPS = 400


@pytest.fixture
def doomed_worker(app):
    settings = app.config["SETTINGS"]
    script = Path(__file__).with_name("doomed_worker.py")
    process = subprocess.Popen([sys.executable, str(script), str(settings.home), settings.database_url, str(LOOK_FOR_CALL_S)],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def work(session_id: int, fatal: int) -> bool:
        """Return True when the worker was killed, False when it finished before its fatal step."""
        db.session.rollback()
        process.stdin.write(f"{session_id} {fatal}\n")
        process.stdin.flush()
        answer = process.stdout.readline().strip()
        assert answer in ("killed", "finished"), answer
        return answer == "killed"

    yield work
    process.stdin.close()
    process.wait(10)


def take_over(condition):
    """Let a fresh worker in this process go on until `condition` holds."""
    held = lease.acquire()
    assert held is not None, "a dead worker's lease is taken over at once"
    engine = Engine(held, connect.Connections(QUICK))
    try:
        return Run(engine).until(condition, within_s=30)
    finally:
        engine.close()
        lease.release(held)


def only_over_a_bridge(monkeypatch) -> None:
    """Let no codec be called by another."""
    monkeypatch.setattr(CiscoRoomos, "supports", CiscoRoomos.supports - {"answer"})


@pytest.mark.slow
@pytest.mark.parametrize(("way", "dialled"), [("bridge", [["7001@bridge.example"], ["7001@bridge.example"]]), ("direct", [[], ["hall@vc.example"]])])
def test_a_worker_killed_at_any_step_costs_nothing_and_never_dials_twice(studio, doomed_worker, monkeypatch, way, dialled):
    if way == "bridge":
        only_over_a_bridge(monkeypatch)
    monkeypatch.setattr(plan, "LOOK_FOR_CALL", timedelta(seconds=LOOK_FOR_CALL_S))
    occurrence_id = studio.book_now(rooms=("hall", "room"))
    codecs = [studio.codecs["hall"], studio.codecs["room"]]
    killed_starting = killed_ending = True
    step, stride = 0, 1 if way == "bridge" else 4  # The steps are the same ones; straight, each fourth boundary is enough.

    while killed_starting or killed_ending:
        step += stride
        assert step < MOST_STEPS
        for codec in codecs:
            codec.dialled.clear()

        session_id = control.start_session(occurrence_id, lead=studio.lead)
        killed_starting = doomed_worker(session_id, step)
        session = take_over(lambda one: one.state == SessionState.LIVE)
        assert [leg.state for leg in session.legs] == [LegState.PROVEN] * 2, step
        assert session.topology == way
        assert [codec.dialled for codec in codecs] == dialled, f"killed at step {step} of the start"
        assert [len(codec.calls_up()) for codec in codecs] == [1, 1], step

        control.end_session(session_id, lead=studio.lead)
        killed_ending = doomed_worker(session_id, step)
        session = take_over(lambda one: one.state == SessionState.ENDED)
        assert session.verdict == Verdict.SECURE, step
        assert [codec.calls_up() for codec in codecs] == [{}, {}], f"killed at step {step} of the end"
        assert [codec.setting for codec in codecs] == ["BestEffort"] * 2, f"killed at step {step} of the end"

    assert step > 20, "the boundaries were not met"


@pytest.mark.slow
def test_a_worker_killed_anywhere_after_an_override_was_granted_loses_neither_it_nor_its_word(studio, doomed_worker, monkeypatch):
    monkeypatch.setattr(plan, "LOOK_FOR_CALL", timedelta(seconds=LOOK_FOR_CALL_S))
    only_over_a_bridge(monkeypatch)
    studio.codecs["room"].bad.lies = True
    occurrence_id = studio.book_now(rooms=("hall", "room"))
    killed, step = True, -2

    while killed:
        step += 3  # Every third boundary: the steps themselves are tested one by one above.
        assert step < MOST_STEPS
        session_id = control.start_session(occurrence_id, lead=studio.lead)
        session = take_over(lambda one: leg_of(one, "room").state == LegState.HUNG_UP and not leg_of(one, "room").wanted)
        override_id = ask_override(session_id, leg_of(session, "room").id, reason="Họp khẩn", lead=studio.lead)
        decide_override(override_id, grant=True, reason="Đã xác minh", by=studio.place.officer)

        killed = doomed_worker(session_id, step)
        session = take_over(lambda one: one.state == SessionState.LIVE)
        assert (leg_of(session, "room").state, session.verdict) == (LegState.OVERRIDDEN, Verdict.NOT_SECURE), step

        control.end_session(session_id, lead=studio.lead)
        take_over(lambda one: one.state == SessionState.ENDED)
        db.session.expire_all()
        assert override_tables.override_by_id(override_id).ended_why == "session_ended", step
