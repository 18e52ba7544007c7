"""Devices leave, move and are exchanged while nobody's session is on them, and what was approved for one is good for no other."""

from dataclasses import replace
from datetime import date

import pytest
from builders import Place, a_person, fresh
from sqlalchemy import text

from roomctl.booking import decide
from roomctl.database import db, write_transaction
from roomctl.devices import card, card_tables, credentials, enrol, inventory, upstream
from roomctl.devices.card import CardFacts
from roomctl.devices.enrol import NewDevice
from roomctl.devices.tables import Device
from roomctl.errors import Conflict, InvalidInput, NotAllowed, NotVisible, Refused
from roomctl.organisation.roles import Role
from roomctl.sessions.device_service import change_address, retire_device, swap_device
from roomctl.sessions.tables import ConferenceSession, DeviceLease

KEY, OTHER_KEY = "SHA256:eins", "SHA256:zwei"


def codec(place, **facts) -> Device:
    wanted = {"kind": "codec", "family": "cisco_roomos", "unit": place.province, "room": place.room, "name": "Codec tỉnh", "host": "10.1.0.1",
              "port": 22, "username": "roomctl", "password": "geheim", "dial_address": "a@b", **facts}
    row = inventory.add_device(**wanted)
    if wanted["kind"] != "equipment":
        inventory.note_host_key(row.id, fingerprint=KEY, algorithm="ssh-ed25519")
        inventory.pin_host_key(row.id, KEY, by=None)
    return row


@pytest.fixture
def device(place) -> Device:
    return codec(place)


def book(place) -> None:
    place.book()
    for approver in (place.province_approver,):
        for reservation in decide.queue_of(approver):
            decide.grant_reservation(reservation.id, by=approver)


def lease(place, device: Device) -> None:
    """Let a session use a device."""
    place.book()
    with write_transaction() as session:
        running = ConferenceSession(occurrence_id=1, number=1, profile_id=place.profile.id, host_room_id=place.hall.id, bridge_id=device.id,
                                    bridge_address="7001@x", state="live", started_at=device.created_at)
        session.add(running)
        session.flush()
        session.add(DeviceLease(device_id=device.id, session_id=running.id))


def kinds() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(text("SELECT kind FROM trail_entries ORDER BY seq")))


# Out of service


def test_a_device_is_retired_once_and_its_row_stays(place, device):
    for _ in range(2):
        retire_device(device.id, reason="Hỏng nguồn", by=place.administrator)

    assert (fresh(device).retired_at, kinds().count("device_retired")) == (place.room.created_at, 1)


def test_a_device_that_a_session_uses_stays_moves_nowhere_and_is_not_exchanged(place, device):
    lease(place, device)

    for ask in (lambda: retire_device(device.id, reason="x", confirmed=True, by=place.administrator),
                lambda: change_address(device.id, host="10.1.0.2", port=22, by=place.administrator),
                lambda: swap_device(device.id, serial="FTT2", asset_number="", reason="x", by=place.administrator)):
        with pytest.raises(Conflict, match="device_in_session"):
            ask()

    assert (fresh(device).retired_at, device.host, device.pinned_fingerprint) == (None, "10.1.0.1", KEY)


def test_conferences_that_count_on_a_codec_are_named_before_it_goes(place, device):
    book(place)

    with pytest.raises(Refused, match="device_counted_on") as refused:
        retire_device(device.id, reason="x", by=place.administrator)
    before = fresh(device).retired_at
    retire_device(device.id, reason="x", confirmed=True, by=place.administrator)

    assert (refused.value.facts, before, fresh(device).retired_at is None) == ({"count": 1}, None, False)


def test_a_spare_codec_and_a_codec_of_no_room_go_without_a_question(place):
    book(place)
    loose, spare = codec(place, room=None, host="10.1.0.3"), codec(place, host="10.1.0.4")
    with write_transaction() as session:
        session.get(Device, spare.id).spare = True

    for one in (loose, spare):
        retire_device(one.id, reason="x", by=place.administrator)

    assert [fresh(one).retired_at is None for one in (loose, spare)] == [False, False]


def test_the_last_bridge_is_counted_on_and_one_of_two_is_not(place):
    bridges = [codec(place, kind="bridge", family="simulated_bridge", unit=place.centre, room=None, host=f"10.1.0.{number}", pool=["7@x"], ports=4)
               for number in (5, 6)]
    book(place)

    retire_device(bridges[0].id, reason="x", by=place.administrator)
    with pytest.raises(Refused, match="device_counted_on"):
        retire_device(bridges[1].id, reason="x", by=place.administrator)


def test_a_reason_is_needed(place, device):
    with pytest.raises(InvalidInput):
        retire_device(device.id, reason=" ", by=place.administrator)


