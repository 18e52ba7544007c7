"""Alerts: opened, gathered under what causes them, told to whoever can mend it in time, acknowledged by name, cleared.

`tick` may be run by several workers, killed and run again: every step looks at what is there, and the whole is one transaction.  It
reads the devices that are not well and the alerts that stand, never all devices.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import db, lock_name, write_transaction
from roomctl.devices.health import Status
from roomctl.devices.judging import NO_ANSWER
from roomctl.duty import alert_tables, call_out, grouping, rota_tables, sight_tables, standing
from roomctl.duty.alert_tables import Alert
from roomctl.duty.standing import Look
from roomctl.errors import Conflict, NotVisible
from roomctl.organisation import access
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User, unit_by_id
from roomctl.organisation.units import last_ids
from roomctl.typed import Typed

EVERY_S = 5.0
LONGEST_NOTE = 500


def tick(now: datetime | None = None) -> None:
    """Bring the alerts in line with what the devices were last found to be, and call whom a fault concerns."""
    now = now or clock.now()
    with write_transaction():
        lock_name("alerts")  # Two workers take turns; on SQLite nobody writes beside us anyway.
        alert_tables.follow_mergers(now)
        rota_tables.follow_mergers()
        _Round(now).run()


class _Round:
    """One tick, inside its transaction."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._standing = alert_tables.standing_alerts()
        self._looks = {look.device_id: look for look in sight_tables.looks(
            now, {one.device_id for one in self._standing if one.device_id is not None})}

    def run(self) -> None:
        self._clear()
        self._open()
        db.session.flush()  # New causes need an id before anything can stand under them.
        silent_units = self._gather()
        self._end_silence()
        call_out.tell(self._standing, self._looks, silent_units, self._now)

    # Each device for itself

    def _clear(self) -> None:
        for one in self._standing:
            if one.device_id is not None and standing.is_over(one.kind, Status(one.status), self._looks[one.device_id]):
                one.cleared_at = self._now
        self._standing = [one for one in self._standing if one.cleared_at is None]

    def _open(self) -> None:
        by_device: dict[int, list[Alert]] = {}
        for one in self._standing:
            if one.device_id is not None:
                by_device.setdefault(one.device_id, []).append(one)
        new = []
        for look in self._looks.values():
            theirs = by_device.get(look.device_id, [])
            for one in theirs:
                one.unit_id = look.unit_id  # The device, or its unit, may have moved.
            if standing.opens(look):
                same = next((one for one in theirs if standing.is_same(one.kind, look.fault)), None)
                if same is not None:
                    _see(same, look)
                else:
                    new.append(look)
        if new:
            self._add(new)

    def _add(self, new: list[Look]) -> None:
        """Open alerts; a fault that was over for a few minutes goes on where it was."""
        lately = {}
        for one in alert_tables.cleared_since([look.device_id for look in new], self._now - standing.SAME_AGAIN):
            lately[one.device_id, one.kind in NO_ANSWER or one.kind] = one
        closed = sight_tables.in_maintenance({look.room_id for look in new if look.room_id is not None}, self._now)
        for look in new:
            alert = lately.get((look.device_id, look.fault in NO_ANSWER or look.fault))
            if alert is not None:
                alert.cleared_at, alert.unit_id = None, look.unit_id
            else:
                alert = Alert(kind=look.fault, status=look.status, unit_id=look.unit_id, device_id=look.device_id, silent=look.room_id in closed,
                              opened_at=self._now, seen_at=look.looked_at)
                db.session.add(alert)
            _see(alert, look)
            self._standing.append(alert)

    def _end_silence(self) -> None:
        """Let what opened during maintenance, and still stands after it, count like any other."""
        silent = [(one, self._looks[one.device_id].room_id) for one in self._standing if one.silent and one.device_id is not None]
        if silent:
            closed = sight_tables.in_maintenance({room_id for _, room_id in silent if room_id is not None}, self._now)
            for one, room_id in silent:
                one.silent = room_id in closed

    # Causes

    def _gather(self) -> set[str]:
        """Put alerts under their shared causes, and return the paths of the units of which at least half is silent."""
        unanswered = {one.device_id: one for one in self._standing if one.device_id is not None and one.kind in NO_ANSWER}
        down = [grouping.Down(device_id, self._looks[device_id].unit_path) for device_id in sorted(unanswered)]
        in_use = sight_tables.devices_that_could_answer() if len(down) >= grouping.LEAST_OF_A_LINE else {}
        found = grouping.causes(down, sight_tables.upstream_of(list(unanswered)), in_use)
        lines = self._lines({cause.unit_path for cause in found.values() if isinstance(cause, grouping.Line)})
        former = alert_tables.alerts_by_id({one.under_id for one in self._standing if one.under_id is not None})
        for one in self._standing:
            cause = found.get(one.device_id) if one.device_id is not None and one.kind in NO_ANSWER else None
            match cause:
                case grouping.Line(unit_path):
                    one.under_id = lines[unit_path].id
                    lines[unit_path].seen_at = max(lines[unit_path].seen_at, one.seen_at)
                case grouping.Behind(device_id):
                    one.under_id = unanswered[device_id].id
                case None if one.under_id is not None and standing.may_leave(former[one.under_id].cleared_at, self._looked_at(one)):
                    one.under_id = None
        return grouping.units_silent(down, in_use, share_percent=50)

    def _looked_at(self, alert: Alert) -> datetime | None:
        return self._looks[alert.device_id].looked_at if alert.device_id is not None else None

    def _lines(self, paths: Collection[str]) -> Mapping[str, Alert]:
        """Return the standing alert of each unit whose line is down; those of other units end."""
        wanted = {unit_id: path for path, unit_id in zip(paths, last_ids(paths), strict=True)}
        lines: dict[str, Alert] = {}
        for one in self._standing:
            if one.device_id is None and one.unit_id in wanted:
                lines[wanted[one.unit_id]] = one
            elif one.device_id is None:
                one.cleared_at = self._now
        for unit_id, path in sorted(wanted.items()):
            if path not in lines:
                lines[path] = self._open_line(unit_id)
        self._standing = [one for one in self._standing if one.cleared_at is None]
        return lines

    def _open_line(self, unit_id: int) -> Alert:
        alert = alert_tables.unit_alert_cleared_since(unit_id, standing.LINE_DOWN, self._now - standing.SAME_AGAIN)
        if alert is not None:
            alert.cleared_at = None
        else:
            alert = Alert(kind=standing.LINE_DOWN, status=Status.CRITICAL, unit_id=unit_id, opened_at=self._now, seen_at=self._now)
            db.session.add(alert)
            db.session.flush()
        self._standing.append(alert)
        return alert


