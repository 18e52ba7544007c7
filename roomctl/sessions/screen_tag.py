"""All that a panel's screen depends on while no session runs in its room, told in one short tag without drawing the screen.

Two tags are the same only where the screen is: what the screen shows is in the tag as it is stored, and of the time as much as the
screen tells of it - the day, the minutes of a countdown, the end of an offer, whether a reading is still fresh.  While a session
runs there is no tag: its readings go stale by time alone, and no answer from before may stand for them.  Nothing of a restricted
conference is in it but what its panel shows, so that nobody finds a title by trying.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from roomctl.booking.longer import ENDING
from roomctl.devices.health import Status, as_shown
from roomctl.security_profiles.profile import Classification
from roomctl.sessions.call_technician import AGAIN_AFTER
from roomctl.sessions.control import START_EARLY
from roomctl.sessions.panel_tables import SITES_NAMED
from roomctl.sessions.room_facts import RoomFacts, Sites, offers
from roomctl.timespan import to_local

CALL_SHOWN_FOR = timedelta(minutes=30)
_MINUTE = timedelta(minutes=1)
_RESTRICTED = frozenset(one for one in Classification if one.is_restricted)


def tag_of(facts: RoomFacts, *, now: datetime) -> str | None:
    """Return the tag of the screen at `now`; None when it must be drawn to know what it shows."""
    if facts.session_runs or any(_is_unsettled(one, facts.sites, now) for one in facts.shown):
        return None
    told = (to_local(now).date(), _of_panel(facts, now), [_of_codec(one, now) for one in facts.codecs],
            [_of_entry(one, facts.room.id, now) for one in facts.shown],
            [_of_sites(one, facts.sites[one.occurrence_id]) for one in facts.shown if one.occurrence_id in facts.sites],
            [(one.window_id, one.start_at, one.end_at, one.title, one.start_at <= now) for one in facts.closed], _of_offers(facts, now))
    return hashlib.blake2b(repr(told).encode(), digest_size=12).hexdigest()


def _is_unsettled(one: Row[Any], sites: dict[int, Sites], now: datetime) -> bool:
    """True of what runs out in one room while others are held for it: how far it can go on is a question about those too."""
    return (one.checked_in_at is not None and one.planned_end_at - now <= ENDING and one.occurrence_id in sites
            and sites[one.occurrence_id].first[0].active > 1)


def _of_panel(facts: RoomFacts, now: datetime) -> tuple[Any, ...]:
    panel = facts.panel
    ago = now - panel.called_at if panel.called_at is not None else None
    called = (panel.called_at, panel.called_people, ago < AGAIN_AFTER) if ago is not None and timedelta(0) <= ago < CALL_SHOWN_FOR else ()
    return facts.room.name, facts.room.unit_name, facts.room.support_phone, facts.room.open_to, facts.room.setup, facts.room.teardown, called


def _of_codec(one: Row[Any], now: datetime) -> tuple[Any, ...]:
    status = as_shown(Status(one.status), one.probed_at, now=now, interval=timedelta(seconds=one.probe_every_s))
    minute = one.probed_at.replace(second=0, microsecond=0) if one.probed_at is not None else None  # As much as is told of it.
    return status, one.fault if status is not Status.UNKNOWN else "", minute


def _of_entry(one: Row[Any], room_id: int, now: datetime) -> tuple[Any, ...]:
    told = () if one.classification in _RESTRICTED else (one.title, one.on_behalf_of, one.leader)
    return (one.occurrence_id, one.state, one.start_at, one.end_at, one.planned_start_at, one.planned_end_at, one.check_in_asked_at,
            one.checked_in_at, one.host_room_id == room_id, one.classification, told, _countdown(one, now))


def _countdown(one: Row[Any], now: datetime) -> tuple[int, ...]:
    """Return the minutes that are told, to the start or to the end, full and begun: together they say on which side of each minute it is."""
    if one.planned_start_at > now:
        left = one.planned_start_at - now
        return (left // _MINUTE, -(-left // _MINUTE)) if left <= START_EARLY else ()
    if one.checked_in_at is None:
        return (0,)  # It has begun, and nothing is counted.
    left = one.planned_end_at - now
    return 0, left // _MINUTE, -(-left // _MINUTE)


def _of_sites(entry: Row[Any], sites: Sites) -> tuple[Any, ...]:
    """Return which rooms take part, by name where few enough to be named."""
    rooms, named = sites.first, entry.classification not in _RESTRICTED and len(sites.first) < SITES_NAMED
    return (sites.local, rooms[0].rooms, rooms[0].active, rooms[0].released, rooms[0].replaced,
            [(one.id, one.state, one.room_id, *((one.name, one.order_key, one.unit_order_key) if named else ())) for one in rooms])


def _of_offers(facts: RoomFacts, now: datetime) -> list[tuple[Any, ...]] | None:
    """Return how long is offered, until when, and whether the room is free for it; None while it is taken."""
    if any(one.planned_start_at <= now for one in facts.shown):
        return None
    return [(one.minutes, one.span.end, one.is_free) for one in offers(facts, now)]
