"""Storage of conferences, occurrences and reservations."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, func, select, text
from sqlalchemy.orm import Mapped, mapped_column, relationship, selectinload

from roomctl.booking.conflicts import Occupied
from roomctl.booking.lifecycle import ACTIVE, Change, LeftOut, OnDayOff, ReservationState
from roomctl.booking.visibility import Facts, Full
from roomctl.database import Base, Moment, db
from roomctl.organisation.roles import Relation
from roomctl.organisation.tables import Unit, User
from roomctl.rooms.tables import Room
from roomctl.security_profiles.profile import Classification
from roomctl.security_profiles.tables import SecurityProfile
from roomctl.timespan import LONGEST, Span

LOOK_BACK = LONGEST + timedelta(hours=12)  # The longest span with the longest setup and teardown around it.


_UNDECIDED = text("state IN ('requested', 'waiting')")
_ASKED = text("check_in_asked_at IS NOT NULL AND checked_in_at IS NULL")
_IN_USE = text("checked_in_at IS NOT NULL AND actual_end_at IS NULL")


class Conference(Base):
    """What is booked.  Never leaves this floor as it is: see `visibility`."""

    __tablename__ = "conferences"
    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(80), unique=True)
    sequence: Mapped[int] = mapped_column(default=0)
    title: Mapped[str] = mapped_column(String(300), default="")
    code_name: Mapped[str] = mapped_column(String(40), default="")
    profile_id: Mapped[int] = mapped_column(ForeignKey("security_profiles.id"))
    classification: Mapped[Classification] = mapped_column(String(16))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    organizer_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    chair_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    host_room_id: Mapped[int] = mapped_column(ForeignKey("rooms.id"))
    on_behalf_of: Mapped[str] = mapped_column(String(200), default="")
    attendees: Mapped[str] = mapped_column(String(4000), default="")
    contact_name: Mapped[str] = mapped_column(String(200), default="")
    contact_phone: Mapped[str] = mapped_column(String(40), default="")
    timezone: Mapped[str] = mapped_column(String(64), default="Asia/Ho_Chi_Minh")
    # A series: its rule (RFC 5545, without "RRULE:"; empty for a single conference and for dates picked by hand), the wall
    # time of its first date ("2027-03-01T08:00"), and what it does on a day off.
    rule: Mapped[str] = mapped_column(String(500), default="")
    wall_start: Mapped[str] = mapped_column(String(16), default="")
    on_day_off: Mapped[OnDayOff] = mapped_column(String(8), default=OnDayOff.KEEP)
    divided_from_id: Mapped[int | None] = mapped_column(ForeignKey("conferences.id"))  # The series whose later dates this one took over.
    mandatory_at: Mapped[datetime | None] = mapped_column(Moment)
    mandatory_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(Moment)
    cancelled_at: Mapped[datetime | None] = mapped_column(Moment)
    cancelled_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    cancel_reason: Mapped[str] = mapped_column(String(500), default="")

    organizer: Mapped[User] = relationship(foreign_keys=[organizer_id])
    chair: Mapped[User] = relationship(foreign_keys=[chair_id])
    host_room: Mapped[Room] = relationship(foreign_keys=[host_room_id])
    profile: Mapped[SecurityProfile] = relationship()
    occurrences: Mapped[list["Occurrence"]] = relationship(back_populates="conference", order_by="Occurrence.planned_start_at")
    invitations: Mapped[list["Invitation"]] = relationship(back_populates="conference", order_by="Invitation.user_id")

    @property
    def ref(self) -> str:
        return f"conference:{self.id}"

    @property
    def is_series(self) -> bool:
        return bool(self.wall_start)

    def unit_paths(self) -> Collection[str]:
        return {reservation.room.unit.path for occurrence in self.occurrences for reservation in occurrence.reservations}

    def relations(self, user_id: int) -> Collection[Relation]:
        return [relation for relation, holder in ((Relation.ORGANIZER, self.organizer_id), (Relation.CHAIR, self.chair_id)) if holder == user_id]


class Occurrence(Base):
    """One dated instance.  `planned_*` is what was booked, `actual_*` what its session really took."""

    __tablename__ = "occurrences"
    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"), index=True)
    planned_start_at: Mapped[datetime] = mapped_column(Moment, index=True)
    planned_end_at: Mapped[datetime] = mapped_column(Moment)
    actual_start_at: Mapped[datetime | None] = mapped_column(Moment)
    actual_end_at: Mapped[datetime | None] = mapped_column(Moment)
    cancelled_at: Mapped[datetime | None] = mapped_column(Moment)
    cancel_reason: Mapped[str] = mapped_column(String(500), default="")
    # Where the series put it; it stays when the occurrence is moved (RFC 5545, 3.8.4.4: RECURRENCE-ID).
    slot_at: Mapped[datetime | None] = mapped_column(Moment)
    left_out: Mapped[LeftOut] = mapped_column(String(16), default=LeftOut.NO)  # A date of the series that was never booked; it can be added.
    title: Mapped[str] = mapped_column(String(300), default="")  # Of this date only; empty: the conference's.
    chair_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))  # Of this date only; None: the conference's.
    changed_at: Mapped[datetime | None] = mapped_column(Moment)
    reminders: Mapped[int] = mapped_column(default=0)  # How many of `notices` were sent ahead of it.
    # Of a conference in one room only (`presence`): since when its panel asks whether anybody has come, and when and by what it was answered.
    check_in_asked_at: Mapped[datetime | None] = mapped_column(Moment)
    checked_in_at: Mapped[datetime | None] = mapped_column(Moment)
    checked_in_by: Mapped[str] = mapped_column(String(16), default="", server_default="")  # "panel", "codec" or "start_now".

    conference: Mapped[Conference] = relationship(back_populates="occurrences")
    own_chair: Mapped[User | None] = relationship(foreign_keys=[chair_id])
    reservations: Mapped[list["Reservation"]] = relationship(back_populates="occurrence", order_by="Reservation.id",
                                                             foreign_keys="Reservation.occurrence_id")
    __table_args__ = (
        CheckConstraint("planned_end_at > planned_start_at", name="span"),
        Index("ix_occurrences_own_chair", "chair_id", sqlite_where=text("chair_id IS NOT NULL"), postgresql_where=text("chair_id IS NOT NULL")),
        Index("ix_occurrences_asked", "check_in_asked_at", sqlite_where=_ASKED, postgresql_where=_ASKED),
        Index("ix_occurrences_in_use", "planned_end_at", sqlite_where=_IN_USE, postgresql_where=_IN_USE),
    )

    @property
    def ref(self) -> str:
        return f"occurrence:{self.id}"

    @property
    def span(self) -> Span:
        return Span(self.planned_start_at, self.planned_end_at)

    @property
    def taken_span(self) -> Span:
        """The time it takes of others: the planned one, or less when it ended early."""
        early = self.actual_end_at is not None and self.planned_start_at < self.actual_end_at < self.planned_end_at
        return Span(self.planned_start_at, self.actual_end_at if early else self.planned_end_at)

    @property
    def leader(self) -> User:
        """Who chairs this date."""
        return self.own_chair or self.conference.chair

    @property
    def leader_id(self) -> int:
        return self.chair_id or self.conference.chair_id

    def unit_paths(self) -> Collection[str]:
        return {reservation.room.unit.path for reservation in self.reservations}

    def relations(self, user_id: int) -> Collection[Relation]:
        return [relation for relation, holder in ((Relation.ORGANIZER, self.conference.organizer_id), (Relation.CHAIR, self.leader_id))
                if holder == user_id]

    @property
    def standing(self) -> list["Reservation"]:
        return [reservation for reservation in self.reservations if reservation.state in ACTIVE]

    def facts(self) -> Facts:
        """Gather what `visibility.view` decides on."""
        conference = self.conference
        rooms = sorted((reservation.room for reservation in self.reservations),
                       key=lambda room: (room.id != conference.host_room_id, room.unit.order_key, room.order_key))
        full = Full(
            conference_id=conference.id, occurrence_id=self.id, span=self.taken_span, title=self.title or conference.title or conference.code_name,
            classification=Classification(conference.classification), chair=self.leader.name, organizer=conference.organizer.name,
            on_behalf_of=conference.on_behalf_of, attendees=conference.attendees,
            contact=" · ".join(filter(None, [conference.contact_name, conference.contact_phone])),
            sites=tuple(room.name for room in rooms),
        )
        return Facts(full=full, code_name=conference.code_name or f"HN-{conference.id}", organizer_id=conference.organizer_id,
                     chair_id=self.leader_id, invited_ids={one.user_id for one in conference.invitations},
                     unit_ids={room.unit_id for room in rooms} | {conference.unit_id},
                     deciding_unit_ids={reservation.deciding_unit_id for reservation in self.reservations})


class Reservation(Base):
    """A room held for an occurrence.  `held_*` is the occupied span: setup and teardown included."""

    __tablename__ = "reservations"
    id: Mapped[int] = mapped_column(primary_key=True)
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrences.id"))
    room_id: Mapped[int] = mapped_column(ForeignKey("rooms.id"))
    required: Mapped[bool] = mapped_column(default=True)
    state: Mapped[ReservationState] = mapped_column(String(16))
    held_start_at: Mapped[datetime] = mapped_column(Moment)
    held_end_at: Mapped[datetime] = mapped_column(Moment)
    deciding_unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    requested_at: Mapped[datetime] = mapped_column(Moment)
    deadline_at: Mapped[datetime] = mapped_column(Moment)
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_rule: Mapped[str] = mapped_column(String(32), default="")
    reason: Mapped[str] = mapped_column(String(500), default="")
    change: Mapped[Change] = mapped_column(String(16), default=Change.NEW)  # Why it waits for a decision.
    contact_name: Mapped[str] = mapped_column(String(200), default="")
    contact_phone: Mapped[str] = mapped_column(String(40), default="")
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("reservations.id"))  # The refused room that this one stands in for.
    displaced_by_id: Mapped[int | None] = mapped_column(ForeignKey("occurrences.id"))

    occurrence: Mapped[Occurrence] = relationship(back_populates="reservations", foreign_keys=[occurrence_id])
    room: Mapped[Room] = relationship(lazy="joined")
    deciding_unit: Mapped[Unit] = relationship()
    __table_args__ = (
        UniqueConstraint("occurrence_id", "room_id"),
        CheckConstraint("held_end_at > held_start_at", name="span"),
        # All that "is it free" asks, so that the table itself is not read.
        Index("ix_reservations_room_held", "room_id", "held_start_at", "held_end_at", "state"),
        # What waits for somebody is a handful among a million, and is looked for every tick.
        Index("ix_reservations_undecided", "state", sqlite_where=_UNDECIDED, postgresql_where=_UNDECIDED),
    )

    @property
    def ref(self) -> str:
        return f"reservation:{self.id}"

    @property
    def held_span(self) -> Span:
        return Span(self.held_start_at, self.held_end_at)

    def unit_paths(self) -> Collection[str]:
        return (self.deciding_unit.path,)

    def relations(self, user_id: int) -> Collection[Relation]:
        return ()


class Invitation(Base):
    """A person who was asked to attend, and what they answered: "" (nothing yet), accepted, declined, tentative."""

    __tablename__ = "invitations"
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, index=True)
    answer: Mapped[str] = mapped_column(String(16), default="")
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    note: Mapped[str] = mapped_column(String(300), default="")
    added_at: Mapped[datetime] = mapped_column(Moment)

    conference: Mapped[Conference] = relationship(back_populates="invitations")
    user: Mapped[User] = relationship(lazy="joined")


class SessionPin(Base):
    """The PIN of an occurrence: argon2id, made anew on demand."""

    __tablename__ = "session_pins"
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrences.id"), primary_key=True)
    pin_hash: Mapped[str] = mapped_column(String(200))
    made_at: Mapped[datetime] = mapped_column(Moment)
    made_by: Mapped[int] = mapped_column(ForeignKey("users.id"))


_WHOLE = (
    selectinload(Occurrence.reservations).joinedload(Reservation.room),
    selectinload(Occurrence.conference).joinedload(Conference.chair),
    selectinload(Occurrence.conference).joinedload(Conference.organizer),
    selectinload(Occurrence.conference).joinedload(Conference.host_room),
    selectinload(Occurrence.conference).selectinload(Conference.invitations),
    selectinload(Occurrence.own_chair),
)


def active_reservations(room_ids: Collection[int], span: Span) -> list[Reservation]:
    """Return the active reservations of rooms whose occupied span meets `span`.

    Nothing is held longer than LOOK_BACK, so the index is read from there only.
    """
    return list(
        db.session.scalars(
            select(Reservation).where(
                Reservation.room_id.in_(room_ids), Reservation.state.in_(ACTIVE), Reservation.held_start_at < span.end,
                Reservation.held_start_at > span.start - LOOK_BACK, Reservation.held_end_at > span.start,
            ).options(selectinload(Reservation.occurrence).options(*_WHOLE)).order_by(Reservation.held_start_at)
        ).unique()
    )


def occupied_during(room_ids: Collection[int], span: Span) -> list[Occupied]:
    """Return what holds rooms while `span`, in order of time: only the times, which is all that most rooms are asked for."""
    rows = db.session.execute(
        select(Reservation.room_id, Reservation.occurrence_id, Reservation.held_start_at, Reservation.held_end_at).where(
            Reservation.room_id.in_(room_ids), Reservation.state.in_(ACTIVE), Reservation.held_start_at < span.end,
            Reservation.held_start_at > span.start - LOOK_BACK, Reservation.held_end_at > span.start).order_by(Reservation.held_start_at)
    )
    return [Occupied(room_id, occurrence_id, Span(start, end)) for room_id, occurrence_id, start, end in rows]


def occurrence_by_id(occurrence_id: int) -> Occurrence | None:
    return db.session.scalar(select(Occurrence).where(Occurrence.id == occurrence_id).options(*_WHOLE))


def occurrences_by_ids(occurrence_ids: Collection[int]) -> dict[int, Occurrence]:
    found = db.session.scalars(select(Occurrence).where(Occurrence.id.in_(occurrence_ids)).options(*_WHOLE)) if occurrence_ids else ()
    return {occurrence.id: occurrence for occurrence in found}


def conference_by_id(conference_id: int) -> Conference | None:
    return db.session.get(Conference, conference_id)


def conference_for_update(conference_id: int) -> Conference | None:
    """Lock a conference, its occurrences and its reservations, and return it as it is now: nobody starts or decides it meanwhile."""
    conference = db.session.scalar(select(Conference).where(Conference.id == conference_id)
                                   .with_for_update(of=Conference, key_share=True).execution_options(populate_existing=True))
    for kind, query in ((Occurrence, select(Occurrence)), (Reservation, select(Reservation).join(Reservation.occurrence))):
        db.session.scalars(query.where(Occurrence.conference_id == conference_id).order_by(kind.id)
                           .with_for_update(of=kind, key_share=True).execution_options(populate_existing=True)).unique().all()
    return conference


def occurrence_for_update(occurrence_id: int) -> Occurrence:
    """Lock an occurrence, which exists, and return it as it is now."""
    return db.session.get_one(Occurrence, occurrence_id, with_for_update={"key_share": True}, populate_existing=True)


def occurrences_between(span: Span) -> list[Occurrence]:
    """Return the occurrences that meet `span`, cancelled ones too, in order of time."""
    return list(db.session.scalars(
        select(Occurrence).where(Occurrence.planned_start_at < span.end, Occurrence.planned_start_at > span.start - LOOK_BACK,
                                 Occurrence.planned_end_at > span.start)
        .options(*_WHOLE).order_by(Occurrence.planned_start_at, Occurrence.id)
    ).unique())


def occurrences_of_room(room_id: int, span: Span) -> list[Occurrence]:
    """Return the occurrences that hold a room (requested or granted) and meet `span`, in order of time."""
    return list(db.session.scalars(
        select(Occurrence).join(Occurrence.reservations).where(
            Reservation.room_id == room_id, Reservation.state.in_(ACTIVE), Occurrence.planned_start_at < span.end,
            Occurrence.planned_start_at > span.start - LOOK_BACK, Occurrence.planned_end_at > span.start,
        ).options(*_WHOLE).order_by(Occurrence.planned_start_at)
    ).unique())


def waiting_for(unit_ids: Collection[int]) -> list[Reservation]:
    """Return the requested reservations that these units decide on, the most urgent first."""
    return list(db.session.scalars(
        select(Reservation).where(Reservation.state == ReservationState.REQUESTED, Reservation.deciding_unit_id.in_(unit_ids))
        .options(selectinload(Reservation.occurrence).options(*_WHOLE)).order_by(Reservation.deadline_at, Reservation.id)
    ).unique())


def waiting_for_update(unit_ids: Collection[int]) -> list[Reservation]:
    """Lock and return the requested reservations that these units decide on, as they are now."""
    return list(db.session.scalars(
        select(Reservation).where(Reservation.state == ReservationState.REQUESTED, Reservation.deciding_unit_id.in_(unit_ids))
        .order_by(Reservation.id).with_for_update(of=Reservation, key_share=True).execution_options(populate_existing=True)
    ).unique())


def waiting_count(unit_ids: Collection[int]) -> int:
    """Return how many requested reservations these units decide on."""
    return db.session.scalar(select(func.count()).select_from(Reservation).where(
        Reservation.state == ReservationState.REQUESTED, Reservation.deciding_unit_id.in_(unit_ids))) or 0


def reservations_ahead(room_id: int, now: datetime) -> int:
    """Return how many active reservations of a room have not ended."""
    return db.session.scalar(select(func.count()).select_from(Reservation).where(
        Reservation.room_id == room_id, Reservation.state.in_(ACTIVE), Reservation.held_end_at > now)) or 0


def reservation_by_id(reservation_id: int) -> Reservation | None:
    return db.session.get(Reservation, reservation_id)


def reservation_for_update(reservation_id: int) -> Reservation | None:
    """Lock a reservation and return it as it is now."""
    return db.session.scalar(
        select(Reservation).where(Reservation.id == reservation_id).with_for_update(of=Reservation).execution_options(populate_existing=True)
    )
