"""What people keep of a device: its card, its maintenance, its inspections."""

from dataclasses import replace
from datetime import date

import pytest
from builders import Place, a_person
from sqlalchemy import text

from devices.equipment import a_device
from roomctl.database import db, write_transaction
from roomctl.devices import card, card_tables
from roomctl.devices.card import CardFacts
from roomctl.devices.card_tables import Wanted
from roomctl.devices.tables import Device
from roomctl.errors import Conflict, InvalidInput, NotAllowed, NotVisible
from roomctl.organisation.roles import Role

TODAY = date(2027, 3, 1)
FULL = CardFacts(asset_number="TS-1", serial="FTT1", model="SX80", bought_on=date(2024, 2, 1), warranty_until=date(2028, 1, 31),
                 maintained_on=date(2027, 2, 1), maintain_every_months=6, inspected_on=date(2027, 2, 15), inspection="Còn tốt", note="Kệ 2")


@pytest.fixture
def device(place) -> Device:
    return a_device(unit=place.province, room_id=place.room.id)


def facts(device) -> CardFacts:
    db.session.rollback()
    return card.facts_of(card_tables.card_of(device.id))


def entries(kind: str) -> int:
    db.session.rollback()
    return db.session.scalar(text("SELECT count(*) FROM trail_entries WHERE kind = :kind"), {"kind": kind})


def problems(call) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as refused:
        call()
    return [(one.field, one.reason) for one in refused.value.problems]


def test_a_card_is_written_and_the_same_card_again_changes_nothing(place, device):
    for _ in range(2):
        card.change_card(device.id, FULL, by=place.administrator)

    assert (facts(device), entries("inventory_card_changed")) == (FULL, 1)


def test_a_device_without_a_card_has_an_empty_one(device):
    assert facts(device) == CardFacts()


def test_whoever_had_an_older_card_before_them_overwrites_nothing(place, device):
    seen = card.version_of(card_tables.card_of(device.id))
    card.change_card(device.id, FULL, seen=seen, by=place.administrator)

    with pytest.raises(Conflict, match="card_changed_meanwhile"):
        card.change_card(device.id, replace(FULL, note="anders"), seen=seen, by=place.administrator)

    assert facts(device) == FULL


def test_two_changes_at_one_moment_are_two_versions(place, device):
    versions = set()
    for note in ("a", "b", "c"):
        card.change_card(device.id, CardFacts(note=note), by=place.administrator)
        versions.add(card.version_of(card_tables.card_of(device.id)))

    assert len(versions) == 3


@pytest.mark.parametrize(("wrong", "field", "reason"), [
    ({"bought_on": date(2027, 3, 2)}, "bought_on", "day_in_the_future"), ({"inspected_on": date(1960, 1, 1)}, "inspected_on", "day_too_early"),
    ({"warranty_until": date(1960, 1, 1), "bought_on": None}, "warranty_until", "day_too_early"),
    ({"warranty_until": date(2024, 1, 31)}, "warranty_until", "warranty_before_purchase"),
    ({"maintain_every_months": 121}, "maintain_every_months", "number_out_of_range"), ({"serial": "x" * 65}, "serial", "text_too_long"),
    ({"note": "a\u202eb"}, "note", "text_direction")])
def test_what_cannot_be_is_refused_with_its_reason(place, device, wrong, field, reason):
    assert problems(lambda: card.change_card(device.id, replace(FULL, **wrong), by=place.administrator)) == [(field, reason)]
    assert facts(device) == CardFacts()


def test_a_technician_records_maintenance_and_inspection_and_keeps_nothing_else(place, device):
    card.record_maintenance(device.id, date(2027, 2, 20), done="Thay quạt", by=place.technician, key="k1")
    card.record_inspection(device.id, date(2027, 2, 21), result="Đủ", by=place.technician, key="k2")

    found = facts(device)
    assert (found.maintained_on, found.inspected_on, found.inspection) == (date(2027, 2, 20), date(2027, 2, 21), "Đủ")
    with pytest.raises(NotAllowed):
        card.change_card(device.id, FULL, by=place.technician)


def test_a_record_that_is_sent_twice_is_noted_once_and_another_of_the_same_day_too(place, device):
    for key in ("k1", "k1", "k2"):
        card.record_maintenance(device.id, TODAY, done="Lau", by=place.technician, key=key)

    assert entries("device_maintained") == 2


