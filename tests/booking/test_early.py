"""A conference that ends early stays in history as it was planned, and gives the rest of its time to others."""

from datetime import UTC, datetime, timedelta

import pytest
from builders import a_room, a_span
from sqlalchemy import select

from roomctl.booking import tables
from roomctl.booking.early import free_the_rest, hold_again
from roomctl.booking.invariants import checked
from roomctl.booking.lifecycle import ReservationState
from roomctl.database import db, write_transaction
from roomctl.errors import Conflict, Refused
from roomctl.notices.tables import Notice

AT = datetime(2027, 3, 2, 1, 40, tzinfo=UTC)  # 08:40


def occurrence_of(conference_id: int) -> tables.Occurrence:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(tables.Conference, conference_id).occurrences[0]


def end(conference_id: int, at: datetime) -> None:
    with write_transaction():
        occurrence = db.session.get_one(tables.Conference, conference_id).occurrences[0]
        occurrence.actual_start_at, occurrence.actual_end_at = occurrence.planned_start_at, at
        free_the_rest(occurrence, at)


@pytest.fixture
def ended(place, set_clock):
    """A conference booked from 08:00 to 10:00, in a room with ten minutes of teardown, that ended at 08:40."""
    room = a_room(place.centre, teardown=timedelta(minutes=10))
    conference_id = place.book(span=a_span(minutes=120), room_ids=(room.id, place.hall.id), host_room_id=room.id)
    set_clock.at = AT
    end(conference_id, AT)
    return conference_id, room


def test_u03_the_plan_stays_and_the_rest_can_be_booked_at_once(place, ended):
    conference_id, room = ended
    start = datetime(2027, 3, 2, 1, 50, tzinfo=UTC)

    with pytest.raises(Conflict):
        place.book(span=a_span("2027-03-02T01:45"), room_ids=(room.id,), host_room_id=room.id)
    other = place.book(span=a_span("2027-03-02T01:50", 120), room_ids=(room.id,), host_room_id=room.id)

    assert occurrence_of(conference_id).planned_end_at == datetime(2027, 3, 2, 3, tzinfo=UTC)
    assert occurrence_of(conference_id).facts().full.span.end == AT
    assert occurrence_of(other).planned_start_at == start
    assert {name: lines for name, lines in checked().items() if lines} == {}


def test_u03_attendees_are_told_of_a_change_and_not_of_a_cancellation(place, ended):
    conference = occurrence_of(ended[0]).conference

    kinds = db.session.scalars(select(Notice.kind).where(Notice.user_id == place.chair.id).order_by(Notice.id)).all()

    assert (conference.sequence, kinds[-1]) == (1, "invitation_changed")
    assert "invitation_withdrawn" not in kinds


def test_whoever_waited_for_the_room_has_it_as_soon_as_it_is_free(place, set_clock):
    first = place.book(span=a_span(minutes=120), room_ids=(place.hall.id,))
    waiting = place.book(span=a_span("2027-03-02T02:00"), room_ids=(place.hall.id,), wait_for=frozenset({place.hall.id}))
    set_clock.at = AT

    end(first, AT)

    assert occurrence_of(waiting).reservations[0].state in (ReservationState.REQUESTED, ReservationState.GRANTED)


def test_a_session_started_again_holds_the_rooms_to_the_planned_end_again(ended):
    with write_transaction():
        hold_again(db.session.get_one(tables.Conference, ended[0]).occurrences[0])

    assert {one.held_end_at for one in occurrence_of(ended[0]).reservations} == {
        datetime(2027, 3, 2, 3, 10, tzinfo=UTC), datetime(2027, 3, 2, 3, tzinfo=UTC)}


def test_a_session_cannot_be_started_again_once_somebody_else_has_the_room(place, ended):
    place.book(span=a_span("2027-03-02T02:00"), room_ids=(place.hall.id,))

    with pytest.raises(Refused, match="taken_meanwhile"), write_transaction():
        hold_again(db.session.get_one(tables.Conference, ended[0]).occurrences[0])
