"""SHA-1 is allowed to one old device with a reason, and a device is asked which SSH it speaks without signing in."""

import socket
import threading

import pytest
from builders import a_person, fresh
from sqlalchemy import text

from device_drivers.errors import Unreachable
from device_drivers.readings import Legacy, SshOffer, SshVerdict
from device_drivers.simulators.cisco_roomos import SimulatedRoomOS
from device_drivers.simulators.network import Network
from devices.equipment import a_device, equipment
from roomctl.database import db
from roomctl.devices import connect, legacy
from roomctl.devices.tables import Device
from roomctl.errors import InvalidInput, NotAllowed, NotVisible, Refused
from roomctl.organisation.roles import Role


@pytest.fixture
def device(place) -> Device:
    return a_device(unit=place.province)


def kinds() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(text("SELECT kind FROM trail_entries WHERE kind LIKE 'ssh%' ORDER BY seq")))


@pytest.mark.parametrize(("word", "meant"), [("hostkey", Legacy.HOSTKEY), ("hostkey+kex", Legacy.HOSTKEY_KEX)])
def test_sha1_is_allowed_to_one_device_with_a_reason_and_withdrawn(place, device, word, meant):
    other = a_device(unit=place.province)
    for _ in range(2):
        legacy.allow_legacy(device.id, word, reason="Không còn bản mới", by=place.administrator)
    allowed = (connect.legacy_of(fresh(device)), device.ssh_legacy_reason, connect.legacy_of(fresh(other)))

    for _ in range(2):
        legacy.withdraw_legacy(device.id, by=place.administrator)

    assert allowed == (meant, "Không còn bản mới", Legacy.NONE)
    assert (connect.legacy_of(fresh(device)), device.ssh_legacy_reason) == (Legacy.NONE, "")
    assert kinds() == ["ssh_legacy_allowed", "ssh_legacy_withdrawn"]


def test_a_reason_and_a_known_word_are_needed(place, device):
    with pytest.raises(InvalidInput) as refused:
        legacy.allow_legacy(device.id, "dsa", reason="", by=place.administrator)

    assert [(one.field, one.reason) for one in refused.value.problems] == [("legacy", "unknown_choice"), ("reason", "legacy_reason_missing")]
    assert fresh(device).ssh_legacy == "none"


def test_only_its_administrator_allows_it_and_what_has_no_ssh_has_none(place, device):
    for by in (place.technician, place.officer, a_person(place.other_province, Role.ADMINISTRATOR)):
        for ask in (lambda by: legacy.allow_legacy(device.id, "hostkey", reason="x", by=by), lambda by: legacy.withdraw_legacy(device.id, by=by),
                    lambda by: legacy.look_at_ssh(device.id, by=by)):
            with pytest.raises(NotAllowed):
                ask(by)
    for device_id in (equipment(unit=place.province).id, 99):
        with pytest.raises(NotVisible):
            legacy.look_at_ssh(device_id, by=place.administrator)
        with pytest.raises(NotVisible):
            legacy.allow_legacy(device_id, "hostkey", reason="x", by=place.administrator)


def test_a_device_says_which_ssh_it_speaks_and_nobody_signs_in(place):
    codec = SimulatedRoomOS(name="codec", address="c@vc.example", network=Network(), password="geheim")
    codec.start()
    device = a_device(unit=place.province, host="127.0.0.1", port=codec.port)

    offer = legacy.look_at_ssh(device.id, by=place.administrator)

    codec.stop()
    assert isinstance(offer, SshOffer) and offer.verdict is SshVerdict.MODERN and codec.sessions_served == 0


def test_a_device_that_is_not_there_is_an_answer_too(place):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    device = a_device(unit=place.province, host="127.0.0.1", port=port)

    assert isinstance(legacy.look_at_ssh(device.id, by=place.administrator), Unreachable)


def test_two_who_wait_for_silent_devices_leave_the_others_an_answer(place, device, monkeypatch):
    begun, go_on = threading.Semaphore(0), threading.Event()
    monkeypatch.setattr(legacy, "look_at_offer", lambda *_: (begun.release(), go_on.wait(10), Unreachable("x"))[-1])
    waiting = [threading.Thread(target=lambda: legacy.AT_ONCE.acquire() and (begun.release(), go_on.wait(10), legacy.AT_ONCE.release()))
               for _ in range(2)]
    for one in waiting:
        one.start()
        assert begun.acquire(timeout=10)

    with pytest.raises(Refused, match="ssh_look_busy"):
        legacy.look_at_ssh(device.id, by=place.administrator)

    go_on.set()
    for one in waiting:
        one.join()
    assert isinstance(legacy.look_at_ssh(device.id, by=place.administrator), Unreachable)
