"""What probes found is stored, many devices at once, and nothing a device sends keeps the others from it."""

from datetime import timedelta

import pytest
from builders import a_room, a_unit, fresh
from sqlalchemy import event, func, select

from device_drivers.errors import HostKeyUnknown, SnmpLoginRefused, SshTooOld
from device_drivers.readings import Health, HostKey, Identity, Legacy, Measured, SshOffer, SshVerdict, Tri
from device_drivers.transports.snmp_quirks import Quirks
from devices.equipment import (
    CHARGE,
    IDENTITY,
    NO_ANSWER,
    SOURCE,
    STATUS,
    UNREACHABLE,
    a_device,
    changes_of,
    equipment,
    give_access,
    looked,
    minutes_of,
    polled,
    readings_of,
    state,
)
from roomctl.audit.tables import TrailEntry
from roomctl.database import db, write_transaction
from roomctl.devices import inventory, probing, reading_tables, storing
from roomctl.devices.snmp_tables import SnmpAccess
from roomctl.devices.storing import store
from roomctl.devices.tables import Device, host_keys_waiting


@pytest.fixture(autouse=True)
def standing_clock(app_on, set_clock):
    return set_clock


def charge(percent: float, health: Health = Health.OK) -> Measured:
    return Measured("battery_charge", percent, "%", health)


def statements(work) -> int:
    """Return how many statements a piece of work sends to the database."""
    sent = []

    def note(*_) -> None:
        sent.append(1)

    event.listen(db.engine, "before_cursor_execute", note)
    work()
    event.remove(db.engine, "before_cursor_execute", note)
    return len(sent)


def test_a_codec_that_is_well_is_stored_with_its_identity(set_clock):
    device = a_device()

    store([looked(device)])

    device = fresh(device)
    assert (device.status, device.fault, device.probed_at, device.model, device.firmware) == ("ok", "", set_clock.at, "Room Kit", "ce11.5")
    assert device.changed_at == set_clock.at


def test_a_failed_look_keeps_identity_and_readings_and_says_why(set_clock):
    device = equipment()
    store([polled(device, CHARGE, SOURCE, STATUS, model="Smart-UPS", firmware="UPS 09.8")])
    set_clock.forward(seconds=60)

    store([polled(device, error=NO_ANSWER)])

    device = fresh(device)
    assert (device.status, device.fault, device.model, device.fault_detail) == ("critical", "no_snmp_answer", "Smart-UPS", str(NO_ANSWER))
    assert [row[0] for row in readings_of(device)] == ["battery_charge", "output_source", "battery_status"]
    assert reading_tables.latest_readings([device.id])[device.id][0] == set_clock.at - timedelta(seconds=60)


def test_a_change_of_status_or_fault_is_written_once(set_clock):
    device = a_device()
    for error in (None, UNREACHABLE, UNREACHABLE, None):
        store([looked(device, error)])
        set_clock.forward(seconds=60)

    assert changes_of(device) == [("ok", ""), ("critical", "unreachable"), ("ok", "")]
    assert fresh(device).changed_at == set_clock.at - timedelta(seconds=60)


def test_the_same_status_with_another_fault_is_a_change():
    device = a_device()
    store([looked(device, UNREACHABLE)])

    store([looked(device, registered=Tri.NO)])

    assert changes_of(device) == [("critical", "unreachable"), ("critical", "not_registered")]


def test_only_numbers_that_changed_are_kept_and_a_failure_leaves_a_gap(set_clock):
    device = equipment()
    for measured, error in (((charge(98), SOURCE), None), ((charge(98), SOURCE), None), ((charge(97), SOURCE), None), ((), NO_ANSWER),
                            ((), NO_ANSWER), ((charge(97), SOURCE), None)):
        store([polled(device, *measured, error=error)])
        set_clock.forward(seconds=60)

    assert minutes_of(device) == [{"battery_charge": 98}, {"battery_charge": 97}, {}, {"battery_charge": 97}]


def test_each_hour_begins_with_everything(set_clock):
    device = equipment()
    for _ in range(3):
        store([polled(device, CHARGE, SOURCE)])
        set_clock.forward(minutes=2, seconds=59)
    set_clock.forward(minutes=60 - 3 * 3 + 1)

    store([polled(device, CHARGE, SOURCE)])

    assert minutes_of(device)[-1] == {"battery_charge": 98}


def test_a_clock_that_goes_back_to_the_same_moment_stores_the_newer_look(set_clock):
    device = equipment()
    store([polled(device, charge(98))])

    store([polled(device, charge(90))])

    assert (readings_of(device)[0][2], minutes_of(device)) == (90, [{"battery_charge": 90}])


