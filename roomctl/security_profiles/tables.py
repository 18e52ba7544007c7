"""Storage of security profiles: a row is one version and never changes."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint, false, func, select
from sqlalchemy.orm import Mapped, mapped_column

from roomctl.database import Base, Moment, db
from roomctl.security_profiles.profile import AttestationKind, Classification, OnDrift, Profile


class SecurityProfile(Base):
    __tablename__ = "security_profiles"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32))
    version: Mapped[int]
    name_vi: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    classification: Mapped[Classification] = mapped_column(String(16))
    min_grade: Mapped[str] = mapped_column(String(1))
    suites: Mapped[list[str]] = mapped_column(JSON)
    check_interval_s: Mapped[int]
    on_drift: Mapped[OnDrift] = mapped_column(String(8))
    overridable: Mapped[bool] = mapped_column(default=False, server_default=false())
    attestations: Mapped[dict[str, int]] = mapped_column(JSON, default=dict, server_default="{}")  # Days by kind.
    created_at: Mapped[datetime] = mapped_column(Moment)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    __table_args__ = (UniqueConstraint("key", "version"),)

    def as_profile(self) -> Profile:
        return Profile(key=self.key, version=self.version, classification=Classification(self.classification),
                       min_grade=self.min_grade, suites=tuple(self.suites), check_interval_s=self.check_interval_s,
                       on_drift=OnDrift(self.on_drift), overridable=self.overridable, attestations=self.required_attestations)

    @property
    def required_attestations(self) -> dict[AttestationKind, int]:
        """Return how many days old an attestation may be at most, by kind."""
        return {kind: self.attestations[kind] for kind in AttestationKind if kind in self.attestations}


def current_profiles() -> list[SecurityProfile]:
    """Return the newest version of each profile, lowest classification first."""
    newest: dict[str, SecurityProfile] = {}
    for row in db.session.scalars(select(SecurityProfile).order_by(SecurityProfile.version)):
        newest[row.key] = row
    return sorted(newest.values(), key=lambda row: Classification(row.classification).rank)


def latest_version(key: str) -> int:
    """Return the newest version of a profile; 0 while there is none."""
    return db.session.scalar(select(func.max(SecurityProfile.version)).where(SecurityProfile.key == key)) or 0


def versions_of(key: str) -> list[SecurityProfile]:
    """Return every version of a profile, the newest first."""
    return list(db.session.scalars(select(SecurityProfile).where(SecurityProfile.key == key).order_by(SecurityProfile.version.desc())))


def newer_than(profile: SecurityProfile) -> SecurityProfile | None:
    """Return the newest version of a profile when it is not this one."""
    newest = next(iter(versions_of(profile.key)), profile)
    return newest if newest.version > profile.version else None


def profile_by_id(profile_id: int) -> SecurityProfile | None:
    return db.session.get(SecurityProfile, profile_id)
