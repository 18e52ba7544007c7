"""An occurrence knows by itself when something that is seen of it last changed."""

import pytest
from builders import a_person, a_room

from roomctl.booking import decide
from roomctl.booking.cancel import cancel_conference
from roomctl.booking.recurrence import Recurrence
from roomctl.booking.tables import Invitation, Occurrence, Reservation, conference_by_id
from roomctl.database import db, write_transaction
from roomctl.organisation.roles import Role
from roomctl.rooms.tables import Room


@pytest.fixture
def series(place, set_clock) -> int:
    """Three dates booked an hour ago; returns the conference's id."""
    conference_id = place.book(recurrence=Recurrence(rule="FREQ=WEEKLY;COUNT=3"))
    set_clock.forward(hours=1)
    return conference_id


def touched(conference_id: int, now) -> list[bool]:
    """Say of each date whether it was touched just now."""
    db.session.rollback()
    db.session.expire_all()
    return [one.changed_at == now for one in conference_by_id(conference_id).occurrences]


def changing(step) -> None:
    with write_transaction():
        step()


def test_a_new_date_is_as_old_as_its_booking(place, set_clock):
    assert touched(place.book(), set_clock()) == [True]


@pytest.mark.parametrize("facts", [{"title": "Khác"}, {"planned_end_at": "later"}, {"chair_id": "clerk"}, {"cancelled_at": "now"}])
def test_a_change_of_one_date_touches_that_date(place, series, set_clock, facts):
    def step():
        one = conference_by_id(series).occurrences[1]
        values = {"later": one.planned_end_at.replace(minute=30), "clerk": place.clerk.id, "now": set_clock()}
        for name, value in facts.items():
            setattr(one, name, values.get(value, value))

    changing(step)

    assert touched(series, set_clock()) == [False, True, False]


@pytest.mark.parametrize("facts", [{"reminders": 1}, {"changed_at": None}])
def test_what_nobody_sees_touches_nothing(place, series, set_clock, facts):
    changing(lambda: [setattr(conference_by_id(series).occurrences[1], name, value) for name, value in facts.items()])

    assert touched(series, set_clock()) == [False, False, False]


@pytest.mark.parametrize(("name", "value"), [("title", "Khác"), ("attendees", "Các sở"), ("sequence", 7)])
def test_a_change_of_the_conference_touches_all_its_dates(place, series, set_clock, name, value):
    changing(lambda: setattr(conference_by_id(series), name, value))

    assert touched(series, set_clock()) == [True, True, True]


@pytest.mark.parametrize("taken_back", [False, True])
def test_an_invitation_touches_all_dates(place, series, set_clock, taken_back):
    person = a_person(place.centre, Role.STAFF)
    changing(lambda: db.session.add(Invitation(conference_id=series, user_id=person.id, added_at=set_clock())))
    if taken_back:
        set_clock.forward(hours=1)
        changing(lambda: db.session.delete(db.session.get_one(Invitation, (series, person.id))))

    assert touched(series, set_clock()) == [True, True, True]


def test_another_room_touches_the_date_that_holds_it(place, series, set_clock):
    room = a_room(place.centre)

    def step():
        pattern = conference_by_id(series).occurrences[2].reservations[0]
        db.session.add(Reservation(
            occurrence_id=pattern.occurrence_id, room_id=room.id, state=pattern.state, held_start_at=pattern.held_start_at, requested_at=set_clock(),
            held_end_at=pattern.held_end_at, deciding_unit_id=pattern.deciding_unit_id, deadline_at=set_clock()))

    changing(step)

    assert touched(series, set_clock()) == [False, False, True]


def test_another_deciding_unit_touches_the_date(place, series, set_clock):
    def step():
        conference_by_id(series).occurrences[0].reservations[-1].deciding_unit_id = place.centre.id

    changing(step)

    assert touched(series, set_clock()) == [True, False, False]


def test_a_decision_touches_nothing_since_feeds_ask_for_it_themselves(place, series, set_clock):
    decide.grant_reservation(decide.queue_of(place.province_approver)[0].id, by=place.province_approver)

    assert touched(series, set_clock()) == [False, False, False]


@pytest.mark.parametrize("who", ["room", "chair", "clerk"])
def test_another_name_touches_the_dates_that_show_it(place, series, set_clock, who):
    changing(lambda: setattr(getattr(place, who), "name", "Tên mới"))

    assert touched(series, set_clock()) == [True, True, True]


def test_what_is_in_memory_knows_too(place, series, set_clock):
    with write_transaction():
        conference = conference_by_id(series)
        first = conference.occurrences[0]
        conference.title = "Khác"
        db.session.flush()

        assert first.changed_at == set_clock()


def test_a_room_that_was_never_booked_touches_nothing(place, series, set_clock):
    room = a_room(place.other_province)
    changing(lambda: setattr(db.session.get_one(Room, room.id), "name", "Khác"))

    assert touched(series, set_clock()) == [False, False, False]


def test_it_is_so_on_both_engines(app_on, set_clock):
    from builders import Place

    place = Place()
    conference_id = place.book(recurrence=Recurrence(rule="FREQ=WEEKLY;COUNT=3"))
    set_clock.forward(hours=1)
    cancel_conference(conference_id, by=place.clerk, reason="")

    assert touched(conference_id, set_clock()) == [True, True, True]
    assert db.session.query(Occurrence).count() == 3
