"""Finding rooms by words, seats, equipment and unit."""

import unicodedata

import pytest
from builders import a_room, a_unit

from roomctl.rooms.tables import ids_found, rooms_by_id

NAMES = ("Đắk Lắk", "Đăk Song", "Dak To", "Đường số 5", "Dương Nội")


@pytest.fixture
def unit(app):
    unit = a_unit("Cơ quan")
    for name in reversed(NAMES):
        a_room(unit, name)
    return unit


def names(**wanted) -> list[str]:
    found = ids_found(**wanted)
    rooms = rooms_by_id(found)
    return [rooms[room_id].name for room_id in found]


def test_u22_words_without_accents_find_the_accented_name(unit):
    assert names(words="dak lak") == ["Đắk Lắk"]


def test_u22_capitals_without_accents_find_all_three_spellings(unit):
    assert set(names(words="DAK")) == {"Đắk Lắk", "Đăk Song", "Dak To"}


def test_u22_what_was_typed_with_accents_comes_first(unit):
    found = names(words="đắk")

    assert found.index("Đắk Lắk") < found.index("Dak To")


def test_u22_no_other_letters_stand_above_the_letters_that_were_typed(unit):
    found = names(words="đường")

    assert found.index("Đường số 5") < found.index("Dương Nội")


def test_letters_typed_in_parts_are_the_same_letters(unit):
    assert names(words=unicodedata.normalize("NFD", "đắk"))[0] == "Đắk Lắk"


def test_without_words_rooms_stand_in_vietnamese_order(unit):
    assert names() == ["Dak To", "Dương Nội", "Đắk Lắk", "Đăk Song", "Đường số 5"]


def test_seats_and_equipment_are_the_least_that_a_room_has(unit):
    a_room(unit, "Lớn", seats=200, equipment=("projector", "hearing_loop"))
    a_room(unit, "Vừa", seats=100, equipment=("projector",))

    assert names(seats=100) == ["Lớn", "Vừa"]
    assert names(equipment=["projector", "hearing_loop"]) == ["Lớn"]
    assert names(seats=101, equipment=["projector"]) == ["Lớn"]


def test_a_unit_brings_all_below_it_and_nothing_beside_it(unit):
    province = a_unit("Cà Mau", parent=unit)
    commune = a_unit("Xã Đất Mũi", parent=province)
    a_room(province, "Phòng tỉnh")
    a_room(commune, "Phòng xã")

    assert names(unit_path=province.path) == ["Phòng tỉnh", "Phòng xã"]


def test_what_means_something_to_the_database_is_only_text(unit):
    assert names(words="%") == names(words="_") == []
