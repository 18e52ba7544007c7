"""Finding a time for rooms and people, rooms for a time, and chairs who are elsewhere; on both engines."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from builders import Place, a_person, a_room, a_span

from roomctl.booking.availability import answers_for, viewer_of
from roomctl.booking.cancel import cancel_conference
from roomctl.booking.days_off import set_special_day
from roomctl.booking.find_time import chair_elsewhere, common_times, rooms_free_during
from roomctl.booking.maintenance import close_room
from roomctl.booking.tables import Occurrence, conference_by_id
from roomctl.database import db, is_postgresql, write_transaction
from roomctl.organisation.roles import Role
from roomctl.rooms.tables import rooms_in_order
from roomctl.timespan import to_local

HOUR = timedelta(hours=1)
TUESDAY = date(2027, 3, 2)


@pytest.fixture
def place(app_on, set_clock, furnished) -> Place:
    """The place, on each engine in turn; SQLite's file has one already."""
    place = Place() if is_postgresql() else Place.__new__(Place)
    if not vars(place):
        vars(place).update({name: db.session.get_one(kind, row_id) for name, (kind, row_id) in furnished.rows.items()})
    return place


def only(room) -> dict:
    return {"room_ids": (room.id,), "host_room_id": room.id}


def starts(spans) -> list[str]:
    return [f"{to_local(span.start):%d %H:%M}" for span in spans]


def found(place, **wanted):
    return common_times(wanted.pop("rooms", [place.hall, place.room]), **{"length": HOUR, "from_day": TUESDAY, **wanted})


def test_the_next_times_are_one_a_half_day_and_free_in_all_rooms(place):
    place.book(span=a_span("2027-03-02T00:00", 180))  # 07:00 to 10:00
    place.book(span=a_span("2027-03-02T05:00"), **only(place.room))  # 12:00 to 13:00

    times = found(place).free

    assert starts(times) == ["02 10:00", "02 13:00", "03 07:00", "03 12:00", "04 07:00"]
    assert all(one.is_free for span in times for one in answers_for([place.hall, place.room], span, viewer_of(place.clerk)))


def test_days_off_and_weekends_are_left_out_and_a_worked_saturday_is_not(place):
    set_special_day(date(2027, 3, 4), False, "Ngày lễ", place.administrator)
    set_special_day(date(2027, 3, 6), True, "", place.administrator)

    times = found(place, from_day=date(2027, 3, 3), wanted=8).free

    assert starts(times) == ["03 07:00", "03 12:00", "05 07:00", "05 12:00", "06 07:00", "06 12:00", "08 07:00", "08 12:00"]


def test_nothing_in_the_past_is_found(place, set_clock):
    set_clock.at = a_span("2027-03-02T01:07").start  # 08:07

    assert starts(found(place).free)[0] == "02 08:15"


def test_a_time_at_which_one_or_two_rooms_are_missing_names_them(place):
    rooms = [place.hall, place.room, place.other_room]
    place.book(span=a_span("2027-03-02T00:00", 24 * 60), **only(place.room))
    place.book(span=a_span("2027-03-02T00:00", 60), **only(place.other_room))

    near = found(place, rooms=rooms).near

    assert [(starts([one.span]), [room.id for room in one.missing]) for one in near[:2]] == [
        (["02 08:00"], [place.room.id]), (["02 12:00"], [place.room.id])]


def test_of_one_room_there_is_no_near_miss(place):
    place.book(span=a_span("2027-03-02T00:00", 24 * 60), **only(place.room))

    assert found(place, rooms=[place.room]).near == ()


@pytest.mark.parametrize("chairs", [True, False])
def test_who_must_be_there_is_in_no_other_conference(place, chairs):
    guest = a_person(place.centre, Role.CHAIR)
    wish = {"chair_id": guest.id} if chairs else {"invited_ids": frozenset({guest.id})}
    place.book(span=a_span("2027-03-02T00:00", 120), **only(place.other_room), **wish)

    assert starts(found(place, people=[guest.id]).free)[0] == "02 09:00"
    assert starts(found(place).free)[0] == "02 07:00"


