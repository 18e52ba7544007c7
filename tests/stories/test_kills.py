"""People work while processes and the database are killed under them: what they were told is done is done, and all comes to rest."""

import json
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from http.client import HTTPException
from pathlib import Path

import pytest
from builders import Place, a_person, a_room, hash_quickly
from machine import Answer, Machine, Person, free_ports, running, wait_for
from mortal_postgresql import MortalPostgresql

from device_drivers import registry
from device_drivers.readings import EncryptionSetting
from device_drivers.simulators.server import host_key
from device_drivers.transports.ssh import Login, fingerprint_of
from roomctl import clock
from roomctl.app import create_app
from roomctl.audit.tables import subjects_of
from roomctl.booking.lifecycle import ReservationState
from roomctl.booking.tables import conference_by_id, reservation_by_id
from roomctl.config import Settings
from roomctl.database import db
from roomctl.devices import inventory
from roomctl.organisation.roles import Role
from roomctl.sessions.tables import latest_sessions, running_sessions, session_by_id, sessions_of
from roomctl.timespan import to_local

pytestmark = pytest.mark.slow
KILLING_S = float(os.environ.get("KILLING_S", 25))
COMES_TO_REST_WITHIN_S = 60
PASSWORD = "geheim"
LIAR = 7  # One codec lies about its encryption, so that there is something to leave out.


class Studio:
    """Eight rooms with simulated codecs, a bridge with few ports, and everybody who works with them."""

    def __init__(self, home: Path) -> None:
        place = Place()
        self.cast = [(Clerk, place.clerk.username), (Clerk, a_person(place.centre, Role.STAFF).username),
                     (Approver, place.province_approver.username), (Approver, a_person(place.province, Role.APPROVER).username),
                     (Chair, place.chair.username), (Chair, place.chair.username)]
        rooms = [a_room(place.centre if number < 4 else place.province) for number in range(8)]
        self.room_ids, self.profile_id, self.chair_id = [room.id for room in rooms], place.profile.id, place.chair.id
        self.keys = home / "keys"
        ports = free_ports(1 + len(rooms))
        self.bridge = {"kind": "simulated_bridge", "name": "bridge", "port": ports[0], "password": PASSWORD,
                       "pool": [f"700{number}@bridge.example" for number in range(4)]}
        self.codecs = [{"kind": "cisco_roomos", "name": f"codec{number}", "address": f"codec{number}@vc.example", "port": ports[1 + number],
                        "password": PASSWORD, "timing": {"ring_s": 0.2, "media_s": 0.2}, "bad": {"lies": number == LIAR}}
                       for number in range(len(rooms))]
        self.file = home / "simulators.json"
        self.file.write_text(json.dumps({"keys": str(self.keys), "devices": [self.bridge, *self.codecs]}))
        for room, codec in zip(rooms, self.codecs, strict=True):
            self._add(codec, kind="codec", family="cisco_roomos", unit=room.unit, room=room, dial_address=codec["address"])
        self._add(self.bridge, kind="bridge", family="simulated_bridge", unit=place.centre, room=None, pool=self.bridge["pool"], ports=9)

    def fingerprint(self, device: dict) -> str:
        return fingerprint_of(host_key(self.keys, device["name"]))

    def _add(self, device: dict, **facts) -> None:
        row = inventory.add_device(name=device["name"], host="127.0.0.1", port=device["port"], username="roomctl", password=PASSWORD, **facts)
        inventory.note_host_key(row.id, fingerprint=self.fingerprint(device), algorithm="ssh-ed25519")
        inventory.pin_host_key(row.id, self.fingerprint(device), by=None)

    def connect(self, device: dict, family: str):
        return registry.connect(family, "127.0.0.1", device["port"], Login("roomctl", PASSWORD), pinned=self.fingerprint(device))


