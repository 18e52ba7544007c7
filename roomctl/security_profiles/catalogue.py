"""Keeping the catalogue of security profiles."""

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import write_transaction
from roomctl.security_profiles.profile import Classification, OnDrift
from roomctl.security_profiles.tables import SecurityProfile, latest_version

# What an installation begins with; its security officers add their own versions.
DEFAULTS = (
    ("thuong", "Họp thường", "Ordinary", Classification.ORDINARY, "B", OnDrift.DROP),
    ("noi-bo", "Họp nội bộ", "Internal", Classification.INTERNAL, "A", OnDrift.DROP),
    ("mat", "Họp mật", "Confidential", Classification.CONFIDENTIAL, "A", OnDrift.END),
)


def add_default_profiles() -> None:
    """Add the profiles that an installation begins with."""
    for key, name_vi, name_en, classification, min_grade, on_drift in DEFAULTS:
        add_version(key=key, name_vi=name_vi, name_en=name_en, classification=classification, min_grade=min_grade, suites=["Aes-128"],
                    check_interval_s=5, on_drift=on_drift)


def add_version(*, key: str, name_vi: str, name_en: str, classification: Classification, min_grade: str, suites: list[str],
                check_interval_s: int, on_drift: OnDrift, by: int | None = None) -> SecurityProfile:
    """Add the next version of a profile; older versions stay for the conferences that were booked under them."""
    with write_transaction() as session:
        latest = latest_version(key)
        row = SecurityProfile(key=key, version=latest + 1, name_vi=name_vi, name_en=name_en, classification=classification,
                              min_grade=min_grade, suites=suites, check_interval_s=check_interval_s, on_drift=on_drift,
                              created_at=clock.now(), created_by=by)
        session.add(row)
        session.flush()
        trail.append(EventKind.PROFILE_VERSION_ADDED, actor=by, subject=f"profile:{row.id}", key=key, version=row.version,
                     min_grade=min_grade, suites=suites, check_interval_s=check_interval_s, on_drift=on_drift)
    return row
