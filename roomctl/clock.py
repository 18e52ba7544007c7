"""The one clock.  Everything that needs "now" asks here, so a test can set it."""

from collections.abc import Callable
from datetime import UTC, datetime


def _system_now() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system_now


def now() -> datetime:
    """Return the present moment in UTC, with microseconds."""
    return _source()


def set_source(source: Callable[[], datetime] | None) -> None:
    """Let `source` tell the time from here on; None brings the system's clock back."""
    global _source
    _source = source or _system_now
