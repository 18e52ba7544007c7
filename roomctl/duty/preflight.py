"""Checks before conferences: a day, an hour and a quarter of an hour before, each codec and the bridge that would serve.

A look at each device is asked for a few minutes ahead, and what it brings is judged (`readiness`); what was not looked at since then is
unknown.  Whoever is to mend it is told, and the organizer, whom it tells the rooms and no more.  A date is judged as a whole in one
transaction, so that a kill costs nothing, and two workers take turns.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from device_drivers.readings import Tri
from roomctl import clock
from roomctl.booking import tables as booking
from roomctl.booking.lifecycle import ReservationState
from roomctl.booking.tables import Occurrence
from roomctl.database import db, lock_name, write_transaction
from roomctl.devices import connect, reading_tables
from roomctl.devices.tables import Device, bridges, codecs_of_rooms
from roomctl.duty import not_ready, preflight_tables, readiness
from roomctl.duty.preflight_tables import ASKED, ScheduledCheck
from roomctl.duty.readiness import Check, Finding, Seen
from roomctl.organisation.units import covers
from roomctl.security_profiles.profile import Classification

AHEAD_MINUTES = (1440, 60, 15)
LEAD = timedelta(minutes=3)  # So long before its moment a look is asked for.
PATIENCE = timedelta(minutes=2)  # With looks that have not come.
MOST_LISTED, MOST_AT_ONCE = 5000, 200
EVERY_S = 10.0
KEPT = timedelta(days=90)
FORGOTTEN_AT_ONCE = 500


def _nobody() -> Collection[int]:
    return ()


def check_ahead(leased: Callable[[], Collection[int]] = _nobody) -> int:
    """Ask for the looks that are due, and judge what they brought; return how many dates were judged.

    `leased` returns the devices that sessions use: they are not looked at, and what is known of them is not theirs to come.
    """
    now = clock.now()
    due = preflight_tables.occurrences_due(now, AHEAD_MINUTES, LEAD, limit=MOST_LISTED)
    due = [one for one in due if one.asked_at is None or now >= one.start_at - timedelta(minutes=one.ahead_minutes)][:MOST_AT_ONCE]
    in_use = set(leased()) if due else set()
    return sum(_take_on(one.occurrence_id, one.ahead_minutes, now, in_use) for one in due)


def forget_old() -> int:
    """Delete the checks of long ago, a few at a time."""
    with write_transaction():
        return preflight_tables.forget_before(clock.now() - KEPT, limit=FORGOTTEN_AT_ONCE)


def _take_on(occurrence_id: int, ahead_minutes: int, now: datetime, in_use: Collection[int]) -> bool:
    with write_transaction():
        lock_name(f"checks of occurrence:{occurrence_id}")
        due = preflight_tables.occurrences_due(now, AHEAD_MINUTES, LEAD, limit=1, only=occurrence_id)
        occurrence = booking.occurrence_by_id(occurrence_id) if due and due[0].ahead_minutes == ahead_minutes else None
        if occurrence is None:
            return False  # Another worker was quicker.
        devices, without_bridge = devices_of(occurrence)
        checks = [one for one in preflight_tables.checks_of(occurrence_id) if one.ahead_minutes == ahead_minutes]
        if {one.device_id for one in checks if one.ready == ASKED} != {device.id for device, _ in devices}:
            _ask(occurrence, ahead_minutes, devices, checks, now)
            return False
        if not _may_judge(occurrence, ahead_minutes, checks, now, in_use):
            return False
        _judge(occurrence, checks, now, in_use, without_bridge)
        not_ready.tell(occurrence, ahead_minutes, now)
        return True


def devices_of(occurrence: Occurrence) -> tuple[list[tuple[Device, int | None]], bool]:
    """Return the devices that would serve, each with its room, by id; and whether there is no bridge that could."""
    granted = {one.room_id for one in occurrence.reservations if one.state == ReservationState.GRANTED}
    codecs = codecs_of_rooms(granted)
    host_path = occurrence.conference.host_room.unit.path
    bridge = next((one for one in bridges() if covers(one.unit.path, host_path) and one.pinned_fingerprint is not None
                   and one.pool and one.ports >= len(codecs)), None)  # As a session's start chooses it, when nothing else runs.
    found: list[tuple[Device, int | None]] = [(codec, room_id) for room_id, codec in codecs.items()]
    if bridge is not None:
        found.append((bridge, None))
    return sorted(found, key=lambda one: one[0].id), bridge is None


def _ask(occurrence: Occurrence, ahead_minutes: int, devices: Collection[tuple[Device, int | None]], checks: Collection[ScheduledCheck],
         now: datetime) -> None:
    """Ask for a look at every device of the date; a check that was judged before is judged anew."""
    known = {one.device_id: one for one in checks}
    preflight_tables.forget_others(occurrence.id, ahead_minutes, [device.id for device, _ in devices])
    for device, room_id in devices:
        row = known.get(device.id)
        if row is None:
            db.session.add(ScheduledCheck(occurrence_id=occurrence.id, device_id=device.id, room_id=room_id, ahead_minutes=ahead_minutes,
                                          checked_at=now, ready=ASKED, findings=[]))
        else:
            row.room_id, row.checked_at, row.ready, row.findings = room_id, now, ASKED, []
    reading_tables.add_wishes([device.id for device, _ in devices], now)


def _may_judge(occurrence: Occurrence, ahead_minutes: int, checks: Collection[ScheduledCheck], now: datetime, in_use: Collection[int]) -> bool:
    """True when the moment has come and every look that may come has."""
    moment = occurrence.planned_start_at - timedelta(minutes=ahead_minutes)
    asked_at = max(one.checked_at for one in checks)
    if now < moment:
        return False
    if now >= max(moment, asked_at) + PATIENCE:
        return True
    return all(one.device_id in in_use or (one.device.probed_at is not None and one.device.probed_at > one.checked_at) for one in checks)


def _judge(occurrence: Occurrence, checks: Collection[ScheduledCheck], now: datetime, in_use: Collection[int], without_bridge: bool) -> None:
    read = reading_tables.latest_readings([one.device_id for one in checks])
    approved = preflight_tables.approved_firmware({(one.device.family, one.device.model) for one in checks})
    profile = occurrence.conference.profile
    for one in checks:
        device = one.device
        read_at, rows = read.get(device.id, (None, []))
        seen = Seen(
            kind=device.kind, asked_at=one.checked_at, looked_at=device.probed_at, read_at=read_at, fault=device.fault,
            readings={row[0]: row[2] for row in rows if not row[1]}, is_approved=device.pinned_fingerprint is not None,
            uses_old_ssh=device.ssh_legacy != "none", is_in_session=device.id in in_use, best_proof=connect.best_proof_of(device.family),
            can_require="require_encryption" in connect.supports(device.family), firmware=device.firmware,
            approved_firmware=approved.get((device.family, device.model), ()))
        found = readiness.findings(seen, classification=Classification(profile.classification), min_grade=profile.min_grade,
                                   ahead_minutes=one.ahead_minutes)
        if without_bridge and one.room_id == occurrence.conference.host_room_id:
            found.append(Finding(Check.BRIDGE, Tri.NO, "no_bridge"))
        one.findings = [[finding.check.value, finding.answer.value, finding.detail[:200]] for finding in found]
        one.ready, one.checked_at = readiness.readiness(found).value, now
    db.session.flush()


# What pages show


@dataclass(frozen=True, slots=True)
class Summary:
    """The last check of one date: of how many rooms how many are ready, which are not, which could not be told; `untold` are the checks
    that no device of some room answers, such as its camera."""

    at: datetime
    rooms: int
    ready: int
    not_ready: tuple[str, ...]
    unknown: tuple[str, ...]
    bridge: Tri
    untold: tuple[Check, ...]


def findings_of(check: ScheduledCheck) -> list[Finding]:
    """Return a check's stored findings."""
    return [Finding(Check(name), Tri(answer), detail) for name, answer, detail in check.findings]


