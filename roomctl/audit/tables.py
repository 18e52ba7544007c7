"""Storage of the trail: headers, payloads apart from them, checkpoints."""

import json
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, Row, String, UniqueConstraint, delete, func, insert, select
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


class TrailKeyChange(Base):
    """One key of the trail followed by another; both signed the statement that says so."""

    __tablename__ = "trail_key_changes"
    id: Mapped[int] = mapped_column(primary_key=True)
    epoch: Mapped[str] = mapped_column(String(16))
    after: Mapped[int]  # The last entry that the former key covers.
    statement: Mapped[bytes] = mapped_column(LargeBinary)
    by_former: Mapped[bytes] = mapped_column(LargeBinary)
    by_new: Mapped[bytes] = mapped_column(LargeBinary)
    former_public: Mapped[bytes] = mapped_column(LargeBinary)
    new_public: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(Moment)


class TrailCosignature(Base):
    """A witness on another machine signed that the trail had grown to this length, and never shrunk."""

    __tablename__ = "trail_cosignatures"
    id: Mapped[int] = mapped_column(primary_key=True)
    witness: Mapped[str] = mapped_column(String(200))  # Its address.
    epoch: Mapped[str] = mapped_column(String(16))
    size: Mapped[int]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    signature: Mapped[bytes] = mapped_column(LargeBinary)
    public: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(Moment)
    __table_args__ = (UniqueConstraint("witness", "epoch", "size"),)


class TrailDelivery(Base):
    """How far the trail's checkpoints have reached one place outside: a syslog server, a witness."""

    __tablename__ = "trail_deliveries"
    place: Mapped[str] = mapped_column(String(200), primary_key=True)
    epoch: Mapped[str] = mapped_column(String(16))
    size: Mapped[int]
    tried_at: Mapped[datetime] = mapped_column(Moment)
    reached_at: Mapped[datetime | None] = mapped_column(Moment)
    error: Mapped[str] = mapped_column(String(300), default="")


def add_entries(entries: list[dict[str, Any]], payloads: list[dict[str, Any]]) -> None:
    """Add entries and their payloads, inside the caller's transaction."""
    db.session.execute(insert(TrailEntry).execution_options(render_nulls=True), entries)  # One statement, whoever acted.
    db.session.execute(insert(TrailPayload), payloads)


def current_epoch() -> TrailEpoch | None:
    return db.session.scalar(select(TrailEpoch).order_by(TrailEpoch.id.desc()).limit(1))


def epochs() -> list[TrailEpoch]:
    """Return all epochs, the newest first."""
    return list(db.session.scalars(select(TrailEpoch).order_by(TrailEpoch.id.desc())))


def key_changes() -> list[TrailKeyChange]:
    return list(db.session.scalars(select(TrailKeyChange).order_by(TrailKeyChange.id)))


def last_key_change() -> TrailKeyChange | None:
    return db.session.scalar(select(TrailKeyChange).order_by(TrailKeyChange.id.desc()).limit(1))


def head_at(epoch: str, size: int) -> str | None:
    """Return the head behind entry `size` of an epoch; None when there is no such entry."""
    return db.session.scalar(select(TrailEntry.head).where(TrailEntry.epoch == epoch, TrailEntry.seq == size))


def cosignatures(epoch: str, *, after: int, limit: int = 50) -> list[TrailCosignature]:
    """Return the latest that witnesses signed of an epoch behind entry `after`, oldest first."""
    newest = db.session.scalars(select(TrailCosignature).where(TrailCosignature.epoch == epoch, TrailCosignature.size > after)
                                .order_by(TrailCosignature.id.desc()).limit(limit))
    return list(newest)[::-1]


def cosigned(witness: str, epoch: str, size: int) -> bool:
    """True when what a witness signed of this length is kept already."""
    return db.session.scalar(select(TrailCosignature.id).where(
        TrailCosignature.witness == witness, TrailCosignature.epoch == epoch, TrailCosignature.size == size)) is not None