def _see(alert: Alert, look: Look) -> None:
    """Note a fault as it was found; not answering goes by the word it shows itself under now."""
    alert.kind, alert.status, alert.detail = look.fault, look.status, look.detail[:500]
    if look.looked_at is not None and look.looked_at > alert.seen_at:
        alert.seen_at = look.looked_at


def acknowledge(alert_id: int, *, by: User, note: str = "") -> None:
    """Take an alert on by name, with a note for the others; the same person may write the note anew.

    Raises NotVisible, NotAllowed, InvalidInput (note), Conflict("alert_over") and Conflict("alert_taken") with who and when.
    """
    typed = Typed()
    note = typed.line("note", note, longest=LONGEST_NOTE)
    with write_transaction():
        alert = alert_tables.alert_for_update(alert_id)
        if alert is None or not access.can(by, Action.SEE_DEVICES, alert):
            raise NotVisible
        access.require(by, Action.HANDLE_ALERTS, alert)
        typed.insist()
        if alert.cleared_at is not None:
            raise Conflict("alert_over", at=alert.cleared_at)
        if alert.acknowledged_by not in (None, by.id):
            raise Conflict("alert_taken", who=alert.acknowledger.name, at=alert.acknowledged_at)
        if alert.acknowledged_by == by.id and alert.note == note:
            return
        alert.acknowledged_at, alert.acknowledged_by, alert.note = alert.acknowledged_at or clock.now(), by.id, note
        trail.append(EventKind.ALERT_ACKNOWLEDGED, actor=by.id, subject=alert.ref, unit=alert.unit_id, alert=alert.kind, device=alert.device_id,
                     note=note)


def subject_of(alert: Alert) -> str:
    """Return what an alert is about, by name: its device, or its unit for a line."""
    unit = alert.unit or unit_by_id(alert.unit_id)
    return alert.device.name if alert.device is not None else unit.name
