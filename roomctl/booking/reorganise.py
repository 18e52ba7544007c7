"""Changes of the organisation that bookings must live through: units are merged, a room goes out of service.

This is the lowest floor that sees all that hangs on a unit: people and roles, rooms, devices, requests that wait.
"""

from collections.abc import Collection
from dataclasses import dataclass, fields

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.booking import tables
from roomctl.booking.series_tables import move_shared_forms
from roomctl.database import db, lock_name, write_transaction
from roomctl.devices import tables as device_tables
from roomctl.errors import NotVisible, Refused
from roomctl.notices import outbox
from roomctl.notices.wording import NoticeKind
from roomctl.organisation import access, unit_tables
from roomctl.organisation import tables as people_tables
from roomctl.organisation.directory import refuse_when_merged
from roomctl.organisation.roles import Action, Role
from roomctl.organisation.tables import RoleGrant, User
from roomctl.organisation.unit_tables import Unit
from roomctl.organisation.units import covers
from roomctl.rooms import tables as room_tables
from roomctl.rooms.upkeep_tables import move_shared_groups
from roomctl.typed import Typed


@dataclass(frozen=True, slots=True)
class Moves:
    """How much goes from merged units to their successor."""

    rooms: int = 0
    devices: int = 0
    people: int = 0
    roles: int = 0
    children: int = 0
    waiting: int = 0

    def __add__(self, other: "Moves") -> "Moves":
        return Moves(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


def merger_ahead(unit_ids: Collection[int], *, into: int, by: User) -> Moves:
    """Return what a merger would move, and raise what it would raise; nothing is changed."""
    ids = set(unit_ids)
    units = {unit_id: people_tables.unit_by_id(unit_id) for unit_id in {*ids, into}}
    if None in units.values():
        raise NotVisible
    _may_merge([units[unit_id] for unit_id in sorted(ids)], units[into], by)
    return Moves(rooms=room_tables.rooms_count(ids), devices=device_tables.devices_count(ids), people=people_tables.people_count(ids),
                 roles=people_tables.roles_count(ids), children=sum(len(unit_tables.children_of(unit_id)) for unit_id in ids),
                 waiting=tables.waiting_count(ids))


def merge_units(unit_ids: Collection[int], *, into: int, by: User, reason: str) -> Moves:
    """Merge units into another of their level, and return what went over to it.

    The merged units end now and keep their rows, so that what was decided and held in their name stays readable; their
    rooms, devices, people, roles, the units below them and the requests that wait for them go to the successor.  What is
    granted stays granted.  Raises NotVisible, NotAllowed, InvalidInput (reason), Conflict("unit_already_merged") and Refused:
    no_units, merge_into_itself, merge_root, merge_into_descendant, merge_other_level, own_role_merged.
    """
    typed = Typed()
    reason = typed.line("reason", reason, longest=300, missing="merge_reason_missing")
    ids = sorted(set(unit_ids))
    with write_transaction():
        lock_name("units")  # Mergers stand in line: each moves whole subtrees, and paths are written anew.
        units = unit_tables.lock_units([*ids, into])
        if set(units) != {*ids, into}:
            raise NotVisible
        _may_merge([units[unit_id] for unit_id in ids], units[into], by)
        typed.insist()
        # A request for one of these rooms is either in before us, and moved, or waits and finds the room where it then is.
        room_tables.lock_rooms(room_tables.room_ids_at_or_below([units[unit_id].path for unit_id in ids]))
        total = Moves()
        for unit_id in ids:
            total += _merge(db.session.get_one(Unit, unit_id), db.session.get_one(Unit, into), by, reason)
    return total


def _may_merge(merged: list[Unit], into: Unit, by: User) -> None:
    if not merged:
        raise Refused("no_units")
    for unit in (*merged, into):
        access.require(by, Action.KEEP_UNITS, unit)
    for unit in (*merged, into):
        refuse_when_merged(unit)
    for unit in merged:
        if unit.id == into.id:
            raise Refused("merge_into_itself", unit=unit.name)
        if unit.parent_id is None:
            raise Refused("merge_root", unit=unit.name)
        if covers(unit.path, into.path):
            raise Refused("merge_into_descendant", unit=unit.name, into=into.name)
        if unit.level != into.level:
            raise Refused("merge_other_level", unit=unit.name, into=into.name)
    if {grant.unit_id for grant in by.standing_grants()} & {unit.id for unit in merged}:
        raise Refused("own_role_merged")  # It would go over to the successor, and nobody grants themselves a role.


def _merge(unit: Unit, into: Unit, by: User, reason: str) -> Moves:
    now, children = clock.now(), unit_tables.children_of(unit.id)
    deciding = {user.id for user in people_tables.people_with_role_on(Role.APPROVER, unit.path)}
    roles = [_move_grant(grant, into, by) for grant in people_tables.standing_grants_on([unit.id])]
    waiting = _move_waiting(unit, into, told=deciding)
    moves = Moves(rooms=room_tables.move_rooms(unit.id, into.id), devices=device_tables.move_devices(unit.id, into.id),
                  people=people_tables.move_people(unit.id, into.id), roles=len(roles), children=len(children), waiting=len(waiting))
    move_shared_groups(unit.id, into.id)
    move_shared_forms(unit.id, into.id)
    for name in unit_tables.names_of(unit.id):
        name.valid_until = name.valid_until or now
    unit.valid_until, unit.successor_id = now, into.id
    db.session.flush()
    unit_tables.hang_below(unit, into)
    trail.append(EventKind.UNITS_MERGED, actor=by.id, subject=unit.ref, unit=into.id, name=unit.name, into=into.id, reason=reason,
                 rooms=moves.rooms, devices=moves.devices, people=moves.people, children=[child.id for child in children], waiting=waiting)
    db.session.expire_all()  # Rows moved past the session: whoever reads on reads them anew.
    return moves


def _move_grant(grant: RoleGrant, into: Unit, by: User) -> RoleGrant:
    """Take a role back on the merged unit, and grant it on the successor unless the person holds it there."""
    now = clock.now()
    grant.revoked_at = now
    trail.append(EventKind.ROLE_REVOKED, actor=by.id, subject=f"user:{grant.user_id}", unit=grant.unit_id, role=grant.role, merged_into=into.id)
    if not people_tables.holds_role(grant.user_id, grant.role, into.id):
        db.session.add(RoleGrant(user_id=grant.user_id, role=grant.role, unit_id=into.id, granted_by=by.id, granted_at=now,
                                 valid_from_at=grant.valid_from_at, valid_until_at=grant.valid_until_at, lent_by=grant.lent_by))
        trail.append(EventKind.ROLE_GRANTED, actor=by.id, subject=f"user:{grant.user_id}", unit=into.id, role=grant.role,
                     merged_from=grant.unit_id)
    db.session.flush()
    return grant


def _move_waiting(unit: Unit, into: Unit, *, told: Collection[int]) -> list[int]:
    """Let the successor decide on what waits for `unit`, and tell its approvers, except those who were told; return the ids."""
    waiting = tables.waiting_for_update([unit.id])
    approvers = {user.id for user in people_tables.people_with_role_on(Role.APPROVER, into.path)} - set(told)
    for reservation in waiting:
        reservation.deciding_unit_id = into.id
        outbox.enqueue(NoticeKind.DECISION_WANTED, to=approvers - {reservation.occurrence.conference.organizer_id},
                       occurrence_id=reservation.occurrence_id, room_id=reservation.room_id)
    return [reservation.id for reservation in waiting]


def retire_room(room_id: int, *, by: User) -> None:
    """Take a room out of service for good; its past stays readable, and its panel is dead at once.

    Retired twice it is retired once.  Raises NotVisible, NotAllowed and Refused("room_still_reserved") with their count.
    """
    with write_transaction():
        known = room_tables.room_by_id(room_id)
        if known is None:
            raise NotVisible
        access.require(by, Action.KEEP_ROOMS, known)
        room = room_tables.lock_rooms([room_id]).get(room_id)
        if room is None:
            return
        now = clock.now()
        ahead = tables.reservations_ahead(room_id, now)
        if ahead:
            raise Refused("room_still_reserved", count=ahead)
        room.retired_at = now
        for panel in room_tables.panels_in_use():
            if panel.room_id == room_id:
                panel.revoked_at = now
                trail.append(EventKind.PANEL_REVOKED, actor=by.id, subject=room.ref, unit=room.unit_id)
        trail.append(EventKind.ROOM_RETIRED, actor=by.id, subject=room.ref, unit=room.unit_id, name=room.name)
