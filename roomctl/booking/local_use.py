"""What is done at a room's panel to a conference that takes place in that room alone and needs no session: come, go on longer, end.

Whoever stands in the room may do it: the panel is asked for no name, and the trail says which panel it was.
"""

from datetime import datetime

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.booking import presence_tables, tables
from roomctl.booking.decision_tables import lock_conference_with_rooms
from roomctl.booking.early import free_the_rest
from roomctl.booking.lifecycle import ReservationState
from roomctl.booking.longer import extend_within
from roomctl.booking.presence import CHECK_IN_EARLY, NO_SHOW, in_one_room
from roomctl.booking.tables import Occurrence
from roomctl.database import write_transaction
from roomctl.errors import Conflict, NotAllowed, NotVisible, Refused


def note_asked(occurrence_id: int, *, room_id: int) -> None:
    """Remember since when the room's panel asks whether anybody has come; asked again, it stays as it is."""
    with write_transaction():
        occurrence = _held_here(occurrence_id, room_id)
        if occurrence.check_in_asked_at is None:
            occurrence.check_in_asked_at = clock.now()


def check_in(occurrence_id: int, *, room_id: int) -> None:
    """Say at the panel that somebody is there; said twice, it was said once.

    Raises NotVisible, NotAllowed for a conference of several rooms, Conflict("room_given_back"), Refused("check_in_too_early")
    and Refused("conference_over").
    """
    with write_transaction():
        occurrence, now = _held_here(occurrence_id, room_id), clock.now()
        earliest = occurrence.planned_start_at - CHECK_IN_EARLY
        if occurrence.checked_in_at is not None:
            return
        if now < earliest:
            raise Refused("check_in_too_early", at=earliest)
        if now >= occurrence.planned_end_at or occurrence.actual_end_at is not None:
            raise Refused("conference_over")
        checked_in_within(occurrence, by="panel", now=now, origin=_origin(room_id))


def checked_in_within(occurrence: Occurrence, *, by: str, now: datetime, origin: str) -> None:
    """Note that somebody has come, and what says so: "panel", "codec" or "start_now"; inside the caller's transaction."""
    occurrence.checked_in_at, occurrence.checked_in_by = now, by
    conference = occurrence.conference
    trail.append(EventKind.CHECKED_IN, origin=origin, subject=occurrence.ref, unit=conference.unit_id, classification=conference.classification,
                 by=by)


def extend_here(occurrence_id: int, *, room_id: int) -> datetime:
    """Let a conference go on for a step, or up to the next hold of its room, and return its new end.

    Raises NotVisible, NotAllowed, Conflict("room_given_back"), Refused("conference_over") and Refused("cannot_extend").
    """
    with write_transaction():
        occurrence = _running_here(occurrence_id, room_id)
        return extend_within(occurrence, now=clock.now(), by=None, origin=_origin(room_id))


def end_here(occurrence_id: int, *, room_id: int) -> None:
    """End a conference: the plan stays in history, the rest of its time is free at once; ended twice, it ended once.

    Raises NotVisible, NotAllowed, Conflict("room_given_back") and Refused("not_begun").
    """
    with write_transaction():
        occurrence = _held_here(occurrence_id, room_id)
        if occurrence.actual_end_at is not None:
            return
        now, conference = clock.now(), occurrence.conference
        if now <= occurrence.planned_start_at:
            raise Refused("not_begun", at=occurrence.planned_start_at)
        end = min(now, occurrence.planned_end_at)
        # Whoever came before the start used the room from the start on, and so did whoever ends it without ever having said so.
        came_at = occurrence.checked_in_at or occurrence.planned_start_at
        occurrence.actual_start_at, occurrence.actual_end_at = min(max(occurrence.planned_start_at, came_at), end), end
        free_the_rest(occurrence, end)
        trail.append(EventKind.CONFERENCE_ENDED, origin=_origin(room_id), subject=occurrence.ref, unit=conference.unit_id,
                     classification=conference.classification, planned_end=trail.iso(occurrence.planned_end_at), end=trail.iso(end))


def close_what_is_over() -> int:
    """Write down what was used of conferences that somebody came to and nobody ended: up to their planned end; return how many."""
    if not presence_tables.come_and_over(clock.now(), lock=False):
        return 0
    with write_transaction():
        over = presence_tables.come_and_over(clock.now(), lock=True)
        for one in over:
            one.actual_start_at, one.actual_end_at = max(one.planned_start_at, one.checked_in_at), one.planned_end_at
            trail.append(EventKind.CONFERENCE_ENDED, origin="worker", subject=one.ref, unit=one.conference.unit_id,
                         classification=one.conference.classification, planned_end=trail.iso(one.planned_end_at),
                         end=trail.iso(one.planned_end_at))
        return len(over)


def _running_here(occurrence_id: int, room_id: int) -> Occurrence:
    occurrence = _held_here(occurrence_id, room_id)
    if occurrence.actual_end_at is not None or clock.now() >= occurrence.planned_end_at:
        raise Refused("conference_over")
    return occurrence


def _held_here(occurrence_id: int, room_id: int) -> Occurrence:
    """Lock an occurrence with its room and return it; it takes place in this room alone, and holds it."""
    found = tables.occurrence_by_id(occurrence_id)
    if found is None or room_id not in {one.room_id for one in found.reservations}:
        raise NotVisible
    lock_conference_with_rooms(found.conference_id)
    occurrence = tables.occurrence_by_id(occurrence_id)
    held = next(one for one in occurrence.reservations if one.room_id == room_id)
    if (held.state, held.decided_rule) == (ReservationState.RELEASED, NO_SHOW):
        raise Conflict("room_given_back")
    if occurrence.cancelled_at is not None or held.state != ReservationState.GRANTED:
        raise NotVisible
    if not in_one_room(occurrence.reservations):
        raise NotAllowed(action="use_room", subject=occurrence.ref)
    return occurrence


def _origin(room_id: int) -> str:
    return f"panel of room:{room_id}"