def test_what_stood_behind_a_retired_device_stands_behind_nobody(place, device):
    switch = codec(place, kind="equipment", family="snmp", name="switch", host="10.1.0.9", port=161, password="")
    upstream.stand_behind(device.id, switch.id, by=place.administrator)

    retire_device(switch.id, reason="x", by=place.administrator)

    assert card_tables.upstream_of(device.id) is None


@pytest.mark.parametrize("who", ["technician", "clerk", "officer"])
def test_nobody_but_its_administrator_touches_a_device(place, device, who):
    for by in (getattr(place, who), a_person(place.other_province, Role.ADMINISTRATOR)):
        for ask in (lambda by: retire_device(device.id, reason="x", by=by), lambda by: change_address(device.id, host="h", port=22, by=by),
                    lambda by: swap_device(device.id, serial="x", asset_number="", reason="x", by=by),
                    lambda by: upstream.stand_behind(device.id, None, by=by)):
            with pytest.raises(NotAllowed):
                ask(by)


def test_a_device_that_is_not_there_is_not_found(place):
    for ask in (lambda: retire_device(99, reason="x", by=place.administrator), lambda: change_address(99, host="h", port=1, by=place.administrator),
                lambda: swap_device(99, serial="x", asset_number="", reason="x", by=place.administrator)):
        with pytest.raises(NotVisible):
            ask()


# Back in use


def again(place, **facts) -> NewDevice:
    return replace(NewDevice(family="cisco_roomos", name="Codec mới", host="10.1.0.1", port=22, username="neu", password="neues",
                             room_code=place.room.code, dial_address="neu@b"), **facts)


def test_a_device_at_a_retired_ones_address_takes_its_row_and_nothing_that_was_approved(place, device):
    with write_transaction() as session:
        row = session.get(Device, device.id)
        row.serial, row.status, row.ssh_legacy, row.ssh_legacy_reason = "FTT1", "ok", "hostkey", "cũ"
    retire_device(device.id, reason="hỏng", by=place.administrator)

    back = enrol.enrol_device(again(place, family="poly", room_code=place.hall.code), by=place.administrator, key="k")

    assert (back.id, back.retired_at, back.family, back.room_id, back.unit_id) == (device.id, None, "poly", place.hall.id, place.centre.id)
    assert (back.pinned_fingerprint, back.serial, back.status, back.ssh_legacy, back.username) == (None, "", "unknown", "none", "neu")
    assert credentials.password_of(back.id) == "neues"
    assert kinds().count("device_back_in_use") == 1


def test_the_key_that_was_approved_before_waits_for_a_person_again(place, device):
    retire_device(device.id, reason="hỏng", by=place.administrator)
    enrol.enrol_device(again(place), by=place.administrator, key="k")

    inventory.note_host_key(device.id, fingerprint=KEY, algorithm="ssh-ed25519")

    assert fresh(device).pinned_fingerprint is None
    assert db.session.scalar(text("SELECT state FROM host_keys_seen")) == "waiting"


def test_a_form_sent_twice_takes_a_device_back_once(place, device):
    retire_device(device.id, reason="hỏng", by=place.administrator)

    ids = {enrol.enrol_device(again(place), by=place.administrator, key="k").id for _ in range(2)}

    assert (ids, kinds().count("device_back_in_use")) == ({device.id}, 1)


def test_the_address_of_a_retired_device_of_another_kind_or_of_others_is_not_free(place, device):
    retire_device(device.id, reason="hỏng", by=place.administrator)
    stranger = a_person(place.other_province, Role.ADMINISTRATOR)

    for wanted, by in ((again(place, family="tesira"), place.administrator), (again(place, room_code=place.other_room.code), stranger)):
        with pytest.raises(InvalidInput) as refused:
            enrol.enrol_device(wanted, by=by, key="")
        assert [(one.field, one.reason) for one in refused.value.problems] == [("port", "address_of_retired")]

    assert fresh(device).retired_at is not None


# Another address


def test_a_device_that_moves_keeps_its_key_and_nobody_knows_how_it_is(place, device):
    change_address(device.id, host=" 10.1.0.7 ", port=2222, by=place.administrator)

    device = fresh(device)
    assert (device.host, device.port, device.pinned_fingerprint, device.probed_at, device.status) == ("10.1.0.7", 2222, KEY, None, "unknown")
    assert db.session.scalar(text("SELECT count(*) FROM probe_wishes")) == 1


def test_the_same_address_again_changes_nothing(place, device):
    before = kinds()

    change_address(device.id, host="10.1.0.1", port=22, by=place.administrator)

    assert kinds() == before


