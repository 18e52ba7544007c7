"""What is done at a device for one step of one leg.  No database here: it runs in many threads.

Each function returns an Outcome; a device's error is an outcome too.
"""

import contextlib
import logging
import time
from dataclasses import dataclass, field, replace
from datetime import datetime

from device_drivers.errors import CommandRefused, DeviceError, HostKeyChanged, HostKeyUnknown, UnsafeValue
from device_drivers.readings import Call, CallState, CodecStatus, ConferenceOnBridge, Encryption, EncryptionSetting, Grade, HostKey, SshFacts, Tri
from roomctl import clock
from roomctl.devices.connect import Connections, Way
from roomctl.sessions.conference_end import ConferenceEnd
from roomctl.sessions.far_ends import BridgeReader, Far, Readers
from roomctl.sessions.plan import Step

SEEN_GONE_WITHIN_S = 5.0
PATIENCE_S = 1.0  # A request to end waits for it.
MESSAGE_S = 30  # How long a message stands on a room's screen.
BETWEEN_LOOKS_S = 0.08  # A codec needs some 50 ms between commands.
LEGS_A_SECOND = 680  # With more legs each is looked at less often: hundreds of them asking every moment would keep each other waiting.


def pace_for(legs: int) -> float:
    """Return the seconds between two looks at a leg that is being set up, when so many are."""
    return min(PATIENCE_S, max(BETWEEN_LOOKS_S, legs / LEGS_A_SECOND))


_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Task:
    """One step for one leg, as plain values: it may be carried out in another process."""

    leg_id: int
    device_id: int
    step: Step
    way: Way
    own_address: str  # As the far end knows the near one.
    target: str  # What the near end dials.
    far: Far | None  # The far end; None where nobody can read it.
    at: str = ""  # The conference that dials, where the near end is a bridge.
    callers: frozenset[str] | None = None  # Of the host's own codec: whose calls it takes; None for all who dial themselves.
    call_id: str | None = None
    former_setting: str | None = None
    patient: bool = False  # The first check of a call: its media may still be set up.
    mute: bool | None = None  # What is wanted of the microphones; None: they are not even read.
    message: tuple[int, str] | None = None
    lock: bool | None = None
    pace_s: float = BETWEEN_LOOKS_S
    closes: bool = False  # There are too many legs to keep a connection open to each.


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a step."""

    leg_id: int
    step: Step
    error: str = ""  # A DeviceError's kind, or one of the engine's own words.
    detail: str = ""
    refused_key: HostKey | None = None  # The key of a device that was not let in for it; a person is to decide.
    status: CodecStatus | None = None
    setting: str | None = None
    call_id: str | None = None
    call: Call | None = None
    extra_calls: tuple[Call, ...] = ()
    reading: Encryption | None = None
    bridge: ConferenceOnBridge | None = None
    host_readings: tuple[Encryption, ...] = ()  # Of the host's own codec: every call that it mixes.
    gone: bool = False
    muted: Tri | None = None  # None: it was not read.
    locked: Tri | None = None
    message_id: int | None = None
    reached_by: SshFacts | None = field(default=None)
    bridge_reached_by: SshFacts | None = field(default=None)
    began_at: datetime | None = None  # When the step was begun.
    looked_at: datetime | None = field(default=None)  # When the status was read: the device's own clock is compared with it.


def carry_out(task: Task, connections: Connections, readers: Readers) -> Outcome:
    """Do one step at the device; never raises: a leg in trouble must not hold up the others."""
    far = readers.of(task.far) if task.far is not None else None
    began_at = clock.now()
    outcome = _try(task, far, connections)
    if task.step is Step.HANG_UP and not outcome.gone and far is not None and far.drop(task.own_address):
        outcome = Outcome(task.leg_id, task.step, "dropped_at_bridge", outcome.detail, gone=True)
    if task.closes and not task.at:
        connections.let_go(task.device_id)
    return replace(outcome, began_at=began_at)


def _try(task: Task, far: BridgeReader | None, connections: Connections) -> Outcome:
    message_id = task.message[0] if task.message else None
    try:
        near = connections.to(task.way)
        return _STEPS[task.step](ConferenceEnd(near, task.at, task.target) if task.at else near, task, far)
    except DeviceError as error:
        connections.drop(task.device_id)
        return Outcome(task.leg_id, task.step, error.kind, str(error), message_id=message_id,
                       refused_key=error.seen if isinstance(error, HostKeyUnknown | HostKeyChanged) else None)
    except Exception as error:
        _log.exception("leg %s: step %s failed", task.leg_id, task.step)
        connections.drop(task.device_id)
        return Outcome(task.leg_id, task.step, "driver_fault", f"{type(error).__name__}: {error}", message_id=message_id)


def _look(codec, task: Task, far: BridgeReader | None) -> Outcome:
    """Take a fresh status: no call up, registered, able to encrypt; and note the former setting."""
    status, looked_at = codec.readiness(), clock.now()
    if task.at:  # A bridge has many calls, and no setting of its own for one of them.
        return Outcome(task.leg_id, task.step, status=status, reached_by=codec.reached_by, looked_at=looked_at)
    setting = codec.encryption_setting()
    foreign = [call for call in status.calls if call.remote not in (task.callers or ())]
    error = (
        "already_in_call" if foreign else "not_registered" if status.registered is not Tri.YES
        else "cannot_encrypt" if status.can_encrypt is Tri.NO else ""
    )
    detail = foreign[0].remote if foreign else status.registration if error == "not_registered" else ""
    return Outcome(task.leg_id, task.step, error, detail, status=status, setting=setting.value, reached_by=codec.reached_by,
                   looked_at=looked_at)


def _secure(codec, task: Task, far: BridgeReader | None) -> Outcome:
    read_back = codec.set_encryption(EncryptionSetting.ON)
    return Outcome(task.leg_id, task.step, "" if read_back is EncryptionSetting.ON else "setting_not_taken", read_back.value)


def _dial(codec, task: Task, far: BridgeReader | None) -> Outcome:
    """Dial, unless the call is there already (adopt it) or another one is (refuse)."""
    up = codec.calls()
    for call in up:
        if call.remote == task.target:
            return Outcome(task.leg_id, task.step, call_id=call.id)
    if up:
        return Outcome(task.leg_id, task.step, "already_in_call", up[0].remote)
    return Outcome(task.leg_id, task.step, call_id=codec.dial(task.target))


def _find(codec, task: Task, far: BridgeReader | None) -> Outcome:
    return Outcome(task.leg_id, task.step, call_id=next((call.id for call in codec.calls() if call.remote == task.target), None))


def _answer(codec, task: Task, far: BridgeReader | None) -> Outcome:
    """Take the calls of those who are expected, and look for a moment until they are up; nobody else's is taken."""
    until = time.monotonic() + PATIENCE_S
    asked: set[str] = set()
    while True:
        calls = [call for call in codec.calls() if call.remote in (task.callers or ())]
        ringing = [call for call in calls if call.state is CallState.RINGING]
        for call in ringing:
            if call.id not in asked:
                asked.add(call.id)
                _take(codec, call)
        up = next((call for call in calls if call.state in (CallState.CONNECTED, CallState.ON_HOLD)), None)
        if (up is not None and not ringing) or time.monotonic() > until:
            return Outcome(task.leg_id, task.step, call=up)
        time.sleep(task.pace_s)


