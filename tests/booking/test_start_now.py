"""Meeting at once: what a free room's panel offers, and that it is booked once, for the room's unit, whoever presses."""

import json
import threading
from datetime import timedelta

import pytest
from builders import NOW, Place, a_person, a_profile, a_room, a_unit
from sqlalchemy import func, select

from roomctl import clock
from roomctl.audit.tables import newest_entries
from roomctl.booking import tables
from roomctl.booking.conflicts import Occupied
from roomctl.booking.invariants import checked
from roomctl.booking.lifecycle import ReservationState
from roomctl.booking.maintenance import close_room
from roomctl.booking.request import request_conference
from roomctl.booking.start_now import offers, start_now
from roomctl.database import db, write_transaction
from roomctl.errors import Conflict, NotVisible, Refused
from roomctl.notices.tables import Notice
from roomctl.organisation.roles import Role
from roomctl.organisation.tables import User
from roomctl.rooms.tables import Room
from roomctl.security_profiles.profile import Classification
from roomctl.timespan import Span, to_local

BEFORE_TWO = NOW + timedelta(hours=5, minutes=57)  # 13:57


def at(hhmm: str):
    hours, minutes = hhmm.split(":")
    return NOW + timedelta(hours=int(hours) - 8, minutes=int(minutes))


def shown(moment) -> str:
    return f"{to_local(moment):%H:%M}"


def held(*times: str, setup: int = 0, teardown: int = 0) -> list[Occupied]:
    """Return what holds the room: "14:00-15:00", with setup and teardown in minutes."""
    spans = [Span(*map(at, one.split("-"))).widened(timedelta(minutes=setup), timedelta(minutes=teardown)) for one in times]
    return [Occupied(1, number, span) for number, span in enumerate(spans)]


def offered(now, *times: str, setup: int = 0, teardown: int = 0) -> list[str]:
    """Return what the panel of a room with these buffers reads on its two buttons."""
    room = Room(open_to="unit", setup_s=setup * 60, teardown_s=teardown * 60, opens_min=0, closes_min=1440, open_days="1234567", ahead_days=740,
                timezone="Asia/Ho_Chi_Minh")
    return [shown(one.span.end) if one.is_free else f"{shown(one.next_at)} next" if one.next_at else f"{shown(one.ready_at)} ready"
            for one in offers(room, held(*times, setup=setup, teardown=teardown), (), now=now)]


@pytest.mark.parametrize(("now", "times", "expected"), [
    ("13:57", (), ["14:30", "15:00"]),
    ("14:00", (), ["14:30", "15:00"]),
    ("13:57", ("14:00-15:00",), ["14:00 next", "14:00 next"]),
    ("13:57", ("14:40-15:00",), ["14:30", "14:40 next"]),
    ("13:57", ("14:28-15:00",), ["14:28", "14:28 next"]),
    ("13:57", ("14:27-15:00",), ["14:27", "14:27 next"]),
    ("13:57", ("14:26-15:00",), ["14:26 next", "14:26 next"]),
    ("13:57", ("12:00-13:57",), ["14:30", "15:00"]),
])
def test_u07_a_button_says_the_exact_end_or_which_conference_is_in_the_way(now, times, expected):
    assert offered(at(now), *times) == expected


@pytest.mark.parametrize(("now", "times", "expected"), [
    ("14:02", ("13:00-14:00",), ["14:10 ready", "14:10 ready"]),
    ("14:12", ("13:00-14:00",), ["14:45", "15:15"]),
    ("13:30", ("14:10-15:00",), ["14:00", "14:10 next"]),
])
def test_u07_a_room_that_is_cleared_or_will_be_prepared_is_not_offered_meanwhile(now, times, expected):
    assert offered(at(now), *times, setup=5, teardown=5) == expected


def test_what_ended_within_this_very_minute_is_not_overlapped():
    taken = [Occupied(1, 1, Span(at("13:00"), at("13:57") + timedelta(seconds=20)))]
    room = Room(open_to="unit", setup_s=0, teardown_s=0, opens_min=0, closes_min=1440, open_days="1234567", ahead_days=740,
                timezone="Asia/Ho_Chi_Minh")

    offer, _ = offers(room, taken, (), now=at("13:57") + timedelta(seconds=40))

    assert (offer.is_free, offer.span.start) == (True, at("13:57") + timedelta(seconds=20))


def press(place, minutes: int = 30, *, key: str = "k", panel: int = 1, room=None) -> int:
    return start_now((room or place.hall).id, minutes, panel_id=panel, key=key)


def occurrence_of(conference_id: int) -> tables.Occurrence:
    db.session.rollback()
    db.session.expire_all()
    return tables.conference_by_id(conference_id).occurrences[0]


