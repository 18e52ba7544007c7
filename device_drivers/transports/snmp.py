"""Polls SNMP agents: one engine, one loop in a thread of its own, and any thread may hand in work.

Agents that were silent last time wait in a lane of their own, so that a dead one never delays the others; each lane has a limit of polls
under way.  An agent's engine ID is asked once and kept; it is forgotten when the login or the address changes, when the
agent says it has another, and after three silent polls, for the device may have been exchanged.
"""

import asyncio
import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from device_drivers.errors import DeviceError, NoSnmpAnswer
from device_drivers.snmp.asking import Answers, Asked
from device_drivers.transports.snmp_lines import UsmSession, line_for
from device_drivers.transports.snmp_login import Keyring
from device_drivers.transports.snmp_poll import LONGEST_S, Poll
from device_drivers.transports.snmp_quirks import Quirks, Target
from device_drivers.transports.snmp_wire import Address, Wire

SILENCES = 3  # Silent polls after which an engine ID is asked again.
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Polled:
    """What one poll brought.  `quirks` is for the next `Target`; `engine_id` is None below version 3; `asked_again` counts lost or late answers."""

    answers: Answers
    quirks: Quirks
    engine_id: bytes | None
    took_s: float
    asked_again: int


@dataclass(slots=True)
class _Peer:
    """What the engine keeps of a target between polls."""

    target: Target
    address: Address | None = None
    session: UsmSession | None = None
    silences: int = 0


@dataclass(slots=True)
class _Lane:
    """Polls that wait for their turn, and how many of them run."""

    limit: int
    running: int = 0
    waiting: deque = field(default_factory=deque)


