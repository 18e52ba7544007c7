"""What must always be true of conferences and their rooms.  `roomctl check` asks.

Every table is read once, whole, and judged here; a sentence names ids and nothing of what a conference is about.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from roomctl import clock
from roomctl.audit.event_kinds import EventKind
from roomctl.audit.tables import payloads_of, subjects_of
from roomctl.booking import check_tables, port_tables
from roomctl.booking.lifecycle import ACTIVE, OnDayOff, ReservationState
from roomctl.booking.recurrence import rule_dates
from roomctl.errors import InvalidInput
from roomctl.organisation.tables import idempotency_keys
from roomctl.rooms.tables import LONGEST_BUFFER
from roomctl.timespan import Span, from_local

DECISIONS = {
    ReservationState.GRANTED: EventKind.RESERVATION_GRANTED, ReservationState.REFUSED: EventKind.RESERVATION_REFUSED,
    ReservationState.LAPSED: EventKind.RESERVATION_LAPSED, ReservationState.DISPLACED: EventKind.RESERVATION_DISPLACED,
}
# After these nothing counts that was decided on a reservation before: it was taken back, or something else is asked for now.
ANEW = (EventKind.DECISION_UNDONE, EventKind.RESERVATION_ASKED_AGAIN)


@dataclass(frozen=True, slots=True)
class Stored:
    """What the database holds of this subject.

    `asked` is the rooms each conference was requested with, by the conference's ref; None where the trail no longer tells.
    `added` is the rooms that a change brought in afterwards, and `changed` the ids of the occurrences that a change named.
    """

    conferences: Sequence[Any]
    occurrences: Sequence[Any]
    reservations: Sequence[Any]
    asked: Mapping[str, list[set[int] | None]]
    added: Mapping[str, set[int]]
    changed: Set[int]
    cancellations: Counter[str]
    decisions: Mapping[str, list[str]]  # Those that count: see ANEW.
    keys: Sequence[tuple[int, str]]
    kept: Set[str]  # What exists of the kinds that keys lead to.

    def of_occurrence(self) -> dict[int, list[Any]]:
        found = defaultdict(list)
        for one in self.reservations:
            found[one.occurrence_id].append(one)
        return found


def stored() -> Stored:
    asked, added, changed, decisions = defaultdict(list), defaultdict(set), set(), defaultdict(list)
    for kind in (EventKind.CONFERENCE_REQUESTED, EventKind.SERIES_DIVIDED):
        for _, subject, payload in payloads_of(kind):
            rooms = (payload or {}).get("rooms")
            asked[subject].append(_ids(rooms) if isinstance(rooms, list) else None)
            added[subject] |= _ids((payload or {}).get("some_dates"))
    for kind in (EventKind.CONFERENCE_AMENDED, EventKind.DATE_ADDED, EventKind.ROOM_REPLACED):
        for _, subject, payload in payloads_of(kind):
            added[subject] |= _ids((payload or {}).get("rooms"))
            changed |= _ids((payload or {}).get("occurrences")) | _ids([(payload or {}).get("occurrence")])
    for kind, subject in subjects_of(*DECISIONS.values(), *ANEW):
        decisions[subject] = [] if kind in ANEW else [*decisions[subject], kind]
    cancellations = Counter(subject for _, subject in subjects_of(EventKind.CONFERENCE_CANCELLED))
    keys = idempotency_keys()
    kept = {f"{kind}:{row_id}" for kind in {subject.partition(":")[0] for _, subject in keys} for row_id in check_tables.ids_of(kind)}
    return Stored(conferences=check_tables.all_conferences(), occurrences=check_tables.all_occurrences(),
                  reservations=check_tables.all_reservations(), asked=asked, added=added, changed=changed, cancellations=cancellations,
                  decisions=decisions, keys=keys, kept=kept)


def _ids(raw: Any) -> set[int]:
    return {one for one in raw if isinstance(one, int)} if isinstance(raw, list) else set()


def checked() -> dict[str, list[str]]:
    """Return each promise with a sentence for everything that breaks it."""
    found = stored()
    return {
        "No two active reservations of a room overlap, setup and teardown included.": overlapping(found.reservations),
        "Every asked-for room of an occurrence has exactly one reservation, and the host room is among them.": rooms_astray(found),
        "The dates of a series are those of its rule; what was cancelled, left out or moved has kept its place.": dates_astray(found),
        "A room is held for all of the time that was planned, and for no more than setup and teardown around it.": badly_held(found),
        "A cancelled conference holds nothing.": held_though_cancelled(found),
        "Every decision on a reservation has its moment and its entry in the trail.": badly_decided(found),
        "Every conference has the entry that requested it, and every such entry its conference.": unrecorded(found),
        "Every idempotency key leads to something that exists.": keys_to_nowhere(found),
        "No bridge has more ports promised than it has, nor an address to two conferences at once.":
            overpromised(port_tables.held_after(clock.now())),
    }


def overlapping(reservations: Iterable[Any]) -> list[str]:
    """Name the reservations that meet another; they come by room and time."""
    found, last = [], None
    for one in reservations:
        if one.state not in ACTIVE:
            continue
        same_room = last is not None and last.room_id == one.room_id
        if same_room and last.held_end_at > one.held_start_at:
            found.append(f"reservation:{last.id} and reservation:{one.id} hold room:{one.room_id} at the same time.")
        if not same_room or one.held_end_at > last.held_end_at:
            last = one
    return found


def rooms_astray(found: Stored) -> list[str]:
    lines, reservations = [], found.of_occurrence()
    host_rooms = {one.id: one.host_room_id for one in found.conferences}
    for occurrence in found.occurrences:
        ref = f"occurrence:{occurrence.id} of conference:{occurrence.conference_id}"
        rooms = Counter(one.room_id for one in reservations.get(occurrence.id, ()))
        asked = next(iter(found.asked.get(f"conference:{occurrence.conference_id}", ())), None)
        added = found.added.get(f"conference:{occurrence.conference_id}", set())
        if occurrence.left_out:
            lines += [f"{ref} was never booked, and has reservations."] if rooms else []
            continue
        if asked is not None:
            missing = asked - set(rooms) if occurrence.id not in found.changed else set()  # Added afterwards, with the rooms of that day.
            lines += [f"{ref} has no reservation of room:{room_id}, which was asked for." for room_id in sorted(missing)]
            lines += [f"{ref} has a reservation of room:{room_id}, which was not asked for." for room_id in sorted(set(rooms) - asked - added)]
        lines += [f"{ref} has {count} reservations of room:{room_id}." for room_id, count in sorted(rooms.items()) if count > 1]
        if host_rooms.get(occurrence.conference_id) not in rooms:
            lines.append(f"{ref} does not have its host room:{host_rooms.get(occurrence.conference_id)} among its rooms.")
    dated = {one.conference_id for one in found.occurrences}
    return lines + [f"conference:{one.id} has no occurrence." for one in found.conferences if one.id not in dated]


def dates_astray(found: Stored) -> list[str]:
    """Compare each series with its rule: every date that it gives has its occurrence, and one elsewhere was moved by somebody."""
    lines, dates = [], defaultdict(dict)
    for one in found.occurrences:
        dates[one.conference_id][one.slot_at or one.planned_start_at] = one
    for series in found.conferences:
        ref, slots = f"conference:{series.id}", dates[series.id]
        if not series.wall_start:
            lines += [f"{ref} is no series, and has {len(slots)} dates."] if len(slots) > 1 else []
            continue
        if series.rule:
            try:
                expected = {from_local(at.date(), at.time()) for at in rule_dates(series.rule, datetime.fromisoformat(series.wall_start))}
            except InvalidInput:
                lines.append(f"{ref} has a rule that gives no dates.")
                continue
            lines += [f"{ref} has no occurrence on {at.isoformat()}, which its rule gives." for at in sorted(expected - set(slots))]
        lines += [f"occurrence:{one.id} of {ref} is not where its series puts it, and nobody moved it." for at, one in slots.items()
                  if one.planned_start_at != at and one.cancelled_at is None and one.id not in found.changed and series.on_day_off != OnDayOff.MOVE]
    return lines


def badly_held(found: Stored) -> list[str]:
    lines = []
    # What ended early is held up to then only.
    planned = {one.id: Span(one.planned_start_at, max(min(one.planned_end_at, one.actual_end_at or one.planned_end_at), one.planned_start_at))
               for one in found.occurrences}
    ends = {one.id: one.planned_end_at for one in found.occurrences}
    for one in found.reservations:
        shown = planned.get(one.occurrence_id)
        if shown is None:
            continue
        widest = Span(shown.start, ends[one.occurrence_id]).widened(LONGEST_BUFFER, LONGEST_BUFFER)
        if one.held_start_at > shown.start or one.held_end_at < shown.end:
            lines.append(f"reservation:{one.id} does not hold room:{one.room_id} for all of occurrence:{one.occurrence_id}.")
        elif one.held_start_at < widest.start or one.held_end_at > widest.end:
            lines.append(f"reservation:{one.id} holds room:{one.room_id} for longer than any setup and teardown of occurrence:{one.occurrence_id}.")
    return lines


def held_though_cancelled(found: Stored) -> list[str]:
    lines = []
    cancelled = {one.id for one in found.conferences if one.cancelled_at is not None}
    for one in found.conferences:
        if (one.id in cancelled) != bool(found.cancellations[f"conference:{one.id}"]):
            lines.append(f"conference:{one.id} is cancelled, and the trail does not say so." if one.id in cancelled else
                         f"conference:{one.id} is not cancelled, and the trail says that it is.")
    lines += [f"occurrence:{one.id} stands, and its conference:{one.conference_id} is cancelled."
              for one in found.occurrences if one.conference_id in cancelled and one.cancelled_at is None]
    gone = {one.id for one in found.occurrences if one.cancelled_at is not None or one.conference_id in cancelled}
    return lines + [f"reservation:{one.id} still holds room:{one.room_id} for occurrence:{one.occurrence_id}, which is cancelled."
                    for one in found.reservations if one.occurrence_id in gone and one.state in ACTIVE]


def badly_decided(found: Stored) -> list[str]:
    lines = []
    for one in found.reservations:
        kind = DECISIONS.get(one.state)
        said = found.decisions.get(f"reservation:{one.id}", ())
        if kind is not None and one.decided_at is None:
            lines.append(f"reservation:{one.id} is {one.state}, and nobody knows since when.")
        if kind is not None and (not said or said[-1] != kind):
            lines.append(f"reservation:{one.id} is {one.state}, and the trail does not say so.")
        if one.state in (ReservationState.REQUESTED, ReservationState.WAITING) and one.decided_at is not None:
            lines.append(f"reservation:{one.id} waits for a decision that was made already.")
        if one.state == ReservationState.RELEASED and {EventKind.RESERVATION_REFUSED, EventKind.RESERVATION_LAPSED} & set(said):
            lines.append(f"reservation:{one.id} was released, and the trail says that it was never held.")
    known = {f"reservation:{one.id}" for one in found.reservations}
    return lines + [f"The trail decides on {subject}, which does not exist." for subject in found.decisions if subject not in known]


def unrecorded(found: Stored) -> list[str]:
    known = {f"conference:{one.id}" for one in found.conferences}
    times = {subject: len(entries) for subject, entries in found.asked.items()}
    return [
        *(f"{ref} exists, and the trail does not say who requested it." for ref in sorted(known - set(times))),
        *(f"The trail says that {ref} was requested, and it does not exist." for ref in sorted(set(times) - known)),
        *(f"The trail says {count} times that {ref} was requested." for ref, count in sorted(times.items()) if count > 1),
    ]


def keys_to_nowhere(found: Stored) -> list[str]:
    return [f"The idempotency key {key_id} leads to {subject}, which does not exist." for key_id, subject in found.keys
            if subject not in found.kept]


def overpromised(held: Iterable[Any]) -> list[str]:
    """Name the bridges of which too much is held, and since when; holds come by bridge and time."""
    lines, together = [], list[Any]()
    for one in held:
        together = [other for other in together if other.bridge_id == one.bridge_id and other.held_end_at > one.held_start_at]
        lines += [f"occurrence:{other.occurrence_id} and occurrence:{one.occurrence_id} hold the same address of device:{one.bridge_id}."
                  for other in together if other.address == one.address]
        together.append(one)
        ports = sum(other.ports for other in together)
        if ports > one.bridge_has:
            lines.append(f"device:{one.bridge_id} has {one.bridge_has} ports, and {ports} are held at {one.held_start_at.isoformat()}.")
    return lines
