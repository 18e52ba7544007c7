"""Receives traps in a process of its own: a known device that sends one is looked at before its turn, and nothing else follows from it.

Senders nobody knows are counted and shown to technicians, never believed.  A lost trap costs nothing but time: the device is looked at
on its interval anyway.
"""

import asyncio
import logging
import signal
import socket
import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from functools import partial
from typing import Protocol, TypeVar

from flask import Flask

from device_drivers.errors import DeviceError
from device_drivers.transports.snmp_traps import Trap, TrapReceiver, TrapUser, UnknownEngine
from roomctl import clock
from roomctl.config import Settings
from roomctl.database import DATABASE_AWAY, db, let_go, write_transaction
from roomctl.devices import probe_tables, probing, snmp, snmp_tables

_log = logging.getLogger(__name__)
PORT = 10162  # The system port, 162, needs a privilege: redirect it.
WISH_EVERY_S, USERS_EVERY_S, ENGINES_EVERY_S = 0.5, 30.0, 10.0
MOST_ENGINES = 1000  # Strangers that are remembered.
T = TypeVar("T")


class Receiver(Protocol):
    """What is needed of the transport's receiver."""

    unknown_engines: dict[bytes, UnknownEngine]

    def register(self, user: TrapUser) -> None: ...
    def forget(self, key: str) -> None: ...


class Desk:
    """What came in, until it is written: devices to look at, strangers to count.  Traps arrive in other threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._device_ids: set[int] = set()
        self._users: dict[str, TrapUser] = {}
        self._counted: dict[bytes, int] = {}

    def take(self, trap: Trap) -> None:
        with self._lock:
            self._device_ids.add(int(trap.key))

    def write_wishes(self) -> None:
        """Have the devices looked at that have sent something; what cannot be written is written later."""
        with self._lock:
            device_ids, self._device_ids = self._device_ids, set()
        try:
            probing.wish(probe_tables.ids_in_use(device_ids))
        except DATABASE_AWAY:
            with self._lock:
                self._device_ids |= device_ids
            raise

    def write_engines(self, seen: Collection[UnknownEngine]) -> None:
        """Add to the count of strangers what came since the last time."""
        news = [(one, one.count - self._counted.get(one.engine_id, 0)) for one in seen]
        # A stranger that was forgotten meanwhile begins to count anew.
        news = [(one, more if more > 0 else one.count) for one, more in news if more]
        if news:
            note_unknown_engines([(one.engine_id.hex(), one.host, more) for one, more in news])
        self._counted = {one.engine_id: one.count for one in seen}

    def let_in(self, receiver: Receiver, known: Collection[TrapUser]) -> None:
        """Let in these devices and no others; called in the receiver's loop."""
        users = {user.key: user for user in known}
        for key in self._users.keys() - users.keys():
            receiver.forget(key)
        for key, user in users.items():
            if self._users.get(key) != user:
                receiver.register(user)
        self._users = users


def trap_users() -> list[TrapUser]:
    """Return who may send traps: every device that is asked over SNMP, from its own address, with the login it is asked with."""
    now, users = clock.now(), []
    for device, row in snmp_tables.trap_senders():
        login, host = snmp.login_of(row, now), _address_of(device.host)
        if host and not isinstance(login, DeviceError):
            users.append(TrapUser(str(device.id), host, login, bytes.fromhex(row.engine_id) if row.engine_id else None))
    db.session.rollback()
    return users


def _address_of(host: str) -> str:
    try:
        return str(socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)[0][4][0])
    except OSError:
        return ""


def note_unknown_engines(seen: Collection[tuple[str, str, int]]) -> None:
    """Count traps of strangers: engine ID, address, how many more; only the latest are remembered."""
    now = clock.now()
    with write_transaction() as session:
        for engine_id, address, more in seen:
            row = snmp_tables.unknown_engine(engine_id[:64], address[:64])
            if row is None:
                row = snmp_tables.UnknownEngine(engine_id=engine_id[:64], address=address[:64], count=0, first_at=now)
                session.add(row)
            row.count, row.last_at = min(row.count + more, 2**31 - 1), now
        session.flush()
        snmp_tables.forget_oldest_engines(MOST_ENGINES)


def engine_of(settings: Settings) -> tuple[bytes, int]:
    """Return the receiver's own engine ID, always the same, and how often it was started: an inform's sender relies on both."""
    path = settings.home / "trap-starts"
    try:
        starts = int(path.read_text()) + 1
    except (OSError, ValueError):
        starts = 1
    fresh = path.with_suffix(".new")
    fresh.write_text(str(starts))
    fresh.replace(path)
    return b"\x80\x00\x00\x00\x05" + settings.secret("snmp-engine-id", size=8), starts  # RFC 3411: octets given by an administrator.


async def receive(app: Flask, host: str, port: int, stop: asyncio.Event) -> None:
    """Receive traps until told to stop.  Raises Unreachable when the port cannot be had."""
    desk = Desk()
    engine_id, boots = engine_of(app.config["SETTINGS"])
    receiver = TrapReceiver(host, port, (), desk.take, engine_id=engine_id, boots=boots)
    await receiver.start()
    _log.warning("listening for traps on %s port %s", host, receiver.port)
    loop = asyncio.get_running_loop()
    next_users = next_engines = 0.0
    try:
        while not stop.is_set():
            now = loop.time()
            if now >= next_users:
                next_users = now + USERS_EVERY_S
                users = await asyncio.to_thread(_with_database, app, trap_users)
                if users is not None:
                    desk.let_in(receiver, users)
            if now >= next_engines:
                next_engines = now + ENGINES_EVERY_S
                await asyncio.to_thread(_with_database, app, partial(desk.write_engines, list(receiver.unknown_engines.values())))
            await asyncio.to_thread(_with_database, app, desk.write_wishes)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), WISH_EVERY_S)
    finally:
        await receiver.stop()
        await asyncio.to_thread(_with_database, app, desk.write_wishes)


def _with_database(app: Flask, step: Callable[[], T]) -> T | None:
    """Do one short piece of work with the database; None when it is away, or the step failed: receiving goes on."""
    with app.app_context():
        try:
            return step()
        except DATABASE_AWAY as error:
            _log.warning("the database is away: %s", str(error).splitlines()[0])
        except Exception:
            _log.exception("a step of the trap receiver failed")
        finally:
            let_go()
    return None


def run(app: Flask, host: str, port: int) -> None:
    """Receive traps until SIGTERM or SIGINT."""

    async def main() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        await receive(app, host, port, stop)

    asyncio.run(main())
