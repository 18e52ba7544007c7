"""What must always be true of sessions, their legs and their evidence.  `roomctl check` asks.

Every table is read once, whole, and judged here; a sentence names ids and nothing of what a conference is about.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from roomctl.audit.event_kinds import EventKind
from roomctl.audit.tables import payloads_of, subjects_of
from roomctl.booking.check_tables import all_occurrences
from roomctl.devices.tables import bridges
from roomctl.sessions import override_invariants, tables
from roomctl.sessions.states import CALL_MAY_BE_UP, RUNNING, LegState
from roomctl.sessions.tables import LegKind

RESTORING = (EventKind.SETTINGS_RESTORED, EventKind.SETTINGS_NOT_RESTORED)


@dataclass(frozen=True, slots=True)
class Stored:
    """What the database holds of this subject; `digests` is that of each sealed summary, `ports` what each bridge carries."""

    sessions: Sequence[Any]
    legs: Sequence[Any]
    leases: Sequence[Any]
    occurrences: Sequence[Any]
    granted: Set[tuple[int, int]]  # Occurrence and room, of those with a running session.
    ports: Mapping[int, int]
    digests: Mapping[int, str]
    entries: Mapping[str, Counter[str]]  # How often each kind was said, by subject.
    told: Mapping[tuple[str, str], list[dict[str, Any] | None]]  # Payloads by kind and subject; None for one that is not kept.
    ended_alone: Set[str]  # Occurrences that took place in one room without a session, and ended there.

    def running(self) -> dict[int, Any]:
        return {one.id: one for one in self.sessions if one.ended_at is None}


def stored() -> Stored:
    entries, told = defaultdict(Counter), defaultdict(list)
    for kind, subject in subjects_of(EventKind.SESSION_STARTED, EventKind.SESSION_ENDED):
        entries[subject][kind] += 1
    for kind, subject, payload in payloads_of(EventKind.EVIDENCE_SEALED, *RESTORING):
        told[kind, subject].append(payload)
    return Stored(
        sessions=tables.all_sessions(), legs=tables.all_legs(), leases=tables.all_leases(), occurrences=all_occurrences(),
        granted=tables.rooms_granted_to_running_sessions(), ports={one.id: one.ports for one in bridges()},
        digests={session_id: _digest(document) for session_id, document in tables.sealed_documents()}, entries=entries, told=told,
        ended_alone={subject for _, subject in subjects_of(EventKind.CONFERENCE_ENDED)})


def _digest(document: bytes | str) -> str:
    return hashlib.sha256(document.encode() if isinstance(document, str) else document).hexdigest()


def checked() -> dict[str, list[str]]:
    """Return each promise with a sentence for everything that breaks it."""
    found = stored()
    return {
        "An occurrence has at most one running session, and a session that runs has not ended.": running_astray(found),
        "A running session belongs to an occurrence that stands, with its legs in rooms that were granted.": running_without_rooms(found),
        "A running session holds the devices of its legs, and nothing else holds a device.": devices_astray(found),
        "Running sessions share no address of a bridge, and no bridge carries more than its ports.": bridges_overrun(found),
        "An ended session has sealed evidence, and the trail knows its digest.": unsealed(found),
        "An ended session left no call up, and every former setting was restored or recorded as not restored.": left_behind(found),
        "The actual times of an occurrence are those of its sessions.": times_astray(found),
        "Every session has the entries of its start and its end, and every such entry its session.": unrecorded(found),
        **override_invariants.checked(),
    }


def running_astray(found: Stored) -> list[str]:
    lines = [f"occurrence:{occurrence_id} has {count} running sessions."
             for occurrence_id, count in Counter(one.occurrence_id for one in found.running().values()).items() if count > 1]
    return lines + [f"session:{one.id} is {one.state}, and {'has ended' if one.ended_at else 'has not ended'}."
                    for one in found.sessions if (one.state in RUNNING) != (one.ended_at is None)]


def running_without_rooms(found: Stored) -> list[str]:
    running, cancelled = found.running(), {one.id for one in found.occurrences if one.cancelled_at is not None}
    lines = [f"session:{one.id} runs, and its occurrence:{one.occurrence_id} is cancelled."
             for one in running.values() if one.occurrence_id in cancelled]
    here = [leg for leg in found.legs if leg.room_id is not None and leg.session_id in running]
    return lines + [f"leg:{leg.id} of session:{leg.session_id} is in room:{leg.room_id}, which is not granted to its occurrence."
                    for leg in here if (running[leg.session_id].occurrence_id, leg.room_id) not in found.granted]


def devices_astray(found: Stored) -> list[str]:
    running, holders = found.running(), {lease.device_id: lease.session_id for lease in found.leases}
    wanted = {(leg.session_id, leg.device_id) for leg in found.legs}
    lines = [f"leg:{leg.id} of session:{leg.session_id} does not hold its device:{leg.device_id}."
             for leg in found.legs if leg.room_id is not None and leg.session_id in running and holders.get(leg.device_id) != leg.session_id]
    for lease in found.leases:
        if lease.session_id not in running:
            lines.append(f"device:{lease.device_id} is held by session:{lease.session_id}, which does not run.")
        elif (lease.session_id, lease.device_id) not in wanted:
            lines.append(f"device:{lease.device_id} is held by session:{lease.session_id}, and belongs to none of its legs.")
    return lines


def bridges_overrun(found: Stored) -> list[str]:
    running = found.running()
    here = [leg for leg in found.legs if leg.session_id in running]
    used = {(one.id, one.bridge_id, one.bridge_address) for one in running.values()}
    used |= {(leg.session_id, leg.bridge_id, leg.bridge_address) for leg in here}
    used |= {(leg.session_id, leg.device_id, leg.own_address) for leg in here if leg.kind == LegKind.LINK}
    addresses = Counter((bridge_id, address) for _, bridge_id, address in used)
    carried = Counter(leg.bridge_id for leg in here if leg.state != LegState.LEFT_OUT)
    carried += Counter(leg.device_id for leg in here if leg.state != LegState.LEFT_OUT and leg.kind == LegKind.LINK)
    lines = [f"{count} running sessions share one address of bridge device:{bridge_id}." for (bridge_id, _), count in addresses.items() if count > 1]
    return lines + [f"Bridge device:{bridge_id} has {found.ports[bridge_id]} ports and carries {count} legs."
                    for bridge_id, count in carried.items() if count > found.ports.get(bridge_id, count)]


def unsealed(found: Stored) -> list[str]:
    lines = []
    for one in found.sessions:
        digest, seals = found.digests.get(one.id), found.told.get((EventKind.EVIDENCE_SEALED, f"session:{one.id}"), ())
        if one.ended_at is None and (digest or seals):
            lines.append(f"session:{one.id} has not ended, and its evidence is sealed.")
        elif one.ended_at is not None and digest is None:
            lines.append(f"session:{one.id} has ended without sealed evidence.")
        elif one.ended_at is not None and not any(seal is None or seal.get("document") == digest for seal in seals[-1:]):
            lines.append(f"session:{one.id} has sealed evidence that the trail does not know.")
    return lines


def left_behind(found: Stored) -> list[str]:
    lines, running = [], found.running()
    for leg in found.legs:
        if leg.session_id in running:
            continue
        ref = f"leg:{leg.id} of session:{leg.session_id}, which has ended,"
        if leg.state in CALL_MAY_BE_UP:
            lines.append(f"{ref} may still have a call up: it is {leg.state}.")
        if leg.former_setting is None or leg.room_id is None:
            continue
        if leg.restored_at is None and not leg.restore_failed:
            lines.append(f"{ref} does not have its former setting back, and nothing says why.")
        else:
            kind = EventKind.SETTINGS_RESTORED if leg.restored_at is not None else EventKind.SETTINGS_NOT_RESTORED
            said = found.told.get((kind, f"session:{leg.session_id}"), ())
            if not any(entry is None or entry.get("leg") == leg.id for entry in said):
                lines.append(f"{ref} has no entry in the trail about its former setting.")
    return lines


def times_astray(found: Stored) -> list[str]:
    lines, runs = [], defaultdict(list)
    for session in found.sessions:  # By number.
        runs[session.occurrence_id].append(session)
    for one in found.occurrences:
        of_it = runs.get(one.id)
        if not of_it and f"occurrence:{one.id}" in found.ended_alone:
            if one.actual_start_at is None or one.actual_end_at is None:
                lines.append(f"occurrence:{one.id} ended without a session, and nothing says from when to when it took place.")
            continue
        begun, ended = (of_it[0].started_at, of_it[-1].ended_at) if of_it else (None, None)
        if one.actual_start_at != begun:
            lines.append(f"occurrence:{one.id} did not begin when its first session did.")
        if one.actual_end_at != ended:
            lines.append(f"occurrence:{one.id} did not end when its last session did.")
    return lines


def unrecorded(found: Stored) -> list[str]:
    lines, known = [], {f"session:{one.id}" for one in found.sessions}
    for one in found.sessions:
        said = found.entries.get(f"session:{one.id}", Counter())
        if said[EventKind.SESSION_STARTED] != 1:
            lines.append(f"session:{one.id} exists, and the trail says {said[EventKind.SESSION_STARTED]} times that it was started.")
        if said[EventKind.SESSION_ENDED] != (one.ended_at is not None):
            lines.append(f"session:{one.id} {'has' if one.ended_at else 'has not'} ended, "
                         f"and the trail says {said[EventKind.SESSION_ENDED]} times that it has.")
    return lines + [f"The trail speaks of {subject}, which does not exist." for subject in found.entries if subject not in known]
