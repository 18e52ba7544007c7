"""Asking for new passwords on devices, and giving a change of password up.  `rotating` carries it out.

Only families whose driver has a verified command for it can be asked; for the others a person sets the password at the device and enters
it here.  No password is ever shown, logged or written to the trail.
"""

from collections.abc import Collection
from dataclasses import dataclass

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import db, write_transaction
from roomctl.devices import card_tables, connect, rotation_tables
from roomctl.devices.card_tables import PasswordRotation
from roomctl.devices.tables import Device, DeviceCredential
from roomctl.errors import Conflict, InvalidInput, NotVisible, Problem, Refused
from roomctl.organisation import access
from roomctl.organisation.directory import unit_with_code
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User

SET_PASSWORD = "set_password"
NEITHER = "neither_accepted"


@dataclass(frozen=True, slots=True)
class Asked:
    """How many devices get a new password, and how many of those named do not: under way already, or without what it takes."""

    asked: int
    left_out: int


def families() -> list[str]:
    """Return the families whose driver can change a password."""
    return [family for kind in ("codec", "bridge", "hardware") for family in connect.families_of(kind) if SET_PASSWORD in connect.supports(family)]


def ask_for_device(device_id: int, *, by: User) -> None:
    """Ask for a new password on one device.  Raises NotVisible, NotAllowed and Refused: password_not_changeable, no_password_known."""
    device = db.session.get(Device, device_id)
    if device is None or device.retired_at is not None:
        raise NotVisible
    access.require(by, Action.KEEP_DEVICES, device)
    if SET_PASSWORD not in connect.supports(device.family):
        raise Refused("password_not_changeable", family=device.family)
    if device.pinned_fingerprint is None or db.session.get(DeviceCredential, device.id) is None:
        raise Refused("no_password_known")
    _ask([device_id], by)


def ask_for_unit(unit_code: str, family: str, *, by: User) -> Asked:
    """Ask for new passwords on every device of a family at and below a unit.

    Raises InvalidInput (unit, family: password_not_changeable) and NotAllowed.
    """
    if SET_PASSWORD not in connect.supports(family):
        raise InvalidInput([Problem("family", "password_not_changeable", (("family", family),))])
    unit = unit_with_code(unit_code)
    access.require(by, Action.KEEP_DEVICES, unit)
    return _ask(rotation_tables.with_passwords([family], [unit.path]), by)


def _ask(device_ids: Collection[int], by: User) -> Asked:
    """Note the wish for each device that has none open; the same wish again changes nothing."""
    with write_transaction() as session:
        devices = card_tables.lock_devices(device_ids)
        for device in devices:
            access.require(by, Action.KEEP_DEVICES, device)
        busy = rotation_tables.with_open_rotation([device.id for device in devices])
        fresh = [device for device in devices if device.id not in busy]
        for device in fresh:
            session.add(PasswordRotation(device_id=device.id, asked_at=clock.now(), asked_by=by.id))
            trail.append(EventKind.PASSWORD_ROTATION_ASKED, actor=by.id, subject=device.ref, unit=device.unit_id)
    return Asked(len(fresh), len(set(device_ids)) - len(fresh))


def try_again(rotation_id: int, *, by: User) -> None:
    """Let both passwords be tried once more on a device that took neither.  Raises NotVisible and NotAllowed."""
    with write_transaction() as session:
        row = session.get(PasswordRotation, rotation_id)
        device = session.get(Device, row.device_id) if row is not None else None
        if row is None or device is None or device.retired_at is not None:
            raise NotVisible
        access.require(by, Action.KEEP_DEVICES, device)
        row = rotation_tables.open_rotation(device.id)
        if row is not None and row.id == rotation_id and row.state == "unknown":
            row.detail = ""
            trail.append(EventKind.PASSWORD_ROTATION_ASKED, actor=by.id, subject=device.ref, unit=device.unit_id, again=True)


def give_up_within(device: Device, *, by: User) -> None:
    """End a device's change of password inside the caller's transaction, since a person says anew what its password is.

    Raises Conflict("password_being_changed") while the device is being spoken to.
    """
    row = rotation_tables.open_rotation(device.id)
    if row is None:
        return
    if row.state == "setting":
        raise Conflict("password_being_changed")
    end_within(row, device, state="failed", detail="by_hand", actor=by.id)


def end_within(row: PasswordRotation, device: Device, *, state: str, detail: str, actor: int | None = None) -> None:
    """Write how a change of password ended and forget the new password, inside the caller's transaction."""
    row.state, row.detail, row.nonce, row.sealed, row.finished_at = state, detail, None, None, clock.now()
    trail.append(EventKind.PASSWORD_ROTATION_ENDED, actor=actor, subject=device.ref, unit=device.unit_id,
                 outcome="done" if state == "done" else "failed", state=state, detail=detail)