def test_u07_the_room_is_booked_for_its_unit_and_granted_by_name_at_once(place, set_clock):
    set_clock.at = BEFORE_TWO + timedelta(seconds=30)

    occurrence = occurrence_of(press(place))

    conference, reservation = occurrence.conference, occurrence.reservations[0]
    assert (shown(occurrence.planned_start_at), shown(occurrence.planned_end_at)) == ("13:57", "14:30")
    assert (conference.unit_id, conference.organizer_id, conference.title) == (place.centre.id, place.clerk.id, "Họp ngay tại phòng")
    assert (reservation.state, reservation.decided_rule, reservation.decided_by) == (ReservationState.GRANTED, "start_now", None)
    assert occurrence.checked_in_at == clock.now()
    assert {name: lines for name, lines in checked().items() if lines} == {}


def test_the_trail_names_the_panel_and_the_office_is_told(place):
    conference_id = press(place)

    said = {entry.kind: json.loads(entry.header)["origin"] for entry, _ in newest_entries(3)}
    notices = db.session.execute(select(Notice.kind, Notice.user_id).where(Notice.conference_id == conference_id)).all()
    assert said == dict.fromkeys(("conference_requested", "reservation_granted", "checked_in"), f"panel of room:{place.hall.id}")
    assert [tuple(one) for one in notices] == [("room_started_now", place.clerk.id)]


def test_u07_the_same_press_sent_twice_books_once(place):
    assert press(place, key="same") == press(place, key="same")


def test_u07_pressed_a_second_time_the_room_was_just_taken(place):
    press(place, key="first")

    with pytest.raises(Conflict, match="room_just_taken"):
        press(place, key="second", panel=2)


@pytest.mark.parametrize("minutes", [0, 15, 31, 10_000])
def test_a_length_that_is_not_offered_does_not_exist(place, minutes):
    with pytest.raises(NotVisible):
        press(place, minutes)


def test_a_room_whose_every_request_is_decided_is_not_taken_at_once(place):
    with write_transaction() as session:
        session.get_one(Room, place.hall.id).open_to = "nobody"

    with pytest.raises(Refused, match="room_needs_decision"):
        press(place)


def test_a_room_in_maintenance_is_not_taken_at_once(place, set_clock):
    close_room(place.hall.id, Span(NOW + timedelta(minutes=1), NOW + timedelta(hours=1)), reason="Thay micro", by=place.technician)

    with pytest.raises(Conflict, match="room_not_usable"):
        press(place)


def test_a_request_of_somebody_else_holds_the_room_against_the_press(place):
    place.book(span=Span(NOW + timedelta(minutes=10), NOW + timedelta(minutes=40)), room_ids=(place.other_room.id, place.hall.id))

    with pytest.raises(Conflict, match="room_just_taken"):
        press(place)


def test_where_a_unit_has_no_office_the_one_above_answers_for_the_room(place):
    commune = a_unit("Xã", parent=place.province)
    room = a_room(commune)

    assert occurrence_of(press(place, room=room)).conference.organizer_id == place.province_approver.id


def test_where_nobody_answers_for_a_room_it_is_said(app, set_clock):
    lonely = a_unit("Một mình")
    a_person(lonely, Role.TECHNICIAN)
    room = a_room(lonely)

    with pytest.raises(Refused, match="nobody_responsible"):
        start_now(room.id, 30, panel_id=1, key="k")


def test_where_the_lowest_profile_is_classified_no_title_is_stored(place, monkeypatch):
    profile = a_profile(Classification.CONFIDENTIAL)
    monkeypatch.setattr("roomctl.booking.start_now.current_profiles", lambda: [profile])

    conference = occurrence_of(press(place)).conference

    assert (conference.classification, conference.title, conference.code_name) == (Classification.CONFIDENTIAL, "", "HỌP NGAY")


def test_u07_two_who_press_at_the_same_moment_have_one_winner_and_no_error(app_on, set_clock):
    place, together, outcomes = Place(), threading.Barrier(6), []
    rooms = [place.hall.id] * 6
    db.session.remove()

    def go(number: int) -> None:
        with app_on.app_context():
            together.wait()
            try:
                outcomes.append(start_now(rooms[number], 30, panel_id=number, key="k") > 0)
            except Conflict as error:
                outcomes.append(error.reason)

    racers = [threading.Thread(target=go, args=(number,)) for number in range(6)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(60)

    assert sorted(map(str, outcomes)) == ["True", *["room_just_taken"] * 5]
    assert db.session.scalar(select(func.count()).select_from(tables.Reservation)) == 1


def test_u07_a_booking_and_a_press_at_the_same_moment_have_one_winner(app_on, set_clock):
    place, together, outcomes = Place(), threading.Barrier(2), []
    hall_id, wish, clerk_id = place.hall.id, place.wish(span=Span(NOW + timedelta(minutes=5), NOW + timedelta(minutes=20)),
                                                        room_ids=(place.hall.id,)), place.clerk.id
    db.session.remove()

    def go(deed) -> None:
        with app_on.app_context():
            together.wait()
            try:
                outcomes.append(deed() > 0)
            except Conflict as error:
                outcomes.append(error.reason)

    def book() -> int:
        return request_conference(wish, by=db.session.get(User, clerk_id), key="b")

    racers = [threading.Thread(target=go, args=(deed,)) for deed in (book, lambda: start_now(hall_id, 30, panel_id=1, key="k"))]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(60)

    assert len(outcomes) == 2 and outcomes.count(True) == 1