def test_who_took_over_a_single_date_is_busy_then_and_who_gave_it_away_is_not(place):
    deputy = a_person(place.centre, Role.CHAIR)
    conference_id = place.book(span=a_span("2027-03-02T00:00", 120), **only(place.other_room))
    with write_transaction() as session:
        session.get_one(Occurrence, conference_by_id(conference_id).occurrences[0].id).chair_id = deputy.id

    assert starts(found(place, people=[deputy.id]).free)[0] == "02 09:00"
    assert starts(found(place, people=[place.chair.id]).free)[0] == "02 07:00"


def test_hours_maintenance_and_buffers_of_each_room_count(place):
    late = a_room(place.centre, opens_min=600, setup=timedelta(minutes=30))  # From 10:00
    close_room(late.id, a_span("2027-03-02T03:00", 60), reason="Sửa điện", by=place.technician)  # 10:00 to 11:00

    assert starts(found(place, rooms=[late]).free)[:2] == ["02 11:30", "02 12:00"]


def test_what_does_not_fit_into_a_day_is_not_found(place):
    assert found(place, length=timedelta(hours=12)).free == ()


def test_nothing_is_found_of_no_rooms_but_the_persons_own_time(place):
    assert starts(found(place, rooms=[], people=[place.chair.id]).free)[0] == "02 07:00"


# Rooms that are free


def test_rooms_that_are_free_are_those_that_answer_so(place):
    odd = a_room(place.centre, setup=timedelta(minutes=15), teardown=timedelta(minutes=10))
    night = a_room(place.province, opens_min=1200)
    place.book(span=a_span("2027-03-02T01:00", 60), room_ids=(place.hall.id, odd.id), host_room_id=odd.id)
    place.book(span=a_span("2027-03-02T03:00", 7 * 24 * 60), **only(place.other_room))
    close_room(place.room.id, a_span("2027-03-02T02:00"), reason="Sửa điện", by=place.technician)
    cancel_conference(place.book(span=a_span("2027-03-03T01:00"), **only(place.hall)), by=place.clerk, reason="")

    for hour in ("02T00:00", "02T00:50", "02T01:30", "02T02:00", "02T02:24", "02T02:25", "02T03:00", "03T01:00", "03T14:00", "09T02:59", "09T03:00"):
        span = a_span(f"2027-03-{hour}", 30)
        free = {one.room.id for one in answers_for(rooms_in_order(), span, viewer_of(place.clerk)) if one.is_free}
        assert set(rooms_free_during(span)) == free, hour
    assert night.id in rooms_free_during(a_span("2027-03-03T14:00"))


def test_rooms_that_are_free_are_those_of_a_unit_where_that_is_asked(place):
    assert rooms_free_during(a_span(), unit_path=place.province.path) == [place.room.id]
    assert rooms_free_during(a_span(), limit=1) == [place.hall.id]


# A chair who is elsewhere


def test_a_chair_is_elsewhere_while_they_lead_something_else(place):
    occurrence = conference_by_id(place.book()).occurrences[0]

    assert [one.id for one in chair_elsewhere(place.chair.id, a_span("2027-03-02T01:59"))] == [occurrence.id]
    assert chair_elsewhere(place.chair.id, a_span("2027-03-02T02:00")) == []
    assert chair_elsewhere(place.chair.id, a_span(), ignoring=[occurrence.id]) == []
    assert chair_elsewhere(place.clerk.id, a_span()) == []


def test_a_chair_is_not_elsewhere_because_of_what_was_cancelled(place):
    cancel_conference(place.book(), by=place.clerk, reason="")

    assert chair_elsewhere(place.chair.id, a_span()) == []


def test_a_long_conference_that_began_days_ago_still_keeps_its_chair(place):
    place.book(span=replace(a_span(), end=a_span().start + timedelta(days=7)))

    assert len(chair_elsewhere(place.chair.id, a_span("2027-03-09T00:00"))) == 1
