"""What the tests of documents share: a way to add them, and a scanner that is started for them."""

import hashlib
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from builders import hash_quickly

from documents.samples import INFECTED, PDF
from roomctl.documents import files

CLAMD = Path("/usr/sbin/clamd")


@pytest.fixture(autouse=True)
def quick_hashing(monkeypatch):
    hash_quickly(monkeypatch)


@pytest.fixture
def add(place, app):
    """Add a document to a conference as its clerk, and return its id."""

    def send(conference_id: int, name: str = "Báo cáo.pdf", content: bytes = PDF, *, by=None) -> int:
        return files.add_document(conference_id, BytesIO(content), name, by=by or place.clerk)

    return send


@pytest.fixture
def scanned_at(app) -> Callable[[str], None]:
    """Let documents be scanned by the clamd at an address."""
    before = app.config["SETTINGS"]

    def set_up(address: str) -> None:
        app.config["SETTINGS"] = replace(before, clamd=address)

    yield set_up
    app.config["SETTINGS"] = before


@pytest.fixture(scope="session")
def clamd(tmp_path_factory) -> Iterator[str]:
    """A real clamd that knows one signature; yields the path of its socket."""
    if not CLAMD.exists():
        pytest.fail("clamd is missing: run `make test`, which installs Debian's package clamav-daemon")
    home = Path(tmp_path_factory.mktemp("clamd"))
    known = home / "known"
    known.mkdir()
    (known / "ours.hdb").write_text(f"{hashlib.md5(INFECTED).hexdigest()}:{len(INFECTED)}:Roomctl.Test.Signature\n")  # noqa: S324
    (home / "clamd.conf").write_text(
        f"LocalSocket {home}/socket\nDatabaseDirectory {known}\nForeground yes\nLogFile {home}/log\nStreamMaxLength 2M\n"
        f"TemporaryDirectory {home}\nSelfCheck 0\n")
    with (home / "output").open("wb") as output:
        process = subprocess.Popen([str(CLAMD), "--config-file", str(home / "clamd.conf")], stdout=output, stderr=output)
    try:
        until = time.monotonic() + 30
        while not _answers(home / "socket"):
            assert process.poll() is None and time.monotonic() < until, (home / "output").read_text()
            time.sleep(0.02)
        yield str(home / "socket")
    finally:
        process.terminate()
        process.wait(timeout=10)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
            client.sendall(b"zPING\0")
            return client.recv(10).startswith(b"PONG")
        except OSError:
            return False
