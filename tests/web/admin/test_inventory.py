"""The inventory as administrators and technicians see it."""

from datetime import date

import pytest
from builders import a_person

from roomctl.database import db, write_transaction
from roomctl.devices import card, card_tables, inventory
from roomctl.devices.card import CardFacts
from roomctl.devices.tables import Device
from roomctl.organisation.roles import Role
from web.browser import Page

INVENTORY = "/admin/inventory"


@pytest.fixture
def device(place) -> Device:
    return inventory.add_device(kind="codec", family="cisco_roomos", unit=place.province, room=place.room, name="Codec tỉnh", host="10.1.0.1",
                                port=22, username="roomctl", password="geheim", dial_address="a@b")


@pytest.fixture
def administrator(place, signed_in):
    return signed_in(place.administrator)


@pytest.fixture
def technician(place, signed_in):
    return signed_in(place.technician)


def at(device, rest: str = "") -> str:
    return f"{INVENTORY}/{device.id}{rest}"


def facts(device) -> CardFacts:
    db.session.rollback()
    return card.facts_of(card_tables.card_of(device.id))


def a_card(place, page: Page, **typed) -> dict:
    return {"asset_number": "TS-1", "serial": "FTT1", "model": "SX80", "bought_on": "01/02/2024", "warranty_until": "31/01/2028",
            "maintained_on": "01/02/2027", "maintain_every_months": "6", "inspected_on": "15/02/2027", "inspection": "Còn tốt",
            "responsible": place.technician.username, "note": "Kệ 2", "seen": page.value("seen"), **typed}


def test_a_card_is_written_and_shown_and_found_in_the_list(place, administrator, device):
    answer = administrator.send(at(device), a_card(place, administrator.page(at(device))), page=at(device), follow_redirects=True)

    page = Page(answer.text)
    assert facts(device).responsible_id == place.technician.id and facts(device).bought_on == date(2024, 2, 1)
    assert all(words in page.text for words in ("Đã lưu.", "TS-1", "31/01/2028", "01/08/2027", "15/02/2028", "mỗi 6 tháng"))
    assert at(device) in administrator.page(f"{INVENTORY}?words=ts-1").links
    assert at(device) not in administrator.page(f"{INVENTORY}?words=khong-co").links


@pytest.mark.parametrize(("typed", "field", "reason", "told"), [
    ({"bought_on": "31/02/2024"}, "bought_on", "bad_date", {}), ({"inspected_on": "02/03/2027"}, "inspected_on", "day_in_the_future", {}),
    ({"warranty_until": "31/01/2024"}, "warranty_until", "warranty_before_purchase", {}),
    ({"maintain_every_months": "x"}, "maintain_every_months", "bad_number", {}), ({"responsible": "khong-ai"}, "responsible", "unknown_username", {}),
    ({"bought_on": "01/02/1960", "warranty_until": ""}, "bought_on", "day_too_early", {"year": 1970})])
def test_a_bad_card_gets_its_sentence_beside_the_field_and_keeps_what_was_typed(
        place, administrator, device, sentence, typed, field, reason, told):
    data = a_card(place, administrator.page(at(device)), **typed)

    answer = administrator.send(at(device), data, page=at(device))

    page = Page(answer.text)
    assert (answer.status_code, facts(device)) == (422, CardFacts())
    assert sentence(reason, **told) in page.text
    assert any(one.get("name") == field and one.get("aria-invalid") == "true" for _, one in page.elements)
    shown = [one.get("value", "") for one in page.named("input", name="inspection")]
    assert [page.value(name) for name in data if name != "inspection"] == [value for name, value in data.items() if name != "inspection"]
    assert data["inspection"] in shown


def test_two_who_change_one_card_do_not_overwrite_each_other(place, administrator, device, sentence):
    first, second = (a_card(place, administrator.page(at(device)), note=note) for note in ("eins", "zwei"))
    administrator.send(at(device), first, page=at(device))

    answer = administrator.send(at(device), second, page=at(device))

    assert (answer.status_code, sentence("card_changed_meanwhile") in Page(answer.text).text, facts(device).note) == (409, True, "eins")


