"""What the database is asked for the officer's statistics: grouped questions about a year's sessions, and no word of any conference."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, func, select

from roomctl.database import db
from roomctl.devices.tables import Device
from roomctl.organisation.tables import Unit
from roomctl.rooms.tables import Room
from roomctl.sessions.override_tables import Override
from roomctl.sessions.tables import ConferenceSession, Gap, Leg


class Sessions(NamedTuple):
    unit_id: int
    month: int
    verdict: str  # "never_live" for one that ended without having been live.
    count: int


class Gaps(NamedTuple):
    unit_id: int
    month: int
    begun_at: datetime
    ended_at: datetime


class Overrides(NamedTuple):
    unit_id: int
    month: int
    decision: str
    used: bool
    count: int


class Site(NamedTuple):
    room_id: int
    verdict: str
    finding: str
    count: int


def _month(months: Sequence[datetime]) -> ColumnElement[int]:
    """Return which month a session began in; `months` are the beginnings of twelve months and the end of the last."""
    return case(*((ConferenceSession.started_at < later, number) for number, later in enumerate(months[1:-1], 1)), else_=len(months) - 1)


def _of_year(query: Select, unit_path: str, months: Sequence[datetime]) -> Select:
    """Limit a question about ended sessions to those hosted at or below a unit that began within the year."""
    return (query.join(Room, ConferenceSession.host_room_id == Room.id).join(Unit, Room.unit_id == Unit.id)
            .where(and_(Unit.path.startswith(unit_path), ConferenceSession.started_at >= months[0], ConferenceSession.started_at < months[-1],
                        ConferenceSession.ended_at.is_not(None))))


def sessions_counted(unit_path: str, months: Sequence[datetime]) -> list[Sessions]:
    verdict = case((ConferenceSession.live_at.is_(None), "never_live"), else_=ConferenceSession.verdict).label("said")
    month = _month(months).label("month")
    query = select(Room.unit_id, month, verdict, func.count()).select_from(ConferenceSession)
    return [Sessions(*row) for row in db.session.execute(_of_year(query, unit_path, months).group_by(Room.unit_id, "month", "said"))]


def gaps_found(unit_path: str, months: Sequence[datetime]) -> list[Gaps]:
    """Return every gap; one that was open to the end lasted until its session ended."""
    query = (select(Room.unit_id, _month(months), Gap.begun_at, func.coalesce(Gap.ended_at, ConferenceSession.ended_at, type_=Gap.ended_at.type))
             .select_from(Gap).join(ConferenceSession, Gap.session_id == ConferenceSession.id))
    return [Gaps(*row) for row in db.session.execute(_of_year(query, unit_path, months))]


def overrides_counted(unit_path: str, months: Sequence[datetime]) -> list[Overrides]:
    used = case((Override.used_at.is_not(None), 1), else_=0).label("used")
    month = _month(months).label("month")
    query = (select(Room.unit_id, month, Override.decision, used, func.count()).select_from(Override)
             .join(ConferenceSession, Override.session_id == ConferenceSession.id))
    rows = db.session.execute(_of_year(query, unit_path, months).group_by(Room.unit_id, "month", Override.decision, "used"))
    return [Overrides(unit_id, month, decision, bool(used), count) for unit_id, month, decision, used, count in rows]


def sites_counted(unit_path: str, months: Sequence[datetime]) -> list[Site]:
    """Return how the legs of sessions that were live ended, by room, last verdict and last finding."""
    query = (select(Leg.room_id, Leg.verdict, Leg.finding, func.count()).select_from(Leg)
             .join(ConferenceSession, Leg.session_id == ConferenceSession.id).where(ConferenceSession.live_at.is_not(None), Leg.room_id.is_not(None)))
    return [Site(*row) for row in db.session.execute(_of_year(query, unit_path, months).group_by(Leg.room_id, Leg.verdict, Leg.finding))]


def families_in_use(unit_path: str) -> list[tuple[str, str, int]]:
    """Return (kind, family, how many) of the codecs and bridges in use at or below a unit."""
    rows = db.session.execute(
        select(Device.kind, Device.family, func.count()).join(Unit, Device.unit_id == Unit.id)
        .where(Unit.path.startswith(unit_path), Device.retired_at.is_(None), Device.kind.in_(("codec", "bridge")))
        .group_by(Device.kind, Device.family).order_by(Device.kind, Device.family))
    return [(kind, family, count) for kind, family, count in rows]
