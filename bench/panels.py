"""What the panels cost that ask again every 15 seconds: 3,400 of them, through gunicorn with 2 workers, on SQLite and PostgreSQL.

A country of rooms around the present moment: two thirds are in conferences of several rooms, some in one of their own that somebody
came to, the rest free; every room has a codec that is probed once a minute meanwhile.  Each panel loads its page once and keeps its
cookies; its polls come through connections that are kept, as nginx keeps them, at moments spread over the 15 seconds.  A time is
counted from when the poll was due, so that waiting for a connection counts too.  The share of a core is user and system time of
gunicorn's processes.  `--panels N`, `--seconds S` and an engine's name make it smaller.
"""

import argparse
import asyncio
import os
import random
import tempfile
import threading
import time
from collections import Counter
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import insert, text, update

from bench import store
from bench.servers import gunicorn, postgresql
from roomctl import clock
from roomctl.app import create_app
from roomctl.booking.tables import Occurrence, Reservation
from roomctl.config import Settings
from roomctl.database import db
from roomctl.devices.health import Status
from roomctl.devices.tables import Device
from roomctl.organisation.signin import token_hash
from roomctl.rooms.tables import Panel, Room
from roomctl.timespan import to_local

PANELS, SECONDS, EVERY_S, PROBED_EVERY_S = 3400, 60, 15, 60
WORKERS, CONNECTIONS = 2, 48
WANTED = "< 0.8 of a core, p99 < 200 ms"
TICKS = os.sysconf("SC_CLK_TCK")


def furnish(app: Flask, count: int) -> None:
    """Fill the store so that its conferences lie around now, put a panel and a codec into every room, and let some be of one room."""
    hour = to_local(clock.now()).hour
    store.fill(app, count, count * (2 * store.DAYS_BACK + 6), halves=(hour - 1, hour + 5))
    with app.app_context():
        now = datetime.now(UTC)
        rooms = db.session.query(Room.id, Room.unit_id).order_by(Room.id).all()
        db.session.execute(insert(Panel), [{"room_id": room, "token_hash": token_hash(token_of(number)), "paired_at": now}
                                           for number, (room, _) in enumerate(rooms)])
        db.session.execute(insert(Device), [
            {"kind": "codec", "family": "cisco_roomos", "unit_id": unit, "room_id": room, "name": f"codec {room}", "host": "192.0.2.1", "port": room,
             "username": "roomctl", "status": Status.OK, "probed_at": now - timedelta(seconds=room % PROBED_EVERY_S), "created_at": now,
             "probe_every_s": PROBED_EVERY_S} for room, unit in rooms])
        for table in (Occurrence, Reservation):
            lone = table.id if table is Occurrence else table.occurrence_id
            near = Occurrence.planned_start_at.between(now - timedelta(hours=6), now + timedelta(hours=6))
            if table is Occurrence:
                db.session.execute(update(table).where(lone % 3 == 0, near, Occurrence.planned_start_at <= now).values(checked_in_at=now),
                                   execution_options={"synchronize_session": False})
            else:
                ids = db.session.query(Occurrence.id).filter(Occurrence.id % 3 == 0, near).scalar_subquery()
                first = db.session.query(db.func.min(Reservation.id)).filter(Reservation.occurrence_id.in_(ids)).group_by(Reservation.occurrence_id)
                db.session.execute(update(table).where(lone.in_(ids), Reservation.id.not_in(first.scalar_subquery())).values(state="released"),
                                   execution_options={"synchronize_session": False})
        db.session.commit()
        db.session.remove()
        db.engine.dispose()


def token_of(number: int) -> str:
    return f"panel-of-the-bench-{number}"


