"""The configuration of codecs is kept once a day, only where it changed, and never a secret with it."""

from datetime import timedelta

import pytest
from builders import Place, fresh
from sqlalchemy import text

from device_drivers.cisco_roomos.driver import CiscoRoomos
from device_drivers.simulators.cisco_roomos import SimulatedRoomOS
from device_drivers.simulators.network import Network
from device_drivers.simulators.xapi_configuration import SECRET
from devices.equipment import a_device, give_access
from roomctl.database import db, write_transaction
from roomctl.devices import backup, backup_tables, connect, inventory
from roomctl.devices.backup import Keeper
from roomctl.devices.card_tables import ConfigBackup
from roomctl.devices.health import Status
from roomctl.devices.tables import Device

PASSWORD = "geheim-und-lang"


@pytest.fixture
def codec():
    device = SimulatedRoomOS(name="codec", address="c@vc.example", network=Network(), password=PASSWORD)
    device.start()
    yield device
    device.stop()


@pytest.fixture
def device(place, codec) -> Device:
    row = a_device(unit=place.province, host="127.0.0.1", port=codec.port, password=PASSWORD, status=Status.OK)
    inventory.note_host_key(row.id, fingerprint=codec.fingerprint, algorithm="ssh-ed25519")
    inventory.pin_host_key(row.id, codec.fingerprint, by=None)
    return row


def keeper(leased=()) -> Keeper:
    return Keeper(leased=lambda: leased)


def kept() -> list[ConfigBackup]:
    db.session.rollback()
    return list(db.session.scalars(db.select(ConfigBackup).order_by(ConfigBackup.id)))


def change(device: Device, **facts) -> None:
    with write_transaction() as session:
        for name, value in facts.items():
            setattr(session.get(Device, device.id), name, value)


def test_a_configuration_is_kept_and_read_again_after_a_day_only(device, codec, set_clock):
    keeping = keeper()
    for _ in range(2):
        keeping.round()
    once = codec.sessions_served
    set_clock.forward(days=1, minutes=1)

    keeping.round()

    (row,) = kept()
    assert (once, codec.sessions_served, row.seen_at - row.taken_at) == (1, 2, timedelta(days=1, minutes=1))
    assert "Conference Encryption Mode: BestEffort\n" in row.lines


def test_another_configuration_is_another_row(device, codec, set_clock):
    keeping = keeper()
    keeping.round()
    codec.setting = "Off"
    set_clock.forward(days=2)

    keeping.round()

    assert [("Encryption Mode: Off" in row.lines) for row in kept()] == [False, True]


def test_no_secret_is_stored_whatever_the_codec_calls_it(device, codec):
    give_access(device, community="hàng-xóm-1")
    codec.configuration[("Audio", "Label")] = PASSWORD
    codec.configuration[("Audio", "Remark")] = "xx hàng-xóm-1 yy"

    keeper().round()

    (row,) = kept()
    everything = "\n".join(str(tuple(one)) for one in db.session.execute(text("SELECT * FROM config_backups")))
    assert row.lines and not any(secret in everything for secret in (SECRET, SECRET.replace(" ", "-"), PASSWORD, "hàng-xóm-1"))


def test_a_driver_that_forgot_to_leave_secrets_out_is_mended_by_the_second_sieve(device, monkeypatch):
    monkeypatch.setattr(CiscoRoomos, "backup", lambda self: f"Audio DefaultVolume: 50\nSIP Authentication Password: {SECRET}\n")

    keeper().round()

    assert [row.lines for row in kept()] == ["Audio DefaultVolume: 50\n"]


@pytest.mark.parametrize("facts", [{"status": Status.CRITICAL}, {"status": Status.UNKNOWN}, {"pinned_fingerprint": None}, {"family": "poly"}])
def test_a_device_that_does_not_answer_or_cannot_tell_is_not_asked(device, codec, facts):
    change(device, **facts)

    keeper().round()

    assert (kept(), codec.sessions_served) == ([], 0)


def test_a_device_that_a_session_uses_is_left_alone(device, codec):
    keeper(leased={device.id}).round()

    assert (kept(), codec.sessions_served) == ([], 0)


def test_a_device_that_fails_is_not_tried_again_for_hours_and_delays_no_other(place, device, codec):
    broken = a_device(unit=place.province, host="127.0.0.1", port=1, status=Status.OK, pinned_fingerprint="SHA256:x")
    keeping, tried = keeper(), []
    with pytest.MonkeyPatch.context() as patch:
        opened = connect.open_once
        patch.setattr(connect, "open_once", lambda way: (tried.append(way.device_id), opened(way))[1])
        for _ in range(3):
            keeping.round()

    assert (tried.count(broken.id), [row.device_id for row in kept()]) == (1, [device.id])


def test_an_empty_answer_says_nothing(device, monkeypatch):
    monkeypatch.setattr(CiscoRoomos, "backup", lambda self: "\n")

    keeper().round()

    assert kept() == []


def test_a_clock_that_goes_back_delays_no_reading(device, codec, set_clock):
    keeper().round()
    set_clock.forward(days=-400)
    codec.setting = "Off"

    for _ in range(3):
        keeper().round()

    assert len(kept()) == 2


def test_only_the_latest_are_kept(device, monkeypatch):
    monkeypatch.setattr(backup, "KEPT", 3)

    for number in range(5):
        backup.keep(device.id, f"Volume: {number}\n")

    assert [row.lines for row in kept()] == ["Volume: 2\n", "Volume: 3\n", "Volume: 4\n"]


def test_configurations_are_kept_on_either_engine(app_on, set_clock, codec):
    place = Place()
    row = a_device(unit=place.province, host="127.0.0.1", port=codec.port, password=PASSWORD, status=Status.OK, model="SX80",
                   pinned_fingerprint=codec.fingerprint)
    keeping = keeper()
    keeping.round()
    codec.setting = "Off"
    set_clock.forward(days=2)
    keeping.round()
    other = a_device(unit=place.other_province, model="SX80")
    backup.keep(other.id, "Volume: 1\n")

    latest = kept()[1]
    assert (len(kept()), backup_tables.backup_before(latest).id) == (3, kept()[0].id)
    assert [one.id for one in backup_tables.devices_like(fresh(row), [place.centre.path], limit=5)] == [other.id]
