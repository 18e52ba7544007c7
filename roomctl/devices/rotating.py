"""Carries changes of password out: the new one is sealed first, then set, then proven by signing in anew, and only then the current one.

A kill at any step loses nothing: whatever may be in the device is sealed in the database.  A device that may hold either password is
signed in to with each of them once, the likelier first, and then left alone: devices lock accounts.
"""

import logging
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from flask import Flask, current_app

from device_drivers.errors import CommandRefused, DeviceError, LoginRefused, SessionTableFull, UnsafeValue
from roomctl.database import DATABASE_AWAY, db, let_go, write_transaction
from roomctl.devices import card_tables, connect, credentials, password, rotation_tables
from roomctl.devices.card_tables import PasswordRotation
from roomctl.devices.connect import Way
from roomctl.devices.rotate import NEITHER, end_within
from roomctl.devices.tables import Device

_log = logging.getLogger(__name__)
EVERY_S = 5.0
AT_ONCE, A_ROUND = 4, 40  # Devices spoken to at a time, and begun in one round.
MOST_READ = 5000  # So that those that must wait never hide the others.
AGAIN_S = 60.0  # A device that could not be asked is asked again after this.
NEW, OLD = "new", "old"
_AFTER_REFUSAL = {"": {NEW: "new_refused", OLD: "old_refused"}, "new_refused": {OLD: NEITHER}, "old_refused": {NEW: NEITHER}}


@dataclass(frozen=True, slots=True)
class _Keys:
    """How a device is signed in to with each password; None for one that cannot be opened any more."""

    rotation_id: int
    new: Way | None
    old: Way | None
    detail: str

    def way(self, which: str) -> Way | None:
        return self.new if which == NEW else self.old


class Rotator:
    """Does what was asked for, some devices at a time.

    `leased` returns the devices a session uses, and `rooms_in_use` those of some rooms that have a conference now or soon: nothing begins
    on them.
    """

    def __init__(self, *, leased: Callable[[], Collection[int]], rooms_in_use: Callable[[Collection[int]], Collection[int]] = lambda _: ()) -> None:
        self._leased, self._rooms_in_use = leased, rooms_in_use
        self._not_before: dict[int, float] = {}

    def round(self) -> None:
        """Settle what broke off, then begin what waits; returns when all of it has been tried."""
        self._look_for_broken_off()
        now = time.monotonic()
        unsettled = [row.id for row, _ in rotation_tables.to_do(["unknown"], limit=MOST_READ)
                     if row.detail != NEITHER and self._not_before.get(row.id, 0.0) <= now][:A_ROUND]
        waiting = self._may_begin()
        db.session.rollback()
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # Flask's own way out of its proxy.
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="passwords") as pool:
            for one in [*(pool.submit(_in_context, app, self._settle, row_id) for row_id in unsettled),
                        *(pool.submit(_in_context, app, self._change, row_id) for row_id in waiting)]:
                one.result()

    def _look_for_broken_off(self) -> None:
        """Whatever is being set when a round begins was left by a kill: only rounds set anything, and they end it."""
        left = [row.id for row, _ in rotation_tables.to_do(["setting"], limit=MOST_READ)]
        db.session.rollback()
        for row_id in left:
            with write_transaction():
                row, _ = _locked(row_id, "setting")
                if row is not None:
                    row.state = "unknown"

    def _may_begin(self) -> list[int]:
        found = rotation_tables.to_do(["waiting"], limit=MOST_READ)
        if not found:
            return []
        leased = set(self._leased())
        in_use = set(self._rooms_in_use({device.room_id for _, device in found if device.room_id is not None}))
        return [row.id for row, device in found if device.id not in leased and device.room_id not in in_use][:A_ROUND]

    # One device

    def _change(self, rotation_id: int) -> None:
        keys = _begin(rotation_id)
        if keys is None or keys.new is None or keys.old is None:
            return None
        try:
            driver = connect.open_once(keys.old)
        except DeviceError as error:  # Nothing was sent.
            return _end(rotation_id, state="failed", detail=error.kind)
        order = (NEW, OLD)
        try:
            driver.set_password(keys.new.login.password, current=keys.old.login.password)
        except UnsafeValue as error:  # Nothing was sent: one of them must not stand on a command line.
            return _end(rotation_id, state="failed", detail=error.kind)
        except CommandRefused:
            order = (OLD, NEW)  # It said no; whether that is so is seen by signing in.
        except DeviceError as error:
            _log.info("setting the password of device %s broke off: %s", keys.old.device_id, error.kind)
        finally:
            driver.close()
        return self._prove(keys, order)

    def _settle(self, rotation_id: int) -> None:
        keys = _keys_of(rotation_id)
        if keys is not None:
            self._prove(keys, {"new_refused": (OLD,), "old_refused": (NEW,)}.get(keys.detail, (NEW, OLD)))

    def _prove(self, keys: _Keys, order: tuple[str, ...]) -> None:
        """Sign in with the passwords in this order until one is taken; what was refused is written down before the next is tried."""
        detail = keys.detail
        for which in order:
            way = keys.way(which)
            if way is not None:
                try:
                    connect.try_login(way)
                except LoginRefused:
                    pass
                except SessionTableFull:  # Told to those who have signed in.
                    return _end(keys.rotation_id, state=_STATE[which], detail=_DETAIL[which])
                except DeviceError:
                    self._not_before[keys.rotation_id] = time.monotonic() + AGAIN_S
                    return _unsettled(keys.rotation_id, detail)
                else:
                    return _end(keys.rotation_id, state=_STATE[which], detail=_DETAIL[which])
            detail = _AFTER_REFUSAL[detail][which]
            _unsettled(keys.rotation_id, detail)
        return None


