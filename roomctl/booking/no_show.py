"""Giving back a room to which nobody came: the worker looks again and again at those whose panel asks.

A codec in a call counts as somebody who came, as far as its own control has said so since it was asked for.  The organizer and
the chair are told, and whoever waits for the room comes next.
"""

from datetime import datetime

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.booking import lifecycle, presence_tables, tables, waiting
from roomctl.booking.decision_tables import lock_conference_with_rooms
from roomctl.booking.lifecycle import ReservationState
from roomctl.booking.local_use import checked_in_within
from roomctl.booking.presence import CHECK_IN_EARLY, NO_SHOW, come_until, in_one_room
from roomctl.database import write_transaction
from roomctl.devices.codec_facts import CALLS_UP
from roomctl.devices.reading_tables import latest_readings
from roomctl.devices.tables import codecs_of_rooms
from roomctl.notices import outbox
from roomctl.notices.wording import NoticeKind
from roomctl.timespan import Span

EVERY_S = 10.0


def look_for_no_shows() -> int:
    """Note who came by the calls of their codecs, and give back the rooms to which nobody came in time; return how many of these."""
    now = clock.now()
    open_ = [one for one in presence_tables.asked_and_not_come(now) if in_one_room(one.reservations)]
    in_call = _rooms_in_call(open_)
    settled = [one.id for one in open_ if _room_of(one) in in_call or now >= come_until(one.planned_start_at, one.check_in_asked_at)]
    return sum(_settle(occurrence_id, in_call=in_call) for occurrence_id in settled)


def _settle(occurrence_id: int, *, in_call: set[int]) -> bool:
    """Note the call or give the room back, unless somebody was quicker; true when it was given back."""
    with write_transaction():
        found = tables.occurrence_by_id(occurrence_id)
        lock_conference_with_rooms(found.conference_id)
        now = clock.now()
        occurrence = next((one for one in presence_tables.asked_and_not_come(now) if one.id == occurrence_id), None)
        if occurrence is None or not in_one_room(occurrence.reservations):
            return False
        if _room_of(occurrence) in in_call:
            checked_in_within(occurrence, by="codec", now=now, origin="worker")
            return False
        if now < come_until(occurrence.planned_start_at, occurrence.check_in_asked_at):
            return False
        _give_back(occurrence, now)
        return True


def _give_back(occurrence: tables.Occurrence, now: datetime) -> None:
    conference = occurrence.conference
    held = next(one for one in occurrence.reservations if one.state == ReservationState.GRANTED)
    held.state = lifecycle.move(ReservationState(held.state), lifecycle.Event.RELEASE)
    held.decided_rule = NO_SHOW
    trail.append(EventKind.ROOM_GIVEN_BACK, origin="worker", subject=held.ref, unit=held.room.unit_id, classification=conference.classification,
                 occurrence=occurrence.id, room=held.room_id, rule=NO_SHOW, asked=trail.iso(occurrence.check_in_asked_at))
    outbox.enqueue(NoticeKind.ROOM_GIVEN_BACK, to=[conference.organizer_id, occurrence.leader_id], conference_id=conference.id,
                   occurrence_id=occurrence.id, room_id=held.room_id)
    if held.held_end_at > now:
        waiting.come_next_in([(held.room_id, Span(now, held.held_end_at))])


def _room_of(occurrence: tables.Occurrence) -> int:
    return next(one.room_id for one in occurrence.reservations if one.state == ReservationState.GRANTED)


def _rooms_in_call(occurrences: list[tables.Occurrence]) -> set[int]:
    """Return the rooms whose codec said, since their conference was near, that a call is up; one that was not read says nothing."""
    since = {_room_of(one): one.planned_start_at - CHECK_IN_EARLY for one in occurrences}
    codecs = {codec.id: room_id for room_id, codec in codecs_of_rooms(since).items()} if since else {}
    found = set()
    for device_id, (read_at, rows) in latest_readings(codecs).items() if codecs else ():
        calls = next((row[2] for row in rows if row[0] == CALLS_UP), None)
        if read_at >= since[codecs[device_id]] and isinstance(calls, int | float) and calls > 0:
            found.add(codecs[device_id])
    return found
