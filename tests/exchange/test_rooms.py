"""Rooms as a table."""

import pytest
from builders import Place, a_person, a_room, a_unit
from sqlalchemy import text

from exchange.files import bad_cells, workbook
from roomctl.booking.reorganise import retire_room
from roomctl.database import db
from roomctl.errors import NotAllowed
from roomctl.exchange import rooms, sheets
from roomctl.exchange.outcome import Done
from roomctl.organisation.roles import Role
from roomctl.rooms.tables import room_by_code

HEADING = "Mã phòng;Tên phòng;Mã đơn vị"


@pytest.fixture
def read(place, lines_of):
    """Return the lines of rows below the usual heading; {centre} and {province} stand for codes."""
    return lambda *rows, heading=HEADING: lines_of(
        "\n".join([heading, *rows]).format(centre=place.centre.code, province=place.province.code), rooms.COLUMNS)


def counts(outcome) -> list[int]:
    return [outcome.count(done) for done in (Done.ADDED, Done.CHANGED, Done.UNCHANGED)]


def stored() -> list[tuple]:
    db.session.rollback()
    return [tuple(row) for row in db.session.execute(text("SELECT * FROM rooms ORDER BY id"))]


def test_rooms_are_added_with_all_that_is_told_of_them(place, read):
    heading = (f"{HEADING};Số chỗ;Chuẩn bị (phút);Dọn phòng (phút);Tự duyệt cho;Mở cửa;Đóng cửa;Ngày mở;Đặt trước tối đa (ngày);Trang bị;"
               "Điện thoại hỗ trợ")
    rooms.bring_in(read('N1;Phòng mới;{centre};35;15;10;Cấp trên;7h30;17:00;"T2; T4";90;"Máy chiếu; ghi âm, ghi hình";0912', heading=heading),
                   by=place.administrator)

    room = room_by_code("N1")
    assert (room.name, room.unit_id, room.seats, room.setup_s, room.teardown_s, room.open_to) == ("Phòng mới", place.centre.id, 35, 900, 600, "above")
    assert (room.opens_min, room.closes_min, room.open_days, room.ahead_days, room.equipment) == (450, 1020, "13", 90, "projector recording")
    assert room.support_phone == "0912"


def test_a_room_is_known_by_its_code_and_what_changed_is_changed(place, read):
    line = f"{place.hall.code};Hội trường A;{{centre}}"

    first, second = (rooms.bring_in(read(line, "N1;Mới;{centre}"), by=place.administrator) for _ in range(2))

    assert (counts(first), counts(second)) == ([1, 1, 0], [0, 0, 2])
    assert room_by_code(place.hall.code).name == "Hội trường A"


def test_what_the_file_has_no_column_for_stays_as_it_is(place, read):
    room = a_room(place.centre, "Phòng 1", seats=80, support_phone="0912", equipment=("projector",))

    rooms.bring_in(read(f"{room.code};Phòng 2;{{centre}}"), by=place.administrator)

    found = room_by_code(room.code)
    assert (found.name, found.seats, found.support_phone, found.equipment) == ("Phòng 2", 80, "0912", "projector")


def test_an_empty_cell_leaves_a_number_and_takes_a_text_away(place, read):
    room = a_room(place.centre, "Phòng 1", seats=80, support_phone="0912")

    rooms.bring_in(read(f"{room.code};Phòng 1;{{centre}};;", heading=f"{HEADING};Số chỗ;Điện thoại hỗ trợ"), by=place.administrator)

    assert (room_by_code(room.code).seats, room_by_code(room.code).support_phone) == (80, "")


def test_a_preview_changes_nothing(place, read):
    before = stored()

    outcome = rooms.preview(read("N1;Mới;{centre}", f"{place.hall.code};Khác;{{centre}}"), by=place.administrator)

    assert (counts(outcome), stored()) == ([1, 1, 0], before)
    assert outcome.lines == [(2, Done.ADDED, "N1"), (3, Done.CHANGED, place.hall.code)]


def test_every_bad_line_is_named_and_none_is_carried_out(place, read):
    before = stored()
    heading = f"{HEADING};Số chỗ;Mở cửa;Tự duyệt cho;Trang bị;Ngày mở"

    bad = bad_cells(lambda: rooms.bring_in(read(
        "G1;Tốt;{centre};20", "x y;Mã;{centre};20", "B2;;{centre};nhiều", "B3;Đơn vị;NOWHERE;20", "B4;Giờ;{centre};20;25:00",
        "B5;Ai;{centre};20;;ai cũng được", "B6;Đồ;{centre};20;;;Máy bay", "B7;Ngày;{centre};20;;;;T9", "G1;Lại;{centre};20", "B8;Chỗ;{centre};9999",
        "", '"B9";"a\u202eb";{centre}', heading=heading), by=place.administrator))

    assert bad == [(3, "code", "bad_code"), (4, "seats", "bad_number"), (4, "name", "name_missing"), (5, "unit", "unknown_unit_code"),
                   (6, "opens", "bad_opening_hour"), (7, "open_to", "not_one_of"), (8, "equipment", "not_one_of"), (9, "open_days", "not_one_of"),
                   (10, "code", "line_twice"), (11, "seats", "number_out_of_range"), (13, "name", "text_direction")]
    assert stored() == before


