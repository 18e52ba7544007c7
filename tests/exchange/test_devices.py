"""Devices and their inventory cards as a table."""

from datetime import date

import pytest
from builders import Place, a_person
from sqlalchemy import text

from exchange.files import bad_cells, workbook
from roomctl.database import db
from roomctl.devices import card, card_tables, inventory
from roomctl.devices.tables import Device, device_at
from roomctl.errors import NotAllowed
from roomctl.exchange import devices, sheets
from roomctl.exchange.outcome import Done
from roomctl.organisation.roles import Role
from roomctl.sessions.device_service import retire_device

HEADING = "Địa chỉ mạng;Cổng"
PASSWORD = "geheim-und-lang"


def furnish(place) -> Device:
    return inventory.add_device(kind="codec", family="cisco_roomos", unit=place.province, room=place.room, name="Codec tỉnh", host="10.1.0.1",
                                port=22, username="roomctl", password=PASSWORD, dial_address="a@b")


@pytest.fixture
def codec(place) -> Device:
    return furnish(place)


@pytest.fixture
def read(place, lines_of):
    """Return the lines of rows below a heading; {centre}, {province} and {room} stand for codes."""
    return lambda *rows, heading="": lines_of(
        "\n".join([f"{HEADING};{heading}".strip(";"), *rows]).format(
            centre=place.centre.code, province=place.province.code, room=place.room.code, person=place.technician.username), devices.COLUMNS)


def counts(outcome) -> list[int]:
    return [outcome.count(done) for done in (Done.ADDED, Done.CHANGED, Done.UNCHANGED)]


def stored() -> list[tuple]:
    db.session.rollback()
    return [tuple(row) for table in ("devices", "inventory_cards", "device_credentials")
            for row in db.session.execute(text(f"SELECT * FROM {table} ORDER BY 1"))]  # noqa: S608


def test_a_card_is_written_with_all_that_is_told_of_it(place, codec, read):
    heading = ("Tên thiết bị;Số tài sản;Số máy trên nhãn;Kiểu máy trên nhãn;Ngày mua;Bảo hành đến;Bảo dưỡng gần nhất;Bảo dưỡng mỗi (tháng);"
               "Kiểm kê gần nhất;Kết quả kiểm kê;Người phụ trách;Ghi chú")
    row = "10.1.0.1;22;Codec mới;TS-1;FTT1;SX80;01/02/2024;2028-01-31;1/2/2027;6;15.02.2027;Còn tốt;{person};Kệ 2"
    outcome = devices.bring_in(read(row, heading=heading), by=place.administrator)

    found = card.facts_of(card_tables.card_of(codec.id))
    assert (counts(outcome), db.session.get(Device, codec.id).name) == ([0, 1, 0], "Codec mới")
    assert found == card.CardFacts(
        asset_number="TS-1", serial="FTT1", model="SX80", bought_on=date(2024, 2, 1), warranty_until=date(2028, 1, 31),
        maintained_on=date(2027, 2, 1), maintain_every_months=6, inspected_on=date(2027, 2, 15), inspection="Còn tốt",
        responsible_id=place.technician.id, note="Kệ 2")


def test_equipment_is_added_and_known_the_second_time(place, read):
    line = read("10.1.0.9;161;UPS;snmp;{room};TS-9", heading="Tên thiết bị;Dòng thiết bị;Mã phòng;Số tài sản")

    first, second = (devices.bring_in(line, by=place.administrator) for _ in range(2))

    added = device_at("10.1.0.9", 161)
    assert (counts(first), counts(second)) == ([1, 0, 0], [0, 0, 1])
    assert (added.kind, added.room_id, added.unit_id) == ("equipment", place.room.id, place.province.id)
    assert card_tables.card_of(added.id).asset_number == "TS-9"


