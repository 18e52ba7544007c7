"""Calls that come in to a room PC: seen, told apart, and answered, against what baresip was recorded to print and its simulator."""

import pytest

from device_drivers.baresip import protocol
from device_drivers.errors import CommandRefused, UnsafeValue
from device_drivers.readings import CallState, Grade, Tri
from device_drivers.simulators.baresip import BaresipBadDay, SimulatedBaresip
from tests.device_drivers.baresip.conftest import asked_in


def commands(shell) -> list[str]:
    return [command["command"] for sent in shell.sent for command in asked_in(sent)]


def called(recorded) -> tuple[dict[str, str], str]:
    """Return what a room PC prints that is being called, and the id of the call."""
    printed = {**recorded["being called"], "callfind": "", "accept": recorded["accept"]["rings"]}
    return printed, protocol.call_id_in(printed["callstat"])


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_recorded_call_rings_and_is_accepted_however_it_is_cut(recorded, replaying, size):
    printed, call_id = called(recorded)
    driver, shell = replaying(printed, cut=lambda data: [data[at : at + size] for at in range(0, len(data), size)])

    (call,) = driver.calls()
    driver.answer(call.id)

    assert (call.id, call.state, call.remote, call.incoming) == (call_id, CallState.RINGING, "room1@10.0.0.1:15060", True)
    assert commands(shell) == ["listcalls", "callstat", "callfind", "callstat", "listcalls", "accept"]


@pytest.mark.parametrize("name", ["ringing", "encrypted, called", "encrypted, caller", "encrypted, held", "unreachable"])
def test_what_does_not_ring_here_is_not_accepted_although_baresip_would_say_that_it_answers(recorded, replaying, name):
    printed = {**recorded[name], "callfind": "", "accept": recorded["accept"]["idle"]}
    driver, shell = replaying(printed)

    with pytest.raises(CommandRefused):
        driver.answer(protocol.call_id_in(printed["callstat"]))

    assert "accept" not in commands(shell)


def test_a_call_is_not_accepted_next_to_another_one_which_would_be_put_on_hold(recorded, replaying):
    printed, call_id = called(recorded)
    driver, shell = replaying({**printed, "listcalls": recorded["two calls, one rings"]["listcalls"]})

    with pytest.raises(CommandRefused, match="another call is up"):
        driver.answer(call_id)

    assert "accept" not in commands(shell)


def test_another_call_than_the_current_one_is_not_accepted(recorded, replaying):
    printed, _ = called(recorded)
    driver, shell = replaying(printed)

    with pytest.raises(CommandRefused, match="no such call"):
        driver.answer("0123456789abcdef")

    assert "accept" not in commands(shell)


@pytest.mark.parametrize("call_id", ["", "a b", "1\nhangup"])
def test_an_id_that_is_no_single_word_is_never_sent(replaying, call_id):
    driver, shell = replaying({})

    with pytest.raises(UnsafeValue):
        driver.answer(call_id)

    assert shell.sent == []


# Against the simulator


def rooms(office, **bad) -> tuple[SimulatedBaresip, SimulatedBaresip]:
    """Return a room, and another whose calls somebody must answer."""
    return (office.codec("room1", kind=SimulatedBaresip),
            office.codec("room2", kind=SimulatedBaresip, autoanswer=False, bad=BaresipBadDay(**bad)))


def test_a_call_rings_until_it_is_answered_and_is_then_proven_at_both_ends(office, eventually):
    caller, callee = map(office.connect, rooms(office))
    placed = caller.dial("room2@vc.example")
    (ringing,) = eventually(callee.calls)
    assert (ringing.state, ringing.remote, ringing.incoming) == (CallState.RINGING, "room1@vc.example", True)
    assert [(call.state, call.incoming) for call in caller.calls()] == [(CallState.DIALLING, False)]
    assert callee.read_encryption(ringing.id).encrypted is Tri.UNKNOWN

    callee.answer(ringing.id)

    eventually(lambda: [one.read_encryption(call_id).encrypted for one, call_id in ((caller, placed), (callee, ringing.id))] == [Tri.YES] * 2)
    assert callee.read_encryption(ringing.id).grade is Grade.A
    assert [(call.state, call.incoming) for call in callee.calls()] == [(CallState.CONNECTED, True)]


def test_a_room_that_says_it_answers_and_goes_on_ringing_is_seen(office, eventually):
    caller, callee = map(office.connect, rooms(office, answer_does_nothing=True))
    caller.dial("room2@vc.example")
    (ringing,) = eventually(callee.calls)

    callee.answer(ringing.id)

    assert [call.state for call in callee.calls()] == [CallState.RINGING]


def test_who_called_is_told_of_each_of_several_calls(office, eventually):
    simulator = office.codec("room1", kind=SimulatedBaresip)
    other = office.codec("room2", kind=SimulatedBaresip)
    office.codec("room3", kind=SimulatedBaresip)
    driver = office.connect(simulator)
    ours = driver.dial("room3@vc.example")
    other.dial_from_remote_control("room1@vc.example")

    found = eventually(lambda: (up := driver.calls()) and len(up) == 2 and {call.id == ours: (call.remote, call.incoming) for call in up})

    assert found == {True: ("room3@vc.example", False), False: ("room2@vc.example", True)}


def test_reading_the_microphones_toggles_nothing_and_claims_nothing(office, eventually):
    caller, _ = rooms(office)
    driver = office.connect(caller)
    driver.dial("room2@vc.example")
    assert driver.mute(True) is Tri.YES
    caller.heard.clear()

    assert driver.muted() is Tri.UNKNOWN

    assert caller.microphones_muted and not any(command.startswith("mute") for command in caller.heard)


def test_a_room_pc_whose_mute_does_nothing_is_seen(office, eventually):
    simulator = office.codec("room1", kind=SimulatedBaresip, bad=BaresipBadDay(mute_does_nothing=True))
    office.codec("room2", kind=SimulatedBaresip)
    driver = office.connect(simulator)
    driver.dial("room2@vc.example")

    assert driver.mute(True) is Tri.NO