@pytest.mark.parametrize("name", ["a\r\nb", "a\nb", "a\x07b"])
def test_a_name_of_two_lines_is_refused(place, name):
    lines = sheets.read(f'code;name;unit\nN1;"{name}";{place.centre.code}'.encode(), rooms.COLUMNS)

    assert bad_cells(lambda: rooms.bring_in(lines, by=place.administrator)) == [(2, "name", "text_control")]


def test_nfd_is_kept_as_nfc(place, read):
    rooms.bring_in(read("N1;Ho\u0323\u0302i tru\u031bo\u031b\u0300ng;{centre}"), by=place.administrator)

    assert room_by_code("N1").name == "Hội trường"


def test_a_formula_in_a_workbook_becomes_text(place):
    content = sheets.written(rooms.COLUMNS[:3], [["N1", "=1+1", place.centre.code]], form="xlsx")

    rooms.bring_in(sheets.read(content, rooms.COLUMNS), by=place.administrator)

    assert room_by_code("N1").name == "=1+1"


def test_a_room_stays_with_its_unit_and_a_retired_one_stays_retired(place, read):
    retired = a_room(place.centre)
    retire_room(retired.id, by=place.administrator)

    bad = bad_cells(lambda: rooms.bring_in(read(f"{place.hall.code};x;{{province}}", f"{retired.code};x;{{centre}}"), by=place.administrator))

    assert bad == [(2, "unit", "room_of_other_unit"), (3, "code", "room_retired")]


def test_an_administrator_brings_in_rooms_at_and_below_their_own_units_only(place, read):
    below = a_unit(parent=place.province)
    administrator = a_person(place.province, Role.ADMINISTRATOR)

    rooms.bring_in(read(f"N1;Xã;{below.code}", "N2;Tỉnh;{province}"), by=administrator)
    bad = bad_cells(lambda: rooms.bring_in(read("N3;Khác;{centre}", f"N4;Tỉnh bạn;{place.other_province.code}"), by=administrator))

    assert bad == [(2, "unit", "unit_out_of_reach"), (3, "unit", "unit_out_of_reach")]


@pytest.mark.parametrize("who", ["clerk", "officer", "technician"])
def test_nobody_else_brings_rooms_in_or_takes_them_out(place, read, who):
    with pytest.raises(NotAllowed):
        rooms.bring_in(read("N1;Mới;{centre}"), by=getattr(place, who))
    with pytest.raises(NotAllowed):
        rooms.taken_out(by=getattr(place, who), form="csv")


@pytest.mark.parametrize("english", [False, True])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_was_taken_out_comes_in_and_changes_nothing(place, form, english):
    a_room(place.centre, "=SUM(A1)", support_phone="+84 912", equipment=("recording", "wheelchair"), open_days="257", opens_min=450, closes_min=1050)
    a_room(place.province, "'=Phòng; “lạ” , \"nữa\"", open_to="nobody", seats=0, ahead_days=30)
    before = stored()

    content = rooms.taken_out(by=place.administrator, form=form, english=english)
    outcome = rooms.bring_in(sheets.read(content, rooms.COLUMNS), by=place.administrator)

    assert (counts(outcome), stored()) == ([0, 0, 5], before)


def test_what_is_taken_out_is_what_the_administrator_keeps(place):
    content = rooms.taken_out(by=a_person(place.province, Role.ADMINISTRATOR), form="csv").decode("utf-8-sig")

    assert [line.split(";")[0] for line in content.splitlines()] == ["Mã phòng", place.room.code]


def test_a_workbook_made_by_hand_is_brought_in(place):
    content = workbook(["Mã phòng", "Tên phòng", "Mã đơn vị", "Số chỗ"], ["N1", "Phòng", place.centre.code, 25])

    rooms.bring_in(sheets.read(content, rooms.COLUMNS), by=place.administrator)

    assert room_by_code("N1").seats == 25


def test_the_trail_names_every_room_that_was_added_or_changed(place, read):
    rooms.bring_in(read("N1;Mới;{centre}", f"{place.hall.code};Khác;{{centre}}"), by=place.administrator)

    kinds = db.session.execute(text("SELECT kind, actor FROM trail_entries ORDER BY seq DESC LIMIT 2")).all()
    assert sorted(map(tuple, kinds)) == [("room_added", place.administrator.id), ("room_changed", place.administrator.id)]


def test_rooms_come_in_on_either_engine(app_on, set_clock, lines_of):
    place = Place()
    lines = lines_of(f"{HEADING}\nN1;Mới;{place.centre.code}\n{place.hall.code};Khác;{place.centre.code}", rooms.COLUMNS)

    assert [counts(rooms.bring_in(lines, by=place.administrator)) for _ in range(2)] == [[1, 1, 0], [0, 0, 2]]
