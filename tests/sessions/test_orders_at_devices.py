"""Orders at real (simulated) devices: restarts that are proven, settings that are read back, and sessions that go first."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from studio import QUICK
from test_control import Stage

from roomctl import clock
from roomctl.database import db, write_transaction
from roomctl.devices import connect
from roomctl.devices.tables import Device
from roomctl.duty import at_device, carrying_out, order_tables, orders
from roomctl.duty.at_device import is_restarted
from roomctl.duty.carrying_out import Carrier
from roomctl.duty.order_tables import DeviceOrder, OrderTarget
from roomctl.errors import Conflict
from roomctl.organisation.tables import User
from roomctl.sessions import control, tables


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    monkeypatch.setattr(at_device, "LOOK_EVERY_S", 0.1)
    monkeypatch.setattr(at_device, "GOES_AWAY_WITHIN_S", 1.5)
    monkeypatch.setattr(at_device, "BACK_WITHIN_S", 4.0)


@pytest.fixture
def carrier(studio):
    for codec in studio.codecs.values():
        codec.booted = time.monotonic() - 1000
    made = Carrier(connect.Connections(QUICK), leased=tables.leased_device_ids)
    yield made
    made.close()


def placed(studio, *names: str, kind: str = "restart", **arguments) -> int:
    return orders.place(kind, orders.arguments_of(kind, **arguments), [studio.devices[name].id for name in names],
                        by=studio.place.technician, key=f"key-{time.monotonic()}")


def states(order_id: int) -> list[tuple[str, str]]:
    db.session.rollback()
    return [(one.state, one.outcome) for one in db.session.scalars(select(OrderTarget).where(OrderTarget.order_id == order_id).order_by(
        OrderTarget.device_id).execution_options(populate_existing=True)).unique()]


def until(carrier, condition, *, within_s: float = 20.0) -> None:
    limit = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < limit, [tuple(row) for row in db.session.execute(text("SELECT state, outcome, detail FROM order_targets"))]
        carrier.tick()
        db.session.rollback()
        time.sleep(0.01)


def finished(carrier, order_id: int) -> list[tuple[str, str]]:
    until(carrier, lambda: all(state not in ("waiting", "under_way") for state, _ in states(order_id)))
    return states(order_id)


def restarts_in_trail() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(text("SELECT outcome FROM trail_entries WHERE kind = 'device_restarted' ORDER BY seq")))


# Restarting


@pytest.mark.parametrize("boot", ["OK", "close", "nothing"])
def test_case_25_a_restart_has_succeeded_when_the_codec_is_back_with_a_smaller_uptime(studio, carrier, boot):
    codec = studio.codecs["hall"]
    codec.firmware.boot, codec.firmware.away_s = boot, 0.5
    order_id = placed(studio, "hall")
    if boot != "OK":  # The simulator then says nothing more; the restart itself is done here.
        until(carrier, lambda: any(line.startswith("xCommand SystemUnit Boot") for line in codec.heard))
        threading.Thread(target=codec.reboot, kwargs={"away_s": 0.5}, daemon=True).start()

    assert finished(carrier, order_id) == [("done", "restarted")]
    assert restarts_in_trail() == ["done"]


def test_case_25_a_codec_that_says_ok_and_does_not_restart_has_failed(studio, carrier):
    studio.codecs["hall"].firmware.boot = "close"
    order_id = placed(studio, "hall")

    assert finished(carrier, order_id) == [("failed", "did_not_restart")]
    assert restarts_in_trail() == ["failed"]


def test_case_25_a_codec_that_does_not_come_back_has_failed_after_the_limit(studio, carrier):
    studio.codecs["hall"].firmware.away_s = 60
    order_id = placed(studio, "hall")

    assert finished(carrier, order_id) == [("failed", "did_not_come_back")]


@pytest.mark.parametrize(("force", "outcome"), [(False, ("skipped", "in_call")), (True, ("done", "restarted"))])
def test_case_25_a_codec_in_a_call_is_restarted_only_when_that_is_forced(studio, carrier, force, outcome):
    codec = studio.codecs["hall"]
    codec.firmware.away_s = 0.5
    codec.dial_from_remote_control("room@vc.example")
    order_id = placed(studio, "hall", force=force)

    assert finished(carrier, order_id) == [outcome]
    assert any("SystemUnit Boot" in line for line in codec.heard) == force


@pytest.mark.parametrize(("before_s", "after_s", "passed_s", "answer"), [
    (1000, 20, 60.0, True), (1000, 1060, 60.0, False), (1000, None, 60.0, False), (10, 70, 60.0, False), (30, 35, 60.0, True),
    (None, 20, 60.0, True), (None, 62, 60.0, False), (1000, 900, 60.0, False)])
def test_case_25_an_uptime_shows_whether_a_device_started_anew(before_s, after_s, passed_s, answer):
    assert is_restarted(before_s, after_s, passed_s) is answer


def test_a_silent_device_fails_and_delays_no_other(studio, carrier):
    studio.codecs["hall"].bad.silent_to = ""
    studio.codecs["room"].firmware.away_s = 0.3
    order_id = placed(studio, "hall", "room")

    assert finished(carrier, order_id) == [("failed", "silent"), ("done", "restarted")]


def test_a_device_with_another_host_key_is_sent_nothing_and_its_key_waits(studio, carrier):
    studio.codecs["hall"].new_host_key()
    order_id = placed(studio, "hall")

    assert finished(carrier, order_id) == [("failed", "host_key_changed")]
    assert db.session.scalar(text("SELECT count(*) FROM host_keys_seen WHERE state = 'waiting'")) == 1


# Setting


def test_a_setting_is_done_when_it_is_read_back(studio, carrier):
    order_id = placed(studio, "hall", "room", kind="set_encryption", setting="On")

    assert finished(carrier, order_id) == [("done", "set")] * 2
    assert [studio.codecs[name].setting for name in ("hall", "room")] == ["On", "On"]


def test_a_setting_that_is_not_taken_has_failed(studio, carrier):
    studio.codecs["hall"].bad.setting_does_nothing = True
    order_id = placed(studio, "hall", kind="set_encryption", setting="On")

    assert finished(carrier, order_id) == [("failed", "setting_not_taken")]


def test_no_more_than_a_few_devices_have_their_turn_at_once(studio, carrier, monkeypatch):
    monkeypatch.setattr(carrying_out, "AT_ONCE", 1)
    order_id = placed(studio, "hall", "room", "other", kind="set_encryption", setting="On")
    most = 0

    while any(state in ("waiting", "under_way") for state, _ in states(order_id)):
        carrier.tick()
        most = max(most, len(carrier.device_ids))

    assert (most, states(order_id)) == (1, [("done", "set")] * 3)


def test_stopping_in_the_middle_ends_what_is_under_way_and_begins_nothing_more(studio, carrier, monkeypatch):
    monkeypatch.setattr(carrying_out, "AT_ONCE", 1)
    studio.codecs["hall"].firmware.away_s = 0.5
    order_id = placed(studio, "hall", "room")
    until(carrier, lambda: states(order_id)[0][1] == "asked")

    orders.stop(order_id, by=studio.place.technician)

    assert finished(carrier, order_id) == [("done", "restarted"), ("skipped", "stopped")]
    assert not any("SystemUnit Boot" in line for line in studio.codecs["room"].heard)


# Sessions go first


def test_a_device_that_a_session_uses_is_not_touched(studio, carrier):
    order_id = placed(studio, "hall", "room", force=True)
    studio.start(studio.book_now())

    assert finished(carrier, order_id) == [("skipped", "in_session")] * 2
    assert [studio.codecs[name].heard for name in ("hall", "room")] == [[], []]


def test_no_session_starts_with_a_device_that_is_about_to_be_restarted(studio, carrier):
    studio.codecs["hall"].bad.delay_s = 0.1
    order_id = placed(studio, "hall", force=True)
    occurrence_id = studio.book_now()
    carrier.tick()
    with pytest.raises(Conflict) as error:
        studio.start(occurrence_id)
    until(carrier, lambda: states(order_id)[0][1] == "asked")

    session_id = studio.start(occurrence_id)  # It was told: from now on it is only watched.

    assert error.value.reason == "device_ordered"
    assert finished(carrier, order_id) == [("unknown", "session_took_over")]
    assert tables.session_by_id(session_id).ended_at is None


def test_what_a_worker_took_long_ago_and_never_did_keeps_no_session_from_starting(studio):
    order_id = placed(studio, "hall", force=True)
    occurrence_id = studio.book_now()
    with write_transaction():
        target = order_tables.target_for_update(order_id, studio.devices["hall"].id)
        target.state, target.begun_at = "under_way", clock.now() - carrying_out.CLAIM_LASTS - timedelta(seconds=1)

    assert studio.start(occurrence_id)


def test_a_session_and_an_order_that_want_a_device_at_once_never_both_have_it(app_on, set_clock):
    stage = Stage(addresses=4, ports=40)
    technician, chair_id = stage.place.technician.id, stage.place.chair.id
    codec_ids = [device_id for device_id, in db.session.execute(select(Device.id).where(Device.kind == "codec").order_by(Device.id))]
    order_id = orders.place("restart", {"force": True}, codec_ids, by=db.session.get(User, technician), key="k")
    occurrence_id, together = stage.book(stage.rooms[:2]), threading.Barrier(2)
    ours = codec_ids[:2]

    def start() -> bool:
        with app_on.app_context():
            together.wait()
            try:
                control.start_session(occurrence_id, lead=control.Lead(user=db.session.get(User, chair_id)))
            except Conflict as error:
                assert error.reason == "device_ordered"
                return False
            return True

    def take() -> None:
        with app_on.app_context():
            carrier = Carrier(connect.Connections(QUICK), leased=tables.leased_device_ids)
            carrier._pool.submit = lambda *_, **__: carrying_out.Future()  # Nothing is there to be spoken to.
            together.wait()
            carrier.tick()

    with ThreadPoolExecutor(2) as pool:
        started, _ = pool.submit(start), pool.submit(take).result()
        has_session = started.result()
    taken = [state for state, _ in states(order_id)][:2]

    assert taken == (["skipped"] * 2 if has_session else ["under_way"] * 2), ours


# A killed worker


DOOMED = """
import os, signal, sys, time
from pathlib import Path
from roomctl.app import create_app
from roomctl.config import Settings
from roomctl.devices import connect
from roomctl.duty import at_device
from roomctl.duty.carrying_out import Carrier
from device_drivers.cisco_roomos.driver import CiscoRoomos
home, url, when = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
restart, setting = CiscoRoomos.restart, CiscoRoomos.set_encryption
def die(*args, **kwargs): os.kill(os.getpid(), signal.SIGKILL)
def restart_and_die(self): restart(self); die()
CiscoRoomos.restart = die if when == "before" else restart_and_die
CiscoRoomos.set_encryption = die
app = create_app(Settings(home=home, database_url=url))
with app.app_context():
    carrier = Carrier(connect.Connections(), leased=lambda: ())
    until = time.monotonic() + 20
    while time.monotonic() < until:
        carrier.tick()
        time.sleep(0.01)
"""


def killed(app, when: str) -> None:
    settings = app.config["SETTINGS"]
    db.session.rollback()
    process = subprocess.run([sys.executable, "-c", DOOMED, str(settings.home), settings.database_url, when], timeout=60,
                             env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])})
    assert process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_restart_that_a_killed_worker_left_is_unknown_and_not_repeated(app, studio, carrier, when):
    order_id = placed(studio, "hall")
    killed(app, when)
    heard = len(studio.codecs["hall"].heard)

    assert finished(carrier, order_id) == [("unknown", "worker_stopped")]
    assert len(studio.codecs["hall"].heard) == heard
    assert (restarts_in_trail(), db.session.get(DeviceOrder, order_id).finished_at is not None) == (["unknown"], True)


def test_a_setting_that_a_killed_worker_left_is_set_again_and_read_back(app, studio, carrier):
    order_id = placed(studio, "hall", kind="set_encryption", setting="On")
    killed(app, "before")

    assert finished(carrier, order_id) == [("done", "set")]
    assert studio.codecs["hall"].setting == "On"
