"""Asking for a conference, once or on many dates: all its rooms or none."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.booking import availability, invite, lifecycle, tables
from roomctl.booking.bridge_ports import insist_on_ports
from roomctl.booking.dates import Dated, dates_of, to_be_held, with_answers
from roomctl.booking.lifecycle import Change, ReservationState
from roomctl.booking.recurrence import explicit, rule_for
from roomctl.booking.wish import Wish, checked
from roomctl.database import db, write_transaction
from roomctl.errors import Conflict, InvalidInput, Problem
from roomctl.notices import outbox
from roomctl.notices.wording import NoticeKind
from roomctl.organisation import access
from roomctl.organisation.roles import Action, Role
from roomctl.organisation.tables import (
    IdempotencyKey,
    Unit,
    User,
    active_people,
    carried_out,
    holds_role_somewhere,
    people_with_role_on,
)
from roomctl.organisation.units import covers
from roomctl.rooms.tables import Room, lock_rooms
from roomctl.security_profiles.profile import Classification
from roomctl.security_profiles.tables import profile_by_id
from roomctl.timespan import to_local


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, as plain values: a person's row would be read again inside the transaction, for each of these."""

    id: int
    unit_id: int
    unit_path: str

    @classmethod
    def of(cls, user: User) -> "Asker":
        return cls(user.id, user.unit_id, user.unit.path)


def request_conference(wish: Wish, *, by: User | None, key: str, uid: str = "") -> int:
    """Ask for a conference and return its id; the same `key` sent again by the same person returns the first one's.

    A room of the organizer's own unit is granted at once under the rule "own_unit" where its `open_to` says so; the
    others wait for an approver of the deciding unit.  Raises InvalidInput, RoomsNotFree with an answer for each room, and
    for a series DatesNotFree with every date; nothing is reserved then.
    """
    by = access.require(by, Action.REQUEST_CONFERENCE)
    try:
        wish, classification, dates = _read(wish)
    except InvalidInput:
        earlier = _carried_out(by.id, key)  # A form sent again after its start has passed still leads to what it made.
        if earlier is not None:
            return earlier
        raise
    asker = Asker.of(by)
    try:
        with write_transaction() as session:
            rooms = lock_rooms(wish.room_ids)  # Before the key is looked up, so that a form sent twice at once finds its twin.
            earlier = _carried_out(asker.id, key)
            if earlier is not None:
                return earlier
            conference = _made(wish, rooms, dates, classification, asker, by, uid)
            session.add(IdempotencyKey(user_id=asker.id, key=key, subject=conference.ref, created_at=clock.now()))
            session.flush()
            return conference.id
    except IntegrityError as error:
        # Two at once: the database's own guarantee answered before our question could.
        earlier = _carried_out(asker.id, key)
        if earlier is not None:
            return earlier
        raise Conflict("just_taken") from error


def request_within(wish: Wish, *, by: User, uid: str = "") -> tables.Conference:
    """Ask for a conference inside the caller's transaction, which is all or nothing; raises what `request_conference` raises."""
    by = access.require(by, Action.REQUEST_CONFERENCE)
    wish, classification, dates = _read(wish)
    return _made(wish, lock_rooms(wish.room_ids), dates, classification, Asker.of(by), by, uid)


def _read(wish: Wish) -> tuple[Wish, Classification, list[Dated]]:
    """Return the wish cleaned, how secret it is, and its dates; raise InvalidInput with everything that is wrong."""
    profile = profile_by_id(wish.profile_id)
    if profile is None:
        raise InvalidInput([Problem("profile", "unknown_profile")])
    classification = Classification(profile.classification)
    wish, problems = checked(wish, classification=classification, now=clock.now())
    chair = db.session.get(User, wish.chair_id)
    if chair is None or not chair.active or not holds_role_somewhere(chair.id, Role.CHAIR):
        problems.append(Problem("chair", "unknown_chair"))
    if len(active_people(wish.invited_ids)) != len(wish.invited_ids):
        problems.append(Problem("invited", "unknown_person"))
    dates: list[Dated] = []
    try:
        dates = dates_of(wish) if not problems else []
    except InvalidInput as error:
        problems += error.problems
    if problems:
        raise InvalidInput(problems)
    return wish, classification, dates


def _carried_out(user_id: int, key: str) -> int | None:
    subject = carried_out(user_id, key)
    return int(subject.removeprefix("conference:")) if subject else None


