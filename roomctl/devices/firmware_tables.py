"""Storage of which firmware is in use and which of it is approved."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import aliased

from roomctl.database import db
from roomctl.devices.card_tables import ApprovedFirmware
from roomctl.devices.tables import Device
from roomctl.organisation.tables import Unit
from roomctl.organisation.unit_tables import at_or_below

Known = tuple[str, str, str]  # Family, model, firmware.


def in_use(below: Collection[str]) -> dict[Known, int]:
    """Return how many devices in use at or below some units have which firmware; what a device does not tell is an empty word."""
    found = db.session.execute(select(Device.family, Device.model, Device.firmware, func.count()).join(Unit, Unit.id == Device.unit_id)
                               .where(Device.retired_at.is_(None), at_or_below(below)).group_by(Device.family, Device.model, Device.firmware))
    return {(family, model, firmware): count for family, model, firmware, count in found}


def approved() -> dict[Known, ApprovedFirmware]:
    return {(row.family, row.model, row.firmware): row for row in db.session.scalars(select(ApprovedFirmware))}


def approval_of(known: Known) -> ApprovedFirmware | None:
    family, model, firmware = known
    return db.session.scalar(select(ApprovedFirmware).where(
        ApprovedFirmware.family == family, ApprovedFirmware.model == model, ApprovedFirmware.firmware == firmware))


def _not_approved() -> ColumnElement[bool]:
    """True of a device of a model of which some firmware is approved, and not the one it tells."""
    any_of_model, this_one = aliased(ApprovedFirmware), aliased(ApprovedFirmware)
    of_model = exists().where(any_of_model.family == Device.family, any_of_model.model == Device.model)
    exactly = exists().where(this_one.family == Device.family, this_one.model == Device.model, this_one.firmware == Device.firmware)
    return and_(of_model, Device.firmware != "", ~exactly)


def with_unapproved(below: Collection[str], *, limit: int) -> tuple[int, list[Device]]:
    """Return how many devices in use at or below some units run firmware that is not approved, and the first of them by unit and name."""
    terms = (Device.retired_at.is_(None), at_or_below(below), _not_approved())
    count = db.session.scalar(select(func.count()).select_from(Device).join(Unit, Unit.id == Device.unit_id).where(*terms)) or 0
    found = db.session.scalars(select(Device).join(Unit, Unit.id == Device.unit_id).where(*terms)
                               .order_by(Unit.order_key, Unit.id, Device.name, Device.id).limit(limit)).unique()
    return count, list(found)
