"""Connections are open before anybody presses start."""

import time

import pytest

from roomctl.booking.cancel import cancel_conference
from roomctl.booking.tables import Occurrence
from roomctl.database import db
from roomctl.devices import probing
from roomctl.devices.connect import way_to
from roomctl.sessions.hands import Processes, Threads
from roomctl.sessions.warm import Warmer


@pytest.fixture
def hands(connections):
    made = Threads(connections)
    yield made
    made.close()


@pytest.fixture
def warmer(hands):
    return Warmer(hands)


def until(warmer, condition, *, within_s: float = 5.0) -> bool:
    """Tick until the condition holds, for at most so long; return whether it did."""
    limit = time.monotonic() + within_s
    while time.monotonic() < limit:
        warmer._next = 0.0
        warmer.tick()
        if condition():
            return True
        time.sleep(0.01)
    return False


def ids(studio, *names: str) -> set[int]:
    return {studio.devices[name].id for name in names}


def test_the_devices_of_a_near_conference_are_at_hand(studio, connections, warmer):
    studio.book_now(rooms=("hall", "room"))

    assert until(warmer, lambda: connections.device_ids == ids(studio, "hall", "room", "bridge"))


def test_nothing_is_opened_while_no_conference_is_near(studio, connections, hands, warmer):
    warmer.tick()

    assert (connections.device_ids, hands._kept_open._under_way) == (set(), {})


def test_a_device_that_hung_up_is_called_again(studio, connections, warmer):
    studio.book_now(rooms=("hall", "room"))
    until(warmer, lambda: connections.device_ids >= ids(studio, "hall"))

    studio.codecs["hall"].cut_connections()

    assert until(warmer, lambda: studio.codecs["hall"].sessions_served == 2 and connections.device_ids >= ids(studio, "hall"))


def test_a_device_that_cannot_be_reached_rests_and_the_others_are_ready(studio, connections, hands, warmer):
    studio.book_now()
    studio.codecs["other"].stop()

    assert until(warmer, lambda: connections.device_ids == ids(studio, "hall", "room", "bridge"))
    assert until(warmer, lambda: set(hands._kept_open._resting) == ids(studio, "other"))


def test_a_probe_uses_the_open_connection_and_leaves_it_open(studio, connections, warmer):
    studio.book_now(rooms=("hall", "room"))
    until(warmer, lambda: connections.device_ids >= ids(studio, "hall"))

    found = probing.look(way_to(studio.devices["hall"]), connections)

    assert found.error is None
    assert studio.codecs["hall"].sessions_served == 1
    assert connections.device_ids >= ids(studio, "hall")


def test_a_probe_of_a_far_device_leaves_nothing_open(studio, connections):
    probing.look(way_to(studio.devices["hall"]), connections)

    assert connections.device_ids == set()


def test_a_session_takes_over_the_open_connections(studio, connections, warmer, run):
    occurrence_id = studio.book_now(rooms=("hall", "room"))
    until(warmer, lambda: connections.device_ids == ids(studio, "hall", "room", "bridge"))

    studio.start(occurrence_id)
    run.until(lambda session: session.state == "live")

    assert [studio.codecs[name].sessions_served for name in ("hall", "room")] == [1, 1]


@pytest.mark.slow
def test_processes_hold_the_connections_too_and_close_what_is_needed_no_longer(studio):
    hands = Processes(2)
    in_use: set[int] = ids(studio, "hall")
    warmer = Warmer(hands, lambda: in_use)
    occurrence_id = studio.book_now(rooms=("hall", "room"))
    codecs = [studio.codecs[name] for name in ("hall", "room")]
    try:
        assert until(warmer, lambda: [len(codec._transports) for codec in codecs] == [1, 1], within_s=30)
        cancel_conference(db.session.get(Occurrence, occurrence_id).conference_id, by=studio.place.clerk, reason="")

        assert until(warmer, lambda: [len(codec._transports) for codec in codecs] == [1, 0], within_s=30)
    finally:
        hands.close()