def thin_cosignatures(before: datetime) -> int:
    """Keep one statement a witness and day of those older than `before`; return how many went."""
    day = func.date(TrailCosignature.at)
    kept = select(func.max(TrailCosignature.id)).group_by(TrailCosignature.witness, TrailCosignature.epoch, day)
    return db.session.execute(delete(TrailCosignature).where(TrailCosignature.at < before, TrailCosignature.id.not_in(kept)),
                              execution_options={"synchronize_session": False}).rowcount


def delivery_to(place: str) -> TrailDelivery | None:
    return db.session.get(TrailDelivery, place)


def deliveries() -> list[TrailDelivery]:
    return list(db.session.scalars(select(TrailDelivery).order_by(TrailDelivery.place)))


def longest_checkpoint(epoch: str, *, until: int) -> TrailCheckpoint | None:
    """Return the checkpoint that states the most entries, but not more than `until`."""
    return db.session.scalar(select(TrailCheckpoint).where(TrailCheckpoint.epoch == epoch, TrailCheckpoint.size <= until)
                             .order_by(TrailCheckpoint.size.desc()).limit(1))


def checkpoints_behind(epoch: str, size: int, *, limit: int) -> list[TrailCheckpoint]:
    """Return the checkpoints of an epoch that state more than `size` entries, shortest first."""
    return list(db.session.scalars(select(TrailCheckpoint).where(TrailCheckpoint.epoch == epoch, TrailCheckpoint.size > size)
                                   .order_by(TrailCheckpoint.size).limit(limit)))


def headers_between(epoch: str, after: int, until: int) -> list[bytes]:
    """Return the headers of the entries behind `after` up to and with `until`, in order."""
    return list(db.session.scalars(select(TrailEntry.header).where(
        TrailEntry.epoch == epoch, TrailEntry.seq > after, TrailEntry.seq <= until).order_by(TrailEntry.seq)))


def expire_payloads(epoch: str, before: datetime, *, kept_subjects: str, limit: int) -> int:
    """Delete payloads of entries older than `before`, except of subjects like `kept_subjects`; return how many."""
    old = select(TrailEntry.seq).join(TrailPayload, (TrailPayload.epoch == TrailEntry.epoch) & (TrailPayload.seq == TrailEntry.seq)).where(
        TrailEntry.epoch == epoch, TrailEntry.at < before, TrailEntry.subject.not_like(kept_subjects),
        TrailEntry.kind.not_in(("epoch_opened", "trail_key_rotated", "payloads_expired"))).order_by(TrailEntry.seq).limit(limit)
    return db.session.execute(delete(TrailPayload).where(TrailPayload.epoch == epoch, TrailPayload.seq.in_(old.scalar_subquery())),
                              execution_options={"synchronize_session": False}).rowcount


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


def entries_in_turn(epoch: str, *, until: int | None = None) -> Iterator[Row[Any]]:
    """Yield the entries of an epoch like `entries`, up to and with `until`, a few thousand at a time."""
    query = (select(TrailEntry.seq, TrailEntry.header, TrailEntry.head, TrailPayload.payload)
             .outerjoin(TrailPayload, (TrailPayload.epoch == TrailEntry.epoch) & (TrailPayload.seq == TrailEntry.seq))
             .where(TrailEntry.epoch == epoch).order_by(TrailEntry.seq).execution_options(yield_per=2000))
    yield from db.session.execute(query.where(TrailEntry.seq <= until) if until is not None else query)


def entries_about(subject: str, *, kinds: Collection[str]) -> Sequence[Row[Any]]:
    """Return header and payload of the entries of some kinds about a subject, in order."""
    return db.session.execute(
        select(TrailEntry.header, TrailPayload.payload)
        .outerjoin(TrailPayload, (TrailPayload.epoch == TrailEntry.epoch) & (TrailPayload.seq == TrailEntry.seq))
        .where(TrailEntry.subject == subject, TrailEntry.kind.in_(kinds)).order_by(TrailEntry.id)).all()


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
