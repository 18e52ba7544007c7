"""How devices are entered over SNMP: set by an administrator, sealed, opened only to ask.

Version 3 with authentication and privacy is the rule.  Version 1 or 2c sends its password in clear, so it is an exception with a
reason and an end; past the end the device is not asked any more.
"""

import json
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidTag

from device_drivers.errors import DeviceError
from device_drivers.transports.snmp_login import AUTH_PROTOCOLS, PRIV_PROTOCOLS, SHORTEST_PASSWORD, SnmpLogin
from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import write_transaction
from roomctl.devices import credentials, snmp_tables, tables
from roomctl.devices.faults import CredentialsUnreadable, SnmpExceptionOver
from roomctl.devices.snmp_tables import SnmpAccess
from roomctl.errors import NotVisible
from roomctl.organisation import access
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User
from roomctl.typed import Typed

VERSIONS = ("3", "2c", "1")
LONGEST_EXCEPTION = timedelta(days=366)
LONGEST_PASSWORD = 128
_USERNAME = re.compile(r"[!-~]{1,32}")  # RFC 3411: at most 32 octets; nobody uses others than these.


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Access as it was typed.  A secret left empty stays what it was, as long as the version does."""

    version: str = "3"
    port: int = 161
    username: str = ""
    auth: str = "SHA-256"
    auth_password: str = ""
    priv: str = "AES-128"
    priv_password: str = ""
    community: str = ""
    exception_reason: str = ""
    exception_until: datetime | None = None


def set_access(device_id: int, wanted: Wanted, *, by: User) -> None:
    """Say how a device is asked over SNMP; what was learned of its agent is forgotten.

    Raises NotVisible, NotAllowed and InvalidInput.
    """
    typed = Typed()
    with write_transaction() as session:
        device = tables.device_by_id(device_id)
        if device is None or device.retired_at is not None:
            raise NotVisible
        access.require(by, Action.KEEP_DEVICES, device)
        row = snmp_tables.snmp_access(device_id)
        wanted = _with_kept_secrets(wanted, row)
        reason = _checked(wanted, typed)
        typed.insist()
        nonce, sealed = credentials.seal(_secrets_of(wanted), row=_row(device_id))
        if row is None:
            row = SnmpAccess(device_id=device_id)
            session.add(row)
        is_three = wanted.version == "3"
        row.port, row.version, row.nonce, row.sealed, row.set_at = wanted.port, wanted.version, nonce, sealed, clock.now()
        row.username, row.auth, row.priv = (wanted.username, wanted.auth, wanted.priv) if is_three else ("", "", "")
        row.exception_reason, row.exception_until = (("", None) if is_three else (reason, wanted.exception_until))
        row.detected, row.engine_id, row.quirks = {}, "", {}
        trail.append(EventKind.SNMP_ACCESS_SET, actor=by.id, subject=device.ref, unit=device.unit_id, version=wanted.version,
                     username=row.username, auth=row.auth, priv=row.priv, reason=row.exception_reason,
                     until=trail.iso(row.exception_until) if row.exception_until else "")


def _checked(wanted: Wanted, typed: Typed) -> str:
    """Note everything that is wrong, and return the cleaned reason of an exception."""
    typed.within("port", wanted.port, 1, 65535)
    if wanted.version not in VERSIONS:
        typed.refuse("version", "unknown_choice")
    elif wanted.version == "3":
        if not _USERNAME.fullmatch(wanted.username):
            typed.refuse("username", "bad_snmp_username")
        for field, protocol, known, password in (("auth", wanted.auth, AUTH_PROTOCOLS, wanted.auth_password),
                                                 ("priv", wanted.priv, PRIV_PROTOCOLS, wanted.priv_password)):
            if protocol not in known:
                typed.refuse(field, "unknown_choice")
            if not SHORTEST_PASSWORD <= len(password.encode()) <= LONGEST_PASSWORD or not password.isprintable():
                typed.refuse(f"{field}_password", "bad_snmp_password", least=SHORTEST_PASSWORD, most=LONGEST_PASSWORD)
    else:
        if not wanted.community or not wanted.community.isprintable() or len(wanted.community.encode()) > LONGEST_PASSWORD:
            typed.refuse("community", "bad_snmp_community")
        now, until = clock.now(), wanted.exception_until
        if until is None or not now < until <= now + LONGEST_EXCEPTION:
            typed.refuse("exception_until", "bad_exception_end")
        return typed.line("exception_reason", wanted.exception_reason, longest=300, missing="exception_reason_missing")
    return ""


def _with_kept_secrets(wanted: Wanted, row: SnmpAccess | None) -> Wanted:
    if row is None or row.version != wanted.version:
        return wanted
    try:
        kept = _opened(row)
    except InvalidTag:
        return wanted  # The key is another one: they must be typed again.
    return replace(wanted, auth_password=wanted.auth_password or kept["auth"], priv_password=wanted.priv_password or kept["priv"],
                   community=wanted.community or kept["community"])


def _secrets_of(wanted: Wanted) -> str:
    if wanted.version == "3":
        return json.dumps({"auth": wanted.auth_password, "priv": wanted.priv_password, "community": ""})
    return json.dumps({"auth": "", "priv": "", "community": wanted.community})


def _opened(row: SnmpAccess) -> dict[str, str]:
    return dict(json.loads(credentials.unseal(row.nonce, row.sealed, row=_row(row.device_id))))


def secrets_in(row: SnmpAccess) -> list[str]:
    """Return the passwords an access holds, so that nobody keeps them elsewhere; none when they cannot be opened."""
    try:
        return [secret for secret in _opened(row).values() if secret]
    except (InvalidTag, ValueError):
        return []


def _row(device_id: int) -> str:
    return f"snmp_access:{device_id}"


def login_of(row: SnmpAccess, now: datetime) -> SnmpLogin | DeviceError:
    """Return how an agent is entered, or why it is not to be asked."""
    if row.version != "3" and (row.exception_until is None or row.exception_until <= now):
        return SnmpExceptionOver(f"SNMP {row.version} was allowed until {row.exception_until:%Y-%m-%d}" if row.exception_until else "")
    try:
        secrets = _opened(row)
        if row.version != "3":
            return SnmpLogin(row.version, community=secrets["community"])
        return SnmpLogin("3", username=row.username, auth_protocol=row.auth, auth_password=secrets["auth"], priv_protocol=row.priv,
                         priv_password=secrets["priv"])
    except (InvalidTag, KeyError, ValueError) as error:
        return CredentialsUnreadable(f"the stored SNMP access cannot be opened ({type(error).__name__})")
