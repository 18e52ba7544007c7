"""The country's units: 34 provinces and 3,321 communes, seeded once; from then on the table is our own.

Source: the package vietnam-provinces (the General Statistics Office's list after the merger of July 2025).  Units that
merge later keep their rows, with `valid_until` and their successor set, so that old records stay readable.
"""

from vietnam_provinces import Province, Ward

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import write_transaction
from roomctl.organisation import units
from roomctl.organisation.tables import Unit
from roomctl.organisation.unit_tables import UnitName
from roomctl.organisation.units import short_name
from roomctl.text import vietnamese_order


def seed_country(*, centre_name: str) -> Unit:
    """Add the central unit, every province and every commune, and return the central one."""
    now = clock.now()
    with write_transaction() as session:
        def add(code: str, name: str, level: units.Level, parent: Unit | None) -> Unit:
            unit = Unit(code=code, name=name, level=level, parent_id=parent.id if parent else None, path="", valid_from=now,
                        order_key=vietnamese_order(short_name(name)))
            session.add(unit)
            return unit

        centre = add("TW", centre_name, units.Level.CENTRAL, None)
        session.flush()
        centre.path = units.child_path(None, centre.id)
        provinces = {int(one.code): add(f"T{int(one.code):02d}", _official(one.name), units.Level.PROVINCIAL, centre)
                     for one in Province.iter_all()}
        session.flush()
        # Some of the source's names hold two blanks ("Phường  Buôn Ma Thuột").
        communes = [(provinces[int(one.province_code)], one) for one in Ward.iter_all()]
        rows = [add(f"X{int(one.code):05d}", " ".join(one.name.split()), units.Level.COMMUNE, province) for province, one in communes]
        session.flush()
        for unit in provinces.values():
            unit.path = units.child_path(centre.path, unit.id)
        for (province, _), unit in zip(communes, rows, strict=True):
            unit.path = units.child_path(province.path, unit.id)
        session.add_all(UnitName(unit_id=unit.id, name=unit.name, valid_from=now) for unit in (centre, *provinces.values(), *rows))
        trail.append(EventKind.UNIT_ADDED, subject=f"unit:{centre.id}", unit=centre.id, provinces=len(provinces), communes=len(rows))
    return centre


def _official(name: str) -> str:
    return name if name.startswith("Thành phố ") else f"Tỉnh {name}"
