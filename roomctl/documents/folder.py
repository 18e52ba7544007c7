"""Where the files lie: ROOMCTL_HOME/documents, under random names, readable by the owner only.

A file is whole and on the disk before its name is given to it, and gets that name inside the transaction that adds its row.
After a kill there may be a file without a row, which is swept; never a row without a file.
"""

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from roomctl.config import Settings

_PART = 64 * 1024
ON_ITS_WAY = ".part"


class TooLarge(ValueError):
    """There is more than was to be taken; what came was thrown away."""


@dataclass(frozen=True, slots=True)
class Received:
    """A file that has come in and has no name yet."""

    path: Path
    size: int
    sha256: str


def folder_of(settings: Settings) -> Path:
    return settings.home / "documents"


@contextmanager
def received(stream: BinaryIO, folder: Path, *, most: int) -> Iterator[Received]:
    """Take a file in and yield it; unless it was given its name by then, it is gone at the end.  Raises TooLarge and OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path, size, digest = folder / f"{secrets.token_hex(16)}{ON_ITS_WAY}", 0, hashlib.sha256()
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for part in iter(lambda: stream.read(_PART), b""):
                size += len(part)
                if size > most:
                    raise TooLarge
                digest.update(part)
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        yield Received(path, size, digest.hexdigest())
    finally:
        path.unlink(missing_ok=True)


def give_name(received: Received) -> str:
    """Give a file its name and return that; it outlives a power cut from here on.  Raises FileNotFoundError when it was swept."""
    name = received.path.name.removesuffix(ON_ITS_WAY)
    received.path.rename(received.path.with_name(name))
    directory = os.open(received.path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    return name


def sizes(folder: Path) -> dict[str, int]:
    """Return how large each file is, by its name."""
    found = {}
    for path in folder.iterdir() if folder.is_dir() else ():
        try:
            found[path.name] = path.stat().st_size
        except FileNotFoundError:
            continue  # Removed while we looked.
    return found


def strays(folder: Path, *, in_use: set[str], now: datetime, older_than: timedelta) -> list[Path]:
    """Return the files that belong to nobody and are not on their way any more."""
    found = []
    for path in folder.iterdir() if folder.is_dir() else ():
        try:
            age = now - datetime.fromtimestamp(path.stat().st_mtime, UTC)
        except FileNotFoundError:
            continue
        if path.name not in in_use and age > older_than:
            found.append(path)
    return found
