"""Stores what probes found, many devices in one transaction: status, fault, latest readings, history, changes, what was learned.

A failed look stores the failure and keeps the last readings and the last known identity; their age tells how much they are worth.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from device_drivers.errors import DeviceError, HostKeyChanged, HostKeyUnknown, SshTooOld
from device_drivers.readings import CodecStatus, Identity
from roomctl.database import write_transaction
from roomctl.devices import connect, history, judging, probe_tables, reading_tables, reported, snmp_look, snmp_tables
from roomctl.devices.health import FAULTS, Status
from roomctl.devices.history import Before
from roomctl.devices.judging import Earlier, Error, Judged
from roomctl.devices.probe_tables import Probed
from roomctl.devices.probing import Look
from roomctl.devices.reading_tables import MINUTE
from roomctl.devices.snmp_lane import Polled
from roomctl.devices.tables import Device

LONGEST_FAULT, LONGEST_DETAIL = 32, 500  # As the columns are.
NOTHING_HELPS = "nothing"
_NOT_ERRORS = {"not_registered", "cannot_encrypt", "no_microphone", "no_camera", "registration_unknown", "nothing_readable"}


@dataclass(frozen=True, slots=True)
class Found:
    """What one look at a device brought, over SSH, over SNMP or both; begun and ended by the clock on the wall."""

    device_id: int
    begun_at: datetime
    at: datetime
    look: Look | None = None
    polled: Polled | None = None

    @property
    def errors(self) -> list[DeviceError]:
        return [part.error for part in (self.look, self.polled) if part is not None and part.error is not None]

    @property
    def answered(self) -> bool:
        return any(part is not None and part.error is None for part in (self.look, self.polled))

    def rows(self) -> list[list[Any]]:
        """Return what was read; where both ways tell the same, what the device's own control says stands."""
        return reported.as_rows(*(part.measured for part in (self.look, self.polled) if part is not None))


def store(found: Collection[Found], *, rooms_in_use: Collection[int] = (), still_ours: Callable[[], None] = lambda: None) -> None:
    """Store what was found.  `rooms_in_use` have a conference now; `still_ours` raises when another worker has taken over."""
    newest = {one.device_id: one for one in found}
    _remember_keys(newest.values())
    with write_transaction():
        still_ours()
        devices = probe_tables.probed(newest)
        read_before = reading_tables.latest_readings(newest)
        writing = _Writing()
        for device in devices:
            writing.add(device, newest[device.id], read_before.get(device.id), rooms_in_use)
        probe_tables.keep_probes(writing.unchanged, writing.changed)
        reading_tables.keep_readings(writing.readings)
        reading_tables.keep_history(writing.history)
        reading_tables.keep_changes(writing.changes)
        _keep_learned([one.polled for one in newest.values() if one.polled is not None and one.polled.error is None])
        for at, ids in _by_beginning(newest.values()).items():
            reading_tables.wishes_granted(ids, at)


def _by_beginning(found: Iterable[Found]) -> dict[datetime, list[int]]:
    groups: dict[datetime, list[int]] = {}
    for one in found:
        groups.setdefault(one.begun_at, []).append(one.device_id)
    return groups


def _remember_keys(found: Iterable[Found]) -> None:
    """Keep host keys that were refused for a person to decide on; those that wait already are not written again."""
    refused = {one.device_id: error for one in found for error in one.errors if isinstance(error, HostKeyUnknown | HostKeyChanged)}
    if not refused:
        return
    waiting = probe_tables.host_keys_known(refused)
    for device_id, error in refused.items():
        if (device_id, error.seen.fingerprint) not in waiting:
            connect.remember_key(device_id, error)


