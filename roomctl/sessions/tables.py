"""Storage of sessions, legs, their checks, and who works on them."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, Row, Select, String, UniqueConstraint, and_, false, func, or_, select, text
from sqlalchemy.orm import Mapped, aliased, lazyload, mapped_column, relationship, selectinload

from roomctl import clock
from roomctl.booking.lifecycle import ReservationState
from roomctl.booking.tables import LOOK_BACK, Occurrence, Reservation
from roomctl.database import Base, Moment, db, is_postgresql
from roomctl.devices.tables import Device
from roomctl.rooms.tables import Room
from roomctl.security_profiles.tables import SecurityProfile
from roomctl.sessions import trial_tables
from roomctl.sessions.states import RUNNING, LegState, SessionState
from roomctl.sessions.verdict import Verdict


class ConferenceSession(Base):
    """One live run of an occurrence."""

    __tablename__ = "sessions"
    id: Mapped[int] = mapped_column(primary_key=True)
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrences.id"), index=True)
    number: Mapped[int]
    profile_id: Mapped[int] = mapped_column(ForeignKey("security_profiles.id"))
    host_room_id: Mapped[int] = mapped_column(ForeignKey("rooms.id"), index=True)
    bridge_id: Mapped[int] = mapped_column(ForeignKey("devices.id"))
    bridge_address: Mapped[str] = mapped_column(String(200))
    state: Mapped[SessionState] = mapped_column(String(16), index=True)
    verdict: Mapped[Verdict] = mapped_column(String(16), default=Verdict.NOT_PROVEN)
    stranger: Mapped[str] = mapped_column(String(200), default="")  # Somebody on the bridge who belongs to no leg.
    stranger_at: Mapped[str] = mapped_column(String(200), default="", server_default="")  # The bridge's address where they were seen.
    started_at: Mapped[datetime] = mapped_column(Moment)
    started_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    started_from_room_id: Mapped[int | None] = mapped_column(ForeignKey("rooms.id"))
    live_at: Mapped[datetime | None] = mapped_column(Moment)
    end_asked_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    version: Mapped[int] = mapped_column(default=0)  # Raised with every change that a screen shows.
    topology: Mapped[str] = mapped_column(String(16), default="bridge", server_default="bridge")
    # What the chair wants, and what was read back of it; None: nobody asked.
    all_muted: Mapped[bool] = mapped_column(default=False, server_default=false())
    floor_leg_id: Mapped[int | None]  # Who may speak while all others are muted.
    speaking_order: Mapped[list[int]] = mapped_column(JSON, default=list, server_default="[]")  # Legs, the next one first.
    lock_wanted: Mapped[bool | None]
    locked: Mapped[str] = mapped_column(String(8), default="unknown", server_default="unknown")
    lock_read_at: Mapped[datetime | None] = mapped_column(Moment)

    occurrence: Mapped[Occurrence] = relationship()
    profile: Mapped[SecurityProfile] = relationship()
    bridge: Mapped[Device] = relationship()  # What mixes: a bridge, at the top of a cascade, or the host's own codec.
    legs: Mapped[list["Leg"]] = relationship(back_populates="session", order_by="Leg.id")
    __table_args__ = (
        UniqueConstraint("occurrence_id", "number"),
        Index("uq_sessions_running", "occurrence_id", unique=True, sqlite_where=text("ended_at IS NULL"),
              postgresql_where=text("ended_at IS NULL")),
    )

    @property
    def ref(self) -> str:
        return f"session:{self.id}"

    @property
    def interval(self) -> timedelta:
        return timedelta(seconds=self.profile.check_interval_s)


class LegKind(StrEnum):
    ROOM = "room"
    GUEST = "guest"  # An outside address, called by the bridge: its device is the bridge, and its far end is nobody's to read.
    LINK = "link"  # Between two bridges of a cascade: its device is the lower one.


class Leg(Base):
    """One link in a session: a room's, a guest's, or one between two bridges."""

    __tablename__ = "legs"
    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"), index=True)
    kind: Mapped[LegKind] = mapped_column(String(8), default=LegKind.ROOM, server_default="room")
    room_id: Mapped[int | None] = mapped_column(ForeignKey("rooms.id"))
    name: Mapped[str] = mapped_column(String(200), default="", server_default="")  # Of what is no room.
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"))
    bridge_id: Mapped[int | None] = mapped_column(ForeignKey("devices.id"))  # The far end: what mixes this leg with others.
    bridge_address: Mapped[str] = mapped_column(String(200), default="", server_default="")  # What is dialled there.
    own_address: Mapped[str] = mapped_column(String(200), default="", server_default="")  # As the far end knows the near one.
    state: Mapped[LegState] = mapped_column(String(16), default=LegState.WAITING)
    wanted: Mapped[bool] = mapped_column(default=True)
    since: Mapped[datetime] = mapped_column(Moment)
    former_setting: Mapped[str | None] = mapped_column(String(16))
    prepared_at: Mapped[datetime | None] = mapped_column(Moment)
    restored_at: Mapped[datetime | None] = mapped_column(Moment)
    restore_failed: Mapped[bool] = mapped_column(default=False)
    intent_at: Mapped[datetime | None] = mapped_column(Moment)
    dials: Mapped[int] = mapped_column(default=0)
    call_id: Mapped[str | None] = mapped_column(String(32))
    connected_at: Mapped[datetime | None] = mapped_column(Moment)
    checked_at: Mapped[datetime | None] = mapped_column(Moment)  # The last reading that succeeded.
    check_due_at: Mapped[datetime | None] = mapped_column(Moment)
    verdict: Mapped[Verdict] = mapped_column(String(16), default=Verdict.NOT_PROVEN)
    grade: Mapped[str] = mapped_column(String(8), default="none")
    suite: Mapped[str] = mapped_column(String(64), default="")
    finding: Mapped[str] = mapped_column(String(40), default="")
    finding_detail: Mapped[str] = mapped_column(String(300), default="")
    lacks: Mapped[str] = mapped_column(String(40), default="", server_default="")  # The attestation that its room has not: a finding.
    mute_wanted: Mapped[bool | None]  # None: nobody asked, and its microphones are the room's own business.
    muted: Mapped[str] = mapped_column(String(8), default="unknown", server_default="unknown")  # As read back: yes, no, unknown.
    mute_read_at: Mapped[datetime | None] = mapped_column(Moment)
    mute_due_at: Mapped[datetime | None] = mapped_column(Moment)  # When a microphone that did not obey is asked again.

    session: Mapped[ConferenceSession] = relationship(back_populates="legs")
    room: Mapped[Room | None] = relationship(lazy="joined")
    device: Mapped[Device] = relationship(lazy="joined", foreign_keys=[device_id])
    bridge: Mapped[Device | None] = relationship(foreign_keys=[bridge_id], lazy="select")
    __table_args__ = (UniqueConstraint("session_id", "room_id"),)

    @property
    def shown_name(self) -> str:
        return self.room.name if self.room is not None else self.name

    @property
    def shown_unit(self) -> str:
        return self.room.unit.name if self.room is not None else ""


class LegCheck(Base):
    """One check of one leg, as the bytes whose digest is in the trail."""

    __tablename__ = "leg_checks"
    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"), index=True)
    leg_id: Mapped[int] = mapped_column(ForeignKey("legs.id"))
    at: Mapped[datetime] = mapped_column(Moment)
    document: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[str] = mapped_column(String(64))


class Gap(Base):
    """A stretch in which a leg that was live could not be read."""

    __tablename__ = "gaps"
    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"), index=True)
    leg_id: Mapped[int] = mapped_column(ForeignKey("legs.id"))
    begun_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    reason: Mapped[str] = mapped_column(String(40))


class DeviceLease(Base):
    """A device that a session uses; one session at a time."""

    __tablename__ = "device_leases"
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"), primary_key=True, autoincrement=False)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"), index=True)


class SealedEvidence(Base):
    """A session's summary as it was sealed at the end; its digest is in the trail."""

    __tablename__ = "sealed_evidence"
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"), primary_key=True, autoincrement=False)
    document: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_at: Mapped[datetime] = mapped_column(Moment)


