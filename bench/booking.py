"""How many conferences can be booked a second over HTTP, and whether a raced slot is ever given twice.

One-room conferences through the booking form, gunicorn with 2 workers, on SQLite and on PostgreSQL, both keeping
what they acknowledge; then many clients race for the same slots.  The clients run on the same machine.
"""

import http.client
import itertools
import re
import secrets
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from flask_migrate import upgrade
from sqlalchemy import text

from bench.servers import gunicorn, postgresql
from roomctl import clock
from roomctl.app import create_app
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
ROOMS, WARM_UP_S, MEASURE_S, RACED_SLOTS, CLIENTS = 60, 2.0, 10.0, 20, 16
LEAST = {1: 52.0, 16: 95.0}


OVERLAPS = text("""
    SELECT count(*) FROM reservations one JOIN reservations other ON one.room_id = other.room_id AND one.id < other.id
    WHERE one.state IN ('requested', 'granted') AND other.state IN ('requested', 'granted')
      AND one.held_start_at < other.held_end_at AND other.held_start_at < one.held_end_at
""")


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
        self._connection.request("GET", path, headers={"Cookie": self._cookies})
        answer = self._connection.getresponse()
        return answer.read().decode(), answer.getheader("Set-Cookie", "")

    def book(self, room_id: int, start: datetime) -> int:
        """Ask for an hour and return the status of the answer: 303 when it was booked, 409 when the room is taken."""
        local = to_local(start)
        form = {"csrf_token": self._csrf, "key": secrets.token_urlsafe(12), "day": f"{local:%d/%m/%Y}", "start": f"{local:%H:%M}",
                "end": f"{local + timedelta(minutes=59):%H:%M}", "rooms": room_id, "host_room": room_id, "chair": self._chair,
                "profile": self._profile, "title": "Giao ban"}
        self._connection.request("POST", "/staff/conferences", urlencode(form),
                                 {"Cookie": self._cookies, "Content-Type": "application/x-www-form-urlencoded", "Connection": "close"})
        answer = self._connection.getresponse()
        answer.read()
        return answer.status


def slots(ids: list[int]) -> Iterator[tuple[int, datetime]]:
    """Yield free hours of all rooms, one after another."""
    first = (clock.now() + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
    for hour in itertools.count():
        for room_id in ids:
            yield room_id, first + timedelta(hours=hour)


def rate(port: int, token: str, free: Iterator[tuple[int, datetime]], clients: int) -> float:
    """Return how many conferences a second that many clients book together."""
    lock, booked, begin, stop = threading.Lock(), [0] * clients, threading.Event(), threading.Event()

    def work(number: int) -> None:
        client = Client(port, token)
        while not stop.is_set():
            with lock:
                room_id, start = next(free)
            status = client.book(room_id, start)
            if status != 303:
                raise RuntimeError(f"a free slot was answered {status}")
            if begin.is_set():
                booked[number] += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    time.sleep(WARM_UP_S)
    begin.set()
    started = time.monotonic()
    time.sleep(MEASURE_S)
    stop.set()
    for thread in threads:
        thread.join()
    return sum(booked) / (time.monotonic() - started)


def race(port: int, token: str, free: Iterator[tuple[int, datetime]]) -> tuple[int, int, int]:
    """Let all clients ask for the same slots at once; return how many slots were given once, more than once, and other answers than 303 or 409."""
    once = twice = strange = 0
    gate = threading.Barrier(CLIENTS)
    for slot in itertools.islice(free, RACED_SLOTS):
        answers: list[int] = []

        def ask(slot=slot, answers=answers) -> None:
            client = Client(port, token)
            gate.wait()
            answers.append(client.book(*slot))

        threads = [threading.Thread(target=ask) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        once += answers.count(303) == 1
        twice += answers.count(303) > 1
        strange += sum(status not in (303, 409) for status in answers)
    return once, twice, strange


def main() -> None:
    print(f"{'engine':<12}{'1 client':>12}{'16 clients':>12}{'raced slots':>14}{'given twice':>13}{'overlaps stored':>17}")
    for engine in ("sqlite", "postgresql"):
        with tempfile.TemporaryDirectory() as folder, (postgresql() if engine == "postgresql" else nullcontext("")) as address:
            home = Path(folder)
            url = address or f"sqlite:///{home / 'roomctl.db'}"
            token, ids = furnish(home, url)
            with gunicorn({"ROOMCTL_HOME": str(home), "ROOMCTL_DATABASE": url}, workers=2) as port:
                free = slots(ids)
                alone, together = rate(port, token, free, 1), rate(port, token, free, CLIENTS)
                once, twice, strange = race(port, token, free)
            app = create_app(Settings(home=home, database_url=url))
            with app.app_context():
                overlaps = db.session.scalar(OVERLAPS)
                db.session.remove()
                db.engine.dispose()
        print(f"{engine:<12}{alone:>10.1f}/s{together:>10.1f}/s{f'{once} of {RACED_SLOTS}':>14}{twice:>13}{overlaps:>17}"
              + (f"   {strange} strange answers" if strange else ""))
    print(f"wanted      {LEAST[1]:>10.1f}/s{LEAST[16]:>10.1f}/s{f'{RACED_SLOTS} of {RACED_SLOTS}':>14}{0:>13}{0:>17}")


if __name__ == "__main__":
    main()
