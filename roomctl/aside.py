"""Work beside the worker's loop: a thread for each chore that waits for a network, so that no session ever waits for it."""

import logging
import threading
from collections.abc import Callable

from flask import Flask, current_app

from roomctl.database import DATABASE_AWAY, let_go

_log = logging.getLogger(__name__)


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