_STATE = {NEW: "done", OLD: "failed"}
_DETAIL = {NEW: "", OLD: "kept_the_old"}


def _in_context(app: Flask, work: Callable[[int], None], rotation_id: int) -> None:
    """Do one device's work in a thread of its own; a failure is recorded and costs the others nothing."""
    with app.app_context():
        try:
            work(rotation_id)
        except DATABASE_AWAY as error:
            _log.warning("changing a password: the database is away: %s", str(error).splitlines()[0])
        except Exception:
            _log.exception("changing a password failed")
        finally:
            let_go()


def _begin(rotation_id: int) -> _Keys | None:
    """Make and seal the new password before anything is sent; None when there is nothing to do any more."""
    with write_transaction():
        row, device = _locked(rotation_id, "waiting")
        if row is None or device is None:
            return None
        rule = connect.password_rule_of(device.family)
        if rule is None:  # The device is another one since.
            end_within(row, device, state="failed", detail="password_not_changeable")
            return None
        try:
            credentials.password_of(device.id)
        except (InvalidTag, LookupError):
            end_within(row, device, state="failed", detail="credentials_unreadable")
            return None
        row.nonce, row.sealed = credentials.seal(password.made(rule), row=_row(row))
        row.state = "setting"
    return _keys_of(rotation_id)


def _locked(rotation_id: int, *states: str) -> tuple[PasswordRotation | None, Device | None]:
    """Lock a device and its change of password, in the order everybody does, and return them if it is in one of these states."""
    known = db.session.get(PasswordRotation, rotation_id)
    device = card_tables.lock_device(known.device_id) if known is not None else None
    if device is None:
        return None, None
    row = rotation_tables.open_rotation(device.id)
    return (row, device) if row is not None and row.id == rotation_id and row.state in states else (None, None)


def _row(row: PasswordRotation) -> str:
    return f"password_rotations:{row.id}"


def _keys_of(rotation_id: int) -> _Keys | None:
    """Read both passwords; holds no transaction afterwards."""
    try:
        row = db.session.get(PasswordRotation, rotation_id, populate_existing=True)
        device = db.session.get(Device, row.device_id, populate_existing=True) if row is not None else None
        if row is None or device is None or row.state not in rotation_tables.MAY_HOLD_EITHER:
            return None
        return _Keys(rotation_id, _way(device, lambda: credentials.unseal(row.nonce or b"", row.sealed or b"", row=_row(row))),
                     _way(device, lambda: credentials.password_of(device.id)), row.detail)
    finally:
        db.session.rollback()


def _way(device: Device, opened: Callable[[], str]) -> Way | None:
    try:
        return connect.way_with(device, opened())
    except (InvalidTag, LookupError, ValueError):
        return None


def _unsettled(rotation_id: int, detail: str) -> None:
    with write_transaction():
        row, _ = _locked(rotation_id, *rotation_tables.MAY_HOLD_EITHER)
        if row is not None:
            row.state, row.detail = "unknown", detail


def _end(rotation_id: int, *, state: str, detail: str) -> None:
    """Make the new password the current one, or forget it; a change that somebody ended meanwhile stays ended."""
    with write_transaction():
        row, device = _locked(rotation_id, *rotation_tables.MAY_HOLD_EITHER)
        if row is None or device is None:
            return
        if state == "done":
            credentials.seal_password(device, credentials.unseal(row.nonce or b"", row.sealed or b"", row=_row(row)), by=row.asked_by)
        end_within(row, device, state=state, detail=detail, actor=row.asked_by)
