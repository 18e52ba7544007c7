"""Keeping the catalogue of security profiles."""

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import write_transaction
from roomctl.security_profiles.profile import Classification, OnDrift
from roomctl.security_profiles.tables import SecurityProfile, latest_version


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
