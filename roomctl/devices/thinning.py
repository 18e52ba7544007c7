"""Keeps the history small: minutes become hours, and what is old goes.  Some devices at a time, round and round.

Minutes are kept for two days, hours and changes of status for a year.  An hour is folded before its minutes go, also after the worker
stood still for days: the hours that are missing are found by the last one that is there.
"""

import time
from datetime import datetime, timedelta
from typing import Any

from roomctl import clock
from roomctl.database import db, write_transaction
from roomctl.devices import history, reading_tables
from roomctl.devices.reading_tables import HOUR

EVERY_S = 5.0
AT_ONCE = 50  # Devices; 10,000 take a quarter of an hour.
KEEP_MINUTES, KEEP_HOURS, KEEP_CHANGES = timedelta(days=2), timedelta(days=366), timedelta(days=366)
KEEP_WISHES = timedelta(days=1)
LARGEST_LEAP = timedelta(hours=1)  # A clock that runs further than this ahead of time itself is not trusted with deleting.


class Thinner:
    """Goes round all devices; where it stands is not kept, since a second visit changes nothing."""

    def __init__(self) -> None:
        self._last = 0
        self._began = (clock.now(), time.monotonic())

    def step(self) -> None:
        """Fold and thin the next devices."""
        now = clock.now()
        device_ids = reading_tables.next_device_ids(self._last, AT_ONCE)
        db.session.rollback()
        if not device_ids:
            self._last = 0
            with write_transaction():
                reading_tables.forget_wishes_before(now - KEEP_WISHES)
            return
        self._last = device_ids[-1]
        hours = _hours_missing(device_ids, now)
        db.session.rollback()
        with write_transaction():
            reading_tables.keep_history(hours)
            if not self._leapt(now):
                reading_tables.forget_before(device_ids, minutes=now - KEEP_MINUTES, hours=now - KEEP_HOURS, changes=now - KEEP_CHANGES)

    def _leapt(self, now: datetime) -> bool:
        began_at, began_s = self._began
        return now - began_at > timedelta(seconds=time.monotonic() - began_s) + LARGEST_LEAP


def _hours_missing(device_ids: list[int], now: datetime) -> list[dict[str, Any]]:
    """Return the rows of the hours that are over and have none yet."""
    this_hour = history.hour_of(now)
    last = reading_tables.last_hours(device_ids, this_hour)
    since = {device_id: at + history.HOUR for device_id, at in last.items() if at + history.HOUR < this_hour}
    asked = [device_id for device_id in device_ids if device_id in since or device_id not in last]
    rows = []
    for device_id, minutes in (reading_tables.minutes_between(asked, since, this_hour) if asked else {}).items():
        for hour, of_hour in _by_hour(minutes).items():
            numbers = history.folded(of_hour, hour + history.HOUR)
            if numbers:
                rows.append({"device_id": device_id, "step": HOUR, "at": hour, "numbers": numbers})
    return rows


def _by_hour(minutes: list[history.Row]) -> dict[datetime, list[history.Row]]:
    hours: dict[datetime, list[history.Row]] = {}
    for at, numbers in minutes:
        hours.setdefault(history.hour_of(at), []).append((at, numbers))
    return hours
