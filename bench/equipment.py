"""What 10,000 devices cost the database: storing a whole sweep of readings, planning the next, and the pages that show them.

`python -m bench.equipment [devices]`.  No device is asked: what the SNMP engine needs for that is measured by itself.
"""

import random
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from statistics import median

from flask import Flask
from flask_migrate import upgrade

from bench.servers import postgresql
from device_drivers.readings import Health, Measured
from device_drivers.snmp.asking import Detected, oid
from roomctl import clock
from roomctl.app import create_app
from roomctl.config import Settings
from roomctl.database import db, write_transaction
from roomctl.devices import probe_tables, storing
from roomctl.devices.prober import MOST_STORED
from roomctl.devices.schedule import Planned, Schedule
from roomctl.devices.snmp_lane import Polled
from roomctl.devices.snmp_look import Known
from roomctl.devices.storing import Found
from roomctl.devices.tables import Device
from roomctl.devices.thinning import Thinner
from roomctl.organisation import directory, signin
from roomctl.organisation.roles import Role
from roomctl.organisation.units import Level
from roomctl.web.public.sign_in import SIGN_IN_COOKIE

DEVICES, READINGS, INTERVAL_S = 9_800, 12, 60
PASSWORD = "Mật khẩu đo 1"
SWEEPS = 3


def measured(engine: str, count: int) -> dict[str, str]:
    """Return what was reached on an engine, by the name of the work."""
    with tempfile.TemporaryDirectory() as folder, (postgresql() if engine == "postgresql" else nullcontext("")) as address:
        home = Path(folder)
        app = create_app(Settings(home=home, database_url=address or f"sqlite:///{home / 'roomctl.db'}", trusted_hosts=("localhost",)))
        with app.app_context():
            upgrade()
            try:
                return _storing(_furnish(count)) | _planning() | _pages(app)
            finally:
                db.session.remove()
                db.engine.dispose()


def _furnish(count: int) -> list[int]:
    centre = directory.add_unit(code="TW", name="Trung ương", level=Level.CENTRAL)
    provinces = [directory.add_unit(code=f"T{number}", name=f"Tỉnh {number}", level=Level.PROVINCIAL, parent=centre) for number in range(34)]
    technician = directory.add_person(username="kythuat", name="Kỹ thuật", unit=centre, password=PASSWORD)
    directory.grant_role(technician, Role.TECHNICIAN, centre, by=None)
    unit_ids, now = [unit.id for unit in provinces], clock.now()
    with write_transaction() as session:
        session.add_all(Device(kind="equipment", family="snmp", unit_id=unit_ids[number % 34], name=f"UPS {number:05}", port=161, username="",
                               host=f"10.{number // 62500}.{number // 250 % 250}.{number % 250}", created_at=now) for number in range(count))
        session.flush()
    return [plan.id for plan in probe_tables.probe_plan()]


def _sweep(ids: list[int], chance: random.Random) -> list[Found]:
    """Return a look at every device: all of its numbers have changed, which is the worst there is."""
    now = clock.now()
    known = Known(Detected("ups", "rfc1628", oid("1.3.6.1.4.1.2254.2.5"), "UPS"), now)
    return [Found(device_id, now, now, polled=Polled(device_id, known, tuple(
        Measured("phase_voltage", round(chance.uniform(210, 240), 1), "V", Health.OK, place=str(place)) for place in range(READINGS))))
        for device_id in ids]


def _storing(ids: list[int]) -> dict[str, str]:
    chance, took, cpu, worst = random.Random(7), [], [], 0.0  # noqa: S311 - any numbers do
    for _ in range(SWEEPS):
        found = _sweep(ids, chance)
        begun, begun_cpu = time.perf_counter(), time.process_time()
        for place in range(0, len(found), MOST_STORED):
            one = time.perf_counter()
            storing.store(found[place:place + MOST_STORED])
            worst = max(worst, time.perf_counter() - one)
        took.append(time.perf_counter() - begun)
        cpu.append(time.process_time() - begun_cpu)
    thinner = Thinner()
    return {f"{len(ids):,} devices x {READINGS} readings stored (every {INTERVAL_S} s)": f"{max(took):.1f} s, CPU {max(cpu):.1f} s",
            f"longest transaction of {MOST_STORED} devices": f"{worst * 1000:.0f} ms",
            "one step of the thinning": f"{_median_ms(thinner.step):.0f} ms"}


def _planning() -> dict[str, str]:
    def plan() -> None:
        now = clock.now()
        Schedule().refresh([Planned(one.id, one.every_s, (now - one.probed_at).total_seconds() if one.probed_at else None)
                            for one in probe_tables.probe_plan()], 0.0)

    schedule = Schedule()
    schedule.refresh([Planned(one.id, one.every_s, None) for one in probe_tables.probe_plan()], 0.0)
    moments = [number / 10 for number in range(INTERVAL_S * 10)]
    begun = time.process_time()
    for now in moments:
        schedule.due(now, 1000)
    return {"reading the plan anew (every 20 s)": f"{_median_ms(plan):.0f} ms",
            "a minute of ticks, only the schedule": f"CPU {(time.process_time() - begun) * 1000:.0f} ms"}


def _pages(app: Flask) -> dict[str, str]:
    client = app.test_client()
    client.set_cookie(SIGN_IN_COOKIE, signin.sign_in("kythuat", PASSWORD, address="127.0.0.1"))
    found = {}
    for name, path in (("list of devices", "/technician/devices"), ("list, one status and words", "/technician/devices?status=ok&words=UPS+00"),
                       ("one device", "/technician/devices/7"), ("one device's day", "/technician/devices/7/history?reading=phase_voltage/1"),
                       ("/metrics, all readings", "/metrics"), ("/metrics, one province", "/metrics?unit=T7"),
                       ("/metrics, no readings", "/metrics?readings=0")):
        size = 0

        def look(path: str = path) -> None:
            nonlocal size
            answer = client.get(path)
            if answer.status_code != 200:
                raise RuntimeError(f"{path} was answered {answer.status_code}")
            size = len(answer.data)

        found[name] = f"{_median_ms(look):.0f} ms, {size / 1000:.0f} kB"
    return found


def _median_ms(work: Callable[[], object], times: int = 5) -> float:
    work()
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        took.append(time.perf_counter() - begun)
        db.session.rollback()
    return median(took) * 1000


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else DEVICES
    reached = {engine: measured(engine, count) for engine in ("sqlite", "postgresql")}
    print(f"{'work':<60}{'SQLite':>26}{'PostgreSQL':>26}")
    for work in reached["sqlite"]:
        print(f"{work:<60}{reached['sqlite'][work]:>26}{reached['postgresql'][work]:>26}")


if __name__ == "__main__":
    main()