class WorkerLease(Base):
    """Who works on the sessions now; every write of a worker checks its fencing number."""

    __tablename__ = "worker_leases"
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    holder: Mapped[str] = mapped_column(String(120))
    fence: Mapped[int]
    beat_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    facts: Mapped[dict] = mapped_column(JSON, default=dict)


def database_now() -> datetime:
    """Return the database's clock: leases on several machines must agree on one."""
    if is_postgresql():
        return db.session.scalar(select(func.clock_timestamp()))
    return clock.now()


_WHOLE = (selectinload(ConferenceSession.legs), selectinload(ConferenceSession.profile), selectinload(ConferenceSession.bridge))
_BARE = (selectinload(ConferenceSession.legs).lazyload("*"),
         selectinload(ConferenceSession.profile), selectinload(ConferenceSession.bridge).lazyload("*"))


def session_by_id(session_id: int) -> ConferenceSession | None:
    return db.session.scalar(select(ConferenceSession).where(ConferenceSession.id == session_id).options(*_WHOLE))


def session_at_work(session_id: int) -> ConferenceSession | None:
    """Return a session with its legs, and none of the devices, rooms and units around them: it is read many times a second."""
    return db.session.scalar(select(ConferenceSession).where(ConferenceSession.id == session_id).options(*_BARE))


