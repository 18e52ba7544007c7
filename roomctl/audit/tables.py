"""Storage of the trail: headers, payloads apart from them, checkpoints."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, Row, String, UniqueConstraint, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from roomctl.database import Base, Moment, db


class TrailEpoch(Base):
    """One unbroken run of the chain; a restored database opens the next."""

    __tablename__ = "trail_epochs"
    id: Mapped[int] = mapped_column(primary_key=True)
    epoch: Mapped[str] = mapped_column(String(16), unique=True)
    opened_at: Mapped[datetime] = mapped_column(Moment)


class TrailEntry(Base):
    """One entry.  `header` is what was hashed; the columns beside it only help to search."""

    __tablename__ = "trail_entries"
    id: Mapped[int] = mapped_column(primary_key=True)
    epoch: Mapped[str] = mapped_column(String(16))
    seq: Mapped[int]
    header: Mapped[bytes] = mapped_column(LargeBinary)
    prev: Mapped[str] = mapped_column(String(64))
    head: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(Moment)
    actor: Mapped[int | None]
    subject: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(16))
    __table_args__ = (
        UniqueConstraint("epoch", "seq"),
        UniqueConstraint("epoch", "prev"),  # The chain cannot fork, even if the lock failed.
        Index("ix_trail_entries_subject", "subject"),
    )


class TrailPayload(Base):
    """What an entry says beyond its header; it may expire without breaking the chain."""

    __tablename__ = "trail_payloads"
    epoch: Mapped[str] = mapped_column(String(16), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    payload: Mapped[bytes] = mapped_column(LargeBinary)


class TrailCheckpoint(Base):
    """A signed statement of how long the chain was, and its head, at a moment."""

    __tablename__ = "trail_checkpoints"
    id: Mapped[int] = mapped_column(primary_key=True)
    epoch: Mapped[str] = mapped_column(String(16))
    size: Mapped[int]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    signature: Mapped[bytes] = mapped_column(LargeBinary)
    key: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Moment)
    __table_args__ = (UniqueConstraint("epoch", "size"),)


def add_entries(entries: list[dict[str, Any]], payloads: list[dict[str, Any]]) -> None:
    """Add entries and their payloads, inside the caller's transaction."""
    db.session.execute(insert(TrailEntry).execution_options(render_nulls=True), entries)  # One statement, whoever acted.
    db.session.execute(insert(TrailPayload), payloads)


def current_epoch() -> TrailEpoch | None:
    return db.session.scalar(select(TrailEpoch).order_by(TrailEpoch.id.desc()).limit(1))


def end_of_chain() -> tuple[str, int, str] | None:
    """Return (epoch, seq, head) of the last entry of the current epoch; None while that has none."""
    epoch = select(TrailEpoch.epoch).order_by(TrailEpoch.id.desc()).limit(1).scalar_subquery()
    row = db.session.execute(select(TrailEntry.epoch, TrailEntry.seq, TrailEntry.head).where(TrailEntry.epoch == epoch)
                             .order_by(TrailEntry.seq.desc()).limit(1)).one_or_none()
    return tuple(row) if row else None


def last_entry(epoch: str) -> TrailEntry | None:
    return db.session.scalar(select(TrailEntry).where(TrailEntry.epoch == epoch).order_by(TrailEntry.seq.desc()).limit(1))


def last_checkpoint(epoch: str) -> TrailCheckpoint | None:
    return db.session.scalar(
        select(TrailCheckpoint).where(TrailCheckpoint.epoch == epoch).order_by(TrailCheckpoint.size.desc()).limit(1)
    )


def entries(epoch: str, *, after: int = 0) -> Sequence[Row[Any]]:
    """Return the entries of an epoch behind seq `after`, in order: seq, header, head, and the payload if it is still kept."""
    return db.session.execute(
        select(TrailEntry.seq, TrailEntry.header, TrailEntry.head, TrailPayload.payload)
        .outerjoin(TrailPayload, (TrailPayload.epoch == TrailEntry.epoch) & (TrailPayload.seq == TrailEntry.seq))
        .where(TrailEntry.epoch == epoch, TrailEntry.seq > after).order_by(TrailEntry.seq)
    ).all()


def first_entry_of(subject: str) -> TrailEntry:
    """Return the first entry about a subject; raise sqlalchemy's NoResultFound when there is none."""
    return db.session.scalars(select(TrailEntry).where(TrailEntry.subject == subject).order_by(TrailEntry.id).limit(1)).one()


def checkpoints(epoch: str) -> list[TrailCheckpoint]:
    return list(db.session.scalars(select(TrailCheckpoint).where(TrailCheckpoint.epoch == epoch).order_by(TrailCheckpoint.size)))


def newest_entries(limit: int, *, subject: str = "", before: int | None = None) -> list[tuple[TrailEntry, TrailPayload | None]]:
    """Return the latest entries, newest first, of one subject when it is given."""
    query = (
        select(TrailEntry, TrailPayload)
        .outerjoin(TrailPayload, (TrailPayload.epoch == TrailEntry.epoch) & (TrailPayload.seq == TrailEntry.seq))
        .order_by(TrailEntry.id.desc()).limit(limit)
    )
    if subject:
        query = query.where(TrailEntry.subject == subject)
    if before is not None:
        query = query.where(TrailEntry.id < before)
    return [(entry, payload) for entry, payload in db.session.execute(query)]


def columns_of(epoch: str) -> Sequence[Row[Any]]:
    """Return what stands beside the headers of an epoch, in order."""
    entry = TrailEntry
    return db.session.execute(select(entry.seq, entry.prev, entry.head, entry.kind, entry.subject, entry.actor, entry.outcome)
                              .where(entry.epoch == epoch).order_by(entry.seq)).all()


def subjects_of(*kinds: str) -> list[tuple[str, str]]:
    """Return (kind, subject) of every entry of these kinds, oldest first."""
    rows = db.session.execute(select(TrailEntry.kind, TrailEntry.subject).where(TrailEntry.kind.in_(kinds)).order_by(TrailEntry.id))
    return [(kind, subject) for kind, subject in rows]


def payloads_of(*kinds: str) -> list[tuple[str, str, dict[str, Any] | None]]:
    """Return (kind, subject, payload) of every entry of these kinds, oldest first; None for a payload that is not kept or not readable."""
    rows = db.session.execute(
        select(TrailEntry.kind, TrailEntry.subject, TrailPayload.payload)
        .outerjoin(TrailPayload, (TrailPayload.epoch == TrailEntry.epoch) & (TrailPayload.seq == TrailEntry.seq))
        .where(TrailEntry.kind.in_(kinds)).order_by(TrailEntry.id)
    )
    return [(kind, subject, _told(payload)) for kind, subject, payload in rows]


def _told(payload: bytes | str | None) -> dict[str, Any] | None:
    try:
        told = json.loads(payload or "")
    except ValueError:
        return None
    return told if isinstance(told, dict) else None