class _Writing:
    """The rows of one transaction, gathered device by device."""

    def __init__(self) -> None:
        self.unchanged: dict[datetime, list[int]] = {}
        self.changed: list[dict[str, Any]] = []
        self.readings: list[dict[str, Any]] = []
        self.history: list[dict[str, Any]] = []
        self.changes: list[dict[str, Any]] = []

    def add(self, device: Probed, found: Found, read_before: tuple[datetime, list[list[Any]]] | None, rooms_in_use: Collection[int]) -> None:
        rows = found.rows()
        judged = _judged(device, found, rows, read_before, rooms_in_use)
        self._add_status(device, found, judged)
        before = None if read_before is None else Before(read_before[0], history.numbers_of(read_before[1]), device.probed_at != read_before[0])
        if found.answered:
            self.readings.append({"device_id": device.id, "read_at": found.at, "readings": rows})
            lines = history.rows_for(history.numbers_of(rows), before, found.at, timedelta(seconds=device.probe_every_s))
        else:
            failing = device.fault in FAULTS and device.fault not in _NOT_ERRORS
            lines = history.row_of_failure(before, found.at, failing=failing)
        self.history += [{"device_id": device.id, "step": MINUTE, "at": at, "numbers": numbers} for at, numbers in lines]

    def _add_status(self, device: Probed, found: Found, judged: Judged) -> None:
        status, fault = judged.status, judged.fault[:LONGEST_FAULT]
        facts = {"status": status, "fault": fault, "fault_detail": reported.clean(judged.detail, LONGEST_DETAIL), **_identity(device, found)}
        is_news = (device.status, device.fault) != (status, fault) or device.probed_at is None
        if is_news:
            self.changes.append({"device_id": device.id, "at": found.at, "status": status, "fault": fault, "detail": facts["fault_detail"]})
        if not is_news and all(getattr(device, name) == value for name, value in facts.items()):
            self.unchanged.setdefault(found.at, []).append(device.id)
            return
        since = found.at if is_news or device.changed_at is None else device.changed_at
        self.changed.append({"id": device.id, **facts, "probed_at": found.at, "changed_at": since})


def _judged(device: Probed, found: Found, rows: list[list[Any]], read_before: tuple[datetime, list[list[Any]]] | None,
            rooms_in_use: Collection[int]) -> Judged:
    codec = found.look.reading if found.look is not None and isinstance(found.look.reading, CodecStatus) else None
    sleeps = may_sleep(found) and device.room_id not in rooms_in_use
    earlier = Earlier(read_before[0], reported.as_measured(read_before[1])) if read_before is not None else None
    return judging.judge(errors=[Error(error.kind, _said(error)) for error in found.errors], answered=found.answered, codec=codec,
                         readings=reported.as_measured(rows), only_snmp=found.look is None, may_sleep=sleeps, earlier=earlier, at=found.at,
                         interval=timedelta(seconds=device.probe_every_s))


def may_sleep(found: Found) -> bool:
    """True of a projector or a display that did not answer: outside conferences it sleeps."""
    known = found.polled.known.detected if found.polled is not None else None
    return not found.answered and known is not None and known.device_class in judging.SLEEPS


def _said(error: DeviceError) -> str:
    """Return a driver's words; what would help a device with an old SSH stands first, for the page."""
    if isinstance(error, SshTooOld):
        return f"{error.would_help or NOTHING_HELPS}: {error}"
    return str(error)


def _identity(device: Probed, found: Found) -> dict[str, Any]:
    """Return who the device says it is; what it does not say stays as it was known."""
    said: list[tuple[str, str, str]] = []
    simulated = device.simulated
    reading = found.look.reading if found.look is not None else None
    identity = reading.identity if isinstance(reading, CodecStatus) else reading
    if isinstance(identity, Identity):
        said.append((identity.model, identity.serial, identity.firmware))
        simulated = identity.simulated
    if found.polled is not None and found.polled.error is None and found.polled.known.detected is not None:
        detected = found.polled.known.detected
        said.append((detected.model, detected.serial, detected.firmware))
    facts: dict[str, Any] = {"simulated": simulated}
    for place, (name, longest) in enumerate((("model", 120), ("serial", 64), ("firmware", 120))):
        facts[name] = next((clean for one in said if (clean := reported.clean(one[place] or "", longest))), getattr(device, name))
    return facts


def _keep_learned(polled: Collection[Polled]) -> None:
    """Store what was learned of agents where it is new."""
    if not polled:
        return
    rows, stored = [], snmp_tables.learned([one.device_id for one in polled])
    for one in polled:
        learned = (snmp_look.as_plain(one.known), one.engine_id, one.quirks.to_dict())
        if one.device_id in stored and stored[one.device_id] != learned:
            rows.append({"device_id": one.device_id, "detected": learned[0], "engine_id": learned[1][:64], "quirks": learned[2]})
    snmp_tables.keep_learned(rows)


def note_served(device: Device, now: datetime) -> None:
    """Let a device that answers its session look alive to technicians, inside the caller's transaction: no probe goes to it meanwhile."""
    if device.probed_at is not None and now - device.probed_at <= timedelta(seconds=device.probe_every_s):
        return
    if (device.status, device.fault) != (Status.OK, ""):
        device.status, device.fault, device.fault_detail, device.changed_at = Status.OK, "", "", now
        reading_tables.keep_changes([{"device_id": device.id, "at": now, "status": Status.OK, "fault": "", "detail": ""}])
    device.probed_at = now
