"""The worker as a process: it may be started before its database is there, and it outlives one that goes away."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from builders import a_unit
from devices.equipment import equipment
from flask_migrate import upgrade
from sqlalchemy import make_url

from device_drivers.simulators.snmp_agent import SimulatedAgent, typed
from device_drivers.snmp.asking import oid
from device_drivers.transports import snmp_ber
from roomctl.app import create_app
from roomctl.config import Settings
from roomctl.database import DATABASE_AWAY, db, let_go
from roomctl.devices import probing, reading_tables
from roomctl.devices.tables import Device
from roomctl.sessions.tables import worker_lease

AWAY = "the database is away"


class RunningWorker:
    """A worker of its own, and what it said."""

    def __init__(self, settings: Settings) -> None:
        self._log = settings.home / "worker.log"
        environment = {**os.environ, "ROOMCTL_HOME": str(settings.home), "ROOMCTL_DATABASE": settings.database_url}
        with self._log.open("wb") as log:
            self.process = subprocess.Popen([sys.executable, "-m", "roomctl.cli", "worker"], stderr=log, env=environment)

    def said(self) -> str:
        return self._log.read_text()

    def wait_for(self, condition: Callable[[], bool]) -> None:
        until = time.monotonic() + 30
        while not condition():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < until, self.said()
            time.sleep(0.05)

    def is_told_to_stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


@pytest.fixture
def start_worker():
    started: list[RunningWorker] = []

    def start(settings: Settings) -> RunningWorker:
        started.append(RunningWorker(settings))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.wait()


@pytest.fixture
def shut(engine_url):
    """Shut the PostgreSQL database to everybody, those who are in it included; or open it again."""
    url = make_url(engine_url)

    def shut_it(shut: bool) -> None:
        with psycopg.connect(f"host={url.query['host']} user=roomctl dbname=postgres", autocommit=True) as server:
            server.execute(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS {not shut}")
            if shut:
                server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [url.database])

    return shut_it


def last_beat():
    """Return when a worker last gave a sign of life; None while there is none to be read."""
    try:
        row = worker_lease()
        return row.beat_at if row else None
    except DATABASE_AWAY:
        return None
    finally:
        let_go()


def test_a_worker_started_before_its_database_was_made_waits_for_it(tmp_path: Path, start_worker):
    app = create_app(Settings(home=tmp_path, database_url=f"sqlite:///{tmp_path / 'roomctl.db'}"))
    worker = start_worker(app.config["SETTINGS"])
    worker.wait_for(lambda: AWAY in worker.said())

    with app.app_context():
        upgrade()

        worker.wait_for(lambda: last_beat() is not None)
    assert worker.is_told_to_stop() == 0


@pytest.mark.parametrize("engine_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_a_worker_whose_database_goes_away_goes_on_when_it_is_back(app_on, start_worker, shut):
    shut(True)
    worker = start_worker(app_on.config["SETTINGS"])
    worker.wait_for(lambda: AWAY in worker.said())
    shut(False)
    worker.wait_for(lambda: last_beat() is not None)

    shut(True)
    so_far = len(worker.said())
    worker.wait_for(lambda: AWAY in worker.said()[so_far:])
    shut(False)

    worker.wait_for(lambda: last_beat() is not None)
    before = last_beat()
    worker.wait_for(lambda: (last_beat() or before) > before)
    assert "Traceback" not in worker.said()
    assert worker.is_told_to_stop() == 0


@pytest.mark.parametrize("engine_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_a_worker_stops_when_told_to_though_its_database_is_away(app_on, start_worker, shut):
    worker = start_worker(app_on.config["SETTINGS"])
    worker.wait_for(lambda: last_beat() is not None)
    shut(True)
    worker.wait_for(lambda: AWAY in worker.said())

    assert worker.is_told_to_stop() == 0


# Devices

@pytest.fixture
def ups():
    """A device that speaks SNMP, and the agent that answers for it."""
    agent = SimulatedAgent({
        oid("1.3.6.1.2.1.1.1.0"): typed(snmp_ber.OCTETS, "a UPS"),
        oid("1.3.6.1.2.1.1.2.0"): typed(snmp_ber.OBJECT_ID, oid("1.3.6.1.4.1.2254.2.5")),
        oid("1.3.6.1.2.1.33.1.2.1.0"): typed(snmp_ber.INTEGER, 2), oid("1.3.6.1.2.1.33.1.4.1.0"): typed(snmp_ber.INTEGER, 3)}).start()
    yield agent
    agent.stop()


def looked_at(device_id: int):
    """Return when a device was looked at last."""
    let_go()
    return db.session.get_one(Device, device_id).probed_at


def test_a_killed_worker_forgets_no_wish_and_the_next_one_looks_at_nothing_twice(app_on, start_worker, ups):
    device_id = equipment(unit=a_unit(), host="127.0.0.1", port=ups.port, snmp_port=ups.port).id
    first = start_worker(app_on.config["SETTINGS"])
    first.wait_for(lambda: looked_at(device_id) is not None)
    before = looked_at(device_id)
    first.process.kill()
    first.process.wait()
    heard = len(ups.heard)

    second = start_worker(app_on.config["SETTINGS"])
    beat = last_beat()
    second.wait_for(lambda: (last_beat() or beat) > beat)
    untouched = (len(ups.heard), looked_at(device_id))
    probing.wish([device_id])
    second.wait_for(lambda: looked_at(device_id) > before)

    assert untouched == (heard, before)
    assert reading_tables.wishes(limit=5) == []
    assert second.is_told_to_stop() == 0


@pytest.mark.parametrize("engine_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_devices_are_looked_at_again_when_the_database_is_back(app_on, start_worker, shut, ups):
    device_id = equipment(unit=a_unit(), host="127.0.0.1", port=ups.port, snmp_port=ups.port).id
    worker = start_worker(app_on.config["SETTINGS"])
    worker.wait_for(lambda: looked_at(device_id) is not None)
    before = looked_at(device_id)
    let_go()
    shut(True)
    worker.wait_for(lambda: AWAY in worker.said())
    shut(False)
    worker.wait_for(lambda: last_beat() is not None)

    probing.wish([device_id])

    worker.wait_for(lambda: looked_at(device_id) > before)
    assert "Traceback" not in worker.said()
    assert worker.is_told_to_stop() == 0
