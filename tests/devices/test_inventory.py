"""Which host key is really a device's: the one a person approved among those it presented."""

import pytest
from builders import a_person, fresh
from sqlalchemy import select

from roomctl.audit.tables import TrailEntry
from roomctl.database import db
from roomctl.devices import inventory
from roomctl.devices.tables import Device, HostKeySeen, host_keys_waiting
from roomctl.errors import NotAllowed, NotVisible, Refused
from roomctl.organisation.roles import Role

SEEN, OTHER = "aa" * 32, "bb" * 32


@pytest.fixture
def device(place) -> Device:
    return inventory.add_device(kind="codec", family="cisco_roomos", unit=place.province, room=place.room, name="Codec", host="10.1.0.1",
                                port=22, username="roomctl", password="mật khẩu")


def present(device: Device, fingerprint: str = SEEN) -> None:
    inventory.note_host_key(device.id, fingerprint=fingerprint, algorithm="ssh-ed25519")


def kinds() -> list[str]:
    return list(db.session.scalars(select(TrailEntry.kind).order_by(TrailEntry.id)))


def test_a_new_device_has_no_approved_key(device):
    assert device.pinned_fingerprint is None
    assert host_keys_waiting(device.id) == []


def test_a_key_that_was_seen_waits_for_a_person(device):
    present(device)

    assert [one.fingerprint for one in host_keys_waiting(device.id)] == [SEEN]
    assert fresh(device).pinned_fingerprint is None


def test_the_same_key_seen_again_is_noted_once(device):
    present(device)
    present(device)

    assert len(host_keys_waiting(device.id)) == 1
    assert kinds().count("host_key_seen") == 1


def test_an_approved_key_is_pinned_with_who_approved_it(device, place, set_clock):
    present(device)

    inventory.pin_host_key(device.id, SEEN, by=place.technician)

    row = db.session.scalars(select(HostKeySeen)).one()
    assert fresh(device).pinned_fingerprint == SEEN
    assert (row.state, row.decided_by, row.decided_at) == ("pinned", place.technician.id, set_clock.at)
    assert kinds()[-1] == "host_key_pinned"


def test_a_fingerprint_the_device_never_presented_is_refused(device, place):
    present(device)

    with pytest.raises(Refused, match="host_key_not_seen"):
        inventory.pin_host_key(device.id, OTHER, by=place.technician)

    assert fresh(device).pinned_fingerprint is None


def test_a_key_that_another_device_presented_is_refused(device, place):
    neighbour = inventory.add_device(kind="codec", family="cisco_roomos", unit=place.province, room=None, name="Codec 2", host="10.1.0.2",
                                     port=22, username="roomctl", password="mật khẩu")
    present(neighbour)

    with pytest.raises(Refused, match="host_key_not_seen"):
        inventory.pin_host_key(device.id, SEEN, by=place.technician)


@pytest.mark.parametrize("who", ["clerk", "province_approver", "administrator", "officer", "stranger"])
def test_only_a_technician_pins_a_key(device, place, who):
    present(device)

    with pytest.raises(NotAllowed):
        inventory.pin_host_key(device.id, SEEN, by=getattr(place, who))

    assert fresh(device).pinned_fingerprint is None


def test_a_technician_of_another_province_pins_nothing_here(device, place):
    present(device)

    with pytest.raises(NotAllowed):
        inventory.pin_host_key(device.id, SEEN, by=a_person(place.other_province, Role.TECHNICIAN))


def test_a_changed_key_waits_while_the_old_one_stays_pinned(device, place):
    present(device)
    inventory.pin_host_key(device.id, SEEN, by=place.technician)

    present(device, OTHER)

    assert fresh(device).pinned_fingerprint == SEEN
    assert [one.fingerprint for one in host_keys_waiting(device.id)] == [OTHER]


def test_an_unknown_device_has_no_key_to_pin(place):
    with pytest.raises(NotVisible):
        inventory.pin_host_key(987_654, SEEN, by=place.technician)


def test_a_device_that_comes_back_with_a_former_key_is_decided_on_anew(device, place):
    for fingerprint in (SEEN, OTHER):
        present(device, fingerprint)
        inventory.pin_host_key(device.id, fingerprint, by=place.technician)

    present(device, SEEN)

    assert [(one.fingerprint, one.decided_by) for one in host_keys_waiting(device.id)] == [(SEEN, None)]
    assert fresh(device).pinned_fingerprint == OTHER


def test_the_approved_key_never_waits_again(device, place):
    present(device)
    inventory.pin_host_key(device.id, SEEN, by=place.technician)

    present(device)

    assert host_keys_waiting(device.id) == []
