"""A session of 3,355 legs over a cascade of 35 bridges, the worker's devices spread over processes: python -m bench.cascade [COMMUNES [PROCESSES]]

The centre, 34 provinces and their communes, each with a simulated codec behind real SSH; a bridge in each province calls the centre's.
All simulators share the machine with the worker.  Printed: press to all dialled, read back at both ends and live; memory of all
processes of the worker; and what an interval of watching costs.
"""

import json
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from flask_migrate import upgrade

from bench.servers import free_ports
from bench.sessions import presented, process
from roomctl import clock
from roomctl.app import create_app
from roomctl.booking.request import request_conference
from roomctl.booking.tables import conference_by_id
from roomctl.booking.wish import Wish
from roomctl.config import Settings
from roomctl.database import db
from roomctl.devices import inventory
from roomctl.organisation import directory
from roomctl.organisation.roles import Role
from roomctl.organisation.units import Level
from roomctl.rooms import catalogue as rooms
from roomctl.security_profiles import catalogue as profiles
from roomctl.security_profiles.profile import Classification, OnDrift
from roomctl.sessions import control
from roomctl.sessions.states import LegState
from roomctl.sessions.tables import ConferenceSession, Leg
from roomctl.timespan import Span

COMMUNES = int(sys.argv[1]) if len(sys.argv) > 1 else 3321
PROCESSES = int(sys.argv[2]) if len(sys.argv) > 2 else 3
PROVINCES, WITHIN_S, INTERVAL_S = 34, 900, 300


def furnish(home: Path) -> tuple[int, int, str]:
    """Make the country and its devices; return the occurrence's id, the chair's, and the simulators' file."""
    centre = directory.add_unit(code="TW", name="Trung ương", level=Level.CENTRAL)
    provinces = [directory.add_unit(code=f"T{number:02d}", name=f"Tỉnh {number}", level=Level.PROVINCIAL, parent=centre)
                 for number in range(PROVINCES)]
    chair, clerk = (directory.add_person(username=name, name=name, unit=centre, password="không dùng") for name in ("chair", "clerk"))
    directory.grant_role(chair, Role.CHAIR, centre, by=None)
    directory.grant_role(clerk, Role.STAFF, centre, by=None)
    profile = profiles.add_version(key="noi-bo", name_vi="Nội bộ", name_en="Internal", classification=Classification.INTERNAL, min_grade="A",
                                   suites=["Aes-128"], check_interval_s=INTERVAL_S, on_drift=OnDrift.ALARM)
    wanted = [rooms.NewRoom(unit=centre, code="TW-01", name="Hội trường")]
    wanted += [rooms.NewRoom(unit=unit, code=f"{unit.code}-01", name=f"Phòng {unit.name}", open_to="above") for unit in provinces]
    wanted += [rooms.NewRoom(unit=provinces[number % PROVINCES], code=f"X{number:04d}", name=f"Phòng xã {number}", open_to="above")
               for number in range(COMMUNES)]
    added = rooms.add_rooms(wanted)
    ports = free_ports(len(added) + PROVINCES + 1)
    codecs = [{"kind": "cisco_roomos", "name": room.code, "address": f"{room.code.lower()}@hop.example", "port": port, "password": "geheim",
               "timing": {"ring_s": 0.5, "media_s": 0.3}} for room, port in zip(added, ports, strict=False)]
    bridges = [{"kind": "simulated_bridge", "name": f"cau{number}", "pool": [f"7001@cau{number}.example"], "port": ports[len(added) + number],
                "password": "geheim"} for number in range(PROVINCES + 1)]
    path = home / "simulators.json"
    path.write_text(json.dumps({"keys": str(home / "keys"), "devices": [*bridges, *codecs]}))
    with process("device_drivers.simulators", str(path)):
        for room, codec in zip(added, codecs, strict=True):
            add(codec, kind="codec", family="cisco_roomos", unit=room.unit, room=room, dial_address=codec["address"])
        for unit, bridge in zip([centre, *provinces], bridges, strict=True):
            add(bridge, kind="bridge", family="simulated_bridge", unit=unit, room=None, pool=bridge["pool"],
                ports=2 * PROVINCES + 12 if unit is centre else 120)
    start = clock.now() + timedelta(minutes=10)
    conference_id = request_conference(Wish(span=Span(start, start + timedelta(hours=2)), room_ids=tuple(room.id for room in added),
                                            host_room_id=added[0].id, chair_id=chair.id, profile_id=profile.id, title="Giao ban"),
                                       by=clerk, key="bench")
    return conference_by_id(conference_id).occurrences[0].id, chair.id, str(path)


