"""Storage as changes of password ask it: which are to be done, which are open, how the last ones ended."""

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import lazyload

from roomctl.database import db
from roomctl.devices.card_tables import PasswordRotation
from roomctl.devices.tables import Device, DeviceCredential
from roomctl.organisation.tables import Unit
from roomctl.organisation.unit_tables import at_or_below

OPEN = ("waiting", "setting", "unknown")
MAY_HOLD_EITHER = ("setting", "unknown")


def open_rotation(device_id: int) -> PasswordRotation | None:
    """Return a device's change of password that has not ended, locked until the caller's transaction ends."""
    return db.session.scalar(select(PasswordRotation).where(PasswordRotation.device_id == device_id, PasswordRotation.state.in_(OPEN))
                             .order_by(PasswordRotation.id.desc()).limit(1).with_for_update().execution_options(populate_existing=True))


def to_do(states: Collection[str], *, limit: int) -> list[tuple[PasswordRotation, Device]]:
    """Return changes of password in some states, of devices in use, the oldest first."""
    found = db.session.execute(select(PasswordRotation, Device).join(Device, Device.id == PasswordRotation.device_id).where(
        PasswordRotation.state.in_(states), Device.retired_at.is_(None)).options(lazyload("*")).order_by(PasswordRotation.id).limit(limit))
    return [(row, device) for row, device in found]


def unsettled(device_ids: Collection[int]) -> dict[int, str]:
    """Return those of the devices that may hold either of two passwords, and whether one is just being set."""
    found = db.session.execute(select(PasswordRotation.device_id, PasswordRotation.state).where(
        PasswordRotation.device_id.in_(device_ids), PasswordRotation.state.in_(MAY_HOLD_EITHER)))
    return {row.device_id: row.state for row in found}


def with_open_rotation(device_ids: Collection[int]) -> set[int]:
    """Return those of the devices whose password is being changed, or is to be."""
    return set(db.session.scalars(select(PasswordRotation.device_id).where(
        PasswordRotation.device_id.in_(device_ids), PasswordRotation.state.in_(OPEN))))


def last_rotations(below: Collection[str], *, limit: int) -> list[tuple[PasswordRotation, Device]]:
    """Return the latest changes of password of devices at or below some units, those that need somebody first."""
    needs = PasswordRotation.state == "unknown"
    found = db.session.execute(select(PasswordRotation, Device).join(Device, Device.id == PasswordRotation.device_id)
                               .join(Unit, Unit.id == Device.unit_id).where(at_or_below(below))
                               .order_by(needs.desc(), PasswordRotation.id.desc()).limit(limit)).unique()
    return [(row, device) for row, device in found]


def with_passwords(families: Collection[str], below: Collection[str]) -> list[int]:
    """Return the devices in use of some families at or below some units that have a password of their own and an approved key."""
    return list(db.session.scalars(select(Device.id).join(DeviceCredential, DeviceCredential.device_id == Device.id)
                                   .join(Unit, Unit.id == Device.unit_id)
                                   .where(Device.family.in_(families), Device.retired_at.is_(None), Device.pinned_fingerprint.is_not(None),
                                          at_or_below(below)).order_by(Device.id)))


def families_in_use(below: Collection[str]) -> list[tuple[str, int]]:
    """Return the families of devices with a password at or below some units, and how many of each there are."""
    found = db.session.execute(select(Device.family, func.count()).join(DeviceCredential, DeviceCredential.device_id == Device.id)
                               .join(Unit, Unit.id == Device.unit_id).where(Device.retired_at.is_(None), at_or_below(below))
                               .group_by(Device.family).order_by(Device.family))
    return [(family, count) for family, count in found]
