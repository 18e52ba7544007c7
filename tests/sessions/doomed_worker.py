"""A worker that dies by SIGKILL at a chosen step.

Reads "SESSION STEP" lines; for each it forks a worker that works on the session until it is live or ended, and kills
itself at the STEP-th boundary: before or after any command to a device, before or after any commit.  Prints "killed"
or "finished".  Forking from a process without threads is safe, and quicker than starting Python each time.
"""

import os
import signal
import sys
import threading
import time
from pathlib import Path

from sqlalchemy.orm import Session

from device_drivers.cisco_roomos.driver import CiscoRoomos
from device_drivers.simulated_bridge.driver import SimulatedBridge
from roomctl.app import create_app
from roomctl.config import Settings
from roomctl.database import db
from roomctl.sessions import lease, plan, tables
from roomctl.sessions.reconcile import Engine
from roomctl.sessions.states import SessionState

_count, _lock = 0, threading.Lock()


def boundary(fatal: int) -> None:
    global _count
    with _lock:
        _count += 1
        if _count == fatal:
            os.kill(os.getpid(), signal.SIGKILL)


def doomed(function, fatal: int):
    """Put a boundary before and after a function."""
    def wrapped(*args, **kwargs):
        boundary(fatal)
        answer = function(*args, **kwargs)
        boundary(fatal)
        return answer
    return wrapped


def work(home: Path, url: str, session_id: int, fatal: int, look_for_call_s: float) -> None:
    app = create_app(Settings(home=home, database_url=url))
    plan.LOOK_FOR_CALL = type(plan.LOOK_FOR_CALL)(seconds=look_for_call_s)
    with app.app_context():
        held = None
        while held is None:
            held = lease.acquire()
        for owner in (CiscoRoomos, SimulatedBridge):
            owner._ask = doomed(owner._ask, fatal)
        Session.commit = doomed(Session.commit, fatal)
        engine = Engine(held)
        until = time.monotonic() + 30
        while time.monotonic() < until:
            engine.tick()
            db.session.remove()
            state = tables.session_by_id(session_id).state
            ending = tables.session_by_id(session_id).end_asked_at is not None
            db.session.remove()
            if state in (SessionState.ENDED, SessionState.FAILED) or (state == SessionState.LIVE and not ending):
                os._exit(0)
    os._exit(2)


if __name__ == "__main__":
    home, url, look_for_call_s = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    for line in sys.stdin:
        session_id, fatal = map(int, line.split())
        child = os.fork()
        if child == 0:
            work(home, url, session_id, fatal, look_for_call_s)
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        print("killed" if killed else "finished" if status == 0 else f"failed {status}", flush=True)
