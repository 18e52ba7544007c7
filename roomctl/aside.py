"""Work beside the worker's loop: a thread for each chore that waits for a network, so that no session ever waits for it."""

import logging
import threading
from collections.abc import Callable

from flask import Flask, current_app

from roomctl.database import DATABASE_AWAY, let_go

_log = logging.getLogger(__name__)
AGAIN_S = 1.0


class Aside:
    """One chore; calling it begins a round, unless the last one is still under way."""

    def __init__(self, name: str, work: Callable[[], object]) -> None:
        self._name, self._work = name, work
        self._thread: threading.Thread | None = None

    def __call__(self) -> None:
        if self.is_out:
            return
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # Flask's own way out of its proxy.
        self._thread = threading.Thread(target=self._round, args=(app,), name=self._name, daemon=True)
        self._thread.start()

    @property
    def is_out(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def come_back(self, within_s: float) -> bool:
        """Wait for the round that is under way; True when none is any more."""
        if self._thread is not None:
            self._thread.join(within_s)
        return not self.is_out

    def _round(self, app: Flask) -> None:
        with app.app_context():
            try:
                self._work()
            except DATABASE_AWAY as error:
                _log.warning("%s: the database is away: %s", self._name, str(error).splitlines()[0])
            except Exception as error:  # Recorded; the next round starts afresh.
                _log.error("%s failed", self._name, exc_info=error)
            finally:
                let_go()


class Steady:
    """A loop of its own beside the worker's, for what waits for devices; it ends when it is closed, or when its step raises `over`."""

    def __init__(self, name: str, step: Callable[[], object], *, every_s: float, over: type[Exception]) -> None:
        self._name, self._step, self._every_s, self._over = name, step, every_s, over
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, app: Flask) -> "Steady":
        """Begin; returns the loop."""
        self._thread = threading.Thread(target=self._run, args=(app,), name=self._name, daemon=True)
        self._thread.start()
        return self

    def _run(self, app: Flask) -> None:
        with app.app_context():
            while not self._stop.is_set():
                rest_s = self._every_s
                try:
                    self._step()
                except self._over:
                    return
                except DATABASE_AWAY as error:
                    _log.warning("%s: the database is away: %s", self._name, str(error).splitlines()[0])
                    rest_s = AGAIN_S
                except Exception as error:  # One bad step must not end the loop; it is recorded, and the next step starts afresh.
                    _log.error("%s: a step failed", self._name, exc_info=error)
                    rest_s = AGAIN_S
                finally:
                    let_go()
                self._stop.wait(rest_s)

    def close(self) -> None:
        """Stop after the step that is under way."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
