"""Meeting at once in a room that is free: half an hour or an hour, pressed at its panel.

It is a booking of the room's unit like any other, granted at once under the rule "start_now", and nobody signs in for it: the
organizer is somebody of the unit's office, who is told and can change or cancel it; the trail names the panel.
"""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.booking import availability, conflicts, lifecycle, tables
from roomctl.booking.conflicts import Occupied
from roomctl.booking.lifecycle import ReservationState
from roomctl.booking.local_use import checked_in_within
from roomctl.database import db, write_transaction
from roomctl.errors import Conflict, NotVisible, Refused
from roomctl.notices import outbox
from roomctl.notices.wording import NoticeKind
from roomctl.organisation import once
from roomctl.organisation.roles import Role
from roomctl.organisation.tables import User, people_with_role_on, unit_by_id
from roomctl.rooms.suitability import Maintenance, Reason, reasons_against
from roomctl.rooms.tables import LONGEST_BUFFER, Room, lock_rooms
from roomctl.rooms.upkeep_tables import windows_during
from roomctl.security_profiles.profile import Classification
from roomctl.security_profiles.tables import current_profiles
from roomctl.timespan import Span

LENGTHS = (timedelta(minutes=30), timedelta(hours=1))
FULL = timedelta(minutes=5)  # An end is rounded up to these, unless somebody else has the room by then.
RULE = "start_now"
TITLE, CODE_NAME, LEADER = "Họp ngay tại phòng", "HỌP NGAY", "Người có mặt tại phòng"


@dataclass(frozen=True, slots=True)
class Offer:
    """One length and the time it would take now, or why not: `next_at` (a conference begins then), `ready_at` (until when the room is
    cleared and prepared), or what the room asks (`reasons`)."""

    minutes: int
    span: Span
    next_at: datetime | None = None
    ready_at: datetime | None = None
    reasons: tuple[Reason, ...] = ()

    @property
    def is_free(self) -> bool:
        return self.next_at is None and self.ready_at is None and not self.reasons


def offers(room: Room, taken: Sequence[Occupied], closed: Collection[Maintenance], *, now: datetime) -> tuple[Offer, ...]:
    """Return what a free room's panel offers at `now`; none where every request must be decided.

    `taken` is what holds the room from now on, in order of time, and what held it until just now; `closed` its maintenance.
    """
    return tuple(_offer(room, length, taken, closed, now) for length in LENGTHS) if room.open_to != "nobody" else ()


