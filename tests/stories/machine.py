"""roomctl as it runs on a machine, each part a process of its own, and people at browsers that speak real HTTP to it."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlencode

from builders import PASSWORD
from web.browser import Page

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
HOST = "127.0.0.1"
UP_WITHIN_S = 60


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on; taken one by one, two of them might be the same."""
    held = [socket.create_server((HOST, 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and after how long."""

    status: int
    text: str
    location: str = ""
    took_s: float = 0.0

    @property
    def led_to(self) -> int:
        """The last number in the address it led to."""
        return next(int(part) for part in reversed(self.location.split("/")) if part.isdigit())


class Person:
    """Somebody at a browser: cookies, the token of forms, and a connection for each request, so that any process may answer."""

    def __init__(self, port: int, *, patience_s: float = 60) -> None:
        self._port, self._patience_s = port, patience_s
        self._cookies: dict[str, str] = {}
        self._token = ""

    def sign_in(self, username: str) -> "Person":
        answer = self.send("/sign-in", username=username, password=PASSWORD)
        assert answer.status == 303, answer
        return self

    def beside(self) -> "Person":
        """Return the same person at another window."""
        other = Person(self._port, patience_s=self._patience_s)
        other._cookies, other._token = self._cookies, self._token
        return other

    def get(self, path: str) -> Answer:
        return self._ask("GET", path)

    def page(self, path: str) -> Page:
        return Page(self.get(path).text)

    def send(self, path: str, **typed: object) -> Answer:
        """Submit a form; a list is a field that is sent several times."""
        if not self._token:
            self._token = self.page("/sign-in").csrf
        return self._ask("POST", path, urlencode({"csrf_token": self._token, **typed}, doseq=True))

    def _ask(self, method: str, path: str, body: str | None = None) -> Answer:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()), "Connection": "close", "Accept": "text/html"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection(HOST, self._port, timeout=self._patience_s)
        asked = time.monotonic()
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value
        return Answer(answer.status, text, answer.headers.get("Location", ""), time.monotonic() - asked)


def at_once(*deeds: Callable[[], T]) -> list[T]:
    """Do all of them at the same moment, and return what came of each."""
    together = threading.Barrier(len(deeds))

    def do(deed: Callable[[], T]) -> T:
        together.wait()
        return deed()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(do, deeds))


class Machine:
    """The parts of one installation.  Each may be killed at any moment, and started again."""

    def __init__(self, home: Path, url: str, *, web_workers: int) -> None:
        self.home, self.url, self.port = home, url, free_ports(1)[0]
        self.commands = {
            "web": [sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", f"{HOST}:{self.port}", "--workers", str(web_workers), "--threads", "8",
                    "--worker-class", "gthread", "--no-control-socket", "--log-level", "warning"],
            "worker": [sys.executable, "-m", "roomctl.cli", "worker"],
        }
        self._environment = {**os.environ, "ROOMCTL_HOME": str(home), "ROOMCTL_DATABASE": url, "ROOMCTL_TRUSTED_HOSTS": HOST}
        self.processes: dict[str, subprocess.Popen] = {}

    def start(self, name: str) -> None:
        with (self.home / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(self.commands[name], stdout=log, stderr=log, cwd=ROOT, env=self._environment,
                                                    start_new_session=True)

    def run(self, *arguments: str) -> subprocess.CompletedProcess:
        """Run the command line of this installation."""
        return subprocess.run([sys.executable, "-m", "roomctl.cli", *arguments], cwd=ROOT, env=self._environment, capture_output=True, text=True,
                              timeout=UP_WITHIN_S)

    def children(self, name: str) -> list[int]:
        """Return the processes that a part has started; none when it has just died."""
        process_id = self.processes[name].pid
        with suppress(OSError):
            return [int(child) for child in Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()]
        return []

    def kill(self, name: str) -> None:
        """End a part and all that it has started with SIGKILL, and wait until they are gone, as systemd does before a restart."""
        started = self.children(name)
        self.processes[name].kill()
        self.processes[name].wait()
        for process in started:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        wait_for(lambda: not any(Path(f"/proc/{process}").exists() for process in started), f"the end of {name}")

    def wait_until_web_answers(self) -> None:
        wait_for(lambda: b'"database":"ok"' in self._health(), f"the web; see {self.home}/web.log")

    def _health(self) -> bytes:
        with suppress(OSError, http.client.HTTPException), socket.create_connection((HOST, self.port), timeout=5) as connection:
            connection.sendall(f"GET /healthz HTTP/1.0\r\nHost: {HOST}\r\n\r\n".encode())
            return b"".join(iter(lambda: connection.recv(4096), b""))
        return b""

    def stop(self) -> None:
        for process in reversed(self.processes.values()):
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def wait_for(condition: Callable[[], bool], what: str, *, within_s: float = UP_WITHIN_S) -> None:
    """Ask again and again until `condition` is true; fail with what was waited for."""
    until = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < until, f"waited in vain for {what}"
        time.sleep(0.05)


@contextmanager
def running(machine: Machine, *parts: str) -> Iterator[Machine]:
    """Start parts, wait until pages are answered, and stop everything at the end."""
    try:
        for name in parts:
            machine.start(name)
        machine.wait_until_web_answers()
        yield machine
    finally:
        machine.stop()
