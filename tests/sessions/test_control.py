"""What people do to a session at the same moment, and with the last of a bridge."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from builders import Place, a_room, until_somebody_waits

from roomctl import clock
from roomctl.booking.tables import conference_by_id
from roomctl.database import db, write_transaction
from roomctl.devices import inventory
from roomctl.devices.tables import Device
from roomctl.errors import NotVisible, Refused
from roomctl.organisation.tables import User
from roomctl.sessions import control, extend, tables
from roomctl.sessions.states import LegState, SessionState
from roomctl.timespan import Span

PRESSES = 6


class Stage:
    """Four rooms of the centre with codecs, and a bridge with few ports and addresses.  No device is there, and no worker."""

    def __init__(self, *, addresses: int, ports: int) -> None:
        self.place = Place()
        self.rooms = [a_room(self.place.centre).id for _ in range(4)]
        common = {"unit": self.place.centre, "username": "roomctl", "password": "geheim"}
        for room_id in self.rooms:
            inventory.add_device(kind="codec", family="cisco_roomos", room=db.session.get_one(type(self.place.hall), room_id),
                                 name=f"codec {room_id}", host="192.0.2.1", port=room_id, **common)
        bridge = inventory.add_device(kind="bridge", family="simulated_bridge", room=None, name="bridge", host="192.0.2.2", port=22,
                                      pool=[f"700{number}@bridge.example" for number in range(addresses)], ports=ports, **common)
        inventory.note_host_key(bridge.id, fingerprint="SHA256:1", algorithm="ssh-ed25519")
        inventory.pin_host_key(bridge.id, "SHA256:1", by=None)

    def book(self, rooms: list[int]) -> int:
        start = clock.now() + timedelta(minutes=5)
        conference_id = self.place.book(room_ids=tuple(rooms), host_room_id=rooms[0], span=Span(start, start + timedelta(hours=1)))
        return conference_by_id(conference_id).occurrences[0].id

    def start(self, rooms: list[int]) -> tables.ConferenceSession:
        return tables.session_by_id(control.start_session(self.book(rooms), lead=self.lead))

    @property
    def lead(self) -> control.Lead:
        return control.Lead(user=self.place.chair)


def leave_out(session: tables.ConferenceSession, leg: tables.Leg, *, lead: control.Lead) -> None:
    with write_transaction():
        tables.session_for_update(session.id)
        db.session.get_one(tables.Leg, leg.id).state = LegState.HUNG_UP
    control.go_on_without(session.id, leg.id, lead=lead)


def test_whoever_presses_start_at_the_same_moment_is_led_to_one_session_on_the_last_address(app_on, set_clock):
    stage = Stage(addresses=1, ports=10)
    occurrence_id, chair_id, together = stage.book(stage.rooms[:2]), stage.place.chair.id, threading.Barrier(PRESSES)

    def press(_) -> int:
        with app_on.app_context():
            lead = control.Lead(user=db.session.get(User, chair_id))
            together.wait()
            return control.start_session(occurrence_id, lead=lead)

    with ThreadPoolExecutor(PRESSES) as pool:
        led_to = list(pool.map(press, range(PRESSES)))

    db.session.rollback()
    assert led_to == [tables.running_session_of(occurrence_id).id] * PRESSES


@pytest.mark.parametrize("engine_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_whoever_extends_a_session_that_is_just_ending_waits_and_is_told(app_on, set_clock):
    stage = Stage(addresses=1, ports=10)
    session_id, chair_id = stage.start(stage.rooms[:2]).id, stage.place.chair.id

    def extend_it() -> None:
        with app_on.app_context():
            extend.extend_session(session_id, lead=control.Lead(user=db.session.get(User, chair_id)))

    with ThreadPoolExecutor(1) as pool:
        with write_transaction() as database:
            session = tables.session_for_update(session_id)
            extending = pool.submit(extend_it)
            until_somebody_waits()
            session.state, session.ended_at, session.occurrence.actual_end_at = SessionState.ENDED, set_clock.at, set_clock.at
            database.flush()
        with pytest.raises(NotVisible):
            extending.result(10)


@pytest.fixture
def stage(app, set_clock) -> Stage:
    return Stage(addresses=2, ports=4)


def test_a_leg_that_was_left_out_comes_back_while_its_port_is_free(stage):
    session = stage.start(stage.rooms[:2])
    leave_out(session, session.legs[1], lead=stage.lead)

    control.retry_leg(session.id, session.legs[1].id, lead=stage.lead)

    assert tables.session_by_id(session.id).legs[1].state == LegState.WAITING


def test_a_leg_that_was_left_out_does_not_come_back_when_its_port_was_given_away(stage):
    session = stage.start(stage.rooms[:2])
    leave_out(session, session.legs[1], lead=stage.lead)
    with write_transaction():
        db.session.get_one(Device, session.bridge_id).ports = 3
    stage.start(stage.rooms[2:])

    with pytest.raises(Refused, match="no_bridge"):
        control.retry_leg(session.id, session.legs[1].id, lead=stage.lead)

    db.session.expire_all()
    assert tables.session_by_id(session.id).legs[1].state == LegState.LEFT_OUT
