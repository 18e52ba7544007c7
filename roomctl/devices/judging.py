"""What a look at a device means: its status, and the one fault that stands for it.  Pure.

The worst counts: what kept the look from succeeding, what a codec says of itself, what was read.  Where two are equally bad, the
first in this order.  What is not known is never good: it is unknown.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from device_drivers.readings import CodecStatus, Health, Measured, Tri
from device_drivers.snmp import health as snmp_health
from device_drivers.snmp.measuring import SEEN_ONCE
from device_drivers.snmp.names import READINGS, Weight
from roomctl.devices.health import FAULTS, WORSE, Status

# Of codecs, packet loss, jitter and latency come and go: they count when two polls in a row find them bad.  Agents that speak SNMP are
# judged so by their driver, which says SEEN_ONCE the first time; after a restart of this program it says so twice.
UNSTEADY = ("loss", "jitter", "latency")
# What sleeps when nobody needs it, and then leaves the network.
SLEEPS = frozenset({"projector", "display"})
NO_ANSWER = frozenset({"unreachable", "silent", "connection_lost", "no_snmp_answer"})
OVER_SNMP = frozenset({"no_snmp_answer", "snmp_login_refused", "snmp_no_access", "snmp_exception_over"})


@dataclass(frozen=True, slots=True)
class Error:
    """What kept a device from being read: a fault's word and what the driver said."""

    kind: str
    detail: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """The poll before: when it was, and its readings."""

    at: datetime
    readings: tuple[Measured, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    status: Status
    fault: str = ""
    detail: str = ""


def judge(*, errors: Collection[Error] = (), answered: bool, codec: CodecStatus | None = None, readings: Collection[Measured] = (),
          only_snmp: bool = False, may_sleep: bool = False, earlier: Earlier | None = None, at: datetime, interval: timedelta) -> Judged:
    """Return what a look means.

    `answered`: by at least one of the ways it was asked.  `only_snmp`: its readings are all that says how it is, so that a device which
    answers and tells nothing of itself is unknown.  `may_sleep`: it is a projector or a display, and no conference needs it now.
    """
    if errors and not answered and may_sleep and all(error.kind in NO_ANSWER for error in errors):
        return Judged(Status.UNKNOWN, "standby", next(iter(errors)).detail)
    found = [*_of_errors(errors, answered), *(_of_codec(codec) if codec else ()), *_of_readings(readings, earlier, at, interval)]
    if answered and only_snmp and snmp_health.worst(readings) is Health.UNKNOWN:
        found.append(Judged(FAULTS["nothing_readable"], "nothing_readable"))
    return max(found, key=lambda one: WORSE.index(one.status), default=Judged(Status.OK if answered else Status.UNKNOWN))


def _of_errors(errors: Iterable[Error], answered: bool) -> Iterable[Judged]:
    for error in errors:
        status = FAULTS.get(error.kind, Status.WARNING)
        # A codec that is controlled over SSH serves, whatever SNMP says.
        yield Judged(Status.WARNING if answered and error.kind in OVER_SNMP else status, error.kind, error.detail)


def _of_codec(codec: CodecStatus) -> Iterable[Judged]:
    for is_so, fault, detail in (
            (codec.registered is Tri.NO, "not_registered", codec.registration), (codec.can_encrypt is Tri.NO, "cannot_encrypt", ""),
            (codec.microphone is Tri.NO, "no_microphone", ""), (codec.camera is Tri.NO, "no_camera", ""),
            (codec.registered is Tri.UNKNOWN, "registration_unknown", codec.registration)):
        if is_so:
            yield Judged(FAULTS[fault], fault, detail)


def _of_readings(readings: Iterable[Measured], earlier: Earlier | None, at: datetime, interval: timedelta) -> Iterable[Judged]:
    in_a_row = earlier is not None and timedelta(0) <= at - earlier.at <= 2 * interval
    bad_before = {(one.name, one.place) for one in earlier.readings if _is_bad(one)} if earlier and in_a_row else set()
    for one in readings:
        again = (one.name, one.place) in bad_before
        if not _is_bad(one) or (_needs_two(one) and not again) or (one.name in READINGS and READINGS[one.name].weight is Weight.OWN):
            continue
        yield Judged(Status.WARNING if one.mark == SEEN_ONCE else Status(one.health.value), one.name, said(one))


def _is_bad(one: Measured) -> bool:
    return one.health in (Health.WARNING, Health.CRITICAL) or one.mark == SEEN_ONCE


def _needs_two(one: Measured) -> bool:
    return one.mark == SEEN_ONCE or (one.name not in READINGS and any(word in one.name for word in UNSTEADY))


def said(one: Measured) -> str:
    """Return a reading as a fault's detail: where, how much."""
    value = "" if one.value is None else f"{one.value:g}" if isinstance(one.value, float) else str(one.value)
    return ": ".join(part for part in (one.place, f"{value} {one.unit}".strip()) if part)
