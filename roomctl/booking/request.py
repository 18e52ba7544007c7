"""Asking for a conference: all its rooms or none."""

import secrets
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.booking import availability, lifecycle, tables
from roomctl.booking.lifecycle import ReservationState
from roomctl.booking.wish import Wish, checked
from roomctl.database import db, write_transaction
from roomctl.errors import Conflict, InvalidInput, Problem
from roomctl.notices import outbox
from roomctl.notices.wording import NoticeKind
from roomctl.organisation import access
from roomctl.organisation.roles import Action, Role
from roomctl.organisation.tables import IdempotencyKey, Unit, User, carried_out, holds_role_somewhere, people_with_role_on
from roomctl.organisation.units import covers
from roomctl.rooms.tables import Room, lock_rooms
from roomctl.security_profiles.profile import Classification
from roomctl.security_profiles.tables import profile_by_id


@dataclass(frozen=True, slots=True)
class _Organizer:
    """Who asks, as plain values: a person's row would be read again inside the transaction, for each of these."""

    id: int
    unit_id: int
    unit_path: str


def request_conference(wish: Wish, *, by: User | None, key: str) -> int:
    """Ask for a conference and return its id; the same `key` sent again by the same person returns the first one's.

    A room of the organizer's own unit is granted at once under the rule "own_unit" where its `open_to` says so; the
    others wait for an approver of the deciding unit.  Raises InvalidInput, and RoomsNotFree with an answer for each
    room; nothing is reserved then.
    """
    by = access.require(by, Action.REQUEST_CONFERENCE)
    profile = profile_by_id(wish.profile_id)
    if profile is None:
        raise InvalidInput([Problem("profile", "unknown_profile")])
    classification = Classification(profile.classification)
    wish, problems = checked(wish, classification=classification, now=clock.now())
    chair = db.session.get(User, wish.chair_id)
    if chair is None or not chair.active or not holds_role_somewhere(chair.id, Role.CHAIR):
        problems.append(Problem("chair", "unknown_chair"))
    if problems:
        earlier = _carried_out(by, key)  # A form sent again after its start has passed still leads to what it made.
        if earlier is not None:
            return earlier
        raise InvalidInput(problems)
    organizer = _Organizer(by.id, by.unit_id, by.unit.path)
    try:
        with write_transaction() as session:
            rooms = lock_rooms(wish.room_ids)  # Before the key is looked up, so that a form sent twice at once finds its twin.
            earlier = _carried_out(organizer, key)
            if earlier is not None:
                return earlier
            _require_free(wish, rooms, by)
            conference = _insert(wish, rooms, classification, organizer)
            session.add(IdempotencyKey(user_id=organizer.id, key=key, subject=conference.ref, created_at=clock.now()))
            session.flush()
            return conference.id
    except IntegrityError as error:
        # Two at once: the database's own guarantee answered before our question could.
        earlier = _carried_out(organizer, key)
        if earlier is not None:
            return earlier
        raise Conflict("just_taken") from error


def _carried_out(by: User | _Organizer, key: str) -> int | None:
    subject = carried_out(by.id, key)
    return int(subject.removeprefix("conference:")) if subject else None


def _require_free(wish: Wish, rooms: dict[int, Room], by: User) -> None:
    if len(rooms) != len(wish.room_ids):
        raise InvalidInput([Problem("rooms", "unknown_room")])
    if not availability.all_free(rooms.values(), wish.span):
        answers = availability.answers_for([rooms[room_id] for room_id in wish.room_ids], wish.span, availability.viewer_of(by))
        raise availability.RoomsNotFree(answers, availability.next_time_for_all(list(rooms.values()), wish.span, now=clock.now()))


def _insert(wish: Wish, rooms: dict[int, Room], classification: Classification, by: _Organizer) -> tables.Conference:
    now = clock.now()
    conference = tables.Conference(
        uid=f"{secrets.token_hex(16)}@roomctl", title=wish.title, code_name=wish.code_name, profile_id=wish.profile_id,
        classification=classification, unit_id=by.unit_id, organizer_id=by.id, chair_id=wish.chair_id, host_room_id=wish.host_room_id,
        on_behalf_of=wish.on_behalf_of, attendees=wish.attendees, contact_name=wish.contact_name, contact_phone=wish.contact_phone,
        created_at=now)
    occurrence = tables.Occurrence(conference=conference, planned_start_at=wish.span.start, planned_end_at=wish.span.end)
    db.session.add(occurrence)
    db.session.flush()
    _reserve(occurrence, [rooms[room_id] for room_id in wish.room_ids], by)
    trail.append(EventKind.CONFERENCE_REQUESTED, actor=by.id, on_behalf=wish.on_behalf_of, subject=conference.ref, unit=by.unit_id,
                 classification=classification, occurrence=occurrence.id, rooms=sorted(wish.room_ids),
                 start=trail.iso(wish.span.start), end=trail.iso(wish.span.end))
    return conference


def _reserve(occurrence: tables.Occurrence, rooms: list[Room], by: _Organizer) -> None:
    """Add the rooms' reservations: granted by rule where one says so, otherwise for the approvers to decide."""
    now = clock.now()
    decided = [(room, _granted_at_once(room, by)) for room in rooms]
    deciding = {room.id: _who_decides(room.unit, by) for room, rule in decided if not rule}
    reservations = []
    for room, rule in decided:
        held = occurrence.span.widened(room.setup, room.teardown)
        reservations.append(tables.Reservation(
            occurrence=occurrence, room_id=room.id, state=ReservationState.GRANTED if rule else ReservationState.REQUESTED,
            held_start_at=held.start, held_end_at=held.end, deciding_unit_id=room.unit_id if rule else deciding[room.id][0], requested_at=now,
            deadline_at=lifecycle.decision_deadline(occurrence.planned_start_at, now), decided_at=now if rule else None, decided_rule=rule))
    db.session.add_all(reservations)
    db.session.flush()
    for reservation, (room, rule) in zip(reservations, decided, strict=True):
        if rule:
            trail.append(EventKind.RESERVATION_GRANTED, subject=reservation.ref, unit=room.unit_id, rule=rule, room=room.id)
        else:
            outbox.enqueue(NoticeKind.DECISION_WANTED, to=deciding[room.id][1], occurrence_id=occurrence.id, room_id=room.id)


def _granted_at_once(room: Room, by: _Organizer) -> str:
    """Return the name of the rule under which a room is granted at once, or an empty string."""
    if room.open_to != "nobody" and room.unit_id == by.unit_id:
        return "own_unit"
    return "unit_above" if room.open_to == "above" and covers(by.unit_path, room.unit.path) else ""


def _who_decides(unit: Unit, by: _Organizer) -> tuple[int, list[int]]:
    """Return the deciding unit and its approvers: the room's own, or the nearest above where anybody else may decide."""
    ids = [int(part) for part in unit.path.strip("/").split("/")]
    for unit_id in reversed(ids):
        above = db.session.get_one(Unit, unit_id)
        approvers = [user.id for user in people_with_role_on(Role.APPROVER, above.path) if user.id != by.id]
        if approvers:
            return unit_id, approvers
    return unit.id, []
