"""Those who wait for a room that is taken: they hold nothing, and come next when its holder lets it go."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.booking import availability, decision_tables, instead, lifecycle
from roomctl.booking.lifecycle import Event, ReservationState
from roomctl.booking.request import Asker, granted_at_once, who_decides
from roomctl.booking.tables import Reservation
from roomctl.database import db, write_transaction
from roomctl.notices import outbox
from roomctl.notices.outbox import AT_ONCE
from roomctl.notices.wording import NoticeKind
from roomctl.rooms.tables import Room, lock_rooms
from roomctl.timespan import Span

GIVEN_TO_ANOTHER = "given_to_another"  # The rule under which those are refused who waited for a place that another got.


def come_next(room_id: int, span: Span) -> list[Reservation]:
    """Let those who wait for a room have what came free of `span` (setup and teardown included); return who came next.

    Inside the caller's transaction, after the reservations that let go have left the active states.  The caller has
    locked the room before any reservation of it (`lock_rooms`), else two who let go at once may deadlock.
    """
    return come_next_in([(room_id, span)])


def come_next_in(freed: Iterable[tuple[int, Span]]) -> list[Reservation]:
    """Do so for several rooms or times at once; each organizer is told once of each room of a conference."""
    db.session.flush()
    came: list[Reservation] = []
    for room_id, span in freed:
        waiting = decision_tables.waiting_for_room(room_id, span, now=clock.now())
        room = lock_rooms([room_id]).get(room_id) if waiting else None
        for one in waiting if room is not None else ():
            if availability.all_free([room], one.occurrence.span):
                _take_the_place(one, room)
                db.session.flush()  # So that whoever stands behind meets it.
                came.append(one)
    _tell(came)
    return came


def _take_the_place(reservation: Reservation, room: Room) -> None:
    """Let the reservation hold the room: granted where a rule says so, otherwise for the approvers to decide."""
    now, occurrence = clock.now(), reservation.occurrence
    conference = occurrence.conference
    asker = Asker.of(conference.organizer)
    held = occurrence.span.widened(room.setup, room.teardown)
    reservation.held_start_at, reservation.held_end_at = held.start, held.end  # The room may need more time than it did then.
    reservation.state = lifecycle.move(ReservationState(reservation.state), Event.COME_NEXT)
    rule = granted_at_once(room, asker, mandatory=conference if conference.mandatory_at else None)
    trail.append(EventKind.RESERVATION_CAME_NEXT, subject=reservation.ref, unit=room.unit_id, room=room.id)
    if rule:
        reservation.state = lifecycle.move(reservation.state, Event.GRANT)
        reservation.decided_at, reservation.decided_rule, reservation.deciding_unit_id = now, rule, room.unit_id
        trail.append(EventKind.RESERVATION_GRANTED, subject=reservation.ref, unit=room.unit_id, rule=rule, room=room.id)
    else:
        reservation.deciding_unit_id = who_decides(room.unit, asker)[0]
        reservation.deadline_at = lifecycle.decision_deadline(occurrence.planned_start_at, now)


def _tell(came: Collection[Reservation]) -> None:
    for reservations in by_room(came):
        first, conference = reservations[0], reservations[0].occurrence.conference
        about = {"conference_id": conference.id, "room_id": first.room_id}
        outbox.enqueue(NoticeKind.PLACE_CAME_FREE, to=[conference.organizer_id], occurrence_id=first.occurrence_id, times=len(reservations), **about)
        asked = [one for one in reservations if one.state == ReservationState.REQUESTED]
        if asked:
            approvers = who_decides(first.room.unit, Asker.of(conference.organizer))[1]
            outbox.enqueue(NoticeKind.DECISION_WANTED, to=approvers, occurrence_id=asked[0].occurrence_id, times=len(asked), **about)


def by_room(reservations: Iterable[Reservation]) -> list[list[Reservation]]:
    """Return reservations gathered by conference and room, the dates of each in order."""
    found: dict[tuple[int, int], list[Reservation]] = {}
    for one in reservations:
        found.setdefault((one.occurrence.conference_id, one.room_id), []).append(one)
    return [sorted(dates, key=lambda one: one.occurrence.planned_start_at) for dates in found.values()]


def offer_what_came_free() -> int:
    """Let those come next whose place came free without anybody saying so; return how many.

    A session that ended early, maintenance that was called off, a change that was made at the same moment: the worker
    asks again and again, so that nobody waits for ever.
    """
    now = clock.now()
    free = [one for one in decision_tables.who_wait_ahead(now) if availability.all_free([one.room], one.occurrence.span)]
    if not free:
        return 0
    freed = sorted({(one.room_id, one.held_start_at, one.held_end_at) for one in free})
    with write_transaction():
        lock_rooms({room_id for room_id, _, _ in freed})
        return len(come_next_in([(room_id, Span(start, end)) for room_id, start, end in freed]))


def refuse_passed_over(ids: Collection[int], *, by_id: int, at: datetime, mail_after: timedelta = AT_ONCE) -> None:
    """Refuse those whose place was given to another at this moment, and tell them which rooms of the unit are free instead."""
    losers = decision_tables.still_waiting(ids) if ids else []
    for one in losers:
        one.state = lifecycle.move(ReservationState(one.state), Event.REFUSE)
        one.decided_at, one.decided_by, one.decided_rule = at, by_id, GIVEN_TO_ANOTHER
        trail.append(EventKind.RESERVATION_REFUSED, actor=by_id, subject=one.ref, unit=one.room.unit_id, room=one.room_id, rule=GIVEN_TO_ANOTHER)
    db.session.flush()
    for reservations in by_room(losers):
        first, conference = reservations[0], reservations[0].occurrence.conference
        outbox.enqueue(NoticeKind.GIVEN_TO_ANOTHER, to=[conference.organizer_id], conference_id=conference.id, occurrence_id=first.occurrence_id,
                       room_id=first.room_id, times=len(reservations), mail_after=mail_after,
                       reason=instead.in_words("", first.room, [one.occurrence.span for one in reservations]))
