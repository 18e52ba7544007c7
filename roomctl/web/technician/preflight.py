"""Conferences of the next day, and how ready the rooms of one's own units were found for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from roomctl import clock
from roomctl.booking.availability import viewer_of
from roomctl.booking.tables import Occurrence, occurrences_by_ids
from roomctl.booking.visibility import View, view
from roomctl.duty import preflight, preflight_tables, readiness
from roomctl.duty.preflight_tables import ASKED, ScheduledCheck
from roomctl.duty.readiness import Finding
from roomctl.organisation.access import reach_of
from roomctl.organisation.roles import Action
from roomctl.web.access import signed_in

bp = Blueprint("preflight", __name__, url_prefix="/preflight")
AHEAD = timedelta(hours=25)  # From a little before the first check.
MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One device before one conference: how it was found last, what is wrong, what it does not tell."""

    check: ScheduledCheck
    ready: str
    failing: Sequence[Finding]
    untold: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class Coming:
    """A conference, as much of it as the reader may know, and the devices of the reader's units."""

    view: View
    lines: Sequence[Line]
    checked_at: datetime | None

    @property
    def is_ready(self) -> bool:
        return all(line.ready == "yes" for line in self.lines)


@bp.get("")
def index() -> ResponseReturnValue:
    user, now = signed_in(), clock.now()
    only = request.args.get("only") == "faults"
    by_occurrence: dict[int, list[ScheduledCheck]] = {}
    for one in preflight_tables.checks_ahead(now, now + AHEAD, below=reach_of(user, Action.SEE_DEVICES)):
        by_occurrence.setdefault(one.occurrence_id, []).append(one)
    ids = list(by_occurrence)
    found = occurrences_by_ids(ids[:MOST_SHOWN])
    viewer = viewer_of(user)
    coming = [Coming(view(found[one].facts(), viewer), *_lines(found[one], by_occurrence[one])) for one in ids[:MOST_SHOWN] if one in found]
    return render_template("technician/preflight/index.html", coming=[one for one in coming if not only or not one.is_ready], only=only, now=now,
                           more=len(ids) > MOST_SHOWN, most=MOST_SHOWN)


def _lines(occurrence: Occurrence, checks: Sequence[ScheduledCheck]) -> tuple[list[Line], datetime | None]:
    """Return the last check of each device that belongs to the conference still, in the order given."""
    devices = {device.id for device, _ in preflight.devices_of(occurrence)[0]}
    judged = {one.device_id: one for one in preflight.latest_checks(occurrence, checks)}
    lines = []
    for device_id in dict.fromkeys(one.device_id for one in checks if one.device_id in devices):
        check = judged.get(device_id) or next(one for one in checks if one.device_id == device_id)
        found = preflight.findings_of(check)
        failing = readiness.failing(found)
        untold = [one for one in found if one.answer == "unknown" and one not in failing]
        lines.append(Line(check, check.ready if device_id in judged else ASKED, failing, untold if check.ready == "yes" else ()))
    return lines, max((one.checked_at for one in judged.values()), default=None)
