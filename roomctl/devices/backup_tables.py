"""Storage of codecs' configurations: which are due to be read, what was kept; in the order of their ids, whatever clocks do."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import defer

from roomctl.database import db
from roomctl.devices.card_tables import ConfigBackup
from roomctl.devices.health import Status
from roomctl.devices.tables import Device
from roomctl.organisation.tables import Unit
from roomctl.organisation.unit_tables import at_or_below


def due_ids(families: Collection[str], now: datetime, every: timedelta, *, besides: Collection[int], limit: int) -> list[int]:
    """Return codecs of some families that answered when last looked at and whose configuration was read longer ago than `every`.

    One that was read in the future, since a clock has gone back, is due.
    """
    fresh = exists().where(ConfigBackup.device_id == Device.id, ConfigBackup.seen_at > now - every, ConfigBackup.seen_at <= now)
    return list(db.session.scalars(select(Device.id).where(
        Device.kind == "codec", Device.family.in_(families), Device.retired_at.is_(None), Device.pinned_fingerprint.is_not(None),
        Device.status.in_((Status.OK, Status.WARNING)), Device.id.not_in(besides), ~fresh).order_by(Device.id).limit(limit)))


def latest_backup(device_id: int) -> ConfigBackup | None:
    return db.session.scalar(select(ConfigBackup).where(ConfigBackup.device_id == device_id)
                             .order_by(ConfigBackup.id.desc()).limit(1))


def backups_of(device_id: int, *, limit: int) -> list[ConfigBackup]:
    """Return the latest configurations of a device without their text, the newest first."""
    return list(db.session.scalars(select(ConfigBackup).where(ConfigBackup.device_id == device_id).options(defer(ConfigBackup.lines))
                                   .order_by(ConfigBackup.id.desc()).limit(limit)))


def backup_by_id(backup_id: int) -> ConfigBackup | None:
    return db.session.get(ConfigBackup, backup_id)


def backup_before(backup: ConfigBackup) -> ConfigBackup | None:
    """Return the configuration that this one replaced."""
    return db.session.scalar(select(ConfigBackup).where(ConfigBackup.device_id == backup.device_id, ConfigBackup.id < backup.id)
                             .order_by(ConfigBackup.id.desc()).limit(1))


def forget_oldest_backups(device_id: int, keep: int) -> None:
    """Delete all but the latest configurations of a device, inside the caller's transaction."""
    kept = select(ConfigBackup.id).where(ConfigBackup.device_id == device_id).order_by(
        ConfigBackup.id.desc()).limit(keep)
    db.session.execute(delete(ConfigBackup).where(ConfigBackup.device_id == device_id, ConfigBackup.id.not_in(kept)),
                       execution_options={"synchronize_session": False})


def devices_like(device: Device, below: Collection[str], *, limit: int) -> list[Device]:
    """Return other devices in use of a device's family and model that have a kept configuration, at or below some units."""
    from_those = exists().where(ConfigBackup.device_id == Device.id)
    return list(db.session.scalars(select(Device).join(Unit, Unit.id == Device.unit_id).where(
        Device.family == device.family, Device.model == device.model, Device.model != "", Device.id != device.id,
        Device.retired_at.is_(None), from_those, at_or_below(below)).order_by(Unit.order_key, Device.name, Device.id).limit(limit)).unique())
