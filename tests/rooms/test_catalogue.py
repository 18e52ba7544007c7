"""Keeping the catalogue of rooms."""

import json
from datetime import timedelta

import pytest
from builders import a_person, a_room, a_unit, fresh
from sqlalchemy import func, select

from roomctl.audit.tables import TrailEntry, TrailPayload
from roomctl.booking.reorganise import merge_units
from roomctl.database import db
from roomctl.errors import Conflict, InvalidInput, NotAllowed, NotVisible
from roomctl.organisation import directory
from roomctl.organisation.roles import Role
from roomctl.organisation.units import Level
from roomctl.rooms import catalogue
from roomctl.rooms.catalogue import RoomFacts
from roomctl.rooms.tables import Room, rooms_behind, rooms_matching, rooms_to_keep


@pytest.fixture
def centre(app_on, set_clock):
    return a_unit("Trung ương")


@pytest.fixture
def administrator(centre):
    return a_person(centre, Role.ADMINISTRATOR)


def problems_of(raised) -> list[tuple[str, str]]:
    return [(one.field, one.reason) for one in raised.value.problems]


def entries(kind: str) -> list[dict]:
    """Return the payloads of the trail's entries of a kind."""
    together = (TrailEntry.epoch == TrailPayload.epoch) & (TrailEntry.seq == TrailPayload.seq)
    rows = db.session.scalars(select(TrailPayload.payload).join(TrailEntry, together).where(TrailEntry.kind == kind).order_by(TrailEntry.seq))
    return [json.loads(row) for row in rows]


def test_a_room_is_found_under_its_own_name_and_its_units_as_that_is_now(centre, administrator):
    province = a_unit("Tỉnh Đắk Lắk", parent=centre)
    room = a_room(province, "Phòng họp số 2")
    before = [len(rooms_matching(words, limit=9)) for words in ("so 2 tinh dak lak", "SỐ 2", "tay nguyen")]

    directory.rename_unit(province.id, "Tỉnh Tây Nguyên", by=administrator)

    assert before == [1, 1, 0]
    assert [len(rooms_matching(words, limit=9)) for words in ("dak lak", "số 2", "tay nguyen")] == [0, 1, 1]
    assert [one.id for one in rooms_behind(0, limit=9, unit_path=province.path, words="tay nguyen")] == [room.id]


def test_an_administrator_adds_a_room(centre, administrator):
    room = catalogue.add_room(unit=centre, code=" TW-09 ", name=" Phòng  họp 9 ", seats=12, setup=timedelta(minutes=10), by=administrator, key="k")

    assert (room.code, room.name, room.seats, room.setup) == ("TW-09", "Phòng họp 9", 12, timedelta(minutes=10))


def test_a_form_sent_twice_adds_one_room(centre, administrator):
    added = {catalogue.add_room(unit=centre, code="TW-09", name="Phòng 9", by=administrator, key="k").id for _ in range(2)}

    assert len(added) == 1
    assert db.session.scalar(select(func.count()).select_from(Room)) == 1


def test_everything_that_is_wrong_with_a_room_is_said_at_once(centre, administrator):
    with pytest.raises(InvalidInput) as refused:
        catalogue.add_room(unit=centre, code="phòng 9", name="", seats=5001, setup=timedelta(minutes=361), teardown=timedelta(minutes=-1),
                           open_to="everybody", support_phone="\x00", by=administrator)

    assert set(problems_of(refused)) == {
        ("code", "bad_code"), ("name", "name_missing"), ("seats", "number_out_of_range"), ("setup", "number_out_of_range"),
        ("teardown", "number_out_of_range"), ("open_to", "unknown_choice"), ("support_phone", "text_control")}


def test_a_code_is_given_once_even_within_one_list(centre):
    catalogue.add_room(unit=centre, code="A", name="Phòng A")

    for codes in (["A"], ["B", "B"]):
        with pytest.raises(InvalidInput) as refused:
            catalogue.add_rooms([catalogue.NewRoom(unit=centre, code=code, name="Phòng") for code in codes])
        assert problems_of(refused) == [("code", "code_taken")]
    assert db.session.scalar(select(func.count()).select_from(Room)) == 1


def test_rooms_are_added_and_changed_within_reach_only(centre):
    province = a_unit(parent=centre)
    administrator, above = a_person(province, Role.ADMINISTRATOR), a_room(centre)

    catalogue.add_room(unit=province, code="P", name="Phòng", by=administrator)
    with pytest.raises(NotAllowed):
        catalogue.add_room(unit=centre, code="Q", name="Phòng", by=administrator)
    with pytest.raises(NotAllowed):
        catalogue.change_room(above.id, RoomFacts(name="Phòng của tôi"), by=administrator)
    with pytest.raises(NotVisible):
        catalogue.change_room(9999, RoomFacts(name="Phòng"), by=administrator)


def test_what_was_changed_is_in_the_trail_and_nothing_when_nothing_was(centre, administrator):
    room = a_room(centre, "Phòng 1", seats=20)

    for _ in range(2):
        catalogue.change_room(room.id, RoomFacts(name="Phòng Hoa Sen", seats=30, teardown=timedelta(minutes=5)), by=administrator)

    assert entries("room_changed") == [{"changed": {"name": ["Phòng 1", "Phòng Hoa Sen"], "seats": [20, 30], "teardown_s": [0, 300]}}]
    assert fresh(room).folded_name == "phong hoa sen"


def test_a_bad_change_changes_nothing(centre, administrator):
    room = a_room(centre, "Phòng 1")

    with pytest.raises(InvalidInput):
        catalogue.change_room(room.id, RoomFacts(name="Phòng 2", seats=-1), by=administrator)

    assert fresh(room).name == "Phòng 1"


def test_no_room_is_added_to_a_unit_that_was_merged(centre):
    gone, into = a_unit(parent=centre), a_unit(parent=centre)
    merge_units([gone.id], into=into.id, by=a_person(centre, Role.ADMINISTRATOR), reason="Nghị quyết 1")

    with pytest.raises(Conflict, match="unit_already_merged"):
        a_room(gone)


def test_the_room_of_each_unit_is_named_after_it(centre):
    province = a_unit("Tỉnh Đắk Lắk", parent=centre)
    commune = a_unit("Xã Ea Kao", parent=province, level=Level.COMMUNE)

    names = [one.name for one in catalogue.one_for_each([centre, province, commune])]

    assert names == ["Phòng họp Trung ương", "Phòng họp Đắk Lắk", "Phòng họp xã Ea Kao"]


def test_rooms_to_keep_are_those_near_or_those_that_match_within_reach(centre):
    near, far = a_unit("Tỉnh Gần", parent=centre), a_unit("Tỉnh Xa", parent=centre)
    rooms = [a_room(unit, "Phòng họp") for unit in (centre, near, far)]

    assert [room.id for room in rooms_to_keep("", below=[centre.path])] == [room.id for room in rooms]
    assert [room.id for room in rooms_to_keep("phong hop", below=[near.path])] == [rooms[1].id]
    assert [room.id for room in rooms_to_keep(rooms[2].code.lower(), below=[centre.path])] == [rooms[2].id]
