"""What is done at a device for one step of one leg.  No database here: it runs in many threads.

Each function returns an Outcome; a device's error is an outcome too.
"""

import logging
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime

from device_drivers.errors import DeviceError
from device_drivers.readings import Call, CallState, CodecStatus, ConferenceOnBridge, Encryption, EncryptionSetting, Grade, SshFacts, Tri
from roomctl import clock
from roomctl.devices.connect import Connections, Way
from roomctl.sessions.plan import Step

SEEN_GONE_WITHIN_S = 5.0
PATIENCE_S = 1.0  # A request to end waits for it.
BETWEEN_LOOKS_S = 0.08  # A codec needs some 50 ms between commands.
_log = logging.getLogger(__name__)


class BridgeReader:
    """Reads a session's conference on its bridge for many legs at once: one reading serves all who asked before it began."""

    def __init__(self, connections: Connections, way: Way | None, device_id: int, address: str) -> None:
        self._connections, self._way, self.device_id, self.address = connections, way, device_id, address
        self._lock = threading.Lock()
        self._begun, self._seen = 0.0, None
        self.failed = False
        self.reached_by: SshFacts | None = None  # How the bridge was reached at the last reading.

    def read(self) -> ConferenceOnBridge | None:
        """Return who is on the bridge now; None when that cannot be read, which proves nothing."""
        asked = time.monotonic()
        with self._lock:
            if self._begun < asked:
                self._begun = time.monotonic()
                try:
                    driver = self._driver()
                    self._seen, self.reached_by = driver.conference(self.address), driver.reached_by
                except DeviceError:
                    self._connections.drop(self.device_id)
                    self._seen, self.failed = None, True
            return self._seen

    def drop(self, remote: str) -> bool:
        """Drop a caller, where its codec would not hang up; True when the bridge no longer lists it."""
        with self._lock:
            try:
                for one in self._driver().conference(self.address).participants:
                    if one.remote == remote:
                        self._driver().drop(self.address, one.id)
                return all(one.remote != remote for one in self._driver().conference(self.address).participants)
            except DeviceError:
                self._connections.drop(self.device_id)
                return False

    def _driver(self):
        return self._connections.to(self._way, device_id=self.device_id)


