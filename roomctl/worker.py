"""The worker: holds the lease, takes the running sessions on, probes devices, signs checkpoints.

It may be killed at any moment and started again: everything it needs is in the database.  When the database itself is
away, it waits, and goes on where it was.
"""

import logging
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from flask import Flask

from roomctl.audit import trail
from roomctl.booking import decide, escalate, remind, waiting
from roomctl.calendars import post
from roomctl.database import DATABASE_AWAY, let_go
from roomctl.devices import connect, probing
from roomctl.devices.tables import devices_in_order
from roomctl.documents import files as documents
from roomctl.sessions import lease, tables
from roomctl.sessions.reconcile import Engine
from roomctl.sessions.warm import Warmer

_log = logging.getLogger(__name__)
IDLE_S = 0.1  # How long a press waits at most.
AGAIN_S = 1.0
PROBES_AT_ONCE = 8
CHORES: tuple[tuple[float, Callable[[], object]], ...] = (  # What is done again and again, and how many seconds apart.
    (IDLE_S, decide.lapse_undecided),
    (30.0, escalate.escalate_overdue),
    (60.0, waiting.offer_what_came_free),
    (10.0, trail.sign_what_is_new),  # No entry stays longer without a signature.
    (remind.EVERY_S, remind.remind_attendees),
    (post.EVERY_S, post.deliver_in_background),
    (600.0, documents.sweep),  # What a kill has left of files.
)


def run(app: Flask) -> None:
    """Work until SIGTERM or SIGINT."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with app.app_context():
        while not stop.is_set():
            try:
                held = lease.acquire()
                let_go()
                if held is not None:
                    _work(held, stop)
            except lease.LeaseLost:
                _log.warning("another worker has taken over")
            except Exception as error:
                _note(error)
            finally:
                let_go()
            stop.wait(AGAIN_S)


def _work(held: lease.Held, stop: threading.Event) -> None:
    connections = connect.Connections()
    engine, prober, warmer = Engine(held, connections), Prober(connections), Warmer(connections)
    last_beat = time.monotonic()
    due = [last_beat + every_s for every_s, _ in CHORES]
    try:
        while not stop.is_set():
            try:
                if time.monotonic() - last_beat > lease.BEAT_EVERY_S:
                    lease.beat(held)
                    last_beat = time.monotonic()
                engine.tick()
                prober.tick()
                warmer.tick()
                for place, (every_s, chore) in enumerate(CHORES):
                    if time.monotonic() >= due[place]:
                        due[place] = time.monotonic() + every_s
                        chore()
            except lease.LeaseLost:
                raise
            except Exception as error:
                # One bad tick must not end the watch over all sessions; it is recorded, and the next tick starts afresh.
                _note(error)
                stop.wait(AGAIN_S)
            finally:
                let_go()
            engine.wait(IDLE_S)
        post.come_back()
        trail.checkpoint()
        lease.release(held)
    finally:
        warmer.close()
        prober.close()
        engine.close()  # The connections with it.


def _note(error: Exception) -> None:
    if isinstance(error, DATABASE_AWAY):
        _log.warning("the database is away: %s", str(error).splitlines()[0])
    else:
        _log.error("a tick failed", exc_info=error)


class Prober:
    """Looks at every device once in a while; one slow device never delays the others."""

    def __init__(self, connections: connect.Connections) -> None:
        self._connections = connections
        self._pool = ThreadPoolExecutor(PROBES_AT_ONCE, thread_name_prefix="probes")
        self._under_way: dict[int, object] = {}
        self._next: dict[int, float] = {}

    def tick(self) -> None:
        """Store what has come back, and send out what is due; devices in a session are left alone."""
        for device_id, future in list(self._under_way.items()):
            if future.done():
                del self._under_way[device_id]
                probing.store(future.result())
        if len(self._under_way) >= PROBES_AT_ONCE:
            return
        if min(self._next.values(), default=0.0) > time.monotonic():
            return
        leased = tables.leased_device_ids()
        for place, device in enumerate(devices_in_order()):
            due = self._next.setdefault(device.id, time.monotonic() + place * 0.05)
            if due > time.monotonic() or device.id in leased or device.id in self._under_way or len(self._under_way) >= PROBES_AT_ONCE:
                continue
            self._next[device.id] = time.monotonic() + probing.PROBE_EVERY.total_seconds()
            self._under_way[device.id] = self._pool.submit(probing.look, connect.way_to(device), self._connections)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