def _offer(room: Room, length: timedelta, taken: Sequence[Occupied], closed: Collection[Maintenance], now: datetime) -> Offer:
    minute = now.replace(second=0, microsecond=0)
    over = [one.occupied.end + room.setup for one in taken if one.occupied.start <= minute]
    start = max([minute, *(at for at in over if at <= now)])  # What ended within this minute is not overlapped by it.
    coming = [one.occupied.start for one in taken if one.occupied.start > minute]
    end = _rounded_up(now + length)
    if coming and now + length <= coming[0] - room.teardown < end:
        end = coming[0] - room.teardown
    span = Span(start, end)
    occupied = span.widened(room.setup, room.teardown)
    minutes = int(length.total_seconds() // 60)
    in_the_way = conflicts.in_the_way(occupied, taken)
    if in_the_way and in_the_way[0].occupied.start <= minute:
        return Offer(minutes, span, ready_at=in_the_way[0].occupied.end + room.setup)
    if in_the_way:
        return Offer(minutes, span, next_at=in_the_way[0].occupied.start + room.setup)
    return Offer(minutes, span, reasons=reasons_against(room, span, occupied=occupied, maintenance=closed, now=now))


def _rounded_up(at: datetime) -> datetime:
    """Return the next moment that a clock shows as a full five minutes."""
    over = timedelta(minutes=at.minute % 5, seconds=at.second, microseconds=at.microsecond)
    return at if not over else at - over + FULL


def start_now(room_id: int, minutes: int, *, panel_id: int, key: str) -> int:
    """Book a room for its unit from now on and return the conference's id; the same `key` sent again returns the first one's.

    Raises NotVisible for a length that is not offered, Refused("room_needs_decision"), Refused("nobody_responsible"),
    Conflict("room_just_taken") when somebody else was quicker, and Conflict("room_not_usable") for hours and maintenance.
    """
    key = f"panel-{panel_id}-{key}"[:64]
    try:
        with write_transaction():
            room = lock_rooms([room_id]).get(room_id)
            if room is None:
                raise NotVisible
            organizer = responsible_for(room)
            earlier = once.made_before(organizer, key)
            if earlier is not None:
                return earlier
            return _book(room, _wanted(room, minutes), organizer, key)
    except IntegrityError as error:
        # Two at once: the database's own guarantee answered before our question could.
        raise Conflict("room_just_taken") from error


def responsible_for(room: Room) -> User:
    """Return who answers for what is booked at a room's panel: the office of the room's unit, its approvers, or those above.

    Raises Refused("nobody_responsible").
    """
    for unit_id in reversed([int(part) for part in room.unit.path.strip("/").split("/")]):
        path = unit_by_id(unit_id).path
        for role in (Role.STAFF, Role.APPROVER):
            people = people_with_role_on(role, path)
            if people:
                return min(people, key=lambda one: one.id)
    raise Refused("nobody_responsible")


def _wanted(room: Room, minutes: int) -> Span:
    """Return the time that is offered for this length; raise when there is none."""
    now = clock.now()
    around = Span(now, now + max(LENGTHS) + FULL).widened(LONGEST_BUFFER, LONGEST_BUFFER)
    closed = [Maintenance(window.span, window.reason) for window in windows_during([room.id], around)]
    if room.open_to == "nobody":
        raise Refused("room_needs_decision")
    offer = next((one for one in offers(room, tables.occupied_during([room.id], around), closed, now=now) if one.minutes == minutes), None)
    if offer is None:
        raise NotVisible
    if offer.reasons:
        raise Conflict("room_not_usable")
    # The offer is what the panel shows; whether the room is free is asked where everybody asks it.
    if not offer.is_free or not availability.all_free([room], offer.span):
        raise Conflict("room_just_taken")
    return offer.span


def _book(room: Room, span: Span, organizer: User, key: str) -> int:
    now, profile, origin = clock.now(), current_profiles()[0], f"panel of room:{room.id}"
    classification = Classification(profile.classification)
    chairs = people_with_role_on(Role.CHAIR, room.unit.path)
    chair = min(chairs, key=lambda one: one.id) if chairs else organizer
    conference = tables.Conference(
        uid=f"{secrets.token_hex(16)}@roomctl", title="" if classification.is_classified else TITLE,
        code_name=CODE_NAME if classification.is_classified else "", profile_id=profile.id, classification=classification, unit_id=room.unit_id,
        organizer_id=organizer.id, chair_id=chair.id, host_room_id=room.id, on_behalf_of=LEADER, created_at=now)
    occurrence = tables.Occurrence(planned_start_at=span.start, planned_end_at=span.end, changed_at=now)
    conference.occurrences = [occurrence]
    db.session.add(conference)
    db.session.flush()
    trail.append(EventKind.CONFERENCE_REQUESTED, origin=origin, on_behalf=LEADER, subject=conference.ref, unit=room.unit_id,
                 classification=classification, occurrence=occurrence.id, rooms=[room.id], start=trail.iso(span.start), end=trail.iso(span.end),
                 rule="", dates=1)
    held = span.widened(room.setup, room.teardown)
    reservation = tables.Reservation(
        occurrence_id=occurrence.id, room_id=room.id, state=ReservationState.GRANTED, held_start_at=held.start, held_end_at=held.end,
        deciding_unit_id=room.unit_id, requested_at=now, deadline_at=lifecycle.decision_deadline(span.start, now), decided_at=now, decided_rule=RULE)
    db.session.add(reservation)
    db.session.flush()
    trail.append(EventKind.RESERVATION_GRANTED, origin=origin, subject=reservation.ref, unit=room.unit_id, rule=RULE, room=room.id)
    checked_in_within(occurrence, by=RULE, now=now, origin=origin)
    once.remember(organizer, key, conference.ref)
    outbox.enqueue(NoticeKind.ROOM_STARTED_NOW, to=[organizer.id], conference_id=conference.id, occurrence_id=occurrence.id, room_id=room.id)
    return conference.id
