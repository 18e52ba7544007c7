"""Choosing rooms out of thousands: by level, by province, by search, by a group that was saved; it works with JavaScript off too.

The page lists the centre's and the provinces' rooms, whatever was chosen, and what was asked for; never all 3,400.  When very many
are chosen, a province of which no room is missing is one line with one box, `whole`, which stands for all rooms below the province.
"""

from collections.abc import Collection
from dataclasses import dataclass

from flask import request

from roomctl.errors import InvalidInput, Problem
from roomctl.organisation.tables import Unit, unit_by_id, units_at
from roomctl.organisation.units import Level, ids_of_path
from roomctl.rooms import groups, tables
from roomctl.rooms.tables import Room
from roomctl.rooms.upkeep_tables import RoomGroup
from roomctl.web.access import signed_in
from roomctl.web.forms import Form, whole

MOST_FOUND = 50
MANY = 300  # More chosen rooms than this are told by province.
NO_ROOM = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """The rooms on the page, those that are chosen, and the provinces and groups whose rooms can be added.

    `whole` has the provinces that are one line, each with the ids of the rooms below it; `saved_group` is the name under which the
    chosen rooms have just been saved.
    """

    listed: list[Room]
    chosen: frozenset[int]
    whole: list[tuple[Unit, frozenset[int]]]
    provinces: list[Unit]
    found_none: bool
    groups: list[RoomGroup]
    saved_group: str = ""

    def chosen_rooms(self) -> list[Room]:
        """Return the chosen rooms, in order."""
        one_line = {room_id for _, room_ids in self.whole for room_id in room_ids}
        return tables.in_order([*(room for room in self.listed if room.id in self.chosen), *tables.rooms_by_id(one_line).values()])

    def asked_about(self) -> list[Room]:
        """Return the rooms to answer for: the chosen ones, or all on the page while none is chosen."""
        return self.chosen_rooms() or self.listed


def chosen_in(form: Form) -> tuple[int, ...]:
    """Return the ids of the rooms that a form chooses: one by one, and of whole provinces; NO_ROOM for what is no province."""
    one_by_one, provinces = form.numbers("rooms"), form.numbers("whole")
    if not provinces:
        return one_by_one
    below = _by_province()
    return tuple(dict.fromkeys([*one_by_one, *(room_id for one in provinces for room_id in below.get(one, [NO_ROOM]))]))


def _by_province() -> dict[int, list[int]]:
    """Return the ids of the communes' rooms by province."""
    found: dict[int, list[int]] = {}
    for room_id, path in tables.room_ids_at(Level.COMMUNE):
        found.setdefault(ids_of_path(path)[1], []).append(room_id)
    return found


def fields_of(room_ids: Collection[int]) -> list[tuple[str, int]]:
    """Return the fields of a form that choose these rooms, as few as there can be."""
    wanted = set(room_ids)
    if len(wanted) <= MANY:
        return [("rooms", room_id) for room_id in sorted(wanted)]
    below = {province: set(ids) for province, ids in _by_province().items() if wanted.issuperset(ids)}
    return [*(("rooms", room_id) for room_id in sorted(wanted - set().union(*below.values()))), *(("whole", province) for province in below)]


def wants_more(form: Form) -> bool:
    """True when a button of the chooser was pressed, not one that books or checks."""
    return bool({"find", "add", "show", "clear", "save_group"} & set(form.typed))


def choice(form: Form, *, apart: Collection[int] = ()) -> Choice:
    """Return what the page's list of rooms holds, after the button that was pressed; rooms `apart` are listed one by one."""
    user = signed_in()
    saved_group = _save_group(form)  # Before any row is read: what writes forgets them.
    chosen = set() if "clear" in form.typed else set(chosen_in(form)) - {NO_ROOM}
    provincial = tables.rooms_at(Level.PROVINCIAL)
    listed = {room.id: room for room in [*tables.rooms_at(Level.CENTRAL), *provincial]}
    province = unit_by_id(form.number("province"))
    communes = tables.rooms_below(province.path) if province is not None and {"add", "show"} & set(form.typed) else []
    match form.text("add"):
        case "provinces":
            chosen |= {room.id for room in provincial}
        case "communes":
            chosen |= {room.id for room in communes}
        case "everywhere":
            chosen |= {room_id for room_ids in _by_province().values() for room_id in room_ids}
        case "group":
            chosen |= _of_group(form, form.text("group"))
        case wanted if wanted.startswith("group:"):  # As an address says it.
            chosen |= _of_group(form, wanted.removeprefix("group:"))
    listed |= {room.id: room for room in communes}
    found = tables.rooms_matching(form.text("words"), limit=MOST_FOUND) if form.text("words").strip() else []
    listed |= {room.id: room for room in found}
    shown = {form.number("host_room"), *apart, *(room.id for room in found), *(room.id for room in communes if "show" in form.typed)}
    one_line = _one_line(chosen, shown)
    told = {room_id for room_ids in one_line.values() for room_id in room_ids}
    listed |= tables.rooms_by_id(chosen - set(listed) - told)
    provinces = units_at(Level.PROVINCIAL)
    return Choice(listed=tables.in_order(room for room in listed.values() if room.id not in told), chosen=frozenset(chosen),
                  whole=[(unit, one_line[unit.id]) for unit in provinces if unit.id in one_line], provinces=provinces,
                  found_none=bool(form.text("words").strip()) and not found, groups=groups.groups_for(user), saved_group=saved_group)


def _one_line(chosen: Collection[int], shown: Collection[int]) -> dict[int, frozenset[int]]:
    """Return the provinces that are one line: all rooms below are chosen, and none of them is to be seen by itself."""
    if len(chosen) <= MANY:
        return {}
    below = {province: frozenset(ids) for province, ids in _by_province().items()}
    return {province: ids for province, ids in below.items() if ids <= set(chosen) and not ids & set(shown)}


def _of_group(form: Form, raw: str) -> set[int]:
    found = set(groups.rooms_of_group(whole(raw), signed_in()))
    if not found and not form.error("group"):
        form.problems.append(Problem("group", "unknown_group"))
    return found


def _save_group(form: Form) -> str:
    """Save the chosen rooms when that button was pressed, and return the group's name; what is wrong stands beside its field."""
    if "save_group" not in form.typed or request.method != "POST":
        return ""
    try:
        groups.save_group(form.text("group_name"), chosen_in(form), by=signed_in())
    except InvalidInput as error:
        form.problems += [one for one in error.problems if one not in form.problems]
        return ""
    return form.text("group_name").strip()