def _take(codec, call: Call) -> None:
    """Answer a call; one that was answered or given up a moment ago is refused, and the next look says which."""
    with contextlib.suppress(CommandRefused):
        codec.answer(call.id)


def _follow(codec, task: Task, far: BridgeReader | None) -> Outcome:
    """Look after a ringing call for a moment, so that what many calls do at once need not be written down step by step."""
    until = time.monotonic() + PATIENCE_S
    while True:
        call = next((call for call in codec.calls() if _is_ours(call, task)), None)
        if call is None and task.at and time.monotonic() <= until:
            time.sleep(task.pace_s)
            continue
        if call is None and task.at:  # A bridge does not list whom it rings.
            return Outcome(task.leg_id, task.step, call=Call(id=task.call_id or "", state=CallState.DIALLING, remote=task.target))
        if call is None or call.state in (CallState.CONNECTED, CallState.ON_HOLD) or time.monotonic() > until:
            return Outcome(task.leg_id, task.step, call=call)
        time.sleep(task.pace_s)


def _check(codec, task: Task, far: BridgeReader | None) -> Outcome:
    """Read the active call back; a first reading waits a moment for the media."""
    until = time.monotonic() + (PATIENCE_S if task.patient else 0.0)
    while True:
        outcome = _read_back(codec, task, far) if task.callers is None else _read_back_host(codec, task)
        settled = outcome.reading is None or (outcome.reading.grade is not Grade.NONE and (outcome.bridge is not None or far is None))
        if settled or time.monotonic() > until:
            break
        time.sleep(task.pace_s)
    if task.mute is not None and outcome.call is not None and "mute" in codec.supports:
        outcome = replace(outcome, muted=codec.muted())
    return outcome


def _is_ours(call: Call, task: Task) -> bool:
    """True of the call that was dialled.  Its id alone does not tell: a codec that restarts counts anew, and gives it to the next call."""
    return call.id == task.call_id and call.remote == task.target


def _read_back(codec, task: Task, far: BridgeReader | None) -> Outcome:
    """Read the calls first, so that one added from the remote control is seen."""
    up = codec.calls()
    call = next((one for one in up if _is_ours(one, task)), None)
    extra = tuple(one for one in up if not _is_ours(one, task) and one.state is not CallState.DISCONNECTING)
    if call is None:
        return Outcome(task.leg_id, task.step, extra_calls=extra, reached_by=codec.reached_by)
    return Outcome(task.leg_id, task.step, call=call, extra_calls=extra, reading=codec.read_encryption(call.id),
                   bridge=far.read() if far else None, reached_by=codec.reached_by, bridge_reached_by=far.reached_by if far else None)


