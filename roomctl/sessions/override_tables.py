"""Storage of overrides: who asked, who decided, what it accepts, and when it ended."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ForeignKey, Index, String, func, select, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from roomctl.booking.tables import Conference, Occurrence
from roomctl.database import Base, Moment, db
from roomctl.organisation.tables import User
from roomctl.rooms.tables import Room
from roomctl.sessions.overridable import Decision
from roomctl.sessions.states import LegState
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
    """Return a leg's override that has not ended: one that is asked for, or one that stands.

    Asked for each of hundreds of legs in one transaction: what is changed there is not written first, and looked at here instead.
    """
    found = db.session.scalar(select(Override).where(Override.leg_id == leg_id, Override.ended_at.is_(None)).execution_options(autoflush=False))
    return found if found is not None and found.ended_at is None else None


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


class Standing(NamedTuple):
    """An override with what concerns it, as invariants ask for it."""

    id: int
    session_id: int
    leg_id: int
    decision: str
    asked_by: int | None
    decided_by: int | None
    used_at: datetime | None
    ended_at: datetime | None
    session_verdict: str
    live_at: datetime | None
    session_ended_at: datetime | None
    started_by: int | None
    organizer_id: int
    leader_id: int


def all_standing() -> list[Standing]:
    """Return every override with the people and the session that it concerns."""
    rows = db.session.execute(
        select(Override.id, Override.session_id, Override.leg_id, Override.decision, Override.asked_by, Override.decided_by, Override.used_at,
               Override.ended_at, ConferenceSession.verdict, ConferenceSession.live_at, ConferenceSession.ended_at, ConferenceSession.started_by,
               Conference.organizer_id, func.coalesce(Occurrence.chair_id, Conference.chair_id))
        .join(ConferenceSession, Override.session_id == ConferenceSession.id).join(Occurrence, ConferenceSession.occurrence_id == Occurrence.id)
        .join(Conference, Occurrence.conference_id == Conference.id).order_by(Override.id))
    return [Standing(*row) for row in rows]


def states_of_legs(states: Collection[LegState]) -> dict[int, str]:
    """Return the legs in some states, by id."""
    rows = db.session.execute(select(Leg.id, Leg.state).where(Leg.state.in_(states)).order_by(Leg.id))
    return {row.id: row.state for row in rows}
