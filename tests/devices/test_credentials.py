"""Device passwords: sealed to their device, opened only with the key that is kept outside the database."""

import pytest
from builders import a_unit
from cryptography.exceptions import InvalidTag
from sqlalchemy import select

from roomctl.audit.tables import TrailEntry, TrailPayload
from roomctl.database import db, write_transaction
from roomctl.devices import credentials, inventory
from roomctl.devices.tables import Device, DeviceCredential

SECRET = "Mat-khau-thiet-bi-Z41"


def a_device(host: str = "10.1.0.1", password: str = SECRET) -> Device:
    return inventory.add_device(kind="codec", family="cisco_roomos", unit=a_unit(), room=None, name="Codec", host=host, port=22,
                                username="roomctl", password=password)


def test_a_password_is_opened_for_its_device(app):
    assert credentials.password_of(a_device().id) == SECRET


def test_a_password_with_vietnamese_letters_comes_back_as_it_was(app):
    assert credentials.password_of(a_device(password="Mật khẩu ữ").id) == "Mật khẩu ữ"


def test_a_sealed_password_moved_to_another_device_does_not_open(app):
    mine, other = a_device("10.1.0.1"), a_device("10.1.0.2", "khac")
    with write_transaction() as session:
        taken, given = session.get_one(DeviceCredential, mine.id), session.get_one(DeviceCredential, other.id)
        given.nonce, given.sealed = taken.nonce, taken.sealed

    with pytest.raises(InvalidTag):
        credentials.password_of(other.id)


def test_a_changed_byte_does_not_open(app):
    device = a_device()
    with write_transaction() as session:
        row = session.get_one(DeviceCredential, device.id)
        row.sealed = bytes([row.sealed[0] ^ 1]) + row.sealed[1:]

    with pytest.raises(InvalidTag):
        credentials.password_of(device.id)


def test_a_password_is_in_no_file_of_the_installation_in_clear(app):
    a_device()

    kept = [path.name for path in app.config["SETTINGS"].home.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    assert kept == []


def test_the_trail_says_that_it_was_set_and_not_what_it_is(app):
    device = a_device()

    entry = db.session.scalars(select(TrailEntry).order_by(TrailEntry.id.desc()).limit(1)).one()
    assert (entry.kind, entry.subject) == ("credential_set", device.ref)
    assert not [one for one in db.session.scalars(select(TrailPayload.payload)) if SECRET.encode() in one]


def test_sealing_the_same_password_again_gives_another_seal(app):
    device = a_device()
    before = db.session.get_one(DeviceCredential, device.id).sealed

    credentials.set_password(device, SECRET)

    assert db.session.get_one(DeviceCredential, device.id).sealed != before


def test_a_changed_password_is_the_one_that_is_opened(app):
    device = a_device()

    credentials.set_password(device, "moi")

    assert credentials.password_of(device.id) == "moi"


def test_without_the_key_beside_the_database_nothing_opens(app):
    device = a_device()
    (app.config["SETTINGS"].home / "secrets" / "device-credentials-key").unlink()

    with pytest.raises(InvalidTag):
        credentials.password_of(device.id)


def test_a_device_without_a_password_is_an_error(app):
    with pytest.raises(LookupError):
        credentials.password_of(987_654)
