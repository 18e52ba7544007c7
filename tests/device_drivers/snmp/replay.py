"""Replays recordings as an agent would answer: what is asked and recorded comes back, everything else is absent."""

from collections.abc import Mapping
from pathlib import Path

from device_drivers import simulators
from device_drivers.readings import Measured
from device_drivers.snmp import recording
from device_drivers.snmp.asking import Answers, Asked, Detected, Oid, Value, oid
from device_drivers.snmp.classes import CLASSES
from device_drivers.snmp.detection import Further, detect, first_questions

FOLDERS = (Path(__file__).parent / "recordings", Path(simulators.__file__).parent / "recordings")  # The demo's serve the tests too.
RECORDINGS = {path.stem: path for folder in FOLDERS for path in folder.glob("*.snmprec")}
NAMES = sorted(RECORDINGS)


def recorded(name: str, **changed: Value | None) -> dict[Oid, Value]:
    """Return the values of a recording.  `changed` is keyed by an OID written with _; None takes an object out."""
    values = recording.answered(recording.parse(RECORDINGS[name].read_text("utf-8")))
    for text, value in changed.items():
        name_of = oid(text.strip("_").replace("_", "."))
        if value is None:
            values.pop(name_of)
        else:
            values[name_of] = value
    return values


def polled(values: Mapping[Oid, Value], asked: Asked, at_s: float = 0) -> Answers:
    """Return what an agent with these values answers to what is asked."""
    return Answers({name: value for name, value in values.items()
                    if name in asked.objects or any(name[:len(base)] == base and len(name) > len(base) for base in asked.columns)}, at_s)


def detected(values: Mapping[Oid, Value]) -> Detected:
    first = polled(values, first_questions)
    found = detect(first)
    if isinstance(found, Further):
        found = detect(first, polled(values, found.asked))
    assert isinstance(found, Detected)
    return found


def read(values: Mapping[Oid, Value], earlier: Mapping[Oid, Value] | None = None, *, apart_s: float = 60) -> tuple[Measured, ...]:
    """Return what the class that the agent is detected to be reads of it."""
    identity = detected(values)
    one = CLASSES[identity.device_class]
    asked = one.asked_of(identity)
    return one.read(polled(values, asked, 1000 + apart_s), None if earlier is None else polled(earlier, asked, 1000), identity)


def one_of(measured: tuple[Measured, ...], name: str, place: str | None = None) -> Measured:
    """Return the only reading of this name and place."""
    found = [one for one in measured if one.name == name and place in (None, one.place)]
    assert len(found) == 1, (name, place, found)
    return found[0]


def shown(measured: tuple[Measured, ...], name: str, place: str | None = None) -> tuple[float | str | None, str, str]:
    """Return value, health and mark of the only reading of this name and place."""
    one = one_of(measured, name, place)
    return one.value, one.health.value, one.mark
