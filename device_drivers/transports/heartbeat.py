"""A small question asked again and again of a device that hangs up on those who say nothing."""

import threading
from collections.abc import Callable

from device_drivers.errors import DeviceError


class Heartbeat:
    """Calls `beat` every `every_s` seconds in a thread of its own, until it is stopped or a beat fails.

    What failed is kept in `failure`; to connect again is for whoever uses the driver.
    """

    def __init__(self, beat: Callable[[], None], *, every_s: float, name: str) -> None:
        self._beat, self._every_s = beat, every_s
        self._stopped = threading.Event()
        self.failure: DeviceError | None = None
        self._thread = threading.Thread(target=self._run, name=f"{name} heartbeat", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Beat no more.  It does not wait, so that a beat may stop its own heart."""
        self._stopped.set()

    @property
    def is_beating(self) -> bool:
        return self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopped.wait(self._every_s):
            try:
                self._beat()
            except DeviceError as error:
                self.failure = error
                return
