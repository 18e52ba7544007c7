"""A watch stays with its device: through restarts, lost registrations and refusals, and says what it did not hear."""

import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from device_drivers.errors import ConnectionLost, DeviceError, HostKeyChanged, LoginRefused, Unreachable
from device_drivers.readings import Call, HostKey
from device_drivers.simulators.cisco_roomos import Firmware
from device_drivers.watching import Gap, Pace, Watch
from device_drivers.xapi import feedback

QUICK = Pace(first_wait_s=0.01, longest_wait_s=0.05, check_every_s=600, listen_s=0.05)
ALWAYS_CHECKING = Pace(first_wait_s=0.01, longest_wait_s=0.05, check_every_s=0, listen_s=0.05)


class Listener:
    """Notes what a watch tells."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.resyncs: list[tuple[tuple[Call, ...], Gap | None]] = []

    def on_event(self, event: dict[str, Any]) -> None:
        self.events.append(event)

    def on_resync(self, calls: tuple[Call, ...], gap: Gap | None) -> None:
        self.resyncs.append((calls, gap))


@pytest.fixture
def watch_over():
    """Return a function that starts a watch, which is stopped when the test ends."""
    watches: list[Watch] = []

    def make(connect: Callable[[], Any], *, pace: Pace = QUICK, paths: Iterable[str] = ("/Status/Call",),
             listener: Any = None, **facts: Any) -> tuple[Watch, Listener]:
        listener = listener or Listener()
        watch = Watch(connect, on_event=listener.on_event, on_resync=listener.on_resync, paths=paths, pace=pace, **facts)
        watches.append(watch)
        watch.start()
        return watch, listener

    yield make
    for watch in watches:
        watch.stop()


def registered(simulator, after: int = 0) -> list[str]:
    return [line.split()[2] for line in simulator.heard[after:] if line.startswith("xFeedback Register ")]


# A real restart


def test_case_1_a_codec_that_restarts_is_watched_again_and_the_call_after_it_is_reported(office, watch_over, eventually):
    office.codec("room")
    simulator = office.codec("hall", firmware=Firmware(away_s=0.3))
    watch, told = watch_over(lambda: office.connect(simulator))
    eventually(lambda: watch.is_live)
    before = datetime.now(UTC)
    heard = len(simulator.heard)

    simulator.reboot(away_s=simulator.firmware.away_s)
    eventually(lambda: len(told.resyncs) == 2 and watch.is_live)
    simulator.dial_from_remote_control("room@vc.example")

    call = eventually(lambda: [event for event in told.events if feedback.touches(event, "/Status/Call")])[0]
    assert call["Status"]["Call"][0]["RemoteNumber"]["Value"] == "room@vc.example"
    assert registered(simulator, heard) == ["/Status/Call"]
    assert simulator.heard[heard:].count("xStatus Call") == 1
    (gap,) = watch.gaps
    assert gap.ended_at is not None and gap.begun_at <= before + timedelta(seconds=1)
    assert gap.ended_at - gap.begun_at >= timedelta(seconds=0.2)
    assert told.resyncs[1][1] is gap


def test_case_1_a_call_that_was_placed_while_nobody_listened_is_in_the_resync(office, watch_over, eventually):
    office.codec("room")
    simulator = office.codec("hall")
    watch, told = watch_over(lambda: office.connect(simulator))
    eventually(lambda: watch.is_live)

    simulator.stop()
    simulator.dial_from_remote_control("room@vc.example")
    eventually(lambda: watch.open_gap is not None)
    simulator.start()

    eventually(lambda: len(told.resyncs) == 2)
    calls, gap = told.resyncs[1]
    assert [call.remote for call in calls] == ["room@vc.example"]
    assert gap is not None and gap.reason in ("unreachable", "connection_lost")


def test_case_1_a_codec_that_loses_its_registrations_in_mid_session_is_registered_again(office, watch_over, eventually):
    simulator = office.codec(firmware=Firmware(lists_feedback="tagged"))
    watch, told = watch_over(lambda: office.connect(simulator), pace=ALWAYS_CHECKING)
    eventually(lambda: watch.is_live)

    simulator.forget_feedback()

    eventually(lambda: [gap.reason for gap in watch.gaps if gap.ended_at] == ["feedback_lost"])
    assert registered(simulator) == ["/Status/Call", "/Status/Call"]
    eventually(lambda: told.resyncs[-1][1] is watch.gaps[0])


def test_a_watch_that_is_stopped_leaves_no_session_behind(office, watch_over, eventually):
    simulator = office.codec()
    watch, _ = watch_over(lambda: office.connect(simulator))
    eventually(lambda: watch.is_live)

    watch.stop()

    eventually(lambda: simulator.open_sessions == 0)
    assert not watch.is_live
    assert list(watch.gaps) == []


# A device that a test leads


class Puppet:
    """A driver whose bad days a test chooses."""

    def __init__(self) -> None:
        self.events_dropped = 0
        self.closed = threading.Event()
        self.waiting: list[dict[str, Any]] = []
        self.lost: tuple[str, ...] = ()
        self.error: DeviceError | None = None
        self.up: tuple[Call, ...] = ()
        self.resyncs = 0

    def watch(self, paths: Iterable[str]) -> feedback.Registered:
        return feedback.Registered(new=self.lost, lost=self.lost, refused=(), listed=None)

    def listen(self, for_s: float) -> None:
        if self.closed.wait(0.005):
            raise ConnectionLost("closed")
        if self.error is not None:
            raise self.error

    def events(self) -> list[dict[str, Any]]:
        taken, self.waiting = self.waiting, []
        return taken

    def calls(self) -> tuple[Call, ...]:
        self.resyncs += 1
        return self.up

    def close(self) -> None:
        self.closed.set()


def test_events_that_were_too_many_are_a_gap_and_the_calls_are_read_again(watch_over, eventually):
    puppet = Puppet()
    watch, _ = watch_over(lambda: puppet)
    eventually(lambda: watch.is_live)

    puppet.events_dropped = 7

    eventually(lambda: [gap.reason for gap in watch.gaps if gap.ended_at] == ["events_dropped"])
    assert puppet.resyncs == 2


@pytest.mark.parametrize("error", [LoginRefused("no"), HostKeyChanged(pinned="a", seen=HostKey("ssh-ed25519", "b"))])
def test_a_refusal_that_waiting_does_not_mend_ends_the_watch_after_one_try(watch_over, eventually, error):
    tries: list[int] = []

    def refuse():
        tries.append(1)
        raise error

    watch, _ = watch_over(refuse)

    eventually(lambda: watch.ended_by is error)
    assert len(tries) == 1
    assert watch.open_gap is not None and watch.open_gap.reason == error.kind


def test_a_device_that_is_away_is_tried_again_and_that_is_one_gap(watch_over, eventually):
    puppet, tries = Puppet(), []

    def connect():
        tries.append(1)
        if len(tries) < 4:
            raise Unreachable("away")
        return puppet

    watch, told = watch_over(connect)

    eventually(lambda: watch.is_live)
    assert [(gap.reason, gap.ended_at is not None) for gap in watch.gaps] == [("unreachable", True)]
    assert told.resyncs[0][1] is watch.gaps[0]


def test_a_connection_that_is_lost_is_closed_before_the_next_is_opened(watch_over, eventually):
    made: list[Puppet] = []

    def connect():
        assert all(one.closed.is_set() for one in made)
        made.append(Puppet())
        return made[-1]

    watch, _ = watch_over(connect)
    eventually(lambda: watch.is_live)

    made[0].error = ConnectionLost("gone")

    eventually(lambda: len(made) == 2 and watch.is_live)
    assert made[0].closed.is_set() and watch.ended_by is None


def test_a_gap_begins_with_the_last_sign_of_life_and_not_with_the_error(watch_over, eventually):
    clock = [datetime(2026, 1, 1, tzinfo=UTC)]
    puppets = [Puppet(), Puppet()]
    waiting = iter(puppets)
    watch, _ = watch_over(lambda: next(waiting), now=lambda: clock[0])
    eventually(lambda: watch.is_live)

    clock[0] += timedelta(minutes=7)
    puppets[0].error = ConnectionLost("gone")

    eventually(lambda: watch.gaps and watch.gaps[0].ended_at)
    assert watch.gaps[0] == Gap(datetime(2026, 1, 1, tzinfo=UTC), "connection_lost", clock[0])


def test_a_listener_that_fails_does_not_end_the_watch(watch_over, eventually, caplog):
    class Clumsy(Listener):
        def on_event(self, event: dict[str, Any]) -> None:
            super().on_event(event)
            raise ValueError("clumsy")

    puppet = Puppet()
    watch, told = watch_over(lambda: puppet, listener=Clumsy())
    eventually(lambda: watch.is_live)

    puppet.waiting = [{"Event": {"n": 1}}]
    eventually(lambda: len(told.events) == 1)
    puppet.waiting = [{"Event": {"n": 2}}]

    eventually(lambda: len(told.events) == 2)
    assert watch.is_live
    assert "whoever watches failed" in caplog.text


@pytest.mark.parametrize(("failures", "chance", "wait_s"), [
    (0, 0.0, 1.0), (0, 1.0, 0.5), (1, 0.0, 2.0), (3, 0.0, 8.0), (10, 0.0, 60.0), (10, 1.0, 30.0), (5000, 0.0, 60.0),
])
def test_the_wait_doubles_to_a_limit_and_chance_takes_off_up_to_half(failures, chance, wait_s):
    assert Pace().wait_s(failures, chance) == wait_s