def test_a_clock_that_goes_back_an_hour_stores_on(set_clock):
    device = equipment()
    store([polled(device, charge(98), SOURCE, STATUS)])
    set_clock.forward(hours=-1)

    store([polled(device, charge(97), SOURCE, STATUS)])

    assert (fresh(device).probed_at, state(device)) == (set_clock.at, ("ok", ""))


def test_the_worst_reading_is_the_fault():
    device = equipment()

    store([polled(device, charge(12, Health.CRITICAL), SOURCE)])

    assert state(device) == ("critical", "battery_charge")
    assert fresh(device).fault_detail == "12 %"


def test_packet_loss_counts_from_the_second_poll_on_also_after_a_restart(set_clock):
    device, loss = a_device(), Measured("packet_loss", 4.0, "%", Health.CRITICAL, place="video incoming")
    store([looked(device, measured=(loss,))])
    first = state(device)
    set_clock.forward(seconds=60)

    store([looked(device, measured=(loss,))])  # Nothing but the database remembers the first.

    assert (first, state(device)) == (("ok", ""), ("critical", "packet_loss"))


@pytest.mark.parametrize(("in_use", "expected"), [(False, ("unknown", "standby")), (True, ("critical", "no_snmp_answer"))])
def test_a_projector_that_does_not_answer_sleeps_unless_its_room_is_in_use(in_use, expected):
    unit = a_unit()
    room = a_room(unit)
    device = equipment(unit=unit, room_id=room.id)

    store([polled(device, error=NO_ANSWER, device_class="projector")], rooms_in_use={room.id} if in_use else ())

    assert state(device) == expected


def test_a_device_asked_both_ways_has_the_worst_of_both_and_the_readings_of_both():
    device = a_device()
    give_access(device)
    over_ssh, over_snmp = looked(device, measured=(Measured("temperature", 40.0, "°C", Health.OK),)), polled(device, charge(12, Health.CRITICAL))

    store([storing.Found(device.id, over_ssh.at, over_ssh.at, over_ssh.look, over_snmp.polled)])

    assert (state(device), [row[0] for row in readings_of(device)]) == (("critical", "battery_charge"), ["temperature", "battery_charge"])


def test_a_codec_that_answers_over_ssh_and_refuses_snmp_keeps_its_readings_with_a_warning():
    device = a_device()
    over_ssh = looked(device, measured=(Measured("temperature", 40.0, "°C", Health.OK),))
    over_snmp = polled(device, error=SnmpLoginRefused(report="wrongDigests"))

    store([storing.Found(device.id, over_ssh.at, over_ssh.at, over_ssh.look, over_snmp.polled)])

    assert (state(device), len(readings_of(device))) == (("warning", "snmp_login_refused"), 1)


def test_what_was_learned_of_an_agent_is_kept_and_written_only_when_it_is_new(app_on):
    device = equipment()
    store([polled(device, CHARGE, quirks=Quirks(no_bulk=True))])
    same, other = polled(device, CHARGE, quirks=Quirks(no_bulk=True)), polled(device, CHARGE, quirks=Quirks(loops=True))
    again = statements(lambda: store([same]))

    row = db.session.get(SnmpAccess, device.id)
    assert (row.detected["device_class"], row.engine_id, row.quirks) == ("ups", "80000000deadbeef", {"no_bulk": True})
    assert statements(lambda: store([other])) > again


def test_a_failed_poll_forgets_nothing_that_was_learned():
    device = equipment()
    store([polled(device, CHARGE, quirks=Quirks(no_bulk=True))])

    store([polled(device, error=NO_ANSWER)])

    row = db.session.get(SnmpAccess, device.id)
    assert (row.quirks, row.engine_id) == ({"no_bulk": True}, "80000000deadbeef")


def test_a_host_key_nobody_approved_waits_and_is_written_once():
    device, error = a_device(), HostKeyUnknown(seen=HostKey("ssh-ed25519", "SHA256:new"))
    for _ in range(3):
        store([looked(device, error)])

    assert [key.fingerprint for key in host_keys_waiting(device.id)] == ["SHA256:new"]
    assert db.session.scalar(select(func.count()).where(TrailEntry.kind == "host_key_seen")) == 1
    assert state(device) == ("warning", "host_key_unknown")


def test_a_rejected_host_key_stays_rejected(place_of_technician):
    device, error = a_device(), HostKeyUnknown(seen=HostKey("ssh-ed25519", "SHA256:new"))
    store([looked(device, error)])
    inventory.reject_host_key(device.id, "SHA256:new", by=place_of_technician(device))

    store([looked(device, error)])

    assert host_keys_waiting(device.id) == []