def session_for_update(session_id: int) -> ConferenceSession | None:
    """Lock a session and return it and its legs as they are now."""
    return db.session.scalar(
        select(ConferenceSession).where(ConferenceSession.id == session_id).options(*_BARE)
        .with_for_update(of=ConferenceSession, key_share=True).execution_options(populate_existing=True)
    )


@contextmanager
def at_hand(legs: Collection[Leg], *, rooms: bool = False) -> Iterator[None]:
    """Have the devices of legs, and their rooms, read at once: while it lasts, `leg.device` asks the database no more."""
    devices = {leg.device_id for leg in legs} | {leg.bridge_id for leg in legs}
    held = list(db.session.scalars(select(Device).where(Device.id.in_(devices)).options(lazyload("*"))))
    held_rooms = list(db.session.scalars(select(Room).where(Room.id.in_({leg.room_id for leg in legs}))).unique()) if rooms else []
    yield
    del held, held_rooms


def devices_soon_needed(until: datetime, now: datetime, *, limit: int) -> list[Device]:
    """Return the codecs of the granted rooms of occurrences that may begin before `until` and of which no session runs, soonest first."""
    running = select(ConferenceSession.id).where(ConferenceSession.occurrence_id == Occurrence.id, ConferenceSession.ended_at.is_(None))
    return list(db.session.scalars(
        select(Device).join(Reservation, Reservation.room_id == Device.room_id).join(Reservation.occurrence).where(
            Reservation.state == ReservationState.GRANTED, Device.kind == "codec", Device.spare.is_(False), Device.retired_at.is_(None),
            Device.pinned_fingerprint.is_not(None), Occurrence.planned_start_at < until, Occurrence.planned_start_at > now - LOOK_BACK,
            Occurrence.planned_end_at > now, Occurrence.cancelled_at.is_(None), Occurrence.actual_end_at.is_(None),
            ~running.exists(),
        ).order_by(Occurrence.planned_start_at, Device.id).limit(limit)
    ).unique())


def running_session_of(occurrence_id: int) -> ConferenceSession | None:
    return db.session.scalar(
        select(ConferenceSession).where(ConferenceSession.occurrence_id == occurrence_id, ConferenceSession.ended_at.is_(None)).options(*_WHOLE)
    )


def sessions_of(occurrence_id: int) -> list[ConferenceSession]:
    return list(db.session.scalars(select(ConferenceSession).where(ConferenceSession.occurrence_id == occurrence_id)
                                   .options(*_WHOLE).order_by(ConferenceSession.number)))


