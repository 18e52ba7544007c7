"""Choosing rooms out of thousands: by group, by province, by search; it works with JavaScript off too.

The page lists the centre's and the provinces' rooms, whatever was chosen, and what was asked for; never all 3,400.
"""

from dataclasses import dataclass

from roomctl.organisation.tables import Unit, unit_by_id, units_at
from roomctl.organisation.units import Level
from roomctl.rooms import tables
from roomctl.rooms.tables import Room
from roomctl.web.forms import Form

MOST_FOUND = 50


@dataclass(frozen=True, slots=True)
class Choice:
    """The rooms on the page, those that are ticked, and the provinces whose communes can be added."""

    listed: list[Room]
    chosen: frozenset[int]
    provinces: list[Unit]
    found_none: bool

    def asked_about(self) -> list[Room]:
        """Return the rooms to answer for: the chosen ones, or all on the page while none is chosen."""
        return [room for room in self.listed if room.id in self.chosen] or self.listed


def wants_more(form: Form) -> bool:
    """True when a button of the chooser was pressed, not one that books or checks."""
    return bool({"find", "add", "show", "clear"} & set(form.typed))


def choice(form: Form) -> Choice:
    """Return what the page's list of rooms holds, after the button that was pressed."""
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
    listed |= {room.id: room for room in communes}
    found = tables.rooms_matching(form.text("words"), limit=MOST_FOUND) if form.text("words").strip() else []
    listed |= {room.id: room for room in found}
    listed |= tables.rooms_by_id(chosen - set(listed))
    return Choice(listed=tables.in_order(listed.values()), chosen=frozenset(chosen), provinces=units_at(Level.PROVINCIAL),
                  found_none=bool(form.text("words").strip()) and not found)
