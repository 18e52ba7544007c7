"""To stay with a device that reports by itself: connected again after every loss, registered again, and read anew.

What happened while nobody listened is never guessed: each such gap is kept with its beginning and end, and closes only
when the device's state has been read again.  Nothing that was proven before a gap is proven after it.
"""

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from device_drivers.errors import DeviceError, HostKeyChanged, HostKeyUnknown, LoginRefused, SshTooOld
from device_drivers.readings import Call
from device_drivers.xapi.feedback import MINIMAL, Registered

GAPS_KEPT = 1000
# What waiting does not mend.  Trying a refused account again and again would lock it.
FINAL = (HostKeyUnknown, HostKeyChanged, LoginRefused, SshTooOld)
_log = logging.getLogger(__name__)


class Watchable(Protocol):
    """A driver whose `supports` has "feedback"."""

    @property
    def events_dropped(self) -> int: ...
    def watch(self, paths: Iterable[str]) -> Registered: ...
    def listen(self, for_s: float) -> None: ...
    def events(self) -> list[dict[str, Any]]: ...
    def calls(self) -> tuple[Call, ...]: ...
    def close(self) -> None: ...


@dataclass(slots=True)
class Gap:
    """A time in which nothing was heard: from the last sign of life to the first reading after it, None while it lasts."""

    begun_at: datetime
    reason: str  # A DeviceError's kind, "feedback_lost" or "events_dropped".
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: the first and the longest wait before connecting again, between two looks at the registrations, for one listening."""

    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0
    check_every_s: float = 90.0
    listen_s: float = 1.0

    def wait_s(self, failures: int, chance: float) -> float:
        """Return how long to wait after so many failures in a row.

        It doubles each time, and up to half of it is taken off by `chance` (0 to 1): thousands of rooms that lost
        power together must not come back together.
        """
        return min(self.longest_wait_s, self.first_wait_s * 2.0 ** min(failures, 30)) * (1 - chance / 2)


class Watch:
    """One device under watch.  The callbacks are called in the watch's own thread, one at a time.

    `on_resync(calls, gap)` is given what was read after connecting, with the gap it closed; `on_event(event)` what the
    device reported.  `ended_by` is the error that waiting does not mend, after which the watch gives up.
    """

    def __init__(self, connect: Callable[[], Watchable], *, on_event: Callable[[dict[str, Any]], None],
                 on_resync: Callable[[tuple[Call, ...], Gap | None], None], paths: Iterable[str] = MINIMAL, pace: Pace | None = None,
                 now: Callable[[], datetime] = lambda: datetime.now(UTC), chance: Callable[[], float] = random.random) -> None:
        self._connect, self._on_event, self._on_resync = connect, on_event, on_resync
        self._paths, self._pace, self._now, self._chance = tuple(paths), pace or Pace(), now, chance
        self._over = threading.Event()
        self._driver: Watchable | None = None
        self._thread: threading.Thread | None = None
        self._heard_at: datetime | None = None
        self.gaps: deque[Gap] = deque(maxlen=GAPS_KEPT)
        self.ended_by: DeviceError | None = None

    def start(self) -> None:
        """Watch in a thread of its own."""
        self._thread = threading.Thread(target=self.run, name="watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the watch, close the connection, and wait for the thread."""
        self._over.set()
        if (driver := self._driver) is not None:
            driver.close()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    @property
    def is_live(self) -> bool:
        """True while the device is connected, registered and read: what it reports now is heard."""
        return self._driver is not None and self._heard_at is not None and self.open_gap is None

    @property
    def open_gap(self) -> Gap | None:
        gap = self.gaps[-1] if self.gaps else None
        return gap if gap is not None and gap.ended_at is None else None

    def run(self) -> None:
        """Watch until stopped, or until the device refuses for good."""
        failures = 0
        while not self._over.is_set():
            began = time.monotonic()
            try:
                self._driver = self._connect()
                self._follow(self._driver)
            except DeviceError as error:
                if self._over.is_set():
                    return
                self._open_gap(error.kind)
                if isinstance(error, FINAL):
                    self.ended_by = error
                    return
            finally:
                driver, self._driver = self._driver, None
                if driver is not None:
                    driver.close()
            if time.monotonic() - began > self._pace.longest_wait_s:
                failures = 0  # It held for a while: this is a new trouble, not the old one again.
            self._over.wait(self._pace.wait_s(failures, self._chance()))
            failures += 1

    def _follow(self, driver: Watchable) -> None:
        if self._over.is_set():  # Stopped while connecting.
            return
        driver.watch(self._paths)
        self._resync(driver)
        dropped, check_at = driver.events_dropped, time.monotonic() + self._pace.check_every_s
        while not self._over.is_set():
            driver.listen(self._pace.listen_s)
            self._hand_out(driver)
            if driver.events_dropped > dropped:
                dropped = driver.events_dropped
                self._open_gap("events_dropped")
                self._resync(driver)
            if time.monotonic() >= check_at:
                check_at = time.monotonic() + self._pace.check_every_s
                self._check(driver)

    def _check(self, driver: Watchable) -> None:
        """See whether the device still knows what it is to report, and that it is still there."""
        came = driver.watch(self._paths)
        if came.lost:
            self._open_gap("feedback_lost")
        if came.new:
            self._resync(driver)
        self._heard_at = self._now()

    def _resync(self, driver: Watchable) -> None:
        """Read the calls once, since registering sends no current value, and close the gap."""
        calls = driver.calls()
        self._heard_at = self._now()
        gap = self.open_gap
        if gap is not None:
            gap.ended_at = self._heard_at
        self._tell(self._on_resync, calls, gap)
        self._hand_out(driver)

    def _hand_out(self, driver: Watchable) -> None:
        for event in driver.events():
            self._heard_at = self._now()
            self._tell(self._on_event, event)

    def _tell(self, whom: Callable[..., None], *what: Any) -> None:
        try:
            whom(*what)
        except Exception:
            _log.exception("whoever watches failed")  # The watch goes on: the next event may matter more.

    def _open_gap(self, reason: str) -> None:
        if self.open_gap is None:
            self.gaps.append(Gap(begun_at=self._heard_at or self._now(), reason=reason))
