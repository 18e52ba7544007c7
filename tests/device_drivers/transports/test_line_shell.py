"""A shell read line by line, and a heart that beats."""

import threading

import pytest

from device_drivers.errors import ConnectionLost, Silent
from device_drivers.lines import LineReader
from device_drivers.transports.heartbeat import Heartbeat
from device_drivers.transports.line_shell import EVENTS_KEPT, LineShell
from device_drivers.transports.transcript import TranscriptShell


def a_line_shell(greeting: bytes) -> LineShell:
    return LineShell(TranscriptShell(greeting, lambda sent: sent), LineReader())


def test_lines_come_in_order_and_then_there_is_silence():
    lines = a_line_shell(b"one\r\ntwo\r\nthr")

    assert [lines.next_line(asked="x", until=lines.deadline()) for _ in range(2)] == ["one", "two"]
    with pytest.raises(Silent):
        lines.next_line(asked="x", until=lines.deadline())


def test_lines_that_never_stop_do_not_outlast_the_deadline():
    lines = a_line_shell(b"one\r\ntwo\r\n")
    lines.next_line(asked="x", until=lines.deadline())

    with pytest.raises(Silent):
        lines.next_line(asked="x", until=0.0)


def test_what_is_on_its_way_is_taken_together_and_the_unfinished_line_is_kept():
    lines = a_line_shell(b"one\r\ntwo\r\nthr")

    assert lines.lines_on_their_way(quiet_s=0.01, at_most_s=1.0) == ["one", "two"]
    lines.send(b"ee\r\n")
    assert lines.next_line(asked="x", until=lines.deadline()) == "three"


def test_bytes_pass_through_what_takes_some_away():
    shell = TranscriptShell(b"o-ne\r\n", bytes)

    assert LineShell(shell, LineReader(), without=lambda data: data.replace(b"-", b"")).next_line(asked="x", until=float("inf")) == "one"


def test_events_are_bounded_and_the_dropped_ones_counted():
    lines = a_line_shell(b"")

    for number in range(EVENTS_KEPT + 7):
        lines.note(f"event {number}")

    assert (len(lines.events), lines.events[0], lines.events_dropped) == (EVENTS_KEPT, "event 7", 7)


def test_a_heart_beats_until_it_is_stopped(eventually):
    beats: list[int] = []
    heart = Heartbeat(lambda: beats.append(1), every_s=0.01, name="test")
    eventually(lambda: len(beats) >= 3)

    heart.stop()

    eventually(lambda: not heart.is_beating)
    assert heart.failure is None


def test_a_heart_that_fails_stops_and_says_why(eventually):
    def beat() -> None:
        raise ConnectionLost("gone")

    heart = Heartbeat(beat, every_s=0.01, name="test")

    eventually(lambda: not heart.is_beating)
    assert isinstance(heart.failure, ConnectionLost)


def test_a_beat_may_stop_its_own_heart(eventually):
    ready = threading.Event()

    def beat() -> None:
        ready.wait(5)
        heart.stop()

    heart = Heartbeat(beat, every_s=0.01, name="test")
    ready.set()

    eventually(lambda: not heart.is_beating)
