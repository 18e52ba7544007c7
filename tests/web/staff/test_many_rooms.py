"""The page of a conference of very many rooms: by province, and room by room where something is amiss or somebody looks."""

import pytest
from builders import a_room, a_unit

from roomctl.booking import decide
from roomctl.booking.tables import conference_by_id
from roomctl.organisation.units import Level
from roomctl.web.staff import chooser


@pytest.fixture
def conference_id(place, monkeypatch):
    """A conference of the hall and four communes' rooms, of which one was refused."""
    monkeypatch.setattr(chooser, "MANY", 4)
    rooms = [a_room(a_unit(f"Xã {number}", parent=place.province, level=Level.COMMUNE), f"Phòng xã {number}") for number in range(4)]
    made = place.book(room_ids=(place.hall.id, *(room.id for room in rooms)))
    refused = next(one for one in conference_by_id(made).occurrences[0].reservations if one.room_id == rooms[0].id)
    decide.refuse_reservation(refused.id, by=place.province_approver, reason="Bận")
    return made


def test_a_province_is_one_line_and_a_refused_room_stands_by_itself(place, conference_id, signed_in):
    page = signed_in(place.clerk).page(f"/staff/conferences/{conference_id}")

    rooms = " ".join(page.rows)
    assert f"{place.province.name}: 3 phòng cấp xã" in rooms
    assert "Phòng xã 0" in rooms
    assert "Phòng xã 1" not in rooms


def test_a_province_is_opened_by_its_link(place, conference_id, signed_in):
    clerk = signed_in(place.clerk)
    link = next(one for one in clerk.page(f"/staff/conferences/{conference_id}").links if f"province={place.province.id}" in one)

    page = clerk.page(link)

    assert all(f"Phòng xã {number}" in page.text for number in range(4))
