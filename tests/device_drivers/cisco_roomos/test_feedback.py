"""What a codec reports by itself: registered once, read back, heard beside replies, and registered again when it was lost."""

import threading
from typing import Any

import pytest

from device_drivers.errors import ConnectionLost, Silent, UnsafeValue
from device_drivers.readings import CallState
from device_drivers.simulators.cisco_roomos import Firmware
from device_drivers.simulators.server import BadDay
from device_drivers.transports.ssh import Deadlines
from device_drivers.xapi import feedback

IMPATIENT = Deadlines(silence_s=0.2, reply_s=0.5)


@pytest.fixture
def watched(office):
    """Return a function that starts a codec of some firmware and returns it with a driver that watches it."""

    def make(*paths: str, bad: dict[str, Any] | None = None, **firmware: Any):
        simulator = office.codec("hall", firmware=Firmware(**firmware), bad=BadDay(**bad or {}))
        driver = office.connect(simulator, deadlines=IMPATIENT)
        driver.watch(paths or feedback.MINIMAL)
        return simulator, driver

    return make


def asked(simulator, verb: str) -> list[str]:
    return [line.split()[2] for line in simulator.heard if line.startswith(f"xFeedback {verb} ")]


@pytest.mark.parametrize("firmware", [{}, {"has_json": False}, {"lists_feedback": "tagged"}, {"lists_feedback": "json"}])
def test_the_minimal_set_is_registered_and_read_back(watched, firmware):
    simulator, driver = watched(**firmware)

    assert driver.watched() == {feedback.folded(path) for path in feedback.MINIMAL}
    assert asked(simulator, "Register") == list(feedback.MINIMAL)


@pytest.mark.parametrize("firmware", [{}, {"has_json": False}, {"lists_feedback": "json"}])
def test_nothing_is_registered_twice(watched, firmware):
    simulator, driver = watched(**firmware)

    again = driver.watch()

    assert (again.new, again.lost, again.refused) == ((), (), ())
    assert asked(simulator, "Register") == list(feedback.MINIMAL)


def test_what_the_codec_has_lost_is_registered_again_and_told(watched):
    simulator, driver = watched("/Status/Call", "/Status/Audio/Volume", lists_feedback="tagged")
    simulator.forget_feedback()

    again = driver.watch(["/Status/Call", "/Status/Audio/Volume"])

    assert again.new == again.lost == ("/Status/Call", "/Status/Audio/Volume")
    assert driver.watched() == {"/status/call", "/status/audio/volume"}


def test_an_expression_the_firmware_does_not_know_is_told_and_the_others_are_registered(office):
    driver = office.connect(office.codec(firmware=Firmware(refuses=("/Event/BootEvent",))))

    came = driver.watch()

    assert came.refused == ("/Event/BootEvent",)
    assert came.listed == {feedback.folded(path) for path in feedback.MINIMAL} - {"/event/bootevent"}


def test_a_codec_that_does_not_tell_its_list_is_never_registered_twice(watched):
    simulator, driver = watched("/Status/Audio/Volume", lists_feedback="nothing")

    again = driver.watch(["/Status/Audio/Volume"])

    assert (again.listed, again.lost) == (None, ())
    assert asked(simulator, "Deregister") == ["/Status/Audio/Volume"]
    simulator.firmware.volume = "10"
    driver.listen(2)
    assert driver.events() == [{"Status": {"Audio": {"Volume": {"Value": "10"}}}}]


@pytest.mark.parametrize("paths", [["/Status"], ['/Status/Call"'], ["/Status/Call\nxCommand SystemUnit Boot"],
                                   [f"/Status/A{number}" for number in range(39)]])
def test_an_unsafe_expression_and_one_too_many_are_never_sent(office, paths):
    simulator = office.codec()
    driver = office.connect(simulator)

    with pytest.raises(UnsafeValue):
        driver.watch(paths)

    assert asked(simulator, "Register") == []


@pytest.mark.parametrize("firmware", [{}, {"has_json": False}])
def test_a_call_is_reported_when_it_comes_and_when_it_goes(office, watched, eventually, firmware):
    office.codec("room")
    simulator, driver = watched("/Status/Call", **firmware)
    events: list[dict[str, Any]] = []

    def heard(condition) -> bool:
        driver.listen(0.05)
        events.extend(driver.events())
        return condition()

    simulator.dial_from_remote_control("room@vc.example")
    eventually(lambda: heard(lambda: any("Connected" in str(event) for event in events)))
    (link,) = simulator.calls_up().values()
    link.ended = True
    eventually(lambda: heard(lambda: any(feedback.ended_calls(event) for event in events)))

    assert all(feedback.touches(event, "/Status/Call") for event in events)


def test_what_is_not_registered_is_not_reported(watched):
    simulator, driver = watched("/Status/Call")
    simulator.firmware.volume = "10"

    driver.listen(0.2)

    assert driver.events() == []


@pytest.mark.parametrize("firmware", [{}, {"has_json": False}])
def test_events_do_not_disturb_the_replies_that_come_between(watched, firmware):
    simulator, driver = watched("/Status/Audio/Volume", bad={"chunk": 3}, **firmware)

    for level in range(20):
        simulator.firmware.volume = str(level)
        assert driver.calls() == ()
        assert driver.identify().simulated

    driver.listen(1)
    levels = [event["Status"]["Audio"]["Volume"]["Value"] for event in driver.events()]
    assert levels == sorted(levels, key=int)
    assert levels[-1] == "19"


def test_whoever_asks_goes_before_whoever_listens(office, watched):
    office.codec("room")
    _, driver = watched("/Status/Call")
    listening = threading.Thread(target=driver.listen, args=(3,))
    listening.start()

    call_id = driver.dial("room@vc.example")  # Its call is reported, and ends the listening.

    assert [call.id for call in driver.calls()] == [call_id]
    listening.join(5)
    assert not listening.is_alive()


def test_listening_ends_when_nothing_is_reported(watched):
    _, driver = watched("/Status/Call")

    driver.listen(0.05)

    assert driver.events() == []
    assert [call.state for call in driver.calls()] == list[CallState]()


def test_listening_at_a_codec_that_is_gone_is_a_lost_connection(watched):
    simulator, driver = watched("/Status/Call")
    simulator.stop()

    with pytest.raises(ConnectionLost):
        driver.listen(5)


def test_a_codec_that_answers_no_registration_is_silent(office):
    simulator = office.codec(bad=BadDay(silent_to="xFeedback"))

    with pytest.raises(Silent):
        office.connect(simulator, deadlines=IMPATIENT).watch()
