"""The rooms of a conference of thousands, told by province, and one by one only where somebody looks or something is amiss."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from roomctl.booking.lifecycle import ACTIVE, ReservationState
from roomctl.booking.tables import Reservation
from roomctl.organisation.tables import Unit
from roomctl.organisation.unit_tables import units_by_ids
from roomctl.organisation.units import Level, ids_of_path
from roomctl.web.staff import chooser


@dataclass(frozen=True, slots=True)
class InProvince:
    """The rooms of a province's communes: how many, and how many of them in which state."""

    unit: Unit
    rooms: int
    states: list[tuple[ReservationState, int]]


def told(reservations: Sequence[Reservation], *, opened: int) -> tuple[list[Reservation], list[InProvince]]:
    """Return which reservations are told one by one, as they are ordered, and the rest by province in Vietnamese order.

    With no more than `chooser.MANY` all are; otherwise those above the communes, those that came to nothing, and those of the province `opened`.
    """
    if len(reservations) <= chooser.MANY:
        return list(reservations), []
    listed: list[Reservation] = []
    counts: dict[int, Counter[ReservationState]] = {}
    for one in reservations:
        unit = one.room.unit
        province_id = ids_of_path(unit.path)[1] if unit.level == Level.COMMUNE else 0
        if province_id in (0, opened) or one.state not in ACTIVE:
            listed.append(one)
        else:
            counts.setdefault(province_id, Counter())[ReservationState(one.state)] += 1
    return listed, [InProvince(unit, counts[unit.id].total(), counts[unit.id].most_common())
                    for unit in sorted(units_by_ids(counts), key=lambda unit: unit.order_key)]
