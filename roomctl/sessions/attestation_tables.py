"""Storage of attestations: what a person vouches for, with serial number, name and time."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, and_, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from roomctl.database import Base, Moment, db
from roomctl.organisation.roles import Relation
from roomctl.organisation.tables import Unit, User
from roomctl.rooms.tables import Room
from roomctl.security_profiles.profile import AttestationKind, Attested


class Attestation(Base):
    """A row never changes but that it is withdrawn once; `serial` is that of the protecting device."""

    __tablename__ = "attestations"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[AttestationKind] = mapped_column(String(24))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    room_id: Mapped[int | None] = mapped_column(ForeignKey("rooms.id"), index=True)  # None: the unit's line, which serves all its rooms.
    serial: Mapped[str] = mapped_column(String(120), default="")
    note: Mapped[str] = mapped_column(String(300), default="")
    attested_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    attested_at: Mapped[datetime] = mapped_column(Moment)
    valid_until_at: Mapped[datetime] = mapped_column(Moment)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    withdraw_reason: Mapped[str] = mapped_column(String(300), default="")

    unit: Mapped[Unit] = relationship()
    room: Mapped[Room | None] = relationship()
    attester: Mapped[User] = relationship(foreign_keys=[attested_by])

    @property
    def ref(self) -> str:
        return f"attestation:{self.id}"

    @property
    def last_day_at(self) -> datetime:
        """A moment of the last day on which it counts: it ends with that day."""
        return self.valid_until_at - timedelta(microseconds=1)

    def unit_paths(self) -> Collection[str]:
        return (self.unit.path,)

    def relations(self, user_id: int) -> Collection[Relation]:
        return ()

    def as_attested(self) -> Attested:
        return Attested(AttestationKind(self.kind), self.attested_at, self.valid_until_at)


def standing_between(rooms: Collection[Room], start: datetime, end: datetime) -> dict[int, list[Attestation]]:
    """Return by room what was attested of it, or of its unit's line, by `end` and not withdrawn before `start`; newest first."""
    wanted = or_(Attestation.room_id.in_([room.id for room in rooms]),
                 and_(Attestation.room_id.is_(None), Attestation.unit_id.in_({room.unit_id for room in rooms})))
    found = list(db.session.scalars(select(Attestation).where(
        wanted, Attestation.attested_at <= end, or_(Attestation.withdrawn_at.is_(None), Attestation.withdrawn_at > start))
        .order_by(Attestation.id.desc())))
    return {room.id: [one for one in found if one.room_id == room.id or (one.room_id is None and one.unit_id == room.unit_id)] for room in rooms}


def attestation_for_update(attestation_id: int) -> Attestation | None:
    """Lock an attestation and return it as it is now."""
    return db.session.scalar(select(Attestation).where(Attestation.id == attestation_id).with_for_update(of=Attestation)
                             .execution_options(populate_existing=True))


def latest_attestations(unit_paths: Collection[str], *, limit: int) -> list[Attestation]:
    """Return what was attested at or below some units, the newest first, what was withdrawn too."""
    below = or_(*(Unit.path.startswith(path) for path in unit_paths))
    return list(db.session.scalars(select(Attestation).join(Unit, Attestation.unit_id == Unit.id).where(below)
                                   .order_by(Attestation.id.desc()).limit(limit)))
