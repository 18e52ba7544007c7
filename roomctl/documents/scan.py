"""Asking clamd whether a file is clean.  Only its plain "OK" counts; anything else, silence too, is a refusal.

The protocol is clamd(8)'s INSTREAM: the file goes over the socket in chunks, so clamd needs no right to read our folder.
"""

import re
import socket
import struct
import time
from pathlib import Path

PATIENCE_S = 30.0  # For the whole scan: somebody waits at a form.
_CHUNK = 64 * 1024
_LONGEST_REPLY = 1024
_FOUND = re.compile(r"stream: ([\x21-\x7e]{1,200}) FOUND")


class ScanFailed(Exception):
    """Nobody can say whether the file is clean: clamd is away, silent, overloaded, or answers what we cannot read."""


class Infected(Exception):
    """clamd knows what is in the file; `signature` is its name for it."""

    def __init__(self, signature: str) -> None:
        super().__init__(signature)
        self.signature = signature


def scan(path: Path, address: str, *, patience_s: float = PATIENCE_S) -> None:
    """Return when clamd at `address` (a socket's path, or host:port) finds the file clean; raise Infected or ScanFailed."""
    until = time.monotonic() + patience_s
    try:
        with _connected(address, until) as clamd:
            _send(clamd, path, until)
            reply = _reply(clamd, until)
    except (OSError, ValueError) as error:  # A timeout is an OSError, and so is a chunk that clamd did not want any more.
        raise ScanFailed(f"{address}: {type(error).__name__}") from error
    found = _FOUND.fullmatch(reply)
    if found:
        raise Infected(found[1])
    if reply != "stream: OK":
        raise ScanFailed(f"{address} answered {reply[:100]!r}")


def _connected(address: str, until: float) -> socket.socket:
    if address.startswith("/"):
        clamd = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            clamd.settimeout(_left(until))
            clamd.connect(address)
        except BaseException:
            clamd.close()
            raise
        return clamd
    host, _, port = address.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=_left(until))


def _send(clamd: socket.socket, path: Path, until: float) -> None:
    clamd.sendall(b"zINSTREAM\0")
    with path.open("rb") as file:
        for chunk in iter(lambda: file.read(_CHUNK), b""):
            clamd.settimeout(_left(until))
            clamd.sendall(struct.pack(">L", len(chunk)) + chunk)
    clamd.sendall(struct.pack(">L", 0))


def _reply(clamd: socket.socket, until: float) -> str:
    reply = b""
    while not reply.endswith(b"\0"):
        clamd.settimeout(_left(until))
        part = clamd.recv(_LONGEST_REPLY)
        if not part or len(reply) > _LONGEST_REPLY:
            raise ValueError("the reply has no end")
        reply += part
    return reply[:-1].decode("ascii")  # UnicodeDecodeError is a ValueError.


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
