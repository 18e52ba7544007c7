"""What a device's state is called, and when a reading is too old to mean anything.  Pure."""

from datetime import datetime, timedelta
from enum import StrEnum


class Status(StrEnum):
    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"
    UNKNOWN = "unknown"


# What each fault means for people: the device answers badly (warning), does not serve at all (critical), or nobody can say (unknown).
FAULTS: dict[str, Status] = {
    "unreachable": Status.CRITICAL, "silent": Status.CRITICAL, "connection_lost": Status.CRITICAL,
    "host_key_changed": Status.CRITICAL, "host_key_unknown": Status.WARNING, "login_refused": Status.CRITICAL,
    "session_table_full": Status.CRITICAL, "ssh_too_old": Status.WARNING, "unexpected_reply": Status.WARNING,
    "command_refused": Status.WARNING, "not_registered": Status.CRITICAL, "cannot_encrypt": Status.WARNING,
    "registration_unknown": Status.UNKNOWN, "no_microphone": Status.WARNING, "no_camera": Status.WARNING,
    "no_snmp_answer": Status.CRITICAL, "snmp_login_refused": Status.WARNING, "snmp_no_access": Status.WARNING,
    "snmp_exception_over": Status.WARNING, "credentials_unreadable": Status.WARNING, "password_unsettled": Status.WARNING,
    "unsafe_value": Status.WARNING, "driver_fault": Status.WARNING, "nothing_readable": Status.UNKNOWN, "standby": Status.UNKNOWN,
}
WORSE = (Status.OK, Status.UNKNOWN, Status.WARNING, Status.CRITICAL)  # What hides what: known harm stands before not knowing.


def as_shown(status: Status, read_at: datetime | None, *, now: datetime, interval: timedelta) -> Status:
    """Return the status a person may be shown: past twice the interval a reading is unknown, never its last colour."""
    if read_at is None or now - read_at > 2 * interval:
        return Status.UNKNOWN
    return status