def add(device: dict, **facts) -> None:
    key = presented(device["port"])
    row = inventory.add_device(name=device["name"], host="127.0.0.1", port=device["port"], username="roomctl", password="geheim", **facts)
    inventory.note_host_key(row.id, fingerprint=key.fingerprint, algorithm=key.algorithm)
    inventory.pin_host_key(row.id, key.fingerprint, by=None)


def family_of(pid: int) -> list[int]:
    children = [int(one) for path in Path(f"/proc/{pid}/task").glob("*/children") for one in path.read_text().split()]
    return [pid, *(below for child in children for below in family_of(child))]


def memory_mb(pid: int) -> float:
    """Return the resident memory of a process and all below it."""
    return sum(int(line.split()[1]) for one in family_of(pid) for line in Path(f"/proc/{one}/status").read_text().splitlines()
               if line.startswith("VmRSS")) / 1024


def cpu_s(pid: int) -> float:
    """Return the processor time of a process and all below it that still run."""
    return sum(sum(map(int, Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()[11:13])) for one in family_of(pid)) / 100


def counts(session_id: int) -> dict[str, int]:
    db.session.rollback()
    return dict(db.session.execute(db.select(Leg.state, db.func.count()).where(Leg.session_id == session_id).group_by(Leg.state)).all())


def findings(session_id: int) -> dict[str, int]:
    """Return why legs are not proven, and of how many each is said."""
    found = db.session.execute(db.select(Leg.finding, db.func.count()).where(Leg.session_id == session_id, Leg.finding != "").group_by(Leg.finding))
    return dict(found.all())


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        url = f"sqlite:///{home / 'roomctl.db'}"
        environment = {"ROOMCTL_HOME": str(home), "ROOMCTL_DATABASE": url, "ROOMCTL_DEVICE_PROCESSES": str(PROCESSES)}
        app = create_app(Settings(home=home, database_url=url))
        with app.app_context():
            upgrade()
            begun = time.monotonic()
            occurrence_id, chair_id, simulators = furnish(home)
            print(f"{COMMUNES + PROVINCES + 1} rooms, {PROVINCES + 1} bridges and the conference were made in {time.monotonic() - begun:.0f} s")
            with (process("device_drivers.simulators", simulators) as simulated,
                  process("roomctl.cli", "worker", environment=environment) as worker):
                time.sleep(20)
                run(occurrence_id, chair_id, worker.pid, simulated.pid)
            db.session.remove()
            db.engine.dispose()


def run(occurrence_id: int, chair_id: int, worker: int, simulated: int) -> None:
    lead = control.Lead(user=db.session.get_one(control.User, chair_id))
    before, theirs = cpu_s(worker), cpu_s(simulated)
    pressed = time.monotonic()
    session_id = control.start_session(occurrence_id, lead=lead)
    print(f"the press was answered after {time.monotonic() - pressed:.1f} s")
    peak, told = 0.0, 0.0
    while time.monotonic() - pressed < WITHIN_S:
        time.sleep(1)
        peak = max(peak, memory_mb(worker))
        db.session.rollback()
        session = db.session.get_one(ConferenceSession, session_id, populate_existing=True)
        now = time.monotonic() - pressed
        if session.live_at is not None or now - told > 20:
            told = now
            print(f"{now:6.1f} s  {counts(session_id)} {findings(session_id) or ''}", flush=True)
        if session.live_at is not None:
            break
        gone = counts(session_id).get(LegState.HUNG_UP, 0)
        if gone and gone + counts(session_id).get(LegState.PROVEN, 0) == COMMUNES + 2 * PROVINCES + 1:
            print(f"{gone} legs failed")
            break
    print(f"peak memory of the worker's processes {peak:.0f} MB (wanted at most 1,500); processor time: worker {cpu_s(worker) - before:.0f} s, "
          f"simulators {cpu_s(simulated) - theirs:.0f} s")


if __name__ == "__main__":
    main()
