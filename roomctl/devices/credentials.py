"""Device passwords: sealed with the device's id as associated data, opened only to sign in, never shown."""

import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import db, write_transaction
from roomctl.devices.tables import Device, DeviceCredential


def _cipher() -> AESGCM:
    return AESGCM(current_app.config["SETTINGS"].secret("device-credentials-key"))


def _bound_to(device_id: int) -> bytes:
    return f"device_credentials:{device_id}".encode()


def seal(secret: str, *, row: str) -> tuple[bytes, bytes]:
    """Return nonce and sealed text; it opens for the same row only, such as "snmp_access:7"."""
    nonce = os.urandom(12)
    return nonce, _cipher().encrypt(nonce, secret.encode(), row.encode())


def unseal(nonce: bytes, sealed: bytes, *, row: str) -> str:
    """Open what `seal` made; raise InvalidTag when the row or the key is another one."""
    return _cipher().decrypt(nonce, sealed, row.encode()).decode()


def set_password(device: Device, password: str, *, by: int | None = None) -> None:
    """Seal and store a device's password; the trail says that it was set, not what it is."""
    with write_transaction():
        seal_password(device, password, by=by)


def seal_password(device: Device, password: str, *, by: int | None) -> None:
    """Do the same inside the open transaction, for a change that the password is part of."""
    nonce = os.urandom(12)
    sealed = _cipher().encrypt(nonce, password.encode(), _bound_to(device.id))
    row = db.session.get(DeviceCredential, device.id)
    if row is None:
        db.session.add(DeviceCredential(device_id=device.id, nonce=nonce, sealed=sealed, set_at=clock.now()))
    else:
        row.nonce, row.sealed, row.set_at = nonce, sealed, clock.now()
    trail.append(EventKind.CREDENTIAL_SET, actor=by, subject=device.ref, unit=device.unit_id)


def password_of(device_id: int) -> str:
    """Open a device's password.  Raises LookupError when none was set."""
    row = db.session.get(DeviceCredential, device_id)
    if row is None:
        raise LookupError(f"device {device_id} has no password")
    return opened(row)


def opened(row: DeviceCredential) -> str:
    """Open a device's password; raise InvalidTag when the key outside the database is another one."""
    return _cipher().decrypt(row.nonce, row.sealed, _bound_to(row.device_id)).decode()
