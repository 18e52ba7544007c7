"""Who works on the sessions: one lease, with a heartbeat and a fencing number that every write checks.

The lease expires by the database's clock.  On one machine a restarted worker takes over at once, because it can see
that the former process is dead.
"""

import os
import secrets
import socket
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from roomctl.database import db, write_transaction
from roomctl.errors import RoomctlError
from roomctl.sessions import tables

LASTS = timedelta(seconds=10)
BEAT_EVERY_S = 2.0


class LeaseLost(RoomctlError):
    """Another worker has taken over; this one must stop without writing anything."""


@dataclass(frozen=True, slots=True)
class Held:
    holder: str
    fence: int


def _self() -> str:
    """Return who this process is: host, process, and when it started, since process numbers come round again."""
    return f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}:{secrets.token_hex(4)}"


def _started(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _is_dead(holder: str) -> bool:
    """True when the holder ran on this machine and is no longer there."""
    host, pid, started, _ = holder.split(":")
    return host == socket.gethostname() and _started(int(pid)) != started


def acquire() -> Held | None:
    """Take the lease; None while another worker holds it."""
    with write_transaction() as session:
        row, now, me = tables.worker_lease(lock=True), tables.database_now(), _self()
        if row is None:
            session.add(tables.WorkerLease(name="sessions", holder=me, fence=1, beat_at=now, expires_at=now + LASTS))
            return Held(me, 1)
        if row.expires_at > now and not _is_dead(row.holder):
            return None
        row.holder, row.fence, row.beat_at, row.expires_at = me, row.fence + 1, now, now + LASTS
        return Held(me, row.fence)


def beat(held: Held) -> None:
    """Renew the lease.  Raises LeaseLost."""
    with write_transaction():
        check(held)
        row, now = tables.worker_lease(), tables.database_now()
        row.beat_at, row.expires_at = now, now + LASTS


def check(held: Held, *, lock: bool = True) -> None:
    """Raise LeaseLost unless `held` is still the lease; called inside every transaction of a worker.

    Without `lock` a takeover in the middle of the transaction goes unnoticed: for what the next worker writes anew anyway.
    """
    row = tables.worker_lease(lock=lock)
    if row is None or row.fence != held.fence or row.holder != held.holder:
        raise LeaseLost


def release(held: Held) -> None:
    """Let the next worker take over at once."""
    with write_transaction():
        row = tables.worker_lease(lock=True)
        if row is not None and row.fence == held.fence:
            row.expires_at = tables.database_now()


def last_tick_age() -> timedelta | None:
    """Return how long ago a worker last gave a sign of life; None when there never was one."""
    row = tables.worker_lease()
    age = tables.database_now() - row.beat_at if row else None
    db.session.rollback()
    return age