def test_a_device_whose_ssh_is_too_old_says_what_would_help():
    offer = SshOffer("SSH-2.0-old", ("diffie-hellman-group1-sha1",), ("ssh-rsa",), (), (), (), (), (), (), SshVerdict.NEEDS_BOTH, (), ())
    device = a_device()

    store([looked(device, SshTooOld(why="no common key exchange", offered=offer, allowed=Legacy.NONE))])

    assert state(device) == ("warning", "ssh_too_old")
    assert fresh(device).fault_detail.startswith("hostkey_kex: ")


def test_a_wish_from_before_the_look_is_granted_and_a_later_one_stands(set_clock):
    device, other = a_device(), a_device()
    probing.wish([device.id, other.id])
    early = looked(other)
    set_clock.forward(seconds=5)
    late = looked(device)
    probing.wish([other.id])

    store([early, late])

    assert reading_tables.wishes(limit=9) == [other.id]


def test_text_of_a_device_that_no_database_takes_costs_nobody_anything():
    device, other = a_device(), a_device()
    strange = Identity("Room\x00Kit\ud800" * 40, "S" * 200, "ce\n11", None)

    store([looked(device, identity=strange, measured=(Measured("power", float("nan"), "W"), Measured("x", "\x00\ud800", place="\x00"))),
           looked(other)])

    assert (state(device), state(other), fresh(device).firmware, len(fresh(device).serial)) == (("ok", ""), ("ok", ""), "ce 11", 64)


def test_a_device_that_was_retired_or_is_gone_is_left_out():
    device, other = a_device(), a_device()
    with write_transaction() as session:
        session.get_one(Device, device.id).retired_at = fresh(device).created_at
    ghost = looked(device)

    store([ghost, storing.Found(999_999, ghost.at, ghost.at, ghost.look), looked(other)])

    assert (fresh(device).probed_at, state(other)) == (None, ("ok", ""))


def test_a_worker_that_was_taken_over_writes_nothing():
    device = a_device()

    class Lost(Exception):
        pass

    def lost():
        raise Lost

    with pytest.raises(Lost):
        store([looked(device)], still_ours=lost)

    assert fresh(device).probed_at is None


def test_a_device_that_is_given_another_name_meanwhile_keeps_it():
    device = a_device()
    with write_transaction() as session:
        session.get_one(Device, device.id).name = "Tên mới"

    store([looked(device, UNREACHABLE)])

    assert fresh(device).name == "Tên mới"


def test_a_hundred_devices_take_as_many_statements_as_ten(set_clock):
    devices = [equipment() for _ in range(110)]
    store([polled(device, CHARGE, SOURCE) for device in devices])
    set_clock.forward(seconds=60)

    found = [polled(device, charge(97), SOURCE) for device in devices]
    few, many = statements(lambda: store(found[:10])), statements(lambda: store(found[10:]))

    assert many == few
    assert all(minutes_of(device)[-1] == {"battery_charge": 97} for device in devices)


def test_a_device_that_served_its_session_is_alive_and_its_recovery_is_written(set_clock):
    device = a_device()
    store([looked(device, UNREACHABLE)])
    set_clock.forward(seconds=61)

    with write_transaction() as session:
        storing.note_served(session.get_one(Device, device.id), set_clock.at)

    assert (state(device), changes_of(device)[-1], fresh(device).changed_at) == (("ok", ""), ("ok", ""), set_clock.at)


def test_a_device_probed_a_moment_ago_is_not_touched_by_its_session(set_clock):
    device = a_device()
    store([looked(device, registered=Tri.NO)])
    set_clock.forward(seconds=10)

    with write_transaction() as session:
        storing.note_served(session.get_one(Device, device.id), set_clock.at)

    assert state(device) == ("critical", "not_registered")


def test_what_a_device_said_of_itself_is_kept_when_it_says_nothing_of_it_any_more():
    device = equipment()
    store([polled(device, CHARGE, model="Smart-UPS", serial="AS1", firmware="9")])

    store([polled(device, CHARGE, model="", serial="", firmware="10")])

    device = fresh(device)
    assert (device.model, device.serial, device.firmware) == ("Smart-UPS", "AS1", "10")


def test_the_identity_of_a_codec_stands_before_that_of_its_agent():
    device = a_device()
    over_ssh, over_snmp = looked(device), polled(device, model="Cisco TelePresence", firmware="x")

    store([storing.Found(device.id, over_ssh.at, over_ssh.at, over_ssh.look, over_snmp.polled)])

    assert (fresh(device).model, fresh(device).firmware) == (IDENTITY.model, IDENTITY.firmware)
