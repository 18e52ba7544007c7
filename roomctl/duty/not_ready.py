"""Who is told that a room is not ready for a conference: whoever is to mend it, and the organizer, each once as long as nothing changes.

A technician learns the time, the rooms and what is wrong with the devices, and nothing of the conference.  The organizer learns the rooms,
with others of the same unit that are free, and nothing technical.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from device_drivers.readings import Tri
from roomctl.booking import instead
from roomctl.booking.tables import Occurrence
from roomctl.duty import alert_tables, on_call, preflight_tables, readiness
from roomctl.duty.preflight_tables import ScheduledCheck
from roomctl.duty.readiness import Check, Finding
from roomctl.notices import outbox
from roomctl.notices.wording import NoticeKind
from roomctl.organisation import once
from roomctl.organisation.tables import active_people, user_by_id
from roomctl.timespan import to_local

MOST_BY_NAME = 3  # Rooms of which the organizer is told one by one, each with what is free instead.
LONGEST = 500  # As much as a notice carries.


@dataclass(frozen=True, slots=True)
class _Bad:
    """A device that is not ready, what is wrong, and the key under which people are told of it."""

    check: ScheduledCheck
    words: tuple[str, ...]
    key: str

    @property
    def place(self) -> str:
        return self.check.device.room.name if self.check.room_id is not None and self.check.device.room is not None else self.check.device.name


def tell(occurrence: Occurrence, ahead_minutes: int, now: datetime) -> None:
    """Leave the notices of a date that was judged just now, inside the caller's transaction."""
    by_device: dict[int, list[ScheduledCheck]] = {}
    for one in preflight_tables.checks_of(occurrence.id):
        by_device.setdefault(one.device_id, []).append(one)
    bad = [found for checks in by_device.values() if (found := _bad(checks, ahead_minutes)) is not None]
    if not bad:
        return
    _tell_technicians(occurrence, bad, now)
    _tell_organizer(occurrence, bad)


def _bad(checks: Sequence[ScheduledCheck], ahead_minutes: int) -> _Bad | None:
    """Return a device that is not ready, from its checks, the earliest first; a run of checks that found the same is told of once."""
    current = next((one for one in checks if one.ahead_minutes == ahead_minutes), None)
    words = _words(current) if current is not None else ()
    if current is None or not words:
        return None
    since = ahead_minutes
    for one in sorted((one for one in checks if one.ahead_minutes > ahead_minutes), key=lambda one: one.ahead_minutes):
        if _words(one) != words:
            break
        since = one.ahead_minutes
    digest = hashlib.sha256(" ".join(words).encode()).hexdigest()[:8]
    return _Bad(current, words, f"{current.occurrence_id}-{current.device_id}-{since}-{digest}")


def _words(check: ScheduledCheck) -> tuple[str, ...]:
    """Return what is wrong, as stable words; nothing of a device that a session uses now, since that session watches it."""
    found = readiness.failing(Finding(Check(name), Tri(answer), detail) for name, answer, detail in check.findings)
    if any(one.detail == readiness.IN_SESSION for one in found) and all(one.answer is Tri.UNKNOWN for one in found):
        return ()
    return tuple(f"{one.check}:{one.answer}" for one in found)


def _tell_technicians(occurrence: Occurrence, bad: Collection[_Bad], now: datetime) -> None:
    people = on_call.nearest({one.check.device.unit.path for one in bad}, now)
    users = {user.id: user for user in active_people({called.user_id for found in people.values() for called in found})}
    known = alert_tables.told_already(users, {f"check-{one.key}" for one in bad})
    for user in users.values():
        mine = [one for one in bad if any(called.user_id == user.id for called in people[one.check.device.unit.path])
                and (user.id, f"check-{one.key}") not in known]
        if mine:
            at = f"{to_local(occurrence.planned_start_at):%H:%M %d/%m/%Y}"
            outbox.enqueue(NoticeKind.DEVICES_NOT_READY, to=[user.id], reason=_in_lines((at, str(len(mine))), [_line(one) for one in mine]))
            for one in mine:
                once.remember(user, f"check-{one.key}", f"device:{one.check.device_id}")
                one.check.told_at = now


def _line(one: _Bad) -> str:
    """Return place and failing checks, told apart by what no name holds."""
    return "\t".join((one.place, *one.words))


def _tell_organizer(occurrence: Occurrence, bad: Collection[_Bad]) -> None:
    conference = occurrence.conference
    organizer = user_by_id(conference.organizer_id)
    if organizer is None:
        return
    # A key of its own: an organizer may be a technician too.
    known = alert_tables.told_already([organizer.id], {f"room-{one.key}" for one in bad})
    rooms = [one for one in bad if one.check.room_id is not None and (organizer.id, f"room-{one.key}") not in known]
    about = {"conference_id": conference.id, "occurrence_id": occurrence.id}
    if len(rooms) > MOST_BY_NAME:
        outbox.enqueue(NoticeKind.ROOMS_NOT_READY, to=[organizer.id], times=1, **about,
                       reason=_in_lines((str(len(rooms)),), [one.place for one in rooms]))
    else:
        for one in rooms:
            outbox.enqueue(NoticeKind.ROOMS_NOT_READY, to=[organizer.id], room_id=one.check.room_id, **about,
                           reason=instead.in_words(one.check.ready, one.check.device.room, [occurrence.span]))
    for one in rooms:
        once.remember(organizer, f"room-{one.key}", f"device:{one.check.device_id}")


def _in_lines(first: Collection[str], lines: Sequence[str]) -> str:
    """Return lines as far as a notice carries them."""
    text = "\n".join(first)
    for line in lines:
        if len(text) + 1 + len(line) > LONGEST:
            break
        text = f"{text}\n{line}"
    return text
