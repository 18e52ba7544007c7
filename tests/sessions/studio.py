"""A place whose rooms have simulated codecs behind real SSH, and a bridge."""

import time
from datetime import timedelta

import pytest
from builders import Place
from oracle import Oracle

from device_drivers.simulators.bridge import SimulatedBridgeDevice
from device_drivers.simulators.cisco_roomos import SimulatedRoomOS
from device_drivers.simulators.network import Network, Timing
from device_drivers.transports.ssh import Deadlines
from roomctl import clock
from roomctl.booking import decide, tables
from roomctl.database import db
from roomctl.devices import connect, inventory
from roomctl.devices.tables import Device
from roomctl.sessions import control, lease
from roomctl.sessions import tables as session_tables
from roomctl.sessions.reconcile import Engine
from roomctl.timespan import Span

QUICK = Deadlines(connect_s=2, banner_s=10, login_s=10, silence_s=1.2, reply_s=4)


class Studio:
    """Three rooms with codecs, a bridge, a booked and granted conference that may start now."""

    def __init__(self) -> None:
        self.place = Place()
        self.network = Network()
        self.bridge = SimulatedBridgeDevice(name="bridge", pool=["7001@bridge.example", "7002@bridge.example"], network=self.network,
                                            password="geheim")
        self.codecs = {
            name: SimulatedRoomOS(name=name, address=f"{name}@vc.example", network=self.network, password="geheim",
                                  timing=Timing(ring_s=0.05, media_s=0.05))
            for name in ("hall", "room", "other")
        }
        rooms = {"hall": self.place.hall, "room": self.place.room, "other": self.place.other_room}
        self.devices: dict[str, Device] = {}
        for device in self.simulators():
            device.start()
        for name, codec in self.codecs.items():
            self.devices[name] = self._add(codec, kind="codec", family="cisco_roomos", unit=rooms[name].unit, room=rooms[name],
                                           dial_address=codec.address)
        self.devices["bridge"] = self._add(self.bridge, kind="bridge", family="simulated_bridge", unit=self.place.centre, room=None,
                                           pool=self.bridge.pool, ports=10)

    def simulators(self):
        return [self.bridge, *self.codecs.values()]

    def _add(self, simulator, **facts) -> Device:
        device = inventory.add_device(name=simulator.name, host="127.0.0.1", port=simulator.port, username="roomctl", password="geheim",
                                      **facts)
        inventory.note_host_key(device.id, fingerprint=simulator.fingerprint, algorithm="ssh-ed25519")
        inventory.pin_host_key(device.id, simulator.fingerprint, by=None)
        return device

    def book_now(self, *, rooms=("hall", "room", "other"), **facts) -> int:
        """Book and grant a conference that begins in five minutes; return its occurrence's id."""
        ids = {"hall": self.place.hall.id, "room": self.place.room.id, "other": self.place.other_room.id}
        start = clock.now() + timedelta(minutes=5)
        facts = {"span": Span(start, start + timedelta(hours=1)), **facts}
        conference_id = self.place.book(room_ids=tuple(ids[name] for name in rooms), **facts)
        for approver in (self.place.province_approver, self.place.other_approver):
            for reservation in decide.queue_of(approver):
                decide.grant_reservation(reservation.id, by=approver)
        return tables.conference_by_id(conference_id).occurrences[0].id

    @property
    def lead(self) -> control.Lead:
        return control.Lead(user=self.place.chair)

    def start(self, occurrence_id: int | None = None) -> int:
        return control.start_session(occurrence_id or self.book_now(), lead=self.lead)

    def stop(self) -> None:
        for device in self.simulators():
            device.stop()


class Run:
    """Drives the engine by hand."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.oracle = engine, Oracle()

    def until(self, condition, *, within_s: float = 15.0) -> session_tables.ConferenceSession:
        """Tick until `condition(session)` is true of the newest session; fail when it does not come true."""
        until = time.monotonic() + within_s
        while True:
            self.engine.tick()
            self.engine.wait(0.02)
            db.session.rollback()
            session = session_tables.latest_sessions(1)[0]
            db.session.refresh(session)
            for leg in session.legs:
                db.session.refresh(leg)
            self.oracle.look(session)
            if condition(session):
                return session
            if time.monotonic() > until:
                legs = [(leg.device.name, leg.state, leg.verdict, leg.finding, leg.finding_detail) for leg in session.legs]
                pytest.fail(f"session is {session.state}, legs {legs}")


@pytest.fixture
def studio(app):
    made = Studio()
    yield made
    made.stop()


@pytest.fixture
def connections():
    made = connect.Connections(QUICK)
    yield made
    made.close()


@pytest.fixture
def run(studio, connections, request):
    """A run whose every look at a screen is held against the readings; what was falsely shown secure is counted for the whole run of tests."""
    engine = Engine(lease.acquire(), connections)
    made = Run(engine)
    yield made
    engine.close()
    request.node.user_properties.append(("false_secure", (len(made.oracle.false), made.oracle.looks)))
    assert made.oracle.false == []


def leg_of(session, device_name: str):
    return next(leg for leg in session.legs if leg.device.name == device_name)