class Told:
    """What people were told: done.  Many threads write here."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.booked: dict[int, set[int]] = {}  # Rooms by conference.
        self.soon: dict[int, int] = {}  # Occurrence by conference, of those that may be started.
        self.cancelled: set[int] = set()
        self.decided: dict[int, ReservationState] = {}
        self.started: set[int] = set()  # Occurrences.
        self.statuses: Counter[tuple[str, int]] = Counter()

    def note(self, write: Callable[[], object]) -> None:
        with self._lock:
            write()

    def some(self, known: dict[int, object] | set[int], chance: random.Random) -> int | None:
        with self._lock:
            return chance.choice(sorted(known)) if known else None


class Somebody(threading.Thread):
    """One person who works on and on, and asks again whenever nothing or only "later" came back."""

    def __init__(self, username: str, *, studio: Studio, machine: Machine, told: Told, over: threading.Event, seed: str) -> None:
        super().__init__(name=seed, daemon=True)
        self.studio, self.told, self.over, self.chance = studio, told, over, random.Random(seed)
        self.person = Person(machine.port, patience_s=20).sign_in(username)
        self.broke: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.over.is_set():
                self.work()
                self.over.wait(self.chance.uniform(0.05, 0.4))
        except BaseException as error:
            self.broke = error

    def work(self) -> None:
        raise NotImplementedError

    def insist(self, deed: Callable):
        """Do it until it is answered; a broken connection and 503 mean "again"."""
        until = time.monotonic() + 60
        while True:
            with suppress(OSError, HTTPException):
                answer = deed()
                if not isinstance(answer, Answer) or answer.status != 503:
                    return answer
            assert time.monotonic() < until, "nobody answers any more"
            threading.Event().wait(0.1)

    def send(self, what: str, path: str, **typed: object) -> Answer:
        answer = self.insist(lambda: self.person.send(path, **typed))
        self.told.note(lambda: self.told.statuses.update([(what, answer.status)]))
        assert answer.status < 500, (what, answer)
        return answer

    def see(self, path: str):
        answer = self.insist(lambda: self.person.get(path))
        assert answer.status < 500, (path, answer)
        return self.insist(lambda: self.person.page(path))


class Clerk(Somebody):
    """Books, soon or for another day, and sometimes thinks better of it."""

    def work(self) -> None:
        match self.chance.random():
            case dice if dice < 0.15:
                self.cancel()
            case dice if dice < 0.6:
                self.book(minutes=self.chance.randint(2, 14))
            case _:
                self.book(minutes=self.chance.randint(24 * 60, 5 * 24 * 60))

    def book(self, *, minutes: int) -> None:
        start = to_local(clock.now() + timedelta(minutes=minutes))
        rooms = self.chance.sample(self.studio.room_ids, self.chance.randint(2, 4))
        answer = self.send("book", "/staff/conferences", day=start.strftime("%d/%m/%Y"), start=start.strftime("%H:%M"),
                           end=(start + timedelta(minutes=1)).strftime("%H:%M"), profile=self.studio.profile_id, title="Giao ban",
                           chair=self.studio.chair_id, rooms=rooms, host_room=rooms[0], book=1, key=f"{self.name}-{self.chance.random()}")
        if answer.status == 303:
            self.told.note(lambda: self.told.booked.__setitem__(answer.led_to, set(rooms)))
            if minutes < 15:
                self.told.note(lambda: self.told.soon.__setitem__(answer.led_to, 0))

    def cancel(self) -> None:
        conference_id = self.told.some(self.told.booked, self.chance)
        if conference_id is not None:
            answer = self.send("cancel", f"/staff/conferences/{conference_id}/cancellation", reason="Hoãn")
            if answer.status == 303:
                self.told.note(lambda: self.told.cancelled.add(conference_id))


class Approver(Somebody):
    """Grants most of what waits, and refuses some."""

    def work(self) -> None:
        waiting = sorted(action for action in self.see("/staff/approvals").actions if action.endswith("/grant"))
        if not waiting:
            return
        path = self.chance.choice(waiting).removesuffix("/grant")
        reservation_id = int(path.rpartition("/")[2])
        if self.chance.random() < 0.8:
            decision, answer = ReservationState.GRANTED, self.send("grant", f"{path}/grant")
        else:
            decision, answer = ReservationState.REFUSED, self.send("refuse", f"{path}/refusal", reason="Bận")
        if answer.status == 303:
            self.told.note(lambda: self.told.decided.__setitem__(reservation_id, decision))


class Chair(Somebody):
    """Starts, decides on sites that cannot be proven, and ends."""

    def work(self) -> None:
        occurrence_id = self.told.some(self.told.started, self.chance) if self.chance.random() < 0.5 else self.one_that_may_start()
        if occurrence_id is None:
            return
        path = f"/staff/occurrences/{occurrence_id}/session"
        page = self.see(path)
        asking = [field["value"] for field in page.named("input", name="leg")]
        if f"{path}/start" in page.actions:
            if self.send("start", f"{path}/start").status == 303:
                self.told.note(lambda: self.told.started.add(occurrence_id))
        elif asking:
            choice = self.chance.choice(["leave-out", "leave-out", "retry"])
            self.send(choice, f"{path}/{choice}", leg=self.chance.choice(asking))
        elif f"{path}/extension" in page.actions and self.chance.random() < 0.1:
            self.send("extend", f"{path}/extension")
        elif f"{path}/end" in page.actions and self.chance.random() < 0.25:
            self.send("end", f"{path}/end")

    def one_that_may_start(self) -> int | None:
        conference_id = self.told.some(self.told.soon, self.chance)
        if conference_id is None:
            return None
        known = self.told.soon[conference_id]
        if not known:
            links = self.see(f"/staff/conferences/{conference_id}").links
            known = next((int(link.split("/")[3]) for link in links if link.startswith("/staff/occurrences/")), 0)
            self.told.note(lambda: self.told.soon.__setitem__(conference_id, known))
        return known or None


class Killer:
    """Ends what it comes upon with SIGKILL, and starts it again."""

    def __init__(self, machine: Machine, database: MortalPostgresql | None, seed: str) -> None:
        self.machine, self.database, self.chance = machine, database, random.Random(seed)
        self.killed: Counter[str] = Counter()

    def go_on_for(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        quiet = threading.Event()
        while time.monotonic() < until:
            quiet.wait(self.chance.uniform(0.5, 2.5))
            victim = self.chance.choice(["worker", "worker", "page", "page", "web", *(["database"] * 2 if self.database else [])])
            self.killed[victim] += 1
            match victim:
                case "worker":
                    self.machine.kill("worker")
                    self.machine.start("worker")
                case "page":
                    for process in self.machine.children("web")[:1]:
                        with suppress(ProcessLookupError):
                            os.kill(process, signal.SIGKILL)
                case "web":
                    self.machine.kill("web")
                    self.machine.start("web")
                    self.machine.wait_until_web_answers()
                case "database":
                    self.database.kill()
                    quiet.wait(self.chance.uniform(0.1, 4))
                    self.database.start()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database(request, home) -> Iterator[MortalPostgresql | None]:
    """A PostgreSQL server that may be killed, or None for SQLite, which has none."""
    home.mkdir()
    server = MortalPostgresql() if request.param == "postgresql" else None
    yield server
    if server is not None:
        server.stop()


@pytest.fixture
def machine(home, database) -> Machine:
    return Machine(home, database.url if database else f"sqlite:///{home / 'roomctl.db'}", web_workers=2)


@pytest.fixture
def studio(home, machine, database, monkeypatch):
    hash_quickly(monkeypatch)
    made = machine.run("init")
    assert made.returncode == 0, made.stderr
    app = create_app(Settings(home=home, database_url=machine.url))
    with app.app_context():
        yield Studio(home)
        db.session.remove()
        db.engine.dispose()


def test_whoever_is_killed_nothing_that_was_acknowledged_is_lost_and_all_comes_to_rest(studio, machine, database):
    seed = os.environ.get("ROOMCTL_SEED", str(time.time_ns()))
    print(f"ROOMCTL_SEED={seed}")
    told, over, killer = Told(), threading.Event(), Killer(machine, database, seed)
    machine.commands["simulators"] = [sys.executable, "-m", "device_drivers.simulators", str(studio.file)]

    with running(machine, "simulators", "worker", "web"):
        people = [kind(username, studio=studio, machine=machine, told=told, over=over, seed=f"{seed}-{number}")
                  for number, (kind, username) in enumerate(studio.cast)]
        for one in people:
            one.start()
        killer.go_on_for(KILLING_S)
        over.set()
        for one in people:
            one.join(90)
        print("killed", dict(killer.killed), "answered", dict(sorted(told.statuses.items())))
        assert [repr(one.broke) for one in people if one.broke is not None] == []
        comes_to_rest(chair=people[-1])

        assert everything_told_is_so(told) == []
        assert every_device_is_as_it_was(studio) == []
        checked = machine.run("check")
        assert checked.returncode == 0, checked.stdout + checked.stderr
    assert told.booked and told.decided and told.started, "nothing has happened"
    assert "deadlock detected" not in (database.log() if database else "")


def comes_to_rest(*, chair: Somebody) -> None:
    """Ask every session to end, and wait until none runs."""

    def none_runs() -> bool:
        fresh_view()
        sessions = [session_by_id(session_id) for session_id in running_sessions()]
        for session in sessions:
            if session.end_asked_at is None:
                chair.send("end", f"/staff/occurrences/{session.occurrence_id}/session/end")
        return not sessions

    wait_for(none_runs, "the end of all sessions", within_s=COMES_TO_REST_WITHIN_S)


def fresh_view() -> None:
    db.session.rollback()
    db.session.expire_all()


def everything_told_is_so(told: Told) -> list[str]:
    """Return what somebody was told and what is not so."""
    fresh_view()
    lies = []
    for conference_id, rooms in told.booked.items():
        conference = conference_by_id(conference_id)
        if conference is None or {one.room_id for one in conference.occurrences[0].reservations} != rooms:
            lies.append(f"conference {conference_id} was booked")
    lies += [f"conference {one} was cancelled" for one in told.cancelled if conference_by_id(one).cancelled_at is None]
    for reservation_id, decision in told.decided.items():
        reservation = reservation_by_id(reservation_id)
        cancelled = reservation.occurrence.cancelled_at is not None
        if reservation.state not in (decision, ReservationState.RELEASED if cancelled and decision is ReservationState.GRANTED else decision):
            lies.append(f"reservation {reservation_id} was {decision}, and is {reservation.state}")
        kinds = [kind for kind, subject in subjects_of("reservation_granted", "reservation_refused") if subject == reservation.ref]
        if kinds != [f"reservation_{decision}"]:
            lies.append(f"reservation {reservation_id} was {decision}, and the trail says {kinds}")
    return lies + [f"occurrence {one} was started" for one in told.started if not sessions_of(one)]


def fate_of_settings(name: str) -> list[tuple]:
    """Return what each session noted about a codec's former setting."""
    return [(leg.session_id, leg.state, leg.former_setting, leg.restored_at, leg.restore_failed, leg.session.end_asked_at, leg.session.ended_at)
            for session in latest_sessions(100) for leg in session.legs if leg.device.name == name]


def every_device_is_as_it_was(studio: Studio) -> list[str]:
    """Return what a session has left behind at a device."""
    left = []
    for device in studio.codecs:
        codec = studio.connect(device, "cisco_roomos")
        left += [f"{device['name']} is in a call" for _ in codec.calls()]
        if codec.encryption_setting() is not EncryptionSetting.BEST_EFFORT:
            left.append(f"{device['name']} is set to {codec.encryption_setting()}: {fate_of_settings(device['name'])}")
        codec.close()
    bridge = studio.connect(studio.bridge, "simulated_bridge")
    left += [f"{one.remote} is on the bridge" for address in studio.bridge["pool"] for one in bridge.conference(address).participants]
    bridge.close()
    return left
