"""API tokens: a program acts for the person it was given to, and may do what that person may.

A token is shown once; only its SHA-256 is kept.  It ends with its time, when it is revoked, or with the account.
"""

import secrets
from datetime import timedelta

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import write_transaction
from roomctl.errors import NotVisible
from roomctl.organisation import tables
from roomctl.organisation.signin import token_hash
from roomctl.organisation.tables import ApiToken, User

LASTS = timedelta(days=365)
PREFIX = "roomctl_"  # So that a token that was left somewhere is recognised as one.


def add_token(username: str, *, name: str, lasts: timedelta = LASTS) -> str:
    """Return a fresh token of a person; `name` says which program holds it.  Raises NotVisible for an unknown or closed account."""
    token = PREFIX + secrets.token_urlsafe(32)
    with write_transaction() as session:
        user = tables.user_by_username(username.strip().lower())
        if user is None or not user.active:
            raise NotVisible
        now = clock.now()
        row = ApiToken(user_id=user.id, name=name, token_hash=token_hash(token), created_at=now, expires_at=now + lasts)
        session.add(row)
        session.flush()
        trail.append(EventKind.API_TOKEN_ADDED, subject=f"user:{user.id}", unit=user.unit_id, token=row.id, name=name,
                     expires=trail.iso(row.expires_at))
    return token


def revoke_token(token_id: int) -> None:
    """Revoke a token; it is dead at once.  Raises NotVisible when there is none that works."""
    with write_transaction() as session:
        row = session.get(ApiToken, token_id)
        if row is None or row.revoked_at is not None:
            raise NotVisible
        row.revoked_at = clock.now()
        trail.append(EventKind.API_TOKEN_REVOKED, subject=f"user:{row.user_id}", token=row.id)


def user_of_bearer(token: str) -> User | None:
    """Return who a token stands for, or None when it is unknown, expired, revoked, or the account is closed."""
    row = tables.api_token_by_hash(token_hash(token))
    if row is None or row.revoked_at is not None or row.expires_at <= clock.now() or not row.user.active:
        return None
    return row.user
