"""Processes that die with the one that started them, and are started anew when they should be.

The kernel kills them when their parent dies, whatever it dies of; their ids are kept in a folder as well, for the next start to look.
"""

import contextlib
import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

GRACE_S = 0.5  # Between asking a process to end and ending it: a baresip with a hung call ignores the first SIGTERM.
BETWEEN_LOOKS_S = 0.1


@dataclass
class Child:
    """One process: what to run, where, and whether its end is followed by a new start."""

    name: str
    command: list[str]
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    comes_back_after_s: float | None = None
    talks: bool = False  # Its standard input and output are for whoever started it.
    process: subprocess.Popen[bytes] | None = None
    ended_at: float | None = None


class Children:
    """The processes of one lab.  All are started by one thread, which lives as long as they do."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._children: list[Child] = []
        self._lock = threading.RLock()
        self._ended = threading.Event()
        self._keeper: threading.Thread | None = None

    def start(self, children: list[Child]) -> None:
        """Start them all; raise OSError when one cannot be."""
        self._folder.mkdir(parents=True, exist_ok=True)
        ready = threading.Event()
        failed: list[OSError] = []

        def keep() -> None:
            try:
                for child in children:
                    self._launch(child)
            except OSError as error:
                failed.append(error)
            ready.set()
            while not self._ended.wait(BETWEEN_LOOKS_S):
                self._look()

        # The kernel's "parent" is the thread that started the child: it must outlive it.
        self._keeper = threading.Thread(target=keep, name="lab", daemon=True)
        self._keeper.start()
        ready.wait()
        if failed:
            self.stop()
            raise failed[0]

    def _launch(self, child: Child) -> None:
        with self._lock:
            if self._ended.is_set():
                return
            child.folder.mkdir(parents=True, exist_ok=True)
            with (child.folder / f"{child.name.partition('.')[2]}.log").open("ab") as log:
                ways = (subprocess.PIPE, subprocess.PIPE) if child.talks else (subprocess.DEVNULL, log)
                child.process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *child.command], cwd=child.folder, stdin=ways[0],
                                                 stdout=ways[1], stderr=log, env={**os.environ, **child.environment}, start_new_session=True)
            child.ended_at = None
            (self._folder / f"{child.name}.pid").write_text(f"{child.process.pid} {started_at(child.process.pid)}")
            if child not in self._children:
                self._children.append(child)

    def _look(self) -> None:
        for child in list(self._children):
            if child.process is None or child.process.poll() is None or child.comes_back_after_s is None:
                continue
            child.ended_at = child.ended_at or time.monotonic()
            if time.monotonic() - child.ended_at >= child.comes_back_after_s:
                self._launch(child)

    def kill(self, name: str) -> None:
        """End one process at once, as a crash would."""
        child = self.named(name)
        if child.process is not None:
            child.process.kill()
            child.process.wait()

    def named(self, name: str) -> Child:
        return next(child for child in self._children if child.name == name)

    def running(self) -> list[str]:
        return [child.name for child in self._children if child.process is not None and child.process.poll() is None]

    def stop(self) -> None:
        """Ask them to end, then end those that did not; nothing is left afterwards."""
        self._ended.set()
        with self._lock:
            processes = [child.process for child in self._children if child.process is not None]
        for process in processes:
            process.terminate()
        until = time.monotonic() + GRACE_S
        for process in processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, until - time.monotonic()))
        for process in processes:
            process.kill()
            process.wait()
        for child in self._children:
            (self._folder / f"{child.name}.pid").unlink(missing_ok=True)
        if self._keeper is not None:
            self._keeper.join()


def started_at(pid: int) -> str:
    """Return when a process started, in the kernel's ticks: with it, an id that was given anew is not mistaken.

    Empty when it is gone, or dead and only waiting for its parent to take note.
    """
    try:
        state, *rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if state in "ZX" else rest[18]


def is_running(pid_file: Path) -> int | None:
    """Return the id of the process that a file names, when it is that very process and alive."""
    try:
        pid, started = pid_file.read_text().split()
    except (OSError, ValueError):
        return None
    return int(pid) if started and started_at(int(pid)) == started else None


def clear_away(folder: Path) -> list[str]:
    """End what an earlier lab left behind, and return the names."""
    left = []
    for pid_file in sorted(folder.glob("*.pid")):
        if (pid := is_running(pid_file)) is not None:
            left.append(pid_file.stem)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        pid_file.unlink(missing_ok=True)
    return left
