"""Keeps the configuration of codecs, once a day, a few at a time: a new one only where it differs from the one before.

Never of a device that a session uses, and only of one that answered when last looked at: nothing is tried on a broken one.
"""

import hashlib
import logging
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from device_drivers.errors import DeviceError
from roomctl import clock
from roomctl.database import db, write_transaction
from roomctl.devices import backup_tables, card_tables, config_text, connect, snmp, snmp_tables
from roomctl.devices.card_tables import ConfigBackup
from roomctl.devices.connect import Way

_log = logging.getLogger(__name__)
EVERY_S = 60.0
ONCE_IN = timedelta(days=1)
AT_ONCE, A_ROUND = 4, 12  # 17,000 codecs a day; a new fleet is read over some hours instead of at once.
AGAIN_S = 6 * 3600.0  # After a failure.
KEPT = 100  # Configurations a device.
LONGEST = 1_000_000  # Characters; a codec has some thousand settings.


class Keeper:
    """Reads what is due; `leased` returns the devices a session uses."""

    def __init__(self, *, leased: Callable[[], Collection[int]]) -> None:
        self._leased = leased
        self._not_before: dict[int, float] = {}

    def round(self) -> None:
        """Read the configurations that are due, store what is new."""
        now = time.monotonic()
        self._not_before = {device_id: until for device_id, until in self._not_before.items() if until > now}
        due = backup_tables.due_ids(families(), clock.now(), ONCE_IN, besides={*self._leased(), *self._not_before}, limit=A_ROUND)
        ways = {device_id: way for device_id, way in connect.ways_to(due).items() if isinstance(way, Way)}
        secrets = {device_id: _secrets_of(device_id, way) for device_id, way in ways.items()}
        db.session.rollback()  # Nothing of the database is held while devices are spoken to.
        self._not_before |= {device_id: now + AGAIN_S for device_id in due if device_id not in ways}
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="backups") as pool:
            for device_id, text in zip(ways, pool.map(_read, ways.values()), strict=True):
                if text is None:
                    self._not_before[device_id] = time.monotonic() + AGAIN_S
                else:
                    keep(device_id, config_text.sifted(text, secrets[device_id]))


def families() -> list[str]:
    """Return the families whose driver can read a configuration."""
    return [family for family in connect.families_of("codec") if "backup" in connect.supports(family)]


def _secrets_of(device_id: int, way: Way) -> list[str]:
    """Return every secret roomctl knows of a device: none of them may be kept in another place."""
    access = snmp_tables.snmp_access(device_id)
    return [way.login.password, *(snmp.secrets_in(access) if access is not None else ())]


def _read(way: Way) -> str | None:
    """Return a codec's configuration, or None when it cannot be read now; safe in any thread."""
    try:
        driver = connect.open_once(way)
        try:
            text = driver.backup()
        finally:
            driver.close()
    except DeviceError as error:
        _log.info("the configuration of device %s was not read: %s", way.device_id, error.kind)
        return None
    except Exception as error:  # Whatever a device answers, the others are read.
        _log.error("reading the configuration of device %s failed: %s", way.device_id, type(error).__name__)
        return None
    return text if text.strip() and len(text) <= LONGEST else None


def keep(device_id: int, text: str) -> None:
    """Store a configuration where it differs from the latest one; note otherwise that it is still so.  What is empty says nothing."""
    if not text:
        return
    digest, now = hashlib.sha256(text.encode()).hexdigest(), clock.now()
    with write_transaction() as session:
        if card_tables.lock_device(device_id) is None:
            return
        latest = backup_tables.latest_backup(device_id)
        if latest is not None and latest.digest == digest:
            latest.seen_at = now
            return
        session.add(ConfigBackup(device_id=device_id, taken_at=now, seen_at=now, digest=digest, lines=text))
        session.flush()
        backup_tables.forget_oldest_backups(device_id, KEPT)
