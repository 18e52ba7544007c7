"""One trial call at the devices.  No database here: it runs in a thread.

Whatever happens, the call is hung up and looked after until the codec no longer reports it.  What was read back is of this call only: it
proves nothing about a later session.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from device_drivers.errors import DeviceError
from device_drivers.readings import Call, CallState, Encryption, Grade, Tri
from roomctl.devices import connect
from roomctl.sessions.far_ends import BridgeReader
from roomctl.sessions.observe import BETWEEN_LOOKS_S
from roomctl.sessions.plan import LOOK_FOR_CALL

_log = logging.getLogger(__name__)
ANSWER_WITHIN_S = 45.0
MEDIA_WITHIN_S = 10.0
GONE_WITHIN_S = 20.0
AGAIN_S = 0.5
READS = frozenset({"read_encryption_per_stream", "read_encryption_per_call"})
UP = (CallState.CONNECTED, CallState.ON_HOLD)
Step = tuple[str, Tri, str]  # What was looked at, the answer, and a stable word or the device's own.


@dataclass(slots=True)
class Trial:
    """One trial call: who dials what, where its steps go, and whether somebody needs the device now."""

    way: connect.Way
    own_address: str
    address: str
    tell: Callable[[Step], None]
    gives_way: threading.Event
    bridge: BridgeReader | None = None  # Where the call goes to one of ours.
    call_id: str | None = None


def run(trial: Trial, connections: connect.Connections) -> None:
    """Look, dial, wait for the answer and the media, read back, hang up; never raises."""
    dialled = False
    try:
        codec = connections.to(trial.way)
        status = codec.status()
        if status.calls:
            trial.tell(("ready", Tri.NO, "already_in_call"))
            return
        if status.registered is Tri.NO:
            trial.tell(("ready", Tri.NO, "not_registered"))
            return
        trial.tell(("ready", status.registered, ""))
        if trial.gives_way.is_set():
            trial.tell(("connected", Tri.UNKNOWN, "session_took_over"))
            return
        dialled = True
        trial.call_id = codec.dial(trial.address)
        call = _answered(trial, codec)
        if call is not None:
            _read_back(trial, codec, call)
    except DeviceError as error:
        connections.drop(trial.way.device_id)
        trial.tell(("connected" if dialled else "ready", Tri.UNKNOWN, error.kind))
    except Exception as error:  # The call is hung up whatever the driver met.
        _log.exception("a trial call of device %s failed", trial.way.device_id)
        connections.drop(trial.way.device_id)
        trial.tell(("connected" if dialled else "ready", Tri.UNKNOWN, f"driver_fault {type(error).__name__}"[:40]))
    finally:
        if dialled:
            end(trial, connections)
        connections.drop(trial.way.device_id)


def _answered(trial: Trial, codec) -> Call | None:
    """Wait for the answer; a call that is gone before was not answered."""
    until, was_seen = time.monotonic() + ANSWER_WITHIN_S, False
    while True:
        call = next((one for one in codec.calls() if one.id == trial.call_id), None)
        was_seen = was_seen or call is not None
        if call is not None and call.state in UP:
            trial.tell(("connected", Tri.YES, call.protocol))
            return call
        if trial.gives_way.is_set():
            trial.tell(("connected", Tri.UNKNOWN, "session_took_over"))
            return None
        if (call is None and was_seen) or time.monotonic() > until:
            trial.tell(("connected", Tri.NO, "call_vanished" if was_seen and call is None else "not_answered"))
            return None
        time.sleep(BETWEEN_LOOKS_S)


def _read_back(trial: Trial, codec, call: Call) -> None:
    """Wait a moment for media in both directions, and say what the call was read back to be."""
    if READS.isdisjoint(codec.supports):
        trial.tell(("media", Tri.UNKNOWN, "no_proof"))
        trial.tell(("encryption", Tri.UNKNOWN, "no_proof"))
        return
    until = time.monotonic() + MEDIA_WITHIN_S
    while True:
        reading: Encryption = codec.read_encryption(call.id)
        settled = reading.grade is not Grade.NONE and (reading.has_media_both_ways or not reading.streams)
        if settled or trial.gives_way.is_set() or time.monotonic() > until:
            break
        time.sleep(BETWEEN_LOOKS_S)
    # Without streams a reading is of the call as a whole, and says nothing about media.
    flows = Tri.UNKNOWN if not reading.streams else Tri.YES if reading.has_media_both_ways else Tri.NO
    trial.tell(("media", flows, "" if flows is not Tri.NO else "media_one_way"))
    trial.tell(("encryption", reading.encrypted, " · ".join(filter(None, (f"{reading.grade.value}", reading.suite)))))


def end(trial: Trial, connections: connect.Connections) -> None:
    """Hang up every call to the trial's address, and look until the codec reports none; where it would not, drop it at the bridge.

    Where nobody knows whether a dial was sent, the call is looked for a while; another call that is up may then be the one, under
    another name, and is left alone.
    """
    until, asked, last = time.monotonic() + GONE_WITHIN_S, set(), (Tri.UNKNOWN, "hang_up_not_confirmed")
    looked_since = None
    while time.monotonic() < until:
        try:
            codec = connections.to(trial.way)
            up = codec.calls()
            looked_since = looked_since or time.monotonic()
            ours = [call for call in up if call.id == trial.call_id or call.remote == trial.address]
            if not ours and (trial.call_id is not None or asked or time.monotonic() - looked_since >= LOOK_FOR_CALL.total_seconds()):
                is_sure = trial.call_id is not None or asked or not up
                trial.tell(("hung_up", Tri.YES, "") if is_sure else ("hung_up", Tri.UNKNOWN, "already_in_call"))
                return
            if ours:
                last = (Tri.NO, "hang_up_not_confirmed")
            for call in ours:
                if call.id not in asked:
                    asked.add(call.id)
                    codec.hang_up(call.id)
        except DeviceError as error:
            last = (Tri.UNKNOWN, error.kind)
            connections.drop(trial.way.device_id)
            time.sleep(AGAIN_S)
        except Exception as error:
            _log.exception("hanging up a trial call of device %s failed", trial.way.device_id)
            last = (Tri.UNKNOWN, f"driver_fault {type(error).__name__}"[:40])
            connections.drop(trial.way.device_id)
            time.sleep(AGAIN_S)
        time.sleep(BETWEEN_LOOKS_S)
    if trial.bridge is not None and trial.bridge.drop(trial.own_address):
        trial.tell(("hung_up", Tri.YES, "dropped_at_bridge"))
        return
    trial.tell(("hung_up", *last))
