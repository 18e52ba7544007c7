"""Choosing very many rooms: whole provinces are one line, and what is amiss in one of them is not hidden by it."""

from urllib.parse import urlsplit

import pytest
from builders import a_room, a_unit

from roomctl.booking.tables import conference_by_id
from roomctl.database import db
from roomctl.organisation.units import Level
from roomctl.web.staff import chooser
from web.browser import BOOKING, BOOKING_FORM, Page, booking


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch):
    monkeypatch.setattr(chooser, "MANY", 4)


@pytest.fixture
def communes(place):
    """Rooms of three communes of one province and of two of another, open to all above them."""
    return {province.id: [a_room(a_unit(f"Xã {province.name} {number}", parent=province, level=Level.COMMUNE), open_to="above")
                          for number in range(count)]
            for province, count in ((place.province, 3), (place.other_province, 2))}


def chosen_on(page: Page) -> dict[str, set[int]]:
    """Return what is ticked on the page, by the field's name."""
    return {name: {int(box["value"]) for box in page.named("input", name=name) if "checked" in box} for name in ("rooms", "whole")}


def form(place, **typed) -> dict:
    return {name: value for name, value in booking(place, **typed).items() if name != "book"}


def test_every_commune_is_chosen_at_once_and_told_by_province(place, communes, signed_in):
    answer = signed_in(place.clerk).send(BOOKING, form(place, add="everywhere"), page=BOOKING_FORM)

    page = Page(answer.text)
    assert chosen_on(page) == {"rooms": {place.hall.id, place.room.id}, "whole": set(communes)}
    assert sum(int(box["data-stands-for"]) for box in page.named("input", name="whole")) == 5


def test_what_is_told_by_province_is_booked_room_by_room(place, communes, signed_in):
    wanted = {place.hall.id, place.room.id, *(room.id for rooms in communes.values() for room in rooms)}

    answer = signed_in(place.clerk).send(BOOKING, booking(place, whole=[str(one) for one in communes]), page=BOOKING_FORM)

    db.session.rollback()
    held = conference_by_id(int(urlsplit(answer.location).path.rpartition("/")[2])).occurrences[0].reservations
    assert {one.room_id for one in held} == wanted


def test_a_province_with_a_room_that_is_taken_is_told_room_by_room(place, communes, signed_in):
    taken = communes[place.province.id][1]
    place.book(room_ids=(place.other_room.id, taken.id), host_room_id=place.other_room.id)

    answer = signed_in(place.clerk).send(BOOKING, booking(place, whole=[str(one) for one in communes]), page=BOOKING_FORM)

    page = Page(answer.text)
    assert answer.status_code == 409
    assert chosen_on(page) == {"rooms": {place.hall.id, place.room.id, *(room.id for room in communes[place.province.id])},
                               "whole": {place.other_province.id}}
    assert next(row for row in page.named("tr") if row.get("data-search", "").startswith(taken.name))["data-free"] == "no"


@pytest.mark.parametrize("look", [{"show": "1"}, {"find": "1"}])
def test_a_province_that_is_looked_at_is_told_room_by_room(place, communes, signed_in, look):
    rooms = communes[place.province.id]
    at = {"province": str(place.province.id)} if "show" in look else {"words": rooms[0].name}

    answer = signed_in(place.clerk).send(BOOKING, form(place, whole=[str(one) for one in communes], **look, **at), page=BOOKING_FORM)

    assert chosen_on(Page(answer.text))["whole"] == {place.other_province.id}
    assert chosen_on(Page(answer.text))["rooms"] >= {room.id for room in rooms}


def test_a_province_that_nobody_knows_leaves_no_room_out_unsaid(place, communes, signed_in, sentence, counted):
    answer = signed_in(place.clerk).send(BOOKING, booking(place, whole=["999"]), page=BOOKING_FORM)

    assert answer.status_code == 422
    assert sentence("unknown_room") in Page(answer.text).text
    assert counted("conferences") == 0


def test_the_fewest_fields_choose_the_same_rooms(place, communes):
    of_province = [room.id for room in communes[place.province.id]]

    assert chooser.fields_of([place.hall.id, place.room.id, *of_province]) == [
        ("rooms", place.hall.id), ("rooms", place.room.id), ("whole", place.province.id)]
    assert chooser.fields_of(of_province) == [("rooms", room_id) for room_id in sorted(of_province)]
