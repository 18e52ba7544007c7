"""What is asked of an agent in one look: detection at first contact, once a day, and when it calls itself something else."""

from datetime import timedelta

import pytest
from builders import NOW

from device_drivers.snmp.asking import Answers, Asked, Detected, oid
from roomctl.devices import snmp_look
from roomctl.devices.snmp_look import Known

OBJECT_ID, DESCRIPTION = oid("1.3.6.1.2.1.1.2.0"), oid("1.3.6.1.2.1.1.1.0")
UPS_ID, EPSON_ID = oid("1.3.6.1.4.1.2254.2.5"), oid("1.3.6.1.4.1.1248.4.1")
CHARGE, LAMP = oid("1.3.6.1.2.1.33.1.2.4.0"), oid("1.3.6.1.4.1.1248.4.1.1.1.1.0")
UPS = {OBJECT_ID: UPS_ID, DESCRIPTION: b"a UPS", CHARGE: 97}
EPSON = {OBJECT_ID: EPSON_ID, DESCRIPTION: b"EPSON Network Projector", LAMP: 812}
DETECTED = Detected("ups", "rfc1628", UPS_ID, "a UPS", how="object_id")


def talk(known: Known, agent: dict, now=NOW) -> tuple[snmp_look.Found, list[Asked]]:
    """Hold the conversation with an agent that has these objects; return what was found and what was asked."""
    steps, asked = snmp_look.conversation(known, now), []
    question = next(steps)
    while True:
        asked.append(question)
        values = {name: value for name, value in agent.items() if name in question.objects}
        try:
            question = steps.send(Answers(values, 100.0))
        except StopIteration as end:
            return end.value, asked


def test_an_agent_never_met_is_detected_first():
    found, asked = talk(Known(), UPS)

    assert (found.known.detected.device_class, found.known.detected_at) == ("ups", NOW)
    assert DESCRIPTION in asked[0].objects
    assert {one.name: one.value for one in found.measured}["battery_charge"] == 97


def test_a_known_agent_is_asked_once():
    found, asked = talk(Known(DETECTED, NOW - timedelta(hours=1)), UPS)

    assert (len(asked), found.known.detected_at) == (1, NOW - timedelta(hours=1))


def test_every_look_asks_what_the_agent_calls_itself():
    _, asked = talk(Known(DETECTED, NOW), UPS)

    assert OBJECT_ID in asked[0].objects


def test_an_agent_that_calls_itself_something_else_is_detected_anew():
    found, _ = talk(Known(DETECTED, NOW, Answers({CHARGE: 97}, 40.0)), EPSON)

    assert (found.known.detected.device_class, found.known.detected_at) == ("projector", NOW)
    assert "lamp_hours" in {one.name for one in found.measured}


def test_an_agent_that_does_not_say_what_it_is_this_time_has_not_changed():
    found, asked = talk(Known(DETECTED, NOW), {CHARGE: 97})

    assert (len(asked), found.known.detected) == (1, DETECTED)


@pytest.mark.parametrize(("ago", "again"), [(timedelta(hours=23), False), (timedelta(days=1), True), (-timedelta(minutes=1), True)])
def test_an_agent_is_detected_anew_once_a_day_and_when_the_clock_went_back(ago, again):
    assert Known(DETECTED, NOW - ago).is_stale(NOW) is again


def test_what_was_answered_is_known_at_the_next_look():
    found, _ = talk(Known(DETECTED, NOW), UPS)

    assert found.known.earlier.values[CHARGE] == 97


def test_what_was_detected_is_read_back_as_it_was_stored():
    known = Known(DETECTED, NOW)

    assert snmp_look.from_plain(snmp_look.as_plain(known)) == known


@pytest.mark.parametrize("stored", [{}, {"device_class": "ups"}, {**snmp_look.as_plain(Known(DETECTED, NOW)), "device_class": "no_such_class"},
                                    {**snmp_look.as_plain(Known(DETECTED, NOW)), "at": "yesterday"},
                                    {**snmp_look.as_plain(Known(DETECTED, NOW)), "object_id": "1.x"}])
def test_what_cannot_be_read_back_was_never_detected(stored):
    assert snmp_look.from_plain(stored) == Known()


def test_what_was_never_detected_is_stored_as_nothing():
    assert snmp_look.as_plain(Known()) == {}
