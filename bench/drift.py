"""How long until a leg that lost its encryption is red on the chair's screen, in a session of many legs: python -m bench.drift 340

Five codecs lose the encryption of their calls, one after the other; the chair's screen is asked for as a panel asks for it.  A drift is
found at the next check, so what is told is the time since it began, and the time since the last check that found the call good: the
longest that a drift just after that check would have stood there as green.
"""

import http.client
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench import sessions
from bench.servers import gunicorn
from roomctl.app import create_app
from roomctl.config import Settings
from roomctl.database import db
from roomctl.sessions.states import LegState

FIRST_S, APART_S, DRIFTING = 45, 7, [10, 20, 30, 34, 25]  # Which codecs: seconds after their first media, and how far apart.
LOOK_EVERY_S = 1.0  # As the chair's screen does.


def bad_days() -> dict[int, dict[str, float]]:
    return {codec: {"drifts_after_s": FIRST_S + turn * APART_S} for turn, codec in enumerate(DRIFTING)}


def red_on_screen(port: int, session_id: int, token: str) -> int:
    """Return how many seats on the chair's screen are told as not proven."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", f"/panel/sessions/{session_id}/chair/state", headers={"Cookie": f"roomctl_panel={token}"})
    answer = connection.getresponse()
    page = answer.read().decode()
    if answer.status != 200:
        raise RuntimeError(f"the chair's screen was answered {answer.status}")
    return page.count('data-state="not_proven"')


def watch(port: int, session_id: int, token: str) -> list[tuple[float, float]]:
    """Return of each drift the seconds since it began, and since the last good check, when the screen showed it."""
    found: list[tuple[float, float]] = []
    good: dict[int, datetime] = {}
    known: set[int] = set()
    until = time.monotonic() + FIRST_S + APART_S * len(DRIFTING) + 3 * sessions.INTERVAL_S
    while len(found) < len(DRIFTING) and time.monotonic() < until:
        begun = time.monotonic()
        red, now = red_on_screen(port, session_id, token), datetime.now(UTC)
        db.session.rollback()
        db.session.expire_all()
        for leg in sessions.session_by_id(session_id).legs:
            if leg.state == LegState.PROVEN:
                good[leg.id] = leg.checked_at
            elif leg.id not in known and len(known) < red:
                known.add(leg.id)
                turn = DRIFTING.index(int(leg.device.name.removeprefix("Codec ")))
                timing = sessions.timings()[DRIFTING[turn]]
                began = leg.connected_at + timedelta(seconds=timing["media_s"] + FIRST_S + turn * APART_S)
                found.append(((now - began).total_seconds(), (now - good[leg.id]).total_seconds()))
        time.sleep(max(LOOK_EVERY_S - (time.monotonic() - begun), 0))
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sessions.simulators(Path(folder), bad_days()) as ports:
        home = Path(folder)
        url = f"sqlite:///{home / 'roomctl.db'}"
        environment = {"ROOMCTL_HOME": str(home), "ROOMCTL_DATABASE": url, "ROOMCTL_DEVICE_PROCESSES": str(sessions.PROCESSES)}
        app = create_app(Settings(home=home, database_url=url))
        with app.app_context():
            wish, token = sessions.furnish(ports, on_drift=sessions.OnDrift.ALARM)
            with sessions.process("roomctl.cli", "worker", environment=environment), gunicorn(environment, workers=2) as port:
                occurrence_id, pin = sessions.book(wish)
                time.sleep(20 if sessions.LEGS < 100 else 45)
                sessions.press(port, occurrence_id, pin, token)
                live = sessions.newest(lambda session: session.live_at is not None)
                found = watch(port, live.id, token)
            db.session.remove()
            db.engine.dispose()
    since_drift, since_good = zip(*found, strict=True)
    print(f"{sessions.LEGS} legs, checked every {sessions.INTERVAL_S} s; {len(found)} of {len(DRIFTING)} drifts were seen on the chair's screen")
    print(f"since the drift: median {statistics.median(since_drift):.1f} s, longest {max(since_drift):.1f} s; "
          f"since the last good check: longest {max(since_good):.1f} s (wanted: less than {sessions.INTERVAL_S + 2} s)")


if __name__ == "__main__":
    main()