def test_an_empty_cell_takes_a_text_and_a_day_away_and_leaves_a_number(place, codec, read):
    devices.bring_in(read("10.1.0.1;22;TS-1;01/02/2024;6", heading="Số tài sản;Ngày mua;Bảo dưỡng mỗi (tháng)"), by=place.administrator)

    devices.bring_in(read("10.1.0.1;22;;;", heading="Số tài sản;Ngày mua;Bảo dưỡng mỗi (tháng)"), by=place.administrator)

    found = card.facts_of(card_tables.card_of(codec.id))
    assert (found.asset_number, found.bought_on, found.maintain_every_months) == ("", None, 6)


def test_every_bad_line_is_named_and_none_is_carried_out(place, codec, read):
    before = stored()
    heading = ("Tên thiết bị;Dòng thiết bị;Mã phòng;Mã đơn vị;Số máy trên nhãn;Ngày mua;Bảo hành đến;Bảo dưỡng gần nhất;"
               "Bảo dưỡng mỗi (tháng);Người phụ trách")

    bad = bad_cells(lambda: devices.bring_in(read(
        "10.1.0.1;22;Tốt", "10.1.0.1;22;Lại", "10.1.0.2;x;A;snmp;{room}", "10.1.0.3;22;A;cisco_roomos;{room}", "10.1.0.4;161;;snmp;{room}",
        "a b;161;A;snmp;{room}", "10.1.0.5;161;A;snmp", "10.1.0.6;161;A;snmp;KHONG", "10.1.0.7;161;A;snmp;;KHONG",
        "10.1.0.8;161;A;snmp;{room};{centre}", "10.1.0.9;161;A;snmp;{room};;;31/02/2024", "10.1.0.10;161;A;snmp;{room};;;01/02/2024;01/02/2023",
        "10.1.0.11;161;A;snmp;{room};;;;;01/01/2030", "10.1.0.12;161;A;snmp;{room};;;;;;121", "10.1.0.13;161;A;snmp;{room};;;;;;;khong-ai",
        "10.1.0.14;161;A;snmp;{room};;a\u202eb", heading=heading), by=place.administrator))

    assert bad == [(3, "host", "line_twice"), (4, "port", "bad_number"), (5, "host", "device_not_known"), (6, "name", "name_missing"),
                   (7, "host", "bad_host"), (8, "room", "place_missing"), (9, "room", "unknown_room_code"), (10, "unit", "unknown_unit_code"),
                   (11, "unit", "room_of_other_unit"), (12, "bought_on", "bad_date"), (13, "warranty_until", "warranty_before_purchase"),
                   (14, "maintained_on", "day_in_the_future"), (15, "maintain_every_months", "number_out_of_range"),
                   (16, "responsible", "unknown_username"), (17, "serial", "text_direction")]
    assert stored() == before


def test_a_file_moves_no_device_and_makes_it_no_other(place, codec, read):
    bad = bad_cells(lambda: devices.bring_in(read("10.1.0.1;22;poly;KHAC;{centre}", heading="Dòng thiết bị;Mã phòng;Mã đơn vị"),
                                             by=place.administrator))

    assert bad == [(2, "family", "device_stays"), (2, "room", "device_stays"), (2, "unit", "device_stays")]


def test_a_retired_device_of_the_same_kind_comes_back_and_another_kind_is_refused(place, codec, read):
    ups = inventory.add_device(kind="equipment", family="snmp", unit=place.province, room=None, name="UPS", host="10.1.0.9", port=161,
                               username="", password="")
    for device in (codec, ups):
        retire_device(device.id, reason="hỏng", by=place.administrator)
    heading = "Tên thiết bị;Dòng thiết bị;Mã phòng"

    bad = bad_cells(lambda: devices.preview(read("10.1.0.1;22;A;snmp;{room}", heading=heading), by=place.administrator))
    devices.bring_in(read("10.1.0.9;161;UPS mới;snmp;{room}", heading=heading), by=place.administrator)

    back = device_at("10.1.0.9", 161)
    assert bad == [(2, "host", "address_of_retired")]
    assert (back.id, back.name, back.retired_at, back.room_id) == (ups.id, "UPS mới", None, place.room.id)


