"""What the minutes of a conference take over from its sessions: who was in, from when to when, and how secure it was, in a few words.

Nothing technical: no address, no key, no cipher.  Whoever sees the conference in full may read it; who takes it away is its
organizer or its chair.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from roomctl.audit import tables as trail_tables
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.booking.agenda import conference_seen_by
from roomctl.booking.lifecycle import ACTIVE
from roomctl.booking.tables import Occurrence, occurrence_by_id
from roomctl.booking.visibility import Full
from roomctl.errors import NotVisible
from roomctl.organisation import access
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User
from roomctl.sessions import chair_tables, tables
from roomctl.sessions.attendance import KINDS, Stay, stays_of, verdicts_of
from roomctl.sessions.verdict import Verdict, worst


@dataclass(frozen=True, slots=True)
class Site:
    """A room of the conference: its stays in all sessions, and the worst that it was found to be while it was in."""

    room: str
    unit: str
    is_host: bool
    stays: tuple[Stay, ...]
    verdict: Verdict | None  # None for a room that was never in.
    finding: str

    def length(self, now: datetime) -> timedelta:
        return sum((stay.length(now) for stay in self.stays), timedelta(0))


@dataclass(frozen=True, slots=True)
class Answer:
    """What one leg answered when the roll was called: present, absent, or "" where nobody noted it; `shown` is its state at that moment."""

    room: str
    unit: str
    shown: str
    answer: str
    note: str


@dataclass(frozen=True, slots=True)
class Roll:
    """One calling of the roll, its answers in the order of the sites."""

    number: int
    called_at: datetime
    answers: tuple[Answer, ...]

    def count(self, answer: str) -> int:
        return sum(one.answer == answer for one in self.answers)

    def without(self, answer: str) -> list[Answer]:
        """Return those that did not answer so."""
        return [one for one in self.answers if one.answer != answer]


@dataclass(frozen=True, slots=True)
class Minutes:
    """The attendance and the security of one date's sessions.

    `verdict` is the worst of its sessions and of the sites that were in; None while no session was ever live.
    """

    begun_at: datetime
    ended_at: datetime | None
    live_at: datetime | None
    sites: tuple[Site, ...]
    verdict: Verdict | None
    gaps: int
    overrides: int
    stranger: bool
    simulated: bool
    roll_calls: tuple[Roll, ...] = ()

    @property
    def present(self) -> list[Site]:
        return [site for site in self.sites if site.stays]

    @property
    def absent(self) -> list[Site]:
        return [site for site in self.sites if not site.stays]

    @property
    def secure(self) -> int:
        """How many of the sites that were in were proven secure all the time."""
        return sum(site.verdict is Verdict.SECURE for site in self.sites)


def minutes_of(occurrence: Occurrence) -> Minutes | None:
    """Return the minutes of a date; None where no session was ever started."""
    sessions = tables.sessions_of(occurrence.id)
    if not sessions:
        return None
    stays: dict[int, list[Stay]] = {}
    verdicts: dict[int, list[Verdict]] = {}
    legs: dict[int, list[tables.Leg]] = {}
    overrides = strangers = gaps = 0
    for session in sessions:
        entries = list(_entries(session.ref))
        found = stays_of(entries, live_at=session.live_at, ended_at=session.ended_at)
        of_legs = verdicts_of(entries, found, live_at=session.live_at)
        overrides += sum(header["kind"] == EventKind.OVERRIDE_GRANTED for header, _ in entries)
        strangers += sum(header["kind"] == EventKind.STRANGER_SEEN for header, _ in entries)
        gaps += len(tables.gaps_of(session.id))
        for leg in session.legs:
            if leg.room_id is None:
                continue
            stays.setdefault(leg.room_id, []).extend(found.get(leg.id, ()))
            legs.setdefault(leg.room_id, []).append(leg)
            verdicts.setdefault(leg.room_id, []).extend([of_legs[leg.id]] if leg.id in of_legs else [])
    rooms = {one.room_id: one.room for one in occurrence.reservations if one.state in ACTIVE} | {
        room_id: of_room[0].room for room_id, of_room in legs.items()}
    host = occurrence.conference.host_room_id
    sites = [Site(room=room.name, unit=room.unit.name, is_host=room.id == host, stays=tuple(stays.get(room.id, ())),
                  verdict=worst(verdicts[room.id]) if verdicts.get(room.id) else None,
                  finding=next((leg.finding for leg in reversed(legs.get(room.id, [])) if leg.finding), "")) for room in sorted(
        rooms.values(), key=lambda room: (room.id != host, room.unit.order_key, room.order_key))]
    live = [session for session in sessions if session.live_at is not None]
    all_verdicts = [*(Verdict(session.verdict) for session in live), *(site.verdict for site in sites if site.verdict is not None)]
    return Minutes(
        begun_at=sessions[0].started_at, ended_at=sessions[-1].ended_at, live_at=live[0].live_at if live else None, sites=tuple(sites),
        verdict=worst(all_verdicts) if live else None, gaps=gaps, overrides=overrides, stranger=strangers > 0,
        simulated=any(session.bridge.simulated or any(leg.device.simulated for leg in session.legs) for session in sessions),
        roll_calls=tuple(roll for session in sessions for roll in _rolls(session)))


def _rolls(session: tables.ConferenceSession) -> Iterator[Roll]:
    legs = {leg.id: leg for leg in session.legs}
    order = {leg.id: (leg.room_id != session.host_room_id, leg.room is None, leg.room.unit.order_key if leg.room is not None else "",
                      leg.room.order_key if leg.room is not None else leg.name) for leg in session.legs}
    for call, marks in chair_tables.roll_calls_of(session.id):
        yield Roll(call.number, call.called_at, tuple(
            Answer(legs[mark.leg_id].shown_name, legs[mark.leg_id].shown_unit, mark.shown, mark.answer, mark.note)
            for mark in sorted(marks, key=lambda mark: order[mark.leg_id])))


def _entries(subject: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield what the trail says of a session, except its many checks; an entry that cannot be read is left to the verification."""
    for row in trail_tables.entries_about(subject, kinds=(*KINDS, EventKind.OVERRIDE_GRANTED, EventKind.STRANGER_SEEN)):
        try:
            header, payload = json.loads(trail.as_stored(row.header)), json.loads(trail.as_stored(row.payload or b"{}"))
            datetime.fromisoformat(header["at"])
        except (ValueError, KeyError, TypeError):
            continue
        if isinstance(payload, dict) and (header["kind"] not in KINDS or isinstance(payload.get("leg"), int)):
            yield header, payload


def annex_for(occurrence_id: int, *, by: User) -> tuple[Occurrence, Full, Minutes]:
    """Return what the annex of the minutes says, for the date's organizer or chair.

    Raises NotVisible, also where no session was ever started, and NotAllowed.
    """
    found = occurrence_by_id(occurrence_id)
    if found is None:
        raise NotVisible
    occurrence, shown = conference_seen_by(by, found.conference_id, occurrence_id)
    access.require(by, Action.TAKE_MINUTES, occurrence)
    minutes = minutes_of(occurrence)
    if minutes is None:
        raise NotVisible
    return occurrence, shown, minutes
