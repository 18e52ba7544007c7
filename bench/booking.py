"""Booking under load and in a large store: whether a raced slot is ever given twice, and how long each thing takes.

Through the booking form and gunicorn with 4 workers, on SQLite and on PostgreSQL, both keeping what they acknowledge; the
clients run on the same machine.  The questions to a large store are in `large.py`.  `--quick` leaves the large store out.
"""

import http.client
import itertools
import re
import secrets
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from flask_migrate import upgrade

from bench import large
from bench.servers import gunicorn, postgresql
from roomctl import clock
from roomctl.app import create_app
from roomctl.booking.invariants import checked
from roomctl.config import Settings
from roomctl.database import db
from roomctl.organisation import directory, signin
from roomctl.organisation.roles import Role
from roomctl.organisation.units import Level
from roomctl.rooms import catalogue as rooms
from roomctl.security_profiles import catalogue as profiles
from roomctl.security_profiles.profile import Classification, OnDrift
from roomctl.timespan import to_local

PASSWORD = "chỉ để đo"
ENGINES = ("sqlite", "postgresql")
ROOMS, WORKERS, CLIENTS, ROUNDS = 60, 4, 16, 20
WARM_UP, ALONE = 20, 200  # Conferences.
WARM_UP_S, MEASURE_S = 2.0, 10.0


def furnish(home: Path, url: str) -> tuple[str, list[int]]:
    """Make an organisation with one clerk, one chair and some rooms; return the clerk's sign-in and the rooms' ids."""
    app = create_app(Settings(home=home, database_url=url))
    with app.app_context():
        upgrade()
        centre = directory.add_unit(code="TW", name="Trung ương", level=Level.CENTRAL)
        for username, role in (("vanthu", Role.STAFF), ("chutri", Role.CHAIR)):
            directory.grant_role(directory.add_person(username=username, name=username, unit=centre, password=PASSWORD), role, centre, by=None)
        profiles.add_version(key="thuong", name_vi="Họp thường", name_en="Ordinary", classification=Classification.ORDINARY, min_grade="B",
                             suites=["Aes-128"], check_interval_s=5, on_drift=OnDrift.DROP)
        added = rooms.add_rooms([rooms.NewRoom(unit=centre, code=f"TW-{number}", name=f"Phòng {number}") for number in range(ROOMS)])
        token = signin.sign_in("vanthu", PASSWORD, address="127.0.0.1")
        ids = [room.id for room in added]
        db.session.remove()
        db.engine.dispose()
    return token, ids