@contextmanager
def probing(app: Flask):
    """Note every codec as probed once a minute, a second's worth at a time, as the worker does."""
    over = threading.Event()

    def note() -> None:
        second = 0
        while not over.wait(1):
            second += 1
            with app.app_context(), db.engine.begin() as connection:
                connection.execute(text("UPDATE devices SET probed_at = :now WHERE room_id % :every = :turn"),
                                   {"now": datetime.now(UTC).replace(tzinfo=None) if db.engine.dialect.name == "sqlite" else datetime.now(UTC),
                                    "every": PROBED_EVERY_S, "turn": second % PROBED_EVERY_S})

    thread = threading.Thread(target=note, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@dataclass
class Told:
    """What was measured: how long each poll took, and how it was answered."""

    took_s: list[float] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    reloads: int = 0


class Wall:
    """All panels of the country, in one process of their own."""

    def __init__(self, port: int, count: int) -> None:
        self._port, self._free = port, asyncio.Queue()
        self._cookies = [f"roomctl_panel={token_of(number)}" for number in range(count)]
        self._etags, self._states = [""] * count, [""] * count
        for _ in range(CONNECTIONS):
            self._free.put_nowait(None)

    async def _ask(self, path: str, number: int) -> tuple[int, dict[str, str], bytes]:
        """Ask through a connection that is kept; one that the server has closed meanwhile is opened anew."""
        kept = await self._free.get()
        try:
            for _ in range(3):
                reader, writer = kept or await asyncio.open_connection("127.0.0.1", self._port)
                etag = f"If-None-Match: {self._etags[number]}\r\n" if self._etags[number] and path.endswith("state") else ""
                try:
                    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {self._cookies[number]}\r\n{etag}\r\n".encode())
                    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                except (asyncio.IncompleteReadError, ConnectionError):
                    writer.close()
                    kept = None
                    continue
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                kept = None if headers.get("connection", "").lower() == "close" else (reader, writer)
                return int(head[0].split()[1]), headers, body
            raise RuntimeError("the server closed three connections one after the other")
        finally:
            self._free.put_nowait(kept)

    async def load(self, number: int) -> None:
        """Load a panel's page, as when its screen is switched on or its buttons change."""
        status, headers, body = await self._ask("/panel", number)
        if status != 200:
            raise RuntimeError(f"a panel's page was answered {status}")
        form = headers.get("set-cookie", "").partition(";")[0]
        if form.startswith("roomctl_form"):
            self._cookies[number] = f"{self._cookies[number].partition(';')[0]}; {form}"
        self._states[number] = body.decode().partition('data-state="')[2].partition('"')[0]
        self._etags[number] = ""

    async def poll(self, number: int, told: Told, due: float) -> None:
        status, headers, _ = await self._ask("/panel/state", number)
        told.took_s.append(time.monotonic() - due)
        told.answers[str(status)] += 1
        if status == 200:
            self._etags[number] = headers["etag"]
        if headers.get("x-panel-state", self._states[number]) != self._states[number]:
            told.reloads += 1
            await self.load(number)

    async def stand(self, seconds: float, orders: Connection) -> None:
        """Load every page, ask once, and then poll for some seconds; tell what came of it."""
        limit = asyncio.Semaphore(CONNECTIONS)

        async def arrive(number: int) -> None:
            async with limit:
                await self.load(number)
                await self.poll(number, Told(), time.monotonic())

        await asyncio.gather(*(arrive(number) for number in range(len(self._cookies))))
        orders.send("ready")
        orders.recv()
        told, begun, polls = Told(), time.monotonic(), []
        phases = sorted((random.random() * EVERY_S, number) for number in range(len(self._cookies)))  # noqa: S311
        for turn in range(max(round(seconds / EVERY_S), 1)):
            for phase, number in phases:
                due = begun + turn * EVERY_S + phase
                await asyncio.sleep(max(due - time.monotonic(), 0))
                polls.append(asyncio.create_task(self.poll(number, told, due)))
        await asyncio.gather(*polls)
        orders.send((told, time.monotonic() - begun))


def _stand(port: int, count: int, seconds: float, orders: Connection) -> None:
    async def live() -> None:
        await Wall(port, count).stand(seconds, orders)

    asyncio.run(live())


def cpu_s() -> float:
    """Return the user and system time that gunicorn's processes, which this one started, have used."""
    used, parents = 0, {str(os.getpid())}
    stats = {one.parent.name: one.read_text().rpartition(")")[2].split() for one in Path("/proc").glob("[0-9]*/stat") if one.exists()}
    served = {pid for pid, words in stats.items() if words[1] in parents and b"gunicorn" in Path(f"/proc/{pid}/cmdline").read_bytes()}
    for pid, words in stats.items():
        if pid in served or words[1] in served:
            used += int(words[11]) + int(words[12])
    return used / TICKS


def measured(engine: str, count: int, seconds: float) -> tuple[float, Told, float]:
    """Return the share of a core that gunicorn took, what the panels saw, and how long it went on."""
    with tempfile.TemporaryDirectory() as folder, (postgresql() if engine == "postgresql" else nullcontext("")) as address:
        home = Path(folder)
        url = address or f"sqlite:///{home / 'roomctl.db'}"
        app = create_app(Settings(home=home, database_url=url))
        with app.app_context():
            upgrade()
        furnish(app, count)
        ours, theirs = Pipe()
        with gunicorn({"ROOMCTL_HOME": str(home), "ROOMCTL_DATABASE": url}, workers=WORKERS) as port, probing(app):
            wall = Process(target=_stand, args=(port, count, seconds, theirs))
            wall.start()
            ours.recv()
            before = cpu_s()
            ours.send("go")
            told, lasted = ours.recv()
            used = cpu_s() - before
            wall.join()
    return used / lasted, told, lasted


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("engines", nargs="*", default=["sqlite", "postgresql"])
    parser.add_argument("--panels", type=int, default=PANELS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    asked = parser.parse_args()
    print(f"wanted: {WANTED}; load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for engine in asked.engines:
        share, told, lasted = measured(engine, asked.panels, asked.seconds)
        took = sorted(told.took_s)
        print(f"{engine}: {asked.panels} panels, {len(took) / lasted:.0f} polls/s for {lasted:.0f} s, {dict(told.answers)}, {told.reloads} pages: "
              f"{share:.2f} of a core, {share * lasted / len(took) * 1000:.2f} ms CPU a poll, "
              f"p50 {took[len(took) // 2] * 1000:.0f} ms, p99 {took[int(len(took) * 0.99)] * 1000:.0f} ms; load {os.getloadavg()[0]:.1f}", flush=True)


if __name__ == "__main__":
    main()
