"""Groups of rooms that somebody chooses together again and again: their own, or shared with the people of their unit."""

from collections.abc import Collection

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import lock_name, write_transaction
from roomctl.errors import NotVisible
from roomctl.organisation import access
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User
from roomctl.rooms import upkeep_tables
from roomctl.rooms.tables import rooms_by_id
from roomctl.rooms.upkeep_tables import RoomGroup
from roomctl.text import vietnamese_order
from roomctl.typed import Typed

LONGEST_NAME, MOST_ROOMS = 120, 400


def save_group(name: str, room_ids: Collection[int], *, by: User, shared: bool = False) -> int:
    """Save rooms under a name and return the group's id; the same name with the same rooms is the group that is there already.

    Raises InvalidInput: group_name (missing, taken for other rooms), rooms.
    """
    typed = Typed()
    name = typed.line("group_name", name, longest=LONGEST_NAME, missing="group_name_missing")
    wanted = set(room_ids)
    if not wanted:
        typed.refuse("rooms", "no_rooms")
    if len(wanted) > MOST_ROOMS:
        typed.refuse("rooms", "too_many_rooms", limit=MOST_ROOMS)
    typed.insist()
    with write_transaction() as session:
        by = access.require(by, Action.REQUEST_CONFERENCE)
        lock_name(f"room groups:{by.id}")  # A form that is sent twice at once finds its twin.
        rooms = rooms_by_id(wanted)
        if len(rooms) != len(wanted):
            typed.refuse("rooms", "unknown_room")
        twin = upkeep_tables.group_named(by.id, name)
        if twin is not None and {room.id for room in twin.rooms} != wanted:
            typed.refuse("group_name", "group_name_taken", name=name)
        typed.insist()
        if twin is not None:
            return twin.id
        group = RoomGroup(user_id=by.id, unit_id=by.unit_id if shared else None, name=name, created_at=clock.now(), rooms=list(rooms.values()))
        session.add(group)
        session.flush()
        trail.append(EventKind.ROOM_GROUP_SAVED, actor=by.id, subject=group.ref, unit=group.unit_id, rooms=sorted(wanted))
        return group.id


def change_group(group_id: int, *, name: str, shared: bool, by: User) -> None:
    """Give one's own group another name, share it with one's unit or share it no longer.  Raises NotVisible and InvalidInput."""
    typed = Typed()
    name = typed.line("group_name", name, longest=LONGEST_NAME, missing="group_name_missing")
    with write_transaction():
        lock_name(f"room groups:{by.id}")
        group = _own(group_id, by)
        twin = upkeep_tables.group_named(by.id, name)
        if twin is not None and twin.id != group_id:
            typed.refuse("group_name", "group_name_taken", name=name)
        typed.insist()
        unit_id = by.unit_id if shared else None
        if (group.name, group.unit_id) != (name, unit_id):
            group.name, group.unit_id = name, unit_id
            trail.append(EventKind.ROOM_GROUP_SAVED, actor=by.id, subject=group.ref, unit=unit_id, shared=shared)


def delete_group(group_id: int, *, by: User) -> None:
    """Delete one's own group; its rooms are not touched, and deleted twice it is deleted once.  Raises NotVisible for somebody else's."""
    with write_transaction() as session:
        lock_name(f"room groups:{by.id}")
        if session.get(RoomGroup, group_id) is None:
            return
        group = _own(group_id, by)
        trail.append(EventKind.ROOM_GROUP_DELETED, actor=by.id, subject=group.ref, unit=group.unit_id)
        session.delete(group)


def groups_for(user: User) -> list[RoomGroup]:
    """Return the groups that `user` may use, their own and those shared with their unit, in Vietnamese order."""
    return sorted(upkeep_tables.groups_of(user.id, user.unit_id), key=lambda group: (vietnamese_order(group.name), group.id))


def rooms_of_group(group_id: int, user: User) -> list[int]:
    """Return the ids of the rooms in use of a group that `user` may use; none of any other."""
    group = upkeep_tables.group_by_id(group_id)
    if group is None or (group.user_id != user.id and (group.unit_id is None or group.unit_id != user.unit_id)):
        return []
    return [room.id for room in group.rooms if room.retired_at is None]


def _own(group_id: int, by: User) -> RoomGroup:
    group = upkeep_tables.group_by_id(group_id)
    if group is None or group.user_id != by.id:
        raise NotVisible
    return group
