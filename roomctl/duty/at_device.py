"""What an order does at one device.  No database here: it runs in many threads.

Each function returns an Outcome; a device's error is an outcome too.  A restart has succeeded when the device went away and is back
with a smaller uptime, and nothing less proves it: the connection that closes does not, nor does an OK.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from device_drivers.errors import ConnectionLost, DeviceError, HostKeyChanged, HostKeyUnknown, Silent, Unreachable
from device_drivers.readings import EncryptionSetting
from roomctl.devices import connect
from roomctl.duty.order_tables import DONE, FAILED, SKIPPED, UNKNOWN

_log = logging.getLogger(__name__)
CHANGED_WITHIN_S = 45.0  # A device that has not been told by then is left alone: a session may be started in a moment.
GOES_AWAY_WITHIN_S = 60.0
BACK_WITHIN_S = 300.0
LOOK_EVERY_S = 3.0
UPTIME_MARGIN_S = 5  # Uptimes are whole seconds, and an answer takes its time.


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: a target's state, a stable word, and the device's own words."""

    state: str
    word: str
    detail: str = ""
    error: DeviceError | None = None


class Turn:
    """One device's turn: until when it may be changed, whether it was told, and whether somebody needs it now."""

    def __init__(self) -> None:
        self._until = time.monotonic() + CHANGED_WITHIN_S
        self.was_told = threading.Event()
        self.gives_way = threading.Event()

    @property
    def is_late(self) -> bool:
        return time.monotonic() > self._until or self.gives_way.is_set()


def set_encryption(way: connect.Way, connections: connect.Connections, turn: Turn, *, setting: str, force: bool) -> Outcome:
    """Set what the device wishes of its calls, and believe what is read back."""

    def do() -> Outcome:
        codec = connections.to(way)
        up = codec.calls()
        if up and not force:
            return Outcome(SKIPPED, "in_call", up[0].remote)
        if turn.is_late:
            return Outcome(FAILED, "too_slow")
        read_back = codec.set_encryption(EncryptionSetting(setting))
        return Outcome(DONE, "set") if read_back == setting else Outcome(FAILED, "setting_not_taken", read_back.value)

    return _tried(do, way, connections)


def restart(way: connect.Way, connections: connect.Connections, turn: Turn, *, force: bool) -> Outcome:
    """Restart a device, and wait until it is back."""

    def do() -> Outcome:
        codec = connections.to(way)
        up = codec.calls()
        if up and not force:
            return Outcome(SKIPPED, "in_call", up[0].remote)
        before_s = codec.identify().uptime_s
        if turn.is_late:
            return Outcome(FAILED, "too_slow")
        told_at = time.monotonic()
        with contextlib.suppress(ConnectionLost, Silent):  # It may answer OK, close at once, or say nothing and close: what it does next tells.
            codec.restart()
        turn.was_told.set()
        connections.drop(way.device_id)
        return _watched(way, connections, turn, before_s, told_at)

    return _tried(do, way, connections)


def _watched(way: connect.Way, connections: connect.Connections, turn: Turn, before_s: int | None, told_at: float) -> Outcome:
    went_away = False
    while True:
        if turn.gives_way.wait(LOOK_EVERY_S):
            return Outcome(UNKNOWN, "session_took_over")
        try:
            after_s = connections.to(way).identify().uptime_s
        except (HostKeyChanged, HostKeyUnknown) as error:
            return Outcome(FAILED, error.kind, str(error), error)
        except DeviceError as error:
            connections.drop(way.device_id)
            # While it starts, it may answer and know nobody yet: that is not away, and not back.
            went_away = went_away or isinstance(error, Unreachable | Silent | ConnectionLost)
            after_s, answers = None, False
        else:
            answers = True
        passed_s = time.monotonic() - told_at
        if answers and went_away and after_s is None:
            return Outcome(UNKNOWN, "back_without_uptime")
        if answers and is_restarted(before_s, after_s, passed_s):
            return Outcome(DONE, "restarted", f"{passed_s:.0f} s")
        if answers and not went_away and passed_s > GOES_AWAY_WITHIN_S:
            return Outcome(FAILED, "did_not_restart")
        if passed_s > BACK_WITHIN_S:
            return Outcome(FAILED, "did_not_restart" if answers else "did_not_come_back")


def is_restarted(before_s: int | None, after_s: int | None, passed_s: float) -> bool:
    """True when an uptime shows that a device started anew within the seconds that have passed since it was told to."""
    if after_s is None or after_s > passed_s + UPTIME_MARGIN_S:
        return False
    if before_s is None:
        return after_s + UPTIME_MARGIN_S < passed_s
    return after_s < before_s or after_s + UPTIME_MARGIN_S < before_s + passed_s


def _tried(do: Callable[[], Outcome], way: connect.Way, connections: connect.Connections) -> Outcome:
    try:
        return do()
    except DeviceError as error:
        return Outcome(FAILED, error.kind, str(error), error)
    except Exception as error:  # Whatever a device answers, the others have their turn.
        _log.exception("an order at device %s failed", way.device_id)
        return Outcome(FAILED, "driver_fault", type(error).__name__)
    finally:
        connections.drop(way.device_id)
