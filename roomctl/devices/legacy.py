"""SHA-1 for one old device: allowed with a reason, withdrawn, and which SSH a device speaks, asked without signing in.

Where it is allowed the device is barred from sessions at mật and above; that is decided where sessions are.
"""

import threading
from typing import Any

from device_drivers.errors import DeviceError
from device_drivers.readings import Legacy, SshOffer
from device_drivers.transports.probe import look_at_offer
from device_drivers.transports.ssh import Deadlines
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import db, write_transaction
from roomctl.devices import card_tables
from roomctl.devices.anew import await_look
from roomctl.devices.tables import Device
from roomctl.errors import NotVisible, Refused
from roomctl.organisation import access
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User
from roomctl.typed import Typed

NONE = Legacy.NONE.value
CHOICES = (Legacy.HOSTKEY.value, "hostkey+kex")
DEADLINES = Deadlines(connect_s=1.0, banner_s=2.0)  # Somebody waits at a page.
AT_ONCE = threading.BoundedSemaphore(2)  # Never all of a web server's threads.


def allow_legacy(device_id: int, legacy: str, *, reason: str, by: User) -> None:
    """Let one device use SHA-1 for its host key, or for the key exchange too.  Raises NotVisible, NotAllowed and InvalidInput."""
    typed = Typed()
    if legacy not in CHOICES:
        typed.refuse("legacy", "unknown_choice")
    reason = typed.line("reason", reason, longest=300, missing="legacy_reason_missing")
    with write_transaction():
        device = _locked(device_id, by)
        typed.insist()
        _set(device, legacy, reason, EventKind.SSH_LEGACY_ALLOWED, by)


def withdraw_legacy(device_id: int, *, by: User) -> None:
    """Let a device use SHA-1 no more.  Raises NotVisible and NotAllowed."""
    with write_transaction():
        _set(_locked(device_id, by), NONE, "", EventKind.SSH_LEGACY_WITHDRAWN, by)


def _locked(device_id: int, by: User) -> Device:
    device = card_tables.lock_device(device_id)
    if device is None or device.kind == "equipment":
        raise NotVisible
    access.require(by, Action.KEEP_DEVICES, device)
    return device


def _set(device: Device, legacy: str, reason: str, kind: EventKind, by: User) -> None:
    if (device.ssh_legacy, device.ssh_legacy_reason) == (legacy, reason):
        return
    told: dict[str, Any] = {"legacy": legacy, "former": device.ssh_legacy, "reason": reason}
    device.ssh_legacy, device.ssh_legacy_reason = legacy, reason
    await_look(device)
    trail.append(kind, actor=by.id, subject=device.ref, unit=device.unit_id, **told)


def look_at_ssh(device_id: int, *, by: User) -> SshOffer | DeviceError:
    """Ask a device which SSH it speaks, without signing in, within 3 s; return its offer or what stood in the way.

    Raises NotVisible, NotAllowed and Refused("ssh_look_busy") when two others are asking.
    """
    device = db.session.get(Device, device_id)
    if device is None or device.retired_at is not None or device.kind == "equipment":
        raise NotVisible
    access.require(by, Action.KEEP_DEVICES, device)
    host, port = device.host, device.port
    db.session.rollback()  # Nothing of the database is held while the device is spoken to.
    if not AT_ONCE.acquire(blocking=False):
        raise Refused("ssh_look_busy")
    try:
        return look_at_offer(host, port, DEADLINES)
    except DeviceError as error:
        return error
    finally:
        AT_ONCE.release()