class Engine:
    """Polls agents in the background.  `start` it once, `close` it at the end; everything else may be called from any thread in between."""

    def __init__(self, *, at_once: int = 2000) -> None:
        self._lanes = {False: _Lane(at_once), True: _Lane(at_once)}  # By whether the agent was silent last time.
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._wire: Wire | None = None
        self._lock = threading.Lock()
        self._handed_in: list[tuple[Target, Asked, Future]] = []
        self._peers: dict[str, _Peer] = {}
        self._running_polls: dict[asyncio.Task, Future] = {}
        self._keyring = Keyring()
        self._executor = ThreadPoolExecutor(2, thread_name_prefix="snmp keys")

    def start(self) -> "Engine":
        """Start the loop and its thread; returns the engine."""
        if self._loop is not None:
            raise RuntimeError("an engine is started once")
        self._loop = asyncio.new_event_loop()
        self._wire = Wire(self._loop)
        self._thread = threading.Thread(target=self._run, name="snmp", daemon=True)
        self._thread.start()
        return self

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._loop.close()

    def close(self) -> None:
        """End every poll, which fails, and the thread.  May be called twice."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is None:
            return
        asyncio.run_coroutine_threadsafe(self._end(), self._loop)
        thread.join()
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def _end(self) -> None:
        """Fail what waits, then what runs: the other way round, what runs would make room for what waits."""
        with self._lock:
            waiting, self._handed_in = self._handed_in, []
        for lane in self._lanes.values():
            waiting.extend(lane.waiting)
            lane.waiting.clear()
        running = dict(self._running_polls)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        for future in (*(job[-1] for job in waiting), *running.values()):
            if not future.done() and (future.running() or future.set_running_or_notify_cancel()):
                future.set_exception(_closed())
        self._wire.close()
        self._loop.stop()

    def register(self, targets: Iterable[Target]) -> "Future[None]":
        """Make targets known before they are polled; the future is done when their passwords are hashed, which takes 3 ms for each password.

        Polling what was not registered works, and hashes then.  A target with another address or login than before starts afresh.
        """
        known = list(targets)
        return asyncio.run_coroutine_threadsafe(self._register(known), self._running())

    async def _register(self, targets: list[Target]) -> None:
        for target in targets:
            self._peer(target)
        for login in {target.login for target in targets if target.login.version == "3"}:
            await self._loop.run_in_executor(self._executor, self._keyring.warm, login)

    def forget(self, key: str) -> None:
        """Drop what is known of a target, its engine ID with it."""
        self._running().call_soon_threadsafe(self._peers.pop, key, None)

    def poll(self, target: Target, asked: Asked) -> "Future[Polled]":
        """Poll an agent; the future brings what it answered or raises a DeviceError."""
        future: Future[Polled] = Future()
        with self._lock:
            loop = self._running()
            first = not self._handed_in  # One wake-up for all that come before the loop looks.
            self._handed_in.append((target, asked, future))
        if first:
            loop.call_soon_threadsafe(self._take)
        return future

    def engine_ids(self) -> dict[bytes, tuple[str, ...]]:
        """Return which targets answered as which engine.  Two targets with one engine ID are a finding: a cloned image, or one device twice."""
        found: dict[bytes, tuple[str, ...]] = {}
        for key, peer in list(self._peers.items()):
            session = peer.session
            if session is not None and session.proven:
                found[session.engine_id] = (*found.get(session.engine_id, ()), key)
        return found

    @property
    def counters(self) -> Counter[str]:
        """Datagrams that were dropped, by why."""
        return Counter(self._wire.counters) if self._wire else Counter()

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._thread is None:
            raise _closed()
        return self._loop

    def _take(self) -> None:
        with self._lock:
            taken, self._handed_in = self._handed_in, []
        for job in taken:
            self._lanes[self._peer(job[0]).silences > 0].waiting.append(job)
        for lane in self._lanes.values():
            self._fill(lane)

    def _fill(self, lane: _Lane) -> None:
        while lane.waiting and lane.running < lane.limit:
            target, asked, future = lane.waiting.popleft()
            if future.set_running_or_notify_cancel():
                lane.running += 1
                task = self._loop.create_task(self._work(lane, target, asked, future))
                self._running_polls[task] = future  # The loop itself keeps no task alive.
                task.add_done_callback(self._running_polls.pop)

    async def _work(self, lane: _Lane, target: Target, asked: Asked, future: Future) -> None:
        try:
            future.set_result(await self._polled(target, asked))
        except Exception as error:  # Whoever asked is told; the others go on.
            if not isinstance(error, DeviceError):
                _log.exception("polling %s failed", target.key)
            future.set_exception(error)
        finally:
            lane.running -= 1
            self._fill(lane)

    def _peer(self, target: Target) -> _Peer:
        peer = self._peers.get(target.key)
        if peer is None or (peer.target.host, peer.target.port, peer.target.login) != (target.host, target.port, target.login):
            peer = self._peers[target.key] = _Peer(target)
        return peer

    async def _polled(self, target: Target, asked: Asked) -> Polled:
        peer, begun = self._peer(target), time.monotonic()
        if peer.address is None:
            peer.address = await self._wire.resolve(target.host, target.port)
        line = line_for(self._wire, target, peer.address, peer.session, self._keyring, self._executor)
        poll = Poll(line, target.quirks, can_bulk=target.login.version != "1", longest_s=LONGEST_S)
        silent = False
        try:
            await poll.run(asked)
        except NoSnmpAnswer:
            silent = True
            raise
        finally:
            peer.session = line.session
            self._note(peer, silent)
        session, flags = peer.session, poll.flags
        if session is not None and session.moved:
            flags, session.moved = flags | {"engine_time_moved"}, False
        timed = session is not None and session.at > 0
        answers = Answers(poll.values, poll.answered_at or begun, session.boots if timed else None,
                          session.time_now_s() if timed else None, frozenset(flags))
        return Polled(answers, poll.quirks, session.engine_id if session else None, time.monotonic() - begun, line.asked_again)

    def _note(self, peer: _Peer, silent: bool) -> None:
        """Count silent polls in a row; after some, name and engine ID are asked again."""
        peer.silences = peer.silences + 1 if silent else 0
        if silent and peer.silences % SILENCES == 0:
            peer.session = peer.address = None


def _closed() -> RuntimeError:
    return RuntimeError("the SNMP engine is not running")