def summary_of(occurrence: Occurrence) -> Summary | None:
    """Return how ready the granted rooms of a date were found last; None before it was checked.  Names of rooms, and nothing technical."""
    granted = {one.room_id: one.room for one in occurrence.reservations if one.state == ReservationState.GRANTED}
    latest = {one.device_id: one for one in latest_checks(occurrence, preflight_tables.checks_of(occurrence.id))}
    of_rooms = [one for one in latest.values() if one.room_id in granted]
    if not of_rooms:
        return None
    by_state = {state: tuple(sorted(granted[one.room_id].name for one in of_rooms if one.ready == state)) for state in Tri}
    bridge = next((Tri(one.ready) for one in latest.values() if one.room_id is None), Tri.NO)
    untold = {finding.check for one in of_rooms if one.ready == Tri.YES for finding in findings_of(one) if finding.answer is Tri.UNKNOWN}
    return Summary(at=max(one.checked_at for one in of_rooms), rooms=len(of_rooms), ready=len(by_state[Tri.YES]), not_ready=by_state[Tri.NO],
                   unknown=by_state[Tri.UNKNOWN], bridge=bridge, untold=tuple(check for check in Check if check in untold))


def latest_checks(occurrence: Occurrence, checks: Collection[ScheduledCheck]) -> list[ScheduledCheck]:
    """Return the last judged check of each device, of those made for the time at which the date is held now."""
    latest: dict[int, ScheduledCheck] = {}
    for one in sorted(checks, key=lambda one: -one.ahead_minutes):
        made_for = one.checked_at >= occurrence.planned_start_at - timedelta(minutes=one.ahead_minutes) - LEAD
        if one.ready != ASKED and made_for:
            latest[one.device_id] = one
    return list(latest.values())
