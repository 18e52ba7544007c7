"""The worker: holds the lease, takes the running sessions on, has devices probed, signs checkpoints.

It may be killed at any moment and started again: everything it needs is in the database.  When the database itself is
away, it waits, and goes on where it was.
"""

import logging
import signal
import threading
import time
from collections.abc import Callable, Collection
from datetime import timedelta
from functools import partial

from flask import Flask

from roomctl import clock
from roomctl.aside import Aside
from roomctl.audit import anchors, trail, upkeep
from roomctl.booking import bridge_ports, decide, escalate, local_use, no_show, remind, waiting
from roomctl.booking.tables import occupied_during
from roomctl.calendars import post
from roomctl.database import DATABASE_AWAY, let_go, write_transaction
from roomctl.devices import backup, connect, rotating
from roomctl.devices.prober import Prober, TakenOver
from roomctl.documents import files as documents
from roomctl.duty import alerts, preflight
from roomctl.notices import outbox
from roomctl.notices.wording import NoticeKind
from roomctl.organisation.roles import Role
from roomctl.organisation.tables import people_with_role_on
from roomctl.organisation.unit_tables import root_unit
from roomctl.sessions import lease, tables, timekeeping
from roomctl.sessions.errands import Errands
from roomctl.sessions.hands import Processes, Threads
from roomctl.sessions.reconcile import Engine
from roomctl.sessions.warm import Warmer
from roomctl.timespan import Span

_log = logging.getLogger(__name__)
IDLE_S = 0.1  # How long a press waits at most.
AGAIN_S = 1.0
NEEDED_SOON = timedelta(hours=2)  # No password is changed in a room that has a conference within this.


def _rooms_needed_soon(room_ids: Collection[int]) -> set[int]:
    now = clock.now()
    return {held.room_id for held in occupied_during(room_ids, Span(now, now + NEEDED_SOON))}


CHORES: tuple[tuple[float, Callable[[], object]], ...] = (  # What is done again and again, and how many seconds apart.
    (IDLE_S, decide.lapse_undecided),
    (30.0, escalate.escalate_overdue),
    (60.0, waiting.offer_what_came_free),
    (bridge_ports.EVERY_S, Aside("ports", bridge_ports.hold_what_lacks)),
    (10.0, trail.sign_what_is_new),  # No entry stays longer without a signature.
    (anchors.EVERY_S, Aside("anchors", anchors.deliver)),
    (remind.EVERY_S, remind.remind_attendees),
    (no_show.EVERY_S, no_show.look_for_no_shows),
    (60.0, local_use.close_what_is_over),
    (post.EVERY_S, post.deliver_in_background),
    (timekeeping.EVERY_S, timekeeping.Timekeeper().look),
    (alerts.EVERY_S, alerts.tick),
    (600.0, documents.sweep),  # What a kill has left of files.
    (preflight.EVERY_S, Aside("preflight", partial(preflight.check_ahead, tables.leased_device_ids))),
    (3600.0, preflight.forget_old),
    (backup.EVERY_S, Aside("backups", backup.Keeper(leased=tables.leased_device_ids).round)),
    (rotating.EVERY_S, Aside("passwords", rotating.Rotator(leased=tables.leased_device_ids, rooms_in_use=_rooms_needed_soon).round)),
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
                    _look_for_losses()
                    _work(app, held, stop)
            except lease.LeaseLost:
                _log.warning("another worker has taken over")
            except Exception as error:
                _note(error)
            finally:
                let_go()
            stop.wait(AGAIN_S)


def _work(app: Flask, held: lease.Held, stop: threading.Event) -> None:
    connections = connect.Connections()
    processes = app.config["SETTINGS"].device_processes
    hands = Processes(processes) if processes > 1 else Threads(connections)
    engine = Engine(held, hands=hands)
    warmer = Warmer(hands, lambda: engine.device_ids)
    errands = Errands(lambda: lease.check(held)).start(app)
    prober = _prober(held, connections, errands).start(app)
    last_beat = time.monotonic()
    due = [last_beat + every_s for every_s, _ in CHORES]
    try:
        while not stop.is_set():
            try:
                if time.monotonic() - last_beat > lease.BEAT_EVERY_S:
                    lease.beat(held)
                    last_beat = time.monotonic()
                engine.tick()
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
        errands.close()
        post.come_back()
        trail.checkpoint()
        lease.release(held)
    finally:
        prober.close()
        errands.close()
        engine.close()
        connections.close()


def _look_for_losses() -> None:
    """A database that was restored from a backup must say so before anything is added to its trail."""
    lost = upkeep.open_epoch_after_restore()
    if lost is not None:
        _log.error("the trail had lost entries (%s of %s were kept), as after a restore; a new epoch says so", *lost)
        with write_transaction():
            root = root_unit()
            officers = people_with_role_on(Role.AUDITOR, root.path) if root else []
            outbox.enqueue(NoticeKind.TRAIL_LOST, to=[one.id for one in officers], reason=f"{lost[0]}\n{lost[1]}")
    let_go()


def _note(error: Exception) -> None:
    if isinstance(error, DATABASE_AWAY):
        _log.warning("the database is away: %s", str(error).splitlines()[0])
    else:
        _log.error("a tick failed", exc_info=error)


def _prober(held: lease.Held, connections: connect.Connections, errands: Errands) -> Prober:
    """Return the prober, which knows of sessions and conferences only what is handed to it."""

    def still_ours() -> None:
        try:
            lease.check(held, lock=False)
        except lease.LeaseLost as error:
            raise TakenOver from error

    def rooms_in_use(room_ids: Collection[int]) -> set[int]:
        now = clock.now()
        return {held.room_id for held in occupied_during(room_ids, Span(now, now + timedelta(seconds=1)))}

    def in_use() -> set[int]:
        return tables.leased_device_ids() | errands.device_ids

    return Prober(connections, leased=in_use, rooms_in_use=rooms_in_use, still_ours=still_ours)