def running_sessions() -> dict[int, int]:
    """Return the version of each running session, by its id."""
    rows = db.session.execute(select(ConferenceSession.id, ConferenceSession.version).where(
        ConferenceSession.state.in_(RUNNING)).order_by(ConferenceSession.id))
    return dict(rows.all())


def running_sessions_at(room_id: int) -> list[ConferenceSession]:
    """Return the running sessions that a room takes part in; their legs are read when somebody asks for them."""
    return list(db.session.scalars(
        select(ConferenceSession).join(Leg).where(Leg.room_id == room_id, ConferenceSession.ended_at.is_(None))
        .options(selectinload(ConferenceSession.profile), selectinload(ConferenceSession.bridge))
    ).unique())


def legs_of_room(session_id: int, room_id: int) -> list[Leg]:
    return list(db.session.scalars(select(Leg).where(Leg.session_id == session_id, Leg.room_id == room_id).order_by(Leg.id)).unique())


def count_of_legs(session_id: int) -> int:
    return db.session.scalar(select(func.count()).select_from(Leg).where(Leg.session_id == session_id))


def latest_sessions(limit: int) -> list[ConferenceSession]:
    return list(db.session.scalars(select(ConferenceSession).options(*_WHOLE).order_by(ConferenceSession.id.desc()).limit(limit)))


def checks_of(session_id: int) -> list[LegCheck]:
    return list(db.session.scalars(select(LegCheck).where(LegCheck.session_id == session_id).order_by(LegCheck.id)))


def first_and_last_kept(session_id: int) -> dict[int, tuple[bytes, bytes]]:
    """Return of each leg the first and the last of what is kept of it: a look at its codec, as a rule, and a check."""
    ends = select(func.min(LegCheck.id), func.max(LegCheck.id)).where(LegCheck.session_id == session_id).group_by(LegCheck.leg_id)
    first, last = aliased(LegCheck), aliased(LegCheck)
    pairs = ends.subquery()
    rows = db.session.execute(select(first.leg_id, first.document, last.document).select_from(pairs)
                              .join(first, first.id == pairs.c[0]).join(last, last.id == pairs.c[1]))
    return {leg_id: (opening, closing) for leg_id, opening, closing in rows}


def kept_as(session_id: int, digest: str) -> bytes | None:
    """Return what is kept of a session under a digest."""
    return db.session.scalar(select(LegCheck.document).where(LegCheck.session_id == session_id, LegCheck.digest == digest).limit(1))


def gaps_of(session_id: int) -> list[Gap]:
    return list(db.session.scalars(select(Gap).where(Gap.session_id == session_id).order_by(Gap.id)))


def has_gap(leg_id: int) -> bool:
    """True when a leg has had a gap in this session already."""
    return db.session.scalar(select(Gap.id).where(Gap.leg_id == leg_id).limit(1)) is not None


def open_gap(leg_id: int) -> Gap | None:
    return db.session.scalar(select(Gap).where(Gap.leg_id == leg_id, Gap.ended_at.is_(None)))


def _running_legs(*columns: Any) -> Select[Any]:
    return select(*columns).select_from(Leg).join(ConferenceSession, Leg.session_id == ConferenceSession.id).where(
        ConferenceSession.ended_at.is_(None))


def busy_bridge_addresses(bridge_id: int) -> set[str]:
    """Return the addresses of a bridge that sessions use, and those that trial calls go to."""
    calling = _running_legs(Leg.bridge_address).where(Leg.bridge_id == bridge_id)
    linked = _running_legs(Leg.own_address).where(Leg.device_id == bridge_id, Leg.kind == LegKind.LINK)
    return set(trial_tables.addresses_in_trial()) | set(db.session.scalars(select(ConferenceSession.bridge_address).where(
        ConferenceSession.bridge_id == bridge_id, ConferenceSession.ended_at.is_(None)))) | set(db.session.scalars(calling)) | set(
        db.session.scalars(linked))


def addresses_in_session() -> set[str]:
    """Return the addresses of all bridges that sessions use now."""
    return (set(db.session.scalars(select(ConferenceSession.bridge_address).where(ConferenceSession.ended_at.is_(None))))
            | set(db.session.scalars(_running_legs(Leg.bridge_address).distinct()))
            | set(db.session.scalars(_running_legs(Leg.own_address).where(Leg.kind == LegKind.LINK))))


