"""What a device's state is called, and when a reading is too old to mean anything.  Pure."""

from datetime import datetime, timedelta
from enum import StrEnum


class Status(StrEnum):
    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"
    UNKNOWN = "unknown"


# What each driver error means for people: the device answers badly (warning) or does not serve at all (critical).
FAULTS: dict[str, Status] = {
    "unreachable": Status.CRITICAL, "silent": Status.CRITICAL, "connection_lost": Status.CRITICAL,
    "host_key_changed": Status.CRITICAL, "host_key_unknown": Status.WARNING, "login_refused": Status.CRITICAL,
    "session_table_full": Status.CRITICAL, "ssh_too_old": Status.WARNING, "unexpected_reply": Status.WARNING,
    "command_refused": Status.WARNING, "not_registered": Status.CRITICAL, "cannot_encrypt": Status.WARNING,
}


def as_shown(status: Status, read_at: datetime | None, *, now: datetime, interval: timedelta) -> Status:
    """Return the status a person may be shown: past twice the interval a reading is unknown, never its last colour."""
    if read_at is None or now - read_at > 2 * interval:
        return Status.UNKNOWN
    return status
