"""The technician's first screen with 3,400 rooms, 10,000 devices and one in a hundred of them at fault; and the round that keeps its alerts.

Server time only: nothing is sent over a network.  `python -m bench.duty [rooms devices]` prints a table for SQLite and PostgreSQL.
"""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import insert, update

from bench import store
from bench.servers import postgresql
from roomctl import clock
from roomctl.app import create_app
from roomctl.config import Settings
from roomctl.database import db, is_postgresql, write_transaction
from roomctl.devices.health import Status
from roomctl.devices.tables import Device
from roomctl.duty import alerts
from roomctl.organisation import directory, signin
from roomctl.organisation.roles import Role
from roomctl.organisation.tables import units_at
from roomctl.organisation.unit_tables import root_unit
from roomctl.organisation.units import Level
from roomctl.rooms.tables import rooms_in_order
from roomctl.web.public.sign_in import SIGN_IN_COOKIE

ROOMS, DEVICES, FAULTY = 3400, 10_000, 0.01
TIMES, WANTED_MS = 15, 150
KINDS = (("codec", "cisco_roomos", 22), ("equipment", "snmp", 161), ("equipment", "snmp", 161))
FAULTS = (("unreachable", Status.CRITICAL), ("not_registered", Status.CRITICAL), ("battery_charge", Status.WARNING),
          ("lamp_used", Status.WARNING), ("no_snmp_answer", Status.CRITICAL))


def equip(devices: int, now: datetime) -> None:
    """Give the rooms devices in turn, one in a hundred of them at fault, all looked at within the last minute."""
    chance, rooms = random.Random(11), rooms_in_order()  # noqa: S311 - the same store each time
    rows = []
    for number in range(devices):
        room, (kind, family, port) = rooms[number % len(rooms)], KINDS[number // len(rooms) % len(KINDS)]
        fault, status = chance.choice(FAULTS) if chance.random() < FAULTY else ("", Status.OK)
        rows.append({
            "kind": kind, "family": family, "unit_id": room.unit_id, "room_id": room.id, "name": f"{kind} {number}", "username": "",
            "host": f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", "port": port, "status": status, "fault": fault, "pool": [],
            "probed_at": now - timedelta(seconds=chance.randrange(60)), "changed_at": now - timedelta(hours=chance.randrange(48)), "created_at": now})
    with write_transaction() as session:
        session.execute(insert(Device), rows)
    if is_postgresql():
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


def measured(engine: str, rooms: int, devices: int) -> dict[str, str]:
    """Return what was reached on an engine, by the name of the work."""
    with tempfile.TemporaryDirectory() as folder, (postgresql() if engine == "postgresql" else nullcontext("")) as address:
        home = Path(folder)
        app = create_app(Settings(home=home, database_url=address or f"sqlite:///{home / 'roomctl.db'}", trusted_hosts=("localhost",)))
        with app.app_context():
            upgrade()
        store.fill(app, rooms, rooms * 150)
        with app.app_context():
            try:
                return _measured(app, devices)
            finally:
                db.session.remove()
                db.engine.dispose()


def _measured(app: Flask, devices: int) -> dict[str, str]:
    now = clock.now()
    clock.set_source(lambda: now)  # What was looked at stays fresh however long this takes.
    person = directory.add_person(username="kythuat", name="kythuat", unit=root_unit(), password=store.PASSWORD)
    directory.grant_role(person, Role.TECHNICIAN, root_unit(), by=None)
    equip(devices, now)
    client = app.test_client()
    client.set_cookie(SIGN_IN_COOKIE, signin.sign_in("kythuat", store.PASSWORD, address="127.0.0.1"))
    first = _once_ms(alerts.tick)
    found = {"first screen": _page(client, "/technician"), "a province": _page(client, f"/technician/provinces/{units_at(Level.PROVINCIAL)[5].id}"),
             "alerts": _page(client, "/technician/alerts"),
             "a round of alerts, all of them new": f"{first:.0f} ms", "a round of alerts, nothing new": f"{_median_ms(alerts.tick):.0f} ms"}
    with write_transaction() as session:
        session.execute(update(Device).values(probed_at=now - timedelta(hours=1)))
    return found | {"first screen, nothing known of any device": _page(client, "/technician")}


def _page(client, address: str) -> str:
    size = 0

    def look() -> None:
        nonlocal size
        answer = client.get(address)
        if answer.status_code != 200:
            raise RuntimeError(f"{address} was answered {answer.status_code}")
        size = len(answer.data)

    return f"{_median_ms(look):.0f} ms, {size / 1000:.0f} kB"


def _once_ms(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def _median_ms(work: Callable[[], object]) -> float:
    work()
    took = []
    for _ in range(TIMES):
        took.append(_once_ms(work))
        db.session.rollback()
    return statistics.median(took)


def main(arguments: Sequence[str]) -> None:
    rooms, devices = (int(one) for one in arguments) if arguments else (ROOMS, DEVICES)
    found = {engine: measured(engine, rooms, devices) for engine in ("sqlite", "postgresql")}
    print(f"{rooms} rooms, {devices} devices, 1 % at fault; the first screen is wanted within {WANTED_MS} ms")
    print(f"{'':<46}{'SQLite':>18}{'PostgreSQL':>18}")
    for work in found["sqlite"]:
        print(f"{work:<46}{found['sqlite'][work]:>18}{found['postgresql'][work]:>18}")


if __name__ == "__main__":
    main(sys.argv[1:])
