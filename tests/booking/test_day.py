"""The day view: which columns a conference takes, in which rooms, and how much of it is told."""

from datetime import date, time, timedelta

import pytest
from builders import a_profile, a_room
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from roomctl.booking.cancel import cancel_conference
from roomctl.booking.day import BEFORE, BEHIND, QUARTER, Block, column_now, columns_of, day_of_rooms
from roomctl.booking.lifecycle import ReservationState
from roomctl.booking.visibility import Busy, CodeName, Full
from roomctl.database import db
from roomctl.organisation.tables import User
from roomctl.rooms.tables import rooms_by_id
from roomctl.security_profiles.profile import Classification
from roomctl.timespan import Span, day_span, from_local

DAY = date(2027, 3, 2)
YESTERDAY, TOMORROW = DAY - timedelta(days=1), DAY + timedelta(days=1)


def local(start: str, end: str, *, first: date = DAY, last: date = DAY) -> Span:
    return Span(from_local(first, time.fromisoformat(start)), from_local(last, time.fromisoformat(end)))


def blocks(place, room, *, day: date = DAY, by=None) -> list[Block]:
    lane, = day_of_rooms([room], day, by=by or place.clerk).lanes
    return list(lane.blocks)


@pytest.mark.parametrize(("span", "columns"), [
    (local("06:00", "07:00"), (2, 4)), (local("08:00", "08:15"), (10, 1)), (local("08:05", "08:20"), (10, 2)), (local("19:00", "20:00"), (54, 4)),
    (local("05:30", "06:30"), (BEFORE, 3)), (local("19:30", "21:00"), (56, 3)), (local("04:00", "05:30"), (BEFORE, 1)),
    (local("04:00", "06:00"), (BEFORE, 1)), (local("20:00", "22:00"), (BEHIND, 1)), (local("00:00", "00:00", last=TOMORROW), (BEFORE, 58)),
    (local("14:00", "11:00", first=YESTERDAY), (BEFORE, 21)), (local("18:00", "11:00", last=TOMORROW), (50, 9))])
def test_a_conference_takes_the_columns_of_every_quarter_it_touches(span, columns):
    assert columns_of(span, DAY) == columns


@given(st.integers(0, 24 * 60 - 1), st.integers(1, 24 * 60))
def test_within_the_hours_that_are_drawn_a_block_begins_and_ends_with_its_quarters(minute, length):
    start = day_span(DAY).start + timedelta(minutes=minute)
    column, columns = columns_of(Span(start, start + timedelta(minutes=length)), DAY)

    assert BEFORE <= column <= column + columns - 1 <= BEHIND
    if column > BEFORE and column + columns - 1 < BEHIND:
        first = day_span(DAY).start + timedelta(hours=6) + (column - 2) * QUARTER
        assert first <= start < first + QUARTER
        assert timedelta(0) <= first + columns * QUARTER - (start + timedelta(minutes=length)) < QUARTER


@pytest.mark.parametrize(("at", "column"), [("06:00", 2), ("08:14", 10), ("19:59", 57), ("05:59", None), ("20:00", None)])
def test_now_stands_in_its_quarter_while_the_hours_that_are_drawn_last(at, column):
    now = local(at, at).start

    assert (column_now(DAY, now), column_now(TOMORROW, now), column_now(YESTERDAY, now)) == (column, None, None)


def test_rooms_stand_in_the_order_asked_for_with_what_takes_them(place):
    place.book()

    day = day_of_rooms([place.other_room, place.room, place.hall], DAY, by=place.clerk)

    assert [(lane.room, lane.unit, len(lane.blocks)) for lane in day.lanes] == [
        ("Phòng họp Cà Mau", "Cà Mau", 0), ("Phòng họp Đắk Lắk", "Đắk Lắk", 1), ("Hội trường", "Trung ương", 1)]


def test_setup_and_teardown_are_not_shown(place):
    room = a_room(place.centre, setup=timedelta(hours=1), teardown=timedelta(hours=1))
    place.book(room_ids=(room.id,), host_room_id=room.id, span=local("08:00", "09:00"))
    place.book(room_ids=(room.id,), host_room_id=room.id, span=local("00:30", "05:00", first=TOMORROW, last=TOMORROW))

    assert [(block.column, block.length) for block in blocks(place, room)] == [(10, 4)]


def test_each_room_says_whether_it_is_granted_or_only_asked_for(place):
    place.book()

    states = [block.state for room in (place.hall, place.room) for block in blocks(place, room)]

    assert states == [ReservationState.GRANTED, ReservationState.REQUESTED]


def test_a_cancelled_conference_takes_no_room(place):
    cancel_conference(place.book(), by=place.clerk, reason="")

    assert blocks(place, place.hall) == []


def test_a_conference_of_several_days_is_seen_on_each_of_them(place):
    place.book(span=local("14:00", "11:00", last=DAY + timedelta(days=7) - timedelta(days=1)))

    seen = [blocks(place, place.hall, day=DAY + timedelta(days=number)) for number in range(-1, 8)]

    assert [[(one.begins_before, one.ends_behind) for one in found] for found in seen] == [
        [], [(False, True)], *[[(True, True)]] * 5, [(True, False)], []]


def test_what_lies_outside_the_hours_that_are_drawn_opens_the_column_at_that_edge(place):
    place.book(span=local("04:00", "05:00"))
    place.book(span=local("19:00", "21:00", first=TOMORROW, last=TOMORROW))

    days = [day_of_rooms([place.hall], day, by=place.clerk) for day in (YESTERDAY, DAY, TOMORROW)]

    assert [(day.begins_before, day.ends_behind) for day in days] == [(False, False), (True, False), (False, True)]


@pytest.mark.parametrize(("who", "shown", "state"), [
    ("clerk", Full, ReservationState.GRANTED), ("officer", CodeName, ReservationState.GRANTED), ("technician", Busy, None),
    ("stranger", Busy, None)])
def test_a_restricted_conference_is_told_as_visibility_says(place, who, shown, state):
    place.book(profile_id=a_profile(Classification.INTERNAL).id)

    block, = blocks(place, place.hall, by=getattr(place, who))

    assert (type(block.view), block.state) == (shown, state)


def test_more_rooms_and_conferences_need_no_more_questions_to_the_database(place):
    ids, clerk_id = [a_room(place.centre).id for _ in range(20)], place.clerk.id
    for room_id in ids:
        place.book(room_ids=(room_id,), host_room_id=room_id)
    asked = []
    event.listen(db.engine, "before_cursor_execute", lambda *facts: asked.append(facts[2]))

    def questions(count: int) -> int:
        db.session.expunge_all()
        rooms, clerk = list(rooms_by_id(ids[:count]).values()), db.session.get_one(User, clerk_id)
        asked.clear()
        assert [len(lane.blocks) for lane in day_of_rooms(rooms, DAY, by=clerk).lanes] == [1] * count
        return len(asked)

    assert questions(2) == questions(20) < 10
