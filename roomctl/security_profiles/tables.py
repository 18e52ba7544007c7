"""Storage of security profiles: a row is one version and never changes."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column

from roomctl.database import Base, Moment, db
from roomctl.security_profiles.profile import Classification, OnDrift, Profile


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
    created_at: Mapped[datetime] = mapped_column(Moment)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    __table_args__ = (UniqueConstraint("key", "version"),)

    def as_profile(self) -> Profile:
        return Profile(key=self.key, version=self.version, classification=Classification(self.classification),
                       min_grade=self.min_grade, suites=tuple(self.suites), check_interval_s=self.check_interval_s,
                       on_drift=OnDrift(self.on_drift))


def current_profiles() -> list[SecurityProfile]:
    """Return the newest version of each profile, lowest classification first."""
    newest: dict[str, SecurityProfile] = {}
    for row in db.session.scalars(select(SecurityProfile).order_by(SecurityProfile.version)):
        newest[row.key] = row
    return sorted(newest.values(), key=lambda row: Classification(row.classification).rank)


def latest_version(key: str) -> int:
    """Return the newest version of a profile; 0 while there is none."""
    return db.session.scalar(select(func.max(SecurityProfile.version)).where(SecurityProfile.key == key)) or 0


def profile_by_id(profile_id: int) -> SecurityProfile | None:
    return db.session.get(SecurityProfile, profile_id)
