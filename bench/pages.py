"""How many bytes a browser fetches: at the first visit with an empty cache, and for each later page.

A day of 60 rooms with 150 conferences, the week of the same, and the booking form, in a real Chromium; what is counted is what went
over the wire, headers included.
"""

import tempfile
from datetime import time, timedelta
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from bench.booking import PASSWORD, furnish
from bench.servers import gunicorn
from roomctl import clock
from roomctl.app import create_app
from roomctl.booking.request import request_conference
from roomctl.booking.wish import Wish
from roomctl.config import Settings
from roomctl.database import db
from roomctl.organisation.tables import chairs_to_choose_from, user_by_username
from roomctl.security_profiles.tables import current_profiles
from roomctl.timespan import Span, from_local, iso_week, to_local

CONFERENCES = 150
MOST_FIRST, MOST_LATER = 250_000, 40_000


def book(home: Path, url: str, ids: list[int]) -> str:
    """Fill tomorrow with conferences, and return that day as the day view's address writes it."""
    app = create_app(Settings(home=home, database_url=url))
    day = to_local(clock.now()).date() + timedelta(days=1)
    with app.app_context():
        clerk, chair, profile = user_by_username("vanthu"), chairs_to_choose_from()[0], current_profiles()[0]
        for number in range(CONFERENCES):
            room = ids[number % len(ids)]
            start = from_local(day, time(hour=7 + 4 * (number // len(ids)), minute=15 * (number % 4)))
            wish = Wish(span=Span(start, start + timedelta(minutes=90)), room_ids=(room,), host_room_id=room, chair_id=chair.id,
                        profile_id=profile.id, title=f"Hội nghị chuyên đề số {number}: triển khai nhiệm vụ trọng tâm")
            request_conference(wish, by=clerk, key=str(number))
        db.session.remove()
        db.engine.dispose()
    return day.isoformat()


class Meter:
    """Counts what a page fetches over the wire."""

    def __init__(self, page: Page) -> None:
        self._page, self._bytes = page, 0
        network = page.context.new_cdp_session(page)
        network.send("Network.enable")
        network.on("Network.loadingFinished", self._add)

    def _add(self, event: dict) -> None:
        self._bytes += event["encodedDataLength"]

    def visit(self, address: str) -> int:
        """Return the bytes of a page and of all that it needs and the cache does not hold."""
        self._bytes = 0
        self._page.goto(address, wait_until="networkidle")
        return int(self._bytes)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        url = f"sqlite:///{home / 'roomctl.db'}"
        _, ids = furnish(home, url)
        day = book(home, url, ids)
        with gunicorn({"ROOMCTL_HOME": str(home), "ROOMCTL_DATABASE": url}, workers=2) as port, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page()
            meter, site = Meter(page), f"http://localhost:{port}"
            first = meter.visit(f"{site}/sign-in")
            page.get_by_label("Tên đăng nhập").fill("vanthu")
            page.get_by_label("Mật khẩu").fill(PASSWORD)
            page.get_by_role("button", name="Đăng nhập").click()
            page.wait_for_load_state("networkidle")
            year, week = iso_week((clock.now() + timedelta(days=1)).date())
            later = {name: meter.visit(f"{site}{path}") for name, path in (
                (f"day of {len(ids)} rooms, {CONFERENCES} conferences", f"/staff/day/{day}"), ("week of the same", f"/staff/week/{year}/{week}"),
                ("booking form", "/staff/conferences/new"), ("notices", "/staff/notices"))}
            alone = browser.new_context(storage_state=page.context.storage_state()).new_page()
            first_day = Meter(alone).visit(f"{site}/staff/day/{day}")
            browser.close()
    print(f"{'page':<44}{'kB over the wire':>18}{'at most':>10}")
    for name, size, most in (("first visit: sign-in", first, MOST_FIRST), ("first visit: the day, cache empty", first_day, MOST_FIRST),
                             *((f"later: {name}", size, MOST_LATER) for name, size in later.items())):
        print(f"{name:<44}{size / 1000:>18.1f}{most / 1000:>10.0f}")


if __name__ == "__main__":
    main()
