"""Who carries the steps out at the devices: threads of this process, or, for thousands of legs, processes of their own.

One process decides and writes; the others only speak to devices, so no two can ever act on one leg.  A process reaches some 300
devices well and crawls beyond (measured with paramiko): each of them holds the connections of its own share of the devices.  One that
dies is started anew, and what it was doing is an error of that step, which is looked at afresh.
"""

import contextlib
import logging
import multiprocessing
import threading
from collections.abc import Collection, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing.connection import Connection

from device_drivers.readings import ConferenceOnBridge
from roomctl.devices.connect import Connections, Way
from roomctl.sessions import observe
from roomctl.sessions.far_ends import Readers
from roomctl.sessions.observe import Outcome, Task
from roomctl.sessions.warm import KeptOpen

AT_ONCE = 256  # Threads in one process; most of them wait for a codec that rings.
STOP, LET_GO, KEEP = -1, -2, -3  # What a process is told beside its tasks, which have numbers from 1 on.
LOST = "hand_lost"  # The process that did it is gone: what became of the step is not known.
_log = logging.getLogger(__name__)


class Threads:
    """Carries steps out in threads of this process."""

    def __init__(self, connections: Connections) -> None:
        self.connections, self.count = connections, 1
        self._readers, self._kept_open = Readers(connections), KeptOpen(connections)
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="legs")

    def submit(self, task: Task) -> "Future[Outcome]":
        return self._pool.submit(observe.carry_out, task, self.connections, self._readers)

    def let_go(self, device_ids: Collection[int]) -> None:
        """Close the connections to devices that no session needs any more."""
        self._readers.forget(device_ids)
        for device_id in device_ids:
            self.connections.let_go(device_id)

    def keep_open(self, ways: Mapping[int, Way], in_use: Collection[int]) -> None:
        """Keep the connections to these devices open; what is kept no longer is closed by whoever uses it last: a probe, as a rule."""
        self._kept_open.keep(ways)

    def close(self) -> None:
        self._kept_open.close()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self.connections.close()


class Processes:
    """Carries steps out in several processes, each device always in the same one."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._hands = [_Hand(number) for number in range(count)]

    def submit(self, task: Task) -> "Future[Outcome]":
        return self._hands[task.device_id % self.count].submit(task)

    def let_go(self, device_ids: Collection[int]) -> None:
        for hand in self._hands:
            hand.tell(LET_GO, frozenset(device_ids))

    def keep_open(self, ways: Mapping[int, Way], in_use: Collection[int]) -> None:
        """Keep the connections to these devices open, each in its own process; close what is kept no longer and no session uses."""
        for number, hand in enumerate(self._hands):
            hand.tell(KEEP, ({device_id: way for device_id, way in ways.items() if device_id % self.count == number}, frozenset(in_use)))

    def close(self) -> None:
        for hand in self._hands:
            hand.close()


class _Hand:
    """One process, and what it was asked to do and has not answered yet."""

    def __init__(self, number: int) -> None:
        self._number, self._lock = number, threading.Lock()
        self._asked: dict[int, tuple[Task, Future[Outcome]]] = {}
        self._next = 0
        self._closing = False
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")  # A fork would take the threads' locks along as they happen to be.
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs,), name=f"hand{self._number}", daemon=True)
        self._process.start()
        theirs.close()
        threading.Thread(target=self._listen, args=(self._pipe,), name=f"hand{self._number}", daemon=True).start()

    def submit(self, task: Task) -> "Future[Outcome]":
        future: Future[Outcome] = Future()
        with self._lock:
            self._next += 1
            self._asked[self._next] = (task, future)
            with contextlib.suppress(OSError):  # Whoever listens notices that it is gone, and answers for it.
                self._pipe.send((self._next, task))
        return future

    def tell(self, what: int, facts: object) -> None:
        with self._lock, contextlib.suppress(OSError):
            self._pipe.send((what, facts))

    def close(self) -> None:
        with self._lock:
            self._closing = True
            with contextlib.suppress(OSError):
                self._pipe.send((STOP, None))  # Closing alone would not reach it while a thread of ours reads from the same pipe.
        self._process.join(10)
        if self._process.is_alive():
            self._process.kill()

    def _listen(self, pipe: Connection) -> None:
        readings: dict[str, ConferenceOnBridge] = {}
        while True:
            try:
                number, outcome, at, reading = pipe.recv()
            except (EOFError, OSError):
                break
            if reading is not None:
                readings[at] = reading
            if at is not None:
                outcome = replace(outcome, bridge=readings[at])
            with self._lock:
                _, future = self._asked.pop(number)
            future.set_result(outcome)
        with self._lock:
            lost, self._asked = self._asked, {}
            if not self._closing:
                _log.error("process %s is gone; it is started anew", self._process.name)
                self._start()
        for task, future in lost.values():
            future.set_result(Outcome(task.leg_id, task.step, LOST, message_id=task.message[0] if task.message else None))


def _work(pipe: Connection) -> None:
    """Carry out what comes through the pipe until nobody is at its other end."""
    connections = Connections()
    readers, kept_open, answering = Readers(connections), KeptOpen(connections), threading.Lock()
    sent: dict[str, ConferenceOnBridge] = {}
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="legs")

    def answer(number: int, task: Task) -> None:
        outcome = observe.carry_out(task, connections, readers)
        reading, at = outcome.bridge, outcome.bridge.address if outcome.bridge is not None else None
        with answering, contextlib.suppress(OSError):
            # One reading of a bridge serves hundreds of legs, and names them all: it goes through the pipe once.
            is_known = at is not None and sent.get(at) is reading
            pipe.send((number, replace(outcome, bridge=None), at, None if is_known else reading))
            if at is not None:
                sent[at] = reading

    while True:
        try:
            number, asked = pipe.recv()
        except (EOFError, OSError):
            break
        if number == STOP:
            break
        if number > 0:
            pool.submit(answer, number, asked)
            continue
        if number == KEEP:
            ways, in_use = asked
            done_with = kept_open.keep(ways) - in_use
        else:
            done_with = asked
        readers.forget(done_with)
        for device_id in done_with:
            connections.let_go(device_id)
    kept_open.close()
    pool.shutdown(wait=False, cancel_futures=True)
    connections.close()
