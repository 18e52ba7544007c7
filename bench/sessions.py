"""How long from the press of the start button until every leg of a national conference is proven: python -m bench.sessions [LEGS]

A host room and 34 others, or LEGS others, simulated codecs and a bridge behind real SSH in a process of their own, the worker and the web as
an installation runs them.  The codecs differ in how long they ring and how long their media take; what roomctl adds to the
slowest of them is the figure.
"""

import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlencode

from flask_migrate import upgrade

from bench.servers import free_ports, gunicorn, postgresql
from device_drivers.errors import DeviceError
from device_drivers.transports.ssh import look_at_host_key
from roomctl import clock
from roomctl.app import create_app
from roomctl.booking import pins
from roomctl.booking.request import request_conference
from roomctl.booking.tables import conference_by_id
from roomctl.booking.wish import Wish
from roomctl.config import Settings
from roomctl.database import db
from roomctl.devices import inventory
from roomctl.devices.tables import devices_in_order
from roomctl.organisation import directory
from roomctl.organisation.roles import Role
from roomctl.organisation.tables import User
from roomctl.organisation.units import Level
from roomctl.rooms import catalogue as rooms
from roomctl.rooms import panels
from roomctl.security_profiles import catalogue as profiles
from roomctl.security_profiles.profile import Classification, OnDrift
from roomctl.sessions import control
from roomctl.sessions.tables import ConferenceSession, session_by_id
from roomctl.timespan import Span

LEGS = (int(sys.argv[1]) if len(sys.argv) > 1 else 34) + 1
RUNS, LIVE_WITHIN_S = (5, 60) if LEGS < 100 else (2, 240)
INTERVAL_S = 5 if LEGS < 100 else 30
PROCESSES = 1 if LEGS < 100 else 2  # One reaches some 300 devices well.
RING_S, MEDIA_S = (0.4, 1.4), (0.2, 0.6)  # From the quickest codec to the slowest.
POOL = [f"{number}@cau.hop.example" for number in range(7001, 7009)]


def timings() -> list[dict[str, float]]:
    """Return how long each codec rings and how long its media take, in seconds."""
    steps = [number / (LEGS - 1) for number in range(LEGS)]
    return [{"ring_s": RING_S[0] + step * (RING_S[1] - RING_S[0]), "media_s": MEDIA_S[0] + step * (MEDIA_S[1] - MEDIA_S[0])} for step in steps]


@contextmanager
def simulators(home: Path, bad_days: Mapping[int, dict[str, float]] = MappingProxyType({})):
    """Run the simulated devices, some of them with a bad day, and yield their ports, the bridge's last."""
    ports = free_ports(LEGS + 1)
    devices: list[dict] = [{"kind": "cisco_roomos", "name": f"codec{number}", "address": f"codec{number}@hop.example", "port": ports[number],
                            "password": "geheim", "timing": timing, "bad": bad_days.get(number, {})} for number, timing in enumerate(timings())]
    devices.append({"kind": "simulated_bridge", "name": "bridge", "pool": POOL, "port": ports[-1], "password": "geheim"})
    path = home / "simulators.json"
    path.write_text(json.dumps({"keys": str(home / "keys"), "devices": devices}))
    with process("device_drivers.simulators", str(path)):
        yield ports


@contextmanager
def process(*module: str, environment: dict[str, str] | None = None):
    running = subprocess.Popen([sys.executable, "-m", *module], env={**os.environ, **(environment or {})}, stdout=subprocess.DEVNULL)
    try:
        yield running
    finally:
        running.terminate()
        running.wait(20)


def furnish(ports: list[int], *, on_drift: OnDrift = OnDrift.DROP) -> tuple[Wish, str]:
    """Make the organisation and its devices; return what is to be booked, and the token of the host room's panel."""
    upgrade()
    centre = directory.add_unit(code="TW", name="Trung ương", level=Level.CENTRAL)
    people = {role: directory.add_person(username=role, name=role, unit=centre, password="không dùng") for role in (Role.STAFF, Role.CHAIR)}
    for role, person in people.items():
        directory.grant_role(person, role, centre, by=None)
    profile = profiles.add_version(key="noi-bo", name_vi="Nội bộ", name_en="Internal", classification=Classification.INTERNAL, min_grade="A",
                                   suites=["Aes-128"], check_interval_s=INTERVAL_S, on_drift=on_drift)
    added = rooms.add_rooms([rooms.NewRoom(unit=centre, code=f"P{number}", name=f"Phòng {number}") for number in range(LEGS)])
    for number, room in enumerate(added):
        inventory.add_device(kind="codec", family="cisco_roomos", unit=centre, room=room, name=f"Codec {number}", host="127.0.0.1",
                             port=ports[number], username="roomctl", password="geheim", dial_address=f"codec{number}@hop.example")
    inventory.add_device(kind="bridge", family="simulated_bridge", unit=centre, room=None, name="Cầu", host="127.0.0.1", port=ports[-1],
                         username="roomctl", password="geheim", pool=POOL, ports=LEGS + 45)
    for device in devices_in_order():
        key = presented(device.port)
        inventory.note_host_key(device.id, fingerprint=key.fingerprint, algorithm=key.algorithm)
        inventory.pin_host_key(device.id, key.fingerprint, by=None)
    now = clock.now()
    wish = Wish(span=Span(now, now + timedelta(hours=1)), room_ids=tuple(room.id for room in added), host_room_id=added[0].id,
                chair_id=people[Role.CHAIR].id, profile_id=profile.id, title="Giao ban")
    return wish, panels.pair(panels.make_code(added[0].id, by=None), address="127.0.0.1")