def test_a_technician_sees_the_card_and_records_what_was_done(technician, device):
    page = technician.page(at(device))
    for path, data in (("/maintenance", {"on": "20/02/2027", "done": "Thay quạt", "key": "k1"}),
                       ("/inspection", {"on": "21/02/2027", "inspection": "Đủ", "key": "k2"})):
        assert technician.send(at(device, path), data, page=at(device)).status_code == 303

    assert at(device) not in page.actions and {at(device, "/maintenance"), at(device, "/inspection")} <= page.actions
    assert (facts(device).maintained_on, facts(device).inspected_on, facts(device).inspection) == (date(2027, 2, 20), date(2027, 2, 21), "Đủ")
    assert technician.send(at(device), {"note": "x"}, page=at(device)).status_code == 403


@pytest.mark.parametrize(("path", "data", "reason"), [
    ("/maintenance", {"on": "x", "done": "a"}, "bad_date"), ("/maintenance", {"on": "02/03/2027", "done": "a"}, "day_in_the_future"),
    ("/maintenance", {"on": "01/03/2027", "done": ""}, "maintenance_done_missing"),
    ("/inspection", {"on": "01/03/2027", "inspection": ""}, "inspection_result_missing")])
def test_a_bad_record_gets_its_sentence(technician, device, sentence, path, data, reason):
    answer = technician.send(at(device, path), data, page=at(device))

    assert (answer.status_code, sentence(reason) in Page(answer.text).text) == (422, True)


def test_a_label_that_says_something_else_than_the_device_is_pointed_out(place, technician, device):
    with write_transaction() as session:
        row = session.get(Device, device.id)
        row.serial, row.model = "FTT2", "SX80"
        card.change_within(row, CardFacts(serial="FTT1", model="sx-80"), by=place.administrator)

    page, listed = technician.page(at(device)), technician.page(f"{INVENTORY}?only=differing")

    assert "Số máy trên nhãn là FTT1 nhưng thiết bị báo FTT2" in page.text and "Kiểu máy trên nhãn là" not in page.text
    assert "nhãn khác với thiết bị báo" in listed.text


def test_what_nobody_wrote_down_is_unknown_and_never_in_time(technician, device):
    listed = technician.page(INVENTORY)

    row = next(row for row in listed.rows if "Codec tỉnh" in row)
    assert (row.count("không rõ"), "không có kế hoạch" in row) == (2, True)


@pytest.mark.parametrize(("until", "words"), [(date(2027, 2, 28), "đã hết, 28/02/2027"), (date(2027, 3, 1), "sắp hết, 01/03/2027"),
                                              (date(2030, 1, 1), "01/01/2030")])
def test_a_warranty_that_ends_soon_is_not_said_to_be_over(place, technician, device, until, words):
    card.change_card(device.id, CardFacts(warranty_until=until), by=place.administrator)

    for path in (INVENTORY, at(device)):
        assert words in technician.page(path).text


def test_the_list_is_filtered_paged_and_printed_whole(place, technician):
    for number in range(53):
        row = inventory.add_device(kind="equipment", family="snmp", unit=place.province, room=None, name=f"UPS {number:02}",
                                   host="10.2.0.1", port=1000 + number, username="", password="")
        if number < 2:
            with write_transaction() as session:
                card.change_within(session.get(Device, row.id), CardFacts(responsible_id=place.technician.id, warranty_until=date(2027, 4, 1)),
                                   by=place.administrator)

    first, second, printed = (technician.page(f"{INVENTORY}{query}") for query in ("", "?page=2", "?print=1"))
    mine = technician.page(f"{INVENTORY}?responsible={place.technician.id}&only=warranty")

    assert [sum("UPS" in row for row in page.rows) for page in (first, second, printed, mine)] == [50, 3, 53, 2]
    assert "Trang 1/2, 53 thiết bị" in first.text and "03/2027" in printed.text and "Trang" not in " ".join(printed.rows)
    assert "UPS" not in " ".join(technician.page(f"{INVENTORY}?unit={place.other_province.code}").rows)


def test_another_units_technician_finds_nothing(place, signed_in, device):
    client = signed_in(a_person(place.other_province, Role.TECHNICIAN))

    statuses = [client.get(at(device)).status_code, *(
        client.send(at(device, path), {"on": "01/03/2027", "done": "x", "inspection": "x"}, page=INVENTORY).status_code
        for path in ("/maintenance", "/inspection"))]

    assert (statuses, at(device) in client.page(INVENTORY).links) == ([404, 404, 404], False)


@pytest.mark.parametrize("query", ["?words=%00", "?unit=%00", "?page=99999999999", "?responsible=x", "?only=x", "?unit=KHONG"])
def test_nonsense_in_the_address_is_no_error(technician, device, query):
    assert technician.get(f"{INVENTORY}{query}").status_code == 200