class Client:
    """A clerk's browser with the booking form open: the form can be sent again and again.

    Each request has a connection of its own, as behind nginx: one that is kept would bind a client to one of the workers.
    """

    def __init__(self, port: int, token: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._cookies = f"roomctl_signin={token}"
        page, cookie = self._get("/staff/conferences/new")
        self._cookies += f"; {cookie.partition(';')[0]}"
        self._csrf = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
        self._chair = re.search(r'<option value="(\d+)"[^>]*>chutri', page)[1]
        self._profile = re.search(r'<option value="(\d+)"[^>]*>Họp thường', page)[1]

    def _get(self, path: str) -> tuple[str, str]:
        self._connection.request("GET", path, headers={"Cookie": self._cookies, "Connection": "close"})
        answer = self._connection.getresponse()
        return answer.read().decode(), answer.getheader("Set-Cookie", "")

    def book(self, room_ids: Sequence[int], start: datetime) -> tuple[int, float]:
        """Ask for an hour and return the status of the answer, 303 when it was booked, 409 when a room is taken, and how long it took."""
        local = to_local(start)
        form = [("csrf_token", self._csrf), ("key", secrets.token_urlsafe(12)), ("day", f"{local:%d/%m/%Y}"), ("start", f"{local:%H:%M}"),
                ("end", f"{local + timedelta(minutes=59):%H:%M}"), ("host_room", room_ids[0]), ("chair", self._chair),
                ("profile", self._profile), ("title", "Giao ban"), *(("rooms", room_id) for room_id in room_ids)]
        begun = time.perf_counter()
        self._connection.request("POST", "/staff/conferences", urlencode(form),
                                 {"Cookie": self._cookies, "Content-Type": "application/x-www-form-urlencoded", "Connection": "close"})
        answer = self._connection.getresponse()
        answer.read()
        return answer.status, time.perf_counter() - begun


def hours(hour: int = 0) -> Iterator[datetime]:
    """Yield hours from tomorrow on, one after another."""
    first = (clock.now() + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
    return (first + timedelta(hours=number) for number in itertools.count(hour))


def one_client(port: int, token: str, ids: list[int], free: Iterator[datetime]) -> str:
    """Return the median time of booking one room for one client that books again and again."""
    client, took = Client(port, token), []
    for number, start in zip(range(ALONE + WARM_UP), free, strict=False):
        status, length = client.book([ids[number % len(ids)]], start)
        if status != 303:
            raise RuntimeError(f"a free slot was answered {status}")
        took.append(length)
    return f"p50 {statistics.median(took[WARM_UP:]) * 1000:.1f} ms"


def rate(port: int, token: str, ids: list[int], free: Iterator[datetime]) -> str:
    """Return how many conferences a second many clients book together, each in a room of its own."""
    begin, stop, booked = threading.Event(), threading.Event(), [0] * CLIENTS
    times = [list(itertools.islice(free, 2000))] * CLIENTS

    def work(number: int) -> None:
        client = Client(port, token)
        for start in times[number]:
            if stop.is_set():
                return
            status, _ = client.book([ids[number]], start)
            if status != 303:
                raise RuntimeError(f"a free slot was answered {status}")
            booked[number] += begin.is_set()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    time.sleep(WARM_UP_S)
    begin.set()
    started = time.monotonic()
    time.sleep(MEASURE_S)
    stop.set()
    for thread in threads:
        thread.join()
    return f"{sum(booked) / (time.monotonic() - started):.1f}/s"


def race(port: int, token: str, wanted: list[list[int]], free: Iterator[datetime], rounds: int) -> str:
    """Let all clients ask for the same hour at once, each for its own rooms, all of which meet; return what came of it in words."""
    once, strange, slowest, gate = 0, 0, 0.0, threading.Barrier(CLIENTS)
    clients = [Client(port, token) for _ in range(CLIENTS)]
    for start in itertools.islice(free, rounds):
        answers: list[tuple[int, float]] = []

        def ask(client: Client, rooms: list[int], start=start, answers=answers) -> None:
            gate.wait()
            answers.append(client.book(rooms, start))

        threads = [threading.Thread(target=ask, args=one) for one in zip(clients, wanted, strict=True)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        statuses = [status for status, _ in answers]
        once += statuses.count(303) == 1
        strange += sum(status not in (303, 409) for status in statuses)
        slowest = max(slowest, *(length for _, length in answers))
    return f"{once} of {rounds} given once, {strange} other answers, slowest {slowest:.2f} s"


def over_http(engine: str) -> dict[str, str]:
    """Return what was reached on an engine, by the name of the work."""
    with tempfile.TemporaryDirectory() as folder, (postgresql() if engine == "postgresql" else nullcontext("")) as address:
        home = Path(folder)
        url = address or f"sqlite:///{home / 'roomctl.db'}"
        token, ids = furnish(home, url)
        sets = [ids[number:number + 35] for number in range(CLIENTS)]  # Every two of them share rooms.
        with gunicorn({"ROOMCTL_HOME": str(home), "ROOMCTL_DATABASE": url}, workers=WORKERS) as port:
            free = hours()
            reached = {ONE_SLOT: race(port, token, [[ids[0]]] * CLIENTS, free, ROUNDS), SETS: race(port, token, sets, free, ROUNDS),
                       CREATE: one_client(port, token, ids, free), TOGETHER: rate(port, token, ids, free)}
        app = create_app(Settings(home=home, database_url=url))
        with app.app_context():
            broken = [line for lines in checked().values() for line in lines]
            reached[CHECKED] = f"{len(broken)} broken promises"
            reached[SERIES] = large.series(ids[:35])
            db.session.remove()
            db.engine.dispose()
    return reached


ONE_SLOT, SETS = "race: 16 clients, one slot", "race: 16 clients, 35-room sets that meet"
CREATE, TOGETHER, CHECKED = "create, one room, 1 client", "create, one room, 16 clients", "invariants after the races"
SERIES = "series of 52 weeks in 35 rooms"
WANTED = {ONE_SLOT: "20 given once, 0, < 3 s", SETS: "20 given once, 0, < 3 s", CREATE: "p50 < 20 ms", TOGETHER: "95/s", CHECKED: "0",
          SERIES: "< 1.5 s", **large.WANTED}


def main() -> None:
    reached = {engine: over_http(engine) for engine in ENGINES}
    if "--quick" not in sys.argv:
        for engine in ENGINES:
            reached[engine] |= large.measured(engine)
    print(f"{'work':<58}{'wanted':<26}{'SQLite':<58}PostgreSQL")
    for work, wanted in WANTED.items():
        print(f"{work:<58}{wanted:<26}" + "".join(f"{reached[engine].get(work, '-'):<58}" for engine in ENGINES).rstrip())


if __name__ == "__main__":
    main()
