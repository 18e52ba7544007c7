"""What is asked of one SNMP agent in one look, and what its answers say.  Pure: questions go out, answers come in.

An agent that was never met, or that calls itself something else than last time, is detected first.  So is every agent once a day: a
new firmware may have other objects, and an object that spoiled answers yesterday may work today.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from device_drivers.readings import Measured
from device_drivers.snmp import detection, identity, uptime, values
from device_drivers.snmp.asking import Answers, Asked, Detected, DeviceClass, oid
from device_drivers.snmp.classes import CLASSES

DETECT_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an agent before it is asked; `earlier` are its answers of the look before, None after a restart of this program."""

    detected: Detected | None = None
    detected_at: datetime | None = None
    earlier: Answers | None = None

    def is_stale(self, now: datetime) -> bool:
        """True when it is to be detected anew: never was, a day ago, or in a future that a clock has gone back from."""
        return self.detected is None or self.detected_at is None or not timedelta(0) <= now - self.detected_at < DETECT_EVERY


@dataclass(frozen=True, slots=True)
class Found:
    """What a look brought: readings, and what is to be known at the next one."""

    measured: tuple[Measured, ...]
    known: Known


def conversation(known: Known, now: datetime) -> Generator[Asked, Answers, Found]:
    """Yield what is to be asked, take the answers, and return what was found."""
    detected, detected_at = known.detected, known.detected_at
    if detected is None or known.is_stale(now):
        detected, detected_at = (yield from _detect()), now
    answers = yield _asked_of(detected)
    if _calls_itself_something_else(detected, answers):  # The device was exchanged, or its card.
        detected, detected_at = (yield from _detect()), now
        known = Known()
        answers = yield _asked_of(detected)
    measured = _class_of(detected).read(answers, known.earlier, detected)
    return Found(measured, Known(detected, detected_at, uptime.carried(answers, known.earlier)))


def _class_of(detected: Detected) -> DeviceClass:
    return CLASSES[detected.device_class]


def _detect() -> Generator[Asked, Answers, Detected]:
    answers = yield detection.first_questions
    found = detection.detect(answers)
    if isinstance(found, detection.Further):
        further = yield found.asked
        found = detection.detect(answers, further)
    if isinstance(found, detection.Further):
        raise RuntimeError("detection asks without end")  # It promises not to.
    return found


def _asked_of(detected: Detected) -> Asked:
    asked = _class_of(detected).asked_of(detected)
    return replace(asked, objects=tuple(dict.fromkeys((identity.OBJECT_ID, *asked.objects))))


def _calls_itself_something_else(detected: Detected, answers: Answers) -> bool:
    """True when the agent told an object id that is not the known one; one that tells none has not changed."""
    told = values.object_id(answers.values.get(identity.OBJECT_ID))
    return told is not None and told != detected.object_id


def as_plain(known: Known) -> dict[str, Any]:
    """Return what was detected as plain values, to be stored; empty when nothing was."""
    if known.detected is None or known.detected_at is None:
        return {}
    one = known.detected
    return {"device_class": one.device_class, "variant": one.variant, "object_id": ".".join(map(str, one.object_id)) if one.object_id else "",
            "description": one.description[:500], "name": one.name[:200], "model": one.model[:120], "serial": one.serial[:64],
            "firmware": one.firmware[:120], "how": one.how, "at": known.detected_at.isoformat()}


def from_plain(stored: Mapping[str, Any]) -> Known:
    """Return what `as_plain` gave; what cannot be read any more is as if it had never been detected."""
    try:
        detected = Detected(device_class=stored["device_class"], variant=stored["variant"],
                            object_id=oid(stored["object_id"]) if stored["object_id"] else None, description=stored["description"],
                            name=stored["name"], model=stored["model"], serial=stored["serial"], firmware=stored["firmware"], how=stored["how"])
        return Known(detected, datetime.fromisoformat(stored["at"])) if detected.device_class in CLASSES else Known()
    except (KeyError, ValueError):
        return Known()