def test_a_record_needs_a_day_that_has_come_what_was_done_and_none_later(place, device):
    card.record_maintenance(device.id, date(2027, 2, 20), done="Lau", by=place.technician)

    assert problems(lambda: card.record_maintenance(device.id, None, done="", by=place.technician)) == [
        ("done", "maintenance_done_missing"), ("maintained_on", "bad_date")]
    assert problems(lambda: card.record_maintenance(device.id, date(2027, 3, 2), done="x", by=place.technician)) == [
        ("maintained_on", "day_in_the_future")]
    assert problems(lambda: card.record_maintenance(device.id, date(2027, 2, 19), done="x", by=place.technician)) == [
        ("maintained_on", "later_one_recorded")]
    assert problems(lambda: card.record_inspection(device.id, TODAY, result=" ", by=place.technician)) == [
        ("inspection", "inspection_result_missing")]


def test_who_may_not_see_a_device_does_not_find_it(place, device):
    for stranger in (place.clerk, a_person(place.other_province, Role.TECHNICIAN), a_person(place.other_province, Role.ADMINISTRATOR)):
        with pytest.raises(NotVisible):
            card.record_maintenance(device.id, TODAY, done="x", by=stranger)
        with pytest.raises(NotVisible):
            card.change_card(device.id, FULL, by=stranger)


# The list


def names(below, **wanted) -> list[str]:
    found = card_tables.listed(Wanted(**wanted), below=below, today=TODAY, limit=50)
    assert card_tables.count_listed(Wanted(**wanted), below=below, today=TODAY) == len(found)
    return [device.name for device, _, _ in found]


@pytest.fixture
def furnished(place):
    return furnish(place)


def furnish(place) -> Place:
    cards = {
        "new": CardFacts(warranty_until=date(2030, 1, 1), maintained_on=date(2027, 2, 1), maintain_every_months=6, inspected_on=date(2027, 1, 1)),
        "old": CardFacts(warranty_until=date(2027, 5, 30), maintained_on=date(2026, 9, 1), maintain_every_months=6, inspected_on=date(2026, 3, 1),
                         responsible_id=place.technician.id),
        "planless": CardFacts(warranty_until=date(2027, 5, 31), inspected_on=date(2026, 3, 2)),
        "unknown": CardFacts(maintain_every_months=12, serial="FTT-1"),
    }
    for name, one in cards.items():
        device = a_device(unit=place.province, name=name, serial="FTT1" if name == "unknown" else "", model="SX80")
        with write_transaction():
            card.change_within(db.session.get(Device, device.id), one, by=place.administrator)
    a_device(unit=place.other_province, name="bare")
    return place


def test_the_list_finds_what_needs_somebody(furnished):
    below = [furnished.centre.path]

    assert names(below, only="warranty") == ["old"]
    assert names(below, only="maintenance") == ["old", "unknown"]
    assert names(below, only="inspection") == ["bare", "old", "unknown"]
    assert names(below, responsible_id=furnished.technician.id) == ["old"]
    assert names(below, unit_path=furnished.other_province.path) == ["bare"]
    assert names([furnished.other_province.path]) == ["bare"]
    assert names(below, words="ftt") == ["unknown"]


def test_a_label_that_says_something_else_is_found_and_a_dash_is_no_difference(furnished):
    below = [furnished.centre.path]
    before = names(below, only="differing")
    device = next(one for one, _, _ in card_tables.listed(Wanted(words="unknown"), below=below, today=TODAY, limit=1))
    with write_transaction() as session:
        session.get(Device, device.id).serial = "FTT2"

    assert (before, names(below, only="differing")) == ([], ["unknown"])


def test_the_list_is_the_same_on_either_engine(app_on, set_clock):
    place = furnish(Place())

    found = [names([place.centre.path], only=only) for only in card_tables.ONLY]

    assert found == [["old"], ["old", "unknown"], ["bare", "old", "unknown"], []]


def test_who_answers_for_devices_is_told(furnished):
    assert card_tables.people_responsible([furnished.centre.path]) == [furnished.technician]
    assert card_tables.people_responsible([furnished.other_province.path]) == []
