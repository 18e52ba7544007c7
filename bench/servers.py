"""Real servers to measure against: PostgreSQL with its safe defaults, and gunicorn, each in a folder of its own."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

POSTGRES = Path("/usr/lib/postgresql/15/bin")
START_WITHIN_S = 30


@contextmanager
def postgresql() -> Iterator[str]:
    """Yield the address of an empty database on a PostgreSQL server that keeps what it acknowledged (fsync on)."""
    home = Path(tempfile.mkdtemp(prefix="roomctl-bench-"))
    as_owner = []
    if os.geteuid() == 0:  # PostgreSQL refuses to be root.
        shutil.chown(home, "postgres", "postgres")
        as_owner = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]

    def run(*command: str) -> None:
        subprocess.run([*as_owner, *command], check=True, capture_output=True)

    run(str(POSTGRES / "initdb"), "-D", f"{home}/data", "-A", "trust", "-U", "roomctl", "-E", "UTF8", "--no-locale")
    run(str(POSTGRES / "pg_ctl"), "-D", f"{home}/data", "-l", f"{home}/log", "-w",
        "-o", f"-c listen_addresses='' -c unix_socket_directories={home}", "start")
    try:
        yield f"postgresql+psycopg://roomctl@/postgres?host={home}"
    finally:
        run(str(POSTGRES / "pg_ctl"), "-D", f"{home}/data", "-m", "immediate", "stop")
        shutil.rmtree(home, ignore_errors=True)


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on; taken one by one, two of them might be the same."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


@contextmanager
def gunicorn(environment: dict[str, str], *, workers: int) -> Iterator[int]:
    """Serve roomctl as an installation does and yield the port."""
    port = free_ports(1)[0]
    command = [sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", f"127.0.0.1:{port}", "--workers", str(workers), "--threads", "8",
               "--worker-class", "gthread", "--no-control-socket", "--log-level", "warning"]
    process = subprocess.Popen(command, env={**os.environ, **environment})
    try:
        until = time.monotonic() + START_WITHIN_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if time.monotonic() > until or process.poll() is not None:
                    raise RuntimeError("gunicorn did not start") from None
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(10)