def _made(wish: Wish, rooms: dict[int, Room], dates: list[Dated], classification: Classification, asker: Asker, by: User,
          uid: str) -> tables.Conference:
    if len(rooms) != len(wish.room_ids):
        raise InvalidInput([Problem("rooms", "unknown_room")])
    in_order = [rooms[room_id] for room_id in wish.room_ids]
    dates = _held_dates(wish, in_order, dates, by)
    now = clock.now()
    conference = tables.Conference(
        uid=uid or f"{secrets.token_hex(16)}@roomctl", title=wish.title, code_name=wish.code_name, profile_id=wish.profile_id,
        classification=classification, unit_id=asker.unit_id, organizer_id=asker.id, chair_id=wish.chair_id, host_room_id=wish.host_room_id,
        on_behalf_of=wish.on_behalf_of, attendees=wish.attendees, contact_name=wish.contact_name, contact_phone=wish.contact_phone,
        created_at=now, **_series_facts(wish, dates))
    conference.invitations = [tables.Invitation(user_id=user_id, added_at=now) for user_id in sorted(wish.invited_ids)]
    conference.occurrences = [
        tables.Occurrence(planned_start_at=one.span.start, planned_end_at=one.span.end, slot_at=one.slot_at if wish.recurrence else None,
                          left_out=one.left_out, cancelled_at=now if one.left_out else None, changed_at=now)
        for one in dates]
    db.session.add(conference)
    db.session.flush()
    trail.append(EventKind.CONFERENCE_REQUESTED, actor=asker.id, on_behalf=wish.on_behalf_of, subject=conference.ref, unit=asker.unit_id,
                 classification=classification, occurrence=conference.occurrences[0].id, rooms=sorted(wish.room_ids),
                 start=trail.iso(wish.span.start), end=trail.iso(wish.span.end), rule=conference.rule, dates=sum(one.is_held for one in dates))
    held = [(occurrence, one) for occurrence, one in zip(conference.occurrences, dates, strict=True) if not one.left_out]
    reserve(conference, [occurrence for occurrence, _ in held], in_order, asker, optional=wish.optional, contacts=wish.contacts,
            waiting={(occurrence.id, answer.room.id) for occurrence, one in held for answer in one.taken})
    invite.tell_attendees(NoticeKind.INVITED, conference, by=asker.id)
    return conference


def _held_dates(wish: Wish, rooms: Sequence[Room], dates: list[Dated], by: User) -> list[Dated]:
    """Return the dates as they are to be stored; raise RoomsNotFree for a single one, DatesNotFree for a series."""
    asked = [one for one in dates if not one.left_out]
    if all(availability.all_free_on(rooms, [one.span for one in asked])):
        return to_be_held(dates, wish.take)
    viewer = availability.viewer_of(by)
    answered = with_answers(dates, rooms, viewer, wait_for=wish.wait_for)
    if wish.recurrence is None and not answered[0].is_held:
        raise availability.RoomsNotFree(availability.answers_for(rooms, wish.span, viewer),
                                        availability.next_time_for_all(rooms, wish.span, now=clock.now()))
    return to_be_held(answered, wish.take)


def _series_facts(wish: Wish, dates: Sequence[Dated]) -> dict[str, object]:
    """Return what a series keeps beside its dates: the rule, ended in UTC where it ends, and its first wall time."""
    if wish.recurrence is None:
        return {}
    slots = [to_local(one.slot_at).replace(tzinfo=None) for one in dates]
    first, rule = min(slots), wish.recurrence.rule
    rule = rule_for(explicit(rule, first), slots) if rule else ""
    return {"rule": rule, "wall_start": f"{first:%Y-%m-%dT%H:%M}", "on_day_off": wish.recurrence.on_day_off}


