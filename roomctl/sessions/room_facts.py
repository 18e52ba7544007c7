"""What is stored about a panel's room at this moment, as rows: enough to draw its screen while no session runs there, and to tell
without drawing whether it is still the same (`screen_tag`).
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from roomctl.booking import start_now
from roomctl.booking.conflicts import Occupied
from roomctl.booking.presence import in_one_room
from roomctl.database import reading
from roomctl.organisation.signin import token_hash
from roomctl.rooms.suitability import Maintenance
from roomctl.sessions import panel_tables
from roomctl.sessions.control import START_EARLY
from roomctl.timespan import HANOI, Span, from_local, to_local

AHEAD = timedelta(hours=12)  # As far as a panel looks, and at least to the end of the day.


@dataclass(frozen=True, slots=True)
class PanelRoom:
    """The panel's room: its names, and its terms as `start_now.offers` asks them."""

    id: int
    unit_id: int
    name: str
    unit_name: str
    support_phone: str
    open_to: str
    opens_min: int
    closes_min: int
    open_days: str
    ahead_days: int
    timezone: str
    setup: timedelta
    teardown: timedelta


VERY_MANY, KEPT_S = 100, 5.0  # Rooms of one conference, and how long a process answers from what it read of them.
_kept: dict[int, tuple[float, "Sites"]] = {}  # By occurrence, and until when.


@dataclass(frozen=True, slots=True)
class Sites:
    """The rooms of an occurrence: the first of them, whether it takes place in one room alone, and of very many all, in Vietnamese order."""

    first: Sequence[Row[Any]]
    local: bool
    everyone: Sequence[Row[Any]] = ()


@dataclass(frozen=True, slots=True)
class RoomFacts:
    """`held` is what holds the room or did until lately, `shown` that of it which a screen may be about, in order of time; `sites` are
    those of what is near enough to be what the screen is about now, by occurrence.  While the room leads a session there is nothing of it;
    while it takes part in one that another room leads, `led_elsewhere` is that one's occurrence."""

    panel: Row[Any]
    room: PanelRoom
    session_runs: bool
    codecs: Sequence[Row[Any]] = ()
    held: Sequence[Row[Any]] = ()
    shown: Sequence[Row[Any]] = ()
    closed: Sequence[Row[Any]] = ()
    sites: dict[int, Sites] | None = None
    led_elsewhere: int | None = None

    @property
    def maintenance(self) -> list[Maintenance]:
        return [Maintenance(Span(one.start_at, one.end_at), one.title) for one in self.closed]


def facts_for(token: str, *, now: datetime) -> RoomFacts | None:
    """Return what is stored about the room of the panel with this token; None when no panel in use has it."""
    with reading() as connection:
        rows = panel_tables.panel_rows(connection, token_hash(token))
        if not rows:
            return None
        panel, room = rows[0], _room(rows[0])
        elsewhere = panel_tables.led_elsewhere(connection, panel.room_id) if panel.session_runs else None
        if panel.session_runs and elsewhere is None:
            return RoomFacts(panel, room, session_runs=True)
        until = max(end_of_day(now), now + AHEAD)
        ahead = panel_tables.ahead_of_room(connection, panel.room_id, now=now, until=until)
        held = [one for one in ahead if not one.window_id]
        shown = [one for one in held if not one.is_over and one.planned_end_at > now and one.planned_start_at < until]
        near = [one for one in shown if one.planned_start_at - now <= START_EARLY]
        if near and near[0].planned_start_at <= now:
            near = near[:1]  # It is about this one, whatever comes next.
        sites = {} if panel.session_runs else {one.occurrence_id: _sites(connection, one.occurrence_id) for one in near}
    return RoomFacts(panel, room, session_runs=bool(panel.session_runs), led_elsewhere=elsewhere, held=held, shown=shown,
                     codecs=[one for one in rows if one.codec_id is not None], closed=[one for one in ahead if one.window_id], sites=sites)


def end_of_day(now: datetime) -> datetime:
    return from_local(to_local(now).date() + timedelta(days=1), datetime.min.time(), HANOI)


def offers(facts: RoomFacts, now: datetime) -> tuple[start_now.Offer, ...]:
    """Return what the room offers to whoever stands there, when nobody uses it."""
    taken = sorted((Occupied(facts.room.id, one.occurrence_id, Span(one.start_at, one.end_at)) for one in facts.held),
                   key=lambda one: one.occupied.start)
    return start_now.offers(facts.room, taken, facts.maintenance, now=now)


def _room(row: Row[Any]) -> PanelRoom:
    return PanelRoom(id=row.room_id, unit_id=row.unit_id, name=row.name, unit_name=row.unit_name, support_phone=row.support_phone,
                     open_to=row.open_to, opens_min=row.opens_min, closes_min=row.closes_min, open_days=row.open_days, ahead_days=row.ahead_days,
                     timezone=row.timezone, setup=timedelta(seconds=row.setup_s), teardown=timedelta(seconds=row.teardown_s))


def _sites(connection: Connection, occurrence_id: int) -> Sites:
    """Return the rooms of an occurrence.  Those of a national conference are asked for by thousands of panels: they are kept for a moment."""
    kept = _kept.get(occurrence_id)
    if kept is not None and kept[0] > time.monotonic():
        return kept[1]
    found = _sites_now(connection, occurrence_id)
    if found.first[0].rooms > VERY_MANY:
        everyone = sorted(panel_tables.all_sites_of(connection, occurrence_id), key=lambda one: (one.unit_order_key, one.order_key))
        found = Sites(found.first, found.local, everyone)
        _kept.clear()  # There is hardly ever more than one.
        _kept[occurrence_id] = (time.monotonic() + KEPT_S, found)
    return found


def _sites_now(connection: Connection, occurrence_id: int) -> Sites:
    first = panel_tables.sites_of(connection, occurrence_id)
    if first[0].rooms == len(first):
        return Sites(first, in_one_room(first))
    if first[0].rooms - first[0].less > 1:  # So many count for certain.
        return Sites(first, local=False)
    return Sites(first, in_one_room(panel_tables.all_sites_of(connection, occurrence_id)))
