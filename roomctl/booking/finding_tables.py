"""What finding a room or a time asks of the store: which rooms nothing holds, and when people are busy."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, literal, or_, select, tuple_, union_all
from sqlalchemy.orm import InstrumentedAttribute, aliased

from roomctl.booking.lifecycle import ACTIVE, LeftOut
from roomctl.booking.tables import LOOK_BACK, Conference, Invitation, Occurrence, Reservation
from roomctl.database import Moment, db
from roomctl.organisation.unit_tables import Unit
from roomctl.rooms.tables import Room
from roomctl.rooms.upkeep_tables import MaintenanceWindow
from roomctl.timespan import Span

_ASKED = Room.opens_min, Room.closes_min, Room.open_days, Room.ahead_days, Room.timezone


def terms_of_rooms() -> list[Row[int, int, int, int, str, int, str]]:
    """Return every different (setup_s, teardown_s, opens_min, closes_min, open_days, ahead_days, timezone) that rooms in use have."""
    return list(db.session.execute(select(Room.setup_s, Room.teardown_s, *_ASKED).where(Room.retired_at.is_(None)).distinct()))


def rooms_unheld_during(span: Span, terms: Collection[Row], *, closed: Collection[Row], unit_path: str = "") -> list[int]:
    """Return the ids of the rooms in use that nothing holds or closes for `span`; `terms` are all rooms' terms, `closed` those that say no.

    Reservations of a room never overlap, so the one that began last before the end says whether the room is held: one
    look into the index a room, however long anything may last.  Each room's own setup and teardown count.
    """
    setups, teardowns, owner = {-one.setup_s for one in terms}, {one.teardown_s for one in terms}, aliased(Room)
    start, end = _moved(span.start, Room.setup_s, setups), _moved(span.end, Room.teardown_s, teardowns)
    last_end = (select(Reservation.held_end_at).where(
        Reservation.room_id == Room.id, Reservation.state.in_(ACTIVE), Reservation.held_start_at < end,
        Reservation.held_start_at > span.start - LOOK_BACK).order_by(Reservation.held_start_at.desc()).limit(1).correlate(Room).scalar_subquery())
    window = MaintenanceWindow  # Those of all rooms are fewer than the rooms: they are gathered once.
    repaired = select(window.room_id).join(owner, window.room_id == owner.id).where(
        window.cancelled_at.is_(None), window.end_at > _moved(span.start, owner.setup_s, setups),
        window.start_at < _moved(span.end, owner.teardown_s, teardowns))
    query = select(Room.id).where(Room.retired_at.is_(None), func.coalesce(last_end, literal(span.start - LOOK_BACK, Moment)) <= start,
                                  Room.id.not_in(repaired)).order_by(Room.id)
    if closed:
        query = query.where(tuple_(*_ASKED).not_in({tuple(one[2:]) for one in closed}))
    if unit_path:
        query = query.join(Unit, Room.unit_id == Unit.id).where(Unit.path.startswith(unit_path))
    return list(db.session.scalars(query))


def _moved(moment: datetime, column: InstrumentedAttribute[int], seconds: Collection[int]) -> ColumnElement[datetime]:
    """Return `moment`, moved by what `column` holds: earlier for negative `seconds`.  Said as a choice, since the engines' clocks differ."""
    moved = {abs(one): literal(moment + timedelta(seconds=one), Moment) for one in seconds}
    if len(moved) > 1:
        return case(moved, value=column)
    return next(iter(moved.values()), literal(moment, Moment))


def busy_people(user_ids: Collection[int], span: Span) -> list[tuple[int, int, Span]]:
    """Return (user id, occurrence id, span) of the standing occurrences within `span` that people lead or are invited to.

    Who has declined is not expected there.
    """
    standing = and_(Occurrence.planned_start_at < span.end, Occurrence.planned_start_at > span.start - LOOK_BACK,
                    Occurrence.planned_end_at > span.start, Occurrence.cancelled_at.is_(None), Occurrence.left_out == LeftOut.NO)
    columns = Occurrence.id, Occurrence.planned_start_at, Occurrence.planned_end_at
    leads = _leading(user_ids, standing)
    invited = select(Invitation.user_id, *columns).join(Occurrence, Occurrence.conference_id == Invitation.conference_id).where(
        standing, Invitation.user_id.in_(user_ids), Invitation.answer != "declined")
    found = {(user_id, occurrence_id): Span(start, end) for user_id, occurrence_id, start, end in db.session.execute(union_all(*leads, invited))}
    return [(user_id, occurrence_id, one) for (user_id, occurrence_id), one in found.items()]


def led_during(user_id: int, span: Span) -> list[int]:
    """Return the ids of the standing occurrences that a person leads and that meet `span`."""
    standing = and_(Occurrence.planned_start_at < span.end, Occurrence.planned_start_at > span.start - LOOK_BACK,
                    Occurrence.planned_end_at > span.start, Occurrence.cancelled_at.is_(None), Occurrence.left_out == LeftOut.NO)
    return [occurrence_id for _, occurrence_id, _, _ in db.session.execute(union_all(*_leading([user_id], standing)))]


def _leading(user_ids: Collection[int], standing: ColumnElement[bool]) -> list[Select[tuple[int, int, datetime, datetime]]]:
    """Return the two questions for what people lead: conferences of theirs, and single dates that they took over."""
    columns = Occurrence.id, Occurrence.planned_start_at, Occurrence.planned_end_at
    own = select(Conference.chair_id, *columns).join(Occurrence, Occurrence.conference_id == Conference.id).where(
        standing, Conference.chair_id.in_(user_ids), or_(Occurrence.chair_id.is_(None), Occurrence.chair_id == Conference.chair_id))
    return [own, select(Occurrence.chair_id, *columns).where(standing, Occurrence.chair_id.in_(user_ids))]