def test_a_taken_address_a_retired_ones_and_nonsense_are_refused(place, device):
    taken, gone = codec(place, room=None, host="10.1.0.2"), codec(place, room=None, host="10.1.0.3")
    retire_device(gone.id, reason="x", by=place.administrator)

    found = []
    for host, port in ((taken.host, 22), (gone.host, 22), ("a b", 22), ("10.1.0.9", 0)):
        with pytest.raises(InvalidInput) as refused:
            change_address(device.id, host=host, port=port, by=place.administrator)
        found += [(one.field, one.reason) for one in refused.value.problems]

    assert found == [("port", "address_taken"), ("port", "address_of_retired"), ("host", "bad_host"), ("port", "number_out_of_range")]


# Another apparatus


def test_another_apparatus_begins_anew_and_the_place_keeps_its_plan_and_its_history(place, device):
    card.change_card(device.id, CardFacts(asset_number="TS-1", serial="FTT1", bought_on=date(2020, 1, 1), maintain_every_months=6,
                                          responsible_id=place.technician.id, note="Kệ 2"), by=place.administrator)
    with write_transaction() as session:
        row = session.get(Device, device.id)
        row.model, row.serial, row.firmware, row.status, row.ssh_legacy = "SX80", "FTT1", "CE9", "ok", "hostkey"

    swap_device(device.id, serial="FTT2", asset_number="TS-2", reason="Máy cũ hỏng", by=place.administrator)

    device = fresh(device)
    assert (device.pinned_fingerprint, device.model, device.serial, device.firmware, device.status) == (None, "", "", "", "unknown")
    assert (device.ssh_legacy, device.host, credentials.password_of(device.id)) == ("none", "10.1.0.1", "geheim")
    assert card.facts_of(card_tables.card_of(device.id)) == CardFacts(
        asset_number="TS-2", serial="FTT2", maintain_every_months=6, responsible_id=place.technician.id, note="Kệ 2")
    assert kinds()[-1] == "device_swapped"
    assert b"FTT1" in db.session.scalar(text("SELECT payload FROM trail_payloads ORDER BY seq DESC LIMIT 1"))


def test_another_family_of_the_same_kind_may_come_and_another_kind_may_not(place, device):
    swap_device(device.id, serial="P1", asset_number="", reason="x", family="poly", by=place.administrator)

    with pytest.raises(InvalidInput):
        swap_device(device.id, serial="P1", asset_number="", reason="x", family="tesira", by=place.administrator)

    assert fresh(device).family == "poly"


def test_a_serial_and_a_reason_are_needed(place, device):
    with pytest.raises(InvalidInput) as refused:
        swap_device(device.id, serial="", asset_number="", reason="", by=place.administrator)

    assert [(one.field, one.reason) for one in refused.value.problems] == [("reason", "swap_reason_missing"), ("serial", "serial_missing")]


# Behind which device


def test_a_device_stands_behind_equipment_of_its_unit_or_above_and_never_in_a_circle(place, device):
    far = codec(place, kind="equipment", family="snmp", unit=place.other_province, room=None, name="far", host="10.1.0.8", port=161, password="")
    upper, lower = (codec(place, kind="equipment", family="snmp", unit=place.centre, room=None, name=name, host=host, port=161, password="")
                    for name, host in (("upper", "10.1.0.9"), ("lower", "10.1.0.10")))
    upstream.stand_behind(lower.id, upper.id, by=place.administrator)
    upstream.stand_behind(device.id, lower.id, by=place.administrator)

    for one, behind, reason in ((upper, lower, "upstream_in_a_circle"), (upper, upper, "upstream_in_a_circle"), (device, far, "unknown_choice")):
        with pytest.raises(InvalidInput) as refused:
            upstream.stand_behind(one.id, behind.id, by=place.administrator)
        assert [problem.reason for problem in refused.value.problems] == [reason]

    assert [one.name for one in card_tables.devices_to_stand_behind(fresh(device), limit=10)] == ["lower", "upper"]


def test_devices_leave_and_come_back_on_either_engine(app_on, set_clock):
    place = Place()
    device = codec(place)
    book(place)

    with pytest.raises(Refused, match="device_counted_on"):
        retire_device(device.id, reason="x", by=place.administrator)
    swap_device(device.id, serial="FTT2", asset_number="", reason="x", by=place.administrator)
    change_address(device.id, host="10.1.0.7", port=22, by=place.administrator)
    retire_device(device.id, reason="x", confirmed=True, by=place.administrator)
    back = enrol.enrol_device(again(place, host="10.1.0.7"), by=place.administrator, key="k")

    assert (back.id, fresh(back).retired_at) == (device.id, None)