def reserve(conference: tables.Conference, occurrences: Sequence[tables.Occurrence], rooms: Sequence[Room], asker: Asker, *,
            change: Change = Change.NEW, optional: Collection[int] = (), contacts: dict[int, tuple[str, str]] | None = None,
            waiting: Collection[tuple[int, int]] = ()) -> list[tables.Reservation]:
    """Add the rooms' reservations, inside the caller's transaction: granted by rule where one says so, otherwise for approvers to decide.

    `waiting` names (occurrence id, room id) of those that hold nothing yet.  Approvers are told once of each room.  The transaction
    is refused at its end where a bridge has too few ports for them (`bridge_ports`).
    """
    insist_on_ports(occurrences)
    now, added = clock.now(), []
    rules = {room.id: granted_at_once(room, asker, mandatory=conference if conference.mandatory_at else None) for room in rooms}
    waited_for = {room_id for _, room_id in waiting}
    deciding = {room.id: who_decides(room.unit, asker) for room in rooms if not rules[room.id] or room.id in waited_for}
    for occurrence in occurrences:
        for room in rooms:
            waits = (occurrence.id, room.id) in waiting
            rule = "" if waits else rules[room.id]
            held = occurrence.span.widened(room.setup, room.teardown)
            name, phone = (contacts or {}).get(room.id, ("", ""))
            added.append(tables.Reservation(
                occurrence_id=occurrence.id, room_id=room.id, held_start_at=held.start, held_end_at=held.end, requested_at=now, change=change,
                state=ReservationState.WAITING if waits else ReservationState.GRANTED if rule else ReservationState.REQUESTED,
                deciding_unit_id=room.unit_id if rule else deciding[room.id][0], decided_at=now if rule else None, decided_rule=rule,
                deadline_at=lifecycle.decision_deadline(occurrence.planned_start_at, now), required=room.id not in optional,
                contact_name=name, contact_phone=phone))
    db.session.add_all(added)
    db.session.flush()
    told: dict[int, list[int]] = {}
    for reservation in added:
        if reservation.state == ReservationState.GRANTED:
            trail.append(EventKind.RESERVATION_GRANTED, subject=reservation.ref, unit=reservation.deciding_unit_id, rule=reservation.decided_rule,
                         room=reservation.room_id)
        elif reservation.state == ReservationState.REQUESTED:
            told.setdefault(reservation.room_id, []).append(reservation.occurrence_id)
    for room_id, occurrence_ids in told.items():
        outbox.enqueue(NoticeKind.DECISION_WANTED, to=deciding[room_id][1], conference_id=conference.id, occurrence_id=occurrence_ids[0],
                       room_id=room_id, times=len(occurrence_ids))
    return added


def ask_again(held: tables.Reservation, room: Room, change: Change, *, asker: Asker, by: User) -> bool:
    """Return a reservation to its approvers, or grant it anew where a rule says so; True when it waits now.

    Inside the caller's transaction, which holds the room's lock and has asked whether the room is free.
    """
    if change != Change.PROFILE:  # Another profile takes no more rooms and no more time.
        insist_on_ports([held.occurrence])
    now, conference = clock.now(), held.occurrence.conference
    rule = granted_at_once(room, asker, mandatory=conference if conference.mandatory_at else None)
    held.state = lifecycle.move(ReservationState(held.state), lifecycle.Event.ASK_AGAIN)
    held.requested_at, held.decided_at, held.decided_by, held.decided_rule, held.reason = now, None, None, "", ""
    held.deadline_at, held.change = lifecycle.decision_deadline(held.occurrence.planned_start_at, now), change
    trail.append(EventKind.RESERVATION_ASKED_AGAIN, actor=by.id, subject=held.ref, unit=room.unit_id, room=room.id, change=change)
    if not rule:
        held.deciding_unit_id = who_decides(room.unit, asker)[0]
        return True
    held.state = lifecycle.move(held.state, lifecycle.Event.GRANT)
    held.decided_at, held.decided_rule, held.deciding_unit_id = now, rule, room.unit_id
    trail.append(EventKind.RESERVATION_GRANTED, subject=held.ref, unit=room.unit_id, rule=rule, room=room.id)
    return False


def granted_at_once(room: Room, by: Asker, *, mandatory: tables.Conference | None = None) -> str:
    """Return the name of the rule under which a room is granted at once, or an empty string."""
    if room.open_to != "nobody" and room.unit_id == by.unit_id:
        return "own_unit"
    if room.open_to == "above" and covers(by.unit_path, room.unit.path):
        return "unit_above"
    return "mandatory" if mandatory is not None and covers(mandatory.host_room.unit.path, room.unit.path) else ""


def who_decides(unit: Unit, by: Asker) -> tuple[int, list[int]]:
    """Return the deciding unit and its approvers: the room's own, or the nearest above where anybody else may decide."""
    ids = [int(part) for part in unit.path.strip("/").split("/")]
    for unit_id in reversed(ids):
        above = db.session.get_one(Unit, unit_id)
        approvers = [user.id for user in people_with_role_on(Role.APPROVER, above.path) if user.id != by.id]
        if approvers:
            return unit_id, approvers
    return unit.id, []
