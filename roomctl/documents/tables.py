"""Storage of agendas and of what is known of each file; the files themselves lie in ROOMCTL_HOME, outside the web root."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from roomctl.database import Base, Moment
from roomctl.organisation.tables import Unit, User


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