def busy_bridge_ports(bridge_id: int) -> int:
    """Return how many ports of a bridge running sessions take: one a leg that it mixes, and one a link that it makes itself."""
    mine = or_(Leg.bridge_id == bridge_id, and_(Leg.device_id == bridge_id, Leg.kind == LegKind.LINK))
    return db.session.scalar(_running_legs(func.count()).where(mine, Leg.state != LegState.LEFT_OUT)) or 0


def ports_in_session() -> Sequence[Row[Any]]:
    """Return how many ports running sessions take: (occurrence id, bridge id, ports)."""
    taking = Leg.state != LegState.LEFT_OUT
    mixed = _running_legs(ConferenceSession.occurrence_id, Leg.bridge_id.label("bridge_id")).where(taking, Leg.bridge_id.is_not(None))
    calling = _running_legs(ConferenceSession.occurrence_id, Leg.device_id.label("bridge_id")).where(taking, Leg.kind == LegKind.LINK)
    both = mixed.union_all(calling).subquery()
    return db.session.execute(select(both.c.occurrence_id, both.c.bridge_id, func.count()).group_by(both.c.occurrence_id, both.c.bridge_id)).all()


def lock_bridge(device_id: int) -> None:
    db.session.execute(select(Device.id).where(Device.id == device_id).with_for_update(of=Device, key_share=True))


def worker_lease(*, lock: bool = False) -> WorkerLease | None:
    query = select(WorkerLease).where(WorkerLease.name == "sessions")
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return db.session.scalar(query)


def leases_of(session_id: int) -> Select[tuple[DeviceLease]]:
    return select(DeviceLease).where(DeviceLease.session_id == session_id)


def leased_device_ids() -> set[int]:
    """Return the devices that a session uses now, bridges included: nobody else speaks to them."""
    bridges = select(ConferenceSession.bridge_id).where(ConferenceSession.ended_at.is_(None))
    linked = _running_legs(Leg.device_id).where(Leg.kind != LegKind.ROOM)
    return set(db.session.scalars(select(DeviceLease.device_id))) | set(db.session.scalars(bridges)) | set(db.session.scalars(linked))


def all_sessions() -> Sequence[Row[Any]]:
    """Return what invariants ask of every session, by occurrence and number."""
    one = ConferenceSession
    return db.session.execute(select(one.id, one.occurrence_id, one.number, one.state, one.bridge_id, one.bridge_address, one.started_at,
                                     one.ended_at).order_by(one.occurrence_id, one.number, one.id)).all()


def all_legs() -> Sequence[Row[Any]]:
    one = Leg
    return db.session.execute(select(one.id, one.session_id, one.kind, one.room_id, one.device_id, one.bridge_id, one.bridge_address,
                                     one.own_address, one.state, one.former_setting, one.restored_at,
                                     one.restore_failed).order_by(one.id)).all()


def rooms_granted_to_running_sessions() -> set[tuple[int, int]]:
    """Return (occurrence id, room id) of every granted reservation whose occurrence has a running session."""
    running = select(ConferenceSession.occurrence_id).where(ConferenceSession.ended_at.is_(None))
    rows = db.session.execute(select(Reservation.occurrence_id, Reservation.room_id).where(
        Reservation.state == ReservationState.GRANTED, Reservation.occurrence_id.in_(running)))
    return {(occurrence_id, room_id) for occurrence_id, room_id in rows}


def all_leases() -> Sequence[Row[Any]]:
    return db.session.execute(select(DeviceLease.device_id, DeviceLease.session_id).order_by(DeviceLease.device_id)).all()


def sealed_documents() -> Iterator[tuple[int, bytes]]:
    """Yield (session id, document) of all sealed evidence, a hundred at a time: together they may be large."""
    rows = db.session.execute(select(SealedEvidence.session_id, SealedEvidence.document).execution_options(yield_per=100))
    return ((session_id, document) for session_id, document in rows)