def _read_back_host(codec, task: Task) -> Outcome:
    """Read every call of the host's own codec: it is as secure as the worst of them; who still rings is answered."""
    up = codec.calls()
    for call in up:
        if call.state is CallState.RINGING and call.remote in task.callers:
            _take(codec, call)
    ours = [call for call in up if call.state in (CallState.CONNECTED, CallState.ON_HOLD) and call.remote in task.callers]
    extra = tuple(call for call in up if call.remote not in task.callers and call.state is not CallState.DISCONNECTING)
    readings = tuple(codec.read_encryption(call.id) for call in ours)
    least = min(readings, key=lambda one: (one.grade is not Grade.NONE, one.encrypted is Tri.YES, one.has_media_both_ways), default=None)
    return Outcome(task.leg_id, task.step, call=ours[0] if ours else None, extra_calls=extra, reading=least, host_readings=readings,
                   reached_by=codec.reached_by)


def _mute(codec, task: Task, far: BridgeReader | None) -> Outcome:
    """Turn the microphones off or on; only what is read back counts."""
    if "mute" not in codec.supports:
        return Outcome(task.leg_id, task.step, muted=Tri.UNKNOWN)
    return Outcome(task.leg_id, task.step, muted=codec.mute(bool(task.mute)))


def _message(codec, task: Task, far: BridgeReader | None) -> Outcome:
    message_id, text = task.message or (0, "")
    try:
        codec.message(text, MESSAGE_S)
    except (CommandRefused, UnsafeValue) as error:
        return Outcome(task.leg_id, task.step, CommandRefused.kind, str(error), message_id=message_id)
    return Outcome(task.leg_id, task.step, message_id=message_id)


def _lock(codec, task: Task, far: BridgeReader | None) -> Outcome:
    locked = far.lock(bool(task.lock)) if far is not None else Tri.UNKNOWN
    return Outcome(task.leg_id, task.step, locked=locked)


def _hang_up(codec, task: Task, far: BridgeReader | None) -> Outcome:
    """Hang up the session's call and look until the device no longer reports it; `call` is one that was found answered."""
    until = time.monotonic() + SEEN_GONE_WITHIN_S
    asked: set[str] = set()
    answered: Call | None = None
    while True:
        ours = [call for call in codec.calls() if call.id == task.call_id or call.remote in (task.callers or {task.target})]
        if not ours:
            return Outcome(task.leg_id, task.step, call=answered, gone=True)
        answered = answered or next((call for call in ours if call.state in (CallState.CONNECTED, CallState.ON_HOLD)), None)
        for call in ours:
            if call.id not in asked:
                asked.add(call.id)
                codec.hang_up(call.id)
        if time.monotonic() > until:
            return Outcome(task.leg_id, task.step, "hang_up_not_confirmed", ours[0].remote)
        time.sleep(task.pace_s)


def _restore(codec, task: Task, far: BridgeReader | None) -> Outcome:
    former = EncryptionSetting(task.former_setting)
    read_back = codec.set_encryption(former)
    return Outcome(task.leg_id, task.step, "" if read_back is former else "setting_not_taken", read_back.value)


_STEPS = {
    Step.LOOK: _look, Step.SECURE: _secure, Step.DIAL: _dial, Step.FIND: _find, Step.FOLLOW: _follow, Step.CHECK: _check,
    Step.ANSWER: _answer, Step.MUTE: _mute, Step.MESSAGE: _message, Step.LOCK: _lock, Step.HANG_UP: _hang_up, Step.RESTORE: _restore,
}


def facts_as_plain(facts: SshFacts | None) -> dict[str, str | bool] | None:
    """Return how a device was reached, as JSON values for the evidence."""
    if facts is None:
        return None
    return {"host_key": facts.host_key.fingerprint, "host_key_algorithm": facts.host_key.algorithm, "account": facts.account,
            "key_exchange": facts.key_exchange, "cipher": facts.cipher, "mac": facts.mac, "signature": facts.signature,
            "legacy": facts.legacy}


def reading_as_plain(reading: Encryption | None) -> dict[str, object] | None:
    if reading is None:
        return None
    return {"grade": reading.grade.value, "encrypted": reading.encrypted.value, "suite": reading.suite, "raw": reading.raw,
            "streams": [{"id": one.id, "media": one.media, "direction": one.direction, "encrypted": one.encrypted.value}
                        for one in reading.streams]}


def bridge_as_plain(bridge: ConferenceOnBridge) -> dict[str, object]:
    """Return who was on the bridge; `raw` is the bridge's own answer, whatever it looks like."""
    return {"address": bridge.address, "locked": bridge.locked.value, "raw": bridge.raw,
            "participants": [{"id": one.id, "remote": one.remote, "encrypted": one.encrypted.value, "suite": one.suite}
                             for one in bridge.participants]}
