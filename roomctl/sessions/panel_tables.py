"""What a panel's poll asks of the store: rows, not objects, in two questions and seldom a third."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, case, exists, func, literal, null, or_, select, union_all
from sqlalchemy.orm import aliased

from roomctl.booking.lifecycle import ACTIVE, ReservationState
from roomctl.booking.tables import LOOK_BACK, Conference, Occurrence, Reservation
from roomctl.database import Moment
from roomctl.devices.tables import Device
from roomctl.organisation.tables import Unit, User
from roomctl.rooms.tables import LONGEST_BUFFER, Panel, Room
from roomctl.rooms.upkeep_tables import MaintenanceWindow
from roomctl.sessions.tables import ConferenceSession, Leg

SITES_NAMED = 7  # One more than a panel names.

_RUNNING = exists(select(1).select_from(ConferenceSession).join(Leg, Leg.session_id == ConferenceSession.id).where(
    ConferenceSession.ended_at.is_(None), Leg.room_id == Panel.room_id).correlate(Panel))
_PANEL = (
    select(Panel.room_id, Room.unit_id, Panel.called_at, Panel.called_people, Room.name, Room.support_phone, Room.setup_s, Room.teardown_s,
           Room.timezone, Room.open_to, Room.opens_min, Room.closes_min, Room.open_days, Room.ahead_days, Unit.name.label("unit_name"),
           Device.id.label("codec_id"), Device.status, Device.fault, Device.probed_at, Device.probe_every_s, _RUNNING.label("session_runs"))
    .join(Room, Room.id == Panel.room_id).join(Unit, Unit.id == Room.unit_id)
    .outerjoin(Device, and_(Device.room_id == Panel.room_id, Device.kind == "codec", Device.spare.is_(False), Device.retired_at.is_(None)))
    .where(Panel.token_hash == bindparam("token_hash"), Panel.revoked_at.is_(None)))

_LATEST = aliased(ConferenceSession)
_NEVER_LIVE = (select(_LATEST.live_at.is_(None)).where(_LATEST.occurrence_id == Occurrence.id).order_by(_LATEST.number.desc()).limit(1)
               .correlate(Occurrence).scalar_subquery())
_NOTHING = [null() for _ in range(15)]
_HELD = (
    select(literal(0).label("window_id"), Reservation.held_start_at.label("start_at"), Reservation.held_end_at.label("end_at"),
           Occurrence.id.label("occurrence_id"), Reservation.state, Occurrence.planned_start_at, Occurrence.planned_end_at,
           Occurrence.check_in_asked_at, Occurrence.checked_in_at, Conference.host_room_id, Conference.classification,
           func.coalesce(func.nullif(Occurrence.title, ""), func.nullif(Conference.title, ""), Conference.code_name).label("title"),
           Conference.on_behalf_of, User.name.label("leader"), User.id.label("leader_id"), Conference.organizer_id,
           Conference.id.label("conference_id"),
           # What was held is over; what was tried and never came to be live may be started again.
           case((Occurrence.actual_end_at.is_(None), literal(False)), else_=~func.coalesce(_NEVER_LIVE, literal(False))).label("is_over"))
    .select_from(Reservation).join(Occurrence, Occurrence.id == Reservation.occurrence_id).join(Conference, Conference.id == Occurrence.conference_id)
    .join(User, User.id == func.coalesce(Occurrence.chair_id, Conference.chair_id))
    .where(Reservation.room_id == bindparam("room_id"), Reservation.state.in_(sorted(ACTIVE)),
           Reservation.held_start_at < bindparam("until", type_=Moment()), Reservation.held_start_at > bindparam("earliest", type_=Moment()),
           or_(Reservation.held_end_at > bindparam("lately", type_=Moment()), Occurrence.planned_end_at > bindparam("now", type_=Moment()))))
_CLOSED = select(MaintenanceWindow.id, MaintenanceWindow.start_at, MaintenanceWindow.end_at, *_NOTHING[:8], MaintenanceWindow.reason,
                 *_NOTHING[8:14]).where(
    MaintenanceWindow.room_id == bindparam("room_id"), MaintenanceWindow.cancelled_at.is_(None),
    MaintenanceWindow.start_at < bindparam("until", type_=Moment()), MaintenanceWindow.end_at > bindparam("now", type_=Moment()))
_AHEAD = union_all(_HELD, _CLOSED).order_by("window_id", "planned_start_at", "start_at", "occurrence_id")

_SITES = (
    select(Reservation.id, Reservation.state, Reservation.room_id, Room.name, Room.order_key, Unit.order_key.label("unit_order_key"),
           Reservation.replaces_id, func.count().over().label("rooms"),
           func.sum(case((Reservation.state.in_(sorted(ACTIVE)), 1), else_=0)).over().label("active"),
           # How many do not count for "in one room", at most; and which: of any number of rows, in two numbers.
           func.sum(case((or_(Reservation.state == ReservationState.RELEASED, Reservation.replaces_id.is_not(None)), 1), else_=0)).over()
           .label("less"),
           func.sum(case((Reservation.state == ReservationState.RELEASED, Reservation.id), else_=0)).over().label("released"),
           func.sum(case((Reservation.state != ReservationState.RELEASED, Reservation.replaces_id), else_=0)).over().label("replaced"))
    .join(Room, Room.id == Reservation.room_id).join(Unit, Unit.id == Room.unit_id)
    .where(Reservation.occurrence_id == bindparam("occurrence_id")).order_by(Reservation.id).limit(SITES_NAMED))


_LED_ELSEWHERE = (
    select(ConferenceSession.occurrence_id).join(Leg, Leg.session_id == ConferenceSession.id).where(
        Leg.room_id == bindparam("room_id"), ConferenceSession.ended_at.is_(None), ConferenceSession.host_room_id != bindparam("room_id"))
    .order_by(ConferenceSession.id).limit(1))


def panel_rows(connection: Connection, token_hash: str) -> Sequence[Row[Any]]:
    """Return a panel with its room and its room's codec, and whether a session runs there; nothing when no panel in use has the token."""
    return connection.execute(_PANEL, {"token_hash": token_hash}).all()


def ahead_of_room(connection: Connection, room_id: int, *, now: datetime, until: datetime) -> Sequence[Row[Any]]:
    """Return what holds a room or has held it within the longest setup and teardown, in order of time, and then its maintenance."""
    lately = now - LONGEST_BUFFER - timedelta(minutes=1)
    return connection.execute(_AHEAD, {"room_id": room_id, "now": now, "until": until, "lately": lately, "earliest": lately - LOOK_BACK}).all()


def led_elsewhere(connection: Connection, room_id: int) -> int | None:
    """Return the occurrence of the session that a room takes part in and another room leads, if one runs."""
    return connection.scalar(_LED_ELSEWHERE, {"room_id": room_id})


def all_sites_of(connection: Connection, occurrence_id: int) -> Sequence[Row[Any]]:
    """Return all rooms of an occurrence: what "in one room" asks of them, and their names."""
    return connection.execute(
        select(Reservation.id, Reservation.state, Reservation.replaces_id, Reservation.room_id, Room.name, Room.order_key,
               Unit.order_key.label("unit_order_key"))
        .join(Room, Room.id == Reservation.room_id).join(Unit, Unit.id == Room.unit_id).where(Reservation.occurrence_id == occurrence_id)).all()


def sites_of(connection: Connection, occurrence_id: int) -> Sequence[Row[Any]]:
    """Return the first rooms of an occurrence, as many as may be named and one more, with what tells any number of them from others."""
    return connection.execute(_SITES, {"occurrence_id": occurrence_id}).all()