def book(wish: Wish) -> tuple[int, str]:
    """Book a conference that begins in a moment, so that its end makes room for the next one; return the occurrence and its PIN."""
    start = clock.now() + timedelta(seconds=2)
    clerk, chair = (db.session.scalar(db.select(User).where(User.username == role)) for role in (Role.STAFF, Role.CHAIR))
    conference_id = request_conference(replace(wish, span=Span(start, start + timedelta(hours=1))), by=clerk, key=str(start))
    occurrence_id = conference_by_id(conference_id).occurrences[0].id
    return occurrence_id, pins.make_pin(occurrence_id, by=chair)


def presented(port: int):
    """Return a device's host key, once it listens."""
    while True:
        try:
            return look_at_host_key("127.0.0.1", port)
        except DeviceError:
            time.sleep(0.1)


def press(port: int, occurrence_id: int, pin: str, token: str) -> datetime:
    """Type the PIN at the host room's panel, and return the moment at which the button was pressed."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Cookie": f"roomctl_panel={token}"}
    path = f"/panel/occurrences/{occurrence_id}/start"
    connection.request("GET", path, headers=headers)
    page = connection.getresponse()
    form, cookie = page.read().decode(), page.getheader("Set-Cookie").partition(";")[0]
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', form)[1]
    headers |= {"Cookie": f"{headers['Cookie']}; {cookie}", "Content-Type": "application/x-www-form-urlencoded"}
    pressed = datetime.now(UTC)
    connection.request("POST", path, urlencode({"pin": pin, "csrf_token": csrf}), headers)
    answer = connection.getresponse()
    if answer.status != 303:
        raise RuntimeError(f"the press was answered {answer.status}: {answer.read().decode()[:400]}")
    return pressed


def newest(condition) -> ConferenceSession:
    """Wait until the newest session fulfils a condition."""
    until = time.monotonic() + LIVE_WITHIN_S
    while time.monotonic() < until:
        db.session.rollback()
        db.session.expire_all()
        number = db.session.scalar(db.select(db.func.max(ConferenceSession.id)))
        session = session_by_id(number) if number else None
        if session is not None and condition(session):
            return session
        time.sleep(0.05)
    raise RuntimeError(f"after {LIVE_WITHIN_S} s: {[(leg.state, leg.finding) for leg in session.legs] if session else 'no session'}")


def tell_course(session: ConferenceSession, pressed: datetime) -> None:
    """Print after how many seconds the first, the middle and the last leg had come how far."""
    print(f"    asked for after {(session.started_at - pressed).total_seconds():.1f}; first, middle and last leg:", end="")
    for name in ("prepared_at", "intent_at", "connected_at", "checked_at"):
        after = sorted((getattr(leg, name) - pressed).total_seconds() for leg in session.legs)
        print(f"  {name.removesuffix('_at')} {after[0]:.1f} {after[len(after) // 2]:.1f} {after[-1]:.1f}", end="")
    print(flush=True)


def measure(engine: str) -> list[float]:
    """Return for each run the seconds from the press to the moment at which the session was live: every leg proven."""
    lengths = []
    with (tempfile.TemporaryDirectory() as folder, (postgresql() if engine == "postgresql" else nullcontext("")) as address,
          simulators(Path(folder)) as ports):
        home = Path(folder)
        url = address or f"sqlite:///{home / 'roomctl.db'}"
        environment = {"ROOMCTL_HOME": str(home), "ROOMCTL_DATABASE": url, "ROOMCTL_DEVICE_PROCESSES": str(PROCESSES)}
        app = create_app(Settings(home=home, database_url=url))
        with app.app_context():
            wish, token = furnish(ports)
            with process("roomctl.cli", "worker", environment=environment), gunicorn(environment, workers=2) as port:
                for _ in range(RUNS):
                    occurrence_id, pin = book(wish)
                    db.session.remove()
                    time.sleep(8 if LEGS < 100 else 45)  # People come early; the worker may get ready.
                    pressed = press(port, occurrence_id, pin, token)
                    live = newest(lambda session: session.live_at is not None and session.ended_at is None)
                    lengths.append((live.live_at - pressed).total_seconds())
                    tell_course(live, pressed)
                    control.end_session(live.id, lead=control.Lead(panel_room_id=live.host_room_id))
                    newest(lambda session: session.ended_at is not None)
            db.session.remove()
            db.engine.dispose()
    return lengths


def main() -> None:
    slowest = max(timing["ring_s"] + timing["media_s"] for timing in timings())
    print(f"{LEGS - 1} rooms and the host; the slowest codec itself takes {slowest:.1f} s; {RUNS} runs")
    print(f"{'engine':<12}{'press to live, median':>24}{'best':>8}{'worst':>8}{'added to the slowest, median':>31}")
    for engine in ("sqlite", "postgresql") if LEGS < 100 else ("sqlite",):
        lengths = measure(engine)
        median = statistics.median(lengths)
        print(f"{engine:<12}{median:>22.2f} s{min(lengths):>6.2f} s{max(lengths):>6.2f} s{median - slowest:>29.2f} s")
    print(f"{'wanted':<12}{'':>40}{'at most 0.50 s' if LEGS < 100 else 'at most 3.00 s':>31}")


if __name__ == "__main__":
    main()
