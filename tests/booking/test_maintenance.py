"""Closing a room for maintenance: who is told, and what a booking made at the same moment sees."""

import threading
from datetime import timedelta

import pytest
from builders import Place, a_person, a_room, a_span, fresh, until_somebody_waits

from roomctl.booking.availability import all_free
from roomctl.booking.maintenance import WindowMeetsConferences, close_room, reopen_room, windows_ahead
from roomctl.booking.request import request_within
from roomctl.booking.tables import conference_by_id
from roomctl.database import db, write_transaction
from roomctl.errors import InvalidInput, NotAllowed, NotVisible
from roomctl.notices.tables import notices_for
from roomctl.organisation.roles import Role
from roomctl.organisation.tables import User

REPAIR = "Sửa điện"


def told(user) -> list:
    return [one for one in notices_for(user.id) if one.kind == "room_in_maintenance"]


def test_a_closed_room_cannot_be_had_until_it_is_opened_again(place):
    window_id = close_room(place.hall.id, a_span(), reason=REPAIR, by=place.technician)
    closed = all_free([place.hall], a_span())

    reopen_room(window_id, by=place.administrator)

    assert (closed, all_free([place.hall], a_span())) == (False, True)


def test_the_conferences_it_would_meet_are_named_and_nothing_is_stored_until_they_are_known_of(place):
    place.book()

    with pytest.raises(WindowMeetsConferences) as refused:
        close_room(place.hall.id, a_span(minutes=600), reason=REPAIR, by=place.technician)

    assert [one.span for one in refused.value.met] == [a_span()]
    assert (told(place.clerk), windows_ahead(place.technician)) == ([], [])


def test_they_are_not_cancelled_and_their_organizer_is_told_with_free_rooms_of_the_unit(place):
    other = a_room(place.centre, "Phòng họp nhỏ")
    conference_id = place.book()

    close_room(place.hall.id, a_span(minutes=600), reason=REPAIR, by=place.technician, known=1)

    notice, = told(place.clerk)
    occurrence = conference_by_id(conference_id).occurrences[0]
    assert (notice.occurrence_id, notice.room_id) == (occurrence.id, place.hall.id)
    assert notice.reason.split("\n")[0] == REPAIR
    assert other.name in notice.reason
    assert (occurrence.cancelled_at, len(occurrence.standing)) == (None, 2)


def test_one_more_conference_than_was_known_of_is_named_first(place):
    place.book()
    place.book(span=a_span("2027-03-02T04:00"))

    with pytest.raises(WindowMeetsConferences) as refused:
        close_room(place.hall.id, a_span(minutes=600), reason=REPAIR, by=place.technician, known=1)

    assert len(refused.value.met) == 2


def test_the_same_form_twice_closes_the_room_once(place):
    place.book()

    ids = {close_room(place.hall.id, a_span(), reason=REPAIR, by=place.technician, known=1) for _ in range(2)}

    assert (len(ids), len(told(place.clerk))) == (1, 1)


def test_a_window_cancelled_twice_is_cancelled_once(place, set_clock):
    window_id = close_room(place.hall.id, a_span(), reason=REPAIR, by=place.technician)
    reopen_room(window_id, by=place.technician)
    set_clock.forward(hours=1)

    reopen_room(window_id, by=place.technician)

    assert windows_ahead(place.technician) == []


@pytest.mark.parametrize(("span", "reason", "problem"), [
    (a_span(minutes=0), REPAIR, "end_not_after_start"), (a_span("2027-02-28T01:00"), REPAIR, "window_over"),
    (a_span(minutes=367 * 24 * 60), REPAIR, "window_too_long"), (a_span(), "", "maintenance_reason_missing"), (a_span(), "x" * 301, "text_too_long")])
def test_a_bad_window_is_refused(place, span, reason, problem):
    with pytest.raises(InvalidInput) as refused:
        close_room(place.hall.id, span, reason=reason, by=place.technician)

    assert [one.reason for one in refused.value.problems] == [problem]


def test_a_technician_closes_rooms_of_their_own_units_only(place):
    technician = a_person(place.province, Role.TECHNICIAN)
    window_id = close_room(place.hall.id, a_span(), reason=REPAIR, by=place.technician)

    for attempt in (lambda: close_room(place.hall.id, a_span("2027-03-03T01:00"), reason=REPAIR, by=technician),
                    lambda: reopen_room(window_id, by=technician)):
        with pytest.raises(NotAllowed):
            attempt()
    assert windows_ahead(technician) == []
    with pytest.raises(NotAllowed):
        close_room(place.hall.id, a_span("2027-03-03T01:00"), reason=REPAIR, by=place.clerk)


def test_a_room_and_a_window_that_are_not_there_are_not_found(place):
    for attempt in (lambda: close_room(999, a_span(), reason=REPAIR, by=place.technician), lambda: reopen_room(999, by=place.technician)):
        with pytest.raises(NotVisible):
            attempt()


def test_maintenance_of_months_meets_what_is_booked_within_it(place):
    place.book(span=a_span("2027-06-02T01:00"))

    with pytest.raises(WindowMeetsConferences):
        close_room(place.hall.id, a_span("2027-03-10T00:00", 120 * 24 * 60), reason=REPAIR, by=place.technician)


def test_setup_that_lies_in_it_is_met_too(place):
    room = a_room(place.centre, setup=timedelta(hours=1))
    place.book(room_ids=(room.id,), host_room_id=room.id)

    with pytest.raises(WindowMeetsConferences):
        close_room(room.id, a_span("2027-03-02T00:00", 30), reason=REPAIR, by=place.technician)


def test_a_list_holds_what_is_not_over_with_what_it_meets(place, set_clock):
    place.book()
    close_room(place.hall.id, a_span(), reason=REPAIR, by=place.technician, known=1)
    window, = windows_ahead(place.technician)
    assert len(window.met) == 1

    set_clock.at = a_span("2027-03-02T03:00").start

    assert windows_ahead(place.technician) == windows_ahead(place.administrator, fresh(place.hall)) == []


@pytest.mark.parametrize("engine_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_a_booking_that_is_made_at_the_same_moment_is_seen(app_on, set_clock):
    place, answers = Place(), []
    room_id, technician_id = place.hall.id, place.technician.id

    def close() -> None:
        with app_on.app_context():
            try:
                close_room(room_id, a_span(), reason=REPAIR, by=db.session.get_one(User, technician_id))
            except WindowMeetsConferences as error:
                answers.append(len(error.met))
            db.session.remove()

    thread = threading.Thread(target=close)
    with write_transaction():
        request_within(place.wish(), by=place.clerk)
        thread.start()
        until_somebody_waits()
    thread.join()

    assert answers == [1]
