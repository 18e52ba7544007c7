"""Changing a conference on a page: what may be typed, what is asked, and what stays as it was."""

import pytest
from builders import a_person, a_profile, a_span

from roomctl.booking import tables
from roomctl.booking.lifecycle import ReservationState
from roomctl.booking.recurrence import Recurrence
from roomctl.database import db
from roomctl.organisation.roles import Role
from roomctl.security_profiles.profile import Classification
from web.browser import Page, booking


def address(conference_id: int) -> str:
    return f"/staff/changes/{conference_id}"


def dates_of(conference_id: int) -> list[tables.Occurrence]:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(tables.Conference, conference_id).occurrences


def typed(place, conference_id: int, **changed) -> dict:
    return booking(place, occurrence=str(dates_of(conference_id)[0].id), **changed)


def test_the_form_shows_the_conference_as_it_is(place, signed_in):
    conference_id = place.book(title="Họp cũ", attendees="Các sở")

    page = signed_in(place.clerk).page(address(conference_id))

    assert (page.value("day"), page.value("start"), page.value("end"), page.value("title")) == ("02/03/2027", "08:00", "09:00", "Họp cũ")
    assert "Các sở" in page.text


def test_what_is_typed_is_stored_and_the_page_of_the_conference_follows(place, signed_in):
    conference_id = place.book()

    answer = signed_in(place.clerk).send(address(conference_id), typed(place, conference_id, title="Tên mới", start="14:00", end="15:00"))

    changed = dates_of(conference_id)[0]
    assert answer.status_code == 303
    assert (changed.conference.title, changed.span) == ("Tên mới", a_span("2027-03-02T07:00"))


def test_nothing_typed_differently_changes_nothing(place, signed_in):
    conference_id = place.book()
    before = dates_of(conference_id)[0].conference.sequence

    signed_in(place.clerk).send(address(conference_id), typed(place, conference_id))

    assert dates_of(conference_id)[0].conference.sequence == before


def test_of_a_series_one_date_or_all_are_changed(place, signed_in):
    series, client = place.book(recurrence=Recurrence(rule="FREQ=WEEKLY;COUNT=3")), signed_in(place.clerk)
    dates = [one.id for one in dates_of(series)]

    client.send(address(series), booking(place, occurrence=str(dates[1]), day="10/03/2027", scope="this", title="Chỉ lần này"))
    client.send(address(series), booking(place, occurrence=str(dates[0]), scope="all", end="10:00"))

    assert [(one.facts().full.title, f"{one.planned_start_at:%d %H}", one.span.length.seconds // 3600) for one in dates_of(series)] == [
        ("Giao ban tuần", "02 01", 2), ("Chỉ lần này", "10 01", 1), ("Giao ban tuần", "16 01", 2)]


def test_a_contact_at_each_site_is_kept_and_shown(place, signed_in):
    conference_id, client = place.book(), signed_in(place.clerk)

    client.send(address(conference_id), typed(place, conference_id, site=[str(place.hall.id), str(place.room.id)], site_name=["Ông An", "Bà Hoa"],
                                              site_phone=["024 1", "0262 2"]))

    assert "Bà Hoa 0262 2" in client.page(f"/staff/conferences/{conference_id}").text


def test_a_change_leaves_a_room_that_is_waited_for_as_it_is(place, signed_in):
    place.book(span=a_span("2027-03-02T01:30"), room_ids=(place.room.id,), host_room_id=place.room.id)
    conference_id = place.book(wait_for=frozenset({place.room.id}))
    client = signed_in(place.clerk)
    shown = {found["value"] for found in client.page(address(conference_id)).named("input", name="rooms") if "checked" in found}

    answer = client.send(address(conference_id), typed(place, conference_id, title="Tên mới"))

    states = {one.room_id: one.state for one in dates_of(conference_id)[0].reservations}
    assert (answer.status_code, shown) == (303, {str(place.hall.id), str(place.room.id)})
    assert states == {place.hall.id: ReservationState.GRANTED, place.room.id: ReservationState.WAITING}
    assert dates_of(conference_id)[0].facts().full.title == "Tên mới"


BAD = {"no length": ({"end": "08:00"}, "end_not_after_start"), "no such day": ({"day": "31/02/2027"}, "bad_date"),
       "in the past": ({"day": "28/02/2027"}, "start_in_the_past"), "no rooms": ({"rooms": [], "host_room": ""}, "no_rooms"),
       "no title": ({"title": " "}, "title_missing"), "control characters": ({"title": "Giao\x07ban"}, "text_control")}


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("what", BAD)
def test_a_mistake_is_named_in_the_readers_language_and_nothing_is_lost(place, signed_in, sentence, what, language):
    wrong, reason = BAD[what]
    conference_id = place.book()

    answer = signed_in(place.clerk, language).send(address(conference_id), typed(place, conference_id, **({"contact_name": "Bà Hoa"} | wrong)))

    page = Page(answer.text)
    assert (answer.status_code, page.value("contact_name")) == (422, "Bà Hoa")
    assert sentence(reason, language) in page.text
    assert dates_of(conference_id)[0].span == a_span()


def test_a_move_onto_a_taken_room_names_what_is_there(place, signed_in):
    place.book(span=a_span("2027-03-02T07:00"), title="Đã có ở đây")
    conference_id = place.book()

    answer = signed_in(place.clerk).send(address(conference_id), typed(place, conference_id, start="14:00", end="15:00"))

    assert answer.status_code == 409
    assert "Đã có ở đây" in Page(answer.text).text


def test_a_title_typed_when_the_profile_becomes_confidential_is_kept_nowhere(place, signed_in, everything_stored):
    conference_id, confidential = place.book(title="Tên ban đầu"), a_profile(Classification.CONFIDENTIAL)

    refused = signed_in(place.clerk).send(address(conference_id), typed(place, conference_id, profile=str(confidential.id), title="Việc rất kín",
                                                                        code_name="HOA SEN"))
    signed_in(place.clerk).send(address(conference_id), typed(place, conference_id, profile=str(confidential.id), title="", code_name="HOA SEN"))

    assert (refused.status_code, "Việc rất kín" in refused.text) == (422, False)
    assert "Việc rất kín" not in everything_stored()
    assert "Tên ban đầu" not in everything_stored()
    assert dates_of(conference_id)[0].facts().full.title == "HOA SEN"


def test_a_reservation_that_returns_to_its_approver_says_why(place, signed_in):
    conference_id = place.book()
    for one in dates_of(conference_id)[0].reservations:
        one.state = ReservationState.GRANTED
    db.session.commit()

    signed_in(place.clerk).send(address(conference_id), typed(place, conference_id, start="14:00", end="15:00"))

    waiting = [one for one in dates_of(conference_id)[0].reservations if one.state == ReservationState.REQUESTED]
    assert [(one.room_id, one.change) for one in waiting] == [(place.room.id, "time")]


def test_who_may_see_it_may_not_change_it_and_who_may_not_see_it_does_not_find_it(place, signed_in):
    conference_id = place.book()

    assert signed_in(a_person(place.province, Role.STAFF)).get(address(conference_id)).status_code == 403
    assert signed_in(place.stranger).get(address(conference_id)).status_code == 404
