"""Attesting what no device can be asked for: the protection of a line, wired microphones, the inspection of a room.

Who attests line protection is a security officer; a room's facts a technician or an officer of its unit attests.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.booking.lifecycle import ReservationState
from roomctl.booking.tables import Occurrence
from roomctl.database import write_transaction
from roomctl.devices.tables import codecs_of_rooms
from roomctl.errors import Conflict, NotVisible
from roomctl.organisation import access
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User
from roomctl.organisation.unit_tables import unit_by_code
from roomctl.rooms.tables import Room, room_by_code
from roomctl.security_profiles.profile import AttestationKind, attestation_missing
from roomctl.security_profiles.tables import SecurityProfile
from roomctl.sessions import attestation_tables, tables
from roomctl.sessions.attestation_tables import Attestation
from roomctl.timespan import from_local, to_local
from roomctl.typed import Typed

MOST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Statement:
    """What somebody attests: of the room, or for a line of the unit, with this code; good until the end of a day (in Hà Nội)."""

    kind: str
    place: str
    serial: str
    valid_until: date | None
    note: str = ""


def attest(wanted: Statement, *, by: User) -> int:
    """Record an attestation with who, when and the serial number, and return its id.

    Raises InvalidInput (kind, place, serial, valid_until, note) and NotAllowed: a place of another unit, or a line when one is
    no security officer.
    """
    typed, now = Typed(), clock.now()
    kind = AttestationKind(wanted.kind) if wanted.kind in set(AttestationKind) else None
    if kind is None:
        typed.refuse("kind", "unknown_choice")
    room = room_by_code(wanted.place.strip()) if wanted.place.isprintable() else None
    unit = unit_by_code(wanted.place.strip()) if room is None and wanted.place.isprintable() else None
    if kind is not None and kind.is_of_room and room is None:
        typed.refuse("place", "unknown_room_code")
    if kind is not None and not kind.is_of_room and room is None and (unit is None or unit.valid_until is not None):
        typed.refuse("place", "unknown_unit_code")
    serial = typed.line("serial", wanted.serial, longest=120, missing="serial_missing" if kind is AttestationKind.LINE_PROTECTION else "")
    note = typed.line("note", wanted.note, longest=300)
    today = to_local(now).date()
    if wanted.valid_until is None or not today <= wanted.valid_until <= today + timedelta(days=MOST_DAYS):
        typed.refuse("valid_until", "bad_valid_until", days=MOST_DAYS)
    typed.insist()
    until = from_local(wanted.valid_until + timedelta(days=1), time(0))
    with write_transaction() as session:
        place = room if room is not None else unit
        access.require(by, Action.ATTEST if kind.is_of_room else Action.ATTEST_LINE, place)
        # Of a line: a room's code stands for its unit, whose line serves all its rooms.
        row = Attestation(kind=kind, unit_id=room.unit_id if room is not None else unit.id, room_id=room.id if kind.is_of_room else None,
                          serial=serial, note=note, attested_by=by.id, attested_at=now, valid_until_at=until)
        session.add(row)
        session.flush()
        trail.append(EventKind.ATTESTED, actor=by.id, subject=row.ref, unit=row.unit_id, attested=kind, room=row.room_id, serial=serial,
                     note=note, valid_until=trail.iso(until))
        return row.id


def withdraw(attestation_id: int, *, reason: str, by: User) -> None:
    """Withdraw an attestation, with a reason; sessions that began under it keep it in their evidence.

    Raises NotVisible, NotAllowed, InvalidInput (reason) and Conflict("already_withdrawn").
    """
    typed = Typed()
    reason = typed.line("reason", reason, longest=300, missing="reason_missing")
    with write_transaction():
        row = attestation_tables.attestation_for_update(attestation_id)
        if row is None or not access.can(by, Action.ATTEST, row):
            raise NotVisible
        access.require(by, Action.ATTEST if AttestationKind(row.kind).is_of_room else Action.ATTEST_LINE, row)
        typed.insist()
        if row.withdrawn_at is not None:
            raise Conflict("already_withdrawn")
        row.withdrawn_at, row.withdrawn_by, row.withdraw_reason = clock.now(), by.id, reason
        trail.append(EventKind.ATTESTATION_WITHDRAWN, actor=by.id, subject=row.ref, unit=row.unit_id, reason=reason)


def attestations_seen_by(user: User, *, limit: int = 300) -> list[Attestation]:
    """Return what was attested in the units where `user` may attest, the newest first."""
    return attestation_tables.latest_attestations(access.reach_of(user, Action.ATTEST), limit=limit)


def lacking(rooms: Mapping[int, Room], profile: SecurityProfile, *, until: datetime) -> dict[int, str]:
    """Return the finding of each room that has not what a profile requires, until the session's planned end; nearly always nothing is required."""
    required = profile.required_attestations
    if not required or not rooms:
        return {}
    now = clock.now()
    standing = attestation_tables.standing_between(list(rooms.values()), now, now)
    missing = {room_id: attestation_missing(required, [one.as_attested() for one in found], now=now, until=until)
               for room_id, found in standing.items()}
    return {room_id: kind.finding for room_id, kind in missing.items() if kind is not None}


def lacking_before(occurrence: Occurrence) -> list[tuple[Room, str]]:
    """Return the rooms that would have a leg in an occurrence's session and lack an attestation, each with its finding."""
    rooms = {one.room_id: one.room for one in occurrence.reservations if one.state == ReservationState.GRANTED}
    profile = occurrence.conference.profile
    if not profile.required_attestations:
        return []
    with_codec = {room_id: rooms[room_id] for room_id in codecs_of_rooms(rooms)}
    found = lacking(with_codec, profile, until=occurrence.planned_end_at)
    return sorted(((rooms[room_id], finding) for room_id, finding in found.items()), key=lambda pair: (pair[0].unit.order_key, pair[0].order_key))


def attestations_of(session: tables.ConferenceSession) -> list[dict[str, object]]:
    """Return what was attested of a session's rooms while it ran, as JSON values for the evidence: of each required kind the best there was."""
    required = session.profile.required_attestations
    if not required:
        return []
    rooms = [leg.room for leg in session.legs if leg.room is not None]
    standing, told = attestation_tables.standing_between(rooms, session.started_at, session.ended_at or clock.now()), []
    for room in rooms:
        for kind, days in required.items():
            found = [one for one in standing[room.id] if one.kind == kind]
            best = max(found, key=lambda one: (one.valid_until_at > session.started_at, one.attested_at), default=None)
            told.append({"room": room.name, "room_id": room.id, "kind": kind.value, "days_at_most": days,
                         **({"attestation": best.id, "serial": best.serial, "note": best.note, "by": best.attester.name,
                             "attested_at": trail.iso(best.attested_at), "valid_until": trail.iso(best.valid_until_at)} if best else
                            {"attestation": None})})
    return told
