"""Starting and stopping what a story needs, so that nothing is left running: not after Ctrl-C, and not when the story itself is killed."""

import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from roomctl.story.telling import StoryFailure, eventually

COMES_UP_WITHIN_S = 180.0
STOPS_WITHIN_S = 60.0  # The demo gives each of its own processes ten.
Environment = dict[str, str]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def environment(home: Path, **more: str) -> Environment:
    """Return this process's environment without what is set for another roomctl, and with a home of its own."""
    return {**{name: value for name, value in os.environ.items() if not name.startswith("ROOMCTL_")}, "ROOMCTL_HOME": str(home), **more}


@contextmanager
def running(*command: str, log: Path, env: Environment) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program while something else is done; it is asked to end, and ended when it does not.

    The kernel asks it too when this process dies.
    """
    dies_with_us = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
    with log.open("ab") as out:
        # Ctrl-C reaches this process only; it then ends the others in order.
        process = subprocess.Popen([*dies_with_us, *command], stdout=out, stderr=out, env=env, start_new_session=True)
    try:
        yield process
    finally:
        with undisturbed():
            process.terminate()
            try:
                process.wait(STOPS_WITHIN_S)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)  # Its session is its own: those that it has started go with it.
                process.wait()


def until_well(address: str, processes: list[subprocess.Popen[bytes]]) -> None:
    """Wait until an installation says that it is well; raise StoryFailure when it does not, or one of its processes ends."""

    def look() -> bool:
        for process in processes:
            if process.poll() is not None:
                raise StoryFailure(f"{' '.join(map(str, process.args[-4:]))} ended by itself with {process.returncode}")
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=2) as answer:  # noqa: S310
                return json.load(answer)["status"] == "ok"
        except (OSError, ValueError, KeyError):
            return False

    eventually(look, within_s=COMES_UP_WITHIN_S, what=f"{address} is well")


@dataclass
class _Asked:
    """Whether somebody has asked for the end while things were being stopped."""

    stopping: int = 0
    meanwhile: bool = False


_asked = _Asked()


@contextmanager
def undisturbed() -> Iterator[None]:
    """Stop things without being interrupted by whoever asks for the end once more; the request counts afterwards."""
    _asked.stopping += 1
    try:
        yield
    finally:
        _asked.stopping -= 1
        if _asked.meanwhile and not _asked.stopping:
            _asked.meanwhile = False
            raise KeyboardInterrupt


@contextmanager
def ends_in_order() -> Iterator[None]:
    """Let Ctrl-C and a request to end (SIGTERM, SIGHUP) end the story; only where the main thread tells it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupted(*_: object) -> None:
        if _asked.stopping:
            _asked.meanwhile = True
            return
        raise KeyboardInterrupt

    before = {one: signal.signal(one, interrupted) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
