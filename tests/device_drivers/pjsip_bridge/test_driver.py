"""The PJSIP bridge's driver, against its simulator; against the real one in tests/device_drivers/lab/test_bridge.py."""

import json

import pytest

from device_drivers.errors import CommandRefused, UnexpectedReply
from device_drivers.readings import Tri
from device_drivers.simulators.bridge import SUITE, BridgeBadDay
from device_drivers.simulators.pjsip_bridge import SimulatedPjsipBridge

ADDRESS = "7001@bridge.example"


@pytest.fixture
def bridge(office):
    return office.bridge(kind=SimulatedPjsipBridge, bad=BridgeBadDay())


@pytest.fixture
def driver(bridge, office):
    return office.connect(bridge)


def test_a_caller_is_seen_with_its_address_and_its_suite_once_media_flow(driver, office, eventually):
    office.connect(office.codec("hall")).dial(ADDRESS)

    found = eventually(lambda: [one for one in driver.conference(ADDRESS).participants if one.encrypted is not Tri.UNKNOWN])

    assert [(one.remote, one.encrypted, one.suite) for one in found] == [("hall@vc.example", Tri.YES, SUITE)]


def test_a_caller_in_the_clear_is_not_encrypted(bridge, driver, office, eventually):
    bridge.bad.clear_callers = ["hall@vc.example"]
    office.connect(office.codec("hall")).dial(ADDRESS)

    found = eventually(lambda: [one for one in driver.conference(ADDRESS).participants if one.encrypted is not Tri.UNKNOWN])

    assert [(one.encrypted, one.suite) for one in found] == [(Tri.NO, None)]


def test_a_dropped_caller_is_gone_and_one_that_is_not_there_is_refused(driver, office, eventually):
    office.connect(office.codec("hall")).dial(ADDRESS)
    (caller,) = eventually(lambda: driver.conference(ADDRESS).participants)

    driver.drop(ADDRESS, caller.id)

    assert driver.conference(ADDRESS).participants == ()
    with pytest.raises(CommandRefused, match="no such call"):
        driver.drop(ADDRESS, caller.id)


def test_a_lock_is_read_back(driver):
    driver.lock(ADDRESS, True)
    assert driver.conference(ADDRESS).locked is Tri.YES

    driver.lock(ADDRESS, False)
    assert driver.conference(ADDRESS).locked is Tri.NO


def test_a_lock_that_does_nothing_is_not_believed(bridge, driver):
    bridge.bad.setting_does_nothing = True

    with pytest.raises(CommandRefused):
        driver.lock(ADDRESS, True)


def test_another_address_is_refused(driver):
    with pytest.raises(CommandRefused, match="no conference"):
        driver.conference("8000@bridge.example")


def test_an_answer_that_comes_too_late_is_not_taken_for_the_next_ones(bridge, driver, monkeypatch):
    real = bridge._answer

    def late(question):
        if question["do"] == "conference":
            return {"address": ADDRESS, "callers": "unreadable"}
        return real(question)

    monkeypatch.setattr(bridge, "_answer", late)
    with pytest.raises(UnexpectedReply):
        driver.conference(ADDRESS)
    driver._shell.send(json.dumps({"number": 99, "do": "identify"}).encode() + b"\n")  # Its answer comes before that to the next question.

    assert driver.identify().serial == "SIM-bridge"
    monkeypatch.undo()
    assert driver.conference(ADDRESS).participants == ()
