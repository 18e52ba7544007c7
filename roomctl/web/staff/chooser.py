"""Choosing rooms out of thousands: by level, by province, by search, by a group that was saved; it works with JavaScript off too.

The page lists the centre's and the provinces' rooms, whatever was chosen, and what was asked for; never all 3,400.
"""

from dataclasses import dataclass

from flask import request

from roomctl.errors import InvalidInput, Problem
from roomctl.organisation.tables import Unit, unit_by_id, units_at
from roomctl.organisation.units import Level
from roomctl.rooms import groups, tables
from roomctl.rooms.tables import Room
from roomctl.rooms.upkeep_tables import RoomGroup
from roomctl.web.access import signed_in
from roomctl.web.forms import Form, whole

MOST_FOUND = 50


@dataclass(frozen=True, slots=True)
class Choice:
    """The rooms on the page, those that are ticked, and the provinces and groups whose rooms can be added.

    `saved_group` is the name under which the ticked rooms have just been saved.
    """

    listed: list[Room]
    chosen: frozenset[int]
    provinces: list[Unit]
    found_none: bool
    groups: list[RoomGroup]
    saved_group: str = ""

    def asked_about(self) -> list[Room]:
        """Return the rooms to answer for: the chosen ones, or all on the page while none is chosen."""
        return [room for room in self.listed if room.id in self.chosen] or self.listed


def wants_more(form: Form) -> bool:
    """True when a button of the chooser was pressed, not one that books or checks."""
    return bool({"find", "add", "show", "clear", "save_group"} & set(form.typed))


def choice(form: Form) -> Choice:
    """Return what the page's list of rooms holds, after the button that was pressed."""
    user = signed_in()
    saved_group = _save_group(form)  # Before any row is read: what writes forgets them.
    chosen = set() if "clear" in form.typed else set(form.numbers("rooms"))
    provincial = tables.rooms_at(Level.PROVINCIAL)
    listed = {room.id: room for room in [*tables.rooms_at(Level.CENTRAL), *provincial]}
    province = unit_by_id(form.number("province"))
    communes = tables.rooms_below(province.path) if province is not None and {"add", "show"} & set(form.typed) else []
    match form.text("add"):
        case "provinces":
            chosen |= {room.id for room in provincial}
        case "communes":
            chosen |= {room.id for room in communes}
        case "group":
            chosen |= _of_group(form, form.text("group"))
        case wanted if wanted.startswith("group:"):  # As an address says it.
            chosen |= _of_group(form, wanted.removeprefix("group:"))
    listed |= {room.id: room for room in communes}
    found = tables.rooms_matching(form.text("words"), limit=MOST_FOUND) if form.text("words").strip() else []
    listed |= {room.id: room for room in found}
    listed |= tables.rooms_by_id(chosen - set(listed))
    return Choice(listed=tables.in_order(listed.values()), chosen=frozenset(chosen), provinces=units_at(Level.PROVINCIAL),
                  found_none=bool(form.text("words").strip()) and not found, groups=groups.groups_for(user), saved_group=saved_group)


def _of_group(form: Form, raw: str) -> set[int]:
    found = set(groups.rooms_of_group(whole(raw), signed_in()))
    if not found and not form.error("group"):
        form.problems.append(Problem("group", "unknown_group"))
    return found


def _save_group(form: Form) -> str:
    """Save the ticked rooms when that button was pressed, and return the group's name; what is wrong stands beside its field."""
    if "save_group" not in form.typed or request.method != "POST":
        return ""
    try:
        groups.save_group(form.text("group_name"), form.numbers("rooms"), by=signed_in())
    except InvalidInput as error:
        form.problems += [one for one in error.problems if one not in form.problems]
        return ""
    return form.text("group_name").strip()
