"""A PostgreSQL server of a test's own, which the test may kill."""

import os
import shutil
import signal
import subprocess
import uuid
from contextlib import suppress
from pathlib import Path

import psycopg
from machine import wait_for
from postgresql_programs import BECOME, POSTGRES, as_postgres


class MortalPostgresql:
    """The server and its one database, "roomctl"."""

    def __init__(self) -> None:
        self._home = Path(f"/tmp/roomctl-pg-{uuid.uuid4().hex[:8]}")  # noqa: S108 - a socket's path must be short
        self._home.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(self._home, "postgres", "postgres")
        as_postgres(str(POSTGRES / "initdb"), "-D", f"{self._home}/data", "-A", "trust", "-U", "roomctl", "-E", "UTF8", "--no-locale")
        self._server: subprocess.Popen | None = None
        self.start()
        with psycopg.connect(f"host={self._home} user=roomctl dbname=postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE roomctl")
        self.url = f"postgresql+psycopg://roomctl@/roomctl?host={self._home}"

    def start(self) -> None:
        """Start the server, and wait until it has recovered from whatever was done to it."""
        options = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={self._home}", "-c", "fsync=off"]
        with (self._home / "log").open("ab") as log:
            self._server = subprocess.Popen([*BECOME, str(POSTGRES / "postgres"), "-D", f"{self._home}/data", *options], stdout=log, stderr=log)
        wait_for(self._answers, f"PostgreSQL; see {self._home}/log")

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError), psycopg.connect(f"host={self._home} user=roomctl dbname=postgres", connect_timeout=2):
            return True
        return False

    def kill(self) -> None:
        """End the server and every process of it with SIGKILL, as a power cut does."""
        assert self._server is not None
        processes = Path(f"/proc/{self._server.pid}/task/{self._server.pid}/children").read_text().split()
        self._server.kill()
        self._server.wait()
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(int(process), signal.SIGKILL)
        wait_for(lambda: not any(Path(f"/proc/{process}").exists() for process in processes), "the end of PostgreSQL")

    def log(self) -> str:
        return (self._home / "log").read_text()

    def stop(self) -> None:
        if self._server is not None and self._server.poll() is None:
            self._server.send_signal(signal.SIGQUIT)
            self._server.wait(20)
        shutil.rmtree(self._home, ignore_errors=True)
