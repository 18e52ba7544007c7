"""The prober looks at every device on its interval; a silent one delays nobody, and a kill forgets nothing that matters."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta

import pytest
from builders import a_room, a_unit, fresh
from sqlalchemy.exc import OperationalError

from device_drivers.errors import NoSnmpAnswer, Unreachable
from device_drivers.simulators.cisco_roomos import SimulatedRoomOS
from device_drivers.simulators.network import Network, Timing
from device_drivers.simulators.snmp_agent import AgentBadDay, SimulatedAgent, typed
from device_drivers.snmp.asking import Oid, oid
from device_drivers.transports import snmp_ber
from device_drivers.transports.snmp import Engine
from devices.equipment import IDENTITY, a_device, equipment, give_access, readings_of, state
from roomctl import clock
from roomctl.database import db, write_transaction
from roomctl.devices import connect, inventory, prober, probing, reading_tables, snmp_lane, storing
from roomctl.devices.prober import Prober, TakenOver
from roomctl.devices.snmp_lane import SnmpLane
from roomctl.devices.tables import Device

UPS: dict[Oid, tuple] = {
    oid("1.3.6.1.2.1.1.1.0"): typed(snmp_ber.OCTETS, "a UPS"), oid("1.3.6.1.2.1.1.2.0"): typed(snmp_ber.OBJECT_ID, oid("1.3.6.1.4.1.2254.2.5")),
    oid("1.3.6.1.2.1.1.3.0"): typed(snmp_ber.TIME_TICKS, 360_000), oid("1.3.6.1.2.1.33.1.2.1.0"): typed(snmp_ber.INTEGER, 2),
    oid("1.3.6.1.2.1.33.1.2.3.0"): typed(snmp_ber.INTEGER, 40), oid("1.3.6.1.2.1.33.1.2.4.0"): typed(snmp_ber.INTEGER, 97),
    oid("1.3.6.1.2.1.33.1.4.1.0"): typed(snmp_ber.INTEGER, 3),
}
EPSON = {oid("1.3.6.1.2.1.1.1.0"): typed(snmp_ber.OCTETS, "EPSON Network Projector"),
         oid("1.3.6.1.2.1.1.2.0"): typed(snmp_ber.OBJECT_ID, oid("1.3.6.1.4.1.1248.4.1")),
         oid("1.3.6.1.4.1.1248.4.1.1.1.1.0"): typed(snmp_ber.INTEGER, 812)}


class Watched:
    """A prober and what it looks at; ticked by the test itself."""

    def __init__(self) -> None:
        self.connections = connect.Connections()
        self.leased: set[int] = set()
        self.in_use: set[int] = set()
        self.still_ours: Callable[[], None] = lambda: None
        self.lane: SnmpLane | None = None
        self._agents: list[SimulatedAgent] = []
        self._codecs: list[SimulatedRoomOS] = []
        self._probers: list[Prober] = []
        self._pause = threading.Event()

    def agent(self, objects=UPS, **bad) -> SimulatedAgent:
        agent = SimulatedAgent(dict(objects), bad=AgentBadDay(**bad)).start()
        self._agents.append(agent)
        return agent

    def device_of(self, agent: SimulatedAgent, **facts) -> Device:
        return equipment(host="127.0.0.1", port=agent.port, snmp_port=agent.port, **facts)

    def codec(self) -> SimulatedRoomOS:
        codec = SimulatedRoomOS(name="codec", address="c@vc.example", network=Network(), password="geheim", timing=Timing())
        codec.start()
        self._codecs.append(codec)
        return codec

    def device_of_codec(self, codec: SimulatedRoomOS) -> Device:
        device = a_device(host="127.0.0.1", port=codec.port)
        inventory.note_host_key(device.id, fingerprint=codec.fingerprint, algorithm="ssh-ed25519")
        inventory.pin_host_key(device.id, codec.fingerprint, by=None)
        return device

    def prober(self) -> Prober:
        """Return a fresh prober, as after a restart of the program."""
        made = Prober(self.connections, leased=lambda: self.leased, rooms_in_use=lambda rooms: self.in_use & set(rooms),
                      still_ours=lambda: self.still_ours(), lane=self.lane)
        self._probers.append(made)
        return made

    def tick_until(self, watching: Prober, condition: Callable[[], bool], *, within_s: float = 15.0) -> None:
        until = time.monotonic() + within_s
        while not condition():
            assert time.monotonic() < until, "did not come true"
            watching.tick()
            db.session.rollback()
            self._pause.wait(0.01)

    def tick_for(self, watching: Prober, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            watching.tick()
            db.session.rollback()
            self._pause.wait(0.01)

    def close(self) -> None:
        for made in self._probers:
            made.close()
        self.connections.close()
        for one in (*self._agents, *self._codecs):
            one.stop()


@pytest.fixture
def watched(app, monkeypatch):
    monkeypatch.setattr(prober, "STORE_EVERY_S", 0.05)
    monkeypatch.setattr(prober, "WISHES_EVERY_S", 0.05)
    made = Watched()
    yield made
    made.close()


def looked_at(device: Device) -> bool:
    return fresh(device).probed_at is not None


def test_a_codec_is_looked_at_over_ssh(watched):
    device = watched.device_of_codec(watched.codec())

    watched.tick_until(watched.prober(), lambda: looked_at(device))

    assert (state(device), fresh(device).model != "") == (("ok", ""), True)
    assert watched.connections.device_ids == set()


def test_equipment_is_detected_and_read_over_snmp(watched):
    device = watched.device_of(watched.agent())

    watched.tick_until(watched.prober(), lambda: looked_at(device))

    values = {row[0]: row[2] for row in readings_of(device)}
    assert (state(device), values["battery_charge"], values["runtime_left"]) == (("ok", ""), 97, 40)


def test_a_codec_with_an_snmp_access_is_asked_both_ways(watched):
    codec, agent = watched.codec(), watched.agent()
    device = watched.device_of_codec(codec)
    give_access(device, snmp_port=agent.port)

    watched.tick_until(watched.prober(), lambda: looked_at(device))

    names = {row[0] for row in readings_of(device)}
    assert (codec.sessions_served > 0, "battery_charge" in names) == (True, True)


def test_snmp_case_21_silent_devices_delay_nobody(watched):
    silent = [watched.device_of(watched.agent(silent=True)) for _ in range(3)]
    answering = [watched.device_of(watched.agent()) for _ in range(12)]
    watching = watched.prober()

    watched.tick_until(watching, lambda: all(looked_at(device) for device in answering), within_s=5)
    early = [looked_at(device) for device in silent]
    watched.tick_until(watching, lambda: all(looked_at(device) for device in silent), within_s=15)

    assert early == [False] * 3
    assert {state(device) for device in silent} == {("critical", "no_snmp_answer")}


def test_devices_that_were_silent_never_take_all_threads(watched, monkeypatch):
    block = threading.Event()

    def look(way, _connections):
        if way.host.startswith("10.66."):
            block.wait(10)
            return probing.Look(way.device_id, error=Unreachable("no route"))
        return probing.Look(way.device_id, IDENTITY)

    monkeypatch.setattr(probing, "look", look)
    unit = a_unit()
    dead = [a_device(host=f"10.66.0.{number}", unit=unit) for number in range(40)]
    with write_transaction() as session:
        for device in dead:
            session.get_one(Device, device.id).fault = "unreachable"
    well = [a_device(unit=unit) for _ in range(40)]
    watching = watched.prober()

    watched.tick_until(watching, lambda: all(looked_at(device) for device in well), within_s=10)

    assert not any(looked_at(device) for device in dead)
    block.set()


def test_a_device_that_a_session_uses_is_left_alone(watched):
    codec = watched.codec()
    device, other = watched.device_of_codec(codec), watched.device_of(watched.agent())
    watched.leased = {device.id}
    probing.wish([device.id])

    watched.tick_until(watched.prober(), lambda: looked_at(other))

    assert (codec.sessions_served, looked_at(device), reading_tables.wishes(limit=5)) == (0, False, [device.id])


def test_a_wished_device_is_looked_at_before_its_turn_and_the_wish_is_gone(watched):
    device = watched.device_of(watched.agent())
    watching = watched.prober()
    watched.tick_until(watching, lambda: looked_at(device))
    first = fresh(device).probed_at

    probing.wish([device.id])
    watched.tick_until(watching, lambda: fresh(device).probed_at > first)

    assert reading_tables.wishes(limit=5) == []


def test_a_device_that_was_just_added_is_looked_at_when_somebody_wishes(watched):
    watching = watched.prober()
    watched.tick_for(watching, 0.1)
    device = watched.device_of(watched.agent())

    probing.wish([device.id])

    watched.tick_until(watching, lambda: looked_at(device), within_s=5)


def test_a_restarted_worker_does_not_look_at_what_was_looked_at_a_moment_ago(watched):
    agent = watched.agent()
    device = watched.device_of(agent)
    watched.tick_until(watched.prober(), lambda: looked_at(device))
    first = fresh(device).probed_at

    watched.tick_for(watched.prober(), 0.5)

    assert fresh(device).probed_at == first


def test_a_killed_prober_loses_no_wish(watched, monkeypatch):
    device = watched.device_of(watched.agent())
    watched.tick_until(watched.prober(), lambda: looked_at(device))
    probing.wish([device.id])
    doomed = watched.prober()
    monkeypatch.setattr(doomed, "_store", lambda: None)  # It is killed after the look and before it is stored.
    watched.tick_until(doomed, lambda: bool(doomed._found))
    first = fresh(device).probed_at

    watched.tick_until(watched.prober(), lambda: fresh(device).probed_at > first)

    assert reading_tables.wishes(limit=5) == []


def test_what_was_found_while_the_database_was_away_is_stored_later_with_the_time_of_the_look(watched, monkeypatch):
    devices = [watched.device_of(watched.agent()) for _ in range(3)]
    watching, store, away = watched.prober(), storing.store, [True]

    def store_or_not(*args, **kwargs):
        if away[0]:
            raise OperationalError("UPDATE", {}, Exception("server closed the connection"))
        return store(*args, **kwargs)

    monkeypatch.setattr(storing, "store", store_or_not)
    tries, until = 0, time.monotonic() + 10
    while tries < 3:
        assert time.monotonic() < until
        try:
            watching.tick()
        except OperationalError:
            tries += 1
    found, back = {device_id: one.at for device_id, one in watching._found.items()}, clock.now()
    away[0] = False

    watched.tick_until(watching, lambda: all(looked_at(device) for device in devices))

    assert len(found) > 0
    assert all(fresh(device).probed_at == found[device.id] < back for device in devices if device.id in found)


def test_one_device_that_cannot_be_stored_costs_the_others_nothing(watched, monkeypatch):
    poisoned, well = watched.device_of(watched.agent()), watched.device_of(watched.agent())
    store = storing.store

    def store_or_not(found, **kwargs):
        if any(one.device_id == poisoned.id for one in found):
            raise ValueError("no database takes this")
        return store(found, **kwargs)

    monkeypatch.setattr(storing, "store", store_or_not)

    watched.tick_until(watched.prober(), lambda: looked_at(well))

    assert not looked_at(poisoned)


def test_a_driver_that_fails_is_a_fault_of_that_device_alone(watched, monkeypatch):
    device, other = watched.device_of_codec(watched.codec()), watched.device_of(watched.agent())

    def fail(*_):
        raise ZeroDivisionError

    monkeypatch.setattr("device_drivers.cisco_roomos.driver.CiscoRoomos.status", fail)

    watched.tick_until(watched.prober(), lambda: looked_at(device) and looked_at(other))

    assert (state(device), state(other)) == (("warning", "driver_fault"), ("ok", ""))


def test_a_class_that_fails_is_a_fault_of_that_device_alone(watched, monkeypatch):
    device, other = watched.device_of(watched.agent()), watched.device_of(watched.agent(EPSON))

    def fail(*_):
        raise ZeroDivisionError

    monkeypatch.setattr("device_drivers.snmp.ups.read", fail)

    watched.tick_until(watched.prober(), lambda: looked_at(device) and looked_at(other))

    assert (state(device), fresh(other).fault) == (("warning", "driver_fault"), "nothing_readable")


def test_a_device_whose_password_cannot_be_opened_says_so(watched, app):
    device, other = a_device(host="127.0.0.1", port=9), watched.device_of(watched.agent())
    bare = a_device(password="")
    key = app.config["SETTINGS"].home / "secrets" / "device-credentials-key"
    kept = key.read_bytes()
    key.write_bytes(bytes(32))

    watched.tick_until(watched.prober(), lambda: all(looked_at(one) for one in (device, bare, other)))
    key.write_bytes(kept)

    assert {state(device), state(bare), state(other)} == {("warning", "credentials_unreadable")}


def test_equipment_nobody_said_how_to_ask_is_not_looked_at(watched):
    device = a_device(kind="equipment", family="snmp", password="")
    other = watched.device_of(watched.agent())

    watched.tick_until(watched.prober(), lambda: looked_at(other))

    assert not looked_at(device)


def test_an_exception_that_is_over_is_not_asked_at_all(watched):
    agent = watched.agent()
    device = watched.device_of(agent, exception_until=clock.now() - timedelta(seconds=1))

    watched.tick_until(watched.prober(), lambda: looked_at(device))

    assert (state(device), agent.heard) == (("warning", "snmp_exception_over"), [])


def test_an_engine_is_made_only_when_a_device_speaks_snmp(watched):
    made = []

    def make() -> Engine:
        made.append(1)
        return Engine().start()

    watched.lane = SnmpLane(make)
    codec = watched.device_of_codec(watched.codec())
    watching = watched.prober()
    watched.tick_until(watching, lambda: looked_at(codec))
    before = len(made)
    device = watched.device_of(watched.agent())
    probing.wish([device.id])

    watched.tick_until(watching, lambda: looked_at(device))

    assert (before, len(made)) == (0, 1)


def test_a_projector_that_falls_silent_outside_conferences_sleeps(watched):
    unit = a_unit()
    room = a_room(unit)
    agent = watched.agent(EPSON)
    device = watched.device_of(agent, unit=unit, room_id=room.id)
    watching = watched.prober()
    watched.tick_until(watching, lambda: looked_at(device))
    agent.bad.silent = True

    found = []
    for in_use in (set(), {room.id}):
        watched.in_use, before = in_use, fresh(device).probed_at
        probing.wish([device.id])
        watched.tick_until(watching, lambda before=before: fresh(device).probed_at > before)
        found.append(state(device))

    assert found == [("unknown", "standby"), ("critical", "no_snmp_answer")]


def test_an_agent_that_becomes_another_device_is_detected_anew(watched):
    agent = watched.agent()
    device = watched.device_of(agent)
    watching = watched.prober()
    watched.tick_until(watching, lambda: looked_at(device))
    before = fresh(device).probed_at
    agent.objects = dict(EPSON)

    probing.wish([device.id])
    watched.tick_until(watching, lambda: fresh(device).probed_at > before)

    assert {row[0] for row in readings_of(device)} >= {"lamp_hours"}


def test_a_changed_access_is_used_at_the_next_look(watched):
    agent = watched.agent()
    device = equipment(host="127.0.0.1", port=agent.port, snmp_port=agent.port, community="wrong")
    watching = watched.prober()
    watched.tick_until(watching, lambda: looked_at(device))
    before = (state(device), fresh(device).probed_at)
    with write_transaction() as session:
        session.delete(session.get_one(snmp_lane.snmp_tables.SnmpAccess, device.id))
    give_access(device, snmp_port=agent.port)

    probing.wish([device.id])
    watched.tick_until(watching, lambda: fresh(device).probed_at > before[1])

    assert (before[0], state(device)) == (("critical", "no_snmp_answer"), ("ok", ""))


def test_a_prober_that_was_taken_over_stops(watched, app):
    device = watched.device_of(watched.agent())

    def lost() -> None:
        raise TakenOver

    watched.still_ours = lost
    watching = watched.prober().start(app)
    watching._thread.join(15)

    assert (watching._thread.is_alive(), looked_at(device)) == (False, False)


def test_a_prober_in_its_own_thread_looks_and_stops_when_told_to(watched, app):
    device = watched.device_of(watched.agent())
    watching = watched.prober().start(app)
    until = time.monotonic() + 15
    while not looked_at(device):
        assert time.monotonic() < until
        watched._pause.wait(0.02)

    watching.close()

    assert not watching._thread.is_alive()


class Counting:
    """An engine that says how many polls are under way, and never answers."""

    def __init__(self) -> None:
        self.polls: list[Future] = []

    def poll(self, _target, _asked) -> Future:
        self.polls.append(Future())
        return self.polls[-1]

    def close(self) -> None:
        pass


def test_a_device_that_is_being_asked_is_not_asked_a_second_time(watched):
    engine = Counting()
    watched.lane = SnmpLane(lambda: engine)
    device = equipment()
    watching = watched.prober()
    watched.tick_until(watching, lambda: len(engine.polls) == 1)

    probing.wish([device.id])
    watched.tick_for(watching, 0.3)
    engine.polls[0].set_exception(NoSnmpAnswer("no answer"))
    watched.tick_until(watching, lambda: len(engine.polls) == 2)

    assert state(device) == ("critical", "no_snmp_answer")
