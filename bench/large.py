"""Questions to a store as large as an administration's after some years.

Server time only: nothing is sent over a network.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade

from bench import store
from bench.servers import postgresql
from roomctl import clock
from roomctl.app import create_app
from roomctl.booking.find_time import common_times, rooms_free_during
from roomctl.booking.recurrence import Recurrence
from roomctl.booking.request import request_conference
from roomctl.booking.wish import Wish
from roomctl.calendars.feeds import make_feed
from roomctl.config import Settings
from roomctl.database import db
from roomctl.organisation import signin
from roomctl.organisation.tables import chairs_to_choose_from, user_by_username
from roomctl.rooms.tables import rooms_by_id
from roomctl.security_profiles.tables import current_profiles
from roomctl.timespan import Span, to_local
from roomctl.web.public.sign_in import SIGN_IN_COOKIE

DAY = "day view, 1,000 rooms, 200,000 reservations"
FREE = "free rooms for two hours, 3,400 rooms, 1,000,000"
COMMON = "common time for 35 rooms over two weeks, same store"
FEED = "a room's feed unchanged, same store"
WANTED = {DAY: "< 150 ms, < 200 kB", FREE: "< 20 ms", COMMON: "< 300 ms", FEED: "304 in < 5 ms"}
TIMES = 15


def measured(engine: str) -> dict[str, str]:
    """Return what was reached on an engine, by the name of the work."""
    return _with_store(engine, 1000, 200_000, lambda app, filled: {DAY: _day(app)}) | _with_store(engine, 3400, 1_000_000, _million)


def series(room_ids: list[int]) -> str:
    """Book a conference every week for a year in some rooms, inside the application's context, and return how long that took."""
    start = (clock.now() + timedelta(days=300)).replace(hour=1, minute=0, second=0, microsecond=0)
    wish = Wish(span=Span(start, start + timedelta(hours=1)), room_ids=tuple(room_ids), host_room_id=room_ids[0], title="Giao ban",
                chair_id=chairs_to_choose_from()[0].id, profile_id=current_profiles()[0].id, recurrence=Recurrence(rule="FREQ=WEEKLY;COUNT=52"))
    begun = time.perf_counter()
    request_conference(wish, by=user_by_username("vanthu"), key="bench-series")
    return f"{time.perf_counter() - begun:.2f} s"


def _with_store(engine: str, rooms: int, reservations: int, ask: Callable[[Flask, store.Store], dict[str, str]]) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder, (postgresql() if engine == "postgresql" else nullcontext("")) as address:
        home = Path(folder)
        app = create_app(Settings(home=home, database_url=address or f"sqlite:///{home / 'roomctl.db'}", trusted_hosts=("localhost",)))
        with app.app_context():
            upgrade()
        filled = store.fill(app, rooms, reservations)
        with app.app_context():
            try:
                return ask(app, filled)
            finally:
                db.session.remove()
                db.engine.dispose()


def _median_ms(work: Callable[[], object]) -> float:
    work()
    took = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        work()
        took.append(time.perf_counter() - begun)
        db.session.rollback()
    return statistics.median(took) * 1000


def _day(app: Flask) -> str:
    client = app.test_client()
    client.set_cookie(SIGN_IN_COOKIE, signin.sign_in("vanthu", store.PASSWORD, address="127.0.0.1"))
    size, address = 0, f"/staff/day/{to_local(clock.now()).date() + timedelta(days=7)}?words=phong"  # As many rooms as one page holds.

    def look() -> None:
        nonlocal size
        answer = client.get(address)
        if answer.status_code != 200:
            raise RuntimeError(f"the day was answered {answer.status_code}")
        size = len(answer.data)

    return f"{_median_ms(look):.0f} ms, {size / 1000:.0f} kB"


def _million(app: Flask, filled: store.Store) -> dict[str, str]:
    start = clock.now() + timedelta(days=3)
    span, rooms = Span(start, start + timedelta(hours=2)), rooms_by_id(filled.room_ids[:35]).values()
    token = make_feed(f"room:{filled.room_ids[0]}", by=user_by_username("vanthu"))
    client, address = app.test_client(), f"/calendar/{token}.ics"
    etag = client.get(address).headers["ETag"]

    def unchanged() -> None:
        status = client.get(address, headers={"If-None-Match": etag}).status_code
        if status != 304:
            raise RuntimeError(f"an unchanged feed was answered {status}")

    found = {
        FREE: _median_ms(lambda: rooms_free_during(span)),
        COMMON: _median_ms(lambda: common_times(rooms, length=timedelta(hours=2), from_day=to_local(start).date(), people=[filled.chair_id])),
        FEED: _median_ms(unchanged),
    }
    return {work: f"{took:.1f} ms" for work, took in found.items()}
