"""Storage of agendas and of what is known of each file; the files themselves lie in ROOMCTL_HOME, outside the web root."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Row, String, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from roomctl.booking.lifecycle import ACTIVE, ReservationState
from roomctl.booking.tables import Occurrence, Reservation
from roomctl.database import Base, Moment, db
from roomctl.organisation.tables import Unit, User
from roomctl.rooms.tables import Room


class AgendaItem(Base):
    """One item of a conference's agenda, with the units in the order in which they speak."""

    __tablename__ = "agenda_items"
    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"), index=True)
    place: Mapped[int]
    title: Mapped[str] = mapped_column(String(300))
    minutes: Mapped[int] = mapped_column(default=0)

    speakers: Mapped[list["AgendaSpeaker"]] = relationship(order_by="AgendaSpeaker.place", cascade="all, delete-orphan")


class AgendaSpeaker(Base):
    """A unit that speaks to an item."""

    __tablename__ = "agenda_speakers"
    item_id: Mapped[int] = mapped_column(ForeignKey("agenda_items.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))

    unit: Mapped[Unit] = relationship(lazy="joined")


class Document(Base):
    """A file that belongs to a conference.  `stored_as` is a random name: nothing of what a person typed becomes a path."""

    __tablename__ = "documents"
    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"))
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(120))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    stored_as: Mapped[str] = mapped_column(String(64), unique=True)
    scanned: Mapped[str] = mapped_column(String(16), default="")  # "clean", or empty where no scanner is set up.
    added_at: Mapped[datetime] = mapped_column(Moment)
    added_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    removed_at: Mapped[datetime | None] = mapped_column(Moment)

    adder: Mapped[User] = relationship(lazy="joined")
    __table_args__ = (Index("ix_documents_conference", "conference_id"),)

    @property
    def ref(self) -> str:
        return f"document:{self.id}"


def agenda_of(conference_id: int) -> list[AgendaItem]:
    """Return the items of a conference's agenda, in their order."""
    return list(db.session.scalars(
        select(AgendaItem).where(AgendaItem.conference_id == conference_id).order_by(AgendaItem.place, AgendaItem.id)
        .execution_options(populate_existing=True)))


def units_taking_part(conference_id: int) -> list[Unit]:
    """Return the units whose rooms are in a conference, upper units first, each level in Vietnamese order."""
    found = db.session.scalars(
        select(Unit).join(Room, Room.unit_id == Unit.id).join(Reservation, Reservation.room_id == Room.id)
        .join(Occurrence, Reservation.occurrence_id == Occurrence.id)
        .where(Occurrence.conference_id == conference_id, Occurrence.cancelled_at.is_(None),
               Reservation.state.in_([*ACTIVE, ReservationState.WAITING])).distinct())
    return sorted(found, key=lambda unit: (unit.path.count("/"), unit.order_key))


def documents_of(conference_id: int) -> list[Document]:
    """Return the documents of a conference that were not removed, in the order in which they were added."""
    return list(db.session.scalars(
        select(Document).where(Document.conference_id == conference_id, Document.removed_at.is_(None)).order_by(Document.id)).unique())


def document_of(conference_id: int, document_id: int) -> Document | None:
    """Return a document of a conference, a removed one too."""
    return db.session.scalar(select(Document).where(Document.id == document_id, Document.conference_id == conference_id))


def weight_of(conference_id: int) -> tuple[int, int]:
    """Return how many documents a conference has, and how many bytes they are."""
    count, size = db.session.execute(
        select(func.count(), func.coalesce(func.sum(Document.size), 0))
        .where(Document.conference_id == conference_id, Document.removed_at.is_(None))).one()
    return count, int(size)


def names_in_use() -> set[str]:
    """Return the names of the files that belong to a document."""
    return set(db.session.scalars(select(Document.stored_as).where(Document.removed_at.is_(None))))


def all_documents() -> Sequence[Row[Any]]:
    """Return what invariants ask of every document that was not removed; nothing of what it is about."""
    return db.session.execute(select(Document.id, Document.stored_as, Document.size).where(Document.removed_at.is_(None)).order_by(Document.id)).all()
