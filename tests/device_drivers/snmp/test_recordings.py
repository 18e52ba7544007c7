"""Replays recordings of real agents that are kept outside of the project, and compares what is read with what is written beside them.

ROOMCTL_RECORDINGS names a folder of NAME.snmprec, one agent each, and NAME.json, what is to be read of it: `class`, `identity`, and
`expect`, a list of objects with the value and the health that a person should be shown.  A reading belongs to an object when it
changes or goes as the object is taken out of the answers.  Where `doubt` is written, the value beside it is not held to be true.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from device_drivers.readings import Measured
from device_drivers.snmp import linux_host, printer, recording, switch_ports
from device_drivers.snmp.asking import Answers, Oid, Value, oid
from device_drivers.snmp.classes import CLASSES

from .replay import detected, polled

FOLDER = os.environ.get("ROOMCTL_RECORDINGS", "")
NAMES = sorted(path.stem for path in Path(FOLDER).glob("*.json")) if FOLDER else []
needs_recordings = pytest.mark.skipif(not NAMES, reason="ROOMCTL_RECORDINGS names no folder of recordings")
each = pytest.mark.parametrize("name", NAMES or ["no recording"])

CLASS_OF = {"pdu": "pdu", "ups": "ups", "environment": "environment", "switch": "switch", "wireless-presentation": "wireless_presentation",
            "projector": "projector", "printer": "printer", "room-pc": "linux_host"}
UNIT_OF = {"percent": "%", "C": "°C", "minutes": "min", "hours": "h", "ratio": "", "count": "", "enum": ""}
# What other pollers make of an agent and this one does not, each with its reason.
NOT_READ = {
    "1.3.6.1.4.1.8072.1.3.2.4.1.2": "the output of programs that somebody set up on that one computer; no MIB says what a line of it means",
}
# The words of other pollers for what is told here in the words of the left: those not named are the same but for capitals.
WORD_OF = {"online": "normal", "nobatteryneedsreplacing": "not_needed", "outleton": "on", "outletoff": "off"}
# Health that other pollers give and this one does not.
OTHER_HEALTH = {
    ("outlet_state", "off"): "an outlet that is off is no fault",
}


def expected(name: str) -> dict[str, Any]:
    return json.loads((Path(FOLDER) / f"{name}.json").read_text("utf-8"))


def recorded(name: str) -> dict[Oid, Value]:
    text = (Path(FOLDER) / f"{name}.snmprec").read_text("utf-8", "surrogateescape")
    return recording.answered(recording.parse(text))


def read(values: Mapping[Oid, Value], like: Mapping[Oid, Value]) -> set[Measured]:
    """Return what is read of these values by the class of which `like` is."""
    identity = detected(like)
    one = CLASSES[identity.device_class]
    return set(one.read(polled(values, one.asked_of(identity)), None, identity))


def resting_on(name: Oid, values: Mapping[Oid, Value]) -> set[Measured]:
    """Return the readings that are not the same, or not there, without an object."""
    return read(values, values) - read({key: value for key, value in values.items() if key != name}, values)


def differences(fact: Mapping[str, Any], found: set[Measured]) -> str:
    """Return what no reading has of what is expected; empty when one has it all."""
    tries = [_difference(fact, one) for one in sorted(found, key=lambda one: one.name)]
    return "" if "" in tries else f"{fact['oid']} {fact['name']}: {tries or 'not read'}"


def _difference(fact: Mapping[str, Any], one: Measured) -> str:
    if fact["unit"] == "enum":
        word, health = fact["state"].casefold(), fact["health"]
        right = one.value == ("no_error" if one.name == "printer_error" else WORD_OF.get(word, word))
        right_health = health in (one.health.value, None) or (one.name, one.value) in OTHER_HEALTH
        return "" if right and right_health else f"{one.name} is {one.value}, {one.health.value}; expected {word}, {health}"
    value, unit = fact["value"], UNIT_OF.get(fact["unit"], fact["unit"])
    if one.unit == "s" and unit == "min":
        value, unit = value * 60, "s"
    if fact.get("doubt") and one.mark == "implausible":
        return ""
    if one.unit in (unit, "VA" if unit == "W" else unit) and isinstance(one.value, int | float) and abs(one.value - value) < 0.01:
        return ""
    return f"{one.name} is {one.value} {one.unit}, expected {value} {unit}"


@needs_recordings
@each
def test_a_recorded_agent_is_of_the_class_it_is_said_to_be(name):
    wanted, found = expected(name)["class"], detected(recorded(name))

    assert found.device_class == CLASS_OF.get(wanted, found.device_class)
    assert wanted != "codec" or (found.device_class, found.variant) in {("poly_endpoint", "poly"), ("identity_only", "cisco_codec")}


@needs_recordings
@each
def test_a_recorded_agent_is_named_as_it_names_itself(name):
    wanted, found = expected(name)["identity"], detected(recorded(name))
    told = [one.value for one in read(recorded(name), recorded(name)) if one.name == "uptime"]

    assert found.object_id == oid(wanted["sysObjectID"])
    assert found.description == " ".join(wanted["sysDescr"].split())
    assert found.name == (wanted["sysName"] or "")
    assert wanted["serial"] is None or found.serial == wanted["serial"].rstrip(".")
    assert wanted["hardware"] is None or not found.model or set(wanted["hardware"].split()) & set(found.model.split())
    assert [value is None for value in told] == [wanted["uptime_s"] is None]
    assert [value for value in told if value is not None and abs(value - wanted["uptime_s"]) > 60] == []  # The engine may start later than the agent.


@needs_recordings
@each
def test_a_recorded_agent_is_read_as_is_expected(name):
    values = recorded(name)
    facts = [fact for fact in expected(name)["expect"] if not fact["oid"].startswith(tuple(NOT_READ)) and not fact.get("doubt")]

    assert [wrong for fact in facts if (wrong := differences(fact, resting_on(oid(fact["oid"]), values)))] == []


@needs_recordings
@each
def test_what_is_doubtful_of_a_recorded_agent_is_never_shown_as_well(name):
    values = recorded(name)
    doubtful = [fact for fact in expected(name)["expect"] if fact.get("doubt")]
    believed = [one for fact in doubtful for one in resting_on(oid(fact["oid"]), values) if one.value == fact["upstream_value"] != fact["value"]
                and one.value != 0]

    assert believed == []


@needs_recordings
@each
def test_the_ports_of_a_recorded_agent_are_read_as_is_expected(name):
    values = recorded(name)
    states = {one.place: one.value for one in switch_ports.states(values) if one.name == "port_state"}
    speeds = {one.place: one.value for one in switch_ports.states(values) if one.name == "port_speed"}
    ports = {index[0]: place for index, place in switch_ports.ports(values).items()}

    for port in expected(name).get("interfaces", []):
        wanted = "disabled" if port["admin"] == "down" else port["oper"]
        assert (ports[port["ifIndex"]], states[ports[port["ifIndex"]]]) == (port["name"], wanted)
        # A speed of 0 is none, and one below that of a modem is not bits a second.
        fast = port["speed_bps"] / 1_000_000 if (port["speed_bps"] or 0) >= 9600 else None
        assert speeds.get(port["name"]) == fast


@needs_recordings
@each
def test_supplies_and_memory_of_a_recorded_agent_are_read_as_is_expected(name):
    values, facts, identity = recorded(name), expected(name), detected(recorded(name))
    answers = Answers(values, 0)
    levels = {one.place: one for one in printer.read(answers, None, identity)} if "supplies" in facts else {}
    memory = [one.value for one in linux_host.read(answers, None, identity) if one.name == "memory_used"]

    for supply in facts.get("supplies", []):
        level = values[oid(supply["oid"])]
        shown = levels[supply["descr"]]
        assert (shown.value, shown.mark) == ((None, "some_left") if level == -3 else (supply["current"] * 100 / supply["capacity"], ""))
    assert [int(value) for value in memory] == [store["perc"] for store in facts.get("memory", [])]
