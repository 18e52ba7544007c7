"""Storage of overrides: who asked, who decided, what it accepts, and when it ended."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, select, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from roomctl.database import Base, Moment, db
from roomctl.organisation.tables import User
from roomctl.rooms.tables import Room
from roomctl.sessions.overridable import Decision
from roomctl.sessions.tables import ConferenceSession, Leg
from roomctl.sessions.verdict import Verdict

_OPEN = text("ended_at IS NULL")


class Override(Base):
    """One request to let a leg take part that is not proven; of one session and one leg, and open until it ended.

    `accepts` is the worst verdict it covers.  Asked from a panel it has no person but the room: the chair has the PIN.
    """

    __tablename__ = "overrides"
    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"), index=True)
    leg_id: Mapped[int] = mapped_column(ForeignKey("legs.id"))
    decision: Mapped[Decision] = mapped_column(String(16), default=Decision.ASKED)
    finding: Mapped[str] = mapped_column(String(40))
    detail: Mapped[str] = mapped_column(String(300), default="")
    accepts: Mapped[Verdict] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(500))
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    asked_from_room_id: Mapped[int | None] = mapped_column(ForeignKey("rooms.id"))
    asked_at: Mapped[datetime] = mapped_column(Moment, index=True)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    decision_reason: Mapped[str] = mapped_column(String(500), default="")
    used_at: Mapped[datetime | None] = mapped_column(Moment)  # When the leg first took part by it.
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_why: Mapped[str] = mapped_column(String(40), default="")  # "refused", "proven", "worse", "left_out", "session_ended".

    session: Mapped[ConferenceSession] = relationship()
    leg: Mapped[Leg] = relationship()
    asker: Mapped[User | None] = relationship(foreign_keys=[asked_by])
    asked_from: Mapped[Room | None] = relationship(foreign_keys=[asked_from_room_id])
    decider: Mapped[User | None] = relationship(foreign_keys=[decided_by])
    __table_args__ = (Index("uq_overrides_open", "leg_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),)

    @property
    def ref(self) -> str:
        return f"override:{self.id}"


def open_override(leg_id: int) -> Override | None:
    """Return a leg's override that has not ended: one that is asked for, or one that stands."""
    return db.session.scalar(select(Override).where(Override.leg_id == leg_id, Override.ended_at.is_(None)))


def open_overrides_of(session_id: int) -> list[Override]:
    return list(db.session.scalars(select(Override).where(Override.session_id == session_id, Override.ended_at.is_(None)).order_by(Override.id)))


def overrides_of(session_id: int) -> list[Override]:
    """Return every override of a session, the oldest first."""
    return list(db.session.scalars(select(Override).where(Override.session_id == session_id).order_by(Override.id)))


def override_by_id(override_id: int) -> Override | None:
    return db.session.get(Override, override_id)


def override_for_update(override_id: int) -> Override | None:
    """Lock an override and return it as it is now."""
    return db.session.scalar(select(Override).where(Override.id == override_id).with_for_update(of=Override)
                             .execution_options(populate_existing=True))


def waiting_overrides() -> list[Override]:
    """Return what waits for a decision, the oldest first."""
    return list(db.session.scalars(select(Override).where(Override.decision == Decision.ASKED, Override.ended_at.is_(None)).order_by(Override.id)))


def latest_overrides(limit: int) -> list[Override]:
    """Return what was decided or ended undecided, the newest first."""
    return list(db.session.scalars(select(Override).where((Override.decision != Decision.ASKED) | Override.ended_at.is_not(None))
                                   .order_by(Override.id.desc()).limit(limit)))


def standing_on(leg_ids: Collection[int]) -> dict[int, Override]:
    """Return by leg the overrides that were granted and have not ended."""
    found = db.session.scalars(select(Override).where(Override.leg_id.in_(leg_ids), Override.decision == Decision.GRANTED,
                                                      Override.ended_at.is_(None)))
    return {one.leg_id: one for one in found}


def all_overrides() -> list[Override]:
    """Return every override, for invariants."""
    return list(db.session.scalars(select(Override).order_by(Override.id)))