@pytest.mark.parametrize("english", [False, True])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_was_taken_out_comes_in_and_changes_nothing(place, codec, form, english):
    card.change_card(codec.id, card.CardFacts(asset_number="=SUM(A1)", serial="'=1", bought_on=date(2024, 2, 1), maintain_every_months=6,
                                              responsible_id=place.technician.id, note='"; +84'), by=place.administrator)
    before = stored()

    content = devices.taken_out(by=place.administrator, form=form, english=english)
    outcome = devices.bring_in(sheets.read(content, devices.COLUMNS), by=place.administrator)

    assert (counts(outcome), stored()) == ([0, 0, 1], before)


def test_a_file_that_is_taken_out_holds_no_password_and_nothing_a_spreadsheet_evaluates(place, codec):
    card.change_card(codec.id, card.CardFacts(asset_number="=1+1", note="@x"), by=place.administrator)

    content = devices.taken_out(by=place.administrator, form="csv").decode("utf-8-sig")

    cells = [cell for line in content.splitlines() for cell in line.split(";")]
    assert PASSWORD not in content and not [cell for cell in cells if cell[:1] in "=+-@" and cell]
    assert not [column for column in devices.COLUMNS if "assw" in column.en or "khẩu" in column.vi]


def test_what_a_device_says_of_itself_is_told_and_never_taken_in(place, codec, read):
    with db.session.begin_nested():
        db.session.get(Device, codec.id).serial = "FTT-THAT"
    db.session.commit()

    content = devices.taken_out(by=place.administrator, form="csv").decode("utf-8-sig")
    devices.bring_in(read("10.1.0.1;22;KHAC", heading="Thiết bị báo: số máy (chỉ xem)"), by=place.administrator)

    db.session.expire_all()
    assert ("FTT-THAT" in content, db.session.get(Device, codec.id).serial) == (True, "FTT-THAT")


def test_an_administrator_changes_devices_at_and_below_their_own_units_only(place, codec, read):
    bad = bad_cells(lambda: devices.bring_in(read("10.1.0.1;22;x", "10.1.0.9;161;UPS", heading="Số tài sản"),
                                             by=a_person(place.other_province, Role.ADMINISTRATOR)))

    assert bad == [(2, "host", "unit_out_of_reach"), (3, "host", "device_not_known")]
    assert len(devices.taken_out(by=a_person(place.other_province, Role.ADMINISTRATOR), form="csv").splitlines()) == 1


@pytest.mark.parametrize("who", ["clerk", "officer", "technician"])
def test_nobody_else_brings_devices_in_or_takes_them_out(place, codec, read, who):
    for ask in (lambda by: devices.bring_in(read("10.1.0.1;22"), by=by), lambda by: devices.preview(read("10.1.0.1;22"), by=by),
                lambda by: devices.taken_out(by=by, form="csv")):
        with pytest.raises(NotAllowed):
            ask(getattr(place, who))


def test_nfd_is_kept_as_nfc_and_a_workbook_made_by_hand_is_brought_in(place, codec):
    content = workbook(["Địa chỉ mạng", "Cổng", "Ghi chú", "Ngày mua"], ["10.1.0.1", 22, "Kho\u0302ng ro\u0303", date(2024, 2, 1)])

    devices.bring_in(sheets.read(content, devices.COLUMNS), by=place.administrator)

    found = card.facts_of(card_tables.card_of(codec.id))
    assert (found.note, found.bought_on) == ("Không rõ", date(2024, 2, 1))


def test_devices_come_in_on_either_engine(app_on, set_clock, lines_of):
    place = Place()
    codec = furnish(place)
    lines = lines_of(f"host;port;name;family;unit;asset_number\n10.1.0.1;22;;;;TS-1\n10.1.0.9;161;UPS;snmp;{place.province.code};TS-2".replace(
        ";22;;", f";22;{codec.name};"), devices.COLUMNS)

    assert [counts(devices.bring_in(lines, by=place.administrator)) for _ in range(2)] == [[1, 1, 0], [0, 0, 2]]
