"""Makes the trial calls that were asked for, beside the sessions.

The database is the truth: a trial is under way before anything is dialled, so that what a killed worker left is known.  The next worker
looks for a call to that address, hangs it up, and the trial's result is unknown.  One thread calls `tick`; devices are spoken to in
others, and what they see is written down step by step.
"""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from device_drivers.errors import DeviceError
from device_drivers.readings import Tri
from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import db, write_transaction
from roomctl.devices import connect
from roomctl.devices.tables import bridges
from roomctl.duty import order_tables
from roomctl.errors import Conflict
from roomctl.sessions import tables, trial, trial_call, trial_tables
from roomctl.sessions.far_ends import BridgeReader
from roomctl.sessions.trial_call import Step, Trial
from roomctl.sessions.trial_tables import DONE, FAILED, UNDER_WAY, UNKNOWN, WAITING, TrialCall

AT_ONCE = 4
LAST_WAIT_S = 10.0  # For the calls that are up when the worker is told to stop.


@dataclass(slots=True)
class _UnderWay:
    trial: Trial
    device_id: int
    future: "Future[None]"
    steps: "queue.SimpleQueue[Step]"
    is_left_over: bool


class TrialCalls:
    """Works on the trial calls; `still_ours` raises when another worker has taken over."""

    def __init__(self, connections: connect.Connections, *, still_ours: Callable[[], None] = lambda: None) -> None:
        self._connections, self._still_ours = connections, still_ours
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="trials")
        self._under_way: dict[int, _UnderWay] = {}

    @property
    def device_ids(self) -> set[int]:
        """Return the devices that are spoken to now; nobody else is to look at them meanwhile."""
        return {one.device_id for one in list(self._under_way.values())}

    def tick(self) -> None:
        """Write down what was seen, give way to sessions, and begin what waits."""
        found = trial_tables.open_trials()
        self._give_way()
        self._collect()
        for one in found:
            if one.state == UNDER_WAY and one.id not in self._under_way:
                self._send(one, trial_call.end, is_left_over=True)
            elif one.state == WAITING and len(self._under_way) < AT_ONCE and self._claim(one.id):
                self._send(one, trial_call.run, is_left_over=False)

    def close(self) -> None:
        """Hang up what is up, for a while; what remains is looked for by the next worker."""
        for one in self._under_way.values():
            one.trial.gives_way.set()
        wait([one.future for one in self._under_way.values()], timeout=LAST_WAIT_S)
        try:
            self._collect()
        finally:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._connections.close()

    def _give_way(self) -> None:
        if self._under_way:
            leased = tables.leased_device_ids()
            for one in self._under_way.values():
                if one.device_id in leased:
                    one.trial.gives_way.set()

    def _claim(self, trial_id: int) -> bool:
        """Take a trial on, under the lock that a session's start takes too; False when it may not be made any more."""
        with write_transaction():
            self._still_ours()
            order_tables.lock_use_of_devices()
            row, now = trial_tables.trial_for_update(trial_id), clock.now()
            if row is None or row.state != WAITING:
                return False
            word = "trial_expired" if now - row.asked_at > trial.WAITS_AT_MOST else "retired" if row.device.retired_at is not None else ""
            try:
                trial.stands_in_the_way(row.device, row.address, now)
            except Conflict as error:
                word = word or error.reason
            if word:
                row.steps = [["ready", Tri.NO.value, word]]
                self._end(row, FAILED)
                return False
            row.state = UNDER_WAY
            return True

    def _send(self, row: TrialCall, work: Callable[[Trial, connect.Connections], None], *, is_left_over: bool) -> None:
        ways, steps = connect.ways_to([row.device_id]), queue.SimpleQueue()
        way = ways.get(row.device_id)
        if way is None or isinstance(way, DeviceError):
            with write_transaction():
                self._still_ours()
                row = trial_tables.trial_for_update(row.id)
                row.steps = [*row.steps, ["hung_up" if is_left_over else "ready", Tri.UNKNOWN.value, "retired" if way is None else way.kind]]
                self._end(row, UNKNOWN if is_left_over else FAILED)
            return
        asked = Trial(way, row.device.dial_address, row.address, steps.put, threading.Event(), self._bridge_of(row.address))
        self._under_way[row.id] = _UnderWay(asked, row.device_id, self._pool.submit(work, asked, self._connections), steps, is_left_over)
        db.session.rollback()  # Nothing of the database is held while devices are spoken to.

    def _bridge_of(self, address: str) -> BridgeReader | None:
        bridge = next((one for one in bridges() if address in one.pool), None)
        way = connect.ways_to([bridge.id]).get(bridge.id) if bridge is not None else None
        return BridgeReader(self._connections, way, way.device_id, address) if isinstance(way, connect.Way) else None

    def _collect(self) -> None:
        """Write down the steps that came, and the end of those that are over."""
        for trial_id, one in list(self._under_way.items()):
            is_over, came = one.future.done(), []
            while not one.steps.empty():
                came.append(one.steps.get_nowait())
            if not came and not is_over:
                continue
            with write_transaction():
                self._still_ours()
                row = trial_tables.trial_for_update(trial_id)
                if row is not None and row.state == UNDER_WAY:
                    row.steps = [*row.steps, *([name, answer.value, detail[:200]] for name, answer, detail in came)]
                    if is_over:
                        self._end(row, UNKNOWN if one.is_left_over else _state_of(row))
            if is_over:
                del self._under_way[trial_id]

    def _end(self, row: TrialCall, state: str) -> None:
        row.state, row.finished_at = state, clock.now()
        trail.append(EventKind.TRIAL_CALL_ENDED, actor=row.asked_by, subject=row.ref, unit=row.device.unit_id, outcome=state,
                     device=row.device_id, steps=row.steps)


def _state_of(row: TrialCall) -> str:
    """Return done when the call came about, whatever was read of it, and is gone; a call that may still be up is not done."""
    answers = {name: answer for name, answer, _ in row.steps}
    return DONE if answers.get("connected") == Tri.YES and answers.get("hung_up") == Tri.YES else FAILED