@dataclass(frozen=True, slots=True)
class Task:
    """One step for one leg; `way` may be None when the connection is open already."""

    leg_id: int
    device_id: int
    step: Step
    way: Way | None
    own_address: str
    bridge: BridgeReader
    call_id: str | None = None
    former_setting: str | None = None
    patient: bool = False  # The first check of a call: its media may still be set up.


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a step."""

    leg_id: int
    step: Step
    error: str = ""  # A DeviceError's kind, or one of the engine's own words.
    detail: str = ""
    device_error: DeviceError | None = None
    status: CodecStatus | None = None
    setting: str | None = None
    call_id: str | None = None
    call: Call | None = None
    extra_calls: tuple[Call, ...] = ()
    reading: Encryption | None = None
    bridge: ConferenceOnBridge | None = None
    gone: bool = False
    reached_by: SshFacts | None = field(default=None)
    bridge_reached_by: SshFacts | None = field(default=None)
    looked_at: datetime | None = field(default=None)  # When the status was read: the device's own clock is compared with it.


def carry_out(task: Task, connections: Connections) -> Outcome:
    """Do one step at the device; never raises: a leg in trouble must not hold up the others."""
    outcome = _try(task, connections)
    if task.step is Step.HANG_UP and not outcome.gone and task.bridge.drop(task.own_address):
        return Outcome(task.leg_id, task.step, "dropped_at_bridge", outcome.detail, gone=True)
    return outcome


def _try(task: Task, connections: Connections) -> Outcome:
    try:
        codec = connections.to(task.way, device_id=task.device_id)
        return _STEPS[task.step](codec, task)
    except DeviceError as error:
        connections.drop(task.device_id)
        return Outcome(task.leg_id, task.step, error.kind, str(error), device_error=error)
    except Exception as error:
        _log.exception("leg %s: step %s failed", task.leg_id, task.step)
        connections.drop(task.device_id)
        return Outcome(task.leg_id, task.step, "driver_fault", f"{type(error).__name__}: {error}")


def _look(codec, task: Task) -> Outcome:
    """Take a fresh status: no call up, registered, able to encrypt; and note the former setting."""
    status, looked_at = codec.status(), clock.now()
    setting = codec.encryption_setting()
    error = (
        "already_in_call" if status.calls else "not_registered" if status.registered is not Tri.YES
        else "cannot_encrypt" if status.can_encrypt is Tri.NO else ""
    )
    detail = status.calls[0].remote if status.calls else status.registration if error == "not_registered" else ""
    return Outcome(task.leg_id, task.step, error, detail, status=status, setting=setting.value, reached_by=codec.reached_by,
                   looked_at=looked_at)


def _secure(codec, task: Task) -> Outcome:
    read_back = codec.set_encryption(EncryptionSetting.ON)
    return Outcome(task.leg_id, task.step, "" if read_back is EncryptionSetting.ON else "setting_not_taken", read_back.value)


def _dial(codec, task: Task) -> Outcome:
    """Dial, unless the call is there already (adopt it) or another one is (refuse)."""
    up = codec.calls()
    for call in up:
        if call.remote == task.bridge.address:
            return Outcome(task.leg_id, task.step, call_id=call.id)
    if up:
        return Outcome(task.leg_id, task.step, "already_in_call", up[0].remote)
    return Outcome(task.leg_id, task.step, call_id=codec.dial(task.bridge.address))


def _find(codec, task: Task) -> Outcome:
    return Outcome(task.leg_id, task.step, call_id=next((call.id for call in codec.calls() if call.remote == task.bridge.address), None))


def _follow(codec, task: Task) -> Outcome:
    """Look after a ringing call for a moment, so that what many calls do at once need not be written down step by step."""
    until = time.monotonic() + PATIENCE_S
    while True:
        call = next((call for call in codec.calls() if _is_ours(call, task)), None)
        if call is None or call.state in (CallState.CONNECTED, CallState.ON_HOLD) or time.monotonic() > until:
            return Outcome(task.leg_id, task.step, call=call)
        time.sleep(BETWEEN_LOOKS_S)


def _check(codec, task: Task) -> Outcome:
    """Read the active call back; a first reading waits a moment for the media."""
    until = time.monotonic() + (PATIENCE_S if task.patient else 0.0)
    while True:
        outcome = _read_back(codec, task)
        settled = outcome.reading is None or (outcome.reading.grade is not Grade.NONE and outcome.bridge is not None)
        if settled or time.monotonic() > until:
            return outcome
        time.sleep(BETWEEN_LOOKS_S)


def _is_ours(call: Call, task: Task) -> bool:
    """True of the call that was dialled.  Its id alone does not tell: a codec that restarts counts anew, and gives it to the next call."""
    return call.id == task.call_id and call.remote == task.bridge.address


def _read_back(codec, task: Task) -> Outcome:
    """Read the calls first, so that one added from the remote control is seen."""
    up = codec.calls()
    call = next((one for one in up if _is_ours(one, task)), None)
    extra = tuple(one for one in up if not _is_ours(one, task) and one.state is not CallState.DISCONNECTING)
    if call is None:
        return Outcome(task.leg_id, task.step, extra_calls=extra, reached_by=codec.reached_by)
    return Outcome(task.leg_id, task.step, call=call, extra_calls=extra, reading=codec.read_encryption(call.id),
                   bridge=task.bridge.read(), reached_by=codec.reached_by, bridge_reached_by=task.bridge.reached_by)


def _hang_up(codec, task: Task) -> Outcome:
    """Hang up the session's call and look until the device no longer reports it."""
    until = time.monotonic() + SEEN_GONE_WITHIN_S
    asked: set[str] = set()
    while True:
        ours = [call for call in codec.calls() if call.id == task.call_id or call.remote == task.bridge.address]
        if not ours:
            return Outcome(task.leg_id, task.step, gone=True)
        for call in ours:
            if call.id not in asked:
                asked.add(call.id)
                codec.hang_up(call.id)
        if time.monotonic() > until:
            return Outcome(task.leg_id, task.step, "hang_up_not_confirmed", ours[0].remote)
        time.sleep(BETWEEN_LOOKS_S)


def _restore(codec, task: Task) -> Outcome:
    former = EncryptionSetting(task.former_setting)
    read_back = codec.set_encryption(former)
    return Outcome(task.leg_id, task.step, "" if read_back is former else "setting_not_taken", read_back.value)


_STEPS = {
    Step.LOOK: _look, Step.SECURE: _secure, Step.DIAL: _dial, Step.FIND: _find, Step.FOLLOW: _follow, Step.CHECK: _check,
    Step.HANG_UP: _hang_up, Step.RESTORE: _restore,
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
