"""What an organizer does on the page about a room that could not be had."""

import pytest
from builders import a_room
from flask import render_template_string

from roomctl.booking import decide, replace, tables
from web.browser import Page, read_in

PATH = "/staff/rooms-asked"


@pytest.fixture
def refused(place) -> int:
    """The reservation of the province's room, which was refused; returns its id."""
    place.book()
    reservation = decide.queue_of(place.province_approver)[0].id
    decide.refuse_reservation(reservation, by=place.province_approver, reason="Sửa phòng")
    return reservation


def row(reservation_id: int):
    return tables.reservation_for_update(reservation_id)


def test_another_room_is_asked_for_and_the_way_leads_back_to_the_conference(place, refused, signed_in, counted):
    second = a_room(place.province)

    answer = signed_in(place.clerk).send(f"{PATH}/{refused}/replacement", {"room": str(second.id)})

    assert (answer.status_code, answer.headers["Location"].startswith("/staff/conferences/")) == (303, True)
    assert counted(f"reservations WHERE replaces_id = {refused} AND room_id = {second.id}") == 1


def test_going_on_without_it_is_one_press(place, refused, signed_in):
    answer = signed_in(place.clerk).send(f"{PATH}/{refused}/without")

    assert (answer.status_code, row(refused).required) == (303, False)


@pytest.mark.parametrize(("who", "status"), [("stranger", 404), ("province_approver", 403), ("chair", 403)])
@pytest.mark.parametrize("what", ["replacement", "without"])
def test_it_is_the_organizers_to_do(place, refused, signed_in, who, status, what):
    answer = signed_in(getattr(place, who)).send(f"{PATH}/{refused}/{what}", {"room": "1"})

    assert (answer.status_code, row(refused).required) == (status, True)


@pytest.mark.parametrize(("room", "status"), [("", 422), ("x", 422), ("999", 422)])
def test_no_room_and_nonsense_are_answered(place, refused, signed_in, room, status):
    assert signed_in(place.clerk).send(f"{PATH}/{refused}/replacement", {"room": room}).status_code == status


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_piece_for_the_conferences_page_offers_what_is_free_and_going_without(app, place, refused, language):
    second = a_room(place.province, "Phòng họp <b>2</b>")
    occurrence = tables.occurrence_by_id(row(refused).occurrence_id)
    piece = '{% from "staff/approvals/_attention.html" import attention %}{{ attention(occurrence, alternatives) }}'

    page = Page(read_in(app, language, lambda: render_template_string(
        piece, occurrence=tables.occurrence_by_id(occurrence.id), alternatives=replace.alternatives(tables.occurrence_by_id(occurrence.id)))))

    assert page.actions == {f"{PATH}/{refused}/replacement", f"{PATH}/{refused}/without"}
    assert [one["value"] for one in page.named("option")] == [str(second.id)]
    assert (page.unclosed, "Sửa phòng" in page.text) == ([], True)
