"""A trap has its device looked at and does nothing else; strangers are counted and not believed."""

import asyncio
import socket
import threading
import time

import pytest
from sqlalchemy.exc import OperationalError

from device_drivers.snmp.asking import oid
from device_drivers.transports import snmp_ber
from device_drivers.transports.snmp_notification import Notification
from device_drivers.transports.snmp_traps import Trap, TrapUser, UnknownEngine
from devices.equipment import a_device, equipment
from roomctl import clock
from roomctl.database import db, write_transaction
from roomctl.devices import probing, reading_tables, snmp, traps
from roomctl.devices.snmp_tables import unknown_engines
from roomctl.devices.tables import Device
from roomctl.devices.traps import Desk

COLD_START = oid("1.3.6.1.6.3.1.1.5.1")


@pytest.fixture
def desk(app) -> Desk:
    return Desk()


def trap(device_id: int) -> Trap:
    return Trap(str(device_id), "127.0.0.1", "2c", False, Notification(COLD_START, 1, {}), 0.0)


def engine(count: int, name: bytes = b"\x80\x00\x00\x00\x04\x03\x02\x01") -> UnknownEngine:
    return UnknownEngine(name, "10.1.2.3", "nobody", count)


def counted() -> list[tuple[str, str, int]]:
    db.session.rollback()
    return [(one.engine_id, one.address, one.count) for one in unknown_engines(limit=10)]


class Recording:
    """A receiver that only says who was let in and who was sent away."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []

    def register(self, user: TrapUser) -> None:
        self.said.append(("in", user.key))

    def forget(self, key: str) -> None:
        self.said.append(("out", key))


def test_many_traps_of_a_device_are_one_wish(desk):
    device = equipment()
    for _ in range(5):
        desk.take(trap(device.id))

    desk.write_wishes()

    assert reading_tables.wishes(limit=5) == [device.id]


def test_a_trap_changes_no_status(desk):
    device = equipment()
    desk.take(trap(device.id))
    desk.write_wishes()

    db.session.rollback()
    assert (db.session.get_one(Device, device.id).status, db.session.get_one(Device, device.id).probed_at) == ("unknown", None)


def test_a_trap_of_a_device_that_was_retired_meanwhile_is_nothing(desk):
    device = equipment()
    with write_transaction() as session:
        session.get_one(Device, device.id).retired_at = clock.now()
    desk.take(trap(device.id))
    desk.take(trap(999_999))

    desk.write_wishes()

    assert reading_tables.wishes(limit=5) == []


def test_a_trap_that_comes_while_the_database_is_away_is_written_later(desk, monkeypatch):
    device, wish = equipment(), probing.wish
    desk.take(trap(device.id))

    def away(_):
        raise OperationalError("INSERT", {}, Exception("away"))

    monkeypatch.setattr(probing, "wish", away)
    with pytest.raises(OperationalError):
        desk.write_wishes()
    monkeypatch.setattr(probing, "wish", wish)

    desk.write_wishes()

    assert reading_tables.wishes(limit=5) == [device.id]


def test_snmp_case_19_a_stranger_is_counted_and_shown(desk):
    desk.write_engines([engine(3)])
    desk.write_engines([engine(5)])
    desk.write_engines([engine(5)])

    assert counted() == [("8000000004030201", "10.1.2.3", 5)]


def test_a_stranger_counts_on_after_the_receiver_was_restarted(desk):
    desk.write_engines([engine(3)])

    Desk().write_engines([engine(2)])

    assert counted() == [("8000000004030201", "10.1.2.3", 5)]


def test_only_the_latest_strangers_are_remembered(desk, monkeypatch):
    monkeypatch.setattr(traps, "MOST_ENGINES", 3)

    for number in range(6):
        desk.write_engines([engine(1, bytes([0x80, number]))])

    assert len(counted()) == 3 and ("8005", "10.1.2.3", 1) in counted()


def test_devices_are_let_in_with_their_access_and_sent_away_without_it(desk):
    receiver, device = Recording(), equipment(host="127.0.0.1")
    a_device()
    desk.let_in(receiver, traps.trap_users())
    desk.let_in(receiver, traps.trap_users())

    desk.let_in(receiver, ())

    assert receiver.said == [("in", str(device.id)), ("out", str(device.id))]


def test_a_device_whose_exception_is_over_is_a_stranger(app):
    device = equipment(host="127.0.0.1", exception_until=clock.now())

    assert [user.key for user in traps.trap_users() if user.key == str(device.id)] == []


def test_a_device_of_version_3_is_let_in_with_its_engine(place):
    device = a_device(unit=place.province, host="127.0.0.1")
    snmp.set_access(device.id, snmp.Wanted(username="roomctl", auth_password="mot mat khau", priv_password="mat khau hai"), by=place.administrator)
    with write_transaction() as session:
        session.get_one(traps.snmp_tables.SnmpAccess, device.id).engine_id = "80000000aa"

    (user,) = traps.trap_users()

    assert (user.key, user.host, user.engine_id, user.login.username) == (str(device.id), "127.0.0.1", bytes.fromhex("80000000aa"), "roomctl")


def test_the_receivers_engine_stays_and_its_starts_are_counted(app):
    settings = app.config["SETTINGS"]

    (first, one), (second, two) = traps.engine_of(settings), traps.engine_of(settings)

    assert (first, one, two) == (second, 1, 2)
    assert first.startswith(b"\x80\x00\x00\x00\x05") and len(first) == 13


def test_a_real_trap_has_its_device_looked_at(app, monkeypatch):
    device, ports = equipment(host="127.0.0.1"), []
    monkeypatch.setattr(traps, "WISH_EVERY_S", 0.05)
    start = traps.TrapReceiver.start

    async def started(receiver) -> None:
        await start(receiver)
        ports.append(receiver.port)

    monkeypatch.setattr(traps.TrapReceiver, "start", started)
    stop, loops = asyncio.Event(), []

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        await traps.receive(app, "127.0.0.1", 0, stop)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        until = time.monotonic() + 10
        while not reading_tables.wishes(limit=5):
            assert time.monotonic() < until
            if ports:
                send_trap(ports[0])
            db.session.rollback()
            thread.join(0.05)
    finally:
        loops[0].call_soon_threadsafe(stop.set)
        thread.join(10)

    assert reading_tables.wishes(limit=5) == [device.id]
    assert not thread.is_alive()


def send_trap(port: int) -> None:
    names = snmp_ber.listed([(oid("1.3.6.1.2.1.1.3.0"), snmp_ber.TIME_TICKS, b"\x01"),
                             (oid("1.3.6.1.6.3.1.1.4.1.0"), snmp_ber.OBJECT_ID, snmp_ber.object_id(COLD_START)[2:])])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(snmp_ber.message(1, b"public", snmp_ber.pdu(snmp_ber.TRAP_V2, 7, names)), ("127.0.0.1", port))
