"""Saved groups of rooms: one's own, and those that one's unit shares."""

from flask import Blueprint
from pydantic import BaseModel, Field

from roomctl.rooms import groups
from roomctl.rooms.tables import in_order
from roomctl.web.access import signed_in
from roomctl.web.api.operation import Id, Input, Line, operation, read_anew

bp = Blueprint("groups", __name__, url_prefix="/groups")


class Group(BaseModel):
    id: int
    name: str
    own: bool
    shared: bool
    rooms: list[int] = Field(description="Those still in use.")


class Groups(BaseModel):
    items: list[Group]


class GroupFacts(Input):
    group_name: Line
    shared: bool = Field(False, description="With the people of one's unit.")


class NewGroup(GroupFacts):
    rooms: list[Id] = Field(min_length=1, max_length=groups.MOST_ROOMS)


@bp.get("")
@operation("The groups that the token's person may use, in Vietnamese order", answer=Groups)
def index() -> Groups:
    return _groups()


@bp.post("")
@operation("Save rooms under a name; the same again is the group that is there", answer=Groups, body=NewGroup)
def save(body: NewGroup) -> Groups:
    groups.save_group(body.group_name, body.rooms, by=signed_in(), shared=body.shared)
    return _groups()


@bp.post("/<int:group_id>")
@operation("Give one's own group another name, share it or share it no longer", answer=Groups, body=GroupFacts, refusals=(404,))
def change(group_id: int, body: GroupFacts) -> Groups:
    groups.change_group(group_id, name=body.group_name, shared=body.shared, by=signed_in())
    return _groups()


@bp.post("/<int:group_id>/deletion")
@operation("Delete one's own group; its rooms are not touched", answer=Groups, refusals=(404,))
def delete(group_id: int) -> Groups:
    groups.delete_group(group_id, by=signed_in())
    return _groups()


def _groups() -> Groups:
    read_anew()
    user = signed_in()
    return Groups(items=[Group(id=one.id, name=one.name, own=one.user_id == user.id, shared=one.unit_id is not None,
                               rooms=[room.id for room in in_order(room for room in one.rooms if room.retired_at is None)])
                         for one in groups.groups_for(user)])
