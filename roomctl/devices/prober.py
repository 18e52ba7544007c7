"""Looks at every device on its interval, spread out and bounded; a slow or silent one never delays the others.

All that must survive a kill is in the database: when each device was looked at, what it said, who waits for a look.  One thread calls
`tick`; devices are spoken to in others.  While the database is away what was found is kept and stored later.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from flask import Flask

from device_drivers.errors import DeviceError
from roomctl import clock
from roomctl.database import DATABASE_AWAY, let_go
from roomctl.devices import connect, probe_tables, probing, reading_tables, storing, thinning
from roomctl.devices.probe_tables import InPlan
from roomctl.devices.probing import Look
from roomctl.devices.schedule import Planned, Schedule
from roomctl.devices.snmp_lane import Polled, SnmpLane
from roomctl.devices.storing import Found

_log = logging.getLogger(__name__)
SSH_AT_ONCE, SSH_SILENT_AT_ONCE = 24, 12  # Devices that did not answer last time take at most half of the threads.
MOST_STORED = 250  # Devices in one transaction: a session's own writing never waits long.
STORE_EVERY_S, WISHES_EVERY_S, PLAN_EVERY_S = 1.0, 0.5, 20.0
MOST_WISHES = 500
REST_S, AGAIN_S = 0.1, 1.0
MOST_SENT = 1000  # Devices in one tick.
EQUIPMENT = "equipment"  # Speaks SNMP only.
_SILENT = frozenset({"unreachable", "silent", "connection_lost"})


class TakenOver(Exception):
    """Another worker looks at the devices now; this one stops without writing anything."""


@dataclass(slots=True)
class _UnderWay:
    """A look that has begun, or waits for a thread: by which ways, and what has come."""

    begun_at: datetime
    asks_ssh: bool
    asks_snmp: bool
    ssh: "Future[Look] | None" = None
    look: Look | None = None
    polled: Polled | None = None

    @property
    def is_done(self) -> bool:
        return (not self.asks_ssh or self.look is not None) and (not self.asks_snmp or self.polled is not None)


class Prober:
    """Takes wishes and turns as they come due, sends them out, and stores what comes back.

    `leased` returns the devices a session uses, which are left alone; `rooms_in_use` those of some rooms that have a conference now;
    `still_ours` raises TakenOver when another worker has taken over.
    """

    def __init__(self, connections: connect.Connections, *, leased: Callable[[], Collection[int]],
                 rooms_in_use: Callable[[Collection[int]], Collection[int]] = lambda _: (),
                 still_ours: Callable[[], None] = lambda: None, lane: SnmpLane | None = None) -> None:
        self._connections, self._leased, self._rooms_in_use, self._still_ours = connections, leased, rooms_in_use, still_ours
        self._pool = ThreadPoolExecutor(SSH_AT_ONCE, thread_name_prefix="probes")
        self._lane = SnmpLane() if lane is None else lane
        self._schedule = Schedule()
        self._plans: dict[int, InPlan] = {}
        self._silent: set[int] = set()  # By text control, when last looked at.
        self._waiting: tuple[deque[int], deque[int]] = (deque(), deque())  # For a thread: those that answer, those that were silent.
        self._wished: set[int] = set()
        self._under_way: dict[int, _UnderWay] = {}
        self._found: dict[int, Found] = {}
        self._thinner = thinning.Thinner()
        self._next_plan = self._next_wishes = self._next_store = self._next_thinning = 0.0
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def tick(self) -> None:
        """Take in what has come back, store it, and send out what is due."""
        now = time.monotonic()
        self._collect()
        if self._found and (now >= self._next_store or len(self._found) >= MOST_STORED or not self._wished.isdisjoint(self._found)):
            self._store()
            self._next_store = now + STORE_EVERY_S
        if now >= self._next_plan:
            self._plan(now)
        if now >= self._next_wishes:
            self._next_wishes = now + WISHES_EVERY_S
            wished = set(reading_tables.wishes(limit=MOST_WISHES))
            if not wished <= self._plans.keys():
                self._plan(now)  # Somebody has just added it.
            self._wished = wished & self._plans.keys()
        self._send(now)
        if now >= self._next_thinning:
            self._next_thinning = now + thinning.EVERY_S
            self._thinner.step()

    def _plan(self, now: float) -> None:
        """Read anew which devices there are: a light question, now and then."""
        self._next_plan = now + PLAN_EVERY_S
        at, rows = clock.now(), probe_tables.probe_plan()
        self._schedule.refresh([Planned(one.id, float(max(one.every_s, 1)), (at - one.probed_at).total_seconds() if one.probed_at else None)
                                for one in rows], now)
        if not self._plans:  # What was silent before this program was started is so again until it answers.
            self._silent = {one.id for one in rows if one.fault in _SILENT}
        self._plans = {one.id: one for one in rows}
        self._lane.forget_all_but([one.id for one in rows if one.speaks_snmp])

    def _send(self, now: float) -> None:
        self._hurry(self._wished)
        due = [device_id for device_id in (*sorted(self._wished), *self._schedule.due(now, MOST_SENT)) if self._may_begin(device_id)]
        if due:
            leased = set(self._leased())
            due = [device_id for device_id in dict.fromkeys(due) if device_id not in leased]  # A session's own checks say how it is.
        asked = self._lane.begin([device_id for device_id in due if self._plans[device_id].speaks_snmp])
        for device_id in due:
            over_ssh = self._plans[device_id].kind != EQUIPMENT
            if over_ssh or device_id in asked:
                self._under_way[device_id] = _UnderWay(clock.now(), over_ssh, device_id in asked)
            if over_ssh:
                queue = self._waiting[device_id in self._silent]
                (queue.appendleft if device_id in self._wished else queue.append)(device_id)
            if device_id in self._wished:
                self._schedule.looked_at(device_id, now)
        self._send_over_ssh()

    def _may_begin(self, device_id: int) -> bool:
        """False while it is being looked at or what was found waits to be stored, and when nobody has said how it is asked."""
        plan = self._plans.get(device_id)
        return (plan is not None and device_id not in self._under_way and device_id not in self._found
                and (plan.kind != EQUIPMENT or plan.speaks_snmp))

    def _hurry(self, wished: set[int]) -> None:
        """Let devices somebody waits for stand first in the queue they already wait in."""
        for queue in self._waiting:
            for device_id in wished & set(queue):
                queue.remove(device_id)
                queue.appendleft(device_id)

    def _send_over_ssh(self) -> None:
        running = [device_id for device_id, one in self._under_way.items() if one.ssh is not None and one.look is None]
        free = SSH_AT_ONCE - len(running)
        answering, silent = self._waiting
        # Never all of the threads at once for those that were silent, or one dead province would stop the looking.
        free_for_silent = min(free, SSH_SILENT_AT_ONCE - sum(device_id in self._silent for device_id in running))
        late = list(islice(silent, max(free_for_silent, 0)))
        next_ids = [*late, *islice(answering, max(free - len(late), 0))]
        if not next_ids:
            return
        ways = connect.ways_to(next_ids)
        for device_id in next_ids:
            (silent if silent and silent[0] == device_id else answering).popleft()
            way, one = ways.get(device_id), self._under_way[device_id]
            if not one.asks_snmp:
                one.begun_at = clock.now()
            if way is None:  # Retired a moment ago.
                del self._under_way[device_id]
            elif isinstance(way, DeviceError):
                one.look = Look(device_id, error=way)
            else:
                one.ssh = self._pool.submit(probing.look, way, self._connections)

    def _collect(self) -> None:
        for polled in self._lane.finished():
            if polled.device_id in self._under_way:
                self._under_way[polled.device_id].polled = polled
        at = clock.now()
        for device_id, one in list(self._under_way.items()):
            if one.look is None and one.ssh is not None and one.ssh.done():
                one.look = one.ssh.result()
                failed = one.look.error is not None and one.look.error.kind in _SILENT
                (self._silent.add if failed else self._silent.discard)(device_id)
            if one.is_done:
                del self._under_way[device_id]
                self._found[device_id] = Found(device_id, one.begun_at, at, one.look, one.polled)

    def _store(self) -> None:
        plans = [self._plans.get(one.device_id) for one in self._found.values() if storing.may_sleep(one)]
        rooms = {plan.room_id for plan in plans if plan is not None and plan.room_id is not None}
        in_use = self._rooms_in_use(rooms) if rooms else ()
        while self._found:
            batch = list(self._found.values())[:MOST_STORED]
            self._store_batch(batch, in_use)
            for one in batch:
                del self._found[one.device_id]
            self._wished -= {one.device_id for one in batch}

    def _store_batch(self, batch: list[Found], in_use: Collection[int]) -> None:
        """Store many at once; what the database does not take of one device must not cost the others."""
        try:
            storing.store(batch, rooms_in_use=in_use, still_ours=self._still_ours)
        except (TakenOver, *DATABASE_AWAY):
            raise
        except Exception:
            if len(batch) == 1:
                _log.exception("what was found of device %s cannot be stored", batch[0].device_id)
                return
            for one in batch:
                self._store_batch([one], in_use)

    def start(self, app: Flask) -> "Prober":
        """Tick in a thread of its own, so that neither this nor a live session waits for the other; returns the prober."""
        self._thread = threading.Thread(target=self._run, args=(app,), name="prober", daemon=True)
        self._thread.start()
        return self

    def _run(self, app: Flask) -> None:
        with app.app_context():
            while not self._stop.is_set():
                rest_s = REST_S
                try:
                    self.tick()
                except TakenOver:
                    return
                except DATABASE_AWAY as error:
                    _log.warning("the database is away: %s", str(error).splitlines()[0])
                    rest_s = AGAIN_S
                except Exception:  # One bad tick must not end the looking; it is recorded, and the next tick starts afresh.
                    _log.exception("a tick of the prober failed")
                    rest_s = AGAIN_S
                finally:
                    let_go()
                self._stop.wait(rest_s)

    def close(self) -> None:
        """Stop; what is under way is forgotten, since nothing says that it was looked at."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._lane.close()
